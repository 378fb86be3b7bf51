r"""A fault in a snippet to the mechanical repair of it: which rewrite, and the edits that put it into the file.

A `Rewrite` becomes edits of the file the snippet stands in: here-document, `exec` on one line, JSON, or in place. A
here-document stands where RUN's text is joined to one line; the Dockerfile frontend knows them since 1.4. CMD,
ENTRYPOINT, HEALTHCHECK and older frontends get `python -c 'exec("…")'`, in which line feeds are `\n`.

Quotes are found on the source itself: a backslash before a line end continues the line, and comment lines in between are
skipped, as BuildKit removes them. Substitutions are not looked into: what stands in one is not told apart.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from dfguard.core.findings import Edit
from dfguard.core.record import Record
from dfguard.core.source import Place, Span
from dfguard.syntax.python.program import Form
from dfguard.syntax.repair.rewrite import dedented, with_line_feeds
from dfguard.syntax.repair.unflatten import unflatten

if TYPE_CHECKING:
    from dfguard.core.source import Source
    from dfguard.syntax.dockerfile.document import Document, Instruction
    from dfguard.syntax.python.program import PythonFault, Snippet
    from dfguard.syntax.repair.rewrite import Rewrite


class Quoting(Enum):
    """What stands around a place: nothing, single quotes, double quotes, or a substitution (`$(`, backticks)."""

    NONE = "none"
    SINGLE = "single"
    DOUBLE = "double"
    SUBSTITUTION = "substitution"


def quoting(text: str, start: int, stop: int) -> Quoting:
    """What stands around the character at `stop`, when at `start` nothing does."""
    at, state = start, Quoting.NONE
    while at < stop:
        at, state = _step(text, at, state)
        if state is Quoting.SUBSTITUTION:
            return state
    return state


def word_end(text: str, start: int, stop: int) -> int | None:
    """The offset behind the shell word that begins at `start`; None when it holds a substitution or never ends."""
    at, state = start, Quoting.NONE
    while at < stop:
        if state is Quoting.NONE and text[at] in " \t\r\n;&|<>()" and not _continues(text, at):
            return at
        at, state = _step(text, at, state)
        if state is Quoting.SUBSTITUTION:
            return None
    return at if state is Quoting.NONE else None


def _continues(text: str, at: int) -> bool:
    return text[at] in "\r\n" and text[:at].rstrip(" \t\r").endswith("\\")


def _step(text: str, at: int, state: Quoting) -> tuple[int, Quoting]:
    """The next offset and what stands around it."""
    character = text[at]
    if character == "\n" and text[at + 1 :].lstrip(" \t").startswith("#") and _continues(text, at):
        end = text.find("\n", at + 1)
        return (end if end >= 0 else len(text)), state
    if state is Quoting.SINGLE:
        return at + 1, Quoting.NONE if character == "'" else state
    if character == "\\":
        return at + 2, state
    if character == "`" or text.startswith("$(", at):
        return at + 1, Quoting.SUBSTITUTION
    if character == '"':
        return at + 1, Quoting.NONE if state is Quoting.DOUBLE else Quoting.DOUBLE
    if character == "'" and state is Quoting.NONE:
        return at + 1, Quoting.SINGLE
    return at + 1, state


_IN_PLACE = frozenset([Form.HEREDOC, Form.COPY_HEREDOC, Form.FILE])
_READS_INPUT = re.compile(r"\binput\s*\(|\bstdin\b|\bopen\s*\(\s*0\b")


def edits_for(
    snippet: Snippet, new: Rewrite, instruction: Instruction | None, *, has_heredocs: bool = True
) -> tuple[Edit, ...] | None:
    """The edits that put the rewritten code where the snippet's code stands; None when there is no sound way.

    `instruction` is the one the snippet stands in, None for a snippet of a script or Python file.
    """
    if snippet.form in _IN_PLACE:
        return _in_place(snippet, new)
    command = (instruction.trigger or instruction) if instruction is not None else None
    if snippet.form is Form.PIPED and command is not None and command.keyword == "RUN" and has_heredocs:
        return _unpiped(snippet, new, command)
    if snippet.form is not Form.DASH_C:
        return None
    if command is not None and command.is_json:
        return _as_json(snippet, new)
    if snippet.shell_quote not in {"'", '"'}:
        return None
    is_in_body = command is None or any(_holds(h.body.span(), snippet) for h in command.heredocs)
    if is_in_body or "\n" not in new.code.value.rstrip("\n"):
        return _in_place(snippet, new)
    assert command is not None  # noqa: S101  without one the code is in a script's body
    option = _option(snippet, command)
    if option is None:
        return None
    if command.keyword == "RUN" and has_heredocs and _may_read_heredoc(snippet, command, option):
        return _as_heredoc(snippet, new, command, option)
    return _as_exec(snippet, new, option)


def has_heredocs(document: Document) -> bool:
    """Whether the Dockerfile's frontend knows here-documents: not when `# syntax=` pins one before 1.4.

    Source: docs.docker.com/build/buildkit/dockerfile-release-notes, 1.4.0.
    """
    for directive in document.directives:
        if directive.name == "syntax":
            pinned = re.fullmatch(
                r"(?:docker\.io/)?docker/dockerfile:1\.(\d+)(?:\.\d+)?(?:@.*)?", directive.value.value.strip()
            )
            return pinned is None or int(pinned[1]) >= 4
    return True


def _holds(span: Span, snippet: Snippet) -> bool:
    return span.holds(snippet.code.span())


def _in_place(snippet: Snippet, new: Rewrite) -> tuple[Edit, ...] | None:
    """The code between its quotes or in its body: what is kept is kept as written, escapes and expansions included."""
    source, whole = snippet.code.source, snippet.code.span()
    parts, at = [], 0
    for old, old_end, start in new.kept:
        parts += [new.code.value[at:start], _written(snippet, old, old_end)]
        at = start + old_end - old
    parts.append(new.code.value[at:])
    text = "".join(parts)
    if not snippet.code.value.endswith("\n"):
        text = text.rstrip("\n")
    return (Edit(Place(source, whole), text),)


def _written(snippet: Snippet, start: int, end: int) -> str:
    span = snippet.code.span(start, end)
    return snippet.code.source.text[span.start : span.end]


def _as_json(snippet: Snippet, new: Rewrite) -> tuple[Edit, ...] | None:
    source, span = snippet.code.source, snippet.code.span()
    if (
        snippet.holes
        or source.text[span.start - 1 : span.start] != '"'
        or source.text[span.end : span.end + 1] != '"'
    ):
        return None
    text = new.code.value.rstrip("\n").translate(_JSON)
    return (Edit(Place(source, span), text),)


_JSON = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n", ord("\t"): "\\t", ord("\r"): "\\r"}


def _option(snippet: Snippet, instruction: Instruction) -> Span | None:
    """The span of `-c` and its quoted argument, both as written."""
    text, span = snippet.code.source.text, snippet.code.span()
    before = re.search(
        r"(-\w*c)((?:[ \t]|\\\r?\n)*)[\"'](?:\\\r?\n)*\Z", text[instruction.span.start : span.start]
    )
    if (
        before is None
        or quoting(text, instruction.span.start, instruction.span.start + before.start()) is not Quoting.NONE
    ):
        return None
    start = instruction.span.start + before.start()
    end = word_end(text, instruction.span.start + before.end(2), instruction.span.end)
    return Span(start, end) if end is not None and end >= span.end else None


def _may_read_heredoc(snippet: Snippet, instruction: Instruction, option: Span) -> bool:
    """Whether standard input is free: nothing is piped or redirected into the command, and the code reads none."""
    text, command = snippet.code.source.text, snippet.command.span
    if "\r" in text[instruction.span.start : instruction.span.end] or _READS_INPUT.search(snippet.code.value):
        return False
    outside = text[command.start : option.start] + text[option.end : command.end]
    if "<" in outside or re.search(r"\bxargs\b|-exec\b|\bparallel\b|\bssh\b", outside):
        return False
    before = text[instruction.span.start : command.start].rstrip(" \t\r\n\\({")
    return not re.search(r"(?<!\|)\|&?\Z", before)


def _unpiped(snippet: Snippet, new: Rewrite, instruction: Instruction) -> tuple[Edit, ...] | None:
    """`echo '…' | python`: the here-document takes the place of the pipe."""
    source, start, command = snippet.code.source, instruction.span.start, snippet.command.span
    before = re.search(
        r"(?:\becho|\bprintf[ \t]+'%s(?:\\n)?')[ \t]+([\"'])(?:\\\n)?\Z",
        source.text[start : snippet.code.span().start],
    )
    if (
        before is None
        or snippet.holes
        or quoting(source.text, start, start + before.start()) is not Quoting.NONE
    ):
        return None
    end = word_end(source.text, start + before.start(1), instruction.span.end)
    if end is None or not re.fullmatch(r"(?:[ \t]|\\\n)*\|(?:[ \t]|\\\n)*", source.text[end : command.start]):
        return None
    if instruction.heredocs or "\r" in instruction.place.text or _READS_INPUT.search(snippet.code.value):
        return None
    name, last = _delimiter(new.code.value, set()), instruction.span.end
    operator, body = f" <<'{name}'", f"\n{new.code.value.rstrip()}\n{name}"
    edits = [Edit(Place(source, Span(start + before.start(), command.start)), "")]
    if command.end == last:
        return (*edits, Edit(Place(source, Span(last, last)), operator + body))
    places = ((command.end, operator), (last, body))
    return (*edits, *(Edit(Place(source, Span(at, at)), text) for at, text in places))


def _as_heredoc(
    snippet: Snippet, new: Rewrite, instruction: Instruction, option: Span
) -> tuple[Edit, ...] | None:
    source = snippet.code.source
    name = _delimiter(new.code.value, {heredoc.name for heredoc in instruction.heredocs})
    operator = f"<<{name}" if snippet.holes else f"<<'{name}'"
    body = _expanding(snippet, new) if snippet.holes else new.code.value
    if body is None:
        return None
    flags = source.text[option.start : option.end].split("c", 1)[0]
    dash = f"{flags} - {operator}" if flags != "-" else f"- {operator}"
    opening = Edit(Place(source, option), dash)
    later = [heredoc for heredoc in instruction.heredocs if heredoc.operator.start > option.start]
    body = body if body.endswith("\n") else f"{body}\n"
    if not later:
        end = instruction.span.end
        return opening, Edit(Place(source, Span(end, end)), f"\n{body}{name}")
    if not later[0].body.runs:
        return None
    at = later[0].body.offset(0)
    return opening, Edit(Place(source, Span(at, at)), f"{body}{name}\n")


def _delimiter(code: str, taken: set[str]) -> str:
    lines = set(code.split("\n")) | taken
    return next(
        name for name in ("PY", "PYTHON", *(f"PY{number}" for number in range(2, 1000))) if name not in lines
    )


def _expanding(snippet: Snippet, new: Rewrite) -> str | None:
    """The code for a body that the shell expands: expansions as written, every other `$`, backtick and backslash escaped."""
    moved = [new.moved(*hole) for hole in snippet.holes]
    if None in moved:
        return None
    parts, at = [], 0
    for hole, place in zip(snippet.holes, moved, strict=True):
        if place is not None:
            parts += [_escaped(new.code.value[at : place[0]]), _written(snippet, *hole)]
            at = place[1]
    parts.append(_escaped(new.code.value[at:]))
    return "".join(parts)


def _escaped(text: str) -> str:
    return re.sub(r"([\\$`])", r"\\\1", text)


def _as_exec(snippet: Snippet, new: Rewrite, option: Span) -> tuple[Edit, ...] | None:
    """`-c 'exec("…")'`: Python's own escapes keep the code on one line and free of single quotes."""
    if snippet.holes:
        return None
    text = new.code.value.rstrip("\n").translate(_JSON | {ord("'"): "\\x27"})
    flag = snippet.code.source.text[option.start : option.end].split("c", 1)[0] + "c"
    return (Edit(Place(_source(snippet), option), f"{flag} 'exec(\"{text}\")'"),)


