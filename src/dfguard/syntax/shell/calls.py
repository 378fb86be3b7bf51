"""A parsed script to the simple commands in it, in the order of the text and however deeply nested, and words to add to one
of them to the edit that adds them; nothing is run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from dfguard.core.findings import Edit
from dfguard.core.record import Record
from dfguard.core.remembering import by_identity
from dfguard.core.source import Place, Span
from dfguard.knowledge.packs import bundled
from dfguard.syntax.shell.nodes import (
    AndOr,
    Background,
    Case,
    Command,
    For,
    Function,
    Group,
    If,
    Literal,
    Negation,
    Parameter,
    Pipeline,
    Sequence,
    Test,
    UnreadNode,
    While,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Source
    from dfguard.syntax.shell.nodes import Node, Redirect, Script, Substitution, Word


class Call(Record):
    """One simple command as written. `name` is the program's, without folders.

    `arguments` are the words behind it with quotes removed; what the shell would fill in stands there as `${NAME}`,
    or `${...}` for anything that is no plain variable. `places` are where the words stand, the program's first.
    `command` is what it was read from (None: the words of a JSON form). `is_wrapped`: another program runs it (`sudo`,
    a shell that the script starts).
    """

    name: str
    arguments: tuple[str, ...]
    places: tuple[Place, ...]
    command: Command | None = None
    is_wrapped: bool = False

    @property
    def place(self) -> Place:
        """Where the program's name stands."""
        return self.places[0]

    @property
    def whole(self) -> Place:
        """From the program's name to the last word."""
        return Place(self.place.source, Span(self.place.span.start, self.places[-1].span.end))

    def option(self, *names: str) -> str | None:
        """The value of the first of these options (with their dashes): the next word, or what follows `=` or the letter."""
        for word, following in zip(self.arguments, (*self.arguments[1:], None), strict=False):
            for name in names:
                if word == name:
                    return following
                if name.startswith("--"):
                    if word.startswith(f"{name}="):
                        return word[len(name) + 1 :]
                elif word.startswith(name):
                    return word[len(name) :]
        return None

    def has(self, *words: str) -> bool:
        """Whether one of the words is an argument, as it is."""
        return any(word in self.arguments for word in words)

    def has_flag(self, *names: str) -> bool:
        """Whether an option is given: long ones by name (without dashes and value), one-letter ones also in clusters."""
        return any(flag in names for flag in self.flags)

    def with_words(self, after: Place, *words: str) -> Edit | None:
        """The edit that adds plain words after the word at `after`, as shell text or as JSON; None when it has no such
        place.
        """
        return words_after(self.command, after, *words)

    @property
    def flags(self) -> tuple[str, ...]:
        """All options in order: `--quiet=2` is `quiet`, `-qy` is `q` and `y`."""
        found: list[str] = []
        for word in self.arguments:
            if word == "--":
                break
            if word.startswith("--"):
                found.append(word[2:].partition("=")[0])
            elif word.startswith("-"):
                found.extend(word[1:])
        return tuple(flag for flag in found if flag)

    def operands(self, options_with_value: frozenset[str] = frozenset()) -> tuple[tuple[str, Place], ...]:
        """The words that are no options, with their places. The word behind one of `options_with_value` (written with
        its dashes) belongs to it; everything behind `--` is an operand.
        """
        found: list[tuple[str, Place]] = []
        is_value = are_all = False
        for word, place in zip(self.arguments, self.places[1:], strict=True):
            if is_value:
                is_value = False
            elif are_all or not word.startswith("-") or word == "-":
                found.append((word, place))
            elif word == "--":
                are_all = True
            else:
                is_value = word in options_with_value or _ends_in_option(word, options_with_value)
        return tuple(found)


def _ends_in_option(word: str, options: frozenset[str]) -> bool:
    """Whether a cluster like `-yt` ends with a one-letter option that takes the next word."""
    return (
        len(word) > 2
        and word[1] != "-"
        and f"-{word[-1]}" in options
        and word.isascii()
        and word[1:].isalpha()
    )


def calls(script: Script) -> tuple[Call, ...]:
    """The calls of a script; a wrapped one follows the call of its wrapper."""
    found: list[Call] = []
    for command in commands(script.body):
        call = _call(command, script.source)
        while call:
            found.append(call)
            call = unwrapped(call)
    return tuple(found)


