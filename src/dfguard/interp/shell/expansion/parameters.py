"""`$NAME`, `${NAME…}` and `$((…))` to values, as POSIX shells and bash expand them.

Source: POSIX.1-2024 XCU 2.6.2 and 2.6.4; bash reference manual "Shell Parameter Expansion".
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.numbers import is_number, whole_number
from dfguard.core.patterns import matches_shell
from dfguard.interp.values import EMPTY, Known, OneOf, Unknown, join, known, merge_because, texts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.core.source import Span
    from dfguard.interp.shell.state import Shell
    from dfguard.interp.values import Value


LONGEST_TRIMMED = 2048
UNKNOWN_ARGUMENTS = "which positional parameters are left is not known"
_OWN = frozenset(
    """
    RANDOM SECONDS HOSTNAME LINENO PPID IFS OPTIND PS1 PS2 PS4 _ SHLVL BASH BASHOPTS BASHPID BASH_VERSION
    BASH_VERSINFO BASH_SOURCE BASH_SUBSHELL BASH_COMMAND EPOCHSECONDS EPOCHREALTIME EUID UID GROUPS FUNCNAME
    HOSTTYPE MACHTYPE OSTYPE PIPESTATUS SHELLOPTS SHELL SRANDOM TERM
    """.split()
)
"""What some shell sets by itself. Source: POSIX.1-2024 XCU 2.5.3, bash reference manual "Bash Variables", 2026-12-01."""
_FROM_OUTSIDE = frozenset(f"{name}_proxy" for name in ("http", "https", "ftp", "no", "all"))
"""What a build may be given without an ARG (lower or upper case). Source: docs.docker.com/reference/dockerfile
"Predefined ARGs", 2026-12-01.
"""


class ShellError(Exception):
    """An expansion that ends the shell: `set -u` and an unset name, or `${NAME:?message}`.

    `unset` is the name that `set -u` refuses, empty in the other case; `span` is the expansion in the walked text.
    """

    def __init__(self, why: str, unset: str = "") -> None:
        """Keep why; the shell exits with status 2."""
        super().__init__(why)
        self.why = why
        self.unset = unset
        self.span: Span | None = None


def special(name: str, shell: Shell) -> Value | None:
    """The value of a name that is no variable: `$?`, `$#`, `$0`, `$1` ...; None for ordinary names."""
    if is_number(name):
        number = whole_number(name)
        if number == 0:
            return Known(shell.name)
        if number is None:
            return EMPTY
        if shell.arguments is None:
            return Unknown(UNKNOWN_ARGUMENTS)
        return shell.arguments[number - 1] if number <= len(shell.arguments) else EMPTY
    match name:
        case "?":
            is_known = shell.status is not None and shell.status >= 0
            return Known(str(shell.status)) if is_known else Unknown("the last exit status is not known")
        case "#":
            is_known = shell.arguments is not None
            return Known(str(len(shell.arguments or ()))) if is_known else Unknown(UNKNOWN_ARGUMENTS)
        case "@" | "*":
            return joined_arguments(shell)
        case "$" | "!" | "-":
            return Unknown(f"${name} differs from run to run")
        case "PWD":
            return shell.variables.get("PWD", shell.cwd)
        case "HOME":
            return shell.home
    if name in _OWN:
        return shell.variables.get(name, Unknown(f"${name} differs from run to run"))
    if name.lower() in _FROM_OUTSIDE:
        return shell.variables.get(
            name, Unknown(f"the build may be given {name}") if shell.options.nounset else None
        )
    return None


def joined_arguments(shell: Shell) -> Value:
    """All positional parameters with a blank between them."""
    if shell.arguments is None:
        return Unknown(UNKNOWN_ARGUMENTS)
    texts = [known(value) for value in shell.arguments]
    if any(text is None for text in texts):
        return Unknown("a positional parameter is not known")
    because = merge_because(*(value.because for value in shell.arguments))
    return Known(" ".join(text for text in texts if text is not None), because)


def plain(name: str, shell: Shell) -> Value | None:
    """The value of a parameter without operator; None when it is not set."""
    if "[" in name:
        return Unknown("arrays are not followed")
    found = special(name, shell)
    return found if found is not None else shell.look(name)


def needed(name: str, shell: Shell) -> Value:
    """The value of a parameter that may be empty; raise ShellError where `set -u` wants it set."""
    value = plain(name, shell)
    if value is None and shell.options.nounset:
        raise ShellError(f"{name} is not set", name)
    return EMPTY if value is None else value


def with_operator(name: str, operator: str, operand: Callable[[], Value], shell: Shell) -> Value:
    """The value of `${name operator operand}`; the operand is expanded only when it is used. May set the variable."""
    value = plain(name, shell)
    if operator.lstrip(":") in ("-", "=", "+", "?") and operator not in ("", ":"):
        return _conditional(name, operator, value, operand, shell)
    value = needed(name, shell)
    if operator == "length":
        return _mapped(value, lambda text: str(len(text)))
    if operator == ":":
        return _substring(value, operand())
    change = _CHANGES.get(operator)
    if change is None:
        return Unknown(f"${{{name}{operator}}} is not followed", value.because)
    argument = operand() if operator[0] in "#%/" else EMPTY
    text = known(argument)
    if text is None:
        return Unknown("its pattern is not known", merge_because(value.because, argument.because))
    return _mapped(value, lambda inner: change(inner, text))


def _conditional(
    name: str, operator: str, value: Value | None, operand: Callable[[], Value], shell: Shell
) -> Value:
    texts = () if value is None else texts_of(value)
    counts_empty = operator.startswith(":")
    sign = operator[-1]
    if texts is None:
        if sign == "?":
            return value or EMPTY
        default = operand()
        if sign == "+":
            return join(EMPTY, default)
        return join(value, default) if value is not None else default
    is_set = bool(texts) and not (counts_empty and "" in texts)
    if sign == "+":
        return operand() if is_set else EMPTY
    if is_set and value is not None:
        return value
    if sign == "?":
        raise ShellError(f"{name}: {known(operand()) or 'it is not set'}")
    default = operand()
    if sign == "=":
        shell.assign(name, default)
    return default


def _mapped(value: Value, change: Callable[[str], str]) -> Value:
    texts = texts_of(value)
    if texts is None:
        return Unknown(getattr(value, "why", ""), value.because)
    if any(len(text) > LONGEST_TRIMMED for text in texts):
        return Unknown("it is too long to be cut", value.because)
    changed = tuple(sorted({change(text) for text in texts}))
    return Known(changed[0], value.because) if len(changed) == 1 else OneOf(changed, value.because)


def _substring(value: Value, operand: Value) -> Value:
    numbers = (known(operand) or "").split(":")
    try:
        start, *rest = [int(arithmetic(number.strip() or "0", lambda _: None)) for number in numbers]
    except (ValueError, ArithmeticError):
        return Unknown("its offset is not known", value.because)

    def cut(text: str) -> str:
        first = max(0, len(text) + start) if start < 0 else start
        if not rest:
            return text[first:]
        return text[first : first + rest[0]] if rest[0] >= 0 else text[first : rest[0]]

    return _mapped(value, cut)


def _without_prefix(text: str, pattern: str, *, longest: bool) -> str:
    ends = range(len(text), -1, -1) if longest else range(len(text) + 1)
    return next((text[end:] for end in ends if matches_shell(pattern, text[:end])), text)


def _without_suffix(text: str, pattern: str, *, longest: bool) -> str:
    starts = range(len(text) + 1) if longest else range(len(text), -1, -1)
    return next((text[:start] for start in starts if matches_shell(pattern, text[start:])), text)


def _replaced(text: str, operand: str, *, everywhere: bool) -> str:
    pattern, _, replacement = operand.partition("/")
    if not pattern:
        return text
    done, at = "", 0
    while at < len(text):
        end = next((e for e in range(len(text), at, -1) if matches_shell(pattern, text[at:e])), None)
        if end is None:
            done += text[at]
            at += 1
            continue
        done, at = done + replacement, end
        if not everywhere:
            break
    return done + text[at:]


_CHANGES: dict[str, Callable[[str, str], str]] = {
    "#": lambda text, pattern: _without_prefix(text, pattern, longest=False),
    "##": lambda text, pattern: _without_prefix(text, pattern, longest=True),
    "%": lambda text, pattern: _without_suffix(text, pattern, longest=False),
    "%%": lambda text, pattern: _without_suffix(text, pattern, longest=True),
    "/": lambda text, operand: _replaced(text, operand, everywhere=False),
    "//": lambda text, operand: _replaced(text, operand, everywhere=True),
    "^": lambda text, _: text[:1].upper() + text[1:],
    "^^": lambda text, _: text.upper(),
    ",": lambda text, _: text[:1].lower() + text[1:],
    ",,": lambda text, _: text.lower(),
}


@cache
def _token() -> re.Pattern[str]:
    return re.compile(
        r"\s*(?:(0[xX][0-9a-fA-F]{1,15}|\d{1,18})(?!\w)|\$?\{?([A-Za-z_]\w*)\}?|(==|!=|<=|>=|&&|\|\||[-+*/%()<>!]))",
        re.ASCII,
    )


_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))
_DEEPEST = 40


def arithmetic(text: str, look: Callable[[str], Value | None]) -> int:
    """The value of an arithmetic expression whose variables `look` gives (None: not set, which counts as 0).

    Raises ValueError for what is not understood or not known, ArithmeticError for `1/0`.
    """
    tokens: list[str] = []
    at = 0
    while text[at:].strip():
        found = _token().match(text, at)
        if found is None:
            raise ValueError(text)
        if found[2]:
            content = look(found[2])
            number = known(content) if content is not None else "0"
            if number is None or not re.fullmatch(r"-?\d{1,18}", number or "0", re.ASCII):
                raise ValueError(text)
            tokens += ["(", *(["0", "-"] if number.startswith("-") else []), (number or "0").lstrip("-"), ")"]
        else:
            tokens.append(found[1] or found[3])
        at = found.end()
    value, rest = _level(tokens, 0, 0)
    if rest:
        raise ValueError(text)
    return value


def _level(tokens: list[str], level: int, depth: int) -> tuple[int, list[str]]:
    if level == len(_LEVELS):
        return _operand(tokens, depth)
    left, tokens = _level(tokens, level + 1, depth)
    while tokens and tokens[0] in _LEVELS[level]:
        operator, tokens = tokens[0], tokens[1:]
        right, tokens = _level(tokens, level + 1, depth)
        left = _combined(left, operator, right)
    return left, tokens


def _operand(tokens: list[str], depth: int) -> tuple[int, list[str]]:
    if not tokens or depth > _DEEPEST:
        raise ValueError("an operand is missing")
    first, rest = tokens[0], tokens[1:]
    if first == "(":
        value, rest = _level(rest, 0, depth + 1)
        if rest[:1] != [")"]:
            raise ValueError("a bracket is open")
        return value, rest[1:]
    if first in ("-", "+", "!"):
        value, rest = _operand(rest, depth + 1)
        return {"-": -value, "+": value, "!": int(not value)}[first], rest
    if first.lower().startswith("0x"):
        return int(first, 16), rest
    return int(first, 8) if len(first) > 1 and first.startswith("0") else int(first), rest


def _combined(left: int, operator: str, right: int) -> int:
    if operator in ("/", "%"):
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return quotient if operator == "/" else left - quotient * right
    return {
        "||": int(bool(left or right)),
        "&&": int(bool(left and right)),
        "==": int(left == right),
        "!=": int(left != right),
        "<": int(left < right),
        ">": int(left > right),
        "<=": int(left <= right),
        ">=": int(left >= right),
        "+": left + right,
        "-": left - right,
        "*": left * right if abs(left) < 1 << 62 and abs(right) < 1 << 62 else 0,
    }[operator]
