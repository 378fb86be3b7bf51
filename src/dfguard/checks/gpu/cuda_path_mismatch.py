"""DFG410: a path names another CUDA version than the base image has."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule

BASE = "FROM nvidia/cuda:12.1.0-devel-ubuntu22.04\n"


@rule(
    "DFG410",
    "cuda-path-mismatch",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://gitlab.com/nvidia/container-images/cuda",),
    bad=(
        Bad(
            f"{BASE}RUN ldconfig «/usr/local/cuda-12.4/compat/»\n",
            message="CUDA 12.4, but the base image has 12.1",
        ),
        Bad(f"{BASE}ENV CUDA_HOME=«/usr/local/cuda-11.8»\n", message="11.8"),
        Bad(f"{BASE}ENV PATH=«/usr/local/cuda-11.8/bin:$PATH»\n", message="11.8"),
    ),
    good=(
        Good(f"{BASE}RUN ldconfig /usr/local/cuda-12.1/compat/\n"),
        Good(f"{BASE}ENV CUDA_HOME=/usr/local/cuda\n"),
        Good(
            f"{BASE}RUN apt-get update && apt-get install -y cuda-toolkit-12-4\nENV CUDA_HOME=/usr/local/cuda-12.4\n"
        ),
        Good(
            f"{BASE}RUN ln -s /usr/local/cuda /usr/local/cuda-11.8\nENV CUDA_HOME=/usr/local/cuda-11.8\n",
            why="made",
        ),
        Good(
            f"{BASE}COPY --from=other/cuda:1 /usr/local/cuda-11.8 /usr/local/cuda-11.8\nENV CUDA_HOME=/usr/local/cuda-11.8\n"
        ),
        Good("FROM example.com/gpu:1\nENV CUDA_HOME=/usr/local/cuda-11.8\n", why="an image we do not know"),
        Good(f"{BASE}RUN rm -rf /usr/local/cuda-11.8\n", why="removing it"),
        Good(f"{BASE}RUN ls /usr/local/cuda-11.8 || true\n", why="it may be missing"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """ENV or a command names `/usr/local/cuda-X.Y`, and the base image has another version.

    The directory does not exist: compilers and libraries are not found, or `ldconfig` registers nothing, and the program
    falls back to what it finds elsewhere. It happens when the base image is raised and the path is not. `/usr/local/cuda` is
    right in every version.
    """
    for found in facts.cuda_paths:
        yield Finding(
            found.place,
            f"{found.path} is of CUDA {found.named}, but the base image has {found.there}",
            advice="write /usr/local/cuda, which is the installed version",
        )
