"""A command to what it brings when it downloads, installs or builds, and a later one to whether it ends well without that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.analysis.secrets.verified_files import DOWNLOADERS
from dfguard.syntax.shell.nodes import AndOr, Command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dfguard.syntax.shell.calls import Call
    from dfguard.syntax.shell.nodes import Node, Redirect

_WORKS = frozenset(
    """
    apt-get apt apk yum dnf microdnf pip pip3 uv conda mamba micromamba poetry pdm npm yarn pnpm wget curl
    aria2c git make cmake ninja cargo go hf huggingface-cli python python3 tar unzip gsutil aws bash sh
    configure gcc g++ mvn gradle bundle gem composer
    """.split()
)
_SAME = {
    "pip3": "pip",
    "apt": "apt-get",
    "mamba": "conda",
    "micromamba": "conda",
    "dnf": "yum",
    "microdnf": "yum",
}
_VERBS = {
    "pip": frozenset(["install", "download", "wheel"]),
    "apt-get": frozenset(["install", "update", "build-dep"]),
    "apk": frozenset(["add", "update"]),
    "yum": frozenset(["install", "localinstall", "groupinstall", "builddep"]),
    "npm": frozenset(["install", "i", "ci", "run", "run-script"]),
    "conda": frozenset(["install", "create", "env", "update"]),
    "git": frozenset(["clone", "checkout", "submodule", "lfs", "fetch", "pull"]),
    "gem": frozenset(["install"]),
}
"""Where only some verbs of a program bring something."""
_PREPARING = frozenset(["update"])
_SELF = frozenset(["pip", "setuptools", "wheel"])
_CLEANS = {
    "apt-get": frozenset(["clean", "autoclean", "autoremove"]),
    "yum": frozenset(["clean"]),
    "conda": frozenset(["clean"]),
    "pip": frozenset(["cache"]),
    "npm": frozenset(["cache"]),
    "zypper": frozenset(["clean"]),
    "gem": frozenset(["cleanup"]),
}
_TELLING = frozenset(["echo", "printf", "date", "sleep", "pwd", "export", "unset"])
_FOLDERS = (
    "/usr/bin/",
    "/usr/local/bin/",
    "/bin/",
    "/usr/sbin/",
    "/sbin/",
    "/usr/local/lib/",
    "/usr/lib/",
    "/etc/",
)
"""Folders that every system has."""


def brings(call: Call) -> bool:
    """Whether a command downloads, installs or builds."""
    if call.has("--version", "-V", "-version", "--help"):
        return False
    verbs = _VERBS.get(_SAME.get(call.name, call.name))
    return call.name in _WORKS and (verbs is None or call.has(*verbs))


def is_preparing(call: Call) -> bool:
    """Whether a command only fetches lists or brings an installer up to date: the install behind it says more."""
    if call.has(*_PREPARING):
        return _SAME.get(call.name, call.name) in {"apt-get", "apk"}
    names = {word for word, _ in call.operands()} - {"install"}
    return _SAME.get(call.name, call.name) == "pip" and bool(names) and names <= _SELF


def is_blind(node: Node, before: Call, calls: Mapping[int, Call]) -> bool:
    """Whether a node surely ends well, or for reasons of its own, when `before` failed: it tidies up, tells something, or
    fetches something else with a program that was there already. `calls` are those of the script by the identity of
    their command.
    """
    if isinstance(node, AndOr) and node.operator == "&&":
        return is_blind(node.left, before, calls) and is_blind(node.right, before, calls)
    if not isinstance(node, Command) or not all(map(_is_harmless, node.redirects)):
        return False
    call = calls.get(id(node))
    return call is not None and (_tidies(call) or _fetches_other(call, before))


def _is_harmless(redirect: Redirect) -> bool:
    target = redirect.target.literal if redirect.target else None
    return redirect.operator in {">&", "<&"} or target == "/dev/null"


def _tidies(call: Call) -> bool:
    match call.name:
        case "rm":
            return call.has_flag("f", "force")
        case "mkdir":
            return call.has_flag("p", "parents")
        case "ln":
            places = [word for word, _ in call.operands()]
            return call.has_flag("s", "symbolic") and len(places) == 2 and places[1].startswith(_FOLDERS)
        case "cd":
            return call.arguments in {("/",), ("..",), ("-",), ()}
        case name:
            return name in _TELLING or call.has(*_CLEANS.get(_SAME.get(name, name), ()))


def _fetches_other(call: Call, other: Call) -> bool:
    """Whether both fetch or install, the later one something else and with a program that the earlier one did not bring."""
    name, first = (_SAME.get(one.name, one.name) for one in (call, other))
    if name in DOWNLOADERS and first in DOWNLOADERS:
        return any("://" in word for word in call.arguments) and not call.has_flag(
            "i", "input-file", "K", "config"
        )
    if name == first == "git":
        return all(one.arguments[:1] == ("clone",) for one in (call, other))
    if name != first or not (call.has("install", "add") and other.has("install", "add")):
        return False
    if name not in {"pip", "apt-get", "apk", "yum", "gem"} or call.has(
        "--no-build-isolation", "-r", "--requirement"
    ):
        return False
    names = [word for word, _ in call.operands()]
    return not any("/" in word or word == "." for word in names)
