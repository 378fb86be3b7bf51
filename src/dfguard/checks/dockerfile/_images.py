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


SYSTEM = ("apt", "apk", "yum", "dnf", "zypper")
"""The package managers whose packages come from the release of the base image: rows of the table."""


def version_matters(facts: Facts) -> Callable[[Base], Severity | None]:
    """The severity of a finding about a base image's version: the rule's own (None) where the stage becomes the image and a
    RUN installs packages of the release that the tag leaves open. Information where files are only laid over it, in a stage
    that is thrown away, and where an ARG lets whoever builds name another one.
    """
    pins = [pin for pin in facts.knowledge.package_managers.pins if pin.id in SYSTEM]
    image = {id(section) for section in facts.image_sections}
    calls = ((pin, *found) for pin in pins for found in facts.outline.calls(*pin.commands))
    sites = [site for pin, site, call in calls if call.has(*pin.verbs)]
    installed_in = {id(below) for site in sites for below in site.section.chain} & image

    def severity(base: Base) -> Severity | None:
        is_chosen = "$" in base.place.text
        return None if id(base.site.section) in installed_in and not is_chosen else Severity.INFO

    return severity


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
