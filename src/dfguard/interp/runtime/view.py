"""The finished image and the deployment to what the process sees: variables, user, mounts laid over the files."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.loads.environment import home_of, sight_of
from dfguard.interp.values import Known, Unknown
from dfguard.knowledge.patterns import glob_matches
from dfguard.knowledge.platforms import Condition, Root, Semantics

if TYPE_CHECKING:
    from dfguard.interp.filesystem.entries import Entry
    from dfguard.interp.loads.environment import Sight
    from dfguard.interp.state.inputs import Deployment, World
    from dfguard.interp.state.model import BuildState
    from dfguard.interp.values import Value
    from dfguard.knowledge.platforms import Mount, Platform


class Visibility(Enum):
    """What the process sees of a path of the image."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Seen(Record):
    """What the process sees at a path. `mount` is the one over it (None: the image itself), `is_mount_certain` whether
    it is surely there; `entry` is what the image holds.
    """

    visibility: Visibility
    entry: Entry
    mount: Mount | None = None
    is_mount_certain: bool = False


class RuntimeView:
    """The image as the process sees it on the platform."""

    def __init__(self, state: BuildState, world: World) -> None:
        """`state` is the target stage's final state; the deployment comes from `world`."""
        self.state = state
        self._world = world

    @property
    def deployment(self) -> Deployment:
        """Where the image runs."""
        return self._world.deployment

    @property
    def platform(self) -> Platform:
        """The platform the image runs on."""
        return self._world.deployment.platform

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """The mounts that may be there: those the deployment rules out are left out, innermost last."""
        known_ones = (m for m in (*self.platform.mounts, *self.deployment.mounts) if m.path is not None)
        found = [mount for mount in known_ones if not self._is_ruled_out(mount)]
        return tuple(sorted(found, key=lambda mount: len(mount.path or "")))

    def _is_ruled_out(self, mount: Mount) -> bool:
        match mount.when:
            case Condition.VOLUME:
                return self.deployment.volume == "none"
            case Condition.CACHED_MODEL:
                return not self.deployment.cached_models
        return False

    def is_certain(self, mount: Mount) -> bool:
        """Whether the mount is surely there: always, or declared to be."""
        match mount.when:
            case Condition.ALWAYS:
                return True
            case Condition.VOLUME:
                return self.deployment.volume == "attached"
            case Condition.CACHED_MODEL:
                return bool(self.deployment.cached_models)
            case Condition.CONFIGURED:
                return mount in self.deployment.mounts

    def mount_over(self, path: str) -> Mount | None:
        """The innermost mount that may lie over the path; None when there is none."""
        return next((mount for mount in reversed(self.mounts) if mount.covers(paths.clean(path))), None)

    def hiding_mount(self, path: str) -> Mount | None:
        """The mount that may hide what the image holds at the path; None when there is none."""
        found = [mount for mount in self.mounts if mount.covers(paths.clean(path))]
        return next((mount for mount in reversed(found) if mount.hides), None)

    def refusing_mount(self, path: str) -> Mount | None:
        """The mount that keeps the container from starting when the image has content at the path."""
        found = [mount for mount in self.mounts if mount.covers(paths.clean(path))]
        return next((mount for mount in found if mount.semantics is Semantics.REFUSE), None)

    def look(self, path: str) -> Seen:
        """What the process sees at the path, links followed inside the image."""
        entry = self.state.files.resolve(path)
        mount = self.hiding_mount(entry.path) or self.hiding_mount(path)
        if mount is not None:
            is_certain = self.is_certain(mount)
            seen = Visibility.HIDDEN if is_certain else Visibility.UNKNOWN
            return Seen(seen, entry, mount, is_certain)
        match entry.presence:
            case Presence.PRESENT:
                return Seen(Visibility.VISIBLE, entry)
            case Presence.ABSENT:
                return Seen(Visibility.ABSENT, entry)
        return Seen(Visibility.UNKNOWN, entry)

    def has_cached_model(self, subject: str) -> bool:
        """Whether the platform's model cache is declared to hold the hub repository."""
        return subject.lower() in {name.lower() for name in self.deployment.cached_models}

    def variable(self, name: str) -> Value | None:
        """A variable of the process before any script ran: the deployment's own, the platform's, else the image's ENV; None when not set."""
        if name in (own := dict(self.deployment.settings)):
            return own[name]
        found = self.state.environment.get(name)
        if any(glob_matches(pattern, name) for pattern in self.platform.runtime_variables):
            return Unknown(f"{self.platform.title} sets {name}")
        return found.value if found is not None and not found.is_argument else None

    @property
    def user(self) -> Value:
        """Who the process is: the platform's choice, else the image's USER."""
        chosen = self.platform.process.user
        return Known(chosen) if chosen is not None else self.state.user

    def sight(self, extra: tuple[tuple[str, Value], ...] = (), workdir: Value | None = None) -> Sight:
        """What a program of the process sees; `extra` are variables that start scripts set."""
        own = dict(extra)

        def lookup(name: str) -> Value | None:
            return own[name] if name in own else self.variable(name)

        user = self.platform.process.user
        return sight_of(self.state, self._world, lookup, workdir=workdir, user=user)

    @property
    def home(self) -> Value:
        """HOME of the process."""
        return home_of(self.sight())

    def is_writable(self, path: str) -> bool | None:
        """Whether files can be written at the path for good measure: False on a read-only root or mount, None when a
        mount may or may not be there.
        """
        mount = self.mount_over(path)
        if mount is not None:
            writable = mount.is_writable and mount.semantics is not Semantics.READ_ONLY
            return writable if self.is_certain(mount) else None
        return self.platform.root is not Root.READ_ONLY


def runtime_view(state: BuildState, world: World) -> RuntimeView:
    """The view of an image with that final state."""
    return RuntimeView(state, world)
