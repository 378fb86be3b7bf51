"""The data types of Python code as dfguard reads it.

`Snippet` is where code was found, `ParsedCode` what became of it, `Program` what it says, and an `Expression` what its values
are made of, not yet what they are worth. No parsing happens here.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    import ast

    from dfguard.core.source import Place, Source, Span, Text


class Constant(Record):
    """A literal: str, int, float, bool or None."""

    value: str | int | float | bool | None


class EnvironmentRead(Record):
    """`os.environ["NAME"]`, `os.environ.get("NAME", default)`, `os.getenv("NAME", default)`, `... or default`.

    `~` at the start of an expanded path and `Path.home()` read HOME.
    """

    name: str
    default: Expression | None


class ArgumentRead(Record):
    """A word of the command line: an argparse option (`--model`), an argparse positional (its name), `sys.argv[n]` (`n`)."""

    option: str
    default: Expression | None


class Joined(Record):
    """Parts one after the other: f-strings, `+`, `os.path.join` and `Path / x` (the slashes are parts)."""

    parts: tuple[Expression, ...]


class Choice(Record):
    """One of these, decided at run time (`x or y`, `a if test else b`); `condition` is the test's source text.

    `is_every`: not one of them but each in turn (a loop over a literal list, a function called once with each).
    """

    options: tuple[Expression, ...]
    condition: str = ""
    is_every: bool = False


class Items(Record):
    """A list, tuple or set literal (or a comprehension over one)."""

    items: tuple[Expression, ...]


class Pairs(Record):
    """A dict literal, `dict(...)` included: keys and values in order; `**other` has the key Opaque."""

    pairs: tuple[tuple[Expression, Expression], ...]


class OwnPath(Record):
    """`__file__` (`up` 0) and the directories above it: `up` 1 is the directory that holds the file."""

    up: int


class Result(Record):
    """What a call gave: `name` is the resolved dotted name of the callee, `order` that of the call (None: several)."""

    name: str
    order: int | None = None


class Passed(Record):
    """A parameter of a function that nothing in its own file calls: what other files pass at `position` (counted from 0
    without `self`; None: by keyword only) or as `name` is its value, else the default. `function` is its qualified name.
    """

    function: str
    name: str
    position: int | None
    default: Expression | None


class Opaque(Record):
    """An expression we cannot follow; `why` says what it is (`a comprehension`)."""

    why: str


class Code(Opaque):
    """An expression we cannot follow, as it is written (`args.model`)."""


class Vague(Opaque):
    """An expression of which no more can be said than that it is made of something unknown."""


Expression = (
    Constant
    | EnvironmentRead
    | ArgumentRead
    | Joined
    | Choice
    | Items
    | Pairs
    | OwnPath
    | Result
    | Passed
    | Opaque
)


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


class PythonFault(Record):
    """Why code does not compile. `index` is the 0-based index into the snippet's code where Python stops.

    `is_flattened`: a compound statement is joined by `;`, a space or another header where the grammar needs a new
    line; `header` is then the half-open index range of that header (`try:`). `is_indent`: the first statement is
    indented, which `python -c` allows from 3.14 on; when nothing else is wrong the message says only that.
    `required`: the code is right for this Python and later, and too new for the one that was asked about.
    `is_python2`: only Python 2 takes it. `has_escaped_newline`: a backslash and an `n` stand outside every string.
    """

    message: str
    index: int
    is_flattened: bool = False
    header: tuple[int, int] | None = None
    is_indent: bool = False
    required: tuple[int, int] | None = None
    is_python2: bool = False
    has_escaped_newline: bool = False


class Argument(Record):
    """One argument of a call: positional (`position` 0-based, `keyword` None) or by keyword (`position` None).
    `*args` and `**kwargs` appear as keyword `*` or `**`.
    """

    position: int | None
    keyword: str | None
    value: Expression
    span: Span


class Reach(Enum):
    """When code runs: at import, while a request is served, only when something we did not see calls it.

    IMPORT is everything before the first request: module level, what it calls, set-up hooks of serving frameworks,
    threads started there. Code that both reach is IMPORT, unless a request runs it again without a cache test.
    """

    IMPORT = "import"
    REQUEST = "request"
    UNCALLED = "uncalled"


class PythonCall(Record):
    """One call. `name` is the dotted name resolved through imports, aliases and simple assignments
    (`transformers.AutoModel.from_pretrained`); a method of an instance is `f5_tts.api.F5TTS().infer`; one of an
    element of a result is `clip.load()[0].encode_image`; a function of the file is its qualified name.

    `order` counts calls, imports, environment writes and requirements as a run comes to them: module level first, a
    function of the file where it is first called, then what requests reach, then the rest; otherwise text order
    (arguments before their call). `function` is the innermost enclosing function's qualified name, None at module
    level. `is_caught`: an enclosing `try` here or around every call of the function has a handler that neither
    re-raises nor exits nor reports to code that exits; `caught_at` is that handler; `has_fallback`: it calls
    something other than printing and logging. `is_conditional`: inside an if, loop, handler or behind an early
    return, here or on every way to the function; `condition` is the innermost test's source text. `is_cached`:
    guarded by a test of a global, module-level or instance variable (`if model is None`) or a caching decorator.
    `is_main`: True only where the file is run (`if __name__ == "__main__"`), False only
    where it is imported (its `else`), None in both. `alternatives` are the names it can have when a variable in it
    can be bound to several things (an import and its fallback); `name` is then the text as written. What cannot be
    named at all is `?`, a method of it `?.method`. `is_ending`: the program ends behind it before its service starts
    (`if args.warmup: load(); sys.exit()`); `is_asked`: requests reach it, too.
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
    has_fallback: bool = False
    condition: str = ""
    is_main: bool | None = None
    alternatives: tuple[str, ...] = ()
    is_ending: bool = False
    is_asked: bool = False

    def argument(self, position: int | None, *keywords: str) -> Argument | None:
        """The argument at that position or under one of these keywords, None when absent."""
        for argument in self.arguments:
            if argument.keyword in keywords or (position is not None and argument.position == position):
                return argument
        return None


