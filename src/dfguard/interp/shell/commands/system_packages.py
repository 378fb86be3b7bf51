"""apt, apk, dnf, npm and their like: packages by name, somewhere below the system's folders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.interp.filesystem import paths
from dfguard.interp.shell.commands.installing import SYSTEM_FOLDERS, add, may_write
from dfguard.interp.shell.registry import command
from dfguard.interp.state.packages import Package
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.shell.call import Call
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
def system(call: Call) -> Outcome:
    """`apt-get install ...` and its cousins; `-o`, `--root` and the rest take nothing away."""
    parsed = call.options(SYSTEM)
    verb = known(parsed.operands[0].value) if parsed.operands else None
    if verb in INSTALLS:
        add(call, _packages(call, parsed))
    if verb in ("remove", "purge", "autoremove", "del", "erase", "rm"):
        gone = {known(field.value) for field in parsed.operands[1:]}
        call.shell.packages = tuple(
            p for p in call.shell.packages if p.name not in gone or p.manager == "pip"
        )
    may_write(call, SYSTEM_FOLDERS, f"{call.tool} may have written it")
    for option in ("root", "p", "installroot"):
        for operand in call.operands(parsed.values(option)):
            if operand.path is not None:
                may_write(call, (operand.path,), f"{call.tool} may have written it")
    return call.outcome(None, status=None)


def _packages(call: Call, parsed: Parsed) -> Iterator[Package]:
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


@command("dpkg", "rpm", "apt-mark", "add-apt-repository", "apt-key", "update-alternatives", "ldconfig")
def tending(call: Call) -> Outcome:
    """Commands that tend the package data base or links below the system's folders."""
    may_write(call, SYSTEM_FOLDERS, f"{call.tool} may have written it")
    return call.outcome(None, status=None)


@command("npm", "yarn", "pnpm", "gem", "cargo", "go")
def language(call: Call) -> Outcome:
    """Package managers of other languages: below the working directory, HOME, and where global installs go."""
    cwd, home = known(call.shell.cwd), known(call.shell.home)
    folders = ["/usr/local", "/usr/lib", "/opt", "/root", "/go"]
    folders += [paths.clean(cwd)] if cwd is not None and cwd != "/" else []
    folders += [paths.clean(home)] if home else []
    may_write(call, dict.fromkeys(folders), f"{call.tool} may have written it")
    return call.outcome(None, status=None)