def _source(snippet: Snippet) -> Source:
    return snippet.code.source


class Repair(Record):
    """Edits (all or none) after which the code compiles. `is_safe`: the code as it was surely meant; else `differences`
    names what other readings of the text would do otherwise.
    """

    rewrite: Rewrite
    edits: tuple[Edit, ...]
    is_safe: bool
    differences: tuple[str, ...] = ()


def repair(
    snippet: Snippet, fault: PythonFault, instruction: Instruction | None, *, has_heredocs: bool = True
) -> Repair | None:
    r"""The repair of a flattened statement, of line feeds that stayed `\n`, or of indentation; None for other faults.

    `instruction` is the one the snippet stands in (None in a script); for `has_heredocs` see `emission`.
    """
    rewrite = _rewrite(snippet, fault)
    edits = edits_for(snippet, rewrite, instruction, has_heredocs=has_heredocs) if rewrite else None
    if rewrite is None or edits is None:
        return None
    return Repair(rewrite, edits, rewrite.is_safe, tuple(other.difference for other in rewrite.alternatives))


def _rewrite(snippet: Snippet, fault: PythonFault) -> Rewrite | None:
    if fault.has_escaped_newline and (found := with_line_feeds(snippet.code)) is not None:
        return found
    if fault.is_flattened:
        return unflatten(snippet.code)
    return dedented(snippet.code) if fault.is_indent else None
