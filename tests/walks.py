"""How many modules a text leads through: `python tests/walks.py` prints each way, module by module.

A module is on the way when one of its functions is called; its class bodies and decorators, which run at import, do not count: a
way is gone twice and looked at the second time.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import dfguard
from dfguard.checks.registry import find
from dfguard.testing import findings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

ROOT = os.path.dirname(dfguard.__file__) + os.sep
MKDIR = "FROM x\nRUN mkdir a\n"
SERVED = 'FROM python:3.11\nCOPY handler.py /\nCMD ["python", "/handler.py"]\n'
HANDLER = """\
import runpod
import whisper

def handler(job):
    model = whisper.load_model('base')
    return model.transcribe(job['input']['audio'])

runpod.serverless.start({'handler': handler})
"""
PYTHON = (
    "syntax/python/",
    "syntax/embedded/",
    "interp/python/",
    "interp/loads/",
    "interp/runtime/",
    "analysis/",
    "checks/",
)
"""The rooms that read Python and say what it loads."""


def entered(action: Callable[[], object]) -> set[str]:
    """The files below the package, with `/`, in which a function is called while the action runs for the second time."""
    action()
    found: set[str] = set()

    def called(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(ROOT):
            found.add(frame.f_code.co_filename.removeprefix(ROOT).replace(os.sep, "/"))

    sys.setprofile(called)
    try:
        action()
    finally:
        sys.setprofile(None)
    return found


def way(rule: str, text: str, files: Mapping[str, str] | None = None) -> set[str]:
    """The modules on the way of a Dockerfile with these files beside it to what one rule says of it."""
    (chosen,) = find(rule)
    return entered(lambda: findings(chosen, text, files or {}, "Dockerfile", {}))


def mkdir() -> set[str]:
    """FROM, `RUN mkdir`, one rule."""
    return way("DFG201", MKDIR)


def handler() -> set[str]:
    """What eight lines of a worker add to that on their way to DFG304, in the rooms for Python."""
    return {
        name for name in way("DFG304", SERVED, {"handler.py": HANDLER}) - mkdir() if name.startswith(PYTHON)
    }


if __name__ == "__main__":
    for name, found in (("mkdir", mkdir()), ("handler", handler())):
        print(f"{name}: {len(found)} modules")  # noqa: T201  it is a script as well
        print("".join(f"  {module}\n" for module in sorted(found)), end="")  # noqa: T201  see above
