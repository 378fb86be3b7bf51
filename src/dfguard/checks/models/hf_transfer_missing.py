"""DFG317: a download is told to use hf_transfer, which is not installed."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

OLD = "FROM python:3.11-slim\nRUN pip install huggingface_hub==0.30.2\n"
END = "ENV HF_HUB_ENABLE_HF_TRANSFER=1\n"


@rule(
    "DFG317",
    "hf-transfer-missing",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "huggingface_hub/file_download.py@0.36.2",
        "https://github.com/huggingface/huggingface_hub/releases/tag/v1.0.0",
    ),
    bad=(
        Bad(f"{OLD}{END}RUN «huggingface-cli download org/model»\n", message="hf_transfer"),
        Bad(f"{OLD}RUN «HF_HUB_ENABLE_HF_TRANSFER=1 huggingface-cli download org/model»\n"),
        Bad(
            f'FROM python:3.11-slim\nRUN pip install "huggingface_hub>=1.0"\n{END}RUN «hf download org/model»\n',
            message="ignored",
        ),
        Bad(
            f"FROM python:3.11-slim\nRUN pip install huggingface_hub==0.30.2 unheard-of\n{END}RUN «huggingface-cli download org/model»\n",
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(f"{OLD}RUN pip install hf_transfer\n{END}RUN huggingface-cli download org/model\n"),
        Good(
            f'FROM python:3.11-slim\nRUN pip install "huggingface_hub[hf_transfer]==0.30.2"\n{END}RUN huggingface-cli download org/model\n'
        ),
        Good(f"{OLD}ENV HF_HUB_ENABLE_HF_TRANSFER=0\nRUN huggingface-cli download org/model\n"),
        Good(f"{OLD}RUN huggingface-cli download org/model\n{END}", why="set afterwards, and nothing loads"),
        Good(
            f"FROM some/image\n{END}RUN huggingface-cli download org/model\n", why="nothing tells the version"
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """HF_HUB_ENABLE_HF_TRANSFER is on and the package `hf_transfer` is not installed.

    Before huggingface_hub 1.0 every download then ends with a ValueError. From 1.0 on the variable is ignored with a warning
    (info): HF_XET_HIGH_PERFORMANCE took its place.
    """
    for lacking in facts.lacking_transfers:
        name = lacking.binding.name
        what = (
            f"the download fails: {name} is on and hf_transfer is not installed"
            if lacking.is_refused
            else f"{name} is ignored"
        )
        place = lacking.binding.place
        yield Finding(
            lacking.load.place,
            f"{what} (huggingface_hub {lacking.range})",
            notes=(Note(place, f"{name} is set here"),) if place and place != lacking.load.place else (),
            certainty=Certainty.SURE if lacking.is_certain else Certainty.MAYBE,
            severity=None if lacking.is_refused else Severity.INFO,
            advice="install hf_transfer, or leave the variable out",
        )
