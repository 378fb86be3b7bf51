"""A script to what bash knows and dash does not, with what dash does instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.analysis.shell.output_sinks import captured
from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.syntax.shell.calls import nodes
from dfguard.syntax.shell.nodes import Command, Function, Literal, Parameter, Substitution, Test

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Span
    from dfguard.syntax.shell.nodes import Node, Script, Word

_MISSING = frozenset(
    ["source", "pushd", "popd", "shopt", "declare", "typeset", "let", "mapfile", "readarray", "disown"]
)
_BAD = frozenset([":", "/", "//", "/#", "/%", "^", "^^", ",", ",,", "@"])
_WITH_FILES = frozenset(["mkdir", "cp", "mv", "rm", "touch", "chmod", "chown", "ln", "ls", "cat"])


class Bashism(Record):
    """A construct: `what` it is, and what dash does (`consequence` completes "in dash ..."). `is_fatal`: the script stops."""

    place: Place
    what: str
    consequence: str
    is_fatal: bool


def bashisms(script: Script, *, has_pipefail: bool) -> Iterator[Bashism]:
    """Everything of bash's own in a script for dash; `has_pipefail`: this one may know the option.

    Source: dash 0.5.12 (Debian 12 and 13, Ubuntu 24.04), POSIX.1-2024 XCU 2.
    """
    hidden = captured(script)
    for node in nodes(script.body):
        for found in _in_node(node, script, is_hidden=id(node) in hidden):
            span, what, consequence, is_fatal = found
            yield Bashism(Place(script.source, span), what, consequence, is_fatal)
        if isinstance(node, Command) and node.name == "set" and not has_pipefail:
            for word in (word for word in node.words[1:] if word.literal == "pipefail"):
                place = Place(script.source, word.span)
                yield Bashism(place, "pipefail", "is an illegal option", is_fatal=True)


_Found = tuple["Span", str, str, bool]


def _in_node(node: Node, script: Script, *, is_hidden: bool) -> Iterator[_Found]:
    if isinstance(node, Test):
        yield from _in_test(node, script)
    elif isinstance(node, Function):
        if script.source.text.startswith("function", node.span.start):
            yield node.span, "the keyword function", "is a syntax error", True
    elif isinstance(node, Command):
        yield from _in_command(node, is_hidden=is_hidden)


def _in_test(node: Test, script: Script) -> Iterator[_Found]:
    if script.source.text.startswith("[[", node.span.start):
        yield node.span, "[[ ]]", "is a command that does not exist, so that the test is always false", False
        return
    for word in node.words:
        if word.literal == "==":
            yield word.span, "== in [ ]", "is no operator, so that the test is always false", False
    for word in node.words:
        yield from _in_word(word)


def _in_command(command: Command, *, is_hidden: bool) -> Iterator[_Found]:
    name = command.name or ""
    if name in _MISSING:
        yield command.words[0].span, name, "is not found", True
    words = [word.literal or "" for word in command.words[1:]]
    if name == "." and len(words) > 1:
        yield command.words[2].span, "an argument of `.`", "is not passed to the script", False
    if name == "echo" and is_hidden and words and words[0] in {"-e", "-ne", "-en"}:
        yield command.words[1].span, f"echo {words[0]}", "writes the option, too", False
    for assignment in command.assignments:
        if assignment.elements is not None:
            yield assignment.span, "an array", "is a syntax error", True
        elif assignment.value:
            yield from _in_word(assignment.value)
    for redirect in command.redirects:
        if redirect.operator == "<<<":
            yield redirect.span, "<<<", "is a syntax error", True
        elif redirect.operator in {"&>", "&>>"}:
            yield redirect.span, redirect.operator, "puts the command into the background", False
    for word in command.words:
        yield from _in_word(word)
        if name in _WITH_FILES and _has_braces(word):
            yield word.span, "{a,b}", "is taken as it stands", False


def _in_word(word: Word) -> Iterator[_Found]:
    for part in word.parts:
        if isinstance(part, Substitution) and part.is_process:
            yield part.span, "<( )", "is a syntax error", True
        elif isinstance(part, Parameter) and part.operator in _BAD:
            yield part.span, "this expansion", "is a bad substitution", True


def _has_braces(word: Word) -> bool:
    """Whether unquoted text of the word holds `{a,b}` or `{1..3}`."""
    for part in word.parts:
        text = part.text.value if isinstance(part, Literal) and not part.is_quoted else ""
        opening, closing = text.find("{"), text.rfind("}")
        inside = text[opening + 1 : closing] if 0 <= opening < closing else ""
        if ("," in inside or ".." in inside) and "\\" not in text:
            return True
    return False
