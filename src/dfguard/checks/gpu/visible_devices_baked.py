"""DFG411: the image itself says which GPUs may be seen."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, known, rule

OFF = frozenset({"", "-1", "none", "NoDevFiles"})


@rule(
    "DFG411",
    "visible-devices-baked",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://docs.nvidia.com/cuda/cuda-programming-guide/05-appendices/environment-variables.html",),
    bad=(
        Bad("FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\n«ENV CUDA_VISIBLE_DEVICES=-1»\n", message="no GPU"),
        Bad(
            'FROM python:3.11\nENV NVIDIA_VISIBLE_DEVICES=all\n«ENV CUDA_VISIBLE_DEVICES=""»\n',
            message="no GPU",
        ),
        Bad("FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\n«ENV CUDA_VISIBLE_DEVICES=0»\n", message="'0'"),
    ),
    good=(
        Good(
            "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nRUN CUDA_VISIBLE_DEVICES= python3 preload.py\n",
            why="for one command",
        ),
        Good("FROM python:3.11\nENV CUDA_VISIBLE_DEVICES=-1\n", why="an image for the CPU"),
        Good(
            "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04 AS bake\nENV CUDA_VISIBLE_DEVICES=-1\n"
            "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nCOPY --from=bake /opt /opt\n",
            why="the stage that runs does not have it",
        ),
        Good("FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nENV NVIDIA_VISIBLE_DEVICES=all\n"),
        Good(
            "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nARG CUDA_VISIBLE_DEVICES=-1\n",
            why="ARG ends with the build",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A GPU image sets CUDA_VISIBLE_DEVICES for the process it will run.

    Set to nothing or -1 for a download on the CPU it stays in the image, and the worker runs without its GPU and without a
    word. Set to 0 it hides the other GPUs of a worker that has several, and helps none that has one. Set it in front of
    the one command that needs it.
    """
    if not facts.is_gpu_image or facts.runtime is None or facts.target is None:
        return
    value = facts.runtime.variable("CUDA_VISIBLE_DEVICES")
    text = known(value) if value is not None else None
    steps = [
        s
        for s in facts.instructions("ENV")
        if any(p.key.value == "CUDA_VISIBLE_DEVICES" for p in s.instruction.pairs)
    ]
    if text is None or not steps:
        return
    what = "the process sees no GPU" if text in OFF else f"the process sees the GPU {text!r} alone"
    yield Finding(
        steps[-1].instruction.place,
        f"CUDA_VISIBLE_DEVICES stays in the image: {what}",
        severity=None if text in OFF else Severity.INFO,
        advice="set it in front of the command that needs it: RUN CUDA_VISIBLE_DEVICES= python preload.py",
    )
