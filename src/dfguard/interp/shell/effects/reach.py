"""Where a program may write. The rule of the house for absence: a program writes only where its arguments say, or in the
folders that the tables below give it; a program of which no table and no transfer function speaks may write anywhere,
and behind it nothing is surely absent. What runs code of the project (`npm run`, `make`, `cargo build`) is of that kind.

The tables: `reach_tables`. A command with a transfer function of its own (`cp`, `tar`, `curl`, see
`registry`) says there what it writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.contents import LanguageContents, PackageContents, common
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell import getopt
from dfguard.interp.shell.effects.reach_tables import HARMLESS, LANGUAGES, NAMED, TENDS, row
from dfguard.interp.shell.state import Outcome
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dfguard.interp.filesystem.events import Contents
    from dfguard.interp.reasons import Why
    from dfguard.interp.shell.call import CommandCall
    from dfguard.interp.shell.effects.reach_tables import WriteReach
    from dfguard.interp.shell.expansion.words import Field
    from dfguard.interp.shell.getopt import Parsed


PLAIN_BACKENDS = (
    "hatchling",
    "poetry.core",
    "poetry-core",
    "flit_core",
    "setuptools",
    "pdm.backend",
    "uv_build",
)
"""Build back ends of PyPA and of the tools: without a setup.py or a hook they write in the project's folder only."""
_HOOKS = ("hooks", "cmdclass", "build.py", "build_script", "tool.poetry.build", "backend-path")
_AWKS = frozenset(["awk", "gawk", "mawk", "nawk"])
LIFECYCLE = ("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare")
"""The scripts of package.json that `npm install` runs, https://docs.npmjs.com/cli/v11/using-npm/scripts."""


def may_write(
    call: CommandCall, folders: Iterable[str], why: Why | None = None, contents: Contents | None = None
) -> None:
    """Anything may come to be at these paths and below them, but for what `contents` surely lacks."""
    reason = why or because(Cause.WRITTEN, call.tool)
    for folder in folders:
        call.files = call.files.havoc(folder, reason, contents=contents)


def may_write_anywhere(call: CommandCall, why: Why | None = None) -> None:
    """Nothing is surely absent any more; where the program stands it is all the more likely to have written."""
    call.walk.opaque(call.shell, why or because(Cause.MADE, call.tool))


def unmodelled(call: CommandCall) -> None:
    """The effects of a command without a transfer function."""
    if call.tool in HARMLESS:
        return
    found = row(call.tool, _verb(call.arguments))
    if found is not None:
        apply(call, found, call.arguments)
    if found is None or call.tool in NAMED:
        may_write_named(call)
    if call.tool in NAMED or _only_prints(call):
        folder = known(call.shell.cwd)
        if folder is not None:
            call.files = call.files.havoc_below(
                folder, because(Cause.MADE, call.tool), is_shallow=folder == "/"
            )
    elif found is None:
        may_write_anywhere(call)


def _only_prints(call: CommandCall) -> bool:
    """Whether an awk program writes no file and starts no other: it has neither a redirection, nor a pipe, nor `system`."""
    if call.tool not in _AWKS or None in call.texts():
        return False
    return not any(
        mark in (text or "") for text in call.texts() for mark in (">", "|", "system", "-f", "inplace")
    )


def may_write_named(call: CommandCall, arguments: Sequence[Field] | None = None) -> None:
    """The paths that the arguments name may be written, new names beside a file that is named (`ssh-keygen -f key` makes
    key.pub, too).
    """
    why = because(Cause.MADE, call.tool)
    for field in call.arguments if arguments is None else arguments:
        for path in _named(call, field):
            if call.files.resolve(path).kind is not EntryKind.DIRECTORY:
                call.files = call.files.havoc_below(paths.parent(path), why, is_shallow=True)
            call.files = call.files.havoc(path, why, overwrites=True)


def _named(call: CommandCall, field: Field) -> Iterator[str]:
    """The paths that one argument names: itself, behind `=`, behind the letter of an option; not `/` itself."""
    for operand in call.operands([field]):
        if operand.path is None:
            call.blur(operand, operand.why)
            continue
        text = operand.text or ""
        _, equals, value = text.partition("=")
        if equals:
            text = value
        elif text.startswith("-"):
            text = text[2:] if not text.startswith("--") else ""
        folder = known(call.shell.cwd)
        if not text or "://" in text or (folder is None and not text.startswith("/")):
            continue
        path = paths.clean(text, folder or "/")
        if path != "/" and ("/" in text or call.files.look(path).presence is not Presence.ABSENT):
            yield path


def _verb(arguments: Sequence[Field]) -> str:
    return next((t for f in arguments if (t := known(f.value)) and not t.startswith("-")), "")


