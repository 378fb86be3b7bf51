"""The data types of a parsed shell script: `Script` and its nodes; no parsing happens here.

Every node has a `span` in the source (through the map of the `Text` it was parsed from).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    from dfguard.core.source import Source, Span, Text


class Dialect(Enum):
    """Which shell reads the script; POSIX stands for sh, dash and ash. OTHER is not parsed (PowerShell, cmd ...)."""

    POSIX = "posix"
    BASH = "bash"
    OTHER = "other"


class Literal(Record):
    """Characters the shell passes on as they are (quotes and escapes removed). `is_quoted`: no globbing, no splitting."""

    text: Text
    is_quoted: bool


class Parameter(Record):
    """`$NAME` or `${NAME...}`. `operator` is empty or one of `:- - := = :? ? :+ + # ## % %% / // : ^ ,` ...;
    `operand` is the word behind it (None without one).
    """

    name: str
    span: Span
    is_quoted: bool
    operator: str = ""
    operand: Word | None = None


class Substitution(Record):
    """`$(...)` or backticks (`script`); for `$((...))` and what no shell knows `script` is None. Process
    substitution (`is_process`) gives the name of a pipe: its script runs, but its output is not the value.
    """

    script: Script | None
    span: Span
    is_quoted: bool
    is_process: bool = False


Part = Literal | Parameter | Substitution


class Word(Record):
    """One shell word. `raw` is the text as written; `parts` are adjacent. An empty quoted word has one empty Literal."""

    raw: Text
    parts: tuple[Part, ...]

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.raw.span()

    @property
    def literal(self) -> str | None:
        """What the program receives, None when an expansion decides (globs and ~ are not looked at)."""
        values = []
        for part in self.parts:
            if not isinstance(part, Literal):
                return None
            values.append(part.text.value)
        return values[0] if len(values) == 1 else "".join(values)


class Assignment(Record):
    """`NAME=word` before a command, alone, or behind export/local/readonly. `value` is None for `export NAME`.
    For `NAME=(a b)` the value is one part that cannot be told, and `elements` are the words.
    """

    name: str
    value: Word | None
    span: Span
    appends: bool = False
    elements: tuple[Word, ...] | None = None


class Redirect(Record):
    """`operator` is one of `> >> >| < <> >& <& &> &>> << <<- <<<`; `descriptor` None stands for the operator's own.
    For `<<` and `<<-`: `body` is what stands there (tabs already removed), `expands` whether the shell expands it,
    and `content` what the program reads: the body cooked, one literal when nothing expands.
    """

    operator: str
    span: Span
    descriptor: int | None = None
    target: Word | None = None
    body: Text | None = None
    expands: bool = False
    content: Word | None = None


class Command(Record):
    """A simple command: `words[0]` is the program. Words may be empty (assignments or redirections alone).

    `is_exec_form`: the words are the strings of a JSON form, and no shell reads them.
    """

    span: Span
    words: tuple[Word, ...]
    assignments: tuple[Assignment, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    is_exec_form: bool = False

    @property
    def name(self) -> str | None:
        """The program's name as written when it is literal, else None."""
        return self.words[0].literal if self.words else None


class Pipeline(Record):
    """`a | b`: at least two parts."""

    span: Span
    parts: tuple[Node, ...]
    is_negated: bool = False


class AndOr(Record):
    """`left && right` or `left || right`; `operator` is `&&` or `||`."""

    span: Span
    operator: str
    left: Node
    right: Node


class Sequence(Record):
    """Nodes one after the other (`;` or line feed)."""

    span: Span
    items: tuple[Node, ...]


class Background(Record):
    """`node &`."""

    span: Span
    body: Node


class Group(Record):
    """`{ ...; }`, or `( ... )` when `is_subshell`; with redirections for all of it."""

    span: Span
    body: Node
    is_subshell: bool
    redirects: tuple[Redirect, ...] = ()


class Negation(Record):
    """`! node`."""

    span: Span
    body: Node


class Branch(Record):
    """`if`/`elif` test and body; the else branch has `test` None."""

    test: Node | None
    body: Node


class If(Record):
    """`if ... fi`."""

    span: Span
    branches: tuple[Branch, ...]
    redirects: tuple[Redirect, ...] = ()


class For(Record):
    """`for NAME in words; do body; done`; `words` is None without `in` (positional parameters). `select` is read
    as a `for`; `for ((a; b; c))` is a `let "a"` and a While that tests `let "b"` and ends with `let "c"`.
    """

    span: Span
    name: str
    words: tuple[Word, ...] | None
    body: Node
    redirects: tuple[Redirect, ...] = ()


class While(Record):
    """`while` (or `until`) test, body."""

    span: Span
    test: Node
    body: Node
    is_until: bool = False
    redirects: tuple[Redirect, ...] = ()


class CaseArm(Record):
    """One `pattern | pattern) body ;;` of a case."""

    patterns: tuple[Word, ...]
    body: Node


class Case(Record):
    """`case word in arms esac`."""

    span: Span
    subject: Word
    arms: tuple[CaseArm, ...]
    redirects: tuple[Redirect, ...] = ()


class Function(Record):
    """`name() { body; }`."""

    span: Span
    name: str
    body: Node


class Test(Record):
    """`[ ... ]`, `[[ ... ]]` or `test ...`: `words` without the brackets; `&& || ( ) ! < >` of `[[` are words too."""

    span: Span
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...] = ()


class UnreadNode(Record):
    """Something the parser could not read, or a construct we do not model: `why` says which. Unknown effect."""

    span: Span
    why: str


Node = (
    Command
    | Pipeline
    | AndOr
    | Sequence
    | Background
    | Group
    | Negation
    | If
    | For
    | While
    | Case
    | Function
    | Test
    | UnreadNode
)


class Script(Record):
    """A parsed script. `body` is a Sequence. `broken` are the spans the parser could not make sense of: no more
    than «could not parse the shell here» may be said of them. `shebang` is the `#!` line's text without `#!`.

    `interpreter` is the program that reads it where that is no POSIX shell (`python3`, `pwsh`; the dialect is then
    OTHER). `depth` counts the shells and substitutions around it: see `shell.nested.nested_script`.
    """

    text: Text
    dialect: Dialect
    body: Node
    broken: tuple[Span, ...] = ()
    shebang: str | None = None
    interpreter: str | None = None
    depth: int = 0

    @property
    def source(self) -> Source:
        """The source the spans refer to."""
        return self.text.source
