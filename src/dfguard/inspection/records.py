"""The data types of an inspection: plain texts, numbers and places, so that any renderer can show them.

Nothing here is escaped: a renderer makes texts safe for where they go. Sizes are bytes, None where not known.
"""

from __future__ import annotations

from enum import Enum

from dfguard.core.record import Record
from dfguard.inspection.terms import (  # the schema is made from these types
    Baked,  # noqa: TC001
    Download,  # noqa: TC001
    LookedUp,  # noqa: TC001
    Mark,  # noqa: TC001
    Spot,  # noqa: TC001
    Told,  # noqa: TC001
)


class Variable(Record):
    """A variable and where its value comes from; `is_argument`: an ARG, which the image does not keep."""

    name: str
    value: Told
    is_argument: bool = False


class CommandLine(Record):
    """ENTRYPOINT, CMD or HEALTHCHECK: its words; `where` None: the base image's."""

    words: tuple[str, ...]
    is_shell_form: bool
    where: Spot | None


class Written(Record):
    """One write of the build: what wrote, and where it says so."""

    tool: str
    where: Spot


class FileRow(Record):
    """One path of a stage. `kind` is file, directory, link or unknown; `mode` in octal; `target` a link's.

    `is_sure` is False where the mark hangs on something not declared (a volume that may be attached); `why` explains
    every mark but BAKED. `is_inherited`: the stage it was built on wrote it. `writes` are empty for what is made on the
    way (parents, links, what a copied tree brings).
    """

    path: str
    kind: str
    mark: Mark
    is_sure: bool
    why: str
    size: int | None
    owner: str | None
    mode: str | None
    target: str | None
    where: Spot | None
    is_inherited: bool
    writes: tuple[Written, ...]


class ChangeKind(Enum):
    """What a step does to a path."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    DISCARDED = "discarded"
    MAYBE = "maybe"


class Change(Record):
    """What one step does to one path."""

    path: str
    kind: ChangeKind
    file: str
    size: int | None
    why: str


class Note(Record):
    """A remark and where it belongs."""

    message: str
    where: Spot


class StepView(Record):
    """One instruction played. `text` is its joined line, cut when long; `end_line` its last line.

    `variables` are those that it sets, `workdir` and `user` what holds behind it. `unknowns` are what could not be
    followed. `changes_cut` counts the changes that are left out.
    """

    keyword: str
    text: str
    line: int
    end_line: int
    workdir: Told
    user: Told
    variables: tuple[Variable, ...]
    changes: tuple[Change, ...]
    changes_cut: int
    unknowns: tuple[Note, ...]


class StageView(Record):
    """One stage. `parent` is the index of the stage it is built on. `is_image`: it becomes the image, or is part of it
    as its base. `is_needed`: the image needs it. `inherited` is the environment it starts with.
    """

    index: int
    name: str | None
    base: Told
    where: Spot
    parent: int | None
    is_image: bool
    is_needed: bool
    user: Told
    home: Told
    workdir: Told
    inherited: tuple[Variable, ...]
    environment: tuple[Variable, ...]
    entrypoint: CommandLine | None
    command: CommandLine | None
    healthcheck: CommandLine | None
    files: tuple[FileRow, ...]
    files_cut: int
    steps: tuple[StepView, ...]
    steps_cut: int


class MountView(Record):
    """A mount of the platform. `effect` says what becomes of the image's content below it; `when` on what it depends;
    `hides` counts the rows of the image below it.
    """

    path: str
    title: str
    effect: str
    when: str
    is_certain: bool
    hides: int


class Link(Record):
    """One part of what the process runs: `kind` is script, command, program or module; `path` where it lies in the image."""

    kind: str
    text: str
    path: str | None
    where: Spot


class ProcessView(Record):
    """The program on the platform. `start` is empty when nothing says what starts; `may_hold` are names of variables
    (with `*`) that the base image or the platform sets to values that we do not know.
    """

    start: tuple[str, ...]
    where: Spot | None
    user: Told
    home: Told
    workdir: Told
    environment: tuple[Variable, ...]
    may_hold: tuple[str, ...]
    chain: tuple[Link, ...]
    missing: tuple[Note, ...]
    unknowns: tuple[Note, ...]
    mounts: tuple[MountView, ...]


class Disagreement(Record):
    """Where dockerfile-parse, the second reader, sees another instruction list."""

    where: Spot
    ours: str
    theirs: str


class FindingRow(Record):
    """A finding of the check, as far as an inspection shows it; `advice` is the fix's title or what to do."""

    rule: str
    name: str
    severity: str
    certainty: str
    where: Spot
    end_line: int
    message: str
    advice: str


class Inspection(Record):
    """What an image will be. `image` is the index of the stage that becomes it; None when there is none: then
    `process` is None, too. `text` is the Dockerfile.
    """

    path: str
    text: str
    context: str
    context_reason: str
    platform: str
    platform_title: str
    platform_reason: str
    image: int | None
    stages: tuple[StageView, ...]
    process: ProcessView | None
    baked: tuple[Baked, ...]
    looked_up: tuple[LookedUp, ...]
    downloads: tuple[Download, ...]
    findings: tuple[FindingRow, ...]
    disagreements: tuple[Disagreement, ...]
    instructions: int
    faults: tuple[Note, ...]