def apply(
    call: CommandCall,
    reach: WriteReach,
    arguments: Sequence[Field],
    base: str | None = None,
    *,
    why: Why | None = None,
    contents: Contents | None = None,
) -> Parsed:
    """Let a package tool write where its row says. `arguments` are all behind the program's name; relative paths count
    from `base` (None: the working directory). `contents` says what it surely does not write. Gives the arguments taken apart, the
    verb among the operands.
    """
    parsed = getopt.parse(arguments, reach.options)
    into = [field for name in reach.into.split() for field in parsed.values(name)]
    also = [field for name in reach.also.split() for field in parsed.values(name)]
    named = parsed.operands[reach.skips :]
    chosen = {"all": named, "first": named[:1], "last": named[-1:] if len(named) > 1 else ()}
    written = chosen.get(reach.operands, ())
    for field in (*into, *also, *written):
        _write_operand(call, field, base, why)
    folders = list(reach.always)
    if not into and not written:
        folders += reach.usual
    if contents is None:
        contents = _unwritten(call, parsed)
    may_write(call, dict.fromkeys(_folders(call, folders, base)), why, contents)
    if reach.is_open:
        may_write_anywhere(call)
    return parsed


def _unwritten(call: CommandCall, parsed: Parsed) -> Contents | None:
    """What the package manager of a language, or a program that tends what is there, surely does not bring to the image's distribution."""
    base = call.walk.state.base
    if base is None or not base.system:
        return None
    if call.tool in TENDS:
        return PackageContents(base.system)
    if call.tool.rstrip("0123456789.") not in LANGUAGES:
        return None
    words = (known(field.value) for field in parsed.operands)
    named = (package.name for package in call.shell.packages)
    return LanguageContents(base.system, common(word for word in (*words, *named) if word))


def _write_operand(call: CommandCall, field: Field, base: str | None, why: Why | None) -> None:
    for operand in call.operands([field]):
        path = operand.path
        if operand.text is not None and base is not None:
            path = paths.clean(operand.text, base)
        if path is not None:
            may_write(call, (path,), why)
        else:
            call.blur(operand, operand.why)


def _folders(call: CommandCall, words: Iterable[str], base: str | None) -> Iterator[str]:
    """`.` and relative paths from the base, `~` of HOME, `$NAME` as the variable says, `@tool` around the program itself,
    `@path` around the programs that PATH names first.
    """
    here, home = base or known(call.shell.cwd), known(call.shell.home)
    for word in words:
        if word.startswith("/"):
            yield word
        elif word.startswith("~"):
            if home:
                yield paths.clean(f".{word[1:]}", home)
        elif word.startswith("$"):
            yield from _of_variable(call, word[1:], here)
        elif word == "@tool":
            name = known(call.run.words[0]) if call.run.words else None
            if name and "/" in name and (here or name.startswith("/")):
                yield paths.parent(paths.parent(paths.clean(name, here or "/")))
        elif word == "@path":
            yield from _around_programs(call)
        elif here is not None:
            yield from _here(paths.clean(word, here))


def _here(folder: str) -> Iterator[str]:
    if folder != "/":
        yield folder


def _of_variable(call: CommandCall, word: str, here: str | None) -> Iterator[str]:
    name, _, below = word.partition("/")
    value = call.shell.look(name)
    text = known(value) if value is not None else None
    if text and (text.startswith("/") or here is not None):
        yield from _here(paths.clean(f"{text}/{below}", here or "/"))


def _around_programs(call: CommandCall) -> Iterator[str]:
    value = call.shell.look("PATH")
    for folder in (known(value) or "").split(":") if value is not None else ():
        above = paths.parent(paths.clean(folder)) if folder.startswith("/") else "/"
        if above not in ("/", "/usr", "/usr/local"):
            yield above


def projects(call: CommandCall, marker: str, base: str | None = None) -> tuple[str, ...]:
    """The folders in which a tool that looks upwards for `marker` may find it, nearest first: the working directory, and
    those above it where the marker may be.
    """
    here = base or known(call.shell.cwd)
    if here is None:
        return ()
    above = (f for f in paths.ancestors(here) if f != "/")
    may_be = (f for f in above if call.files.resolve(paths.below(f, marker)).presence is not Presence.ABSENT)
    return (here, *may_be)


def build_project(call: CommandCall, folder: str | None) -> None:
    """A Python project is built: its own build code may write anywhere, unless it evidently has none."""
    if folder is None or not _is_plain_project(call, folder):
        may_write_anywhere(call)
    else:
        may_write(call, _here(folder))


def _is_plain_project(call: CommandCall, folder: str) -> bool:
    if call.files.resolve(paths.below(folder, "setup.py")).presence is not Presence.ABSENT:
        return False
    content = call.files.resolve(paths.below(folder, "pyproject.toml")).content
    if content is None or any(word in content.value for word in _HOOKS):
        return False
    return "build-backend" not in content.value or any(name in content.value for name in PLAIN_BACKENDS)


def install_node_project(call: CommandCall, folder: str | None) -> None:
    """`npm ci` and its like in a folder: its package.json may have scripts that run then."""
    manifest = call.files.resolve(paths.below(folder, "package.json")) if folder else None
    content = manifest.content if manifest is not None else None
    if content is None or any(f'"{name}"' in content.value for name in LIFECYCLE):
        may_write_anywhere(call)


SETTERS = frozenset(["mapfile", "readarray", "coproc", "select"])
"""Builtins of bash that set variables, and are not followed."""


def unknown_command(call: CommandCall) -> Outcome:
    """A command without a transfer function: what it may write is said in `reach`, how it ends is not known."""
    unmodelled(call)
    if call.tool in SETTERS:
        call.shell.is_open = True
    return Outcome(None)
