"""DFG913: pip install without versions."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._pins import unpinned


@rule(
    "DFG913",
    "pin-pip",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3013",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3013",
        "https://pip.pypa.io/en/stable/topics/repeatable-installs/",
    ),
    differs="a local project with extras (`.[dev]`) has no version to write; packages that come from a variable are judged when their names are known, and left alone otherwise; commands behind sudo, env and the like are read, too.",
    bad=(
        Bad("FROM debian:12\nRUN pip install «numpy» torch==2.4.0\n"),
        Bad("FROM debian:12\nRUN python3 -m pip install --no-cache-dir «requests[socks]»\n"),
        Bad("FROM debian:12\nRUN pip3 install -U «pip» && pip install «git+https://example.org/a/b.git»\n"),
        Bad("FROM debian:12\nRUN pipx install --python 3.12 «black»\n"),
        Bad("FROM debian:12\nENV P=numpy\nRUN pip install «$P»\n", message="numpy"),
    ),
    good=(
        Good("FROM debian:12\nRUN pip install numpy==2.1.0 'torch>=2,<3' a~=1\n"),
        Good("FROM debian:12\nRUN pip install -r requirements.txt\n"),
        Good(
            "FROM debian:12\nRUN pip install -c constraints.txt numpy\n", why="constraints hold the versions"
        ),
        Good("FROM debian:12\nRUN pip install . && pip install .[dev] && pip install -e /src\n"),
        Good(
            "FROM debian:12\nRUN pip install git+https://example.org/a/b.git@v1 ./x.whl https://example.org/a.whl\n"
        ),
        Good(
            "FROM debian:12\nARG P\nRUN pip install --index-url https://example.org $P\n",
            why="nobody can tell",
        ),
        Good("FROM debian:12\nRUN V=1.0; pip install uv==${V}\n"),
        Good(
            "FROM debian:12\nRUN pipx install black==24.8.0 'ruff<1' && pipx install . && pipx ensurepath\n"
        ),
        Good("FROM debian:12\nRUN pipenv install numpy && pip download numpy\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Pip or pipx installs whatever version is newest.

    The same Dockerfile gives another image next month. Write `name==version`, a requirements file or a constraints file.
    """
    yield from unpinned(facts, "pip", "pipx")
