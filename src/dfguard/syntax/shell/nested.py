"""Commands that run shell text to the `Script` of that text: `sh -c '…'`, `su -c`, `eval`, `bash <<EOF`, `… | sh`.

The text is what the outer shell hands over. Where the outer shell expands something, the text has a stand-in
character that no source holds, and the inner script's words have the outer expansion in its place: so
`sh -c "echo '$X'"` has the parameter X in a quoted word, as it should.
"""

from __future__ import annotations

import itertools
import posixpath
from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.core.texts import joined, made_up, stand_in
from dfguard.syntax.shell.calls import Call, calls, unwrapped
from dfguard.syntax.shell.grammar.script import dialect_of, parse
from dfguard.syntax.shell.nodes import Dialect, Literal
from dfguard.syntax.shell.output import stdin_of
from dfguard.syntax.shell.wrappers import fed, peel, program_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dfguard.core.source import Text
    from dfguard.syntax.dockerfile.document import Instruction
    from dfguard.syntax.shell.nodes import Command, Node, Part, Script, Word


MOST_SHELLS = 4
"""Shells inside one another; deeper ones are not looked into."""
FIRST_STAND_IN = 0x100000
"""The first character of Unicode's last private-use plane."""
MOST_STAND_INS = 1_000
MOST_PARTS = 2_000
"""Parts of a text that is looked into: one that `eval` puts together of more is not known."""

_LONG_VALUED = frozenset({"--rcfile", "--init-file"})


class ShellCall(Record):
    """A call of a shell. `options` are the letters and `-o` names given (`e`, `u`, `l`, `pipefail`, long options
    without their dashes); `code` is the word behind `-c`; `file` the script's file; when both are None the script
    is read from standard input. `arguments` are the words behind code or file.
    """

    dialect: Dialect
    options: frozenset[str]
    code: Word | None
    file: Word | None
    arguments: tuple[Word, ...]


