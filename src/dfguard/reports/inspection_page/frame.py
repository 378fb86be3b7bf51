"""The page as a whole: head with its content security policy, summary, and the parts in reading order."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import TYPE_CHECKING

from dfguard import __version__
from dfguard.inspection.terms import Mark, Verdict
from dfguard.reports.inspection_page.data import data_block
from dfguard.reports.inspection_page.files import file_tree
from dfguard.reports.inspection_page.markup import element, places, shown
from dfguard.reports.inspection_page.models import downloads, models
from dfguard.reports.inspection_page.process import facts, mounts, stages, variables
from dfguard.reports.inspection_page.source import source_list
from dfguard.reports.inspection_tree import size_text
from dfguard.reports.inspection_words import Words, counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.inspection.records import Inspection

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_GOOD, _WARN, _BAD, _PLAIN = "good", "warn", "bad", "plain"


def render(inspection: Inspection) -> str:
    """The page."""
    words = Words(inspection.path)
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}';"
        " base-uri 'none'; form-action 'none'"
    )
    title = f"{os.path.basename(inspection.path) or inspection.path}: what the image will be"
    parts = "".join(_parts(inspection, words))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{shown(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"{_header(inspection)}\n<main>\n{parts}</main>\n{_footer()}\n"
        f"{data_block(inspection, words)}\n<script>{script}</script>\n</body>\n</html>\n"
    )


def _asset(name: str) -> str:
    with open(os.path.join(_FOLDER, name), encoding="utf-8") as file:
        return file.read()


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _header(inspection: Inspection) -> str:
    runs = f"Runs on <b>{shown(inspection.platform_title)}</b>{_aside(inspection.platform_reason)}."
    context = f"Build context {shown(inspection.context)}{_aside(inspection.context_reason)}."
    items = "".join(f'<li class="{kind}">{shown(text)}</li>' for kind, text in _summary(inspection))
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in _SECTIONS)
    return (
        '<a class="skip" href="#build">Skip to the build</a>\n<header class="top"><div class="wrap">'
        f'<p class="kicker">What the image will be</p><h1>{shown(inspection.path)}</h1>'
        f'<p class="lead">{runs} {context}</p><ul class="summary">{items}</ul>'
        f'<nav aria-label="Parts of this page"><ul>{links}</ul></nav></div></header>'
    )


_SECTIONS = (
    ("build", "Build, step by step"),
    ("runtime", "Run time"),
    ("models", "Models"),
    ("process", "Process"),
    ("stages", "Stages"),
    ("remarks", "Remarks"),
)


def _aside(text: str) -> str:
    return f" ({shown(text)})" if text else ""


def _summary(inspection: Inspection) -> Iterator[tuple[str, str]]:
    """What matters most, each with how good it is."""
    subjects = {load.subject.texts for load in inspection.baked if load.subject.texts}
    lost = {load.subject.texts for load in inspection.baked if load.mark not in {Mark.BAKED, Mark.UNKNOWN}}
    if subjects:
        marks = dict.fromkeys(load.mark.value for load in inspection.baked if load.subject.texts in lost)
        how = f", {len(lost)} {' or '.join(marks)} at run time" if lost else ""
        yield _BAD if lost else _PLAIN, f"{counted(len(subjects), 'model')} fetched by the build{how}"
    vain = [load for load in inspection.looked_up if load.verdict not in {Verdict.FOUND, Verdict.UNKNOWN}]
    if vain:
        verdicts = ", ".join(dict.fromkeys(load.verdict.value for load in vain))
        yield _BAD, f"{counted(len(vain), 'model')} not found at run time: {verdicts}"
    elif any(load.verdict is Verdict.FOUND for load in inspection.looked_up):
        yield _GOOD, "what the process looks up is in the image, as far as known"
    sizes = [load.size for load in inspection.downloads if load.size is not None]
    if inspection.downloads:
        amount = f", {size_text(sum(sizes))}" if sizes else ""
        yield _WARN, f"{counted(len(inspection.downloads), 'model')} downloaded at run time{amount}"
    levels = [
        (level, sum(row.severity == level for row in inspection.findings)) for level in ("error", "warning")
    ]
    found = " and ".join(counted(number, level) for level, number in levels if number)
    kind = _BAD if levels[0][1] else _WARN if levels[1][1] else _GOOD
    yield kind, found or "no errors or warnings"


def _part(name: str, title: str, intro: str, content: str) -> str:
    said = f'<p class="intro">{shown(intro)}</p>' if intro else ""
    return (
        f'<section class="part" id="{name}" aria-labelledby="{name}-title"><div class="wrap">'
        f'<h2 id="{name}-title">{shown(title)}</h2>{said}{content}</div></section>\n'
    )


def _parts(inspection: Inspection, words: Words) -> Iterator[str]:
    intro = "Choose an instruction with a click, or with the arrow keys: beside it stands what the build holds after it."
    yield _part("build", "Build, step by step", intro, _build(inspection))
    process = inspection.process
    image = next((stage for stage in inspection.stages if stage.index == inspection.image), None)
    if process is not None and image is not None:
        intro = "What the build wrote and what becomes of it for the process, with the platform's mounts laid over."
        tree = f'<div class="card">{file_tree(image, words, process.mounts)}</div>'
        own = f'<div class="card"><h3>Mounts</h3>{mounts(process)}<h3>Downloads</h3>{downloads(inspection, words)}</div>'
        columns = f'<div class="columns">{tree}{own}</div>'
        yield _part("runtime", f"Run time on {inspection.platform_title}", intro, columns)
    intro = "Where the build puts what it fetches, and where the process looks for it."
    yield _part("models", "Models", intro, f'<div class="card">{models(inspection, words)}</div>')
    if process is not None:
        table = variables(process.environment, words, process.may_hold)
        columns = (
            f'<div class="columns"><div class="card">{facts(process, words)}</div>'
            f'<div class="card"><h3>Environment</h3>{table}</div></div>'
        )
        yield _part("process", "Process", "", columns)
    yield _part(
        "stages",
        "Stages",
        "",
        f'<div class="card">{stages(inspection, words)}{_trees(inspection, words)}</div>',
    )
    yield _part("remarks", "Remarks", "", f'<div class="card">{_remarks(inspection, words)}</div>')


def _build(inspection: Inspection) -> str:
    source = f'<section class="card source" aria-label="Dockerfile">{source_list(inspection)}</section>'
    state = (
        '<section class="card state" id="state" tabindex="0" aria-labelledby="step-title" hidden>'
        '<div class="bar"><h3 id="step-title"></h3><div>'
        '<button class="button" type="button" id="previous">Previous</button>'
        '<button class="button" type="button" id="next">Next</button></div></div>'
        '<p class="said quiet small" id="said" role="status"></p>'
        '<p class="what"><code id="step-text"></code></p>'
        '<ul class="places" id="step-unknowns" hidden></ul>'
        '<h4>Files that the build wrote</h4><div id="step-files"></div>'
        '<h4>User and directory</h4><p><code id="step-user"></code> in <code id="step-workdir"></code></p>'
        '<h4>Variables</h4><div id="step-vars"></div></section>'
    )
    without = '<noscript><p class="card">Stepping needs JavaScript; everything else is below.</p></noscript>'
    return f'<div class="split">{source}<div>{state}{without}</div></div>'


def _trees(inspection: Inspection, words: Words) -> str:
    """The trees of the stages that are not the image, folded."""
    others = [stage for stage in inspection.stages if stage.index != inspection.image and stage.files]
    return "".join(
        f"<details><summary>{shown(f'Files of stage {stage.name or stage.index}')}</summary>"
        f"{file_tree(stage, words)}</details>"
        for stage in others
    )


def _remarks(inspection: Inspection, words: Words) -> str:
    differing = [
        f"{words.spot(d.where)}: read as {d.ours}, by dockerfile-parse as {d.theirs}"
        for d in inspection.disagreements
    ]
    second = places(differing) or "<p>dockerfile-parse reads the same instructions.</p>"
    parts = [f"<h3>Second reader</h3>{second}"]
    if inspection.faults:
        lines = [f"{note.message} ({words.spot(note.where)})" for note in inspection.faults]
        parts.append(f"<h3>Refused by BuildKit</h3>{places(lines)}")
    others = [row for row in inspection.findings if row.where.path != inspection.path]
    if others:
        lines = [f"{row.severity} {row.rule}: {row.message} ({words.spot(row.where)})" for row in others]
        parts.append(f"<h3>Findings in other files</h3>{places(lines)}")
    notes = [note for stage in inspection.stages for step in stage.steps for note in step.unknowns]
    if notes:
        lines = [f"{note.message} ({words.spot(note.where)})" for note in notes[:100]]
        lines += [f"{len(notes) - 100} more"] if len(notes) > 100 else []
        parts.append(f"<h3>What could not be followed</h3>{places(lines)}")
    return "".join(parts)


def _footer() -> str:
    return f'<footer><div class="wrap">{element("p", f"Made by dfguard {__version__}. Nothing was built or run.")}</div></footer>'
