"""The data types of the base-image table: what an image that a FROM names brings along."""

from __future__ import annotations

from dfguard.core.record import Record
from dfguard.knowledge.sourced import Sourced


class Python(Record):
    """An interpreter of the image. `version` is `3.11` or `3.11.4`, empty when unknown; `commands` are absolute paths
    that start it; `prefix` is sys.prefix; `packages` the folder pip installs into. `is_managed`: the system forbids
    pip installs (PEP 668).
    """

    version: str
    commands: tuple[str, ...]
    prefix: str
    packages: str = ""
    is_managed: bool = False


class Account(Record):
    """One line of /etc/passwd."""

    name: str
    uid: int
    gid: int
    home: str


class KnownPath(Record):
    """A path of the image: `kind` is `file`, `directory` or `link`; `target` of a link; `owner` in digits."""

    path: str
    kind: str
    target: str = ""
    owner: str = "0:0"
    mode: int | None = None


class BaseImage(Sourced):
    """One row: images of one repository whose tag matches.

    `repository` is the name without `docker.io/library/`. `tag` is a regular expression that the whole tag must
    match; its named groups fill the `{name}` templates in the other fields, `versions` bounds its group `version`.
    `base` is the reference it was built from (a template): what this row leaves out comes from there. `environment`,
    `distributions` are name/value pairs (an empty version: installed, version unknown). `commands` are programs on
    PATH, `lacks` programs that surely are not. `unlisted` are variables (patterns with `*`) that are set to values not
    listed; `is_open`: there may be any others. `user` None and `workdir` None: not set here.
    `digit_groups` splits runs of digits (`1281` -> `12.8.1`): group name to the number of digits of its first part; the
    digits themselves are then `{name_digits}`. `top_level` are the names directly below `/`, all of them, or empty when
    not all are known; `is_complete`: every path of the image is listed. `groups` are names and numbers of /etc/group
    when they are all known. `lists_people`: all accounts with the number of a person (1000 and more) are in `accounts`;
    None takes over what holds of the image it was built from. `is_overlay`: it holds nothing but helpers that are made to be
    copied over another image. `packages` are those of its distribution that it holds beside the minimal image of its `system`, but
    for what they need themselves; `commands` are then all programs in the usual folders that none of them brings. None: not all
    are known.
    """

    id: str
    repository: str
    tag: str = ".*"
    versions: str = ""
    base: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    user: str | None = None
    workdir: str | None = None
    volumes: tuple[str, ...] = ()
    shell: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    system: str = ""
    cuda: str = ""
    cuda_parts: str = ""
    cudnn: str = ""
    pythons: tuple[Python, ...] = ()
    distributions: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    paths: tuple[KnownPath, ...] = ()
    accounts: tuple[Account, ...] = ()
    unlisted: tuple[str, ...] = ()
    is_open: bool = False
    is_archived: bool = False
    is_overlay: bool = False
    digit_groups: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    top_level: tuple[str, ...] = ()
    is_complete: bool = False
    groups: tuple[tuple[str, int], ...] = ()
    lists_people: bool | None = None
    packages: tuple[str, ...] | None = None

    @property
    def python(self) -> Python | None:
        """The default interpreter, None when there is none or none is known."""
        return self.pythons[0] if self.pythons else None


class NeverTagged(Record):
    """Tags that match `pattern` (a regular expression for the whole tag) were never published, and `why`."""

    pattern: str
    why: str


class TagGrammar(Sourced):
    """What a repository's tags look like: one of `patterns` matches the whole tag, none of `never` does.

    `needs_tag`: there is no `latest`. `example` is a tag that exists.
    """

    repository: str
    patterns: tuple[str, ...]
    example: str
    never: tuple[NeverTagged, ...] = ()
    needs_tag: bool = False


class SystemShell(Sourced):
    """What /bin/sh of the `systems` surely `has` and surely `lacks`: names of options of `set -o`, and `gives-way` for a
    shell that becomes the last program of `sh -c`.
    """

    id: str
    systems: tuple[str, ...]
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


class BaseImages(Record):
    """rules/tables/base_images.yaml."""

    images: tuple[BaseImage, ...] = ()
    grammars: tuple[TagGrammar, ...] = ()
    shells: tuple[SystemShell, ...] = ()

    def shell_knows(self, system: str, option: str) -> bool | None:
        """Whether /bin/sh of a system (`debian 12.5`, `ubuntu noble`) knows an option; None when that is not known."""
        for row in self.shells:
            if any(
                system == name or (system.startswith(f"{name}.") and name[-1].isdigit())
                for name in row.systems
            ):
                if option in row.has:
                    return True
                if option in row.lacks:
                    return False
        return None


class Reference(Record):
    """An image reference taken apart: `repository` without the default registry and `library/`, `tag` (None without
    one), `digest` (`sha256:...`, None without one).
    """

    repository: str
    tag: str | None
    digest: str | None


_DEFAULT_REGISTRIES = ("docker.io/", "index.docker.io/", "registry-1.docker.io/", "registry.hub.docker.com/")


def parse_reference(text: str) -> Reference:
    """The parts of `[registry/]repository[:tag][@digest]`; the repository is lower case as written otherwise.

    Source: github.com/distribution/reference, normalize.go (a first part with a dot, a colon or `localhost` is the
    registry).
    """
    rest, _, digest = text.partition("@")
    slash, colon = rest.rfind("/"), rest.rfind(":")
    repository, tag = (rest[:colon], rest[colon + 1 :]) if colon > slash else (rest, None)
    for registry in _DEFAULT_REGISTRIES:
        repository = repository.removeprefix(registry)
    return Reference(repository.removeprefix("library/"), tag or None, digest or None)
