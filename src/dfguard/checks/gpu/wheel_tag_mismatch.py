"""DFG405: a wheel that is made for another Python, torch, CUDA or system than the stage has."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

HOST = "https://github.com/Dao-AILab/flash-attention/releases/download/v2.7.4.post1"
WHEEL = "flash_attn-2.7.4.post1+cu12torch2.4cxx11abiFALSE-cp311-cp311-linux_x86_64.whl"
CONDA = "FROM pytorch/pytorch:2.4.0-cuda12.4-cudnn9-devel\n"


@rule(
    "DFG405",
    "wheel-tag-mismatch",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/",
        "https://github.com/Dao-AILab/flash-attention/releases",
    ),
    bad=(
        Bad(
            f"{CONDA}RUN pip install «{HOST}/{WHEEL.replace('cp311', 'cp310')}»\n",
            message="Python 3.10",
        ),
        Bad(
            f"{CONDA}RUN pip install «{HOST}/{WHEEL.replace('torch2.4', 'torch2.3')}»\n", message="torch 2.3"
        ),
        Bad(f"{CONDA}RUN pip install «{HOST}/{WHEEL.replace('cu12', 'cu11')}»\n", message="CUDA 11"),
        Bad(
            f"FROM python:3.11\nRUN pip install torch==2.7.1\nRUN wget {HOST}/{WHEEL} && pip install --no-deps «./{WHEEL}»\n",
            message="torch 2.7.1",
        ),
        Bad("FROM python:3.12\nRUN pip install «https://x.org/thing-1.0-cp312-cp312-win_amd64.whl»\n"),
        Bad(
            "FROM python:3.12-alpine\nRUN pip install «https://x.org/thing-1.0-cp312-cp312-manylinux_2_17_x86_64.whl»\n",
            message="Alpine",
        ),
        Bad(
            f"FROM python:3.11\nRUN pip install torch\nRUN pip install «{HOST}/{WHEEL}»\n",
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(f"{CONDA}RUN pip install {HOST}/{WHEEL}\n"),
        Good(f"FROM python:3.11\nRUN pip install torch==2.4.1 && pip install {HOST}/{WHEEL}\n"),
        Good("FROM python:3.12\nRUN pip install https://x.org/thing-1.0-py3-none-any.whl\n"),
        Good(
            "FROM python:3.12\nRUN pip install https://x.org/thing-1.0-cp38-abi3-manylinux2014_x86_64.whl\n"
        ),
        Good(
            "FROM python:3.12\nRUN pip install https://x.org/thing-1.0-cp311.cp312-cp312-linux_x86_64.whl\n"
        ),
        Good(
            f"{CONDA}RUN pip install {HOST}/{WHEEL.replace('FALSE', 'TRUE').replace('cp311', 'cp310')} || pip install flash-attn\n",
            why="a second try follows",
        ),
        Good(f"FROM some/image\nRUN pip install {HOST}/{WHEEL}\n", why="nothing tells what is in the image"),
        Good(
            f"{CONDA}RUN conda create -n py310 python=3.10\nRUN conda run -n py310 pip install {HOST}/{WHEEL.replace('cp311', 'cp310')}\n",
            why="another environment",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The tags in a wheel's name do not fit the stage: Python, torch, CUDA, the C++ ABI or the system.

    pip refuses a wheel for another Python or system, and the build stops. A wheel for another torch or CUDA is installed
    all the same, and its import ends with `undefined symbol`. Take the wheel whose name fits the image.
    """
    for wheel in facts.wrong_wheels:
        wanted = " and ".join(clash.wanted for clash in wheel.clashes)
        present = " and ".join(clash.present for clash in wheel.clashes)
        places = dict.fromkeys(clash.decided_at for clash in wheel.clashes if clash.decided_at)
        yield Finding(
            wheel.package.place,
            f"the wheel is made for {wanted}, but the stage has {present}",
            notes=tuple(Note(place, "installed here") for place in places),
            certainty=Certainty.SURE if wheel.is_certain else Certainty.MAYBE,
            advice="take the wheel whose tags fit the image",
        )
