"""An outline to the variables that its instructions use although nothing sets them.

After moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go@73ed6825 (dispatch, dispatchArg) and
instructions/commands.go: what is replaced in ADD, ARG, COPY, ENV, LABEL, RUN --mount, STOPSIGNAL, USER, VOLUME and
WORKDIR is looked at, FROM and everything a shell reads are not. EXPOSE, whose variables BuildKit replaces (convert_expose.go)
but does not look at, is looked at unless BuildKit is imitated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.analysis.text.outline import Outline, Section, Site
    from dfguard.core.source import Place, Text
    from dfguard.syntax.dockerfile.document import Instruction

KEYWORDS = tuple("ADD ARG COPY ENV LABEL ONBUILD RUN STOPSIGNAL USER VOLUME WORKDIR".split())
NO_VARIABLES = frozenset({"BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"})
"""Arguments that BuildKit reads itself."""
COPY_FLAGS = frozenset({"chown", "chmod", "checksum"})


class Undefined(Record):
    """A variable that is used and not set. `known` are the names that are set there, sorted."""

    site: Site
    name: str
    place: Place
    known: tuple[str, ...]


def undefined_variables(
    outline: Outline, base_names: Callable[[Section], frozenset[str]], *, as_buildkit: bool
) -> Iterator[Undefined]:
    """Every such use in the stages, once per instruction and name. `base_names` are the variables that the image at
    the bottom of a section's chain sets; `as_buildkit`: `${NAME:-value}`, too, and EXPOSE not.
    """
    names: dict[int, set[str]] = {}
    for site in outline.of(*KEYWORDS, *(() if as_buildkit else ("EXPOSE",))):
        section = site.section
        if section.stage is None:
            continue
        for one in reversed(section.chain):
            if id(one) not in names:
                below = names[id(one.parent)] if one.parent else base_names(one)
                names[id(one)] = {*below, *NO_VARIABLES, *_of_triggers(one.parent)}
        yield from _in_site(outline, site, names[id(section)], with_handled=as_buildkit)


def _of_triggers(parent: Section | None) -> set[str]:
    """What the ONBUILD instructions of the stage below set."""
    triggers = (i.trigger for i in parent.instructions if i.trigger) if parent else ()
    return {p.key.value.strip("\"'") for t in triggers if t.keyword in ("ARG", "ENV") for p in t.pairs}


def _in_site(outline: Outline, site: Site, names: set[str], *, with_handled: bool) -> Iterator[Undefined]:
    instruction, seen = site.instruction, set[str]()

    def in_text(text: Text) -> Iterator[Undefined]:
        for name, place in outline.variables_in(text, with_handled=with_handled):
            if name not in names and name not in seen:
                seen.add(name)
                yield Undefined(site, name, place, tuple(sorted(names)))

    if instruction.keyword == "ARG":
        for pair in instruction.pairs:
            yield from in_text(pair.value) if pair.value else ()
            names.add(pair.key.value)
        return
    for text in _expanded(instruction):
        yield from in_text(text)
    if instruction.keyword == "ENV":
        names.update(pair.key.value.strip("\"'") for pair in instruction.pairs)


def _expanded(instruction: Instruction) -> Iterator[Text]:
    """The texts of an instruction in which BuildKit replaces variables."""
    match instruction.keyword:
        case "ENV" | "LABEL":
            for pair in instruction.pairs:
                yield from (pair.key, *([pair.value] if pair.value else []))
        case "COPY" | "ADD":
            yield from (flag.value for flag in instruction.flags if flag.name in COPY_FLAGS and flag.value)
            yield from instruction.arguments
            yield from (heredoc.body for heredoc in instruction.heredocs if heredoc.expands)
        case "RUN":
            yield from (flag.value for flag in instruction.flags if flag.name == "mount" and flag.value)
        case "EXPOSE" | "STOPSIGNAL" | "USER" | "WORKDIR" | "VOLUME":
            yield from instruction.arguments
