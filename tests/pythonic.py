"""Python text in tests to its `Program`, and to the call a pair of guillemets marks."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from dfguard.core.source import Source, Span
from dfguard.syntax.python.program import Form, Snippet
from dfguard.syntax.python.reader import read
from marked import unmark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dfguard.syntax.python.program import Program, PythonCall, Reach


def snippet_of(code: str) -> Snippet:
    """The snippet of a file that holds the code."""
    source = Source("program.py", code)
    text = source.text_of(Span(0, len(code)))
    return Snippet(text, Form.FILE, None, text.place())


def program_of(code: str, called: Mapping[str, Reach] | None = None) -> Program:
    """What is read of the code, its indentation removed."""
    program = read(snippet_of(dedent(code)), called)
    assert program.fault is None
    assert not program.unread
    return program


def marked_call(marked: str, called: Mapping[str, Reach] | None = None) -> PythonCall:
    """The one call that the guillemets enclose exactly."""
    code, ((start, end),) = unmark(dedent(marked))
    (found,) = [call for call in program_of(code, called).calls if call.span == Span(start, end)]
    return found
