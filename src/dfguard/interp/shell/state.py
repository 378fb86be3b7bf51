"""What a shell knows while a script is walked (variables, directory, functions, options, input, the files so far), how a node of it
ended, and what its failure leads to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp import values
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.state.model import Failure
from dfguard.interp.values import EMPTY, Binding, Known, Unknown, known, merge_because
from dfguard.knowledge.patterns import glob_matches

if TYPE_CHECKING:
    from dfguard.core.source import Place, Text
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.state.model import Lack, Package
    from dfguard.interp.values import Value
    from dfguard.syntax.shell.nodes import Dialect, Node


class Stream:
    """A standard input: what is left of it, None when not known. Reading takes it away."""

    __slots__ = ("text",)

    def __init__(self, text: Text | None) -> None:
        """Hold the text."""
        self.text = text

    def line(self) -> Text | None:
        """The next line with its end; empty at the end of the input; None when not known."""
        if self.text is None:
            return None
        end = self.text.value.find("\n") + 1 or len(self.text.value)
        taken, self.text = self.text.cut(0, end), self.text.cut(end)
        return taken

    def rest(self) -> Text | None:
        """Everything that is left."""
        taken = self.text
        if taken is not None:
            self.text = taken.cut(len(taken.value))
        return taken


ONE_SIDED = "it is set on some ways through the script only"
DEFAULT_UMASK = 0o022


class Options(Record):
    """What `set` and `shopt` switched on."""

    errexit: bool = False
    pipefail: bool = False
    nounset: bool = False
    nullglob: bool = False


class Shell:
    """A shell at one point of a script. It changes as commands run; `fork` gives a copy that changes by itself.

    `variables` hold the environment as well; `exported` names what programs see. `is_open`: a variable that is not
    set here may be set by what we do not know, `patterns`: only one of such a name; `is_given`: only one that a
    condition asks for (a container's start: the deployment may set more). `status` is the last exit status, None when
    unknown. `user` is who runs it, as USER writes it. `is_certain`: commands from here on run whenever the step gets
    that far.
    """

    __slots__ = (
        "arguments",
        "cwd",
        "dialect",
        "exported",
        "files",
        "flavour",
        "functions",
        "is_certain",
        "is_given",
        "is_open",
        "name",
        "options",
        "packages",
        "patterns",
        "status",
        "umask",
        "user",
        "variables",
    )

    def __init__(self, files: FileSystem, cwd: Value, dialect: Dialect, user: str | None) -> None:
        """A fresh shell without variables."""
        self.files = files
        self.cwd = cwd
        self.dialect = dialect
        self.flavour = ""
        self.user = user
        self.variables: dict[str, Value] = {}
        self.exported: set[str] = set()
        self.functions: dict[str, Node] = {}
        self.options = Options()
        self.arguments: tuple[Value, ...] | None = ()
        self.name = "sh"
        self.packages: tuple[Package, ...] = ()
        self.is_open = False
        self.patterns: tuple[str, ...] = ()
        self.is_given = False
        self.is_certain = True
        self.status: int | None = 0
        self.umask = DEFAULT_UMASK

    def fork(self) -> Shell:
        """A copy with files of its own: a subshell, or one branch of a condition."""
        copy = self.twin()
        copy.files = self.files.fork()
        return copy

    def twin(self) -> Shell:
        """A copy on the same files."""
        copy = Shell.__new__(Shell)
        for name in Shell.__slots__:
            setattr(copy, name, getattr(self, name))
        copy.variables = dict(self.variables)
        copy.exported = set(self.exported)
        copy.functions = dict(self.functions)
        return copy

    def in_conditions(self) -> Shell:
        """The shell that the words of a condition are expanded in."""
        if not self.is_given:
            return self
        copy = self.twin()
        copy.is_open = True
        return copy

    def take(self, other: Shell) -> None:
        """Become the other one, which was forked from this one and ran; its files are taken over."""
        before = self.files
        for name in Shell.__slots__:
            setattr(self, name, getattr(other, name))
        self.files = before.adopt(other.files, ())

    def take_files(self, other: Shell) -> None:
        """Take over what a forked shell did to the files and packages, but nothing of the shell itself."""
        self.files = self.files.adopt(other.files, ())
        self.packages = other.packages

    def join(self, *others: Shell) -> None:
        """Become what holds whichever of this shell and the others is true (all forked from one earlier shell)."""
        for other in others:
            if other is self:
                continue
            self.files = self.files.join(other.files)
            self.cwd = values.join(self.cwd, other.cwd)
            self.variables = _joined(self.variables, other.variables)
            self.exported |= other.exported
            self.functions = {n: f for n, f in self.functions.items() if other.functions.get(n) == f}
            if other.packages is not self.packages:
                self.packages = tuple(dict.fromkeys((*self.packages, *other.packages)))
            self.is_open = self.is_open or other.is_open
            self.is_certain = self.is_certain and other.is_certain
            self.status = self.status if self.status == other.status else None
            if self.options != other.options:
                self.options = Options(
                    self.options.errexit and other.options.errexit,
                    self.options.pipefail and other.options.pipefail,
                    self.options.nounset and other.options.nounset,
                    self.options.nullglob and other.options.nullglob,
                )
            if self.arguments != other.arguments:
                self.arguments = None

    def look(self, name: str) -> Value | None:
        """The variable's value; None when it is not set, Unknown when something we do not know may set it."""
        found = self.variables.get(name)
        if found is None and (self.is_open or any(glob_matches(p, name) for p in self.patterns)):
            return Unknown(f"the base image may set {name}")
        return found

    def assign(self, name: str, value: Value, place: Place | None = None, text: str = "") -> None:
        """Set a variable; with a place the value remembers the assignment."""
        if place is not None:
            binding = Binding(name, text, place)
            value = with_because(value, merge_because(value.because, (binding,)))
        self.variables[name] = value

    def environment(self) -> tuple[tuple[str, Value], ...]:
        """What programs see, by name."""
        return tuple((name, self.variables[name]) for name in sorted(self.exported) if name in self.variables)

    @property
    def home(self) -> Value:
        """HOME, which runc sets from /etc/passwd when nobody else does."""
        found = self.variables.get("HOME")
        if found is not None:
            return found
        home = self.files.accounts.home(self.user) if self.user is not None else None
        return Known(home) if home is not None else Unknown("the user's home directory is not known")


def with_because(value: Value, because: tuple[Binding, ...]) -> Value:
    """The value with other bindings."""
    match value:
        case Known(text):
            return Known(text, because)
        case Unknown(why, _, prefix):
            return Unknown(why, because, prefix)
        case _:
            return values.OneOf(value.texts, because)


def _joined(left: dict[str, Value], right: dict[str, Value]) -> dict[str, Value]:
    if left == right:
        return left
    joined = {}
    for name in {**left, **right}:
        mine, other = left.get(name), right.get(name)
        if mine is not None and other is not None:
            joined[name] = values.join(mine, other)
        else:
            joined[name] = Unknown(ONE_SIDED)
    return joined


class Outcome(Record):
    """How a node ended. `status` is the exit status, None when unknown; `output` and `errors` what it wrote to its
    standard output and error, None when unknown; `jump` is `exit`, `return`, `break` or `continue` when it left early,
    `levels` how many loops. `why` says why the failure is certain, `lacks` of what kind the missing thing is.
    """

    status: int | None = 0
    output: Text | None = None
    errors: Text | None = None
    jump: str = ""
    levels: int = 1
    why: str = ""
    lacks: Lack | None = None

    @property
    def is_success(self) -> bool | None:
        """Whether it succeeded; None when unknown."""
        return None if self.status is None else self.status == 0


def read_flags(words: list[str]) -> Options:
    """The options in `-euo pipefail`, `-ec` and their like."""
    letters = "".join(word[1:] for word in words if word.startswith("-") and not word.startswith("--"))
    return Options("e" in letters, "pipefail" in words, "u" in letters)


def missing_program(name: str, shell: Shell) -> str:
    """Why a program surely cannot be run; empty when it may be there."""
    if "/" in name:
        folder = known(shell.cwd)
        if folder is None:
            return ""
        entry = shell.files.resolve(paths.clean(name, folder))
        return f"there is no {name}" if entry.presence is Presence.ABSENT else ""
    search = known(shell.variables.get("PATH", EMPTY if not shell.is_open else Unknown("")))
    if search is None:
        return ""
    for folder in search.split(":"):
        if not folder.startswith("/"):
            return ""
        if shell.files.resolve(f"{folder}/{name}").presence is not Presence.ABSENT:
            return ""
    return f"there is no {name} on PATH"


class Fate(Record):
    """What a failing exit status leads to. `chain_by`: in a list under `set -e` that something follows, the place that
    swallows failures of all parts of an `&&` chain but the last. `is_condition`: `set -e` does not look at it.
    """

    failure: Failure = Failure.FATAL
    swallowed_by: Place | None = None
    chain_by: Place | None = None
    is_condition: bool = False

    @property
    def is_fatal(self) -> bool:
        """Whether the step ends."""
        return self.failure is Failure.FATAL


FATAL = Fate()
_GOES_ON = frozenset(["|", ";", "\n", "&"])


def goes_unnoticed(failure: Failure, swallowed_by: Place | None) -> bool:
    """Whether a failure is swallowed by what merely separates commands; a condition, `!` and `||` ask for the status."""
    is_swallowed = failure is Failure.SWALLOWED and swallowed_by is not None
    return is_swallowed and swallowed_by is not None and swallowed_by.text.strip(" \t\\") in _GOES_ON


def swallowed(place: Place, *, is_condition: bool = False) -> Fate:
    """The fate of what `place` swallows."""
    return Fate(Failure.SWALLOWED, place, is_condition=is_condition)
