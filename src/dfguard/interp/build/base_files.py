"""An image's name to the files it brings along, as far as the base-image table knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.filesystem import accounts as passwd
from dfguard.interp.filesystem.accounts import Accounts, User, UserGroup
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.filesystem.filesystem import FileSystem

if TYPE_CHECKING:
    from dfguard.interp.state.inputs import World
    from dfguard.knowledge.images import BaseImage

_KINDS = {"file": EntryKind.FILE, "directory": EntryKind.DIRECTORY, "link": EntryKind.LINK}


def files_of_image(reference: str, world: World) -> FileSystem:
    """The files of the image a FROM or `--from` names; `scratch` has none.

    What the table does not say is MAYBE. Of an image that is not in the table nothing is known but that root is root.
    """
    if reference == "scratch":
        return FileSystem.scratch(world.context)
    image = world.knowledge.base_image(reference)
    if image is None:
        return FileSystem.of_image(reference, world.context)
    return FileSystem.of_image(
        reference,
        world.context,
        known=_entries(image),
        top_level=image.top_level or None,
        accounts=_accounts(image),
        is_complete=image.is_complete,
    )


def _entries(image: BaseImage) -> list[Entry]:
    found = [
        Entry(p.path, _KINDS[p.kind], Presence.PRESENT, owner=p.owner, mode=p.mode, target=p.target or None)
        for p in image.paths
    ]
    for python in image.pythons:
        found += [Entry(path, EntryKind.UNKNOWN, Presence.PRESENT) for path in python.commands]
        if python.packages:
            found.append(Entry(python.packages, EntryKind.DIRECTORY, Presence.PRESENT))
    return found


def _accounts(image: BaseImage) -> Accounts:
    users = {user.name: user for user in passwd.ROOT_ONLY.users}
    users |= {a.name: User(a.name, a.uid, a.gid, a.home) for a in image.accounts}
    groups = {group.name: group for group in passwd.ROOT_ONLY.groups}
    groups |= {
        a.name: UserGroup(a.name, a.gid) for a in image.accounts if a.uid == a.gid and not image.groups
    }
    groups |= {name: UserGroup(name, gid) for name, gid in image.groups}
    is_open = not image.is_complete
    return Accounts(tuple(users.values()), tuple(groups.values()), is_open, bool(image.lists_people))
