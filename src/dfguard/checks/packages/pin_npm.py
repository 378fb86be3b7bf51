"""DFG916: npm install without versions."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._pins import unpinned


@rule(
    "DFG916",
    "pin-npm",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3016",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3016",
        "https://docs.npmjs.com/cli/commands/npm-install",
    ),
    differs="packages that come from a variable are judged when their names are known, and left alone otherwise; commands behind sudo, env and the like are read, too.",
    bad=(
        Bad("FROM debian:12\nRUN npm install -g «typescript» npm@10\n"),
        Bad("FROM debian:12\nRUN npm install «@scope/name»\n"),
        Bad("FROM debian:12\nRUN npm --loglevel warn install «git://example.org/a/b.git»\n"),
    ),
    good=(
        Good("FROM debian:12\nRUN npm install\n"),
        Good("FROM debian:12\nRUN npm install -g typescript@5.4 @scope/name@1.0.0 npm@latest\n"),
        Good("FROM debian:12\nRUN npm install git+https://example.org/a/b.git#v1.2\n"),
        Good("FROM debian:12\nRUN npm install ./local /abs x.tgz\n"),
        Good("FROM debian:12\nRUN npm run install thing\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Npm installs whatever version is newest.

    Write `name@version`, or install from a lock file with `npm ci`.
    """
    yield from unpinned(facts, "npm")
