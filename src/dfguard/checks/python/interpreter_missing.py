"""DFG107: `python` is run where the image has none of that name."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, rule

INSTALL = "RUN apt-get update && apt-get install -y python3 python3-pip\n"


@rule(
    "DFG107",
    "interpreter-missing",
    Severity.ERROR,
    since="0.1.0",
    overrules=("DFG217", "DFG718", "DFG924"),
    sources=(
        "https://packages.ubuntu.com/jammy/python-is-python3",
        "https://docs.python.org/3/using/unix.html",
    ),
    bad=(
        Bad(f"FROM ubuntu:22.04\n{INSTALL}RUN «python -c 'print(1)'»\n", message="only python3"),
        Bad("FROM debian:bookworm-slim\nRUN «python3 --version»\n", message="nothing installs it"),
        Bad(
            f'FROM nvidia/cuda:12.4.1-base-ubuntu22.04\n{INSTALL}COPY handler.py /\nCMD ["«python", "/handler.py»"]\n',
            files={"handler.py": "print(1)\n"},
        ),
    ),
    good=(
        Good(f"FROM ubuntu:22.04\n{INSTALL}RUN python3 -c 'print(1)'\n"),
        Good("FROM python:3.11-slim\nRUN python -c 'print(1)'\n"),
        Good("FROM ubuntu:22.04\nRUN apt-get install -y python-is-python3\nRUN python -c 'print(1)'\n"),
        Good(
            f"FROM ubuntu:22.04\n{INSTALL}RUN ln -s /usr/bin/python3 /usr/bin/python\nRUN python -c 'print(1)'\n"
        ),
        Good(
            f"FROM ubuntu:22.04\n{INSTALL}RUN update-alternatives --install /usr/bin/python python /usr/bin/python3 1\nRUN python -c 'print(1)'\n"
        ),
        Good(
            f"FROM ubuntu:22.04\n{INSTALL}RUN python3 -m venv /opt/v\nENV PATH=/opt/v/bin:$PATH\nRUN python -c 'print(1)'\n"
        ),
        Good(
            "FROM debian:bookworm-slim\nADD python-3.11.tar.gz /\nRUN python3 --version\n",
            files={"python-3.11.tar.gz": ""},
            why="the archive may bring it",
        ),
        Good(
            "FROM debian:bookworm-slim\nARG TO\nRUN apt-get update && apt-get install -y curl && curl -fo $TO https://x.example/python3\nRUN python3 --version\n",
            why="nobody knows where it went",
        ),
        Good("FROM someone/base\nRUN python -c 'print(1)'\n", why="the base image is not known"),
        Good(
            f"FROM ubuntu:22.04\n{INSTALL}RUN python3 -m venv /v\nENV PATH=/v/bin:$PATH\nRUN python -c 'print(1)'\n"
        ),
        Good(
            "FROM ubuntu:22.04\nRUN curl -fsSL https://x.example/install.sh | sh\nRUN python -c 'print(1)'\n",
            why="an installer may bring it",
        ),
        Good(f"FROM ubuntu:22.04\n{INSTALL}RUN python --version || true\n", why="its failure is accepted"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A command runs `python`, and the image has no program of that name.

    Debian 12 and Ubuntu 22.04 and later install `python3` only; `python` comes with the package python-is-python3, a link or a
    virtual environment. It is reported when the base image is known to lack it and every earlier command is one that makes none.
    """
    for run, why in facts.missing_interpreters:
        if run.failure.value != "fatal":
            continue
        yield Finding(
            run.place,
            f"there is no {run.name} here: {why}",
            certainty=Certainty.SURE if run.is_certain else Certainty.MAYBE,
            advice="call python3, or install python-is-python3"
            if run.name == "python"
            else "install python3",
        )