class Import(Record):
    """`import module` (`name` None) or `from module import name`; relative ones begin with dots.

    `alias` is the name it binds. `is_guarded`: an enclosing `try` goes on without it. `is_typing`: only for the type
    checker (`if TYPE_CHECKING:`). `function` is the enclosing function's qualified name.
    """

    module: str
    name: str | None
    alias: str
    span: Span
    order: int
    reach: Reach
    is_guarded: bool = False
    is_conditional: bool = False
    is_typing: bool = False
    is_main: bool | None = None
    function: str | None = None


class EnvironmentWrite(Record):
    """`os.environ["NAME"] = value`, `os.environ.setdefault(...)` (`is_default`), `os.environ.update(...)`, `os.putenv`.

    A deletion (`del os.environ["NAME"]`, `pop`) writes `Constant(None)`. `condition` as with `PythonCall`.
    """

    name: str
    value: Expression
    span: Span
    order: int
    reach: Reach
    is_default: bool = False
    is_conditional: bool = False
    function: str | None = None
    is_main: bool | None = None
    condition: str = ""


class Requirement(Record):
    """Where the program stops unless something holds: `assert test`, `if not test: raise/sys.exit(1)`.

    `names` are the resolved names of the calls that must give something true (`torch.cuda.is_available`; a count
    that must be above zero is one, too), empty when the test is of another kind. `source` is the test as written.
    """

    names: tuple[str, ...]
    source: str
    span: Span
    order: int
    reach: Reach
    is_caught: bool = False
    is_conditional: bool = False
    function: str | None = None
    is_main: bool | None = None


class EntryPoint(Record):
    """A function that something else calls: `kind` is the convention (`runpod`, `fastapi`, `litserve` ...), `span` the
    registration (or the function's name); `reach` is REQUEST for handlers, IMPORT for set-up hooks.
    """

    kind: str
    function: str
    span: Span
    reach: Reach


class NameUse(Record):
    """A name that is used and never bound: not built in, imported, assigned."""

    name: str
    span: Span


class Program(Record):
    """What one piece of Python code says, in text order. `fault` is set (and the rest empty) when it does not compile.

    `unread` says why code was not read at all (too large, too deep), else it is empty. `functions` are qualified names
    (`load`, `Worker.run`), `constants` what variables and class attributes (`Class.NAME`) hold. `exports` are the names
    bound at module level, or `__all__`; `*` is among them after a star import. `undefined` is empty behind one. `results`
    are the functions and variables of the module that give an instance, with its name (`get_engine`, `Engine()`).
    """

    source: Source
    fault: PythonFault | None
    imports: tuple[Import, ...] = ()
    calls: tuple[PythonCall, ...] = ()
    environment: tuple[EnvironmentWrite, ...] = ()
    functions: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    entries: tuple[EntryPoint, ...] = ()
    undefined: tuple[NameUse, ...] = ()
    unread: str = ""
    constants: tuple[tuple[str, Expression], ...] = ()
    results: tuple[tuple[str, str], ...] = ()


class ParsedCode(Record):
    """What became of code: a tree, or a fault, or neither and the reason in `unread`.

    `code` is what was parsed, character for character at the same index as in what was given, `shift` more in front.
    """

    code: str
    shift: int
    tree: ast.Module | None = None
    fault: PythonFault | None = None
    unread: str = ""
