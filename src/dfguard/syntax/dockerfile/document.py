"""The data types of a parsed Dockerfile: `Document`, `Instruction` and their parts; no parsing happens here."""

from __future__ import annotations

from enum import Enum

from dfguard.core.record import Record
from dfguard.core.source import Place, Source, Span, Text

KEYWORDS = frozenset(
    """
    ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER
    VOLUME WORKDIR
    """.split()
)


class FaultKind(Enum):
    """What is wrong with a part of the file; each becomes a finding of one DFG0xx or DFG1xx rule."""

    PARSE = "parse"
    UNKNOWN_INSTRUCTION = "unknown-instruction"
    UNKNOWN_FLAG = "unknown-flag"
    UNREADABLE = "unreadable"
    RAW_NEWLINE = "raw-newline"
    NO_STAGE = "no-stage"
    REFUSED = "refused"


class Fault(Record):
    """A part that BuildKit refuses; the analysis goes on around it. `message` is lower case without a full stop.

    `extent` is what the repair concerns, where that is more than the place: for RAW_NEWLINE (the place is the
    opening quote) everything from that quote to the closing one, or to where the search for it ended; for an
    unterminated heredoc the line that was probably meant as its terminator. `suggestion` is the known name
    nearest to an unknown one, empty when none is near. `is_open_quote`: a word of BuildKit's has a quote that is not closed.
    """

    kind: FaultKind
    place: Place
    message: str
    extent: Place | None = None
    suggestion: str = ""
    is_open_quote: bool = False


class Comment(Record):
    """One whole-line comment. `text` is what follows the `#`, untrimmed; `span` starts at the `#`."""

    span: Span
    text: Text


class Directive(Record):
    """A parser directive (`syntax`, `escape`, `check`) at the top of the file; `name` is lower case."""

    name: str
    value: Text
    span: Span


class Flag(Record):
    """`--name[=value]` as BuildKit reads it: quotes and escapes removed. `value` is None without a `=`."""

    name: str
    value: Text | None
    text: Text


class Heredoc(Record):
    """One heredoc of an instruction.

    `operator` is the span of the word `<<EOF`; `body` is the raw text between the joined line and the
    terminator, line feeds included, tabs not removed; `expands` is False when any part of the name is quoted.
    """

    name: str
    operator: Span
    body: Text
    expands: bool
    strips_tabs: bool
    descriptor: int


class Pair(Record):
    """KEY=VALUE of ENV, LABEL or ARG: raw words, quotes kept, not expanded. `value` is None for a bare `ARG KEY`."""

    key: Text
    value: Text | None
    is_legacy: bool = False


class Instruction(Record):
    """One instruction.

    `span` runs from the keyword's first character to the last character of its last line (terminator lines of
    heredocs included, the final line ending not). `original` is the joined logical line: continuations,
    comments and blank lines inside it removed, keyword and flags included. `rest` is what follows keyword and
    flags, stripped. `arguments` are BuildKit's arguments: JSON strings when `is_json` (cooked), else white-space
    separated words (COPY, ADD, FROM, VOLUME, EXPOSE ...), else the whole `rest` as one (RUN, CMD, ENTRYPOINT,
    SHELL, HEALTHCHECK, USER, WORKDIR ...). `pairs` is filled for ENV, LABEL and ARG. `trigger` is the inner
    instruction of an ONBUILD. `comments` are the whole-line comments directly above (BuildKit: blank lines do
    not separate). `index` counts the file's instructions from 0. `blank_lines` are the empty lines inside its
    continuation. `faults` say why BuildKit refuses it (they are among the document's, too, except those of a
    trigger, which count only in the build that runs it); what could be read of it is there all the same.
    """

    index: int
    keyword: str
    span: Span
    keyword_span: Span
    original: Text
    flags: tuple[Flag, ...]
    rest: Text
    arguments: tuple[Text, ...]
    is_json: bool
    pairs: tuple[Pair, ...] = ()
    heredocs: tuple[Heredoc, ...] = ()
    trigger: Instruction | None = None
    comments: tuple[Comment, ...] = ()
    blank_lines: tuple[Span, ...] = ()
    faults: tuple[Fault, ...] = ()

    def flag(self, name: str) -> Flag | None:
        """The last flag of that name, None when there is none."""
        return next((f for f in reversed(self.flags) if f.name == name), None)

    @property
    def source(self) -> Source:
        """The source it stands in."""
        return self.original.source

    @property
    def keyword_text(self) -> Text:
        """The keyword as written."""
        return self.source.text_of(self.keyword_span)

    @property
    def place(self) -> Place:
        """Source and span."""
        return Place(self.source, self.span)

    @property
    def line(self) -> int:
        """1-based line of the keyword."""
        return self.source.line_of(self.span.start)


class Stage(Record):
    """One build stage. `name` is lower case, None when it has none; `base` is the FROM argument as written;
    `instructions` begin with the FROM, but for the stage that a fragment is played as. No document has such a stage: see
    `Document.preamble`.
    """

    index: int
    name: str | None
    base: Text
    instructions: tuple[Instruction, ...]

    @property
    def from_instruction(self) -> Instruction:
        """The FROM."""
        return self.instructions[0]

    @property
    def is_fragment(self) -> bool:
        """Whether no FROM begins it."""
        return self.instructions[0].keyword != "FROM"


class Document(Record):
    """A whole Dockerfile. `preamble` holds the instructions before the first FROM (all of them in a fragment).

    `unknown` are the instructions whose keyword BuildKit does not know: they are in no other list, their
    `keyword` is the word as written. Faults are sorted by where they stand.
    """

    source: Source
    escape: str
    directives: tuple[Directive, ...]
    instructions: tuple[Instruction, ...]
    preamble: tuple[Instruction, ...]
    stages: tuple[Stage, ...]
    comments: tuple[Comment, ...]
    faults: tuple[Fault, ...]
    unknown: tuple[Instruction, ...] = ()
