"""Names of Dockerfiles in one folder to whether they are versions of one another (`Dockerfile.new`, `Dockerfile.bak`)."""

from __future__ import annotations

import re
from functools import cache


@cache
def _version() -> re.Pattern[str]:
    return re.compile(
        r"[.\-_](?:broken|new|old|bak|backup|orig|copy|tmp|save|deprecated|wip|fixed|working)\d*$|~$",
        re.IGNORECASE,
    )


def is_version(name: str) -> bool:
    """Whether the name says that the file is a newer or older one of another."""
    return bool(_version().search(name.removesuffix(".Dockerfile").removesuffix(".dockerfile")))


def are_versions(name: str, other: str) -> bool:
    """Whether two names are those of versions of one file."""
    is_one = _version().sub("", name) == _version().sub("", other)
    return name != other and is_one and (is_version(name) or is_version(other))
