"""What a call or command asks for to a load with its directory, offline switch and circumstances, and to the files it writes.

Of a call: the further names it goes by, whether an argument may be empty, the hub repository that is named, the file an answer
is saved in, the path of what was downloaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.remembering import by_identity
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.paths import clean
from dfguard.interp.loads.environment import directory_of, has_hub_layout, offline_switch
from dfguard.interp.python.evaluation import evaluate
from dfguard.interp.state.model import Failure, Load, Write
from dfguard.interp.values import Known, OneOf, Unknown, known, prefix_of, texts_of
from dfguard.knowledge.caches import FromPath
from dfguard.syntax.python.program import Choice, Code, Constant, Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Place
    from dfguard.interp.loads.environment import Surroundings
    from dfguard.interp.python.evaluation import ProgramScope
    from dfguard.interp.state.model import Moment
    from dfguard.interp.values import Value
    from dfguard.knowledge.caches import CacheLibrary
    from dfguard.knowledge.model import Knowledge
    from dfguard.syntax.python.program import Argument, Expression, Program, PythonCall


def beside(call: PythonCall, program: Program, scope: ProgramScope) -> Iterator[str]:
    """The full name of a call into a module beside the file, where that is no module that was read: a program which was
    put into the clone of a package (`src/f5_tts/handler.py`) says `api.F5TTS` for `f5_tts.api.F5TTS`.
    """
    module, dot, _ = call.name.partition(".")
    if not dot or scope.path is None or scope.is_read(module):
        return
    package = paths.parent(scope.path).rpartition("/")[2]
    if package.isidentifier() and any(found.module == module for found in program.imports):
        yield f"{package}.{call.name}"


def handed_in(call: PythonCall, program: Program) -> Iterator[str]:
    """The names of `cls.method` in a function to which imported classes are handed: `fetch(AutoModel, "org/name")`."""
    owner, _, method = call.name.rpartition(".")
    if call.function is None or not owner.isidentifier():
        return
    yield from (f"{name}.{method}" for name in _handed_over(program).get(call.function, ()))


@by_identity(64)
def _handed_over(program: Program) -> dict[str, list[str]]:
    """The functions that are called with names as arguments, and these names in the order of the calls."""
    found: dict[str, list[str]] = {}
    for call in program.calls:
        for argument in call.arguments:
            if isinstance(argument.value, Result) and argument.value.order is None:
                found.setdefault(call.name, []).append(argument.value.name)
    return found


_TIDIES = (".strip()", ".lower()")


def may_be_empty(argument: Argument | None, call: PythonCall, program: Program, scope: ProgramScope) -> bool:
    """Whether a run may come to the call with that argument empty; False when nothing says so.

    A request may leave out what is read with `.get(name)` or `.get(name, "")`, unless the program stops without it.
    """
    if argument is None:
        return not any(a.keyword in {"*", "**"} for a in call.arguments)
    value = evaluate(argument.value, scope)
    return value is None or known(value) == "" or _may_lack(argument.value, program)


def _may_lack(expression: Expression, program: Program) -> bool:
    match expression:
        case Constant(value):
            return value is None or value == ""
        case Choice(options, condition, False):
            is_tested = condition.isidentifier()  # `x if x else y`: what is left out is y
            return any(
                _may_lack(o, program) for o in options[:-1] if not is_tested or isinstance(o, Constant)
            ) or _may_lack(options[-1], program)
        case Code(written):
            return _is_optional(written, program)
    return False


def _is_optional(text: str, program: Program) -> bool:
    for tidy in _TIDIES:
        text = text.removesuffix(tidy)
    source = program.source.text
    for call in program.calls:
        if not call.name.endswith(".get") or source[call.span.start : call.span.end] != text:
            continue
        names = [a.value.value for a in call.arguments[:1] if isinstance(a.value, Constant)]
        default = call.argument(1, "default")
        is_empty = default is None or _may_lack(default.value, program)
        return is_empty and bool(names) and not any(str(names[0]) in r.source for r in program.requirements)
    return False


_FOLDERS = tuple("model checkpoint ckpt weight pretrained data asset output result saved src".split())


def is_repository(subject: Value) -> bool:
    """Whether the subject has the form of a hub repository (`org/name`) and not that of a relative folder."""
    text = known(subject) or ""
    owner, _, name = text.partition("/")
    if not owner or not name or "/" in name or text.startswith((".", "~")) or " " in text:
        return False
    return not owner.lower().startswith(_FOLDERS)


def hub_address(address: Value) -> tuple[Value, tuple[str, ...]] | None:
    """The repository and files of an `hf://ORG/NAME[@REVISION][/FILE]` address, None for others."""
    text = known(address)
    if text is None or not text.startswith("hf://"):
        return None
    parts = text.removeprefix("hf://").split("/")
    name = "/".join(part.partition("@")[0] for part in parts[:2])
    return Known(name, address.because), ("/".join(parts[2:]),) if len(parts) > 2 else ()


def saved_to(call: PythonCall, program: Program) -> Argument | None:
    """The path to which a function writes what it fetched: that of the one file which it opens to write bytes, where it
    fetches nothing else (`requests.get(url)`, `open(path, "wb")`).
    """
    near = [one for one in program.calls if one.function == call.function and one.order > call.order]
    files = [one for one in near if one.name == "open" and _is_for_bytes(one)]
    if call.function is None or len(files) != 1 or any(one.name == call.name for one in near):
        return None
    return files[0].argument(0, "file")


def _is_for_bytes(call: PythonCall) -> bool:
    mode = call.argument(1, "mode")
    return mode is not None and mode.value == Constant("wb")


GIVES_PATH = (
    "huggingface_hub.",
    "cached_path.",
    "modelscope.snapshot_download",
    "faster_whisper.download_model",
)


def path_given(load: Load) -> Value:
    """The path that a download gives back: the local directory, else somewhere in the cache."""
    root = known(load.directory)
    if root is None:
        return Unknown(
            "where the download lies", load.directory.because, is_settled=_is_settled(load.subject)
        )
    if load.is_local_directory:
        file = (
            f"/{load.files[0]}"
            if load.files and "download" in load.loader and "snapshot" not in load.loader
            else ""
        )
        return Known(root + file, load.directory.because)
    name = (known(load.subject) or "").replace("/", "--")
    return Unknown(
        "a folder of the cache",
        load.directory.because,
        f"{root}/models--{name}/snapshots/",
        is_settled=_is_settled(load.subject),
    )


def _is_settled(value: Value) -> bool:
    return not isinstance(value, Unknown) or value.is_settled


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
