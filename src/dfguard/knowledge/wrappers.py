"""The data types of the wrappers table, and a command's words to the program that a wrapper in front of them runs."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.knowledge.sourced import Sourced

if TYPE_CHECKING:
    from collections.abc import Sequence

    Begun = tuple[str, bool]
    """How a word begins as far as that is known, and whether that is the whole word."""


class Role(Enum):
    """What a wrapper is besides. SHELL: the shell's own, functions and builtins are found behind it. INIT: a first process
    that passes signals on. PROJECT: its program is looked for in the environment of a project, too. ENTRY_SCRIPT: a script
    of the base image that ends in running its arguments. FEEDER: it adds words, so that what is run is not known as a whole.
    """

    PROGRAM = "program"
    SHELL = "shell"
    INIT = "init"
    PROJECT = "project"
    ENTRY_SCRIPT = "entry script"
    FEEDER = "feeder"


class Wrapper(Sourced):
    """Programs that run another one, by their `names` without folder.

    Options are written with their dashes. `values` take a word (`--*`: every long option does), `refused` make it something
    else than a wrapper. `verbs` are the sub-commands of which it needs one. `operands` stand in front of the program, none
    when an option of `instead` is given. `sets_variables`: `NAME=value` words may stand there; options of `clears` empty the
    environment, those of `unsets` name a variable that is taken out. The program's user is named by an option of `user` or
    by the first operand (`is_user_operand`), else it is `default_user` (empty: the same); `needs_user`: without an option
    that names one it is no wrapper. Options of `folder` name where the program runs.

    `runs_files`: a `.py` file in place of the program is run by Python. `is_pretence`: what the program does to owners and
    devices is not so. `is_inherited`: the name means this only where the base image sets the ENTRYPOINT.
    """

    id: str
    names: tuple[str, ...]
    role: Role = Role.PROGRAM
    verbs: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    operands: int = 0
    instead: tuple[str, ...] = ()
    sets_variables: bool = False
    clears: tuple[str, ...] = ()
    unsets: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    is_user_operand: bool = False
    default_user: str = ""
    needs_user: bool = False
    folder: tuple[str, ...] = ()
    runs_files: bool = False
    is_pretence: bool = False
    is_inherited: bool = False

    @property
    def is_transparent(self) -> bool:
        """Whether it runs exactly the words behind its own: a script of the image may do more, a feeder adds words."""
        return self.role not in {Role.ENTRY_SCRIPT, Role.FEEDER}

    @property
    def leads_on(self) -> bool:
        """Whether its name alone says that the words behind its own are run, and are all words of the program."""
        return self.role is not Role.FEEDER and not self.is_inherited


class Wrappers(Record):
    """rules/tables/wrappers.yaml."""

    wrappers: tuple[Wrapper, ...] = ()


class Option(Record):
    """An option that is given: its name with dashes, and the index of the word that holds its value with the index where
    that begins there (both None: it has none).
    """

    name: str
    word: int | None = None
    start: int = 0


class Taken(Record):
    """What a wrapper takes of a command's words, by their indexes: those before `end` are its own, `end` is the program's.
    Words from `variables` on are assignments; `operand` is its first operand (None: it has none), `verb` its sub-command.
    """

    wrapper: Wrapper
    end: int
    variables: int
    options: tuple[Option, ...] = ()
    operand: int | None = None
    verb: str = ""

    def given(self, names: tuple[str, ...]) -> tuple[Option, ...]:
        """The options of these names, in order."""
        return tuple(option for option in self.options if option.name in names)

    @property
    def user(self) -> Option | None:
        """Where the user is named, None when nothing names one."""
        if self.wrapper.is_user_operand and self.operand is not None:
            return Option("", self.operand)
        return next(iter(self.given(self.wrapper.user)[-1:]), None)

    @property
    def folder(self) -> Option | None:
        """Where the program's folder is named, None when nothing names one."""
        return next(iter(self.given(self.wrapper.folder)[-1:]), None)


VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")


def taken(words: Sequence[Begun], wrapper: Wrapper) -> Taken | None:
    """What the wrapper, whose name is the first word, takes; None when it runs no program. Options end at the first operand,
    as for getopt with `+`.
    """
    at, verb, options = 1, "", []
    if wrapper.verbs:
        before = _options(words, at, wrapper)
        found = _verb(words, before[0], wrapper) if before else None
        if before is None or found is None:
            return None
        options += before[1]
        verb, at = found
    behind = _options(words, at, wrapper)
    if behind is None:
        return None
    at = behind[0]
    options += behind[1]
    if wrapper.needs_user and not any(option.name in wrapper.user for option in options):
        return None
    variables = at
    while wrapper.sets_variables and at < len(words) and VARIABLE.match(words[at][0]):
        at += 1
    operand = None
    if wrapper.operands and not any(option.name in wrapper.instead for option in options):
        operand, at = at, at + wrapper.operands
        if at < len(words) and words[at] == ("--", True):
            at += 1
    return Taken(wrapper, at, variables, tuple(options), operand, verb) if at < len(words) else None


def _verb(words: Sequence[Begun], at: int, wrapper: Wrapper) -> tuple[str, int] | None:
    """The sub-command that stands there, and the index behind it."""
    for verb in wrapper.verbs:
        parts = [(part, True) for part in verb.split()]
        if [*words[at : at + len(parts)]] == parts:
            return verb, at + len(parts)
    return None


def _options(words: Sequence[Begun], at: int, wrapper: Wrapper) -> tuple[int, list[Option]] | None:
    """The index of the first word that is no option, and the options; None when one makes it no wrapper."""
    found: list[Option] = []
    while at < len(words):
        text, is_whole = words[at]
        if text == "--" and is_whole:
            return at + 1, found
        if not text.startswith("-") or (text == "-" and "-" not in wrapper.clears):
            break
        read = [*_read(words, at, wrapper)]
        if any(option.name in wrapper.refused for option in read):
            return None
        found += read
        at = max([at, *(option.word for option in read if option.word is not None)]) + 1
    if at < len(words) and words[at] == ("-", True) and "-" in wrapper.refused:
        return None
    return at, found


def _read(words: Sequence[Begun], at: int, wrapper: Wrapper) -> list[Option]:
    """The options in one word: a long one, one that is written as a whole, or a cluster of letters."""
    text, is_whole = words[at]
    name, equals, _ = text.partition("=")
    takes = name in wrapper.values or (name.startswith("--") and "--*" in wrapper.values)
    if name.startswith("--") or takes or text == "-":
        if equals:
            return [Option(name, at, len(name) + 1)]
        return [Option(name, at + 1)] if takes and at + 1 < len(words) else [Option(name)]
    found: list[Option] = []
    for index, letter in enumerate(text[1:], 2):
        option = f"-{letter}"
        if option not in wrapper.values:
            found.append(Option(option))
            continue
        is_last = index == len(text) and is_whole
        has_word = not is_last or at + 1 < len(words)
        where = (at + 1, 0) if is_last else (at, index)
        found.append(Option(option, *where) if has_word else Option(option))
        break
    return found
