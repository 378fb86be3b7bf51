"""DFG703: packages installed for another Python than the one that runs."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule


@rule(
    "DFG703",
    "wrong-interpreter",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://docs.python.org/3/installing/index.html#work-with-multiple-versions-of-python-installed-in-parallel",
    ),
    bad=(
        Bad(
            'FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3.11 python3-pip\nRUN «pip3» install runpod\nCOPY h.py /\nCMD ["python3.11", "/h.py"]\n',
            message="pip3 installs for Python 3.10, and the process runs on Python 3.11",
        ),
        Bad(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3.11 python3-pip && «pip» install a\nCMD python3.11 -u /h.py\n",
        ),
        Bad(
            'FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y «python3.11» python3-pip && ln -sf /usr/bin/python3.11 /usr/local/bin/python && pip3 install runpod\nCOPY h.py /\nCMD ["python3", "-u", "/h.py"]\n',
            files={"h.py": "import runpod\n"},
            message="the process starts python3, which is Python 3.10",
        ),
    ),
    good=(
        Good(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3.11 python3-pip && python3.11 -m pip install a\nCMD python3.11 /h.py\n"
        ),
        Good(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3 python3-pip && pip3 install a\nCMD python3.10 /h.py\n",
            why="the same one",
        ),
        Good(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3.11 python3-pip && update-alternatives --install /usr/bin/python3 python3 /usr/bin/python3.11 1 && pip3 install a\nCMD python3.11 /h.py\n",
            why="python3 was redirected",
        ),
        Good(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3.11 python3-pip && ln -sf /usr/bin/python3.11 /usr/bin/python3\nRUN pip3 install a\nCMD python3.11 /h.py\n"
        ),
        Good(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3.11 python3-pip && update-alternatives --install /usr/bin/python3 python3 /usr/bin/python3.11 1\nCMD python3 /h.py\n",
            why="python3 means the other one",
        ),
        Good(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3.11 python3.11-venv && python3.11 -m venv /venv\nENV PATH=/venv/bin:$PATH\nCMD python3 /h.py\n",
            why="an environment of its own",
        ),
        Good(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3.10 python3-pip\nCMD python3 /h.py\n",
            why="the release's own",
        ),
        Good(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3.11 python3-pip && ln -s /usr/bin/python3.11 /usr/local/bin/python3\nCMD python3 /h.py\n",
            why="linked before it on PATH",
        ),
        Good("FROM python:3.12\nRUN pip install a\nCMD python3.11 /h.py\n", why="not the system's pip"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Pip installs for one Python, and the process runs on another one.

    The `pip3` of python3-pip belongs to the release's own Python. A python3.11 installed beside it has packages of its own: the
    process stops with ModuleNotFoundError. Install with `python3.11 -m pip`.

    A python3.11 that is installed beside the release's own does not become `python3`, wherever `python` may link: a process that starts `python3` runs on
    the old one.
    """
    process = facts.process
    unused = facts.unused_python
    if process is not None and process.place is not None and unused is not None:
        package, own = unused
        yield Finding(
            package.place,
            f"{package.name} is installed, and the process starts python3, which is Python {own}",
            notes=(Note(process.place, "starts python3"),),
            severity=Severity.WARNING,
            advice=f"start {package.name}",
        )
    version = facts.python_of_process
    if process is None or process.place is None or version is None:
        return
    for found in facts.pip_calls:
        release = facts.release_of(found.step)
        if (
            release is None
            or not release.python
            or release.python == version
            or not facts.is_layer(found.step)
        ):
            continue
        pip = next((p for p in found.earlier if p.manager == "apt" and p.name == "python3-pip"), None)
        is_plain = found.call.name in {"pip", "pip3"} and not found.is_uv
        if pip is None or not is_plain or facts.is_python_redirected or facts.may_have_environment(found):
            continue
        base = found.step.before.base
        if (
            base is not None
            and not base.pythons
            and not found.has_option("--target", "-t", "--prefix", "--python")
        ):
            yield Finding(
                found.call.place,
                f"{found.call.name} installs for Python {release.python}, and the process runs on Python {version}",
                notes=(Note(process.place, f"starts python{version}"),),
                advice=f"write python{version} -m pip",
            )
