"""DFG503: an import that no installed distribution provides."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

RUN = 'COPY handler.py /app/\nWORKDIR /app\nCMD ["python", "handler.py"]\n'
PLAIN = {"handler.py": "import runpod\nrunpod.serverless.start({})\n"}


@rule(
    "DFG503",
    "distribution-missing",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://docs.python.org/3/installing/index.html",),
    bad=(
        Bad(
            f"FROM python:3.11-slim\n{RUN}",
            files={"handler.py": "«import runpod»\nrunpod.serverless.start({})\n"},
            message="runpod",
        ),
        Bad(
            f"FROM python:3.11-slim\nRUN pip install --no-cache-dir boto3\n{RUN}",
            files={"handler.py": "import boto3\n«import whisper»\n"},
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(f"FROM python:3.11-slim\nRUN pip install runpod\n{RUN}", files=PLAIN),
        Good(
            f"FROM python:3.11-slim\nCOPY requirements.txt /\nRUN pip install -r /requirements.txt\n{RUN}",
            files={**PLAIN, "requirements.txt": "runpod==1.7.0\n"},
        ),
        Good(
            f"FROM runpod/pytorch:2.1.0-py3.10-cuda11.8.0-devel-ubuntu22.04\n{RUN}",
            files=PLAIN,
            why="the base image may bring it",
        ),
        Good(
            f"FROM python:3.11-slim\n{RUN}",
            files={"handler.py": "try:\n    import runpod\nexcept ImportError:\n    runpod = None\n"},
        ),
        Good(f"FROM python:3.11-slim\nRUN curl -fsSL https://x.example/i.sh | bash\n{RUN}", files=PLAIN),
        Good(
            'FROM python:3.11-slim\nCOPY . /app\nWORKDIR /app\nCMD ["bash", "start.sh"]\n',
            files={**PLAIN, "start.sh": "pip install runpod\npython handler.py\n"},
            why="installed at start",
        ),
        Good(
            f"FROM python:3.11-slim\nCOPY . /app\n{RUN}",
            files={"handler.py": "import runpod\n", "runpod/__init__.py": ""},
            why="a module of the project",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The process imports a module of a known distribution that nothing in the build installs.

    It is sure when the build installs no Python package at all on a bare base image. Where others are installed, one of them
    may bring it along: then it is a maybe. Base images with packages of their own are left alone.
    """
    for found in facts.missing_distributions:
        yield Finding(
            found.place,
            f"{found.module} is imported, and nothing in the build installs {found.distribution}",
            notes=tuple(Note(place, "the program starts here") for place in found.proof),
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice=f"pip install {found.distribution}",
        )
