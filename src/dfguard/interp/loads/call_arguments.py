"""A call of a loader to what it is given and gives back: the further names it goes by, whether an argument may be empty, the hub
repository that is named, the file an answer is saved in, the path of what was downloaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.remembering import by_identity
from dfguard.interp.filesystem import paths
from dfguard.interp.python.evaluation import evaluate
from dfguard.interp.values import Known, Unknown, known
from dfguard.syntax.python.program import Choice, Code, Constant, Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.python.evaluation import ProgramScope
    from dfguard.interp.state.model import Load
    from dfguard.interp.values import Value
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


_FOLDERS = (
    "model",
    "checkpoint",
    "ckpt",
    "weight",
    "pretrained",
    "data",
    "asset",
    "output",
    "result",
    "saved",
    "src",
)


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
