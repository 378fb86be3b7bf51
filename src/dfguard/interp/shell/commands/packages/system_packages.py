"""apt, apk, dnf, npm and their like: packages by name, somewhere below the system's folders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.interp.filesystem import paths
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell.commands.packages import apt
from dfguard.interp.shell.commands.packages.installing import add
from dfguard.interp.shell.effects.reach import (
    apply,
    install_node_project,
    may_write,
    may_write_anywhere,
    projects,
)
from dfguard.interp.shell.effects.reach_tables import NPM, row
from dfguard.interp.shell.registry import command
from dfguard.interp.state.model import Package
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.filesystem.events import Contents
    from dfguard.interp.shell.call import CommandCall
    from dfguard.interp.shell.getopt import Parsed
    from dfguard.interp.shell.state import Outcome


SYSTEM = (
    "y,yes,assume-yes,assumeyes q,quiet qq f,fix-broken no-install-recommends no-install-suggests install-recommends "
    "o=,option= c=,config-file= t=,target-release= allow-downgrades allow-change-held-packages allow-unauthenticated "
    "allow-remove-essential force-yes reinstall only-upgrade no-upgrade purge auto-remove,autoremove d,download-only "
    "m,ignore-missing fix-missing u,upgrade virtual= no-cache update-cache U repository= X= p=,root= keys-dir= arch= initdb allow-untrusted "
    "simulate latest available no-scripts nogpgcheck nodocs setopt= enablerepo= disablerepo= releasever= best allowerasing "
    "skip-broken nobest installroot= n,non-interactive no-confirm no-gpg-checks l,auto-agree-with-licenses no-recommends "
    "no-refresh S noconfirm needed y,refresh"
)
INSTALLS = frozenset(
    {"install", "add", "in", "localinstall", "groupinstall", "reinstall", "full-upgrade", "upgrade"}
)
_NAME = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9+._-]*?)(?::[a-z0-9]+)?(?P<specifier>(?:[=<>~]+|/).*)?", re.IGNORECASE
)


@command("apt-get", "apt", "aptitude", "apk", "dnf", "yum", "microdnf", "zypper", "pacman")
def system(call: CommandCall) -> Outcome:
    """`apt-get install ...` and its cousins; `-o`, `--root` and the rest take nothing away."""
    parsed = call.options(SYSTEM)
    verb = known(parsed.operands[0].value) if parsed.operands else None
    apt.tend_lists(call, parsed, verb)
    if verb in INSTALLS:
        add(call, _packages(call, parsed))
    if verb in ("remove", "purge", "autoremove", "del", "erase", "rm"):
        gone = {known(field.value) for field in parsed.operands[1:]}
        call.shell.packages = tuple(
            p for p in call.shell.packages if p.name not in gone or p.manager == "pip"
        )
    _write(call, verb or "", Cause.PACKAGES, apt.contents(call, parsed, verb))
    if any(_is_local(text) for field in parsed.operands[1:] if (text := known(field.value))):
        may_write_anywhere(call)
    return call.outcome(None) if call.status == apt.FAILED else call.outcome(None, status=None)


def _write(
    call: CommandCall, verb: str, cause: Cause = Cause.WRITTEN, contents: Contents | None = None
) -> None:
    why = because(cause, call.tool)
    found = row(call.tool, verb)
    if found is not None:
        apply(call, found, call.arguments, why=why, contents=contents)
    for field in call.options("o=,option=").values("o"):
        value = (known(field.value) or "").partition("=")[2]
        if value.startswith("/"):
            may_write(call, (paths.clean(value),), why)


def _is_local(text: str) -> bool:
    """Whether a package is named by its file or address: what it holds, and what its scripts do, is not known."""
    return "/" in text.partition("=")[0] and (
        text.endswith((".deb", ".rpm", ".apk", ".zst", ".xz")) or "://" in text
    )


def _packages(call: CommandCall, parsed: Parsed) -> Iterator[Package]:
    manager = {"apt-get": "apt", "aptitude": "apt", "microdnf": "dnf"}.get(call.tool, call.tool)
    for field in parsed.operands[1:]:
        text = known(field.value)
        found = _NAME.fullmatch(text) if text else None
        if found is not None:
            specifier = found["specifier"] or ""
            name = found["name"].lower()
            yield Package(
                manager, name, field.place, specifier, tool=call.tool, is_certain=call.run.is_certain
            )


@command("apt-mark", "ldconfig", "add-apt-repository", "apt-key")
def tending(call: CommandCall) -> Outcome:
    """Commands that tend the package data base; `add-apt-repository` and `apt-key` change where packages come from, no program."""
    if call.tool in ("add-apt-repository", "apt-key"):
        may_write(call, ("/etc/apt", "/var/lib/apt", "/var/cache/apt", "/usr/share/keyrings", "/root/.gnupg"))
        apt.put_lists(call, is_certain=False)
    else:
        _write(call, "", contents=apt.nothing_new(call))
    return call.outcome(None, status=None)


@command("update-alternatives")
def alternatives(call: CommandCall) -> Outcome:
    """`update-alternatives --install LINK NAME PATH PRIORITY [--slave ...]` makes LINK; `--set` and `--auto` turn a link that is there."""
    may_write(call, ("/etc/alternatives", "/var/lib/dpkg", "/var/log"))
    for operand in call.operands(
        field for field in call.arguments if (known(field.value) or "/").startswith("/")
    ):
        if operand.path is None:
            _write(call, "")
        else:
            may_write(call, (operand.path,))
    return call.outcome(None, status=None)


@command("dpkg", "dpkg-deb")
def dpkg(call: CommandCall) -> Outcome:
    """`dpkg -x FILE DIR` fills DIR, `-i FILE` installs a file of which nothing is known; the rest tends the data base."""
    parsed = call.options(
        "x,extract X,vextract R,raw-extract e,control b,build i,install unpack configure root= instdir= admindir= "
        "log= force= add-architecture= a,pending R,recursive"
    )
    for operand in call.operands(
        field for name in ("root", "instdir", "admindir") for field in parsed.values(name)
    ):
        may_write(call, (operand.path,) if operand.path else ())
    if any(map(parsed.has, ("x", "X", "R", "e", "b"))) and not parsed.has("i"):
        last = [*call.operands(parsed.operands[1:])] or [*call.operands(parsed.operands[:1])]
        for operand in last:
            if operand.path is None:
                call.blur(operand, operand.why)
            else:
                may_write(call, (operand.path if len(parsed.operands) > 1 else paths.parent(operand.path),))
    elif any(map(parsed.has, ("i", "unpack", "configure"))):
        may_write_anywhere(call)
    else:
        may_write(call, ("/var/lib/dpkg",))
    return call.outcome(None, status=None)


@command("rpm", "rpm2cpio")
def rpm(call: CommandCall) -> Outcome:
    """`rpm -i FILE` installs a file of which nothing is known; questions and keys change the data base only."""
    parsed = call.options(
        "i,install U,upgrade F,freshen q,query e,erase V,verify import= rebuilddb initdb root= r= dbpath= prefix= relocate= E,eval"
    )
    for operand in call.operands(field for name in ("root", "r", "dbpath") for field in parsed.values(name)):
        may_write(call, (operand.path,) if operand.path else ())
    is_asked = any(map(parsed.has, ("q", "V", "E")))
    if not is_asked and any(map(parsed.has, ("i", "U", "F", "relocate"))):
        may_write_anywhere(call)
    may_write(call, ("/var/lib/rpm", "/usr/lib/sysimage/rpm"))
    return call.outcome(None, status=None)


_INSTALLS_PROJECT = frozenset(
    ["install", "ci", "i", "add", "install-clean", "clean-install", "fetch", "import", None]
)


@command("npm", "yarn", "pnpm")
def node(call: CommandCall) -> Outcome:
    """The package managers of Node: installs stay below the project, HOME and where global installs go, unless the project's
    package.json has scripts that they run; all else may be such a script.
    """
    parsed = call.options(NPM)
    verb = known(parsed.operands[0].value) if parsed.operands else None
    if parsed.operands and verb is None:
        may_write_anywhere(call)
    is_install = verb in _INSTALLS_PROJECT and not (verb is None and (parsed.operands or call.tool != "yarn"))
    if call.tool == "yarn" and verb == "global":
        is_install = True
    found = row(call.tool, "install" if is_install else verb or "version")
    if found is not None:
        apply(call, found, call.arguments)
    is_global = parsed.has("g") or parsed.has("global") or verb == "global"
    if is_install and not is_global and not parsed.has("ignore-scripts"):
        named = next((f for name in ("prefix", "C", "dir", "cwd") for f in parsed.values(name)), None)
        operand = call.operand(named) if named is not None else None
        install_node_project(call, operand.path if operand else known(call.shell.cwd))
    if not is_global:
        may_write(call, [paths.below(f, "node_modules") for f in projects(call, "package.json")])
    return call.outcome(None, status=None)


@command("gem", "cargo", "go")
def language(call: CommandCall) -> Outcome:
    """Package managers of other languages, and the builds of cargo and go."""
    verb = next((text for text in call.texts() if text and not text.startswith(("-", "+"))), "")
    found = row(call.tool, verb)
    if found is not None:
        apply(call, found, call.arguments)
    if (
        call.tool == "cargo"
        and verb == "install"
        and any((t or "").startswith("--path") for t in call.texts())
    ):
        may_write_anywhere(call)
    return call.outcome(None, status=None)
