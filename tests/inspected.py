"""Dockerfile texts inspected in a small world of their own, on a platform that mounts a volume over /vol."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import paper
from dfguard.core.record import replace
from dfguard.core.source import Source
from dfguard.facts import Facts
from dfguard.inspection.whole import inspect
from dfguard.interp.state.inputs import Deployment
from dfguard.knowledge.images import KnownPath
from dfguard.knowledge.platforms import Condition, Mount, Platform, Semantics
from dfguard.knowledge.sourced import Status
from dfguard.syntax.dockerfile.parser import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dfguard.inspection.records import FileRow, Inspection

VOLUME = Mount("/vol", "network volume", Semantics.SHADOW, Condition.VOLUME)
CLOUD = Platform((), "", Status.READ, "cloud", "Cloud", mounts=(VOLUME,), runtime_variables=("CLOUD_ID",))
BASE = paper.image("base", {"PATH": "/bin"}, top_level=("bin", "tmp"), is_complete=True)
BASE = replace(BASE, paths=(KnownPath("/tmp", "directory", mode=0o1777),), user="root")

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inspection", "golden")


def facts_of(
    text: str,
    context: Mapping[str, str] | None = None,
    *,
    volume: str = "attached",
    target: str | None = None,
) -> Facts:
    """The facts of a Dockerfile for the platform that mounts a volume."""
    world = paper.world(BASE, context=context, target=target)
    world = replace(world, deployment=Deployment(CLOUD, volume=volume, is_declared=True))
    return Facts(parse(Source("Dockerfile", text)), world)


def inspected(text: str, context: Mapping[str, str] | None = None, **options: Any) -> Inspection:
    """The inspection of a Dockerfile."""
    return inspect(facts_of(text, context, **options), (), "as told", "--platform")


def row(inspection: Inspection, path: str) -> FileRow:
    """The one row of a path in the stage that becomes the image."""
    (found,) = (
        r for s in inspection.stages if s.index == inspection.image for r in s.files if r.path == path
    )
    return found


def scene() -> Inspection:
    """The inspection of golden/Dockerfile, in which every mark occurs."""
    return inspected(_golden("Dockerfile"), {"app.py": _golden("app.txt")})


def _golden(name: str) -> str:
    with open(os.path.join(GOLDEN, name), encoding="utf-8") as file:
        return file.read()
