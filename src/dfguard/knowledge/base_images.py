"""An image reference to what the base-image table says of it: rows matched, templates filled, bases followed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dfguard.core.record import Record, replace, values
from dfguard.knowledge.images import BaseImage, Reference, parse_reference
from dfguard.knowledge.versions import holds

if TYPE_CHECKING:
    from collections.abc import Iterable

_DEEPEST = 8


Table = dict[str, list[BaseImage]]


def by_repository(rows: Iterable[BaseImage]) -> Table:
    """The rows by their repository, in order."""
    table: Table = {}
    for row in rows:
        table.setdefault(row.repository, []).append(row)
    return table


def look_up(table: Table, text: str) -> BaseImage | None:
    """The first row that fits the reference, filled in, with what it leaves out taken from the image it was built
    from; None when no row fits. A digest without a tag fits only rows that take every tag.
    """
    return _resolved(table, parse_reference(text), _DEEPEST)


def _resolved(table: Table, reference: Reference, depth: int) -> BaseImage | None:
    for row in table.get(reference.repository, ()):
        groups = _groups(row, reference)
        if groups is not None:
            own: BaseImage = _filled(row, groups)
            below = _resolved(table, parse_reference(own.base), depth - 1) if own.base and depth else None
            return _over(own, below) if below else own
    return None


def _groups(row: BaseImage, reference: Reference) -> dict[str, str] | None:
    tag = reference.tag or ("latest" if reference.digest is None else "")
    found = re.fullmatch(row.tag, tag)
    if found is None:
        return None
    groups = {name: value or "" for name, value in found.groupdict().items()}
    if row.versions and not holds(row.versions, groups.get("version", "")):
        return None
    for name, first in row.digit_groups:
        digits = groups[f"{name}_digits"] = groups.get(name, "")
        groups[name] = ".".join([digits[:first], *digits[first:]]) if digits.isdigit() else digits
    return {**groups, "tag": tag}


def _filled(value: Any, groups: dict[str, str]) -> Any:
    """The value with `{group}` in every string replaced; in the field `tag` of a row nothing is."""
    if isinstance(value, str):
        if "{" not in value:
            return value
        return re.sub(r"\{(\w+)\}", lambda found: groups.get(found[1], ""), value)
    if isinstance(value, tuple):
        return tuple(_filled(item, groups) for item in value)
    if isinstance(value, Record):
        changed = {
            name: _filled(item, groups) for name, item in values(value).items() if name not in _AS_WRITTEN
        }
        return replace(value, **changed)
    return value


_AS_WRITTEN = frozenset({"tag", "versions", "source", "checked", "id", "notes"})


def _over(own: BaseImage, below: BaseImage) -> BaseImage:
    """The row's own facts laid over those of the image it was built from."""
    has = frozenset(own.commands)
    environment = dict(below.environment)
    for name, value in own.environment:
        environment[name] = value.replace(f"${name}", environment.get(name, ""))
    return replace(
        own,
        environment=tuple(environment.items()),
        user=below.user if own.user is None else own.user,
        workdir=below.workdir if own.workdir is None else own.workdir,
        volumes=tuple(dict.fromkeys((*below.volumes, *own.volumes))),
        shell=own.shell or below.shell,
        entrypoint=below.entrypoint if own.entrypoint is None else own.entrypoint,
        command=_command_over(own, below),
        system=own.system or below.system,
        cuda=own.cuda or below.cuda,
        cuda_parts=own.cuda_parts or below.cuda_parts,
        cudnn=own.cudnn or below.cudnn,
        pythons=own.pythons or below.pythons,
        distributions=tuple({**dict(below.distributions), **dict(own.distributions)}.items()),
        commands=tuple(dict.fromkeys((*(c for c in below.commands if c not in own.lacks), *own.commands))),
        lacks=tuple(dict.fromkeys((*own.lacks, *(c for c in below.lacks if c not in has)))),
        paths=(*below.paths, *own.paths),
        accounts=(*below.accounts, *own.accounts),
        top_level=tuple(dict.fromkeys((*below.top_level, *own.top_level))) if below.top_level else (),
        is_complete=own.is_complete,
        lists_people=below.lists_people if own.lists_people is None else own.lists_people,
        unlisted=tuple(dict.fromkeys((*below.unlisted, *own.unlisted))),
        is_open=own.is_open or below.is_open,
        packages=None
        if own.packages is None or below.packages is None
        else tuple(dict.fromkeys((*below.packages, *own.packages))),
    )


def _command_over(own: BaseImage, below: BaseImage) -> tuple[str, ...] | None:
    """CMD: an own ENTRYPOINT clears an inherited CMD (Docker's rule for child images)."""
    if own.command is not None:
        return own.command
    return () if own.entrypoint is not None else below.command
