"""DFG702: packages that are asked for where they are not."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dfguard.checks.api import Bad, Call, Facts, Finding, Good, Note, Place, Severity, rule

if TYPE_CHECKING:
    from dfguard.knowledge.packaging import Index

MOST_NAMED = 3
OPTIONS = frozenset(["-i", "--index-url", "--default-index"])


@rule(
    "DFG702",
    "index-url-scope",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://pip.pypa.io/en/stable/cli/pip_install/#cmdoption-i",
        "https://pytorch.org/get-started/locally/",
    ),
    bad=(
        Bad(
            "FROM python:3.12\nRUN pip install torch runpod «--index-url» https://download.pytorch.org/whl/cu121\n",
            message="runpod is not in PyTorch's index",
        ),
        Bad(
            "FROM python:3.12\nCOPY r.txt .\nRUN pip install -r r.txt «-i» https://download.pytorch.org/whl/cpu\n",
            files={"r.txt": "torch\nfastapi\ntransformers==4.50\n"},
            message="fastapi, transformers",
        ),
    ),
    good=(
        Good(
            "FROM python:3.12\nRUN pip install torch torchvision numpy --index-url https://download.pytorch.org/whl/cu121\n"
        ),
        Good(
            "FROM python:3.12\nRUN pip install torch runpod --extra-index-url https://download.pytorch.org/whl/cu121\n"
        ),
        Good(
            "FROM python:3.12\nRUN pip install torch runpod --index-url https://download.pytorch.org/whl/cu121 --extra-index-url https://pypi.org/simple\n"
        ),
        Good(
            "FROM python:3.12\nRUN pip install runpod && pip install torch runpod --index-url https://download.pytorch.org/whl/cu121\n",
            why="it is there already",
        ),
        Good(
            "FROM python:3.12\nENV PIP_EXTRA_INDEX_URL=https://pypi.org/simple\nRUN pip install torch runpod --index-url https://download.pytorch.org/whl/cu121\n"
        ),
        Good(
            "FROM python:3.12\nRUN pip install torch git+https://github.com/a/b --index-url https://download.pytorch.org/whl/cu121\n",
            why="not from an index",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """--index-url replaces PyPI, and the packages are not in the index it names.

    PyTorch's index has torch, its companions and what they depend on; pip looks for everything else there, too, and fails
    with "No matching distribution found". Install torch in a call of its own, or use `--extra-index-url`.
    """
    for found in facts.pip_calls:
        index, place = _index(facts, found.call)
        if (
            index is None
            or place is None
            or found.has_option("--extra-index-url", "--index", "--no-index", "-f", "--find-links")
        ):
            continue
        if found.may_be_set("PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
            continue
        there = {package.name for package in found.earlier}
        missing = [
            p
            for p in found.packages
            if p.url is None and p.is_certain and p.name not in there and not _has(index, p.name)
        ]
        if missing:
            names = ", ".join(p.name for p in missing[:MOST_NAMED]) + (
                " and others" if missing[MOST_NAMED:] else ""
            )
            elsewhere = (p.place for p in missing[:MOST_NAMED] if p.place.source is not facts.source)
            yield Finding(
                place,
                f"{names} {'is' if len(missing) == 1 else 'are'} not in {index.title}, and pip looks nowhere else",
                notes=tuple(Note(other, "is asked for here") for other in elsewhere),
                advice="install torch in a call of its own, or use --extra-index-url",
            )


def _index(facts: Facts, call: Call) -> "tuple[Index | None, Place | None]":
    for word, following, place in zip(
        call.arguments, (*call.arguments[1:], ""), call.places[1:], strict=True
    ):
        option, _, value = word.partition("=")
        if option in OPTIONS:
            address = value or following
            rows = facts.knowledge.packaging.indexes
            return next((row for row in rows if address.startswith(row.prefix)), None), place
    return None, None


def _has(index: "Index", name: str) -> bool:
    return any(name == row or (row.endswith("*") and name.startswith(row[:-1])) for row in index.packages)
