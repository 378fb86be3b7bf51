"""A library, its environment and versions to the directory it keeps downloads in, with what decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from dfguard.core.record import Record
from dfguard.interp.filesystem.paths import clean
from dfguard.interp.values import Binding, Known, OneOf, Unknown, Value, concat, join, known, texts_of
from dfguard.knowledge.caches import (
    CacheLibrary,
    Directory,
    Expansion,
    FromArgument,
    FromLibrary,
    FromPath,
    FromVariable,
)
from dfguard.knowledge.versions import overlap

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.knowledge.caches import Rule
    from dfguard.knowledge.model import Knowledge

_DEEPEST = 6
_NO_PREFIX = Unknown("the interpreter's prefix is not known")
_NO_PACKAGES = Unknown("the folder of installed packages is not known")


class Surroundings(Record):
    """What a library sees where it runs.

    `lookup` gives a variable for a library (its id; libraries that froze their variables at import see older ones):
    None when it is not set, Unknown when that cannot be told. `home` is HOME, `workdir` the current directory,
    `ranges` gives the versions of a distribution. `may_inherit`: the base image may set variables we do not know.
    """

    knowledge: Knowledge
    lookup: Callable[[str, str], Value | None]
    home: Value
    workdir: Value
    ranges: Callable[[str], str]
    may_inherit: str = ""
    prefix: Value = _NO_PREFIX
    packages: Value = _NO_PACKAGES


def directory(library: CacheLibrary, around: Surroundings, argument: Value | None = None) -> Value:
    """Where the library looks and downloads: an absolute path, several when its version decides and is not known.

    `argument` is the value of the call's cache argument, None when it is missing or None.
    """
    return _directory(library, around, argument, _DEEPEST)


def directory_of(name: str, around: Surroundings, argument: Value | None = None) -> Value:
    """`directory` for a library of the table by its id; Unknown for an id that is not in it."""
    library = around.knowledge.cache_library(name)
    return directory(library, around, argument) if library else Unknown(f"no cache facts for {name}")


def rows_of(library: CacheLibrary, around: Surroundings) -> tuple[Directory, ...]:
    """The rows of the table for the versions that may be installed."""
    installed = around.ranges(library.distribution)
    return tuple(row for row in library.directories if overlap(row.versions, installed) is not False)


def has_hub_layout(library: CacheLibrary) -> bool:
    """Whether content lies below the directory as `models--ORG--NAME`."""
    return any(row.layout.value == "hub" for row in library.directories)


def _directory(library: CacheLibrary, around: Surroundings, argument: Value | None, depth: int) -> Value:
    found: Value | None = None
    for row in rows_of(library, around) if depth else ():
        value = _of_row(library, row, around, argument, depth)
        found = value if found is None else join(found, value)
    return found if found is not None else Unknown(f"no facts for the version of {library.distribution}")


def _of_row(
    library: CacheLibrary, row: Directory, around: Surroundings, argument: Value | None, depth: int
) -> Value:
    for rule in row.rules:
        value = _of_rule(rule, library, around, argument, depth)
        if value is not None:
            return _absolute(_expanded(value, row.expansion, library, around), around)
    return Unknown(f"nothing says where {library.id} keeps its files")


def _of_rule(
    rule: Rule, library: CacheLibrary, around: Surroundings, argument: Value | None, depth: int
) -> Value | None:
    match rule:
        case FromArgument():
            return argument
        case FromVariable(variable, suffix):
            value = around.lookup(library.id, variable)
            return None if value is None else _joined(_named(value, variable), suffix)
        case FromLibrary(name, suffix):
            other = around.knowledge.cache_library(name)
            return _joined(_directory(other, around, None, depth - 1), suffix) if other else None
        case FromPath(path):
            return _of_path(path, library, around)
    assert_never(rule)


def _named(value: Value, variable: str) -> Value:
    if known(value) == "":
        return Unknown(f"{variable} is set but empty", value.because)
    return value


def _joined(value: Value, suffix: str) -> Value:
    return concat((value, Known(suffix))) if suffix else value


def _of_path(path: str, library: CacheLibrary, around: Surroundings) -> Value:
    if around.may_inherit:
        variables = [
            rule.variable
            for row in library.directories
            for rule in row.rules
            if isinstance(rule, FromVariable)
        ]
        if variables or any(
            isinstance(rule, FromLibrary) for row in library.directories for rule in row.rules
        ):
            return Unknown(f"{around.may_inherit} may set {variables[0] if variables else 'cache variables'}")
    root, _, rest = path.partition("/")
    tail = Known(f"/{rest}" if rest else "")
    match root:
        case "$HOME":
            return concat((_home(around), tail))
        case "$TMPDIR":
            return concat((around.lookup(library.id, "TMPDIR") or Known("/tmp"), tail))  # noqa: S108  Python's default
        case "$WORKDIR":
            return concat((around.workdir, tail))
        case "$PREFIX":
            return concat((around.prefix, tail))
        case "$PACKAGES":
            return concat((around.packages, tail))
    return Known(path)


def _home(around: Surroundings) -> Value:
    home = around.home
    if home.because or not isinstance(home, Known):
        return home
    return Known(home.text, (Binding("HOME", home.text, None, "default of the user"),))


def _expanded(value: Value, expansion: Expansion, library: CacheLibrary, around: Surroundings) -> Value:
    """A leading `~` and `$NAME` as the library itself replaces them."""
    text = known(value)
    if text is None or expansion is Expansion.NONE:
        return value
    if expansion is Expansion.VARIABLES and "$" in text:
        return Unknown(f"{text} names variables that the library expands", value.because)
    if text == "~" or text.startswith("~/"):
        home = around.lookup(library.id, "HOME") or around.home
        return concat((Known("", value.because), home, Known(text[1:])))
    return value


def _absolute(value: Value, around: Surroundings) -> Value:
    """Clean and absolute; a relative path counts from the working directory."""
    texts = texts_of(value)
    if texts is None:
        return value
    if any(not text.startswith("/") for text in texts):
        workdir = known(around.workdir)
        if workdir is None:
            return Unknown("it is relative to an unknown working directory", value.because)
        texts = tuple(text if text.startswith("/") else f"{workdir}/{text}" for text in texts)
    cleaned = tuple(sorted({clean(text) for text in texts}))
    return Known(cleaned[0], value.because) if len(cleaned) == 1 else OneOf(cleaned, value.because)


class Switch(Record):
    """An offline switch that is on: the variable and what it is set to."""

    variable: str
    value: Value

    @property
    def binding(self) -> Binding:
        """What set it."""
        if self.value.because:
            return self.value.because[-1]
        return Binding(self.variable, known(self.value) or "", None)


def offline_switch(library: CacheLibrary, around: Surroundings) -> Switch | None:
    """The library's offline switch when it is surely on, else None. The first variable that is set and not empty
    decides, as in `HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE` (huggingface_hub/constants.py).
    """
    for variable in library.offline:
        value = around.lookup(library.id, variable)
        text = known(value) if value is not None else ""
        if value is None or text == "":
            continue
        is_on = text is not None and text.strip().upper() in library.truthy
        return Switch(variable, value) if is_on else None
    return None
