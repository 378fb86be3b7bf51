"""The data types of Python expressions as dfguard reads them: what they are made of, not yet what they are worth."""

from __future__ import annotations

from dfguard.core.record import Record


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
