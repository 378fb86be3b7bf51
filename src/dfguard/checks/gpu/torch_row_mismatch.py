"""DFG407: releases of torch, torchvision, torchaudio and xformers that do not belong together."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule

INDEX = "--index-url https://download.pytorch.org/whl/cu121"


@rule(
    "DFG407",
    "torch-row-mismatch",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://github.com/pytorch/vision#installation",
        "https://pytorch.org/get-started/previous-versions/",
    ),
    bad=(
        Bad(
            f"FROM python:3.11\nRUN pip install torch==2.4.0 «torchvision==0.18.1» {INDEX}\n",
            message="finds no solution",
        ),
        Bad(
            "FROM python:3.11\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n",
            files={"requirements.txt": "torch==2.4.1\n«torchaudio==2.4.0»\n"},
        ),
        Bad(
            "FROM python:3.11\nRUN pip install torch==2.4.0 torchvision==0.19.0\nRUN pip install «torch==2.6.0»\n",
            message="torchvision 0.19.0 stays",
        ),
        Bad(
            "FROM python:3.11\nRUN pip install torch==2.6.0\nRUN pip install --no-deps «xformers==0.0.30»\n",
            message="needs torch 2.7.0",
        ),
        Bad(
            "FROM python:3.11\nRUN pip install torch==2.4.0+cu121 «torchvision==0.19.0+cu118» -f https://download.pytorch.org/whl/torch_stable.html\n",
            message="another CUDA",
        ),
    ),
    good=(
        Good(
            f"FROM python:3.11\nRUN pip install torch==2.4.0 torchvision==0.19.0 torchaudio==2.4.0 {INDEX}\n"
        ),
        Good(f"FROM python:3.11\nRUN pip install torch==2.5.1+cu121 torchvision==0.20.1+cu121 {INDEX}\n"),
        Good(
            "FROM python:3.11\nRUN pip install torch==2.4.0 torchvision\n",
            why="pip chooses the one that fits",
        ),
        Good(
            "FROM python:3.11\nRUN pip install torch==2.4.0 torchvision==0.99.0\n",
            why="a release we do not know",
        ),
        Good(
            "FROM python:3.11\nRUN pip install torch==2.4.0 torchvision==0.19.0\nRUN pip install torch==2.6.0 torchvision==0.21.0\n",
            why="both are replaced",
        ),
        Good(
            "FROM python:3.11\nRUN pip install torch==2.4.0 torchvision==0.19.0\nRUN pip install torch==2.6.0\nRUN pip install torchvision==0.21.0\n",
            why="the next install repairs it",
        ),
        Good(
            "FROM python:3.11\nRUN pip install torch==2.4.0 torchvision==0.19.0\nRUN pip uninstall -y torchvision && pip install torch==2.6.0\n",
            why="it is gone",
        ),
        Good(
            "FROM python:3.11\nARG TORCH\nRUN pip install torch==$TORCH torchvision==0.19.0\n",
            why="the build says which",
        ),
        Good(
            "FROM python:3.11\nRUN pip install torchvision==0.19.0\nRUN /opt/venv/bin/pip install torch==2.6.0\n",
            why="another environment",
        ),
        Good(
            "FROM python:3.11 AS old\nRUN pip install torchvision==0.19.0\nFROM python:3.11\nCOPY --from=old /a /a\nRUN pip install torch==2.6.0\n",
            why="another stage",
        ),
        Good(
            "FROM python:3.11\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n",
            files={"requirements.txt": "torch==2.4.1\ntorchvision==0.18.1; platform_machine == 'aarch64'\n"},
            why="not on every machine",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Two installs name releases of torch and of a companion that do not belong together.

    Each release of torchvision, torchaudio and xformers is compiled for one release of torch. Named in one call, pip finds no
    solution and the build stops. Installed one after the other, or with `--no-deps`, both are there, and the import
    ends with `undefined symbol` or `operator torchvision::nms does not exist`. Take the releases of one row of
    PyTorch's table, and those for one CUDA.
    """
    for torn in facts.torn_rows:
        own = f"{torn.package.name} {torn.package.specifier.lstrip('= ')}"
        if torn.is_build:
            message = f"{own} is made for another CUDA than {torn.other}"
        elif torn.package.name == "torch":
            message = f"{torn.other} stays beside {own}, and it needs {torn.needed}"
        else:
            end = "pip finds no solution" if torn.is_refused else f"{torn.other} is installed"
            message = (
                f"{own} needs {torn.needed}, not {torn.other}: {end}"
                if torn.is_refused
                else (f"{own} needs {torn.needed}, and {end}")
            )
        yield Finding(
            torn.package.place,
            message,
            notes=(Note(torn.other_place, f"{torn.other} is named here"),) if torn.other_place else (),
            advice="name the releases of one row of pytorch.org/get-started/previous-versions in one call",
        )
