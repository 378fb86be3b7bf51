"""The data types of platform packs: what a place to run does to an image (mounts, variables, user, limits, builder)."""

from __future__ import annotations

from enum import Enum

from dfguard.core.record import Record
from dfguard.knowledge.sourced import Sourced


class Semantics(Enum):
    """What a mount makes of the image's content at its path.

    SHADOW hides it. COPY_UP copies it into a new empty volume at first use, later images stay invisible. REFUSE: the
    container does not start when there is content. READ_ONLY: visible, writes fail. TMPFS: a fresh writable
    directory. IN_MEMORY: visible, writes cost memory.
    """

    SHADOW = "shadow"
    COPY_UP = "copy_up"
    REFUSE = "refuse"
    READ_ONLY = "read_only"
    TMPFS = "tmpfs"
    IN_MEMORY = "in_memory"


class Condition(Enum):
    """When a mount is there: ALWAYS; VOLUME when one is attached; CACHED_MODEL when the platform's model cache is set;
    CONFIGURED when the deployment's own files or settings ask for it.
    """

    ALWAYS = "always"
    VOLUME = "volume"
    CACHED_MODEL = "cached_model"
    CONFIGURED = "configured"


class Mount(Record):
    """One mount. `path` is absolute and clean, None where the user chooses it. `layout` names what it holds (`hub`)."""

    path: str | None
    title: str
    semantics: Semantics
    when: Condition
    layout: str = ""
    is_writable: bool = True
    size_mb: int | None = None
    status: str = ""

    @property
    def hides(self) -> bool:
        """Whether baked content at the path cannot be seen through it."""
        return self.semantics in {Semantics.SHADOW, Semantics.TMPFS}

    def covers(self, path: str) -> bool:
        """Whether the absolute, clean `path` is the mount point or lies below it."""
        return self.path is not None and (path == self.path or path.startswith(self.path.rstrip("/") + "/"))


class Root(Enum):
    """What the container's own file system is at run time."""

    WRITABLE = "writable"
    READ_ONLY = "read_only"
    IN_MEMORY = "in_memory"


class Builder(Record):
    """The platform's own image builder. None stands for "not known"; sizes in GB, times in minutes."""

    name: str
    gpu: bool | None = None
    gpu_on_request: bool = False
    minutes: int | None = None
    total_minutes: int | None = None
    image_gb: int | None = None
    private_bases: bool | None = None
    build_arguments: bool | None = None
    build_secrets: bool | None = None
    context: str = ""
    architecture: str = ""


class Limits(Record):
    """Limits at run time; None stands for "not known"."""

    image_gb: int | None = None
    image_compressed_gb: int | None = None
    disk_gb: int | None = None
    shm_mb: int | None = None
    request_mb: int | None = None
    start_seconds: int | None = None
    execution_seconds: int | None = None


class Process(Record):
    """What the platform asks of the process: `command` it starts instead of CMD, `user` it runs as, port and routes.
    `replaces_entrypoint`: the image's ENTRYPOINT is not run in the usual mode.
    """

    user: str | None = None
    command: tuple[str, ...] = ()
    replaces_entrypoint: bool = False
    port: int | None = None
    port_variable: str = ""
    routes: tuple[str, ...] = ()
    gpu: bool | None = None


class Signs(Record):
    """What in a repository says that an image is meant for the platform: calls in its Python code, distributions it
    installs, base images (patterns with `*`), files, first words of its command, variables its code reads.
    """

    calls: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


class StartCheck(Record):
    """Something a worker library tests before the first job: `variable` turns it off or sets its bound."""

    what: str
    distribution: str
    versions: str
    variable: str = ""
    is_fatal_in: str = ""


class Platform(Sourced):
    """A place to run an image. `runtime_variables` exist in the process and never during the build; `consoles` says
    that further ones may be set in the platform's settings and win over ENV. `absent_mounts` is what a mount point is
    when nothing is mounted: the image's own directory or none.
    """

    id: str
    title: str
    aliases: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()
    root: Root = Root.WRITABLE
    runtime_variables: tuple[str, ...] = ()
    process: Process = Process()
    builder: Builder | None = None
    limits: Limits = Limits()
    signs: Signs = Signs()
    start_checks: tuple[StartCheck, ...] = ()
    has_model_cache: bool = False
    notes: tuple[str, ...] = ()

    def mount_over(self, path: str) -> Mount | None:
        """The innermost mount at or above the absolute, clean `path`, whatever its condition; None when there is none."""
        found = [mount for mount in self.mounts if mount.covers(path)]
        return max(found, key=lambda mount: len(mount.path or ""), default=None)

    @property
    def mount_points(self) -> tuple[str, ...]:
        """The fixed mount points, in the pack's order."""
        return tuple(mount.path for mount in self.mounts if mount.path is not None)
