"""DFG975: ENV or LABEL with a space instead of an equals sign."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Edit, Facts, Finding, Fix, Good, Pair, Place, Severity, Span, rule

KEY = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./")
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:+,@%${}=~")


@rule(
    "DFG975",
    "legacy-key-value",
    Severity.INFO,
    since="0.1.0",
    aliases=("LegacyKeyValueFormat",),
    sources=("https://docs.docker.com/reference/build-checks/legacy-key-value-format/",),
    differs="BuildKit reports what ONBUILD holds at the FROM that runs it; dfguard reports it where it stands.",
    bad=(
        Bad("FROM debian:12\n«ENV DIR /opt/$X»\n", fixed="FROM debian:12\nENV DIR=/opt/$X\n"),
        Bad("FROM debian:12\n«ENV OPTS -a  b»\n", fixed='FROM debian:12\nENV OPTS="-a  b"\n'),
        Bad("FROM debian:12\nONBUILD «ENV DIR /opt»\n", fixed="FROM debian:12\nONBUILD ENV DIR=/opt\n"),
        Bad('FROM debian:12\n«LABEL note it\'s "old"»\n'),
        Bad("FROM debian:12\n«LABEL it's old»\n"),
        Bad("FROM debian:12\n«ENV $(cat .env)»\n"),
        Bad("FROM debian:12\n«ENV RELEASE 1~bookworm»\n", fixed="FROM debian:12\nENV RELEASE=1~bookworm\n"),
    ),
    good=(
        Good("FROM debian:12\nENV DIR=/opt A=b\n"),
        Good('FROM debian:12\nLABEL note="a b"\n'),
        Good("FROM debian:12\nENV A= B=\n", why="empty values"),
        Good("FROM debian:12\nONBUILD ENV A=b\n"),
        Good('FROM debian:12\nLABEL "a b"="c"\n'),
        Good("FROM debian:12\nENV RELEASE=1~bookworm\n"),
        Good("FROM debian:12\nENV A=$B C=${D:-e}\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """ENV or LABEL separates key and value by a space.

    Only one variable fits into that form, and everything behind the key is its value, spaces and quotes included.
    """
    for site in facts.outline.of("ENV", "LABEL", with_triggers=True):
        for pair in site.instruction.pairs:
            if pair.is_legacy:
                keyword = site.instruction.keyword
                yield Finding(
                    site.instruction.place,
                    f"{keyword} {pair.key} is separated from its value by a space",
                    fix=_fix(pair),
                    advice=f"write {keyword} key=value",
                )


def _fix(pair: Pair) -> Fix | None:
    """Quotes around what needs them; nothing when the key is no plain name, when the value has quotes or escapes of its own
    (in this form they may be read otherwise) or several lines.
    """
    if pair.value is None or not pair.value.value:
        return None
    if not frozenset(pair.key.value) <= KEY:
        return None
    place, text = pair.value.place(), pair.value.value
    if place.text != text or frozenset(text) & frozenset("\"'\\`\n#"):
        return None
    quoted = text if frozenset(text) <= PLAIN else f'"{text}"'
    between = Place(place.source, Span(pair.key.span().end, place.span.end))
    return Fix("write an equals sign", (Edit(between, f"={quoted}"),), is_safe=True)
