"""The data types of the loader and downloader tables: which calls and commands fetch or read weights, from where to where."""

from __future__ import annotations

from enum import Enum

from dfguard.core.record import Record
from dfguard.knowledge.sourced import Sourced


class Subject(Enum):
    """What a loader's subject is when it is no existing path: a hub repository, a url, a name of the library's own."""

    HUB = "hub"
    URL = "url"
    NAME = "name"
    PATH = "path"


class Parameter(Record):
    """Where an argument stands: by position (0-based) and under any of the keywords."""

    position: int | None = None
    keywords: tuple[str, ...] = ()


class Item(Record):
    """Something a loader fetches by itself: `files` of the hub repository `subject`, or that address, which a loader of
    paths fetches beside the file it is given.

    `when` restricts it to subjects of the call that equal this name (empty: every call), `versions` to versions of
    the loader's distribution. `library` is the cache table's id (empty: the loader's own). `unless` is a role: what the
    call gives there is used instead.
    """

    subject: str
    files: tuple[str, ...] = ()
    when: str = ""
    versions: str = ""
    library: str = ""
    size_mb: int | None = None
    unless: str = ""


class Default(Record):
    """The subject of a call that names none, for a range of versions."""

    subject: str
    versions: str = ""


class Needed(Record):
    """Only calls whose argument of that role is so: `empty` (missing, None or ""), `true` or `false`."""

    role: str
    is_: str


class PythonLoader(Sourced):
    """A call that downloads or loads.

    `names` are patterns over the resolved dotted name: `*` inside a segment, `**` for any number of segments, `{a,b}`
    alternatives; an instance is written `Class()`. `arguments` map roles to parameters. Roles: revision, cache (the
    library's cache root), local_dir (flat copy, wins over the cache), file, destination, offline, device, prefix
    (put before a bare name), variant, include, exclude, token, remote_code, type.
    `weightless` are patterns over the segment before the method for which no weights are fetched. `library` is the
    cache table's id, empty when the subject is always a path; `hub_library` the one that takes `hf://` addresses.
    `first_files`: one of these a call without file names always asks for. `prefix` is put before a subject without a slash. `is_first_request`: users of the library forget it, it is fetched when
    a request first needs it; `is_kept`: the library itself keeps it for later requests. `is_convention`: the name alone says it, so that only a subject
    that is evidently a repository (`org/name`) counts. `is_adapter`: it adds to a model that is loaded already (an adapter, the
    alignment of one language).
    """

    id: str
    names: tuple[str, ...]
    downloads: bool
    reads: bool
    subject: Parameter | None = None
    kind: Subject = Subject.HUB
    library: str = ""
    hub_library: str = ""
    distribution: str = ""
    arguments: tuple[tuple[str, Parameter], ...] = ()
    defaults: tuple[Default, ...] = ()
    prefix: str = ""
    needs: tuple[Needed, ...] = ()
    items: tuple[Item, ...] = ()
    weightless: tuple[str, ...] = ()
    is_weightless: bool = False
    is_convention: bool = False
    is_adapter: bool = False
    needs_gpu: bool = False
    is_gated: bool = False
    is_first_request: bool = False
    is_kept: bool = False
    swallows: bool = False
    first_files: tuple[str, ...] = ()
    prompt: str = ""
    notes: tuple[str, ...] = ()


class CommandLoader(Sourced):
    """A command that downloads or loads. `words` are its leading words; alternatives stand in `aliases`.

    Operands are the words that are no option: `subject` is the index of the one that names what is loaded (None: the
    option of role `subject`), `files` the index from which further operands are file names, `destination` of the
    target. `takes_many`: every operand from `subject` on is one. `options` map roles (as in `PythonLoader`) to option
    spellings, `values` are other options that take a value; those that are also in `many` take several words.
    """

    id: str
    words: tuple[str, ...]
    aliases: tuple[tuple[str, ...], ...] = ()
    downloads: bool = True
    reads: bool = False
    kind: Subject = Subject.HUB
    library: str = ""
    distribution: str = ""
    subject: int | None = 0
    takes_many: bool = False
    files: int | None = None
    destination: int | None = None
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()
    values: tuple[str, ...] = ()
    many: tuple[str, ...] = ()
    needs_server: bool = False
    notes: tuple[str, ...] = ()


class Misnamed(Sourced):
    """A dotted name that people import and that does not exist in these versions, and the right one."""

    name: str
    instead: str
    distribution: str
    versions: str = ""
    newest: str = ""


class Loaders(Record):
    """rules/tables/loaders.yaml."""

    python: tuple[PythonLoader, ...] = ()
    commands: tuple[CommandLoader, ...] = ()
    misnamed: tuple[Misnamed, ...] = ()


class Downloader(Sourced):
    """A command that fetches urls to files.

    `output` are options that name the file, `directory` the folder; `remote_name` flags keep the url's last segment;
    `is_remote_name`: it does so by itself. `fails_on_error` says whether an HTTP error gives a non-zero exit by
    itself, `fail_flags` make it so. `values` are further options that take a value. `makes_directories`: missing
    folders of the target are made.
    """

    id: str
    commands: tuple[str, ...]
    words: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    directory: tuple[str, ...] = ()
    remote_name: tuple[str, ...] = ()
    is_remote_name: bool = False
    fails_on_error: bool = True
    fail_flags: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    url: tuple[str, ...] = ()
    makes_directories: bool = False
    notes: tuple[str, ...] = ()


class WeightSign(Sourced):
    """What says that a url or file name holds weights: `suffixes` of the path, `hosts` whose downloads are models."""

    suffixes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()


class ModelFolders(Sourced):
    """The folders below `below` (a path's end, case aside) that `program` reads, and names they are mistaken for."""

    program: str
    below: str
    folders: tuple[str, ...]
    mistaken: tuple[tuple[str, str], ...] = ()


class Gated(Sourced):
    """Hub repositories (patterns with `*`) that a download needs an accepted licence and a token for."""

    repositories: tuple[str, ...]


class Downloaders(Record):
    """rules/tables/downloaders.yaml."""

    commands: tuple[Downloader, ...] = ()
    weights: tuple[WeightSign, ...] = ()
    folders: tuple[ModelFolders, ...] = ()
    gated: tuple[Gated, ...] = ()
