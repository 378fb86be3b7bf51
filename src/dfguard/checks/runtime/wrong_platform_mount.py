"""DFG213: the process relies on a mount that only a sister platform has."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, described, rule

SERVERLESS = {"platform": "runpod-serverless"}
PODS = {"platform": "runpod-pods"}
START = 'COPY handler.py /\nCMD ["python", "/handler.py"]\n'


def _handler(where: str) -> dict[str, str]:
    load = f"model = «AutoModel.from_pretrained('{where}')»\n"
    return {
        "handler.py": f"import runpod\nfrom transformers import AutoModel\n{load}runpod.serverless.start({{}})\n"
    }


def _quiet(where: str) -> dict[str, str]:
    return {name: text.replace("«", "").replace("»", "") for name, text in _handler(where).items()}


@rule(
    "DFG213",
    "wrong-platform-mount",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://docs.runpod.io/serverless/storage/network-volumes",
        "https://docs.runpod.io/pods/storage/types",
    ),
    bad=(
        Bad(
            f"FROM python:3.11\n{START}",
            files=_handler("/workspace/models/m"),
            options=SERVERLESS,
            message="/runpod-volume",
        ),
        Bad(f"FROM python:3.11\n{START}", files=_handler("/runpod-volume/m"), options=PODS),
        Bad(
            f"FROM python:3.11\nENV HF_HOME=/workspace/hf\n{START}",
            files=_handler("org/model"),
            options=SERVERLESS,
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(f"FROM python:3.11\n{START}", files=_quiet("/runpod-volume/m"), options=SERVERLESS),
        Good(
            f"FROM python:3.11\nRUN hf download org/model --local-dir /workspace/models/m\n{START}",
            files=_quiet("/workspace/models/m"),
            options=SERVERLESS,
            why="baked there, and nothing hides it",
        ),
        Good(
            'FROM python:3.11\nCOPY . /\nCMD ["bash", "/start.sh"]\n',
            files={
                **_quiet("/workspace/models/m"),
                "start.sh": "ln -s /runpod-volume /workspace\npython /handler.py\n",
            },
            options=SERVERLESS,
            why="the start script links the volume there",
        ),
        Good(f"FROM python:3.11\n{START}", files=_quiet("/workspace/m"), options={"platform": "docker"}),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The process looks for its files where only a sister platform mounts a volume.

    RunPod mounts a network volume at /runpod-volume in Serverless workers and at /workspace in Pods. A path of the one is
    an empty directory on the other: the files are not found, or, where the program downloads them, they are lost when the worker stops.
    """
    for found in facts.misplaced_loads:
        here = f"; {facts.platform.title} mounts at {found.own}" if found.own else ""
        what = "keeps its files in" if found.is_lost else "expects"
        sure = not found.is_lost and found.load.is_certain
        yield Finding(
            found.load.place,
            f"{described(found.load.subject)}: the process {what} {found.path}, but only {found.sister} mounts {found.mount}{here}",
            notes=facts.trail(found.load),
            certainty=Certainty.SURE if sure else Certainty.MAYBE,
            advice="take the mount point from a variable, or bake the files into the image",
        )
