"""apt's package lists, and what its calls surely do not bring: `apt-get update` puts the lists, an install needs them.

Sources: apt-get(8); seen with apt 2.6 and 3.0: an install without lists ends with `E: Unable to locate package` and status 100, unless
all that is asked for is installed already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.filesystem import contents as lists
from dfguard.interp.filesystem.contents import PackageContents, common
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.state.model import Lack
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.shell.call import CommandCall
    from dfguard.interp.shell.getopt import Parsed

APT = frozenset(["apt-get", "apt", "aptitude"])
INSTALLS = frozenset(["install", "reinstall"])
BRINGS_NOTHING = frozenset(
    """
    remove purge autoremove autopurge clean autoclean distclean dist-clean update check upgrade full-upgrade dist-upgrade safe-upgrade
    """.split()
)
"""Calls that bring no package that was not there, or needed by one that was."""
FAILED = 100


def system_of(call: CommandCall) -> str:
    """The distribution of the image at the bottom (`debian bookworm`), empty when it is not known."""
    base = call.walk.state.base
    return base.system if base is not None else ""


def nothing_new(call: CommandCall) -> PackageContents | None:
    """What a call that installs nothing surely does not bring."""
    system = system_of(call)
    return PackageContents(system) if system else None


def contents(call: CommandCall, parsed: Parsed, verb: str | None) -> PackageContents | None:
    """What a call surely does not bring; None when that is not known: another source of packages, a name that is not listed, a
    file, a pattern.
    """
    system = system_of(call)
    if call.tool not in APT or not system or verb is None:
        return None
    if verb in BRINGS_NOTHING:
        return PackageContents(system)
    if verb not in INSTALLS or parsed.has("t") or not has_own_sources(call.files):
        return None
    names = [_name(known(field.value)) for field in parsed.operands[1:]]
    if not all(names):
        return None
    is_plain = parsed.has("no-install-recommends")
    return PackageContents(system, common(names), with_recommended=not is_plain)


def _name(text: str | None) -> str:
    """The package that a word names (`g++`, `curl=8.5`, `libc6:amd64`); empty for a file, a pattern, a release (`a/backports`) and
    for `NAME-`, which removes one.
    """
    name = (text or "").partition("=")[0].partition(":")[0].lower()
    return "" if name.endswith("-") or any(c in name for c in "/*?[") else name


def has_own_sources(files: FileSystem) -> bool:
    """Whether packages come from the distribution's own archive: its sources are as the image has them."""
    if files.look("/etc/apt/sources.list").written_by is not None:
        return False
    added = files.children(lists.SOURCES)
    return (
        all(entry.path in lists.OWN_SOURCES and entry.written_by is None for entry in added)
        and files.unlisted(lists.SOURCES).presence is Presence.ABSENT
    )


def may_have_lists(files: FileSystem) -> bool:
    """Whether package lists may be there."""
    if files.look(lists.LOCK).presence is not Presence.ABSENT:
        return True
    return any(entry.path.rpartition("/")[2] != "partial" for entry in files.children(lists.LISTS))


def put_lists(call: CommandCall, *, is_certain: bool = True) -> None:
    """`apt-get update`: the lists are there, whatever it could fetch."""
    presence = Presence.PRESENT if is_certain else Presence.MAYBE
    entry = Entry(lists.LOCK, EntryKind.FILE, presence, written_by=call.place)
    call.files = call.files.put(entry)


def tend_lists(call: CommandCall, parsed: Parsed, verb: str | None) -> None:
    """Put the lists, or fail where an install surely finds none."""
    if call.tool not in APT:
        return
    if verb == "update":
        put_lists(call)
    elif verb in ("distclean", "dist-clean"):
        call.files = call.files.remove(lists.LISTS, call.place)
    elif verb == "install" and not may_have_lists(call.files):
        missing = next((name for name in _wanted(parsed) if _is_surely_missing(call, name)), None)
        if missing is not None:
            call.fail(f"no package lists are there, so {missing} is not found", FAILED, Lack.LISTS)


def _wanted(parsed: Parsed) -> list[str]:
    return [name for field in parsed.operands[1:] if (name := _name(known(field.value)))]


def _is_surely_missing(call: CommandCall, name: str) -> bool:
    """Whether a package of the distribution is not installed: the image has it not, and no command so far brought it."""
    image = lists.contents_of(call.walk.state.base)
    if image is None or any(package.name == name for package in call.shell.packages):
        return False
    system = system_of(call)
    if not lists.is_absent_package(system, name) or image.has_package(name):
        return False
    earlier = common(package.name for package in call.shell.packages if package.manager == "apt")
    return not lists.may_bring_package(system, earlier, name)
