"""DFG941: an ENV that uses a variable it defines itself."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Instruction, Note, Section, Severity, rule


@rule(
    "DFG941",
    "env-self-reference",
    Severity.WARNING,
    since="0.1.0",
    covers=("DFG974",),
    aliases=("DL3044",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3044",
        "moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go@73ed6825 (dispatchEnv)",
    ),
    differs=(
        "what a variable was before is looked up in the stage and the stages below it only, and escaped or single-quoted "
        "dollar signs are no references."
    ),
    bad=(
        Bad("FROM debian:12\nENV ROOT=/opt BIN=«$ROOT»/bin\n"),
        Bad('FROM debian:12\nENV A=1 B="x«${A}»" C=«$B»\n'),
        Bad("FROM debian:12 AS a\nENV X=1\nFROM debian:12\nENV X=2 Y=«$X»\n"),
    ),
    good=(
        Good("FROM debian:12\nENV ROOT=/opt\nENV BIN=$ROOT/bin\n"),
        Good("FROM debian:12\nENV ROOT=/opt\nENV ROOT=/srv OLD=$ROOT\n", why="the old value is meant"),
        Good("FROM debian:12\nENV PATH=/opt/bin:$PATH\n", why="its own old value"),
        Good("FROM debian:12\nARG V=1\nENV V=$V W=$V\n", why="the ARG is known before"),
        Good("FROM debian:12\nENV A=1 AB=$ABC\n", why="another name"),
        Good("FROM debian:12\nENV A=1 B='$A' C=\\$A\n", why="no references"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """An ENV uses a variable that the same ENV defines.

    BuildKit replaces all variables of an instruction by what they were before it, so the new value is not seen. Define
    the first variable in an ENV of its own.
    """
    known: dict[int, set[str]] = {}
    for site in facts.outline.of("ARG", "ENV"):
        names = known.setdefault(id(site.section), _inherited(site.section, known))
        if site.instruction.keyword == "ENV":
            yield from _references(facts, site.instruction, names)
        names.update(pair.key.value for pair in site.instruction.pairs)


def _inherited(section: Section, known: dict[int, set[str]]) -> set[str]:
    return set(known.get(id(section.parent), ())) if section.parent else set()


def _references(facts: Facts, instruction: Instruction, known: set[str]) -> Iterator[Finding]:
    for number, pair in enumerate(instruction.pairs):
        others = {p.key.value: p for i, p in enumerate(instruction.pairs) if i != number}
        own = pair.key.value
        for name, place in facts.outline.variables_in(pair.value) if pair.value else ():
            if name in others and name not in known and name != own:
                note = Note(others[name].key.place(), "defined here, by the same ENV")
                yield Finding(place, f"${name} has no value yet: this ENV defines it", notes=(note,))
