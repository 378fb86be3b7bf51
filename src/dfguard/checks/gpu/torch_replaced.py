"""DFG406: an install that replaces the torch which is there already."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule

BASE = "FROM pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime\n"


@rule(
    "DFG406",
    "torch-replaced",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://hub.docker.com/r/pytorch/pytorch",
        "https://pip.pypa.io/en/stable/cli/pip_install/#overview",
    ),
    bad=(
        Bad(f"{BASE}RUN pip install «torchvision==0.21.0»\n", message="needs torch 2.6.0"),
        Bad(
            f"{BASE}COPY requirements.txt .\nRUN pip install -r requirements.txt\n",
            files={"requirements.txt": "numpy\n«torch==2.1.0»\n"},
            message="torch 2.4.0 of the base image",
        ),
        Bad(f"{BASE}RUN pip install «torch==2.6.0»\n", message="the image carries both"),
        Bad(
            "FROM python:3.11\nRUN pip install torch==2.6.0 --index-url https://download.pytorch.org/whl/cu124\nRUN pip install «xformers==0.0.30»\n",
            message="torch 2.7.0",
        ),
    ),
    good=(
        Good(f"{BASE}RUN pip install torch\n", why="pip keeps the one that is there"),
        Good(f"{BASE}RUN pip install torch==2.4.0 torchvision==0.19.0\n"),
        Good(f"{BASE}RUN pip install torchaudio==2.4.0+cu124\n"),
        Good(f"{BASE}RUN pip install --no-deps torchvision==0.21.0\n", why="it takes nothing along"),
        Good(f"{BASE}RUN python -m venv /v && /v/bin/pip install torch==2.6.0\n", why="another environment"),
        Good(f"{BASE}RUN pip install --target /opt/x torch==2.6.0\n", why="another folder"),
        Good("FROM example.com/torch:1\nRUN pip install torch==2.6.0\n", why="an image we do not know"),
        Good(
            'FROM python:3.11\nARG OLD\nRUN if [ -n "$OLD" ]; then pip install torch==2.1.0; else pip install torch==2.6.0; fi\n',
            why="one or the other",
        ),
        Good("FROM python:3.11\nRUN pip install torch==2.6.0\nRUN pip install accelerate\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A later install puts another torch in the place of the one that the base image or an earlier step brought.

    pip removes the old release and downloads another, with the CUDA of its own index: the build that was chosen above
    is lost, what was compiled for it does not load, and the lower layer still carries its gigabytes. It
    happens through a requirements file, or through a companion (torchvision, xformers) of another release. Pin what fits
    the torch that is there, or take a base image without torch.
    """
    for found in facts.replaced_torches:
        where = "installed above" if found.old_place else "of the base image"
        package = found.package
        because = (
            ""
            if found.is_own
            else f"{package.name} {package.specifier.lstrip('= ')} needs torch {found.new}: "
        )
        is_meant = found.is_own and package.place.source is facts.source
        yield Finding(
            package.place,
            f"{because}torch {found.old} {where} is replaced by {found.new}, and the image carries both",
            notes=(Note(found.old_place, f"torch {found.old} is installed here"),) if found.old_place else (),
            severity=Severity.INFO if is_meant else None,
            advice="pin what fits the torch that is there, or start from an image without torch",
        )
