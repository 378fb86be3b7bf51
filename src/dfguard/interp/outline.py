"""A document to its outline: every instruction as it stands, with its shell and the commands in it; nothing is played.

Rules about how a Dockerfile is written look here: also at fragments without FROM, at stages that nobody needs, and
at what ONBUILD holds.
"""

from __future__ import annotations

import posixpath
from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.syntax.calls import Call, calls, unwrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dfguard.interp.state import Step
    from dfguard.syntax.document import Document, Instruction, Stage
    from dfguard.syntax.script import Script

DEFAULT_SHELL = ("/bin/sh", "-c")


class Section(Record):
    """The instructions before the first FROM (`stage` None), or one stage. `parent` is the section of the stage it is
    built on. `shell_given` says whether a SHELL of it or of a stage below it was met at its end."""

    stage: Stage | None
    instructions: tuple[Instruction, ...]
    parent: Section | None = None

    @property
    def chain(self) -> tuple[Section, ...]:
        """The section, then those it is built on, the nearest first."""
        found = [self]
        while (below := found[-1].parent) is not None:
            found.append(below)
        return tuple(found)


class Site(Record):
    """One instruction in its surroundings. For what ONBUILD holds `instruction` is the inner one and `outer` the ONBUILD;
    else both are the same. `shell` is what its shell form is run with, `is_shell_set` whether a SHELL said so."""

    instruction: Instruction
    outer: Instruction
    section: Section
    shell: tuple[str, ...]
    is_shell_set: bool

    @property
    def is_trigger(self) -> bool:
        """Whether ONBUILD holds it."""
        return self.instruction is not self.outer


class Outline:
    """The outline of one document. Everything is found at first use, in the order of the file."""

    def __init__(self, document: Document, step_of: Callable[[Instruction], Step | None]) -> None:
        """`step_of` gives the played step of an instruction, for the shell and the script that are known by then."""
        self._document = document
        self._step_of = step_of

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The preamble where there is one, then the stages."""
        found = [Section(None, self._document.preamble)] if self._document.preamble else []
        names: dict[str, Section] = {}
        for stage in self._document.stages:
            section = Section(stage, stage.instructions, names.get(stage.base.value.lower()))
            found.append(section)
            if stage.name:
                names[stage.name] = section
        return tuple(found)

    @property
    def stages(self) -> tuple[Section, ...]:
        """The sections that are stages."""
        return tuple(section for section in self.sections if section.stage)

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Every instruction, those that ONBUILD holds behind their ONBUILD."""
        found: list[Site] = []
        shells: dict[int, tuple[tuple[str, ...], bool]] = {}
        for section in self.sections:
            shell, is_set = shells.get(id(section.parent), (DEFAULT_SHELL, False))
            for instruction in section.instructions:
                found.append(Site(instruction, instruction, section, self._shell(instruction, shell), is_set))
                if instruction.trigger:
                    found.append(Site(instruction.trigger, instruction, section, shell, is_set))
                if instruction.keyword == "SHELL" and instruction.is_json:
                    shell, is_set = tuple(word.value for word in instruction.arguments), True
            shells[id(section)] = shell, is_set
        return tuple(found)

    def _shell(self, instruction: Instruction, written: tuple[str, ...]) -> tuple[str, ...]:
        step = self._step_of(instruction)
        return (step.before.shell or written) if step else written

    @cached_property
    def _by_keyword(self) -> dict[str, list[Site]]:
        table: dict[str, list[Site]] = {}
        for site in self.sites:
            table.setdefault(site.instruction.keyword, []).append(site)
        return table

    def of(self, *keywords: str, with_triggers: bool = False) -> tuple[Site, ...]:
        """The sites of these keywords, keyword by keyword; what ONBUILD holds only `with_triggers`."""
        found = (site for keyword in keywords for site in self._by_keyword.get(keyword, ()))
        return tuple(site for site in found if with_triggers or not site.is_trigger)

    def script(self, site: Site) -> Script | None:
        """The script of a RUN, None for the JSON form of a program and for a shell we do not read."""
        return self._scripts.get(id(site.instruction))

    @cached_property
    def _scripts(self) -> dict[int, Script]:
        from dfguard.syntax.shell import run_script

        found: dict[int, Script] = {}
        for site in self.of("RUN", with_triggers=True):
            step = self._step_of(site.instruction)
            script = step.effects.script if step else run_script(site.instruction, site.shell)
            if script is not None:
                found[id(site.instruction)] = script
        return found

    @cached_property
    def _calls(self) -> dict[int, tuple[Call, ...]]:
        return {id(site.instruction): tuple(self._calls_of(site)) for site in self.of("RUN", with_triggers=True)}

    def _calls_of(self, site: Site) -> Iterable[Call]:
        script = self.script(site)
        if script is not None:
            return calls(script)
        return _json_calls(site.instruction) if site.instruction.is_json else ()

    def calls_in(self, site: Site) -> tuple[Call, ...]:
        """The commands of a RUN in the order of the text."""
        return self._calls.get(id(site.instruction), ())

    @cached_property
    def _by_name(self) -> dict[str, list[tuple[Site, Call]]]:
        table: dict[str, list[tuple[Site, Call]]] = {}
        for site in self.of("RUN", with_triggers=True):
            for call in self.calls_in(site):
                table.setdefault(call.name, []).append((site, call))
        return table

    def calls(self, *names: str, with_triggers: bool = True) -> tuple[tuple[Site, Call], ...]:
        """The commands of all RUN instructions that run one of these programs, program by program."""
        found = (pair for name in names for pair in self._by_name.get(name, ()))
        return tuple(pair for pair in found if with_triggers or not pair[0].is_trigger)

    def programs(self) -> Iterable[str]:
        """The names of all programs that RUN instructions run."""
        return self._by_name.keys()


def _json_calls(instruction: Instruction) -> Iterable[Call]:
    if not instruction.arguments:
        return
    name, *rest = (word.value for word in instruction.arguments)
    places = tuple(word.place() for word in instruction.arguments)
    call: Call | None = Call(posixpath.basename(name), tuple(rest), places)
    while call:
        yield call
        call = unwrapped(call)


def mount_targets(instruction: Instruction, *kinds: str) -> tuple[str, ...]:
    """The targets of a RUN's mounts of these types, as written."""
    found: list[str] = []
    for flag in instruction.flags:
        if flag.name != "mount" or flag.value is None:
            continue
        options = dict(_option(part) for part in flag.value.value.split(","))
        if options.get("type", "bind") in kinds:
            found.append(next((options[name] for name in ("target", "dst", "destination") if name in options), ""))
    return tuple(found)


def _option(part: str) -> tuple[str, str]:
    name, _, value = part.strip().partition("=")
    return name.lower(), value.strip("\"'")
