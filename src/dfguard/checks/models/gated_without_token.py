"""DFG315: a gated repository is downloaded without a token."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, described, rule

FLUX = "https://huggingface.co/black-forest-labs/FLUX.1-dev/resolve/main/ae.safetensors"


@rule(
    "DFG315",
    "gated-without-token",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://huggingface.co/docs/hub/models-gated",),
    bad=(
        Bad("FROM python:3.11\nRUN «hf download meta-llama/Llama-3.1-8B-Instruct»\n", message="meta-llama"),
        Bad(f"FROM python:3.11\nRUN «wget -O /m/ae.safetensors {FLUX}»\n", message="FLUX.1-dev"),
        Bad(
            "FROM python:3.11\nRUN python -c \"from pyannote.audio import Pipeline; «Pipeline.from_pretrained('pyannote/speaker-diarization-3.1')»\"\n"
        ),
    ),
    good=(
        Good(
            "FROM python:3.11\nRUN --mount=type=secret,id=hf,env=HF_TOKEN hf download meta-llama/Llama-3.1-8B-Instruct\n"
        ),
        Good("FROM python:3.11\nARG HF_TOKEN\nRUN hf download meta-llama/Llama-3.1-8B-Instruct\n"),
        Good(
            "FROM python:3.11\nARG KEY\nRUN hf download meta-llama/Llama-3.1-8B-Instruct --token $KEY\n",
            why="whatever its name",
        ),
        Good(
            f'FROM python:3.11\nARG KEY\nRUN wget --header="Authorization: Bearer $KEY" -O /m/ae.safetensors {FLUX}\n'
        ),
        Good(
            "FROM python:3.11\nARG KEY\nRUN hf auth login --token $KEY && hf download google/gemma-3-1b-it\n"
        ),
        Good("FROM python:3.11\nRUN hf download Qwen/Qwen3-0.6B\n"),
        Good(
            "FROM python:3.11\nRUN HF_HUB_OFFLINE=1 hf download meta-llama/Llama-3.1-8B-Instruct\n",
            why="no download",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A repository whose licence must be accepted is downloaded in the build, and nothing there is a token.

    The hub answers 401 or 403 and the build stops (or, with `curl` and without `-f`, saves the answer as weights). Give the
    token as a build secret: `RUN --mount=type=secret,id=hf,env=HF_TOKEN ...`.
    """
    for load in facts.gated_downloads:
        yield Finding(
            load.place,
            f"{described(load.subject)} is gated, and the build has no token for it",
            notes=tuple(Note(place, "run here") for place in load.proof),
            certainty=Certainty.SURE if load.is_certain else Certainty.MAYBE,
            advice="mount a token as a build secret: --mount=type=secret,id=hf,env=HF_TOKEN",
        )
