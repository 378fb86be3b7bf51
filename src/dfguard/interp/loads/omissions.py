"""An argument of a call to whether it may be empty: left out, None, "", or what a request need not give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.python.evaluation import evaluate
from dfguard.interp.values import known
from dfguard.syntax.python.program import Choice, Code, Constant

if TYPE_CHECKING:
    from dfguard.interp.python.evaluation import Scope
    from dfguard.syntax.python.program import Argument, Call, Expression, Program

_TIDIES = (".strip()", ".lower()")


def may_be_empty(argument: Argument | None, call: Call, program: Program, scope: Scope) -> bool:
    """Whether a run may come to the call with that argument empty; False when nothing says so.

    A request may leave out what is read with `.get(name)` or `.get(name, "")`, unless the program stops without it.
    """
    if argument is None:
        return not any(a.keyword in {"*", "**"} for a in call.arguments)
    value = evaluate(argument.value, scope)
    return value is None or known(value) == "" or _may_lack(argument.value, program)


def _may_lack(expression: Expression, program: Program) -> bool:
    match expression:
        case Constant(value):
            return value is None or value == ""
        case Choice(options, condition, False):
            is_tested = condition.isidentifier()  # `x if x else y`: what is left out is y
            return any(
                _may_lack(o, program) for o in options[:-1] if not is_tested or isinstance(o, Constant)
            ) or _may_lack(options[-1], program)
        case Code(written):
            return _is_optional(written, program)
    return False


def _is_optional(text: str, program: Program) -> bool:
    for tidy in _TIDIES:
        text = text.removesuffix(tidy)
    source = program.source.text
    for call in program.calls:
        if not call.name.endswith(".get") or source[call.span.start : call.span.end] != text:
            continue
        names = [a.value.value for a in call.arguments[:1] if isinstance(a.value, Constant)]
        default = call.argument(1, "default")
        is_empty = default is None or _may_lack(default.value, program)
        return is_empty and bool(names) and not any(str(names[0]) in r.source for r in program.requirements)
    return False
