"""Here-documents of a shell: where a body ends, and whether its text is expanded (POSIX.1-2024 2.7.4)."""

from __future__ import annotations

import re

from dfguard.core.record import Record

_QUOTING = re.compile(r"""\\(.)|['"]""")


class Pending(Record):
    """A here-document whose body has not begun: the index of its operator and its delimiter as written."""

    operator: int
    delimiter: str
    strips_tabs: bool


class Body(Record):
    """A body: indexes of its first character and of its terminator line (or the end of the text)."""

    start: int
    end: int
    expands: bool
    strips_tabs: bool


def read_body(text: str, start: int, pending: Pending) -> tuple[Body, int]:
    """The body that begins at the line start `start`, and the index behind its terminator line.

    Without a terminator it goes to the end. Where the delimiter is not quoted, a line that ends with a backslash
    hides the line behind it.
    """
    delimiter = _QUOTING.sub(r"\1", pending.delimiter)
    expands = delimiter == pending.delimiter
    i, is_continued = start, False
    while i < len(text):
        end = text.find("\n", i)
        end = len(text) if end < 0 else end
        line = text[i:end].removesuffix("\r")
        if not is_continued and (line.lstrip("\t") if pending.strips_tabs else line) == delimiter:
            return Body(start, i, expands, pending.strips_tabs), min(end + 1, len(text))
        is_continued = expands and (len(line) - len(line.rstrip("\\"))) % 2 == 1
        i = end + 1
    return Body(start, len(text), expands, pending.strips_tabs), len(text)
