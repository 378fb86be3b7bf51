"""DFG319: weights in a folder that the program does not read."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, rule

FILE = "https://example.com/x.safetensors"


@rule(
    "DFG319",
    "known-model-folder",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://github.com/comfyanonymous/ComfyUI/blob/master/folder_paths.py",),
    bad=(
        Bad(
            f"FROM python:3.11\nRUN «wget -O /comfyui/models/lora/x.safetensors {FILE}»\n",
            message="loras",
        ),
        Bad(
            f"FROM python:3.11\nWORKDIR /comfyui\nRUN «comfy model download --url {FILE} --relative-path models/checkpoint --filename x.safetensors»\n",
            message="checkpoints",
        ),
        Bad(
            f"FROM python:3.11\nCOPY extra_model_paths.yaml /ComfyUI/\nRUN «wget -P /ComfyUI/models/vaes {FILE}»\n",
            files={"extra_model_paths.yaml": "a:\n  vae: models/vaes\n"},
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(f"FROM python:3.11\nRUN wget -O /comfyui/models/loras/x.safetensors {FILE}\n"),
        Good(
            f"FROM python:3.11\nRUN wget -O /comfyui/models/ipadapter/x.safetensors {FILE}\n",
            why="a custom node may read it",
        ),
        Good(f"FROM python:3.11\nRUN wget -O /app/models/lora/x.safetensors {FILE}\n", why="another program"),
        Good(
            f"FROM python:3.11\nRUN mkdir -p /comfyui/models/lora && ln -s /comfyui/models/lora /comfyui/models/loras\nRUN wget -O /comfyui/models/lora/x.safetensors {FILE}\n",
            why="a link leads there",
        ),
        Good("FROM python:3.11\nRUN mkdir -p /comfyui/models/lora\n", why="nothing lies in it"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Weights are laid into a folder of ComfyUI that it does not read: `models/lora` instead of `models/loras`.

    ComfyUI lists the files of fixed folders. A file beside them is in the image and in no list: the workflow fails at the
    first request with `value not in list`.
    """
    for wrong in facts.wrong_folders:
        yield Finding(
            wrong.place,
            f"{wrong.path} lies in models/{wrong.name}, which {wrong.program} does not read; it reads models/{wrong.instead}",
            certainty=Certainty.SURE if wrong.is_certain else Certainty.MAYBE,
            advice=f"put it into models/{wrong.instead}",
        )
