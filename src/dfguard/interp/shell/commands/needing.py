"""The files that a command cannot do without: it fails when one of them is proven to be missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.interp.shell.call import Call, Operand
    from dfguard.interp.shell.words import Field

_PYTHON_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg")
# The options of CPython that take the next word, https://docs.python.org/3/using/cmdline.html.
_PYTHON_VALUES = frozenset({"-W", "-X", "--check-hash-based-pycs"})


def needs(call: Call, operand: Operand, code: int = 1) -> bool:
    """Whether the command can go on: it fails when the file or directory that it is told to read is not there."""
    if operand.path is None or not operand.is_certain:
        return True
    if call.files.resolve(operand.path).presence is not Presence.ABSENT:
        return True
    call.fail(f"{operand.path} does not exist", code)
    return False


def needs_one_of(call: Call, names: Iterable[str]) -> None:
    """A tool that works on the project in the working directory fails when none of its files is there."""
    folder = known(call.shell.cwd)
    if folder is None:
        return
    every = tuple(names)
    if all(call.files.resolve(paths.clean(name, folder)).presence is Presence.ABSENT for name in every):
        call.fail(f"{folder} has no {' or '.join(every)}")


def needs_python_project(call: Call, field: Field) -> None:
    """`pip install ./folder` and `pip install file.whl`: the file, or the folder with a project in it, has to be there.

    Source: https://pip.pypa.io/en/stable/topics/local-project-installs/.
    """
    operand = call.operand(field)
    text = (operand.text or "").partition("[")[0].removeprefix("file://")
    is_file = text.endswith((".whl", ".tar.gz", ".zip"))
    is_folder = text in (".", "..") or text.startswith(("./", "../", "/"))
    if "://" in text or " " in text or not (is_file or is_folder):
        return
    folder = known(call.shell.cwd)
    if folder is None and not text.startswith("/"):
        return
    path = paths.clean(text, folder or "/")
    entry = call.files.resolve(path)
    if entry.presence is Presence.ABSENT or (text.endswith(".whl") and entry.is_left_to_the_base):
        call.fail(f"{path} does not exist")
    elif not is_file and all(
        call.files.resolve(paths.clean(name, path)).presence is Presence.ABSENT for name in _PYTHON_PROJECT
    ):
        call.fail(f"{path} has no {' or '.join(_PYTHON_PROJECT[:2])}")


def needs_script(call: Call) -> bool:
    """`python FILE`: whether it goes on; the interpreter stops with 2 when it cannot open the file."""
    is_value = False
    for field, text in zip(call.arguments, call.texts(), strict=True):
        if text is None or text in ("-c", "-m", "-", "-V", "--version", "-h", "--help"):
            return True
        if is_value or text.startswith("-"):
            is_value = not is_value and text in _PYTHON_VALUES
            continue
        return needs(call, call.operand(field), 2)
    return True
