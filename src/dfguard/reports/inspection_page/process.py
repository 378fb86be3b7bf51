"""The process, its mounts, its variables, and the stages in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.reports.inspection_page.markup import code, element, places, shown
from dfguard.reports.inspection_words import (
    base_words,
    command_words,
    counted,
    known_and_not,
    stage_role,
    told_text,
)

if TYPE_CHECKING:
    from dfguard.inspection.records import (
        CommandLine,
        Inspection,
        MountView,
        ProcessView,
        StageView,
        Variable,
    )
    from dfguard.inspection.terms import Told
    from dfguard.reports.inspection_words import Words

LONGEST_VALUE = 400
MOST_LINKS = 60


def facts(process: ProcessView, words: Words) -> str:
    """Start command, user, home, directory, and the chain of what runs."""
    start = " ".join(process.start) or "nothing: neither ENTRYPOINT nor CMD is known"
    rows = [
        ("starts", code(start), words.spot(process.where)),
        ("user", *_told(process.user, words)),
        ("HOME", *_told(process.home, words)),
        ("directory", *_told(process.workdir, words)),
    ]
    return f'<dl class="facts">{"".join(_fact(*row) for row in rows)}</dl>{_chain(process, words)}'


def _told(told: Told, words: Words) -> tuple[str, str]:
    return code(told_text(told)), words.origins(told)


def _fact(name: str, value: str, where: str) -> str:
    by = f' <span class="quiet small">{shown(where)}</span>' if where else ""
    return f"<dt>{shown(name)}</dt><dd>{value}{by}</dd>"


def _chain(process: ProcessView, words: Words) -> str:
    items = []
    for link in process.chain[:MOST_LINKS]:
        where = f"{link.kind}, {words.spot(link.where)}"
        items.append(
            f'<li>{code(link.path or link.text)} <span class="quiet small">{shown(where)}</span></li>'
        )
    if len(process.chain) > MOST_LINKS:
        items.append(f"<li>{len(process.chain) - MOST_LINKS} more</li>")
    remarks = [f"missing: {note.message} ({words.spot(note.where)})" for note in process.missing]
    remarks += [f"unknown: {note.message} ({words.spot(note.where)})" for note in process.unknowns]
    chain = f'<h3>What it runs</h3><ol class="chain">{"".join(items)}</ol>' if items else ""
    return chain + places(remarks)


def mounts(process: ProcessView) -> str:
    """The platform's mounts as a list."""
    if not process.mounts:
        return '<p class="quiet">The platform mounts nothing over the image.</p>'
    return f'<ul class="stack">{"".join(_mount(mount) for mount in process.mounts)}</ul>'


def _mount(mount: MountView) -> str:
    over = f", over {counted(mount.hides, 'path')} of the build" if mount.hides else ""
    text = shown(f"{mount.title}, {mount.when}: {mount.effect}{over}")
    return f"<li>{code(mount.path)} {text}</li>"


def variables(found: tuple[Variable, ...], words: Words, may_hold: tuple[str, ...] = ()) -> str:
    """A table of variables; those whose value is not known are grouped by why."""
    if not found:
        return '<p class="quiet">None.</p>'
    told, unknown = known_and_not(found)
    rows = [_variable(variable, words) for variable in told]
    for why, names in unknown:
        rows.append(
            f'<tr><th scope="row">{shown(", ".join(names))}</th>'
            f'<td><span class="unknown-value">unknown: {shown(why)}</span></td></tr>'
        )
    head = '<thead><tr><th scope="col">Variable</th><th scope="col">Value</th></tr></thead>'
    others = element("p", f"Perhaps others: {', '.join(may_hold)}", "quiet small") if may_hold else ""
    return f'<table class="vars">{head}<tbody>{"".join(rows)}</tbody></table>{others}'


def _variable(variable: Variable, words: Words) -> str:
    text = told_text(variable.value)
    text = text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
    where = words.origins(variable.value)
    by = element("span", where, "by") if where else ""
    return f'<tr><th scope="row">{shown(variable.name)}</th><td>{shown(text)}{by}</td></tr>'


def stages(inspection: Inspection, words: Words) -> str:
    """One row for each stage."""
    titles = ("Stage", "From", "User", "Directory", "Starts", "Paths")
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    rows = "".join(_stage(stage, inspection, words) for stage in inspection.stages)
    return f'<table class="wide"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _stage(stage: StageView, inspection: Inspection, words: Words) -> str:
    name = f"{stage.index} {stage.name}" if stage.name else str(stage.index)
    role = element("p", stage_role(stage, inspection.image), "quiet small")
    starts = [_command(stage.entrypoint, words), _command(stage.command, words)]
    cells = [
        ("From", code(told_text(base_words(stage)))),
        ("User", code(told_text(stage.user))),
        ("Directory", code(told_text(stage.workdir))),
        ("Starts", " ".join(filter(None, starts)) or "nothing"),
        ("Paths", str(len(stage.files) + stage.files_cut)),
    ]
    inner = "".join(f'<td data-label="{label}">{cell}</td>' for label, cell in cells)
    return f'<tr><th scope="row">{shown(name)}{role}</th>{inner}</tr>'


def _command(command: CommandLine | None, words: Words) -> str:
    if command is None:
        return ""
    where = words.spot(command.where) or "base image"
    return f'{code(command_words(command))} <span class="quiet small">{shown(where)}</span>'
