"""DFG927: gem install without versions."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._pins import unpinned


@rule(
    "DFG927",
    "pin-gem",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3028",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3028",
        "https://guides.rubygems.org/command-reference/#gem-install",
    ),
    differs="only options that take a value swallow the next word; hadolint takes it for every option's value, those of the build that must follow `--` included. Packages that come from a variable are judged when their names are known, and left alone otherwise.",
    bad=(
        Bad("FROM debian:12\nRUN gem install «bundler» rake:13.0\n"),
        Bad("FROM debian:12\nRUN gem i --no-document «rails»\n"),
    ),
    good=(
        Good("FROM debian:12\nRUN gem install bundler:2.5.0\n"),
        Good("FROM debian:12\nRUN gem install bundler -v 2.5.0\n"),
        Good("FROM debian:12\nRUN gem install bundler --version=2.5.0\n"),
        Good(
            "FROM debian:12\nRUN gem install pg:1.5 -- --with-pg-config=/x\n",
            why="behind two dashes stand build options",
        ),
        Good("FROM debian:12\nRUN bundle install\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Gem installs whatever version is newest.

    Write `name:version`, or use a Gemfile.lock.
    """
    yield from unpinned(facts, "gem")
