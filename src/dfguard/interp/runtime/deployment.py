"""Settings, or what the code shows, to the deployment: which platform's mounts are laid over the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.errors import UsageError
from dfguard.core.record import replace
from dfguard.interp.filesystem import paths
from dfguard.interp.state.inputs import Deployment
from dfguard.interp.values import Binding, Known, Unknown, known
from dfguard.knowledge.patterns import glob_matches
from dfguard.knowledge.platforms import Condition, Mount, Root, Semantics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.core.project import Container, MountPoint, Setting
    from dfguard.interp.runtime.process import Process
    from dfguard.interp.state.model import StageTrace
    from dfguard.interp.values import Value
    from dfguard.knowledge.model import Knowledge, Platform

PLAIN = "docker"
KUBERNETES = "kubernetes"


def declared(
    name: str,
    volume: str,
    cached_models: tuple[str, ...],
    knowledge: Knowledge,
    mounts: tuple[str, ...] = (),
) -> Deployment:
    """The deployment the user named, with the paths of its own mounts; raise UsageError for a platform that no pack
    describes.
    """
    platform = knowledge.platform(name)
    if platform is None:
        names = ", ".join(sorted(p.id for p in knowledge.platforms))
        raise UsageError(f"there is no platform {name!r}; known ones: {names}")
    own = tuple(_chosen(path, platform) for path in mounts)
    return Deployment(platform, volume, cached_models, is_declared=True, mounts=own)


def _chosen(path: str, platform: Platform) -> Mount:
    """A mount at a path that the user chose: of the kind that the platform offers, else one that hides the image's files."""
    offered = (mount for mount in platform.mounts if mount.path is None)
    kind = next(offered, Mount(None, "volume", Semantics.SHADOW, Condition.CONFIGURED))
    return replace(kind, path=paths.clean(path))


def detected(
    trace: StageTrace | None,
    process: Process | None,
    given: Deployment,
    knowledge: Knowledge,
    has_file: Callable[[str], bool],
) -> tuple[Deployment, str]:
    """The platform that the image is evidently made for, and what shows it; plain Docker when nothing does.

    `given` is what the user said without naming a platform, `has_file` whether the repository holds a path.
    """
    evidence = _first(
        _of_code(process, knowledge), _of_packages(trace, knowledge), _of_base(trace, knowledge)
    )
    name, reason = evidence or _of_files(knowledge, has_file) or (PLAIN, "nothing names a platform")
    platform = knowledge.platform(name) or knowledge.platform(PLAIN)
    if platform is None:
        raise UsageError(f"the packs lack the platform {PLAIN!r}")
    return replace(given, platform=platform, is_declared=False), reason


Evidence = tuple[str, str]


def _first(*several: Iterator[Evidence]) -> Evidence | None:
    return next((found for each in several for found in each), None)


def _of_code(process: Process | None, knowledge: Knowledge) -> Iterator[Evidence]:
    """What the programs of the process import; the distributions of the signs are named like their modules."""
    for started in process.programs if process else ():
        tops = {found.module.partition(".")[0] for found in started.program.imports}
        for platform, names in _distributions(knowledge):
            if found := tops & {name.replace("-", "_") for name in names}:
                yield platform, f"{started.program.source.path} imports {min(found)}"


def _of_packages(trace: StageTrace | None, knowledge: Knowledge) -> Iterator[Evidence]:
    installed = {package.name for package in trace.final.packages} if trace else set()
    for platform, names in _distributions(knowledge):
        if found := installed & set(names):
            yield platform, f"the build installs {min(found)}"


def _distributions(knowledge: Knowledge) -> list[tuple[str, tuple[str, ...]]]:
    return [(p.id, p.signs.distributions) for p in knowledge.platforms if p.signs.distributions]


def _of_base(trace: StageTrace | None, knowledge: Knowledge) -> Iterator[Evidence]:
    """The image at the bottom of the target stage."""
    image = (
        trace.final.base.repository if trace and trace.final.base else known(trace.base) if trace else None
    )
    repository = _without_tag(image or "")
    for platform in knowledge.platforms:
        if repository and any(glob_matches(pattern, repository) for pattern in platform.signs.bases):
            yield platform.id, f"the base image is {repository}"


def _without_tag(image: str) -> str:
    head, slash, name = image.partition("@")[0].rpartition("/")
    return head + slash + name.partition(":")[0]


def _of_files(knowledge: Knowledge, has_file: Callable[[str], bool]) -> Evidence | None:
    for platform in knowledge.platforms:
        for name in platform.signs.files:
            if has_file(name):
                return platform.id, f"the repository holds {name}"
    return None


_TITLES = {"bind": "bind mount", "volume": "volume"}
_KINDS = {"tmpfs": Semantics.TMPFS, "bind": Semantics.SHADOW}


def deployed(
    plain: Deployment, containers: tuple[Container, ...], knowledge: Knowledge
) -> tuple[Deployment, str] | None:
    """The deployment that the repository's own files ask for: what all of the image's containers agree on. Where there are
    manifests, the compose file is taken for the developer's own use.
    """
    manifests = tuple(c for c in containers if c.platform == KUBERNETES)
    containers = manifests or containers
    first = containers[0] if containers else None
    platform = knowledge.platform(first.platform) if first else None
    if first is None or platform is None:
        return None
    copies = first.platform != KUBERNETES
    shared = [m for m in first.mounts if all(_has(other.mounts, m) for other in containers)]
    settings = [s for s in first.settings if all(_sets(other, s) for other in containers)]
    if all(c.is_read_only for c in containers):
        platform = replace(platform, root=Root.READ_ONLY)
    if first.user is not None and all(c.user == first.user for c in containers):
        platform = replace(platform, process=replace(platform.process, user=first.user))
    return replace(
        plain,
        platform=platform,
        mounts=(*plain.mounts, *(_mount(m, copies=copies) for m in shared)),
        settings=tuple((s.name, _value(s)) for s in settings),
    ), f"{first.title} runs it" + (f", and {len(containers) - 1} more" if len(containers) > 1 else "")


def _has(mounts: tuple[MountPoint, ...], wanted: MountPoint) -> bool:
    return any(m.path == wanted.path and m.kind == wanted.kind for m in mounts)


def _sets(container: Container, wanted: Setting) -> bool:
    return any(s.name == wanted.name and s.value == wanted.value for s in container.settings)


def _mount(point: MountPoint, *, copies: bool) -> Mount:
    """A named volume of compose is filled from the image when it is new; no other mount shows the image's files."""
    semantics = _KINDS.get(point.kind, Semantics.COPY_UP if copies else Semantics.SHADOW)
    path = paths.clean(point.path)
    return Mount(
        path,
        _TITLES.get(point.kind, point.kind),
        semantics,
        Condition.CONFIGURED,
        is_writable=point.is_writable,
    )


def _value(setting: Setting) -> Value:
    because = (Binding(setting.name, setting.value or "", setting.place),)
    if setting.value is None:
        return Unknown(f"the deployment sets {setting.name}", because)
    return Known(setting.value, because)
