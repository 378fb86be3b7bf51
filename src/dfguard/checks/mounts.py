"""Writes below the platform's mounts to findings, for the rules that differ only in who chose the path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.checks.api import Aspect, Certainty, Edit, Finding, Fix, Note, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.checks.api import Facts, Step, Write
    from dfguard.knowledge.platforms import Mount

ELSEWHERE = "/opt/models"
MOST_NOTES = 8


def baked_under_mounts(facts: Facts, *, is_inherited: bool) -> Iterator[Finding]:
    """One finding per mount; `is_inherited` picks the mounts whose first write follows a base image's variable."""
    groups: dict[str, list[Write]] = {}
    mounts: dict[str, Mount] = {}
    for step, write in facts.writes:
        mount = facts.hiding_mount(write.path)
        is_meant = not write.discarded_by and not write.link_target
        if mount is None or not is_meant or _is_bare(write, mount) or _is_undone(facts, step, write):
            continue
        mounts[mount.title] = mount
        groups.setdefault(mount.title, []).append(write)
    for title, writes in groups.items():
        first = next((w for w in writes if w.is_payload), writes[0])
        if _chosen_by_base(first) == is_inherited:
            yield _finding(facts, mounts[title], first, [w for w in writes if w is not first])


def _is_bare(write: Write, mount: Mount) -> bool:
    """The mount point itself, made as an empty directory."""
    return not write.is_payload and write.path == mount.path


def _is_undone(facts: Facts, step: Step, write: Write) -> bool:
    """Whether what was written is provably gone at the end of its stage."""
    final = facts.final_of(step)
    return final is not None and write.is_payload and final.files.look(write.path).presence.value == "absent"


def _chosen_by_base(write: Write) -> bool:
    return any(b.place is None and b.origin for b in write.because)


def _finding(facts: Facts, mount: Mount, write: Write, others: list[Write]) -> Finding:
    platform = facts.platform.title
    severity = Severity.ERROR if facts.is_mounted_for_certain(mount) else Severity.WARNING
    what = f"the build writes {write.path}"
    if not write.is_payload:
        severity, what = Severity.INFO, f"the build makes the directory {write.path}"
    notes = [Note(b.place, f"{b.name} puts {write.path} there") for b in write.because if b.place]
    notes += [Note(place, "runs it") for place in (write.load.proof if write.load else ())]
    elsewhere = {w.place: w for w in others if w.place != write.place}
    notes += [Note(place, f"writes {w.path}, too") for place, w in list(elsewhere.items())[:MOST_NOTES]]
    looked_up = dict.fromkeys(load.place for load in facts.loads_below(mount))
    notes += [Note(place, f"looked up here at run time, below {mount.path}") for place in list(looked_up)[:2]]
    origins = [b for b in write.because if b.place is None and b.origin]
    by = f" (the base image {origins[0].origin} sets {origins[0].name}={origins[0].text})" if origins else ""
    return Finding(
        write.place,
        f"{what}{by}, but {platform} mounts {mount.title} over {mount.path}",
        notes=tuple(notes),
        fix=_fix(mount, write),
        certainty=_certainty(write),
        severity=severity,
        advice=f"bake outside {mount.path}, for example in {ELSEWHERE}, and point the cache variables there",
    )


def _certainty(write: Write) -> Certainty:
    """A COPY that succeeds has put something at its destination, however little is known of what."""
    is_copy = write.tool in {"COPY", "ADD"}
    return Certainty.SURE if is_copy else write.certainty or Certainty.SURE


def _fix(mount: Mount, write: Write) -> Fix | None:
    """Move every binding that names the mount; only when each one can be rewritten in place."""
    bindings = [b for b in write.because if b.place and mount.path and mount.path in b.place.text]
    if not bindings or mount.path is None or not write.is_payload:
        return None
    edits = {b.place: Edit(b.place, b.place.text.replace(mount.path, ELSEWHERE)) for b in bindings if b.place}
    return Fix(
        f"move it out of {mount.path}",
        tuple(edits.values()),
        is_safe=False,
        changes=(Aspect.VARIABLES, Aspect.COMMANDS, Aspect.COPIES, Aspect.FOLDER),
    )
