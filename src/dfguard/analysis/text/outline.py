"""A document to its outline: every instruction as it stands, with its shell and the commands in it; nothing is played.

Rules about how a Dockerfile is written look here: also at fragments without FROM, at stages that nobody needs, and
at what ONBUILD holds.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.analysis.shell.pipefail import first_pipe
from dfguard.core.record import Record
from dfguard.interp.build.bases import default_arguments, global_arguments
from dfguard.interp.build.expansion import expand
from dfguard.interp.state.lookup import build_variables
from dfguard.interp.values import Unknown, known
from dfguard.syntax.dockerfile.flags import mount_origins
from dfguard.syntax.dockerfile.words import LexedWord, LiteralPiece, QuotedPiece, VariablePiece, parse
from dfguard.syntax.shell.calls import commands, nodes
from dfguard.syntax.shell.nested import all_calls, json_calls
from dfguard.syntax.shell.nodes import Dialect, Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dfguard.core.source import Place, Text
    from dfguard.interp.state.model import Step
    from dfguard.interp.values import Value
    from dfguard.syntax.dockerfile.document import Document, Instruction, Stage
    from dfguard.syntax.dockerfile.words import Piece
    from dfguard.syntax.shell.calls import Call
    from dfguard.syntax.shell.nodes import Script

DEFAULT_SHELL = ("/bin/sh", "-c")


class Section(Record):
    """The instructions before the first FROM (`stage` None), or one stage. `parent` is the section of the stage it is
    built on. `shell_given` says whether a SHELL of it or of a stage below it was met at its end.
    """

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
    else both are the same. `shell` is what its shell form is run with, `is_shell_set` whether a SHELL said so.
    """

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

    def __init__(
        self,
        document: Document,
        step_of: Callable[[Instruction], Step | None],
        build_arguments: Mapping[str, str],
    ) -> None:
        """`step_of` gives the played step of an instruction, for the shell, the variables and the script that are known by
        then; `build_arguments` are those of the command line.
        """
        self._document = document
        self.step_of = step_of
        self._build_arguments = build_arguments
        self._of: dict[tuple[str | bool, ...], tuple[Site, ...]] = {}

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The preamble where there is one, then the stages."""
        found = [Section(None, self._document.preamble)] if self._document.preamble else []
        names: dict[str, Section] = {}
        for stage in self._document.stages:
            section = Section(stage, stage.instructions, names.get(self._meant(stage.base).lower()))
            found.append(section)
            if stage.name:
                names[stage.name] = section
        return tuple(found)

    def _meant(self, base: Text) -> str:
        """The image or stage that a FROM names, its variables replaced as far as they are known."""
        if "$" not in base.value:
            return base.value
        value = known(expand(base, self._global_arguments.get, self._document.escape))
        return base.value if value is None else value

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
        step = self.step_of(instruction)
        return (step.before.shell or written) if step else written

    @cached_property
    def _by_keyword(self) -> dict[str, list[Site]]:
        table: dict[str, list[Site]] = {}
        for site in self.sites:
            table.setdefault(site.instruction.keyword, []).append(site)
        return table

    def of(self, *keywords: str, with_triggers: bool = False) -> tuple[Site, ...]:
        """The sites of these keywords, in the order of the file; what ONBUILD holds only `with_triggers`."""
        asked: tuple[str | bool, ...] = (*keywords, with_triggers)
        if asked not in self._of:
            found = [site for keyword in keywords for site in self._by_keyword.get(keyword, ())]
            if len(keywords) > 1:
                found.sort(key=_place_in_file)
            self._of[asked] = tuple(site for site in found if with_triggers or not site.is_trigger)
        return self._of[asked]

    def script(self, site: Site) -> Script | None:
        """The script of a RUN, None for the JSON form of a program and for a shell we do not read."""
        return self._scripts.get(id(site.instruction))

    @cached_property
    def _scripts(self) -> dict[int, Script]:
        from dfguard.syntax.shell import run_script

        found: dict[int, Script] = {}
        for site in self.of("RUN", with_triggers=True):
            step = self.step_of(site.instruction)
            script = (step.effects.script if step else None) or run_script(site.instruction, site.shell)
            if script is not None:
                found[id(site.instruction)] = script
        return found

    @cached_property
    def _calls(self) -> dict[int, tuple[Call, ...]]:
        return {
            id(site.instruction): tuple(self._calls_of(site)) for site in self.of("RUN", with_triggers=True)
        }

    def _calls_of(self, site: Site) -> Iterable[Call]:
        script = self.script(site)
        if script is not None:
            return all_calls(script)
        return json_calls(site.instruction) if site.instruction.is_json else ()

    def calls_in(self, site: Site) -> tuple[Call, ...]:
        """The commands of a RUN in the order of the text, those of the shells that it starts included."""
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

    def is_foreign(self, site: Site) -> bool:
        """Whether the text of a RUN is for a shell that we do not read."""
        script = self.script(site)
        return not site.instruction.is_json and (script is None or script.dialect is Dialect.OTHER)

    def first_pipe(self, site: Site) -> Place | None:
        """Where the first `|` stands in a RUN that a command which can fail writes into, in substitutions, too; None when
        there is none.
        """
        script = self.script(site)
        return first_pipe(script) if script else None

    def hands_over(self, site: Site) -> bool:
        """Whether the shell of a CMD or ENTRYPOINT gives its process to the program that it starts (`exec server`)."""
        from dfguard.analysis.shell.replaced_shell import ends_in_exec
        from dfguard.syntax.shell import run_script

        script = run_script(site.instruction, site.shell)
        return script is not None and ends_in_exec(script.body)

    def is_fed(self, site: Site, call: Call) -> bool:
        """Whether a command reads its standard input from a pipe, a file or a text."""
        script = self.script(site)
        if script is None or call.command is None:
            return False
        if any(redirect.operator.startswith("<") for redirect in call.command.redirects):
            return True
        pipelines = (node for node in nodes(script.body) if isinstance(node, Pipeline))
        readers = (part for pipeline in pipelines for part in pipeline.parts[1:])
        return any(command is call.command for part in readers for command in commands(part))

    @cached_property
    def used_stages(self) -> frozenset[int]:
        """The identities of the stages that another stage is built on or copies from."""
        numbers = {str(s.stage.index): s for s in self.stages if s.stage}
        names = {s.stage.name: s for s in self.stages if s.stage and s.stage.name}
        used = {id(section.parent) for section in self.stages if section.parent}
        for site in self.of("COPY", "ADD", "RUN"):
            for origin in _origins(site):
                word = origin.value.lower()
                used.add(
                    id(names.get(word) or (None if site.instruction.keyword == "RUN" else numbers.get(word)))
                )
        return frozenset(used)

    def uses_of(self, section: Section) -> Iterator[Place]:
        """Where instructions write the name of a stage: in FROM, COPY --from and the mounts of a RUN (which mean the last
        stage of a name), as written; not in what ONBUILD holds, which another build reads.
        """
        name = section.stage.name if section.stage else None
        if not name:
            return
        for other in self.sections:
            if other.stage and other.parent is section:
                yield other.stage.base.place()
        last = [other for other in self.stages if other.stage and other.stage.name == name][-1]
        for site in self.of("COPY", "ADD", "RUN") if last is section else ():
            yield from (origin.place() for origin in _origins(site) if origin.value.lower() == name)

    def value(self, site: Site, text: Text) -> Value:
        """A word of an instruction with its variables replaced and its quotes removed, as BuildKit does before the
        instruction runs. A variable that nobody can tell (also an ARG without default) makes it Unknown.
        """
        return expand(text, self._lookup(site), self._document.escape)

    def _lookup(self, site: Site) -> Callable[[str], Value | None]:
        if site.instruction.keyword == "FROM":
            return self._global_arguments.get
        step = self.step_of(site.outer)
        variables = build_variables(step.before) if step else {}
        return lambda name: variables.get(name, Unknown(f"{name} is not known"))

    @cached_property
    def _global_arguments(self) -> dict[str, Value]:
        return global_arguments(self._document, self._build_arguments)

    @cached_property
    def _default_arguments(self) -> dict[str, Value]:
        return default_arguments(self._document)

    def image_by_default(self, image: Text) -> str | None:
        """What FROM means when nobody gives a --build-arg; None when that cannot be told."""
        return known(expand(image, self._default_arguments.get, self._document.escape))

    def variables_in(self, text: Text, *, with_handled: bool = True) -> tuple[tuple[str, Place], ...]:
        """The variables that BuildKit replaces in a word, with their places, those in `${A:-$B}` included; `with_handled`:
        also those for which the word itself says what stands there when they are not set (A).
        """
        word = parse(text, self._document.escape) if "$" in text.value else None
        found = _variables(word.pieces, text) if isinstance(word, LexedWord) else ()
        return tuple(
            (one.name, place) for one, place in found if with_handled or one.operator not in _HANDLING
        )

    def defaults_in(self, text: Text) -> tuple[str, ...]:
        """What stands in a word for variables that are not set: `x` of `${A:-x}`, as far as it is written out."""
        word = parse(text, self._document.escape) if "$" in text.value else None
        found = _variables(word.pieces, text) if isinstance(word, LexedWord) else ()
        operands = (one.operand for one, _ in found if one.operator in {"-", ":-"})
        return tuple(
            "".join(piece.value for piece in operand if isinstance(piece, LiteralPiece))
            for operand in operands
            if operand and all(isinstance(piece, LiteralPiece) for piece in operand)
        )

    def is_built_on(self, section: Section) -> bool:
        """Whether what the section leaves behind reaches an image: it is the last stage, or another one is built on it."""
        return section is self.sections[-1] or any(other.parent is section for other in self.sections)

    def variable(self, site: Site, name: str) -> Value | None:
        """A variable as the commands of a RUN see it; None when it is not set as far as we know."""
        step = self.step_of(site.outer)
        return build_variables(step.before).get(name) if step else None

    def system(self, site: Site) -> str:
        """The system of the image that a site's stage is built on (`debian bookworm`), empty where nobody knows."""
        step = self.step_of(site.outer)
        return step.before.base.system if step and step.before.base else ""

    def fields(self, site: Site, call: Call) -> tuple[Value, ...]:
        """The words that a played command gets from its variables and substitutions."""
        step = self.step_of(site.outer)
        runs = (run for run in step.effects.commands if run.command is call.command) if step else ()
        return tuple(value for run in runs for value in run.words[1:] if known(value) not in call.arguments)

    def programs(self) -> Iterable[str]:
        """The names of all programs that RUN instructions run."""
        return self._by_name.keys()


def _origins(site: Site) -> Iterator[Text]:
    """The stages and images that an instruction takes content from, as written."""
    flag = site.instruction.flag("from")
    if flag and flag.value:
        yield flag.value
    if site.instruction.keyword == "RUN":
        yield from mount_origins(site.instruction)


_HANDLING = frozenset(["-", ":-", "+", ":+", "?", ":?"])


def _variables(pieces: tuple[Piece, ...], text: Text) -> Iterator[tuple[VariablePiece, Place]]:
    for piece in pieces:
        if isinstance(piece, QuotedPiece):
            yield from _variables(piece.pieces, text)
        elif isinstance(piece, VariablePiece):
            yield piece, text.place(piece.start, piece.end)
            yield from _variables((*piece.operand, *piece.replacement), text)


def _place_in_file(site: Site) -> int:
    return site.outer.index
