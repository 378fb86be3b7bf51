"""How many modules a text leads through: `python tests/walks.py` prints each way, module by module.

A module is on the way when one of its functions is called. What runs at import (class bodies, decorators) does not count: a way is
gone once before, with another copy of the text.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

import dfguard
from dfguard.config.settings import Settings
from dfguard.core.project import Surroundings
from dfguard.core.source import Source
from dfguard.discover.context_choice import may_come
from dfguard.discover.files import MemoryFiles
from dfguard.discover.repository import Repository
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target

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
    """The files below the package, with `/`, in which a function is called while the action runs."""
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
    """The modules on the way of a Dockerfile with these files beside it, from `check_target` on, with one rule selected."""
    settings = Settings(select=(rule,), platform="docker", shows_maybe=True)
    check_target(_target(text, files or {}), settings)
    return entered(partial(check_target, _target(text, files or {}), settings))


def _target(text: str, files: Mapping[str, str]) -> Target:
    every = {**files, "Dockerfile": text}
    surroundings = Surroundings(Repository(MemoryFiles(every), "Dockerfile"))
    context = InMemoryContext(every, doubt=partial(may_come, surroundings.project))
    return Target(Source("Dockerfile", text), context, surroundings)


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
