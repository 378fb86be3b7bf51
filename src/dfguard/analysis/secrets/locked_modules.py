"""Where a checksum database is switched off to whether a lock file in the same stage still checks what is downloaded."""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dfguard.core.context import Kind
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.analysis.text.outline import Outline, Section, Site
    from dfguard.core.context import BuildContext
    from dfguard.interp.state.model import CopySource, Step
    from dfguard.syntax.shell.calls import Call

_DEEPEST = 4
"""How many folders below a copied one are searched for a lock file."""
_PROGRAM = "go"
_TAKING = frozenset(["install", "get", "run"])
"""Subcommands of go that take modules in a version which no go.sum has."""


def is_locked(outline: Outline, context: BuildContext, site: Site, lock: str) -> bool:
    """Whether every stage that runs go where the instruction counts has a lock file of that name, and takes no module
    beside it (`go install a@v1` looks at no go.sum).
    """
    calls = [pair for pair in outline.calls(_PROGRAM) if _reaches(site, pair[0])]
    if any(_takes_others(call) for _, call in calls):
        return False
    users = {id(user.section): user.section for user, _ in calls}
    sections = list(users.values()) or [s for s in outline.stages if _is_below(s, site.section)]
    has_lock = [any(_brings(outline, context, part, lock) for part in section.chain) for section in sections]
    return bool(has_lock) and (all(has_lock) if users else any(has_lock))


def _reaches(site: Site, user: Site) -> bool:
    if site.instruction.keyword == "RUN":
        return user.instruction is site.instruction
    return _is_below(user.section, site.section) and (
        user.section is not site.section or user.outer.index > site.outer.index
    )


def _is_below(section: Section, base: Section) -> bool:
    return base.stage is None or any(part is base for part in section.chain)


def _takes_others(call: Call) -> bool:
    words = [word for word, _ in call.operands()]
    return bool(words) and words[0] in _TAKING and (any("@" in word for word in words) or call.has("-u"))


def _brings(outline: Outline, context: BuildContext, section: Section, lock: str) -> bool:
    """Whether an instruction of a stage brings the lock file, or may do so: it was not played, or nobody knows where a mount
    of it lies.
    """
    for instruction in section.instructions:
        step = outline.step_of(instruction)
        if step is None:
            if instruction.keyword in {"COPY", "ADD"}:
                return True
            continue
        mounts = sum(flag.name == "mount" for flag in instruction.flags)
        if mounts > len(step.effects.mounts) or any(
            _holds(context, step, copy, lock) for copy in step.effects.copies
        ):
            return True
    return False


def _holds(context: BuildContext, step: Step, copy: CopySource, lock: str) -> bool:
    """Whether a source of COPY, ADD or a bind mount is the lock file or a folder that has one."""
    if copy.is_missing:
        return False
    name = posixpath.basename(known(copy.pattern) or "*")
    if any(posixpath.basename(path) == lock for path in copy.matched) or name == lock:
        return True
    if copy.origin is not None:
        target = posixpath.join(copy.destination or "/", lock)
        return step.after.files.resolve(target).presence is not Presence.ABSENT
    if fnmatchcase(lock, name) and context.doubt(lock):
        return True
    return any(_has_below(context, _relative(path), lock, _DEEPEST) for path in copy.matched or ("",))


def _has_below(context: BuildContext, folder: str, lock: str, depth: int) -> bool:
    """Whether a path of the context is a folder that has the file, directly or not too deep, or may have it."""
    entry = context.entry(folder)
    if entry is not None and entry.kind is not Kind.DIRECTORY:
        return False
    path = posixpath.normpath(posixpath.join(folder, lock))
    if context.entry(path):
        return not context.is_ignored(path)
    inner = (each.path for each in context.children(folder) if each.kind is Kind.DIRECTORY)
    return bool(context.doubt(path)) or (
        depth > 0 and any(_has_below(context, each, lock, depth - 1) for each in inner)
    )


def _relative(path: str) -> str:
    return "" if path in {".", "/"} else path