def shell_call(words: Sequence[Word]) -> ShellCall | None:
    """How a command calls a shell, wrappers peeled off; None when it calls none."""
    peeled = peel(tuple(words)).words
    if not peeled or dialect_of([program_name(peeled[0])]) is Dialect.OTHER:
        return None
    options: set[str] = set()
    i = 1
    while i < len(peeled):
        text = peeled[i].literal or ""
        if text in {"--", "-"}:
            i += 1
            break
        if not text or text[0] not in "-+" or len(text) == 1:
            break
        i = _option(peeled, i, options)
    dialect, rest = dialect_of([program_name(peeled[0])]), peeled[i:]
    if "c" in options and rest:
        return ShellCall(dialect, frozenset(options), rest[0], None, rest[1:])
    if "s" in options or not rest or rest[0].literal in {"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}:
        return ShellCall(dialect, frozenset(options), None, None, rest)
    return ShellCall(dialect, frozenset(options), None, rest[0], rest[1:])


def _option(words: tuple[Word, ...], i: int, options: set[str]) -> int:
    """Note the option at `i`; the index behind it and its word."""
    text = words[i].literal or ""
    following = (words[i + 1].literal or "") if i + 1 < len(words) else ""
    if text.startswith("--"):
        options.add(text[2:].partition("=")[0])
        return i + 2 if text in _LONG_VALUED else i + 1
    letters = text[1:]
    named = letters.count("o") + letters.count("O")
    if text[0] == "-":
        options.update(letter for letter in letters if letter not in "oO")
        if named:
            options.add(following)
    return i + 1 + min(named, 1)


def nested_script(
    command: Command, *, dialect: Dialect = Dialect.POSIX, pipe_from: Node | None = None, depth: int = 0
) -> Script | None:
    """The script a command runs in a shell of its own (or in this one: `eval`); None when it runs none, when its
    text is a file's, or when MOST_SHELLS are around it already.

    `dialect` is that of the script the command stands in, `depth` that script's depth, `pipe_from` the node whose
    output the command reads.
    """
    if depth >= MOST_SHELLS:
        return None
    found = _code(command, dialect, pipe_from)
    if found is None:
        return None
    parts, inner = found
    text, holes = with_stand_ins(parts, command)
    return None if text is None else parse(text, inner, depth=depth + 1, holes=holes)


def _code(
    command: Command, dialect: Dialect, pipe_from: Node | None
) -> tuple[tuple[Part, ...], Dialect] | None:
    words = peel(command.words).words
    if not words:
        return None
    for inner in fed(words):
        call = shell_call(inner)
        if call and call.code:
            return call.code.parts, call.dialect
    name = program_name(words[0])
    if name == "eval":
        return _spaced(words[1:]), dialect
    if name in _RUNNERS:
        return _of_runner(name, words, command, pipe_from, dialect)
    call = shell_call(words)
    if call is None or call.file:
        return None
    if call.code:
        return call.code.parts, call.dialect
    given = stdin_of(command, pipe_from, dialect)
    return None if given is None else (given, call.dialect)


_RUNNERS = {
    "su": ("-c", "--command", "--session-command"),
    "runuser": ("-c", "--command", "--session-command"),
    "script": ("-c", "--command"),
    "flock": ("-c", "--command"),
    "sg": ("-c",),
    "nix-shell": ("--run", "--command"),
    "scl": (),
}


def _of_runner(
    name: str, words: tuple[Word, ...], command: Command, pipe_from: Node | None, dialect: Dialect
) -> tuple[tuple[Part, ...], Dialect] | None:
    """The text a program hands to the user's shell."""
    shell = Dialect.POSIX
    for before, after in itertools.pairwise(words):
        if before.literal in {"-s", "--shell"} and after.literal:
            shell = dialect_of([after.literal])
    if name == "scl":
        last = words[-1]
        is_text = (
            len(words) > 3
            and all(word.literal != "--" for word in words)
            and last.raw.value[:1] in {"'", '"'}
        )
        return (last.parts, Dialect.BASH) if is_text else None
    for before, after in itertools.pairwise(words):
        text = before.literal or ""
        if text in _RUNNERS[name] or (name in {"su", "runuser"} and text in {"-lc", "-pc", "-mc"}):
            return after.parts, shell
    if name in {"su", "runuser"}:
        given = stdin_of(command, pipe_from, dialect)
        return None if given is None else (given, shell)
    return None


def _spaced(words: tuple[Word, ...]) -> tuple[Part, ...]:
    parts: list[Part] = []
    for word in words:
        if parts:
            parts.append(Literal(made_up(" ", word.raw.source, word.span.start), True))
        parts += word.parts
    return tuple(parts)


def with_stand_ins(parts: Sequence[Part], command: Command) -> tuple[Text | None, dict[str, Part]]:
    """The text of some parts with one stand-in character for each expansion, and which stands for what; None for
    no text at all or one with very many expansions.
    """
    pieces: list[Text] = []
    holes: dict[str, Part] = {}
    if len(parts) > MOST_PARTS or sum(not isinstance(part, Literal) for part in parts) > MOST_STAND_INS:
        return None, {}
    source = next((word.raw.source for word in command.words), None)
    for part in parts:
        if isinstance(part, Literal):
            pieces.append(part.text)
        elif source is not None:
            mark = chr(FIRST_STAND_IN + len(holes))
            holes[mark] = part
            pieces.append(stand_in(mark, source, part.span))
    return (joined(pieces) if pieces else None), holes


SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh", "su", "runuser", "eval"})


def all_calls(script: Script) -> Iterator[Call]:
    """The calls of a script; those that a shell makes which it starts follow the call of that shell, as wrapped ones."""
    for call in calls(script):
        yield call
        inner = _inner(script, call)
        for nested in all_calls(inner) if inner else ():
            yield replace(nested, is_wrapped=True)


def whole_scripts(script: Script) -> Iterator[Script]:
    """The scripts of the shells that a script starts, as far as their text is known as a whole."""
    for call in calls(script):
        inner = _inner(script, call)
        if inner:
            if not any(ord(c) >= FIRST_STAND_IN for c in inner.text.value):
                yield inner
            yield from whole_scripts(inner)


def _inner(script: Script, call: Call) -> Script | None:
    if call.name not in SHELLS or call.command is None:
        return None
    return nested_script(call.command, dialect=script.dialect, depth=script.depth)


def json_calls(instruction: Instruction) -> Iterator[Call]:
    """The call of a JSON form, and those that its program makes of its words (`sudo`)."""
    if not instruction.arguments:
        return
    name, *rest = (word.value for word in instruction.arguments)
    places = tuple(word.place() for word in instruction.arguments)
    call: Call | None = Call(posixpath.basename(name), tuple(rest), places)
    while call:
        yield call
        call = unwrapped(call)
