"""DFG414: something is made for another CUDA than the base image has."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

OLD = "FROM nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04\nRUN apt-get update && apt-get install -y python3-pip git\n"
DEVEL = OLD.replace("runtime", "devel")
INDEX = "https://download.pytorch.org/whl"
BUILD = "RUN pip install --no-build-isolation «git+https://github.com/NVlabs/nvdiffrast.git»\n"
PLAIN = BUILD.replace("«", "").replace("»", "")


@rule(
    "DFG414",
    "cuda-version-mismatch",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "torch 2.14.1: torch/utils/cpp_extension.py _check_cuda_version",
        "https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html",
        "https://github.com/SYSTRAN/faster-whisper#gpu",
    ),
    bad=(
        Bad(f"{OLD}RUN pip install «faster-whisper==1.1.0»\n", message="the base image has 11.8.0"),
        Bad(
            f"{DEVEL}RUN pip install torch==2.4.0 --index-url {INDEX}/cu121\n{BUILD}",
            message="torch for CUDA 12.1",
        ),
        Bad(f"{DEVEL}RUN pip install torch==2.4.0+cu124 -f {INDEX}/torch\n{BUILD}", message="12.4"),
        Bad(
            f"{OLD.replace('11.8.0-cudnn8', '12.4.1-cudnn')}RUN pip install «torch» --index-url {INDEX}/cu130\n",
            certainty_is_maybe=True,
            message=">=580",
        ),
    ),
    good=(
        Good(f"{DEVEL}RUN pip install torch==2.4.0 --index-url {INDEX}/cu118\n{PLAIN}"),
        Good(
            f"{DEVEL.replace('11.8.0-cudnn8', '12.4.1-cudnn')}RUN pip install torch==2.4.0 --index-url {INDEX}/cu121\n{PLAIN}",
            why="another minor version is a warning",
        ),
        Good(
            f"{OLD.replace('11.8.0-cudnn8', '12.4.1-cudnn')}RUN pip install torch --index-url {INDEX}/cu118\n",
            why="the wheel brings its own, and the driver is newer",
        ),
        Good(f"{OLD}RUN pip install faster-whisper==0.10.0\n", why="made for CUDA 11"),
        Good(
            f"{OLD}RUN pip install faster-whisper==1.1.0 nvidia-cublas-cu12 nvidia-cudnn-cu12\n",
            why="brought along",
        ),
        Good(
            f"{DEVEL}RUN pip install torch==2.4.0 --index-url {INDEX}/cu121 && apt-get install -y cuda-toolkit-12-1\n{PLAIN}",
            why="another toolkit is installed",
        ),
        Good(
            f"{DEVEL}RUN pip install torch==2.4.0 --index-url {INDEX}/cu121\nRUN pip install torch==2.4.0+cu118 --index-url {INDEX}/cu118\n{PLAIN}",
            why="replaced before",
        ),
        Good(
            f"{DEVEL}RUN pip install torch==2.4.0 --index-url {INDEX}/cu121\n{PLAIN.rstrip()} || echo without it\n",
            why="it may fail",
        ),
        Good(
            f"{DEVEL}ARG CUDA\nRUN pip install torch==2.4.0 --index-url {INDEX}/$CUDA\n{PLAIN}",
            why="the build says which",
        ),
        Good(f"FROM python:3.11\nRUN pip install torch --index-url {INDEX}/cu130\n", why="no CUDA below it"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A package is made for another major version of CUDA than the base image has.

    torch's extension builder stops where nvcc is of another major version than the torch it compiles for. Libraries that take
    CUDA from the system do not find `libcublas.so.12` in an image with CUDA 11. A torch wheel brings its own CUDA and runs
    all the same, but one for a newer major version needs a newer driver than the base image asks its hosts for:
    there `torch.cuda.is_available()` is False. That one is uncertain, the hosts may have it.
    """
    for clash in facts.cuda_clashes:
        if clash.is_cudnn:
            continue
        if clash.other_place:
            message = f"{clash.name} is compiled for a torch for {clash.needed} with nvcc {clash.there}: {clash.consequence}"
        elif clash.is_driver:
            message = (
                f"this torch is for {clash.needed}, the base image for {clash.there}: {clash.consequence}"
            )
        else:
            message = f"{clash.name} needs {clash.needed}, and the base image has {clash.there}: {clash.consequence}"
        yield Finding(
            clash.place,
            message,
            notes=(Note(clash.other_place, "the torch is installed here"),) if clash.other_place else (),
            certainty=Certainty.SURE if clash.is_certain else Certainty.MAYBE,
            severity=Severity.WARNING if clash.is_driver else None,
            advice="take the base image and the wheels of one CUDA version",
        )
