"""Models baked and looked up, side by side, and what is downloaded at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.reports.inspection_page.markup import code, element, mark, places, shown
from dfguard.reports.inspection_tree import size_text
from dfguard.reports.inspection_words import pairs, place_text, told_text

if TYPE_CHECKING:
    from dfguard.inspection.records import Inspection
    from dfguard.inspection.terms import Baked, LookedUp, Told
    from dfguard.reports.inspection_words import Pair, Words


def models(inspection: Inspection, words: Words) -> str:
    """The table; a sentence when no known loader fetches or reads anything."""
    rows = "".join(_row(pair, words) for pair in pairs(inspection))
    if not rows:
        return '<p class="quiet">No known loader fetches or reads a model.</p>'
    head = "".join(
        f'<th scope="col">{title}</th>' for title in ("Model", "Put by the build", "Looked up by the process")
    )
    return f'<table class="models wide"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _row(pair: Pair, words: Words) -> str:
    size = element("p", size_text(pair.size), "quiet small") if pair.size else ""
    baked = "".join(_baked(load, words) for load in pair.baked) or _nothing("by no download that is known")
    wanted = "".join(_looked_up(load, words) for load in pair.looked_up) or _nothing(
        "by no load that is known"
    )
    return (
        f'<tr><th scope="row">{shown(told_text(pair.subject))}{size}</th>'
        f'<td data-label="Put by the build">{baked}</td>'
        f'<td data-label="Looked up by the process">{wanted}</td></tr>'
    )


def _nothing(text: str) -> str:
    return element("p", text, "quiet")


def _baked(load: Baked, words: Words) -> str:
    place = place_text(load)
    remarks = [load.why, f"{load.loader}, {words.spot(load.where)}, while the image is built"]
    remarks += [*load.notes, *_deciders(load.directory, words)]
    return f'<div class="load"><p>{mark(load.mark)} {code(place)}</p>{places(remarks)}</div>'


def _looked_up(load: LookedUp, words: Words) -> str:
    place = place_text(load)
    remarks = [load.why, f"{load.loader}, {words.spot(load.where)}, at {load.moment}"]
    remarks += _deciders(load.directory, words)
    if load.offline_by is not None:
        where = words.spot(load.offline_by.where) or load.offline_by.by
        remarks.append(f"offline: {load.offline_by.name}={load.offline_by.text} ({where})")
    return f'<div class="load"><p>{mark(load.verdict)} {code(place)}</p>{places(remarks)}</div>'


def _deciders(directory: Told, words: Words) -> list[str]:
    return [
        f"because {origin.name}={origin.text} ({words.spot(origin.where) or origin.by})"
        for origin in directory.because
    ]


def downloads(inspection: Inspection, words: Words) -> str:
    """What the process fetches: one line for each moment, the models below it."""
    items = []
    for line in words.downloads(inspection.downloads):
        kind = ' class="inner"' if line.startswith(" ") else ""
        items.append(f"<li{kind}>{shown(line.strip())}</li>")
    return f'<ul class="moments">{"".join(items)}</ul>'
