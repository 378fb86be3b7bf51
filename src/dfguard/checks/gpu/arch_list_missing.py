"""DFG403: a CUDA extension is compiled without saying for which GPUs."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, rule

BASE = "FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nRUN apt-get update && apt-get install -y python3-pip git\nRUN pip install torch\n"
SOURCE = "git+https://github.com/facebookresearch/pytorch3d.git@v0.7.8"
MESSAGES = {
    "arch_list": "for GPUs, but TORCH_CUDA_ARCH_LIST does not say which",
    "force_cuda": "for the CPU alone: no GPU is visible during the build, and FORCE_CUDA does not ask for CUDA",
}
FORCED = "FORCE_CUDA=1 "


@rule(
    "DFG403",
    "arch-list-missing",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "torch 2.14.1: torch/utils/cpp_extension.py _get_cuda_arch_flags",
        "https://docs.pytorch.org/docs/stable/cpp_extension.html#torch.utils.cpp_extension.CUDAExtension",
    ),
    bad=(
        Bad(f"{BASE}RUN pip install --no-build-isolation «{SOURCE}»\n", message="for the CPU alone"),
        Bad(
            f"{BASE}ENV FORCE_CUDA=1\nRUN pip install --no-build-isolation «{SOURCE}»\n",
            message="pytorch3d is compiled for GPUs",
        ),
        Bad(f"{BASE}RUN pip install --no-build-isolation «detectron2»\n", certainty_is_maybe=True),
    ),
    good=(
        Good(
            f'{BASE}ENV FORCE_CUDA=1 TORCH_CUDA_ARCH_LIST="8.0;8.6;8.9"\nRUN pip install --no-build-isolation {SOURCE}\n'
        ),
        Good(
            f'{BASE}RUN FORCE_CUDA=1 TORCH_CUDA_ARCH_LIST="8.6" pip install --no-build-isolation {SOURCE}\n',
            why="for this command",
        ),
        Good(
            f"{BASE}ARG TORCH_CUDA_ARCH_LIST\nENV FORCE_CUDA=1\nRUN pip install --no-build-isolation {SOURCE}\n",
            why="the build may say",
        ),
        Good(f"{BASE}RUN pip install bitsandbytes\n", why="a wheel with everything in it"),
        Good(
            f"FROM python:3.11\nRUN pip install torch && pip install --no-build-isolation {SOURCE}\n",
            why="no CUDA to compile with",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A package with CUDA code is compiled in the build, and nothing says for which GPU generations.

    No GPU is visible during a build. Many build scripts then leave CUDA out unless FORCE_CUDA=1 is set. The others find the
    list of generations empty: torch's extension builder stops with an IndexError, other build scripts compile for whatever they take for the default, and the program crashes on the
    first GPU of another kind. Set TORCH_CUDA_ARCH_LIST to the GPUs that will run it.
    """
    for found in facts.cuda_builds:
        if found.lacks in MESSAGES:
            yield Finding(
                found.place,
                f"{found.name} is compiled {MESSAGES[found.lacks]}",
                certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
                advice=f'set it above: ENV {FORCED if found.lacks == "force_cuda" else ""}TORCH_CUDA_ARCH_LIST="8.0;8.6;8.9;9.0"',
            )
