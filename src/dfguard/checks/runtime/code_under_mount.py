"""DFG209: the program itself lies where the platform mounts a volume."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule

HANDLER = {"handler.py": "import runpod\nrunpod.serverless.start({'handler': lambda job: 1})\n"}
START = 'CMD ["python", "/workspace/handler.py"]\n'


@rule(
    "DFG209",
    "code-under-mount",
    Severity.WARNING,
    since="0.1.0",
    covers=("DFG201",),
    sources=(
        "https://docs.runpod.io/pods/storage/types",
        "https://docs.runpod.io/serverless/storage/network-volumes",
    ),
    bad=(
        Bad(
            f"FROM python:3.11\n«COPY handler.py /workspace/handler.py»\n{START}",
            files=HANDLER,
            options={"platform": "runpod-pods"},
            message="hides",
        ),
        Bad(
            f"FROM python:3.11\nWORKDIR /workspace\n«COPY . .»\n{START}",
            files=HANDLER,
            options={"platform": "runpod-serverless"},
            message="Pods",
        ),
    ),
    good=(
        Good(
            'FROM python:3.11\nCOPY handler.py /app/\nCMD ["python", "/app/handler.py"]\n',
            files=HANDLER,
            options={"platform": "runpod-pods"},
        ),
        Good(
            f"FROM python:3.11\nCOPY handler.py /workspace/handler.py\n{START}",
            files=HANDLER,
            options={"platform": "docker"},
        ),
        Good(
            'FROM python:3.11\nWORKDIR /workspace\nCOPY handler.py /app/\nCMD ["python", "/app/handler.py"]\n',
            why="only the working directory is there",
            files=HANDLER,
            options={"platform": "runpod-pods"},
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The program lies in a directory that a volume is mounted over.

    The process does not start: its file is hidden by the mount. On a platform whose sister platform mounts there
    (RunPod Serverless and Pods) it is only said, because the same image is often run on both.
    """
    for code in facts.code_under_mounts:
        severity = None if code.is_here else Severity.INFO
        when = "" if code.is_here else ", should the image run there"
        yield Finding(
            code.written_by,
            f"{code.path} is started, and {code.platform} hides it: it mounts {code.mount} over it{when}",
            notes=(Note(code.starts, "starts it"),) if code.starts else (),
            severity=Severity.ERROR if code.is_certain else severity,
            advice="put the program elsewhere, for example in /app",
        )
