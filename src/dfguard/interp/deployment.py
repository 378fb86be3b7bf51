"""Settings, or what the code shows, to the deployment: which platform's mounts are laid over the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.errors import UsageError
from dfguard.core.record import replace
from dfguard.interp import paths
from dfguard.interp.world import Deployment
from dfguard.knowledge.platforms import Condition, Mount, Semantics

if TYPE_CHECKING:
    from dfguard.interp.process import Process
    from dfguard.interp.state import StageTrace
    from dfguard.knowledge.model import Knowledge, Platform

PLAIN = "docker"
SERVERLESS = "runpod-serverless"


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
    trace: StageTrace | None, process: Process | None, knowledge: Knowledge
) -> tuple[Deployment, str]:
    """The platform that the image is evidently made for, and what shows it; plain Docker when nothing does."""
    name, reason = _evidence(trace, process)
    platform = knowledge.platform(name) or knowledge.platform(PLAIN)
    if platform is None:
        raise UsageError(f"the packs lack the platform {PLAIN!r}")
    return Deployment(platform), reason


def _evidence(trace: StageTrace | None, process: Process | None) -> tuple[str, str]:
    for program in process.programs if process else ():
        if any(_is_runpod(i.module) for i in program.program.imports):
            return SERVERLESS, f"{program.program.source.path} imports runpod"
    if trace:
        installed = (p.name for p in trace.final.packages)
        if "runpod" in installed:
            return SERVERLESS, "the build installs runpod"
    return PLAIN, "nothing names a platform"


def _is_runpod(module: str) -> bool:
    return module == "runpod" or module.startswith("runpod.")
