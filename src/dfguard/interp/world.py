"""What the paper build is told from outside: the context, the packs, the command line's arguments, the deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    from dfguard.core.context import BuildContext
    from dfguard.interp.values import Value
    from dfguard.knowledge.model import Knowledge, Platform
    from dfguard.knowledge.platforms import Mount


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
    `email`, `hash`, `rfc3339`, `semver`, `spdx`); `has_strict_labels`: a label outside of it is not allowed.
    """

    trusted_registries: tuple[str, ...] = ()
    label_schema: tuple[tuple[str, str], ...] = ()
    has_strict_labels: bool = False


class World(Record):
    """`build_arguments` are name/value pairs of --build-arg; `target` the --target stage (name or index), None for the last.
    `builder` is `buildkit` or `legacy`; `build_platform`/`target_platform` like `linux/amd64`.
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
