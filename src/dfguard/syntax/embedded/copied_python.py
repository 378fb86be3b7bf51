r"""COPY and ADD here-documents that make a Python file to `Snippet`s.

BuildKit replaces variables in the body unless the delimiter is quoted, and takes a backslash away before any
character, `\\n` included (moby/buildkit frontend/dockerfile/instructions/commands.go `ExpandRaw` @73ed6825).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dfguard.core.source import Place, Text
from dfguard.core.texts import joined, made_up, without_tabs
from dfguard.syntax.dockerfile.words import BadWord, Literal, Piece, Quoted, Variable, parse
from dfguard.syntax.embedded.placeholders import Code, stand_for
from dfguard.syntax.embedded.python_call import is_python
from dfguard.syntax.python.program import Form, Snippet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.syntax.dockerfile.document import Heredoc, Instruction


def copied_snippets(instruction: Instruction) -> Iterator[Snippet]:
    """The Python files the here-documents of a COPY or ADD make."""
    target = instruction.arguments[-1].value if instruction.arguments else ""
    for heredoc in instruction.heredocs:
        name = heredoc.name if target.endswith("/") else posixpath.basename(target)
        code = copied_code(heredoc)
        if code is None or not code.text.value.strip() or not _is_program(name, code.text.value):
            continue
        yield Snippet(
            code.text, Form.COPY_HEREDOC, None, Place(instruction.source, heredoc.operator), code.holes
        )


def _is_program(name: str, text: str) -> bool:
    if name.endswith((".py", ".pyw")):
        return True
    words = text.split("\n", 1)[0][2:].split() if text.startswith("#!") else []
    return any(is_python(word) for word in words)


def copied_code(heredoc: Heredoc) -> Code | None:
    """What the file holds, with placeholders for variables; None when BuildKit could not read the body."""
    body = without_tabs(heredoc.body) if heredoc.strips_tabs else heredoc.body
    if not heredoc.expands:
        return Code(body, ())
    word = parse(body, "\\", keeps_quotes=True)
    if isinstance(word, BadWord):
        return None
    pieces: list[Text] = [body.cut(0, 0)]
    holes: list[tuple[int, int]] = []
    length, tail = 0, ""
    for piece in word.pieces:
        text = _text(piece, body, tail)
        if isinstance(piece, Variable):
            holes.append((length, length + len(text.value)))
        pieces.append(text)
        length += len(text.value)
        tail = (tail + text.value)[-40:]
    return Code(joined(pieces), tuple(holes))


def _text(piece: Piece, body: Text, before: str) -> Text:
    match piece:
        case Variable(name, start, end):
            return stand_for(name, body.span(start, end), body.source, before)
        case Literal(value, start, end) if value != body.value[start:end]:
            return made_up(value, body.source, body.offset(start))
        case Literal(_, start, end) | Quoted(_, start, end):
            return body.cut(start, end)
