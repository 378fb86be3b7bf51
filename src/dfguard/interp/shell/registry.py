"""A command's name to its transfer function; the modules of a family are imported at its first command."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.interp.shell.call import Call
    from dfguard.interp.shell.state import Outcome

    Transfer = Callable[[Call], Outcome]

_FAMILIES = {
    "builtins": "cd export readonly local declare typeset unset set shift read true false : test [ pwd umask wait ulimit "
    "hash alias unalias getopts let pushd popd shopt jobs enable",
    "flow": "eval exec source . exit return break continue trap",
    "paths": "mkdir rmdir touch rm unlink mktemp mkfifo mknod truncate dd shred",
    "copies": "cp mv rsync",
    "links": "ln link",
    "install": "install",
    "attributes": "chmod chown chgrp",
    "echoes": "echo printf seq yes",
    "text": "cat tee head tail cut tr wc sort uniq rev tac nl fold",
    "grep": "grep egrep fgrep",
    "sed": "sed",
    "names": "basename dirname readlink realpath which command type id whoami uname nproc date env printenv ls stat "
    "sleep sync clear tput arch getent hostname",
    "finding": "find xargs",
    "archives": "tar unzip gunzip gzip zcat bunzip2 bzip2 xz unxz zip cpio 7z",
    "hubs": "hf huggingface-cli",
    "network": "curl wget aria2c git git-lfs gdown axel",
    "users": "useradd adduser userdel deluser usermod groupadd addgroup groupdel delgroup gpasswd passwd chpasswd",
    "shells": "sh bash ash dash zsh su runuser",
    "python_packages": "pip pip3 pipx uv poetry pipenv pdm conda mamba micromamba easy_install",
    "system_packages": "apt-get apt aptitude apk dnf yum microdnf zypper dpkg rpm pacman npm yarn pnpm gem cargo go "
    "apt-mark add-apt-repository apt-key update-alternatives ldconfig dpkg-deb rpm2cpio",
    "pythons": "python python2 python3 pypy pypy3 virtualenv",
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


def transfer(name: str) -> Transfer | None:
    """The transfer function of a command by its bare name (`mkdir`, `python3.11`); None for a command we do not know."""
    family = _MODULES.get(name) or _versioned(name)
    if family is None:
        return None
    if name not in _registered:
        import_module(f"dfguard.interp.shell.commands.{family}")
    return _registered.get(name) or _registered.get(name.rstrip("0123456789."))


def _versioned(name: str) -> str | None:
    """The family of `python3.11`, `pip3.12`."""
    bare = name.rstrip("0123456789.")
    return _MODULES.get(bare) if bare != name and bare in ("python", "pip", "pypy") else None


def families() -> dict[str, tuple[str, ...]]:
    """Module names to the commands the table gives them, for the test that compares them with what is registered."""
    return {family: tuple(names.split()) for family, names in _FAMILIES.items()}


BUILTINS = frozenset(f"{_FAMILIES['builtins']} {_FAMILIES['flow']}".split()) | {
    "echo",
    "printf",
    "command",
    "type",
}
"""Commands that need no file on PATH."""
