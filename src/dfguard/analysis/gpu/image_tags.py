"""The images a Dockerfile builds on to the tags that were never published."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.values import known
from dfguard.knowledge.images import parse_reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.analysis.text.outline import Outline
    from dfguard.core.source import Place
    from dfguard.knowledge.images import TagGrammar
    from dfguard.knowledge.model import Knowledge


class WrongTag(Record):
    """An image whose tag is not among those of its repository, and `why`. `is_certain`: the packs say so of this tag;
    else it has no form that was seen. `example` is a tag that exists.
    """

    place: Place
    image: str
    why: str
    example: str
    is_certain: bool


def wrong_tags(outline: Outline, knowledge: Knowledge) -> Iterator[WrongTag]:
    """The FROM images of repositories whose tags we know, and whose tag is none of them; digests decide by themselves."""
    grammars = {grammar.repository: grammar for grammar in knowledge.base_images.grammars}
    for site in outline.of("FROM"):
        image = site.instruction.arguments[0] if site.instruction.arguments else None
        text = known(outline.value(site, image)) if image else None
        if image is None or not text:
            continue
        reference = parse_reference(text)
        grammar = grammars.get(reference.repository)
        if grammar is None or reference.digest is not None:
            continue
        found = _fault(reference.tag, grammar)
        if found is not None:
            why, is_certain = found
            yield WrongTag(image.place(), text, why, grammar.example, is_certain)


def _fault(tag: str | None, grammar: TagGrammar) -> tuple[str, bool] | None:
    if tag is None or (tag == "latest" and grammar.needs_tag):
        return ("there is no tag latest", True) if grammar.needs_tag else None
    for never in grammar.never:
        if re.fullmatch(never.pattern, tag):
            return never.why, True
    if any(re.fullmatch(pattern, tag) for pattern in grammar.patterns):
        return None
    return "no tag of this form is known", False
