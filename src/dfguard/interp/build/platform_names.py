"""The text of `--platform` to whether BuildKit can read it. After github.com/containerd/platforms v1.0 (`Parse`)."""

from __future__ import annotations

import re
from functools import cache

MOST_PARTS = 3
SYSTEMS = frozenset(
    [
        "aix",
        "android",
        "darwin",
        "dragonfly",
        "freebsd",
        "hurd",
        "illumos",
        "ios",
        "js",
        "linux",
        "macos",
        "nacl",
        "netbsd",
        "openbsd",
        "plan9",
        "solaris",
        "windows",
        "zos",
    ]
)
MACHINES = frozenset(
    [
        "386",
        "aarch64",
        "amd64",
        "amd64p32",
        "arm",
        "arm64",
        "arm64be",
        "armbe",
        "armel",
        "armhf",
        "i386",
        "loong64",
        "mips",
        "mips64",
        "mips64le",
        "mips64p32",
        "mips64p32le",
        "mipsle",
        "ppc",
        "ppc64",
        "ppc64le",
        "riscv",
        "riscv64",
        "s390",
        "s390x",
        "sparc",
        "sparc64",
        "wasm",
        "x86-64",
        "x86_64",
    ]
)
"""Systems and machines that may stand alone."""


@cache
def _part() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9_.-]+|[A-Za-z0-9_.-]+\([A-Za-z0-9_.+-]*\)")


def bad_platform(text: str) -> str:
    """Why the platform cannot be read, empty when it can."""
    if not text:
        return "the platform is empty"
    parts = text.split("/")
    if len(parts) > MOST_PARTS or not all(map(_part().fullmatch, parts)):
        return f"{text} is no platform: they are written system/machine or system/machine/variant"
    if len(parts) == 1 and parts[0].partition("(")[0].lower() not in SYSTEMS | MACHINES:
        return f"{text} is neither a system nor a machine"
    return ""
