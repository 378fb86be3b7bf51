"""What a check may ask about the repository around a Dockerfile, as a protocol (given from outside, pure data back)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from dfguard.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.core.source import Place, Source


class Reference(Record):
    """A file that says which Dockerfile is built: a workflow, compose, bake, hub.json or platform file.

    `dockerfile` and `context` are relative to the repository root with forward slashes; `builder` names the kind
    (`GitHub workflow`, `compose`, `bake`, `RunPod hub`, ...); `exists` whether the Dockerfile is there; `contexts` are the
    named build contexts that it is built with, name and source. `may_come`: it is not there, and may all the same be there
    when it is built (something makes it before, git ignores it, it lies in a submodule).
    """

    place: Place
    builder: str
    dockerfile: str
    context: str
    target: str | None
    exists: bool
    contexts: tuple[tuple[str, str], ...] = ()
    may_come: bool = False


class MountPoint(Record):
    """Something a deployment mounts at `path`; `kind` is `volume`, `bind`, `tmpfs`, or a Kubernetes volume's key."""

    path: str
    kind: str
    place: Place
    is_writable: bool = True


class Setting(Record):
    """A variable that a deployment sets; `value` is None when it is not written out."""

    name: str
    value: str | None
    place: Place


class Container(Record):
    """A container that runs the image, as a compose file or a manifest says. `platform` is the id of its pack, `title`
    names it; `user` None and no `settings` leave what the image says. `ports` are those of the container that the deployment
    names to be reached; `is_on_host`: it shares the network of its host; `has_command`: another command than the image's runs;
    `has_more_settings`: it takes variables from files or objects that are not read.
    """

    platform: str
    title: str
    mounts: tuple[MountPoint, ...] = ()
    settings: tuple[Setting, ...] = ()
    user: str | None = None
    is_read_only: bool = False
    ports: tuple[int, ...] = ()
    is_on_host: bool = False
    has_command: bool = False
    has_more_settings: bool = False


class Route(Record):
    """A port of the container to which a deployment of the repository sends requests: `platform` is
    the id of its pack, `title` says what deploys.
    """

    platform: str
    port: int
    title: str
    place: Place


class Project(Protocol):
    """The repository around the Dockerfile that is checked. Everything is looked up at first use."""

    @property
    def path(self) -> str:
        """The checked Dockerfile, relative to the repository root, with forward slashes."""
        ...

    def references(self) -> tuple[Reference, ...]:
        """All places in the repository that name a Dockerfile to build, sorted by place."""
        ...

    def containers(self) -> tuple[Container, ...]:
        """What compose files and Kubernetes manifests of the repository run of this Dockerfile's image."""
        ...

    def routes(self) -> tuple[Route, ...]:
        """The ports that deployments of the repository send requests to, of this Dockerfile's image."""
        ...

    def siblings(self) -> tuple[str, ...]:
        """The other Dockerfiles in the same folder, relative to the repository root, sorted."""
        ...

    def source(self, path: str) -> Source | None:
        """The text of a file of the repository, None when it cannot be read."""
        ...

    def is_git_ignored(self, path: str) -> bool:
        """Whether git leaves the path (relative to the root), or all below it, out: it may be made just before a build."""
        ...

    def is_in_submodule(self, path: str) -> bool:
        """Whether the path (relative to the root) lies in a git submodule that was not fetched."""
        ...

    def is_in_empty_folder(self, path: str) -> bool:
        """Whether the nearest folder around the path (relative to the root) that is there is empty, and not the root."""
        ...

    def is_built_elsewhere(self, context: str) -> bool:
        """Whether a script builds the Dockerfile in another folder than that (relative to the root), or an unknown one."""
        ...

    def says(self, pattern: str) -> bool:
        """Whether a script, CI file or program near the Dockerfile holds text that matches (line by line, case aside)."""
        ...


class NoProject:
    """The project of a Dockerfile read from standard input, or of an example without files."""

    path = ""

    def references(self) -> tuple[Reference, ...]:
        """None."""
        return ()

    def containers(self) -> tuple[Container, ...]:
        """None."""
        return ()

    def routes(self) -> tuple[Route, ...]:
        """None."""
        return ()

    def siblings(self) -> tuple[str, ...]:
        """None."""
        return ()

    def source(self, path: str) -> Source | None:  # noqa: ARG002  the protocol's signature
        """Nothing can be read."""
        return None

    def is_git_ignored(self, path: str) -> bool:  # noqa: ARG002  the protocol's signature
        """Nothing is ignored."""
        return False

    def is_in_submodule(self, path: str) -> bool:  # noqa: ARG002  the protocol's signature
        """There are none."""
        return False

    def is_in_empty_folder(self, path: str) -> bool:  # noqa: ARG002  the protocol's signature
        """There are none."""
        return False

    def is_built_elsewhere(self, context: str) -> bool:  # noqa: ARG002  the protocol's signature
        """Nothing does."""
        return False

    def says(self, pattern: str) -> bool:  # noqa: ARG002  the protocol's signature
        """Nothing does."""
        return False


class Surroundings(Record):
    """What lies around a checked Dockerfile.

    `context_path` is the build context relative to the repository root (clean, empty for the root itself);
    `has_certain_context` False: it is a guess, so what is not in it may still be there. `sure_errors` takes
    the facts of the checked Dockerfile and the path of one of the repository, and gives the rule ids of its sure errors,
    sorted, None when it cannot be read.
    """

    project: Project = NoProject()
    context_path: str = ""
    has_certain_context: bool = True
    sure_errors: Callable[[Any, str], tuple[str, ...] | None] = lambda _facts, _path: None
