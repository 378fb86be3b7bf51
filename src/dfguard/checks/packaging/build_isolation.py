"""DFG705: a build that cannot see torch."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, rule

HANDLED = tuple(
    """
    --no-build-isolation --no-build-isolation-package -f --find-links --only-binary --extra-index-url
    --index-url -i --index --no-index
    """.split()
)
UPGRADES = frozenset([("pip", "")])


@rule(
    "DFG705",
    "build-isolation",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://pip.pypa.io/en/stable/reference/build-system/#build-isolation",
        "https://github.com/Dao-AILab/flash-attention#installation-and-features",
        "https://pip.pypa.io/en/stable/news/#v25-3",
    ),
    bad=(
        Bad(
            "FROM python:3.12\nRUN pip install -U pip && pip install torch && pip install «flash-attn»\n",
            message="flash-attn imports torch",
        ),
        Bad(
            "FROM python:3.12\nRUN pip install -U pip && pip install torch && pip install «git+https://github.com/thu-ml/SageAttention.git#egg=sageattention»\n",
        ),
        Bad("FROM python:3.12\nRUN pip install uv && uv pip install --system torch «mamba-ssm»\n"),
        Bad(
            "FROM python:3.12\nRUN pip install torch\nRUN pip install «torch-scatter»\n",
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(
            "FROM python:3.12\nRUN pip install -U pip && pip install torch && pip install sageattention gsplat==1.5.3\n",
            why="the index has wheels for every platform",
        ),
        Good(
            "FROM python:3.12\nRUN pip install -U pip && pip install torch && pip install flash-attn --no-build-isolation\n"
        ),
        Good(
            "FROM python:3.12\nRUN pip install -U pip && pip install https://x.org/flash_attn-2.7.4-cp312-cp312-linux_x86_64.whl\n",
            why="a wheel",
        ),
        Good(
            "FROM python:3.12\nRUN pip install -U pip && pip install torch-scatter -f https://data.pyg.org/whl/torch-2.4.0+cu121.html\n",
            why="wheels from elsewhere",
        ),
        Good(
            "FROM python:3.12\nRUN pip install 'flash-attn @ https://x.org/flash_attn-2.7.4-cp312-cp312-linux_x86_64.whl ; python_version>\"3\"'\n",
            why="a wheel with a marker",
        ),
        Good(
            "FROM python:3.12\nENV PIP_NO_BUILD_ISOLATION=0\nRUN pip install -U pip && pip install torch flash-attn\n"
        ),
        Good("FROM python:3.12\nRUN pip install -U pip && pip install torch xformers\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A package is built from source in isolation, where the torch it imports is not.

    flash-attn, torch-scatter, detectron2 and others import torch in their setup.py without naming it as a build
    requirement. pip (always since 25.3) and uv build in an environment of their own: "No module named 'torch'". Install torch
    first, then these with `--no-build-isolation`, or take a wheel that fits.

    Older versions of pip built packages without pyproject.toml in place; where the pip of the base image may be one of them the
    finding is uncertain.
    """
    rows = {name: row for row in facts.knowledge.packaging.builds for name in row.names}
    for found in facts.pip_calls:
        if found.has_option(*HANDLED) or found.may_be_set(
            "PIP_NO_BUILD_ISOLATION", "UV_NO_BUILD_ISOLATION", "PIP_FIND_LINKS", "UV_FIND_LINKS"
        ):
            continue
        is_fatal = not facts.is_swallowed(found.step, found.call.place)
        is_new = found.is_uv or any(
            (p.name, p.specifier) in UPGRADES and p.manager == "pip" for p in found.earlier
        )
        for package in found.packages:
            row = rows.get(package.name)
            if row is None or ".whl" in (package.url or ""):
                continue
            if not package.url and package.name in row.wheels and not found.has_option("--no-binary"):
                continue
            needs = row.needs
            yield Finding(
                package.place,
                f"{package.name} imports {needs} while it is built, and the isolated build has no {needs}",
                certainty=Certainty.SURE if is_new and is_fatal and package.is_certain else Certainty.MAYBE,
                advice="install it in a call of its own behind torch, with --no-build-isolation",
            )
