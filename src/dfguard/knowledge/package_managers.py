"""The data types of the package manager table: how versions are pinned, questions answered, caches cleaned."""

from __future__ import annotations

from dfguard.core.record import Record
from dfguard.knowledge.sourced import Sourced


class Pin(Sourced):
    """How an installer takes versions. An install is a call of one of `commands` (`*` at the end: names that begin so)
    with one of `verbs`; where `is_verb_first` it must be the first word that is no option.

    `values` are options that take the next word. A package is pinned when it holds one of `marks` (behind a leading `@scope/`),
    ends with one of `suffixes` or begins with one of `prefixes` (files and folders); with `has_dashed_version` when a part behind a dash
    is a version (`name-1.2-3`). Sources that begin with one of `repositories` need `repository_mark`. `moving` are the ends of
    versions that mean another one tomorrow. One of `unless` among the words, or one of `skipped` as a verb, and the
    call is left alone. `modules` are verbs whose packages are pinned by a colon. `stops_at_dashes`: what follows `--` is no
    package. `has_hosts`: a name begins with a host; without a dot in it it is of the module at hand. `is_first_only`: what follows the first package belongs to the program. `is_locked`: a package
    without a version is taken in the one that the project at hand says, and refused without a project. `example` shows a pinned package.
    """

    id: str
    commands: tuple[str, ...]
    verbs: tuple[str, ...]
    example: str
    values: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    repository_mark: str = ""
    moving: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    has_dashed_version: bool = False
    has_scopes: bool = False
    is_verb_first: bool = False
    is_first_only: bool = False
    stops_at_dashes: bool = False
    has_hosts: bool = False
    is_locked: bool = False
    modules: tuple[str, ...] = ()


class Setting(Record):
    """Configuration files (a `*` at the end: all files of a folder) and the word in them that says it."""

    files: tuple[str, ...] = ()
    word: str = ""


class Answer(Sourced):
    """How a package manager is kept from asking: one of `options` (names without dashes), one of `repeated` given
    twice, or one of `words` as it stands. With one of the options `harmless` it changes nothing and asks
    nothing; `is_alone`: it asks only when nothing but options follows the verb. `asks_beyond`: it asks only when
    more is installed than was named; `asks_for_change`: only when there is something to do, `asks_for_removal`:
    only when something of what it names is installed. `settings` are names that `-o
    NAME=true` answers by, `variables` those of the environment that do, `file` the files that answer for every call. `add` is what to
    write behind the verb (empty: nothing answers that way), `outcome` what becomes of the step where that is not its failure.
    """

    id: str
    commands: tuple[str, ...]
    verbs: tuple[str, ...]
    options: tuple[str, ...]
    add: str = ""
    repeated: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    asks_beyond: bool = False
    asks_for_change: bool = False
    asks_for_removal: bool = False
    is_alone: bool = False
    settings: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    outcome: str = ""
    file: Setting = Setting()


class Installer(Sourced):
    """A script from an address that holds one of `addresses`: a shell that is given none of `words` makes it ask, and it
    fails where it has no terminal.
    """

    addresses: tuple[str, ...]
    words: tuple[str, ...]


class Cleaning(Record):
    """A command that cleans up: a program and one of these words."""

    command: str
    words: tuple[str, ...]


class MountSet(Record):
    """Ends of mount targets that keep the cache out of the layer together."""

    targets: tuple[str, ...]


class Clean(Sourced):
    """What an install leaves behind and what removes it in the same RUN: one of `cleaned_by`, an `rm` below one of
    `paths`, an option of the install itself (`options`), or cache and tmpfs mounts at all paths of one of `mounts`.
    `variables` switch the cache off, whatever they are set to, and so does `file`; `places` are variables, and options
    (`--name`), that say where the cache is. `add` is what to write after the verb, where an option does it and none of
    `add_unless` is given; where the leavings are
    `is_removed_by_hand`, `rm` is what to advise. `tool` is how the manager is called in messages.
    """

    id: str
    tool: str
    commands: tuple[str, ...]
    verbs: tuple[str, ...]
    left: str
    paths: tuple[str, ...] = ()
    cleaned_by: tuple[Cleaning, ...] = ()
    options: tuple[str, ...] = ()
    mounts: tuple[MountSet, ...] = ()
    variables: tuple[str, ...] = ()
    file: Setting = Setting()
    places: tuple[str, ...] = ()
    add: str = ""
    add_unless: tuple[str, ...] = ()
    is_removed_by_hand: bool = False


class Upgrade(Sourced):
    """A command that replaces the whole distribution."""

    commands: tuple[str, ...]
    verbs: tuple[str, ...]


class PackageManagers(Record):
    """rules/tables/package_managers.yaml. The rows of `answers` have a rule each, those of `questions` one together."""

    pins: tuple[Pin, ...] = ()
    answers: tuple[Answer, ...] = ()
    questions: tuple[Answer, ...] = ()
    installers: tuple[Installer, ...] = ()
    cleans: tuple[Clean, ...] = ()
    upgrades: tuple[Upgrade, ...] = ()

    def pin(self, name: str) -> Pin:
        """The row with that id; raise LookupError when there is none."""
        return next(row for row in self.pins if row.id == name)

    def answer(self, name: str) -> Answer:
        """The row with that id; raise LookupError when there is none."""
        return next(row for row in self.answers if row.id == name)

    def clean(self, name: str) -> Clean:
        """The row with that id; raise LookupError when there is none."""
        return next(row for row in self.cleans if row.id == name)
