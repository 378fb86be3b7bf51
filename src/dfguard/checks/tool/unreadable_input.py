"""DFG005: text that cannot be read as a Dockerfile at all."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, FaultKind, Finding, Good, Place, Severity, Span, rule


@rule(
    "DFG005",
    "unreadable-input",
    Severity.ERROR,
    since="0.1.0",
    sources=("moby/buildkit frontend/dockerfile/parser/parser.go@73ed6825 (line limit 65,535 bytes)",),
    bad=(
        Bad("FROM x\nLABEL a=«\udcff»b\n", message="UTF-8"),
        Bad("FROM x\nRUN «\x00»\n", message="NUL"),
    ),
    good=(
        Good("FROM x\nLABEL a=é\n"),
        Good("\ufeffFROM x\n", why="a byte order mark is fine"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The file holds bytes that are no UTF-8 text, or is far too large.

    What can be read is still checked; a NUL byte or a byte that is not UTF-8 usually means that something else was
    saved under the name of a Dockerfile.
    """
    for fault in facts.faults(FaultKind.UNREADABLE):
        yield Finding(fault.place, fault.message)
    source = facts.source
    bad = source.first_bad_offset()
    if bad is not None:
        yield Finding(
            Place(source, Span(bad, bad + 1)), f"byte 0x{ord(source.text[bad]) - 0xDC00:02x} is not UTF-8"
        )
    zero = source.text.find("\0")
    if zero >= 0:
        yield Finding(Place(source, Span(zero, zero + 1)), "a NUL byte: this is not a text file")
