"""The data types of Python code as dfguard reads it: `Snippet` (where code was found) and `Program` (what it says).

No parsing happens here.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    from dfguard.core.source import Place, Source, Span, Text


class Form(Enum):
    """How a snippet is handed to Python."""

    DASH_C = "python -c"
    HEREDOC = "heredoc"
    HERE_STRING = "here-string"
    PIPED = "piped text"
    COPY_HEREDOC = "COPY heredoc"
    GENERATED = "generated file"
    FILE = "file"


class Snippet(Record):
    """Python code found in a Dockerfile, shell script or file.

    `code` is what Python receives, every character mapped to where it stands. `interpreter` is the command word as
    written (`python3.11`, `/opt/venv/bin/python`), None for a file not yet run. `command` is the place of the
    command that runs it. `holes` are half-open index ranges of `code` that a shell or BuildKit interpolation fills
    (a placeholder identifier stands there): no rule may blame them. `shell_quote` is the quote around a `-c`
    argument (`"`, `'`, empty for none or other forms).
    """

    code: Text
    form: Form
    interpreter: str | None
    command: Place
    holes: tuple[tuple[int, int], ...] = ()
    shell_quote: str = ""


class Fault(Record):
    """Why code does not compile. `index` is the 0-based index into the snippet's code where Python stops.

    `is_flattened`: a compound statement is joined by `;` or another header where the grammar needs a new line;
    `header` is then the index range of that header (`try:`).
    """

    message: str
    index: int
    is_flattened: bool = False
    header: tuple[int, int] | None = None
    is_indent: bool = False


class Constant(Record):
    """A literal: str, int, float, bool or None."""

    value: str | int | float | bool | None


class EnvironmentRead(Record):
    """`os.environ["NAME"]`, `os.environ.get("NAME", default)`, `os.getenv("NAME", default)`."""

    name: str
    default: Expression | None


class Joined(Record):
    """Parts one after the other: f-strings, `+`, `os.path.join` and `Path / x` (the slashes are parts)."""

    parts: tuple[Expression, ...]


class Choice(Record):
    """One of these, decided at run time (`x or y`, `a if test else b`); `condition` is the test's source text."""

    options: tuple[Expression, ...]
    condition: str = ""


class Result(Record):
    """What a call gave: `name` is the resolved dotted name of the callee."""

    name: str


class Opaque(Record):
    """An expression we cannot follow."""

    why: str


Expression = Constant | EnvironmentRead | Joined | Choice | Result | Opaque


class Argument(Record):
    """One argument of a call: positional (`position` 0-based, `keyword` None) or by keyword (`position` None).
    `*args` and `**kwargs` appear as keyword `*` or `**`.
    """

    position: int | None
    keyword: str | None
    value: Expression
    span: Span


class Reach(Enum):
    """When code runs: at import, while a request is served, only when something we did not see calls it."""

    IMPORT = "import"
    REQUEST = "request"
    UNCALLED = "uncalled"


class Call(Record):
    """One call. `name` is the dotted name resolved through imports, aliases and simple assignments
    (`transformers.AutoModel.from_pretrained`); a method of an instance is `f5_tts.api.F5TTS().infer`.

    `order` counts the calls, imports and environment writes of a program in text order. `function` is the innermost enclosing
    function's qualified name, None at module level. `is_caught`: an enclosing `try` has a handler that does not
    re-raise or exit; `caught_at` is that handler. `is_conditional`: inside an if, loop or handler body.
    `is_cached`: guarded by a `global`/module-level/instance cache test (`if model is None`) or a caching decorator.
    """

    name: str
    arguments: tuple[Argument, ...]
    span: Span
    order: int
    reach: Reach
    function: str | None = None
    is_caught: bool = False
    caught_at: Span | None = None
    is_conditional: bool = False
    is_cached: bool = False
    assigned_to: str | None = None

    def argument(self, position: int | None, *keywords: str) -> Argument | None:
        """The argument at that position or under one of these keywords, None when absent."""
        for argument in self.arguments:
            if argument.keyword in keywords or (position is not None and argument.position == position):
                return argument
        return None


class Import(Record):
    """`import module` (`name` None) or `from module import name`; relative ones begin with dots."""

    module: str
    name: str | None
    alias: str
    span: Span
    order: int
    reach: Reach
    is_guarded: bool = False


class EnvironmentWrite(Record):
    """`os.environ["NAME"] = value`, `os.environ.setdefault(...)` (`is_default`), `os.putenv`."""

    name: str
    value: Expression
    span: Span
    order: int
    reach: Reach
    is_default: bool = False
    is_conditional: bool = False


class Program(Record):
    """What one piece of Python code says, in text order. `fault` is set (and the rest empty) when it does not compile."""

    source: Source
    fault: Fault | None
    imports: tuple[Import, ...] = ()
    calls: tuple[Call, ...] = ()
    environment: tuple[EnvironmentWrite, ...] = ()
    functions: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
