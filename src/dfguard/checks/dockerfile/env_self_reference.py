"""DFG941: an ENV that uses a variable it defines itself."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Section, Severity, Site, rule


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
        "what a variable was before is looked up in the stage, the stages below it and the base image: where that may set it, "
        "the finding is uncertain. Escaped or single-quoted dollar signs are no references, and `${NAME:-value}` says what "
        "stands there: only the profile hadolint reports it."
    ),
    bad=(
        Bad("FROM debian:12\nENV ROOT=/opt BIN=«$ROOT»/bin\n"),
        Bad('FROM debian:12\nENV A=1 B="x«${A}»" C=«$B»\n'),
        Bad("FROM debian:12 AS a\nENV X=1\nFROM debian:12\nENV X=2 Y=«$X»\n"),
        Bad("FROM nobody/knows:1\nENV HOME_DIR=/srv BIN=«$HOME_DIR»/bin\n", certainty_is_maybe=True),
        Bad("FROM nobody/knows:1\nENV A=1 B=«${A:-2}»\n", options={"profile": "hadolint"}),
    ),
    good=(
        Good("FROM debian:12\nENV PATH=/opt/bin:$PATH OLD=$PATH\n", why="the base image sets it"),
        Good(
            "FROM debian:12\nENV PORT=80 URL=http://localhost:${PORT:-80}\n",
            why="it says what stands there then",
        ),
        Good(
            "ARG K=a\nFROM debian:12 AS base-a\nENV X=1\nFROM base-$K\nENV X=2 Y=$X\n",
            why="the old value, of a stage that a variable chooses",
        ),
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
        if id(site.section) not in known:
            known[id(site.section)] = _inherited(facts, site.section, known)
        names = known[id(site.section)]
        if site.instruction.keyword == "ENV":
            yield from _references(facts, site, names)
        names.update(pair.key.value for pair in site.instruction.pairs)


def _inherited(facts: Facts, section: Section, known: dict[int, set[str]]) -> set[str]:
    if section.parent:
        return set(known.get(id(section.parent)) or _inherited(facts, section.parent, known))
    return set() if facts.imitates("hadolint") else set(facts.base_names(section))


def _references(facts: Facts, site: Site, known: set[str]) -> Iterator[Finding]:
    pairs = site.instruction.pairs
    is_tool = facts.imitates("hadolint")
    for number, pair in enumerate(pairs):
        others = {p.key.value: p for i, p in enumerate(pairs) if i != number}
        own = pair.key.value
        for name, place in facts.outline.variables_in(pair.value, with_handled=is_tool) if pair.value else ():
            if name in others and name not in known and name != own:
                note = Note(others[name].key.place(), "defined here, by the same ENV")
                is_open = (
                    not is_tool and site.section.stage is not None and facts.may_base_set(site.section, name)
                )
                yield Finding(
                    place,
                    f"${name} has no value yet: this ENV defines it",
                    notes=(note,),
                    certainty=Certainty.MAYBE if is_open else Certainty.SURE,
                )
