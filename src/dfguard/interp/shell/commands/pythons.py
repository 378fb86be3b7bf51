"""python itself: `-m pip` and `-m venv` change the files; what its code loads is followed elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.interp.filesystem import paths
from dfguard.interp.shell.call import Call
from dfguard.interp.shell.commands.installing import may_write
from dfguard.interp.shell.commands.needing import needs_script
from dfguard.interp.shell.registry import command, transfer
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.shell.state import Outcome

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
            return _venv(call, Call(call.walk, call.shell, call.run, rest, call.stdin))
    needs_script(call)
    cwd = known(call.shell.cwd)
    if cwd is not None and cwd != "/":
        may_write(call, (paths.clean(cwd),), f"{call.tool} may have written it")
    for text in words:
        if text and text.startswith("/") and not text.endswith(".py"):
            may_write(call, (paths.clean(text),), f"{call.tool} may have written it")
    call.unsure()
    return call.outcome(None)


def _venv(call: Call, inner: Call) -> Outcome:
    parsed = inner.options(
        "system-site-packages symlinks copies clear upgrade without-pip prompt= upgrade-deps p=,python="
    )
    for operand in call.operands(parsed.operands):
        if operand.path is not None:
            may_write(call, (operand.path,), f"{call.tool} -m venv may have written it")
    return call.outcome(None, status=None)
