"""The packages that build steps install, as records; package-manager commands fill them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    from dfguard.core.source import Place


class Package(Record):
    """A package that the build installs.

    `manager` is `pip`, `conda`, `apt`, `apk`, `dnf`, `npm` ...; `name` is normalised (PEP 503 for pip, lower case for
    the others). `specifier` is what follows the name (`==4.38.0`, `>=1,<2`, apt's `=1.2-3`), empty for any version.
    `url` is set for what is not taken from an index (a wheel, a git address, a directory). `tool` is the command as
    written (`/opt/venv/bin/pip`, `python3.11 -m pip`); `directory` the prefix or site directory it goes to when it is
    known. `place` is the narrowest place that names it, in the Dockerfile, a script or a requirements file.
    `is_constraint`: it only limits the version (`-c constraints.txt`).
    """

    manager: str
    name: str
    place: Place
    specifier: str = ""
    extras: tuple[str, ...] = ()
    url: str | None = None
    tool: str = ""
    directory: str | None = None
    is_certain: bool = True
    is_constraint: bool = False
