"""What a suppression comment is, and what it covers: shared by our own comments and those of other tools."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place, Span

if TYPE_CHECKING:
    from dfguard.syntax.dockerfile.document import Comment, Document, Instruction


class Tool(Enum):
    """Whose comment it is."""

    DFGUARD = "dfguard"
    HADOLINT = "hadolint"
    BUILDKIT = "BuildKit"
    TALLY = "tally"


class Suppression(Record):
    """One suppression comment.

    `selectors` with their places, as written; `reason` is what follows them, empty without one. `covers` is the span
    of findings it hides: an instruction, a stage (comment above a FROM), or the whole file. `malformed` says what is
    wrong with the comment (it then hides nothing). A selector `all` of another tool means all that the tool checks, but
    for the names that it `spares`.
    """

    place: Place
    selectors: tuple[tuple[str, Place], ...]
    reason: str
    covers: Span
    malformed: str = ""
    tool: Tool = Tool.DFGUARD
    spares: frozenset[str] = frozenset()


def covered(document: Document, comment: Comment) -> Span | None:
    """What a comment above an instruction speaks of: the instruction, or the stage of a FROM; None with nothing below."""
    inside = next((i for i in document.instructions if i.span.holds(comment.span)), None)
    if inside:
        return inside.span
    for stage in document.stages:
        first = stage.from_instruction
        if first.span.start > comment.span.start and comment in first.comments:
            return stage_span(document, first)
    after = next((i for i in document.instructions if i.span.start > comment.span.start), None)
    return after.span if after else None


def stage_span(document: Document, instruction: Instruction) -> Span | None:
    """The span of the stage that the instruction opens, None when it is no FROM."""
    for stage in document.stages:
        if stage.from_instruction.span == instruction.span:
            return Span(instruction.span.start, stage.instructions[-1].span.end)
    return None
