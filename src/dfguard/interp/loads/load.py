"""What a call or command asks for to a load with its directory, offline switch and circumstances, and to the files it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.filesystem.paths import clean
from dfguard.interp.loads.caches import directory_of, has_hub_layout, offline_switch
from dfguard.interp.state.model import Failure, Load, Moment, Write
from dfguard.interp.values import Known, OneOf, Unknown, Value, known, prefix_of, texts_of
from dfguard.knowledge.caches import FromPath

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Place
    from dfguard.interp.loads.caches import Surroundings
    from dfguard.knowledge.caches import CacheLibrary
    from dfguard.knowledge.model import Knowledge


class Circumstances(Record):
    """What holds for all loads of one run of a program or command: the moment, whether it surely runs, what becomes of
    a failure, and the places that lead to it (outermost first).
    """

    moment: Moment
    is_certain: bool = True
    failure: Failure = Failure.FATAL
    swallowed_by: Place | None = None
    proof: tuple[Place, ...] = ()


class Request(Record):
    """A load before its directory is known: what a call or command says, roles to values (None: Python's None)."""

    loader: str
    library: str
    kind: str
    subject: Value
    place: Place
    downloads: bool
    reads: bool
    roles: tuple[tuple[str, Value | None], ...] = ()
    files: tuple[str, ...] = ()
    device_place: Place | None = None
    is_weights: bool = True
    is_certain: bool = True
    is_secondary: bool = False

    def role(self, name: str) -> Value | None:
        """The value of a role, None when it is not given or None."""
        return dict(self.roles).get(name)


def load_of(request: Request, around: Surroundings, circumstances: Circumstances) -> Load:
    """The request with its directory, offline switch and circumstances."""
    library = around.knowledge.cache_library(request.library) if request.library else None
    local = request.role("local_dir") or request.role("destination")
    if local is not None:
        directory = absolute(local, around)
    elif request.kind == "path":
        directory = absolute(request.subject, around)
    elif library is not None:
        directory = directory_of(library.id, around, request.role("cache"))
    else:
        directory = Unknown("nothing says where it goes")
    switch = offline_switch(library, around) if library else None
    told = known(request.role("offline") or Known("")) == "True"
    return Load(
        loader=request.loader,
        library=request.library,
        subject=request.subject,
        kind=request.kind,
        directory=directory,
        place=request.place,
        moment=circumstances.moment,
        downloads=request.downloads and not told,
        reads=request.reads,
        revision=request.role("revision"),
        files=request.files,
        device=request.role("device"),
        device_place=request.device_place,
        is_offline=switch is not None or told,
        offline_because=switch.binding if switch else None,
        is_local_directory=local is not None or request.kind == "path",
        is_weights=request.is_weights,
        is_certain=request.is_certain and circumstances.is_certain,
        failure=circumstances.failure,
        swallowed_by=circumstances.swallowed_by,
        proof=circumstances.proof,
        is_relative=_is_relative(request, local, library),
        variant=request.role("variant"),
        has_token=request.role("token") is not None,
        is_secondary=request.is_secondary,
    )


def _is_relative(request: Request, local: Value | None, library: CacheLibrary | None) -> bool:
    """Whether the directory counts from the working directory: a relative path, or a library that looks there."""
    path = local if local is not None else request.subject if request.kind == "path" else None
    if path is not None:
        return not prefix_of(path).startswith(("/", "~", "$")) and texts_of(path) is not None
    rules = [rule for row in library.directories for rule in row.rules] if library else []
    return request.role("cache") is None and FromPath("$WORKDIR") in rules


def absolute(value: Value, around: Surroundings) -> Value:
    """The path as absolute and clean, a relative one below the working directory."""
    texts = texts_of(value)
    if texts is None:
        return value
    if all(text.startswith("/") for text in texts):
        cleaned = tuple(sorted({clean(text) for text in texts}))
        return Known(cleaned[0], value.because) if len(cleaned) == 1 else OneOf(cleaned, value.because)
    workdir = known(around.workdir)
    if workdir is None or len(texts) > 1:
        return Unknown("it is relative to an unknown working directory", value.because)
    return Known(clean(texts[0], workdir), value.because)


def writes_of(load: Load, around: Surroundings, tool: str = "") -> Iterator[Write]:
    """What a download puts where, as far as its directory is known: the repository's folder in a hub cache, the named
    files of a local directory, else the directory itself.
    """
    root = known(load.directory) or _common_root(load.directory)
    if not load.downloads or load.is_offline or root is None:
        return
    for path in places_of(load, root, around.knowledge):
        yield Write(path, load.place, tool or load.loader, load.directory.because, load=load)


def places_of(load: Load, root: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Where below its directory `root` a load keeps its files: the named ones, the repository's folder, or the root."""
    library = knowledge.cache_library(load.library) if load.library else None
    subject = known(load.subject)
    if load.is_local_directory:
        names = load.files if load.kind == "hub" else ()
        return tuple(clean(file, root) for file in names) or (root,)
    if library and has_hub_layout(library) and subject and load.kind == "hub":
        return (f"{root}/models--{subject.replace('/', '--')}",)
    return (root,)


def _common_root(directory: Value) -> str | None:
    """The directory that holds all that it may be; None when that says nothing."""
    texts = texts_of(directory)
    if texts is None or not all(text.startswith("/") for text in texts):
        return None
    pieces = [text.split("/") for text in texts]
    length = next(
        (i for i, names in enumerate(zip(*pieces, strict=False)) if len(set(names)) > 1),
        min(map(len, pieces)),
    )
    shared = "/".join(pieces[0][:length])
    return shared if shared.count("/") > 1 else None


def is_weights_name(value: Value, knowledge: Knowledge) -> bool:
    """Whether an address or path looks like weights: by its ending, or by a host that has nothing but models."""
    text = known(value)
    start = prefix_of(value)
    for sign in knowledge.downloaders.weights:
        path = (text or "").partition("?")[0].lower()
        if path.endswith(sign.suffixes):
            return True
        if any(f"//{host}/" in start for host in sign.hosts) and (
            "/resolve/" in start or "/api/download/" in start
        ):
            return not path.endswith((".json", ".txt", ".md", ".yaml", ".py"))
    return False
