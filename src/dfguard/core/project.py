"""What a check may ask about the repository around a Dockerfile, as a protocol (given from outside, pure data back)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dfguard.core.record import Record
from dfguard.core.source import Place

if TYPE_CHECKING:
    from dfguard.core.source import Source


class Reference(Record):
    """A file that says which Dockerfile is built: a workflow, compose, bake, hub.json or platform file.

    `dockerfile` and `context` are relative to the repository root with forward slashes; `builder` names the kind
    (`GitHub workflow`, `compose`, `bake`, `RunPod hub`, ...); `exists` whether the Dockerfile is there.
    """

    place: Place
    builder: str
    dockerfile: str
    context: str
    target: str | None
    exists: bool


class Project(Protocol):
    """The repository around the Dockerfile that is checked. Everything is looked up at first use."""

    @property
    def path(self) -> str:
        """The checked Dockerfile, relative to the repository root, with forward slashes."""
        ...

    def references(self) -> tuple[Reference, ...]:
        """All places in the repository that name a Dockerfile to build, sorted by place."""
        ...

    def siblings(self) -> tuple[str, ...]:
        """The other Dockerfiles in the same folder, relative to the repository root, sorted."""
        ...

    def source(self, path: str) -> Source | None:
        """The text of a file of the repository, None when it cannot be read."""
        ...

    def sure_errors(self, path: str) -> tuple[str, ...] | None:
        """Rule ids of the sure errors of another Dockerfile of the repository (project rules left out), sorted;
        None when it cannot be read.
        """
        ...


class NoProject:
    """The project of a Dockerfile read from standard input, or of an example without files."""

    path = ""

    def references(self) -> tuple[Reference, ...]:
        """None."""
        return ()

    def siblings(self) -> tuple[str, ...]:
        """None."""
        return ()

    def source(self, path: str) -> Source | None:  # noqa: ARG002  the protocol's signature
        """Nothing can be read."""
        return None

    def sure_errors(self, path: str) -> tuple[str, ...] | None:  # noqa: ARG002  the protocol's signature
        """Nothing is known."""
        return None
