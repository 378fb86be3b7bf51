"""The commands that are known, by the module that has their transfer functions, and what these modules register."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.interp.shell.call import CommandCall
    from dfguard.interp.shell.state import Outcome

    Transfer = Callable[[CommandCall], Outcome]

_FAMILIES = {
    "control.builtins": "cd export readonly local declare typeset unset set shift read true false : test [ pwd umask wait ulimit "
    "hash alias unalias getopts let pushd popd shopt jobs enable",
    "control.flow": "eval exec source . exit return break continue trap",
    "files.making": "mkdir rmdir touch rm unlink mktemp mkfifo mknod truncate dd shred",
    "files.copies": "cp mv rsync install",
    "files.links": "ln link",
    "files.attributes": "chmod chown chgrp",
    "texts.echoes": "echo printf seq yes",
    "texts.filters": "cat tee head tail cut tr wc sort uniq rev tac nl fold grep egrep fgrep",
    "texts.sed": "sed",
    "texts.names": "basename dirname readlink realpath which command type id whoami uname nproc date env printenv ls stat "
    "sleep sync clear tput arch getent hostname",
    "files.finding": "find xargs",
    "files.archives": "tar unzip gunzip gzip zcat bunzip2 bzip2 xz unxz zip cpio 7z",
    "packages.network": "curl wget aria2c git git-lfs gdown axel hf huggingface-cli",
    "accounts.users": "useradd adduser userdel deluser usermod groupadd addgroup groupdel delgroup gpasswd passwd chpasswd",
    "control.shells": "sh bash ash dash zsh su runuser",
    "packages.python_packages": "pip pip3 pipx uv poetry pipenv pdm conda mamba micromamba easy_install "
    "python python2 python3 pypy pypy3 virtualenv",
    "packages.system_packages": "apt-get apt aptitude apk dnf yum microdnf zypper dpkg rpm pacman npm yarn pnpm gem cargo go "
    "apt-mark add-apt-repository apt-key update-alternatives ldconfig dpkg-deb rpm2cpio",
}
_MODULES = {name: family for family, names in _FAMILIES.items() for name in names.split()}
_registered: dict[str, Transfer] = {}


def command(*names: str) -> Callable[[Transfer], Transfer]:
    """Register a transfer function under these command names; each must stand in the table above."""

    def register(function: Transfer) -> Transfer:
        for name in names:
            _registered[name] = function
        return function

    return register


def transfer_of(name: str) -> Transfer | None:
    """What is registered under a command's bare name, its version left out where need be; None for nothing."""
    return _registered.get(name) or _registered.get(name.rstrip("0123456789."))


def family_of(name: str) -> str | None:
    """The module, below `commands`, of a command by its bare name (`mkdir`, `python3.11`); None for a command we do not know."""
    bare = name.rstrip("0123456789.")
    return _MODULES.get(name) or (_MODULES.get(bare) if bare in ("python", "pip", "pypy") else None)


def families() -> dict[str, tuple[str, ...]]:
    """Module names to the commands the table gives them, for the test that compares them with what is registered."""
    return {family: tuple(names.split()) for family, names in _FAMILIES.items()}


BUILTINS = frozenset(f"{_FAMILIES['control.builtins']} {_FAMILIES['control.flow']}".split()) | {
    *"echo printf command type kill fc fg bg times history help caller compgen complete compopt bind dirs disown suspend".split(),
    *"logout mapfile readarray coproc select time".split(),
}
"""Commands that need no file on PATH: the builtins of dash, BusyBox and bash (https://www.gnu.org/software/bash/manual/html_node/Shell-Builtin-Commands.html)."""
