"""DFG214: the process needs files on a mount that is there only when the user attaches it."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, described, rule

NONE = {"platform": "runpod-serverless", "volume": "none"}
UNKNOWN = {"platform": "runpod-serverless"}
START = 'FROM python:3.11\nCOPY handler.py /\nCMD ["python", "/handler.py"]\n'
LOAD = "from transformers import AutoModel\nm = «AutoModel.from_pretrained('/runpod-volume/m')»\n"
QUIET = LOAD.replace("«", "").replace("»", "")
TESTED = f"import os\nif os.path.exists('/runpod-volume'):\n    pass\n{QUIET}"


@rule(
    "DFG214",
    "optional-mount-required",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://docs.runpod.io/serverless/storage/network-volumes",),
    bad=(
        Bad(START, files={"handler.py": LOAD}, options=NONE, message="not mounted"),
        Bad(START, files={"handler.py": LOAD}, options=UNKNOWN, certainty_is_maybe=True),
    ),
    good=(
        Good(START, files={"handler.py": QUIET}, options={**UNKNOWN, "volume": "attached"}),
        Good(START, files={"handler.py": TESTED}, options=UNKNOWN, why="the program looks first"),
        Good(
            f"{START}RUN hf download org/m --local-dir /runpod-volume/m\n",
            files={"handler.py": QUIET},
            options=NONE,
            why="no volume, and the image holds it",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The process loads files from an optional mount without looking whether it is there.

    A network volume exists only where one is attached to the endpoint. It is certain when the configuration says that there is
    none (`volume: none`); with `volume: attached` nothing is said. Test for the directory, or fall back on the image.
    """
    for load, mount in facts.optional_loads:
        is_out = facts.deployment.volume == "none"
        state = "is not mounted" if is_out else "is there only when one is attached"
        yield Finding(
            load.place,
            f"{described(load.subject)} is read below {mount.path}, but the {mount.title} {state}",
            notes=facts.trail(load),
            certainty=Certainty.SURE if is_out and load.is_certain else Certainty.MAYBE,
            advice="test whether the directory exists, or say `volume: attached` in the configuration",
        )
