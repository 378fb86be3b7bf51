"""DFG505: the image starts nothing, or a file that it does not hold."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

CUDA = "nvidia/cuda:12.4.1-base-ubuntu22.04"
SERVERLESS = {"platform": "runpod-serverless"}


@rule(
    "DFG505",
    "entrypoint-missing",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://docs.docker.com/reference/dockerfile/#cmd",),
    bad=(
        Bad(
            f"FROM «{CUDA}»\nCOPY handler.py /\n",
            files={"handler.py": "print(1)\n"},
            options=SERVERLESS,
            message="/bin/bash",
            advice="add a CMD",
        ),
        Bad(
            "FROM «scratch»\nCOPY run.sh worker /\n",
            files={"run.sh": "", "worker": ""},
            options=SERVERLESS,
            message="has no CMD and no ENTRYPOINT",
            advice="add a CMD",
        ),
        Bad(
            f"FROM «{CUDA}»\nRUN echo 1\n",
            options=SERVERLESS,
            certainty_is_maybe=True,
        ),
        Bad(
            'FROM debian:bookworm\nCOPY a.py /app/\nCMD ["«/app/start.sh»"]\n',
            files={"a.py": "", "start.sh": ""},
            message="context has start.sh",
            advice="COPY the file",
        ),
        Bad(
            'FROM scratch\nCOPY tool /\nENTRYPOINT ["«/tool»"]\n',
            files={"tool/Dockerfile": "", "tool/README.md": ""},
            certainty_is_maybe=True,
        ),
        Bad(
            'FROM python:3.11\nWORKDIR /app\nCOPY src/handler.py ./src/\nCMD ["python", "«handler.py»"]\n',
            files={"src/handler.py": ""},
            message="/app/handler.py",
        ),
        Bad(
            f'FROM {CUDA}\nRUN apt-get update && apt-get install -y python3\nWORKDIR /opt/app\nCOPY src/ ./\nCMD ["python3", "«handler.py»"]\n',
            files={"src/worker/handler.py": ""},
            message="context has src/worker/handler.py",
        ),
        Bad(
            f'FROM «{CUDA}» AS base\nCOPY a.py /\nFROM base AS final\nCMD ["sleep", "9"]\n',
            files={
                "a.py": "",
                "docker-bake.hcl": 'target "small" {\n  dockerfile = "Dockerfile"\n  target = "base"\n}\n',
            },
            options=SERVERLESS,
            message="sets no CMD",
        ),
    ),
    good=(
        Good(f"FROM {CUDA}\nRUN echo 1\n", why="an image for others to build on, or to run by hand"),
        Good(f'FROM {CUDA}\nCMD ["sleep", "9"]\n', options=SERVERLESS),
        Good("FROM someone/base\nRUN echo 1\n", options=SERVERLESS, why="the base image may start something"),
        Good('FROM python:3.11\nCOPY . /app\nCMD ["python", "/app/handler.py"]\n', files={"handler.py": ""}),
        Good(
            'FROM python:3.11\nWORKDIR /app\nRUN git clone https://x.example/r .\nCMD ["python", "handler.py"]\n',
            files={"x": ""},
            why="the clone may bring it",
        ),
        Good(
            f'FROM {CUDA}\nRUN apt-get update && apt-get install -y python3\nWORKDIR /opt/nvidia\nCMD ["python3", "entry.py"]\n',
            why="the base image may hold it, and the context has nothing of that name",
        ),
        Good('FROM someone/base\nCMD ["/start.sh"]\n', why="the base image may hold it"),
        Good(
            'FROM python:3.11\nCMD ["python", "/runpod-volume/handler.py"]\n',
            options=SERVERLESS,
            why="it lies on the volume",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The container has nothing to start: no CMD and no ENTRYPOINT, or a file that is not in the image.

    A base image's `bash` ends at once where there is no terminal, so that a platform restarts the container for ever. That there is
    no CMD is reported only for a platform that runs the image as a worker; that a file is missing only when the image provably lacks it.
    """
    for found in facts.missing_starts:
        yield Finding(
            found.place,
            found.message,
            notes=(Note(found.named_at, "an image is made of this stage here"),) if found.named_at else (),
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice="COPY the file, or mend the path" if found.path else "add a CMD",
        )
