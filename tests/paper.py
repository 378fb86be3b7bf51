"""Dockerfile texts played in a small world of their own: images, build arguments and context as a test says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dfguard.core.source import Source
from dfguard.disk import InMemoryContext
from dfguard.interp.build.build import play
from dfguard.interp.state.inputs import Deployment, World
from dfguard.knowledge.images import BaseImage, BaseImages
from dfguard.knowledge.load import load_knowledge
from dfguard.knowledge.model import Knowledge
from dfguard.knowledge.platforms import Platform
from dfguard.knowledge.sourced import Status
from dfguard.syntax.dockerfile.parser import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dfguard.interp.state.model import StageTrace

PACKS = load_knowledge(())
PLATFORM = Platform((), "", Status.READ, "docker", "Docker")


def image(repository: str, environment: Mapping[str, str] | None = None, **facts: Any) -> BaseImage:
    """An image of which everything is known that is not said."""
    variables = tuple((environment or {}).items())
    return BaseImage((), "", Status.READ, repository, repository, environment=variables, **facts)


def world(
    *images: BaseImage,
    context: Mapping[str, str] | None = None,
    target: str | None = None,
    arguments: Mapping[str, str] | None = None,
) -> World:
    """A world that knows these images and no others; `arguments` are --build-arg."""
    table = BaseImages(images)
    knowledge = Knowledge(lambda name: table if name == "base_images" else getattr(PACKS, name))
    given = tuple((arguments or {}).items())
    return World(InMemoryContext(context or {}), knowledge, Deployment(PLATFORM), given, target)


def played(text: str, where: World) -> tuple[StageTrace, ...]:
    """The stages of a Dockerfile."""
    return play(parse(Source("Dockerfile", text)), where)
