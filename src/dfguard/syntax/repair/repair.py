"""A fault in a snippet to the mechanical repair of it: which rewrite, and the edits that put it into the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.syntax.repair.emission import edits_for
from dfguard.syntax.repair.rewrite import dedented, with_line_feeds
from dfguard.syntax.repair.unflatten import unflatten

if TYPE_CHECKING:
    from dfguard.core.findings import Edit
    from dfguard.syntax.dockerfile.document import Instruction
    from dfguard.syntax.python.program import Fault, Snippet
    from dfguard.syntax.repair.rewrite import Rewrite


class Repair(Record):
    """Edits (all or none) after which the code compiles. `is_safe`: the code as it was surely meant; else `differences`
    names what other readings of the text would do otherwise.
    """

    rewrite: Rewrite
    edits: tuple[Edit, ...]
    is_safe: bool
    differences: tuple[str, ...] = ()


def repair(
    snippet: Snippet, fault: Fault, instruction: Instruction | None, *, has_heredocs: bool = True
) -> Repair | None:
    r"""The repair of a flattened statement, of line feeds that stayed `\n`, or of indentation; None for other faults.

    `instruction` is the one the snippet stands in (None in a script); for `has_heredocs` see `emission`.
    """
    rewrite = _rewrite(snippet, fault)
    edits = edits_for(snippet, rewrite, instruction, has_heredocs=has_heredocs) if rewrite else None
    if rewrite is None or edits is None:
        return None
    return Repair(rewrite, edits, rewrite.is_safe, tuple(other.difference for other in rewrite.alternatives))


def _rewrite(snippet: Snippet, fault: Fault) -> Rewrite | None:
    if fault.has_escaped_newline and (found := with_line_feeds(snippet.code)) is not None:
        return found
    if fault.is_flattened:
        return unflatten(snippet.code)
    return dedented(snippet.code) if fault.is_indent else None
