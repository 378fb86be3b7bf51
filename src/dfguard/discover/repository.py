"""A repository folder to what its build files say about Dockerfiles; the real `Project` of a checked file."""

from __future__ import annotations

import os
import posixpath
from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.core.project import Reference
from dfguard.core.source import Source
from dfguard.disk import read_text_below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.discover.build_files import Mention

COMPOSE_NAMES = tuple(
    f"{stem}{ending}" for stem in ("compose", "docker-compose") for ending in (".yaml", ".yml")
)
BAKE_NAMES = ("docker-bake.json", "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl")
OTHER_NAMES = (
    "fly.toml",
    "render.yaml",
    "railway.json",
    "railway.toml",
    "cloudbuild.yaml",
    "cloudbuild.yml",
    "skaffold.yaml",
)
MOST_WORKFLOWS = 60


class Repository:
    """The repository around one Dockerfile: `root` is its folder, `path` the Dockerfile below it (forward slashes)."""

    def __init__(self, root: str, file: str) -> None:
        """Keep the places; files are read at first use. `file` may lie outside the root: then there are no siblings."""
        self.root = root
        relative = os.path.relpath(os.path.abspath(file), root).replace(os.sep, "/")
        self.path = relative if not relative.startswith("..") else posixpath.basename(relative)
        self._errors: dict[str, tuple[str, ...] | None] = {}
        self._count: Callable[[str], tuple[str, ...] | None] | None = None

    def counts_errors_with(self, count: Callable[[str], tuple[str, ...] | None]) -> None:
        """Hand in what checks another Dockerfile of the repository (a path) and gives its sure errors' rule ids."""
        self._count = count

    def sure_errors(self, path: str) -> tuple[str, ...] | None:
        """Rule ids of the sure errors of another Dockerfile, each path checked once; None when it cannot be read."""
        if path not in self._errors:
            self._errors[path] = self._count(path) if self._count else None
        return self._errors[path]

    def siblings(self) -> tuple[str, ...]:
        """The other Dockerfiles in the same folder, sorted."""
        from dfguard.discover.targets import is_dockerfile_name

        folder = posixpath.dirname(self.path)
        try:
            names = os.listdir(os.path.join(self.root, folder))
        except OSError:
            return ()
        own = posixpath.basename(self.path)
        found = (n for n in names if n != own and (is_dockerfile_name(n) or _is_variant(n)))
        return tuple(sorted(posixpath.join(folder, n) for n in found))

    def source(self, path: str) -> Source | None:
        """The text of a file of the repository (at most 1 MiB), None when it cannot be read or lies outside."""
        data = read_text_below(self.root, path)
        return None if data is None else Source.decode(self._shown(path), data)

    def _shown(self, path: str) -> str:
        from dfguard.discover.targets import shown_path

        return shown_path(os.path.join(self.root, path))

    def references(self) -> tuple[Reference, ...]:
        """Every place that names a Dockerfile to build, by path and offset."""
        return self._references

    @cached_property
    def _references(self) -> tuple[Reference, ...]:
        found = (self._reference(mention) for name in self._build_files() for mention in self._mentions(name))
        return tuple(sorted(filter(None, found), key=lambda r: (r.place.path, r.place.span.start)))

    def _build_files(self) -> Iterator[str]:
        yield from (
            n
            for n in (*COMPOSE_NAMES, *BAKE_NAMES, *OTHER_NAMES)
            if os.path.isfile(os.path.join(self.root, n))
        )
        folder = posixpath.dirname(self.path)
        if folder:
            own = (posixpath.join(folder, n) for n in COMPOSE_NAMES)
            yield from (n for n in own if os.path.isfile(os.path.join(self.root, n)))
        try:
            names = sorted(os.listdir(os.path.join(self.root, ".github/workflows")))
        except OSError:
            return
        yield from (f".github/workflows/{n}" for n in names[:MOST_WORKFLOWS] if n.endswith((".yml", ".yaml")))

    def _mentions(self, name: str) -> tuple[Mention, ...]:
        source = self.source(name)
        if source is None or ("ocker" not in source.text and "build" not in source.text):
            return ()
        from dfguard.discover.build_files import mentions

        return mentions(name, source)

    def _reference(self, mention: Mention) -> Reference | None:
        if any(c in mention.dockerfile + mention.context for c in "$*{"):
            return None
        dockerfile = posixpath.normpath(mention.dockerfile)
        if dockerfile.startswith(("..", "/")):
            return None
        exists = os.path.isfile(os.path.join(self.root, dockerfile))
        context = posixpath.normpath(mention.context)
        return Reference(mention.place, mention.builder, dockerfile, context, mention.target, exists)

    def context_of_references(self) -> str | None:
        """The one build context with which the repository builds this Dockerfile; None when none or several are named."""
        contexts = {r.context for r in self.references() if r.dockerfile == self.path}
        contexts = {c for c in contexts if not c.startswith("..") and not posixpath.isabs(c)}
        return contexts.pop() if len(contexts) == 1 else None


def _is_variant(name: str) -> bool:
    low = name.lower()
    return low.startswith(
        ("dockerfile-", "dockerfile_", "containerfile-", "containerfile_")
    ) and not low.endswith((".md", ".dockerignore", ".sh", ".py"))