def _call(command: Command, source: Source) -> Call | None:
    if not command.words:
        return None
    name, *arguments = (shown(word) for word in command.words)
    places = tuple(Place(source, word.span) for word in command.words)
    return Call(name.rpartition("/")[2], tuple(arguments), places, command)


def unwrapped(call: Call) -> Call | None:
    """The call that `sudo -E`, `env A=1`, `timeout 5` and the like make; None for any other program."""
    wrapper = bundled().wrapper(call.name)
    if wrapper is None or not wrapper.is_transparent:
        return None
    from dfguard.knowledge.wrappers import taken

    found = taken([(call.name, True), *((word, True) for word in call.arguments)], wrapper)
    if found is None:
        return None
    name = call.arguments[found.end - 1].rpartition("/")[2]
    return Call(name, call.arguments[found.end :], call.places[found.end :], call.command, is_wrapped=True)


def shown(word: Word) -> str:
    """A word with quotes removed and its expansions as `${NAME}` or `${...}`."""
    literal = word.literal
    if literal is not None:
        return literal
    return "".join(_shown_part(part) for part in word.parts)


def _shown_part(part: Literal | Parameter | Substitution) -> str:
    if isinstance(part, Literal):
        return part.text.value
    return f"${{{part.name}}}" if isinstance(part, Parameter) and not part.operator else "${...}"


def commands(node: Node) -> Iterator[Command]:
    """The simple commands below a node in the order of the text, those in substitutions and functions included."""
    return (inner for inner in nodes(node) if isinstance(inner, Command))


@by_identity(256)
def nodes(node: Node) -> tuple[Node, ...]:
    """The node and all nodes below it in the order of the text."""
    found: list[Node] = []
    _gather(node, found)
    return tuple(found)


def _gather(node: Node, found: list[Node]) -> None:
    found.append(node)
    if isinstance(node, Command):
        for assignment in node.assignments:
            _in_words((assignment.value,) if assignment.value else (), found)
            _in_words(assignment.elements or (), found)
        _in_words(node.words, found)
        if node.redirects:
            _in_redirects(node.redirects, found)
    elif isinstance(node, AndOr):
        _gather(node.left, found)
        _gather(node.right, found)
    elif isinstance(node, Pipeline | Sequence):
        for item in node.parts if isinstance(node, Pipeline) else node.items:
            _gather(item, found)
    else:
        _in_compound(node, found)


def _in_compound(
    node: Group | If | For | While | Case | Function | Test | Negation | Background | UnreadNode,
    found: list[Node],
) -> None:
    match node:
        case Group() | Background() | Negation() | Function():
            _gather(node.body, found)
            _in_redirects(node.redirects if isinstance(node, Group) else (), found)
        case If():
            for branch in node.branches:
                if branch.test:
                    _gather(branch.test, found)
                _gather(branch.body, found)
        case For():
            _in_words(node.words or (), found)
            _gather(node.body, found)
        case While():
            _gather(node.test, found)
            _gather(node.body, found)
        case Case():
            _in_words((node.subject,), found)
            for arm in node.arms:
                _gather(arm.body, found)
        case Test():
            _in_words(node.words, found)
        case UnreadNode():
            return
        case _:
            assert_never(node)


def _in_words(words: Iterable[Word], found: list[Node]) -> None:
    for word in words:
        for part in word.parts:
            if isinstance(part, Literal):
                continue
            if isinstance(part, Parameter):
                if part.operand:
                    _in_words((part.operand,), found)
            elif part.script:
                _gather(part.script.body, found)


def _in_redirects(redirects: Iterable[Redirect], found: list[Node]) -> None:
    for redirect in redirects:
        _in_words([word for word in (redirect.target, redirect.content) if word], found)


def words_after(command: Command | None, place: Place, *words: str) -> Edit | None:
    """The edit that adds plain words after the word of the command at `place`; `command` None is that of a JSON form.

    In the JSON form every word becomes a string of its own. None where the place does not end as the form asks for.
    """
    import json

    text, end = place.source.text, place.span.end
    if command is not None and not command.is_exec_form:
        return Edit(Place(place.source, Span(end, end)), "".join(f" {word}" for word in words))
    if text[end : end + 1] != '"' or text[place.span.start - 1 : place.span.start] != '"':
        return None
    return Edit(
        Place(place.source, Span(end + 1, end + 1)), "".join(f", {json.dumps(word)}" for word in words)
    )
