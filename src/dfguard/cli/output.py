"""A report to where --output says: a file is written whole or not at all, a pipe or a device is written to.

Nothing but a regular file is ever replaced, and no link of a repository leads a report out of it.
"""

from __future__ import annotations

import os
import re
import stat

from dfguard.core.errors import InputError
from dfguard.core.repository import leads_out, repository_root
from dfguard.discover.files import write_atomically

_STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self|proc/thread-self)/fd/([0-9]+)", re.ASCII)


def write_output(path: str, data: bytes) -> None:
    """Write the report; raise InputError when that is not possible."""
    descriptor = _descriptor(path)
    try:
        if descriptor is not None:
            _write_all(os.dup(descriptor), data)
            return
        if leads_out(path, repository_root(path)):
            raise InputError(f"{path} is a link that leads out of the repository: it is not written to")
        status = _status(path)
        if status is None or stat.S_ISREG(status.st_mode):
            write_atomically(path, data)
        elif stat.S_ISDIR(status.st_mode):
            raise InputError(f"{path} is a folder: it is not written to")
        else:
            _write_all(os.open(path, os.O_WRONLY), data)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None


def _descriptor(path: str) -> int | None:
    """The number of the open file that a path stands for (`/dev/stdout`, `/dev/fd/63` of a shell's `>(…)`)."""
    if os.name != "posix":
        return None
    clean = os.path.abspath(path)
    found = _DESCRIPTOR.fullmatch(clean)
    return int(found[1]) if found else _STANDARD.get(clean)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _write_all(descriptor: int, data: bytes) -> None:
    """Write and close; a reader that left early wants no more."""
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except BrokenPipeError:
        return
    finally:
        os.close(descriptor)
