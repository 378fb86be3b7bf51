"""A program to the same program with the modules that a server imports by a name in a text: `uvicorn.run("app.main:api")`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.syntax.python.expression import Constant
from dfguard.syntax.python.program import Import

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.syntax.python.program import Call, Program

# Source: uvicorn/importer.py@0.38 (import_from_string) and config.py; hypercorn takes its names from elsewhere.
_TAKES_NAME = frozenset({"uvicorn.run", "uvicorn.Config", "uvicorn.main.run", "uvicorn.config.Config"})
_NAME = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):[A-Za-z_][\w.]*")


def with_served(program: Program) -> Program:
    """The modules count as imported at the call; one of the file's own name is this file, read already."""
    found = tuple(
        one for call in program.calls if call.name in _TAKES_NAME for one in _imported(call, program)
    )
    return replace(program, imports=(*program.imports, *found)) if found else program


def _imported(call: Call, program: Program) -> Iterator[Import]:
    given = call.argument(0, "app")
    if given is None or call.argument(None, "app_dir", "**") is not None:
        return
    named = _NAME.fullmatch(str(given.value.value)) if isinstance(given.value, Constant) else None
    own = program.source.path.rpartition("/")[2].removesuffix(".py")
    if named is None or named[1].rpartition(".")[2] == own:
        return
    yield Import(
        named[1],
        None,
        "",
        given.span,
        call.order,
        call.reach,
        is_guarded=call.is_caught,
        is_conditional=call.is_conditional,
        is_main=call.is_main,
        function=call.function,
    )
