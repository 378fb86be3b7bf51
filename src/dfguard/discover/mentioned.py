"""Build files of a repository to the Dockerfiles that they name, whatever these are called.

Reading YAML takes long; it is done only where a name occurs that is not found by itself.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.source import Source
from dfguard.discover.build_files import mentions
from dfguard.discover.files import DiskFiles
from dfguard.discover.names import is_dockerfile_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_READ = 2000
"""Build files of one repository."""
_WORKFLOWS = ".github/workflows/"
_DEVCONTAINERS = ("devcontainer.json", ".devcontainer.json")
_OTHERS = frozenset(
    {
        "cloudbuild.yaml",
        "cloudbuild.yml",
        "fly.toml",
        "railway.json",
        "railway.toml",
        "render.yaml",
        "skaffold.yaml",
    }
)
_ENDINGS = (".hcl", ".json", ".yaml", ".yml")


def is_build_file_name(path: str) -> bool:
    """Whether a file (by its path in the repository) may name a Dockerfile to build."""
    name = posixpath.basename(path)
    if path.startswith(_WORKFLOWS):
        return name.endswith((".yaml", ".yml"))
    if name.startswith(("compose", "docker-compose", "docker-bake")):
        return name.endswith(_ENDINGS)
    return name in _DEVCONTAINERS or name in _OTHERS


def dockerfiles_named(root: str, paths: Iterable[str]) -> Iterator[str]:
    """The Dockerfiles with other names than a search finds by itself, relative to the root, each once, that the build
    files at the paths and the repository's workflows name, and that are there.
    """
    files = DiskFiles(root)
    workflows = (f"{_WORKFLOWS}{name}" for name in files.names(_WORKFLOWS.rstrip("/")))
    above = (name for name in files.names(""))
    wanted = dict.fromkeys((*paths, *filter(is_build_file_name, (*above, *workflows))))
    seen: set[str] = set()
    for path in list(wanted)[:MOST_READ]:
        data = files.read(path)
        if data is None or not any(map(_is_unusual, _candidate().findall(data.decode("utf-8", "replace")))):
            continue
        for mention in mentions(path, Source.decode(path, data)):
            clean = posixpath.normpath(mention.dockerfile)
            if clean in seen or not _is_unusual(clean) or clean.startswith(("../", "/")):
                continue
            seen.add(clean)
            if files.is_file(clean):
                yield clean


def _is_unusual(path: str) -> bool:
    """Whether the path can be a file's that a search by name does not find."""
    return not is_dockerfile_name(posixpath.basename(path)) and not any(c in path for c in "$*{}<>\n")


@cache
def _candidate() -> re.Pattern[str]:
    """What stands where a build file names a Dockerfile."""
    key = r"""docker_?file(?:path)?["']?\s*[:=]\s*|(?<![\w-])file["']?\s*[:=]\s*|(?<!\S)(?:-f|--file)[\s=]+"""
    return re.compile(rf"""(?i:{key})["']?([^\s"',#{{}}]+)""")
