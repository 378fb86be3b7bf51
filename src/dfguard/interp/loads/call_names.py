"""A call to the further names it may go by: those of classes that are handed in, and that from outside the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.remembering import by_identity
from dfguard.interp.filesystem import paths
from dfguard.syntax.python.program import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.python.evaluation import Scope
    from dfguard.syntax.python.program import Call, Program


def beside(call: Call, program: Program, scope: Scope) -> Iterator[str]:
    """The full name of a call into a module beside the file, where that is no module that was read: a program which was
    put into the clone of a package (`src/f5_tts/handler.py`) says `api.F5TTS` for `f5_tts.api.F5TTS`.
    """
    module, dot, _ = call.name.partition(".")
    if not dot or scope.path is None or scope.is_read(module):
        return
    package = paths.parent(scope.path).rpartition("/")[2]
    if package.isidentifier() and any(found.module == module for found in program.imports):
        yield f"{package}.{call.name}"


def handed_in(call: Call, program: Program) -> Iterator[str]:
    """The names of `cls.method` in a function to which imported classes are handed: `fetch(AutoModel, "org/name")`."""
    owner, _, method = call.name.rpartition(".")
    if call.function is None or not owner.isidentifier():
        return
    yield from (f"{name}.{method}" for name in _handed_over(program).get(call.function, ()))


@by_identity(64)
def _handed_over(program: Program) -> dict[str, list[str]]:
    """The functions that are called with names as arguments, and these names in the order of the calls."""
    found: dict[str, list[str]] = {}
    for call in program.calls:
        for argument in call.arguments:
            if isinstance(argument.value, Result) and argument.value.order is None:
                found.setdefault(call.name, []).append(argument.value.name)
    return found
