"""A call that fetches an address to the file in which its function puts the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.python.program import Constant

if TYPE_CHECKING:
    from dfguard.syntax.python.program import Argument, Call, Program


def saved_to(call: Call, program: Program) -> Argument | None:
    """The path to which a function writes what it fetched: that of the one file which it opens to write bytes, where it
    fetches nothing else (`requests.get(url)`, `open(path, "wb")`).
    """
    near = [one for one in program.calls if one.function == call.function and one.order > call.order]
    files = [one for one in near if one.name == "open" and _is_for_bytes(one)]
    if call.function is None or len(files) != 1 or any(one.name == call.name for one in near):
        return None
    return files[0].argument(0, "file")


def _is_for_bytes(call: Call) -> bool:
    mode = call.argument(1, "mode")
    return mode is not None and mode.value == Constant("wb")
