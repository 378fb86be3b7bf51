"""The data types of the packaging table: what installs need, what indexes and distributions have."""

from __future__ import annotations

from dfguard.core.record import Record
from dfguard.knowledge.sourced import Sourced


class SourceBuild(Sourced):
    """Distributions that are built from source and import `needs` while that is prepared, without saying so.

    For those in `wheels` the index has a wheel for every platform: they are built only from their repository.
    """

    names: tuple[str, ...]
    needs: str
    wheels: tuple[str, ...] = ()


class Index(Sourced):
    """A package index that begins with `prefix` and has nothing but `packages` (`*` at the end: names that begin so)."""

    id: str
    title: str
    prefix: str
    packages: tuple[str, ...]


class Release(Sourced):
    """A release of a distribution, by the names that base images give it. `pythons` are the versions its archive has, `python`
    the one that python3 and pip3 mean;
    `is_managed`: its Python refuses pip installs (PEP 668); `gone` are packages that older releases have and this one
    has not, with what took their place.
    """

    id: str
    systems: tuple[str, ...]
    pythons: tuple[str, ...]
    python: str = ""
    is_managed: bool = False
    gone: tuple[tuple[str, str], ...] = ()


class ArchivedRelease(Sourced):
    """Releases of a distribution that its `mirror`, which their images ask, no longer has; `archive` has them.

    They are the images of `repositories` whose tag matches `tags` (a regular expression for the whole tag), and official images of
    others with one of `suites` in the tag. What needs the mirror is one of `commands` with one of `verbs`, but with no option that begins
    with `unless`; the sources are in `folder`. `title` is how messages call them.
    """

    id: str
    title: str
    repositories: tuple[str, ...]
    tags: str
    mirror: str
    archive: str
    folder: str
    commands: tuple[str, ...]
    verbs: tuple[str, ...]
    suites: tuple[str, ...] = ()
    unless: str = ""


class RetiredVerb(Sourced):
    """A `verb` of `command` that fails since a version: in the images of `repository` whose tag names that or a newer one, or
    none, but for tags with one of `older`. Tags begin with the version.
    """

    id: str
    command: str
    verb: str
    repository: str
    since: str
    older: tuple[str, ...] = ()


class SystemLibrary(Sourced):
    """A distribution whose `module` needs `library` of the system: one of `packages` (beginnings of names) brings it,
    `install` is the smallest. `alternative` is a distribution that does without, empty when there is none.
    """

    name: str
    module: str
    library: str
    packages: tuple[str, ...]
    install: str
    alternative: str = ""


class BuildVariable(Sourced):
    """Variables that only `commands` read, while the image is built."""

    names: tuple[str, ...]
    commands: tuple[str, ...]


class Compiler(Sourced):
    """A command that makes programs for the machine it runs on unless it is told another one: by one of `variables` (with
    `*`), by one of `options`, by one of `files` in the build context, or by a command that begins with one of `setups`. It
    is one of `commands` with one of `verbs` (none: always) and none of `unless`.

    What it makes is named by `output_option`; else it lies in `folder` (relative: to the working directory), and
    `is_named_after_source`: it has the name of the last segment of its last word. `images` are official images that set
    none of the variables.
    """

    id: str
    commands: tuple[str, ...]
    verbs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    setups: tuple[str, ...] = ()
    output_option: str = ""
    folder: str = ""
    is_named_after_source: bool = False
    images: tuple[str, ...] = ()
    advice: str = ""


class Packaging(Record):
    """rules/tables/packaging.yaml."""

    builds: tuple[SourceBuild, ...] = ()
    indexes: tuple[Index, ...] = ()
    releases: tuple[Release, ...] = ()
    libraries: tuple[SystemLibrary, ...] = ()
    variables: tuple[BuildVariable, ...] = ()
    compilers: tuple[Compiler, ...] = ()
    archived: tuple[ArchivedRelease, ...] = ()
    retired: tuple[RetiredVerb, ...] = ()

    def release(self, system: str) -> Release | None:
        """The release that a base image's system means, None when it is not listed."""
        return next((row for row in self.releases if system in row.systems), None)
