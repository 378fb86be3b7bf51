"""Broken Python in a Dockerfile to the fix that repairs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.findings import Aspect, Fix

if TYPE_CHECKING:
    from dfguard.syntax.dockerfile.document import Document
    from dfguard.syntax.python.program import PythonFault, Snippet

_TITLES = {
    "flattened": "write one statement per line",
    "escaped": "make each \\n a line feed",
    "indent": "begin the code at the margin",
}


def repaired(document: Document, snippet: Snippet, fault: PythonFault) -> Fix | None:
    r"""The mechanical repair of the snippet: flattened statements, `\\n` outside strings, indentation; None for others.

    It is safe when the text allows one reading only; the title names what another reading would do otherwise.
    """
    from dfguard.syntax.repair.repair import has_heredocs, repair

    span = snippet.code.span()
    is_here = snippet.code.source is document.source
    instruction = next((i for i in document.instructions if is_here and i.span.holds(span)), None)
    made = repair(snippet, fault, instruction, has_heredocs=has_heredocs(document))
    if made is None:
        return None
    kind = "escaped" if fault.has_escaped_newline else "flattened" if fault.is_flattened else "indent"
    other = f" (or, should it be meant so: {made.differences[0]})" if made.differences else ""
    return Fix(
        f"{_TITLES[kind]}{other}",
        made.edits,
        made.is_safe,
        changes=(Aspect.COMMANDS, Aspect.COPIES, Aspect.PROCESS),
    )
