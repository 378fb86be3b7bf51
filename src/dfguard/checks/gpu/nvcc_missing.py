"""DFG404: CUDA code is compiled where there is no compiler for it."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, rule

RUNTIME = (
    "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nRUN apt-get update && apt-get install -y python3-pip git\n"
)
SOURCE = "git+https://github.com/NVlabs/nvdiffrast.git"


@rule(
    "DFG404",
    "nvcc-missing",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://gitlab.com/nvidia/container-images/cuda", "torch 2.14.1: torch/utils/cpp_extension.py"),
    bad=(
        Bad(
            f"{RUNTIME}RUN pip install torch && pip install --no-build-isolation «{SOURCE}»\n",
            message="runtime",
        ),
        Bad("FROM nvidia/cuda:12.4.1-base-ubuntu22.04\nRUN «nvcc --version»\n", message="nvcc"),
        Bad(
            f"FROM pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime\nRUN pip install --no-build-isolation «{SOURCE}»\n"
        ),
    ),
    good=(
        Good(
            "FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nRUN nvcc --version\n",
        ),
        Good(
            f"{RUNTIME}RUN apt-get install -y cuda-nvcc-12-4 && pip install torch && pip install --no-build-isolation {SOURCE}\n",
            why="installed",
        ),
        Good(f"{RUNTIME}RUN nvcc --version || echo no compiler\n", why="it may fail"),
        Good(
            f"{RUNTIME}RUN pip install torch flash-attn --no-build-isolation\n",
            why="it looks for a wheel first",
        ),
        Good("FROM example.com/cuda:12.4\nRUN nvcc --version\n", why="an image we do not know"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """CUDA code is compiled in a stage whose base image has no nvcc.

    The `base` and `runtime` variants of nvidia/cuda and pytorch/pytorch carry what running needs; compiler and headers are in
    `devel` alone. Compile in a stage on `devel` and copy the result, or install a wheel.
    """
    for found in facts.cuda_builds:
        if found.lacks == "nvcc":
            yield Finding(
                found.place,
                f"{found.name} is compiled with nvcc, which is not in a {found.parts} image",
                certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
                advice="compile in a stage on the devel image, and copy the result",
            )
    for run, parts in facts.missing_nvcc:
        yield Finding(
            run.place,
            f"nvcc is not in a {parts} image",
            advice="take the devel image for this stage",
        )
