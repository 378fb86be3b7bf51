"""Python code to the reason why it had better not be parsed, if there is one.

CPython's own limits (200 open brackets, 100 indents, the depth of its parser) end in exceptions and need no help.
Measured on 3.11.7, 3.12.1 and 3.13.0, three shapes do not: the compiler overruns the C stack on a comprehension of
some 100,000 `for` clauses, a dotted name in an import takes time in the square of its length (100,000 parts: half a
minute), and 3.12 takes as long for f-strings written side by side.
"""

from __future__ import annotations

import re

LENGTH = 1_500_000
STATEMENTS = 60_000
_CLAUSES = 10_000
_DOTS = 4_000
_FORMATTED = 30_000


def hazard(code: str) -> str:
    """Why the code is left alone: lower case, empty when nothing speaks against parsing it."""
    if len(code) > LENGTH:
        return f"longer than {LENGTH:,} characters"
    if len(code) < _DOTS:
        return ""
    if code.count("\n") + code.count(";") > STATEMENTS:
        return f"more than {STATEMENTS:,} statements"
    if code.count("for") > _CLAUSES and len(re.findall(r"\bfor\b", code)) > _CLAUSES:
        return f"more than {_CLAUSES:,} loops and comprehensions"
    if code.count(".") > _DOTS and _has_endless_import(code):
        return f"an import of more than {_DOTS:,} parts"
    if len(re.findall(r"[fFtT][rR]?[\"']", code)) > _FORMATTED:
        return f"more than {_FORMATTED:,} formatted strings"
    return ""


def _has_endless_import(code: str) -> bool:
    lines = code.replace("\\\r\n", "").replace("\\\n", "").replace("\\\r", "").replace(";", "\n").splitlines()
    return any(line.count(".") > _DOTS and "import" in line for line in lines)
