"""A repository folder to what its build files say about Dockerfiles; the real `Project` of a checked file."""

from __future__ import annotations

import posixpath
from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.core.project import Reference
from dfguard.core.source import Source
from dfguard.discover.ignored import GitIgnores
from dfguard.discover.kinds import Kind, kind_of
from dfguard.discover.names import is_dockerfile_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.project import Container
    from dfguard.discover.build_files import Mention
    from dfguard.discover.files import Files

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
    """The repository around one Dockerfile: `path` is the Dockerfile below `files`, `shown` what the user sees in front
    of the repository's own paths (empty, or ending in a slash).
    """

    def __init__(self, files: Files, path: str, shown: str = "") -> None:
        """Keep the places; files are read at first use."""
        self.path = path
        self._files = files
        self._shown = shown

    def siblings(self) -> tuple[str, ...]:
        """The other Dockerfiles in the same folder, sorted: files called so that read as one."""
        folder, own = posixpath.split(self.path)
        names = (n for n in self._files.names(folder) if n != own and is_dockerfile_name(n))
        return tuple(path for n in names if self._is_dockerfile(path := posixpath.join(folder, n)))

    def _is_dockerfile(self, path: str) -> bool:
        data = self._files.read(path)
        return data is not None and kind_of(path, data) is Kind.DOCKERFILE

    def source(self, path: str) -> Source | None:
        """The text of a file of the repository (at most 1 MiB), None when it cannot be read or lies outside."""
        data = self._files.read(path)
        return None if data is None else Source.decode(self._shown + path, data)

    def is_git_ignored(self, path: str) -> bool:
        """Whether git leaves the path (relative to the root) out of the repository, were it a file or a folder."""
        return self._ignores.ignores(path) or self._ignores.ignores(path, is_folder=True)

    @cached_property
    def _ignores(self) -> GitIgnores:
        return GitIgnores(self._files)

    def references(self) -> tuple[Reference, ...]:
        """Every place that names a Dockerfile to build, by path and offset."""
        return self._references

    @cached_property
    def _references(self) -> tuple[Reference, ...]:
        found = map(self._reference, self._all_mentions)
        return tuple(sorted(filter(None, found), key=lambda r: (r.place.path, r.place.span.start)))

    def containers(self) -> tuple[Container, ...]:
        """What compose files and manifests run of this Dockerfile's image, in the order of the files."""
        return self._containers

    @cached_property
    def _containers(self) -> tuple[Container, ...]:
        composed = [pair for name in self._compose_files() for pair in self._composed(name)]
        manifests = tuple(self._manifests())
        if not manifests:
            return tuple(container for container, _ in composed)
        images = frozenset(filter(None, (*(image for _, image in composed), *self._built_images())))
        from dfguard.discover.deployments import manifest_containers

        sources = filter(None, map(self.source, manifests))
        deployed = (found for source in sources for found in manifest_containers(source, images))
        return (*(container for container, _ in composed), *deployed)

    def _compose_files(self) -> Iterator[str]:
        for folder in dict.fromkeys(("", posixpath.dirname(self.path))):
            there = frozenset(self._files.names(folder))
            yield from (posixpath.join(folder, name) for name in COMPOSE_NAMES if name in there)

    def _composed(self, name: str) -> Iterator[tuple[Container, str]]:
        source = self.source(name)
        if source is None or "build" not in source.text:
            return
        from dfguard.discover.deployments import compose_containers

        folder = posixpath.dirname(name)
        yield from compose_containers(source, folder, self.path, self._is_there)

    def _is_there(self, path: str) -> bool:
        """Whether the repository holds a file or a folder with something in it."""
        return path in (".", "") or self._files.is_file(path) or bool(self._files.names(path))

    def _manifests(self) -> Iterator[str]:
        from dfguard.discover.deployments import FOLDERS, MOST_MANIFESTS

        there = frozenset(self._files.names(""))
        for folder in (folder for folder in FOLDERS if folder in there):
            names = [n for n in self._files.names(folder) if n.endswith((".yml", ".yaml"))]
            yield from (posixpath.join(folder, name) for name in names[:MOST_MANIFESTS])

    @cached_property
    def _all_mentions(self) -> tuple[Mention, ...]:
        return tuple(mention for name in self._build_files() for mention in self._mentions(name))

    def _built_images(self) -> Iterator[str]:
        """The names, without tags, that the repository's build files give to this Dockerfile's image."""
        from dfguard.discover.deployments import image_name

        for mention in self._all_mentions:
            if posixpath.normpath(mention.dockerfile) == self.path:
                yield from (image_name(image) for image in mention.images if "$" not in image)

    def _build_files(self) -> Iterator[str]:
        folder = posixpath.dirname(self.path)
        there = frozenset(self._files.names(""))
        candidates = [n for n in (*COMPOSE_NAMES, *BAKE_NAMES, *OTHER_NAMES) if n in there]
        if folder:
            beside = frozenset(self._files.names(folder))
            candidates += [posixpath.join(folder, n) for n in COMPOSE_NAMES if n in beside]
        yield from filter(self._files.is_file, candidates)
        workflows = self._files.names(".github/workflows")[:MOST_WORKFLOWS] if ".github" in there else ()
        yield from (f".github/workflows/{n}" for n in workflows if n.endswith((".yml", ".yaml")))

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
        folder, name = posixpath.split(dockerfile)
        if name == DEFAULT and not self._files.is_file(dockerfile):
            lower = posixpath.join(folder, name.lower())
            dockerfile = lower if self._files.is_file(lower) else dockerfile
        context = posixpath.normpath(mention.context)
        return Reference(
            mention.place,
            mention.builder,
            dockerfile,
            context,
            mention.target,
            self._files.is_file(dockerfile),
            mention.contexts,
        )

    def context_of_references(self) -> str | None:
        """The one build context with which the repository builds this Dockerfile; None when none or several are named."""
        contexts = {r.context for r in self.references() if r.dockerfile == self.path}
        contexts = {c for c in contexts if not c.startswith("..") and not posixpath.isabs(c)}
        return contexts.pop() if len(contexts) == 1 else None


DEFAULT = "Dockerfile"
"""The only name for which BuildKit looks for one in lower case as well (moby/buildkit frontend/dockerui/config.go)."""
