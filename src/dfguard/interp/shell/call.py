"""One command that is about to run, as its transfer function sees it: arguments, files, standard input, what to report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.findings import Certainty
from dfguard.core.record import Record
from dfguard.core.source import Run, Text
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import LONGEST_TEXT, Presence
from dfguard.interp.filesystem.trees import glob
from dfguard.interp.reasons import Cause, because, sentence
from dfguard.interp.shell import getopt
from dfguard.interp.shell.state import FATAL, Outcome
from dfguard.interp.state.model import Write
from dfguard.interp.values import OneOf, known, merge_because, prefix_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dfguard.core.source import Place
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.shell.expansion.words import Field
    from dfguard.interp.shell.state import Fate, Shell, Stream
    from dfguard.interp.shell.walk import Walk
    from dfguard.interp.state.model import CommandRun, Lack
    from dfguard.interp.values import Binding, Value


SUCCESS = 0


class Operand(Record):
    """A path a command names. `text` is what the program receives, `path` absolute and clean; both None when unknown:
    then `prefix` is the directory it surely lies in (empty: anywhere) and `why` says why.

    `pattern` is an absolute pattern of which not all matches are known; `is_certain` is False when it may not be meant.
    """

    place: Place
    text: str | None = None
    path: str | None = None
    because: tuple[Binding, ...] = ()
    is_certain: bool = True
    prefix: str = ""
    why: str = ""
    pattern: str | None = None

    @property
    def has_slash(self) -> bool:
        """Whether it is written with a slash at its end."""
        return bool(self.text) and (self.text or "").endswith("/")


class CommandCall:
    """A command with its arguments (without its name). Its functions change `shell`, collect effects and a status."""

    def __init__(
        self,
        walk: Walk,
        shell: Shell,
        run: CommandRun,
        arguments: Sequence[Field],
        stdin: Stream,
        fate: Fate | None = None,
    ) -> None:
        """Take what the walk knows when the command starts; without a fate its failure ends the step."""
        self.walk = walk
        self.fate = fate or FATAL
        self.shell = shell
        self.run = run
        self.arguments = tuple(arguments)
        self.stdin = stdin
        self.status: int | None = SUCCESS
        self.why = ""
        self.lacks: Lack | None = None
        self.output: Text | None = self.made("")
        self.tool = run.name.rpartition("/")[2]

    # the world

    @property
    def files(self) -> FileSystem:
        """The files as they are now."""
        return self.shell.files

    @files.setter
    def files(self, files: FileSystem) -> None:
        self.shell.files = files

    @property
    def place(self) -> Place:
        """Where the command stands."""
        return self.run.place

    @property
    def user(self) -> str | None:
        """Who runs it."""
        return self.shell.user

    def texts(self) -> list[str | None]:
        """The arguments as texts, None for what is not known."""
        return [known(field.value) for field in self.arguments]

    def options(self, specification: str, *, permutes: bool = True) -> getopt.Parsed:
        """The arguments taken apart, see `getopt.parse`."""
        return getopt.parse(self.arguments, specification, permutes=permutes)

    # paths

    def operands(self, fields: Iterable[Field]) -> Iterator[Operand]:
        """The paths that the fields name, with shell patterns replaced by what they match."""
        for field in fields:
            if field.pattern is not None:
                yield from self._matches(field)
            elif isinstance(field.value, OneOf):
                for text in field.value.texts:
                    yield self._named(text, field, is_certain=False)
            else:
                single = known(field.value)
                yield self._unknown(field, field.value) if single is None else self._named(single, field)

    def operand(self, field: Field) -> Operand:
        """The one path a field names; unknown when a pattern matches several."""
        found = list(self.operands([field]))
        return found[0] if len(found) == 1 else Operand(field.place, why="it may be one of several")

    def _named(self, text: str, field: Field, *, is_certain: bool = True) -> Operand:
        because = field.value.because
        if text.startswith("/"):
            return Operand(field.place, text, paths.clean(text), because, is_certain)
        folder = known(self.shell.cwd)
        if folder is None:
            return self._unknown(field, self.shell.cwd)
        because = merge_because(because, self.shell.cwd.because)
        return Operand(field.place, text, paths.clean(text, folder), because, is_certain)

    def _unknown(self, field: Field, value: Value) -> Operand:
        start = prefix_of(value)
        folder = start[: start.rfind("/")] or "/"
        prefix = ""
        if start.startswith("/"):
            prefix = paths.clean(folder)
        elif value is field.value:
            above = known(self.shell.cwd)
            prefix = paths.clean(folder.lstrip("/"), above) if above is not None and "/" in start else ""
        why = getattr(value, "why", "it varies")
        return Operand(field.place, because=value.because, prefix=prefix, why=why)

    def _matches(self, field: Field) -> Iterator[Operand]:
        pattern = field.pattern or ""
        folder = known(self.shell.cwd)
        is_absolute = pattern.startswith("/")
        if not is_absolute and folder is None:
            yield Operand(field.place, why="the working directory is not known")
            return
        whole = pattern if is_absolute else f"{_escaped(folder or '/').rstrip('/')}/{pattern}"
        matches = glob(self.files, whole)
        because = merge_because(field.value.because, () if is_absolute else self.shell.cwd.because)
        for entry in matches.found:
            text = entry.path if is_absolute else paths.relative(entry.path, paths.clean(folder or "/"))
            is_there = entry.presence is Presence.PRESENT
            yield Operand(field.place, text, entry.path, because, is_there, why=sentence(entry.why))
        if not matches.is_complete:
            yield Operand(
                field.place, because=because, pattern=whole, why=sentence(matches.why), is_certain=False
            )
        elif not matches.found and not self.shell.options.nullglob:
            yield self._named(known(field.value) or "", field)

    # other commands

    def run_words(self, words: Sequence[Field], stdin: Stream) -> Outcome:
        """Run a command that this one names in its arguments (`find -exec`, `xargs`), in the same shell."""
        return self.walk.runner.words(self.walk, self.run, words, self.shell, stdin, self.fate)

    # results

    def made(self, text: str) -> Text:
        """Text that the command makes up; all of it stands where the command does."""
        place = self.run.place
        return Text(text, place.source, (Run(0, place.span.start, 1 if text else 0),))

    def fail(self, why: str, code: int = 1, lacks: Lack | None = None) -> None:
        """Some part of it surely fails."""
        self.status = code
        self.lacks = self.lacks or lacks
        self.why = self.why or why

    def unsure(self, why: str = "") -> None:
        """Whether it succeeds is not known."""
        if self.status == SUCCESS:
            self.status = None
        if why:
            self.unknown(why)

    def unknown(self, why: str) -> None:
        """Note something that could not be followed."""
        self.walk.note(self.place, why)

    def outcome(self, output: Text | str | None = "", *, status: int | None = -2) -> Outcome:
        """What the walk is told; `status` overrides what was collected."""
        shown = self.made(output) if isinstance(output, str) else output
        if shown is not None and len(shown.value) > LONGEST_TEXT:
            shown = None
        final = self.status if status == -2 else status
        errors = self.made("") if final == SUCCESS else None
        is_failure = final not in (SUCCESS, None)
        lacks = self.lacks if is_failure else None
        return Outcome(final, shown, errors, why=self.why if is_failure else "", lacks=lacks)

    # effects

    def apply(self, operand: Operand, change: Callable[[FileSystem], FileSystem]) -> None:
        """Change the files for an operand; when it may not be meant, both outcomes are kept."""
        if operand.is_certain:
            self.files = change(self.files)
        else:
            self.files = self.files.join(change(self.files.fork()))

    def wrote(
        self, path: str, operand: Operand, *, is_payload: bool = True, target: str | None = None
    ) -> None:
        """Report a write."""
        is_sure = operand.is_certain and self.run.is_certain
        certainty = Certainty.SURE if is_sure else Certainty.MAYBE
        write = Write(
            path, operand.place, self.tool, operand.because, is_payload, None, certainty, None, target
        )
        self.walk.report.wrote(write)

    def blur(self, operand: Operand, why: str, *, overwrites: bool = False) -> None:
        """Anything may have been written where an unknown operand lies."""
        folder = operand.path or operand.prefix
        if operand.pattern is not None:
            folder = paths.clean(operand.pattern[: operand.pattern.rfind("/")] or "/")
        if folder:
            self.files = self.files.havoc(
                folder, because(Cause.WRITTEN, self.tool, why), overwrites=overwrites
            )
        else:
            self.files = self.files.stray(because(Cause.WRITTEN, self.tool, why))


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "*?[\\" else c for c in text)
