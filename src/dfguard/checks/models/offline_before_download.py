"""DFG308: an offline switch is on while the build downloads."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, described, rule


@rule(
    "DFG308",
    "offline-before-download",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "huggingface_hub/constants.py@2.4.0",
        "https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables",
    ),
    bad=(
        Bad(
            "FROM python:3.11\nENV HF_HUB_OFFLINE=1\nRUN pip install huggingface_hub\nRUN «hf download org/model»\n",
            message="HF_HUB_OFFLINE",
        ),
        Bad(
            "FROM python:3.11\nENV TRANSFORMERS_OFFLINE=1\nRUN python -c \"from transformers import pipeline; «pipeline('asr', model='org/model')»\"\n"
        ),
    ),
    good=(
        Good("FROM python:3.11\nRUN hf download org/model\nENV HF_HUB_OFFLINE=1\n", why="after the download"),
        Good(
            "FROM python:3.11\nENV HF_HUB_OFFLINE=1\nRUN HF_HUB_OFFLINE=0 hf download org/model\n",
            why="overridden inline",
        ),
        Good("FROM python:3.11\nENV HF_HUB_OFFLINE=0\nRUN hf download org/model\n"),
        Good("FROM python:3.11\nENV HF_HUB_OFFLINE=1\nRUN unset HF_HUB_OFFLINE && hf download org/model\n"),
        Good(
            "FROM python:3.11\nENV HF_HUB_OFFLINE=1\nRUN wget https://example.com/model.safetensors\n",
            why="wget does not read it",
        ),
        Good(
            "FROM python:3.11\nRUN hf download org/m\nENV HF_HUB_OFFLINE=1\nRUN python -c \"from transformers import AutoModel; AutoModel.from_pretrained('org/m')\"\n",
            why="a self-check of what was baked",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """An offline switch is in effect while a build step downloads a model.

    With HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE set, the libraries look only into the cache: the download raises, and the
    build fails. Set the variable after the download, or override it on the command.
    """
    for step, load in facts.build_loads:
        if (
            not load.is_offline
            or not load.downloads
            or load.offline_because is None
            or facts.is_baked_before(step, load)
        ):
            continue
        binding = load.offline_because
        notes = (Note(binding.place, f"{binding.name}={binding.text} is set here"),) if binding.place else ()
        yield Finding(
            load.place,
            f"{described(load.subject)} cannot be downloaded while {binding.name} is set",
            notes=notes,
            certainty=Certainty.SURE if load.is_certain else Certainty.MAYBE,
            advice=f"set {binding.name} after the download, or write `{binding.name}=0` in front of the command",
        )
