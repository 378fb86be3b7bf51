"""What a check yields (`Finding`) and what the engine makes of it (`Diagnostic`)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    from dfguard.core.source import Place, Span


class Severity(Enum):
    """How bad it is if it is true; belongs to the rule (config may override it). Ordered by `rank`."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for error, 1 for warning, 2 for info: lower is worse."""
        return _RANKS[self]


_RANKS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


class Certainty(Enum):
    """Whether it is true; belongs to the finding. MAYBE is hidden by default."""

    SURE = "sure"
    MAYBE = "maybe"


class Edit(Record):
    """Replace the text of `place` by `text`; an empty place inserts."""

    place: Place
    text: str


class Aspect(Enum):
    """A part of what a Dockerfile builds, as far as a fix may change it. COMMANDS is what RUN runs and where that writes,
    FOLDER the working directory, SETTINGS all that has no aspect of its own.
    """

    STAGES = "stages"
    COMMANDS = "commands"
    COPIES = "copies"
    VARIABLES = "variables"
    FOLDER = "folder"
    PROCESS = "process"
    LABELS = "labels"
    PORTS = "ports"
    SETTINGS = "settings"


class Fix(Record):
    """A repair: `title` says what to do, the edits are applied all or none. `is_safe`: keeps the meaning intended.

    `changes` are the aspects of the build that are another one with it; a fix that changes others is not applied.
    """

    title: str
    edits: tuple[Edit, ...]
    is_safe: bool
    changes: tuple[Aspect, ...] = ()


class Note(Record):
    """A further place on the path of proof, in any file, with what it contributes."""

    place: Place
    message: str


class Finding(Record):
    """What a check yields: no id, no severity (the rule has them).

    `message`: lower case, no full stop, names from the file, says what is. `severity` is set only where a
    rule's page documents that the severity depends on the deployment; None means the rule's own. `advice` is
    what to do where no edit can be written down. `code` is the name under which another tool says it, where a rule
    speaks for many (ShellCheck's `SC2086`). `aliases` are those of the rule's that mean this finding, where they mean
    different things (DL4003 and DL4004); None: all.
    """

    place: Place
    message: str
    notes: tuple[Note, ...] = ()
    fix: Fix | None = None
    certainty: Certainty = Certainty.SURE
    severity: Severity | None = None
    advice: str | None = None
    code: str | None = None
    aliases: tuple[str, ...] | None = None


class Diagnostic(Record):
    """A finding with its rule's identity. `ignored_by` is the place of the suppression that hides it."""

    rule: str
    name: str
    aliases: tuple[str, ...]
    severity: Severity
    finding: Finding
    ignored_by: Place | None = None

    @property
    def span(self) -> Span:
        """The finding's span."""
        return self.finding.place.span
