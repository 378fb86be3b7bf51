"""What the paper build is told from outside: the context, the packs, the command line's arguments, the deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    from dfguard.core.context import BuildContext
    from dfguard.interp.values import Value
    from dfguard.knowledge.model import Knowledge, Platform
    from dfguard.knowledge.platforms import Mount


IMAGE = "docker-image://"
"""Before the name of an image that is a named build context."""


class Deployment(Record):
    """Where the image will run. `volume`: `attached`, `none` or `unknown`; `cached_models`: hub ids the platform
    mounts; `is_declared`: the user named the platform (command line or config) and it was not guessed; `mounts` are
    those that the deployment's own files ask for, beyond the platform's; `settings` the variables that these set.
    """

    platform: Platform
    volume: str = "unknown"
    cached_models: tuple[str, ...] = ()
    is_declared: bool = False
    mounts: tuple[Mount, ...] = ()
    settings: tuple[tuple[str, Value], ...] = ()


class Conventions(Record):
    """What the user's own rules ask of every image. `trusted_registries` are host names, `*` at one end stands for
    anything, empty means all are trusted. `label_schema` maps label keys to the kind of their value (`text`, `url`,
    `email`, `hash`, `rfc3339`, `semver`, `spdx`); `has_strict_labels`: a label outside of it is not allowed. `imitated` is
    the tool whose findings are asked for (`hadolint`, `buildkit`), harmless ones included; empty for none.
    """

    trusted_registries: tuple[str, ...] = ()
    label_schema: tuple[tuple[str, str], ...] = ()
    has_strict_labels: bool = False
    imitated: str = ""


class World(Record):
    """`build_arguments` are name/value pairs of --build-arg; `target` the --target stage (name or index), None for the last.
    `named_contexts` are name/source pairs of --build-context. `builder` is `buildkit` or `legacy`; `build_platform`/`target_platform` like `linux/amd64`.
    """

    context: BuildContext
    knowledge: Knowledge
    deployment: Deployment
    build_arguments: tuple[tuple[str, str], ...] = ()
    target: str | None = None
    builder: str = "buildkit"
    build_platform: str = "linux/amd64"
    target_platform: str = "linux/amd64"
    conventions: Conventions = Conventions()
    named_contexts: tuple[tuple[str, str], ...] = ()

    def context_named(self, name: str) -> str | None:
        """The source of the build context of that name (`docker-image://x`, a folder, a URL); None when there is none."""
        return dict(self.named_contexts).get(name.lower()) if self.named_contexts else None

    def image_named(self, name: str) -> str | None:
        """The image that stands for the name: the one that a build context of that name says, else the name itself. None
        for a build context that is no image.
        """
        source = self.context_named(name)
        if source is None:
            return name
        return source.removeprefix(IMAGE) if source.startswith(IMAGE) else None
