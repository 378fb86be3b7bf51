"""DFG413: the process compiles kernels, and the image has no compiler."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

SLIM = "FROM python:3.11-slim\nRUN pip install torch\n"
RUNTIME = (
    "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\n"
    "RUN apt-get update && apt-get install -y --no-install-recommends python3-pip\n"
)
END = 'COPY a.py /\nCMD ["python3", "/a.py"]\n'
CODE = "import torch\nm = torch.nn.Linear(1, 1)\n"
COMPILED = f"{CODE}m = torch.compile(m)\n"


@rule(
    "DFG413",
    "compiler-missing-for-triton",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://docs.pytorch.org/docs/stable/torch.compiler_faq.html",
        "https://github.com/triton-lang/triton/blob/main/python/triton/runtime/build.py",
    ),
    bad=(
        Bad(f"{SLIM}{END}", files={"a.py": f"{CODE}m = «torch.compile(m)»\n"}, message="torch.compile"),
        Bad(
            f"{RUNTIME}RUN pip install torch\n{END}",
            files={"a.py": f"{CODE}m = «torch.compile(m, mode='reduce-overhead')»\n"},
        ),
        Bad(
            f"{RUNTIME}RUN pip install «vllm==0.8.5»\n{END}",
            files={"a.py": "from vllm import LLM\nm = LLM('facebook/opt-125m')\n"},
            message="vllm",
        ),
        Bad(
            f"{SLIM}{END}",
            files={"a.py": f"import os\n{CODE}if os.environ.get('FAST'):\n    m = «torch.compile(m)»\n"},
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(
            f"{SLIM}RUN apt-get update && apt-get install -y gcc\n{END}",
            files={"a.py": COMPILED},
            why="installed",
        ),
        Good(
            f"{RUNTIME.replace(' --no-install-recommends', '')}RUN pip install torch\n{END}",
            files={"a.py": COMPILED},
            why="python3-pip recommends build-essential",
        ),
        Good(
            f"FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nRUN apt-get update && apt-get install -y --no-install-recommends python3-pip && pip install torch\n{END}",
            files={"a.py": COMPILED},
        ),
        Good(f"FROM python:3.11\nRUN pip install torch\n{END}", files={"a.py": COMPILED}, why="it has gcc"),
        Good(
            f"FROM pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime\n{END}",
            files={"a.py": COMPILED},
            why="it has gcc for this",
        ),
        Good(f"{SLIM}RUN ./install.sh\n{END}", files={"a.py": COMPILED}, why="a script may bring one"),
        Good(f"{SLIM}ENV CC=/opt/zig/cc\n{END}", files={"a.py": COMPILED}, why="another compiler"),
        Good(f"{SLIM}ENV TORCHDYNAMO_DISABLE=1\n{END}", files={"a.py": COMPILED}, why="switched off"),
        Good(
            f"{SLIM}{END}",
            files={"a.py": f"{CODE}m = torch.compile(m, backend='eager')\n"},
            why="nothing to compile",
        ),
        Good(
            f"{SLIM}{END}",
            files={"a.py": f"{CODE}try:\n    m = torch.compile(m)\nexcept Exception:\n    pass\n"},
            why="it goes on without",
        ),
        Good(
            f"{SLIM}{END}",
            files={"a.py": f"{CODE}def fast():\n    return torch.compile(m)\n"},
            why="never called",
        ),
        Good(
            f"{RUNTIME}RUN pip install vllm==0.8.5\n{END}",
            files={"a.py": "import json\n"},
            why="it is not imported",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The process compiles kernels while it runs, and the image has no C compiler.

    `torch.compile` and everything that uses Triton build a small C program at the first call: "Failed to find C compiler. Please
    specify via CC environment variable". Slim Python images and the runtime images of CUDA have none. Nobody notices before the
    first request on a GPU. Install gcc (and the headers of Python, where apt brought it), or leave the compilation out.

    It speaks only where everything is known that the image installs.
    """
    for found in facts.needed_compilers:
        yield Finding(
            found.place,
            f"{found.name} compiles at run time, and no C compiler is in the image",
            notes=tuple(Note(place, "runs it") for place in found.proof),
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice="install gcc with apt-get",
        )
