"""A repository folder to what its build files say about Dockerfiles; the real `Project` of a checked file."""

from __future__ import annotations

import posixpath
import re
from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.core.project import Reference
from dfguard.core.record import Record
from dfguard.core.source import Source
from dfguard.discover.ignored import GitIgnores
from dfguard.discover.names import is_dockerfile_name
from dfguard.discover.open_paths import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.project import Container, Route
    from dfguard.discover.files import Files
    from dfguard.discover.mentions import Mention

COMPOSE_NAMES = tuple(
    f"{stem}{ending}" for stem in ("compose", "docker-compose") for ending in (".yaml", ".yml")
)
BAKE_NAMES = ("docker-bake.json", "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl")
OTHER_NAMES = ("fly.toml", "render.yaml", "railway.json", "railway.toml")
DEVCONTAINERS = (".devcontainer.json", ".devcontainer/devcontainer.json", "devcontainer.json")
MOST_WORKFLOWS = 60


class Told(Record):
    """A build of the Dockerfile that something in the repository starts: its context (None: it cannot be told, or lies
    outside), and whether it surely is this Dockerfile.
    """

    context: str | None
    is_sure: bool


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
        from dfguard.discover.kinds import Kind, kind_of

        data = self._files.read(path)
        return data is not None and kind_of(path, data) is Kind.DOCKERFILE

    def source(self, path: str) -> Source | None:
        """The text of a file of the repository (at most 1 MiB), None when it cannot be read or lies outside."""
        data = self._files.read(path)
        return None if data is None else Source.decode(self._shown + path, data)

    def is_git_ignored(self, path: str) -> bool:
        """Whether git leaves the path (relative to the root) out of the repository, were it a file or a folder."""
        ignores = self._ignores
        return ignores.ignores(path) or ignores.ignores(path, is_folder=True) or ignores.ignores_below(path)

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

    def routes(self) -> tuple[Route, ...]:
        """What the repository's Cloud Build file deploys of this Dockerfile's image."""
        from dfguard.discover.cloud_run import NAMES, routes

        there = frozenset(self._files.names(""))
        sources = filter(None, (self.source(name) for name in NAMES if name in there))
        return tuple(route for source in sources for route in routes(source, self.path))

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
            candidates += [
                posixpath.join(above, name) for above in _ancestors(self.path) for name in DEVCONTAINERS
            ]
        elif ".devcontainer" in there or ".devcontainer.json" in there:
            candidates += DEVCONTAINERS
        yield from filter(self._files.is_file, candidates)
        workflows = self._files.names(".github/workflows")[:MOST_WORKFLOWS] if ".github" in there else ()
        yield from (f".github/workflows/{n}" for n in workflows if n.endswith((".yml", ".yaml")))

    def _mentions(self, name: str) -> tuple[Mention, ...]:
        source = self.source(name)
        if source is None:
            return ()
        from dfguard.discover.build_files import mentions

        return mentions(name, source)

    def _reference(self, mention: Mention) -> Reference | None:
        if any(c in mention.dockerfile + mention.context for c in f"$*{{{UNKNOWN}"):
            return None
        dockerfile, context = self._settled(mention)
        if dockerfile.startswith(("..", "/")):
            return None
        exists = self._files.is_file(dockerfile)
        may_come = (
            mention.is_after_others or self.is_git_ignored(dockerfile) or self.is_in_submodule(dockerfile)
        )
        return Reference(
            mention.place,
            mention.builder,
            dockerfile,
            context,
            mention.target,
            exists,
            mention.contexts,
            may_come=not exists and may_come,
        )

    def _settled(self, mention: Mention) -> tuple[str, str]:
        """The paths of the Dockerfile and the context, clean. A compose file in a folder may be meant for one
        above it: with `--project-directory`, through `include`, or after another `-f`.
        """
        dockerfile, context = posixpath.normpath(mention.dockerfile), posixpath.normpath(mention.context)
        folder, name = posixpath.split(dockerfile)
        if name == DEFAULT and not self._files.is_file(dockerfile):
            lower = posixpath.join(folder, name.lower())
            dockerfile = lower if self._files.is_file(lower) else dockerfile
        base = posixpath.dirname(mention.place.source.path.removeprefix(self._shown))
        if mention.builder == COMPOSE and base and not self._files.is_file(dockerfile):
            written = [posixpath.relpath(path, base) for path in (dockerfile, context)]
            for above in _ancestors(base):
                other, root = (posixpath.normpath(posixpath.join(above, path)) for path in written)
                if self._files.is_file(other):
                    return other, root
        return dockerfile, context

    @cached_property
    def builds(self) -> tuple[Told, ...]:
        """The builds of this Dockerfile that the build files say."""
        return tuple(self._told(self._all_mentions))

    @cached_property
    def scripted_builds(self) -> tuple[Told, ...]:
        """The builds of this Dockerfile that scripts, makefiles, CI files and its own comments say."""
        from dfguard.discover.scripts import comment_mentions, script_mentions

        sources = ((name, self.source(name)) for name in self._scripts())
        found = [m for name, source in sources if source for m in script_mentions(name, source)]
        own = self.source(self.path)
        return tuple(self._told((*found, *(comment_mentions(self.path, own) if own else ()))))

    def is_built_elsewhere(self, context: str) -> bool:
        """Whether a script builds this Dockerfile in another folder than that (relative to the root), or in one that is not
        known, or a program in a language that is not read starts a build, and no build file says that it is the one: a program beside
        it, or one in the folders of commands that Go projects keep (`cmd/*`) that names a folder of the Dockerfile's path.
        """
        folder = posixpath.normpath(context or ".")
        if any(told.is_sure and told.context == folder for told in self.builds):
            return False
        return any(told.context != folder for told in self.scripted_builds) or self._has_unread_build

    @cached_property
    def _has_unread_build(self) -> bool:
        folder = posixpath.dirname(self.path)
        if any(_STARTS_BUILD.search(text) for text in self._unread_programs(folder)):
            return True
        commands = [f"cmd/{name}" for name in self._files.names("cmd")] if folder else ()
        named = re.compile("|".join(rf"[\"']{re.escape(part)}[\"'/]" for part in folder.split("/")))
        return any(
            _STARTS_BUILD.search(text) and named.search(text)
            for command in commands
            for text in self._unread_programs(command)
        )

    def _unread_programs(self, folder: str) -> Iterator[str]:
        """The texts of the programs in a folder that are written in a language of which no builds are read."""
        from dfguard.discover.scripts import MOST_SCRIPTS, is_unread_program

        names = (n for n in self._files.names(folder) if is_unread_program(n) and not is_dockerfile_name(n))
        found = (
            self.source(posixpath.join(folder, name))
            for name, _ in zip(names, range(MOST_SCRIPTS), strict=False)
        )
        yield from (source.text for source in found if source is not None)

    def _told(self, found: Iterable[Mention]) -> Iterator[Told]:
        for mention in found:
            dockerfile, context = (re.sub(_VARIABLE, UNKNOWN, path) for path in self._settled(mention))
            is_sure = UNKNOWN not in dockerfile
            pattern = ".+".join(map(re.escape, dockerfile.split(UNKNOWN)))
            if dockerfile != self.path if is_sure else not re.fullmatch(pattern, self.path):
                continue
            if context == (posixpath.dirname(dockerfile) or "."):
                context = posixpath.dirname(self.path) or "."
            is_open = UNKNOWN in context or context.startswith(("..", "/"))
            yield Told(None if is_open else posixpath.normpath(context), is_sure)

    def _scripts(self) -> Iterator[str]:
        from dfguard.discover.scripts import FOLDERS, MOST_SCRIPTS, is_script

        there = frozenset(self._files.names(""))
        folders = [*_ancestors(self.path), *(folder for folder in FOLDERS if folder in there)]
        names = (
            posixpath.join(folder, name)
            for folder in dict.fromkeys(folders)
            for name in self._files.names(folder)
            if is_script(name)
        )
        yield from (name for name, _ in zip(names, range(MOST_SCRIPTS), strict=False))

    def says(self, pattern: str) -> bool:
        """Whether a script, CI file or program beside the Dockerfile, in a folder above it or where a repository usually keeps
        them holds text that matches: what is written in languages that are not read.
        """
        wanted = re.compile(pattern, re.IGNORECASE | re.MULTILINE)
        return any(wanted.search(source.text) for source in self._programs)

    @cached_property
    def _programs(self) -> tuple[Source, ...]:
        from dfguard.discover.scripts import FOLDERS, MOST_SCRIPTS, is_program

        there = frozenset(self._files.names(""))
        folders = [
            *_ancestors(self.path),
            ".github/workflows",
            *(f for f in FOLDERS if f.partition("/")[0] in there),
        ]
        names = (
            posixpath.join(folder, name)
            for folder in dict.fromkeys(folders)
            for name in self._files.names(folder)
            if is_program(name) and not is_dockerfile_name(name)
        )
        found = (self.source(name) for name, _ in zip(names, range(MOST_SCRIPTS), strict=False))
        return tuple(filter(None, found))

    def is_in_submodule(self, path: str) -> bool:
        """Whether the path (relative to the root) lies in, or is, a submodule that was not fetched."""
        inside = [folder for folder in (path, *_ancestors(path)) if folder in self._submodules]
        return any(all(name.startswith(".") for name in self._files.names(folder)) for folder in inside)

    def is_in_empty_folder(self, path: str) -> bool:
        """Whether the nearest folder around the path that is there is empty: git keeps such ones for submodules alone."""
        there = (f for f in _ancestors(path) if not f or self._files.is_folder(f))
        folder = next(there, "")
        return bool(folder) and not self._files.names(folder)

    @cached_property
    def _submodules(self) -> frozenset[str]:
        source = self.source(".gitmodules")
        found = re.finditer(r"^\s*path\s*=\s*(.+?)\s*$", source.text if source else "", re.MULTILINE)
        return frozenset(posixpath.normpath(each[1].strip('"')) for each in found)


COMPOSE = "compose service"
_STARTS_BUILD = re.compile(r"\b(?:docker|podman|nerdctl|buildah)\W{1,8}(?:buildx\W{1,8})?(?:build|bud)\b")
_VARIABLE = r"\$\{[^}]*\}|\$\w+"


def _ancestors(path: str) -> Iterator[str]:
    """The folders around a path, the nearest first, the root (empty) last."""
    while path.strip("/"):
        path = posixpath.dirname(path)
        yield path


DEFAULT = "Dockerfile"
"""The only name for which BuildKit looks for one in lower case as well (moby/buildkit frontend/dockerui/config.go)."""
