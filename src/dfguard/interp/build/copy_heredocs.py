"""The heredocs of COPY and ADD to the files they make: name, and content with the origin of every character."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.source import Text, TextBuilder
from dfguard.interp.build.expansion import expansion
from dfguard.interp.values import known
from dfguard.syntax.dockerfile.words import BadWord, LiteralPiece, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.interp.values import Value
    from dfguard.syntax.dockerfile.document import Heredoc

ESCAPE = "\\"
"""Heredocs know only the backslash, whatever the escape directive says."""


def heredoc_content(heredoc: Heredoc, lookup: Callable[[str], Value | None]) -> Text | None:
    """What the file holds: tabs removed for `<<-`, variables replaced unless the name is quoted; None when not known.

    Source: moby/buildkit frontend/dockerfile/parser/parser.go `ParseHeredoc`, `ChompHeredocContent`.
    """
    body = _without_tabs(heredoc.body) if heredoc.strips_tabs else heredoc.body
    return _expanded(body, lookup) if heredoc.expands else body


def _without_tabs(body: Text) -> Text:
    builder = TextBuilder(body)
    start = 0
    for line in body.value.splitlines(keepends=True):
        kept = line.lstrip("\t")
        builder.keep(start + len(line) - len(kept), start + len(line))
        start += len(line)
    return builder.text()


def _expanded(body: Text, lookup: Callable[[str], Value | None]) -> Text | None:
    word = parse(body, ESCAPE, keeps_quotes=True)
    if isinstance(word, BadWord):
        return None
    builder = TextBuilder(body)
    for piece in word.pieces:
        if isinstance(piece, LiteralPiece) and piece.value == body.value[piece.start : piece.end]:
            builder.keep(piece.start, piece.end)
            continue
        if isinstance(piece, LiteralPiece):
            builder.put(piece.value, piece.start)
            continue
        value = expansion(body.cut(piece.start, piece.end), lookup, ESCAPE, keeps_quotes=True).value
        text = known(value)
        if text is None:
            return None
        builder.put(text, piece.start)
    return builder.text()
