"""uv, poetry and their like: the environment they keep for a project, made by whatever they do in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence, softened
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell import getopt
from dfguard.interp.shell.call import Operand
from dfguard.interp.shell.effects.file_actions import make_directory
from dfguard.interp.shell.effects.reach import apply, build_project, may_write, may_write_anywhere, projects
from dfguard.interp.shell.effects.reach_tables import UV, row
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dfguard.interp.shell.call import CommandCall
    from dfguard.interp.shell.expansion.words import Field


ENVIRONMENT = ".venv"
KEEPERS = frozenset(["uv", "poetry", "pipenv", "pdm", "pipx"])
"""The tools whose `run` brings the environment up to date first: https://docs.astral.sh/uv/concepts/projects/sync."""
MARK = "pyvenv.cfg"
"""The file that makes a folder a virtual environment, https://peps.python.org/pep-0405/."""
_UV_MAKES = frozenset(["sync", "add", "run"])
_UV_LEAVES = frozenset(["--active", "--no-project", "--no-sync", "--dry-run", "--script", "--isolated"])
_INSTALLS = frozenset(["sync", "install", "add", "remove", "update", "run"])
_LEAVES_PROJECT = frozenset(["--no-install-project", "--no-root", "--no-self", "--no-project", "--only-deps"])


def make_environment(call: CommandCall, arguments: Sequence[Field], tool: str, verb: str) -> None:
    """What a verb of such a tool writes: what its row says, and the environment beside the project file, which may lie
    above the folder that the tool runs in.
    """
    if tool not in KEEPERS:
        if not tool.endswith(("conda", "mamba")):
            may_write_anywhere(call)
        return
    base, words = _base(call, arguments), {known(field.value) for field in arguments}
    found = row(tool, verb)
    if tool == "uv" and verb in _UV_MAKES and not words & _UV_LEAVES:
        _put_of_project(call, base)
    elif tool == "uv" and verb == "venv":
        _put_named(call, arguments, is_movable="--relocatable" in words)
    if found is not None:
        apply(call, found, arguments, base)
    if verb in _INSTALLS:
        may_write(
            call, [paths.below(folder, ENVIRONMENT) for folder in projects(call, "pyproject.toml", base)]
        )
        if not words & _LEAVES_PROJECT:
            build_project(call, base or known(call.shell.cwd))


def _put_of_project(call: CommandCall, base: str | None) -> None:
    """`uv sync`: the environment of the one project that it can mean, where UV_PROJECT_ENVIRONMENT says or in `.venv`."""
    folders = projects(call, "pyproject.toml", base)
    where = call.shell.look("UV_PROJECT_ENVIRONMENT")
    name = ENVIRONMENT if where is None else known(where)
    if len(folders) != 1 or name is None:
        return
    manifest = call.files.resolve(paths.below(folders[0], "pyproject.toml"))
    if manifest.presence is Presence.PRESENT:
        path = paths.clean(name, folders[0])
        put_environment(call, Operand(call.place, path, path))


def _put_named(call: CommandCall, arguments: Sequence[Field], *, is_movable: bool) -> None:
    """`uv venv [DIR]`: DIR, else `.venv` here, or in a folder above where the project may lie."""
    parsed = getopt.parse(arguments, UV)
    folders = projects(call, "pyproject.toml")
    if len(parsed.operands) > 1:
        put_environment(call, call.operand(parsed.operands[1]), is_movable=is_movable)
    elif call.shell.look("UV_PROJECT_ENVIRONMENT") is not None or len(folders) != 1:
        for folder in folders:
            path = paths.below(folder, ENVIRONMENT)
            why = "which folder is the project's is not known"
            put_environment(
                call, Operand(call.place, path, path, is_certain=False, why=why), is_movable=is_movable
            )
    else:
        here = known(call.shell.cwd)
        at = paths.clean(ENVIRONMENT, here) if here is not None else None
        put_environment(call, Operand(call.place, at, at), is_movable=is_movable)


def put_environment(call: CommandCall, operand: Operand, *, is_movable: bool = False) -> None:
    """A virtual environment at a path, https://docs.python.org/3/library/venv.html#how-venvs-work. The marks of one whose
    scripts name its place are left out when it `is_movable` (`--relocatable`).
    """
    if operand.path is None:
        return
    make_directory(call, operand, parents=True)
    is_movable = is_movable or call.shell.look("UV_VENV_RELOCATABLE") is not None
    for name in () if is_movable else (MARK, "bin/activate"):
        path = paths.below(call.files.real(operand.path), name)
        mark = Entry(
            path, EntryKind.FILE, Presence.PRESENT, written_by=operand.place, because=operand.because
        )
        call.files = call.files.put(
            mark if operand.is_certain else softened(mark, because(Cause.NOT_FOLLOWED, operand.why))
        )
    may_write(call, (operand.path,))


def _base(call: CommandCall, arguments: Sequence[Field]) -> str | None:
    """The folder that `--directory` or `--project` names; None for the working directory."""
    parsed = getopt.parse(arguments, f"{UV} C=")
    for name in ("directory", "project", "C"):
        field = parsed.value(name)
        if field is not None:
            return call.operand(field).path
    return None
