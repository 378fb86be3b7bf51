"""FROM instructions to the images they name, for the rules about base images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.checks.api import Record, Severity, known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.checks.api import Facts, Place, Site


class Base(Record):
    """The image of a FROM after its variables were replaced: `text` = `registry/name:tag@digest`. `name` is without tag
    and digest; `registry` is empty when the image does not name one. `is_stage`: an earlier stage is meant, or a build context of that name.
    """

    site: Site
    place: Place
    text: str
    registry: str
    name: str
    tag: str
    digest: str
    is_stage: bool


def version_matters(facts: Facts) -> Callable[[Base], Severity | None]:
    """The severity of a finding about a base image's version: the rule's own (None) where a RUN works with what the image
    holds, in its stage or in one that is built on it; information where files are only laid over it.
    """
    sections = {id(site.section): site.section for site in facts.outline.of("RUN")}
    worked_on = {id(below) for section in sections.values() for below in section.chain}
    return lambda base: None if id(base.site.section) in worked_on else Severity.INFO


def bases(facts: Facts) -> Iterator[Base]:
    """The base images that can be told, in the order of the file."""
    stages: set[str] = set()
    for site in facts.outline.of("FROM"):
        instruction = site.instruction
        if not instruction.arguments:
            continue
        image = instruction.arguments[0]
        text = known(facts.outline.value(site, image))
        if text:
            yield named_base(facts, site, image.place(), text, is_stage=text.lower() in stages)
        if site.section.stage and site.section.stage.name:
            stages.add(site.section.stage.name)


def named_base(facts: Facts, site: Site, place: Place, name: str, *, is_stage: bool = False) -> Base:
    """The image of a name: of an earlier stage, of a build context that is given from outside, or its own."""
    given = None if is_stage else facts.image_of_context(name)
    if given is None and not is_stage and not any(mark in name for mark in ":@/"):
        is_stage = facts.is_named_context(name)
    return base_of(site, place, given or name, is_stage=is_stage)


def base_of(site: Site, place: Place, text: str, *, is_stage: bool = False) -> Base:
    """A reference taken apart."""
    rest, _, digest = text.partition("@")
    head, slash, last = rest.rpartition("/")
    name, _, tag = last.partition(":")
    first = rest.partition("/")[0]
    registry = first if slash and ("." in first or ":" in first or first == "localhost") else ""
    return Base(site, place, text, registry, f"{head}{slash}{name}", tag, digest, is_stage)
