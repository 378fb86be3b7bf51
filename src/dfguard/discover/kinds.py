"""A file's path and text to what it is: a Dockerfile, a template of one, the source of a program, another text."""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.source import Source
from dfguard.discover.names import DOCUMENTS, SOURCES, ending, is_dockerfile_name, is_template_path
from dfguard.discover.placeholders import may_hold_placeholder, placeholder_of

if TYPE_CHECKING:
    from dfguard.syntax.dockerfile.document import Document, Instruction

LARGEST_READ = 1 << 20
_WIDE_TEXT = (b"\xff\xfe", b"\xfe\xff")


class Kind(Enum):
    """What a file is that is called like a Dockerfile."""

    DOCKERFILE = "Dockerfile"
    TEMPLATE = "template"
    PROGRAM = "program source"
    OTHER = "other text"


def kind_of(path: str, data: bytes) -> Kind:
    """What the file at a path (relative to its repository) with these first bytes is."""
    if is_template_path(path):
        return Kind.TEMPLATE
    return kind_of_text(path.rpartition("/")[2], data)


def kind_of_text(name: str, data: bytes) -> Kind:
    """The same, by what is written in it; the name decides where the text leaves it open.

    A Dockerfile begins with FROM, or with ARG and has a FROM. A broken one called `Dockerfile` is one as long as it holds
    more instructions than other lines; a file called after a programming language has to begin like one.
    """
    if b"\0" in data and not data.startswith(_WIDE_TEXT):
        return Kind.OTHER
    source = Source.decode(name, data)
    has_placeholder = may_hold_placeholder(source.text)
    if not has_placeholder and _plain().match(source.text):
        return Kind.DOCKERFILE
    from dfguard.syntax.dockerfile.parser import parse

    document = parse(source)
    if _begins(document):
        return Kind.TEMPLATE if has_placeholder and placeholder_of(document) else Kind.DOCKERFILE
    if ending(name) in SOURCES:
        return Kind.PROGRAM
    if ending(name) in DOCUMENTS:
        return Kind.OTHER
    if has_placeholder and placeholder_of(document):
        return Kind.TEMPLATE
    sound = sum(not instruction.faults for instruction in document.instructions)
    is_called_so = is_dockerfile_name(name) and sound >= len(document.unknown)
    return Kind.DOCKERFILE if is_called_so or not source.text.strip() else Kind.OTHER


@cache
def _plain() -> re.Pattern[str]:
    """The beginning of nearly every Dockerfile: blank lines, comments, and a FROM that BuildKit takes."""
    return re.compile(
        r"\ufeff?(?:[ \t]*(?:#.*)?\r?\n)*[ \t]*(?i:FROM)[ \t]+(?:--platform=\S+[ \t]+)?[\w./:@$\{}-]+"
        r"(?:[ \t]+(?i:AS)[ \t]+[\w.-]+)?[ \t]*\r?(?:\n|$)"
    )


def _begins(document: Document) -> bool:
    """Whether what comes first is a FROM, or an ARG with a FROM behind it."""
    known = min(document.instructions[:1], key=_start, default=None)
    unknown = min(document.unknown[:1], key=_start, default=None)
    if known is None or (unknown is not None and _start(unknown) < _start(known)):
        return False
    if known.keyword == "FROM":
        return not known.faults
    return known.keyword == "ARG" and any(not s.from_instruction.faults for s in document.stages)


def _start(instruction: Instruction) -> int:
    return instruction.span.start
