"""python itself: `-m pip` and `-m venv` change the files; what its code loads is followed elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.interp.shell import getopt as options
from dfguard.interp.shell.call import Call
from dfguard.interp.shell.commands.needing import needs_script
from dfguard.interp.shell.project_environments import put_environment
from dfguard.interp.shell.reach import apply, may_write_anywhere, may_write_named
from dfguard.interp.shell.reach_tables import row
from dfguard.interp.shell.registry import command, transfer
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.shell.state import Outcome

_QUIET_MODULES = frozenset(
    ["json.tool", "platform", "site", "sysconfig", "http.server", "this", "zipapp", "ensurepip"]
)
_PIP_MODULES = re.compile(r"pip|uv|pipx|poetry|pdm|pipenv|conda")


@command("python", "python2", "python3", "pypy", "pypy3")
def python(call: Call) -> Outcome:
    """`python -m pip ...` is pip; `-m venv DIR` makes DIR; other code may write where it runs."""
    words = call.texts()
    if "-m" in words:
        at = words.index("-m")
        module = words[at + 1] if at + 1 < len(words) else None
        rest = call.arguments[at + 2 :]
        if module and _PIP_MODULES.fullmatch(module):
            function = transfer(module)
            if function is not None:
                return function(Call(call.walk, call.shell, call.run, rest, call.stdin))
        if module in ("venv", "virtualenv"):
            return _venv(call, module, Call(call.walk, call.shell, call.run, rest, call.stdin))
    if needs_script(call) and not (_is_told(words) or module_of(words) in _QUIET_MODULES):
        may_write_named(call, [field for field in call.arguments if _names_data(known(field.value))])
        may_write_anywhere(call)
    call.unsure()
    return call.outcome(None)


def _names_data(text: str | None) -> bool:
    """Whether an argument may be a path that the program writes: neither code nor a file of code."""
    return text is not None and "/" in text and not text.endswith(".py") and len(text.split()) == 1


def _is_told(words: list[str | None]) -> bool:
    """Whether it only says something about itself."""
    return bool(words) and all(word in ("-V", "--version", "-h", "--help", "-VV") for word in words)


def module_of(words: list[str | None]) -> str | None:
    """The module behind `-m`."""
    at = words.index("-m") + 1 if "-m" in words else len(words)
    return words[at] if at < len(words) else None


def _venv(call: Call, module: str, inner: Call) -> Outcome:
    found = row(module, "")
    if found is not None:
        parsed = options.parse(inner.arguments, found.options)
        for operand in call.operands(parsed.operands):
            put_environment(call, operand, is_movable=parsed.has("relocatable"))
        apply(call, found, inner.arguments)
    return call.outcome(None, status=None)


@command("virtualenv")
def virtualenv(call: Call) -> Outcome:
    """`virtualenv DIR` makes DIR."""
    return _venv(call, "virtualenv", call)
