"""DFG966: both wget and curl."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG966",
    "wget-and-curl",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL4001",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL4001",),
    differs="the text of a further shell (`bash -c`, `bash <<EOF`) is read as well; hadolint looks at the RUN's own text.",
    bad=(
        Bad("FROM debian:12\nRUN wget https://example.org/a\nRUN «curl» -O https://example.org/b\n"),
        Bad("FROM debian:12\nRUN curl a && «wget» b\nRUN «wget» c\n"),
    ),
    good=(
        Good("FROM debian:12\nRUN curl a && curl b\nRUN curl c\n"),
        Good("FROM debian:12 AS a\nRUN curl x\nFROM debian:12\nRUN wget y\n", why="another stage"),
        Good("FROM debian:12\nRUN apt-get install -y curl wget\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A stage downloads with wget and with curl.

    One of the two need not be installed.
    """
    seen: dict[tuple[int, bool], set[str]] = {}
    for site in facts.outline.of("RUN", with_triggers=True):
        found = [call for call in facts.outline.calls_in(site) if call.name in {"wget", "curl"}]
        names = seen.setdefault((id(site.section), site.is_trigger), set())
        before = next(iter(names), found[0].name if found else "")
        names.update(call.name for call in found)
        if found and len(names) > 1:
            call = next((c for c in found if c.name != before), found[0])
            yield Finding(call.place, f"{call.name} although the stage uses {_other(call.name)}, too")


def _other(name: str) -> str:
    return "curl" if name == "wget" else "wget"
