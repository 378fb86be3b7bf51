"""The inside of `$NAME` and `${…}` to name, operator and operand.

POSIX.1-2024 2.6.2 and the bash manual, "Shell Parameter Expansion". Two operators have no sign of their own
behind the name and are given words: `length` (`${#NAME}`) and `indirect` (`${!NAME}`).
"""

from __future__ import annotations

import re

from dfguard.core.record import Record

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]")
_IN_BRACES = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])(?:\[[^\]]*\])?")
_OPERATOR = re.compile(r":[-=?+]|[-=?+]|##?|%%?")
_BASH_OPERATOR = re.compile(r"//|/#|/%|/|\^\^?|,,?|@[A-Za-z]|:")


class Expansion(Record):
    """`${name operator operand}`; `operand` is the index where it begins, None without an operator that takes one."""

    name: str
    operator: str
    operand: int | None


def read_name(value: str, start: int, end: int) -> str:
    """The parameter name that follows a `$` at `start`; empty when the dollar is just a dollar."""
    found = _NAME.match(value, start, end)
    return found.group() if found else ""


def read_braces(value: str, start: int, end: int, *, is_bash: bool) -> Expansion | None:
    """What stands between the braces; None for a substitution no shell knows.

    bash's operators are read in either dialect (ash has most of them).
    """
    if (
        value.startswith("#", start)
        and (found := _IN_BRACES.match(value, start + 1, end))
        and found.end() == end
    ):
        return Expansion(found.group(), "length", None)
    if is_bash and value.startswith("!", start) and (found := _IN_BRACES.match(value, start + 1, end)):
        return Expansion(found.group(), "indirect", None)
    name = _IN_BRACES.match(value, start, end)
    if name is None:
        return None
    if name.end() == end:
        return Expansion(name.group(), "", None)
    operator = _OPERATOR.match(value, name.end(), end) or _BASH_OPERATOR.match(value, name.end(), end)
    if operator is None:
        return None
    return Expansion(name.group(), operator.group(), operator.end())
