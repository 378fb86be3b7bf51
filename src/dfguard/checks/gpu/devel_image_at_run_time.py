"""DFG415: the image carries compilers that nothing uses."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule

FROM = "FROM nvidia/cuda:12.4.1-devel-ubuntu22.04"
PIP = "RUN apt-get update && apt-get install -y python3-pip && pip install runpod torch\n"
BASE = f"{FROM}\n{PIP}"
END = 'COPY a.py /\nCMD ["python3", "/a.py"]\n'
FILES = {"a.py": "import runpod, torch\nrunpod.serverless.start({'handler': lambda job: 1})\n"}


@rule(
    "DFG415",
    "devel-image-at-run-time",
    Severity.INFO,
    since="0.1.0",
    sources=("https://gitlab.com/nvidia/container-images/cuda", "https://hub.docker.com/r/nvidia/cuda"),
    bad=(
        Bad(f"«{FROM}»\n{PIP}{END}", files=FILES, message="devel"),
        Bad(
            f"«FROM pytorch/pytorch:2.4.0-cuda12.4-cudnn9-devel»\nRUN pip install transformers accelerate\n{END}",
            files={"a.py": "import transformers\n"},
        ),
    ),
    good=(
        Good(f"{BASE.replace('devel', 'runtime')}{END}", files=FILES),
        Good(f"{BASE}RUN pip install --no-build-isolation flash-attn\n{END}", files=FILES, why="compiled"),
        Good(f"{BASE}RUN nvcc --version\n{END}", files=FILES, why="used"),
        Good(f"{BASE}RUN ./build.sh\n{END}", files=FILES, why="a script may use it"),
        Good(f"{BASE}RUN pip install some-package\n{END}", files=FILES, why="it may be compiled"),
        Good(
            f"{BASE}{END}",
            files={"a.py": "import torch\nm = torch.compile(torch.nn.Linear(1, 1))\n"},
            why="the process compiles",
        ),
        Good(
            f"{BASE.replace('ubuntu22.04', 'ubuntu22.04 AS build', 1)}FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nCOPY --from=build /a /a\n{END}",
            files=FILES,
            why="only the build has it",
        ),
        Good(
            f"FROM runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404\nRUN pip install runpod\n{END}",
            files=FILES,
            why="there is no other",
        ),
        Good(
            f'{BASE}COPY a.py start.sh /\nCMD ["bash", "/start.sh"]\n',
            files=FILES | {"start.sh": "source /runpod-volume/venv/bin/activate\npython /a.py\n"},
            why="another environment on the volume",
        ),
        Good(f"{BASE}", why="what it runs is not known"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The final image is a devel image, and nothing in it is compiled.

    The devel images of CUDA and PyTorch carry nvcc, headers and static libraries: several gigabytes more that every new worker pulls. Nothing
    in the build and nothing in the program uses them. Take the runtime image, or compile in a stage of its own.
    """
    place = facts.idle_devel_image
    if place is not None:
        yield Finding(
            place,
            "the image is built on a devel image, and nothing in it is compiled",
            advice="take the runtime image of the same version",
        )
