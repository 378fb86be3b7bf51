"""wget, curl, git, hf and their like: what they fetch, to which file or folder. What hf downloads is noted with the loads."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell.call import CommandCall
from dfguard.interp.shell.effects.file_actions import make_directory, write_file
from dfguard.interp.shell.effects.reach import may_write, may_write_anywhere, unknown_command
from dfguard.interp.shell.registry import command
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.shell.call import Operand
    from dfguard.interp.shell.expansion.words import Field
    from dfguard.interp.shell.getopt import Parsed
    from dfguard.interp.shell.state import Outcome
    from dfguard.knowledge.loaders import Downloader


DEFAULT_NAME = "index.html"


@command("wget", "curl", "aria2c", "axel", "gdown")
def download(call: CommandCall) -> Outcome:
    """A url to a file: the one that an option names, else the url's last part, in the folder that an option names.

    Which options these are is in rules/tables/downloaders.yaml. Whether the server answers is not known. Beside -O wget takes
    no notice of -P and does not make its folder (seen with GNU Wget 1.21.3; busybox networking/wget.c says the same).
    """
    fact = call.walk.world.knowledge.downloader((call.tool,))
    if fact is None:
        may_write(call, [known(call.shell.cwd) or "/"], because(Cause.WRITTEN, call.tool))
        return call.outcome(None, status=None)
    parsed = call.options(_specification(fact))
    urls = [field for field in parsed.operands if not (known(field.value) or "x").startswith("-")]
    outputs = [field for name in fact.output for field in parsed.values(_bare(name))]
    folder = None if outputs and call.tool == "wget" else _folder(call, parsed, fact)
    _write_aside(call, parsed)
    for output in outputs[-1:] if call.tool == "wget" else outputs:
        if (known(output.value) or "") not in ("-", "/dev/null", "/dev/stdout"):
            _write(call, _in_folder(call.operand(output), folder), fact)
    if outputs and call.tool == "wget":
        return _ended(call)
    takes_names = fact.is_remote_name or any(parsed.has(_bare(name)) for name in fact.remote_name)
    if takes_names and any(map(parsed.has, _UNNAMED)):
        folder_path = folder.path if folder is not None else known(call.shell.cwd)
        may_write(call, [folder_path or "/"])
        return _ended(call)
    if takes_names and len(outputs) < len(urls):
        for field in urls:
            _write(call, _named_after(call, field, folder), fact)
    return _ended(call)


_UNNAMED = (
    *("r", "recursive", "m", "mirror", "p", "page-requisites", "x", "force-directories", "i", "input-file"),
    *("content-disposition", "trust-server-names", "J", "remote-header-name"),
)
"""Options with which the url does not say the file: the server does, or a list, or several directories are made."""
_ASIDE = (
    *(
        "D",
        "dump-header",
        "c",
        "cookie-jar",
        "trace",
        "trace-ascii",
        "stderr",
        "libcurl",
        "etag-save",
        "hsts",
    ),
    *("a", "append-output", "save-cookies", "save-session", "log", "l", "warc-file", "rejected-log"),
)


def _write_aside(call: CommandCall, parsed: Parsed) -> None:
    """Logs, cookies and headers go to files of their own; what a configuration file says is not known."""
    is_log = call.tool == "wget"
    for name in (*_ASIDE, *(("o", "output-file") if is_log else ())):
        for operand in call.operands(parsed.values(name)):
            may_write(call, (operand.path,) if operand.path else ())
    if call.tool == "curl" and (parsed.has("K") or parsed.has("config")):
        may_write_anywhere(call)


def _ended(call: CommandCall) -> Outcome:
    return call.outcome(None, status=call.status or None)


def _bare(option: str) -> str:
    return option.lstrip("-")


@lru_cache(maxsize=16)
def _specification(fact: Downloader) -> str:
    with_value = {*fact.output, *fact.directory, *fact.values, *fact.url}
    flags = [*fact.remote_name, *fact.fail_flags]
    return " ".join(
        [*(f"{_bare(o)}=" for o in sorted(with_value)), *(_bare(o) for o in flags if o not in with_value)]
    )


def _first(parsed: Parsed, names: tuple[str, ...]) -> Field | None:
    return next((field for name in names if (field := parsed.value(_bare(name))) is not None), None)


def _folder(call: CommandCall, parsed: Parsed, fact: Downloader) -> Operand | None:
    field = _first(parsed, fact.directory)
    if field is None:
        return None
    operand = call.operand(field)
    makes = fact.makes_directories or call.tool == "wget" or parsed.has("create-dirs")
    if (
        makes
        and operand.path is not None
        and call.files.resolve(operand.path).presence is not Presence.PRESENT
    ):
        make_directory(call, operand, parents=True)
    return operand


def _in_folder(operand: Operand, folder: Operand | None) -> Operand:
    """A file name counts from the folder that another option names, where there is one."""
    if folder is None or operand.text is None or operand.text.startswith("/"):
        return operand
    if folder.path is None:
        return replace(operand, path=None, why=folder.why)
    return replace(
        operand, path=paths.clean(operand.text, folder.path), because=operand.because + folder.because
    )


def _named_after(call: CommandCall, field: Field, folder: Operand | None) -> Operand:
    """The file that a url without a name for it becomes; it stands where the folder is named, else at the url.

    wget keeps what stands behind `?`, curl and aria2c do not; gdown takes the name that the server says.
    """
    url = known(field.value)
    inside = folder.path if folder is not None else known(call.shell.cwd)
    place = folder.place if folder is not None else field.place
    because = (*field.value.because, *(folder.because if folder is not None else call.shell.cwd.because))
    base = replace(call.operand(field), place=place, because=because, pattern=None)
    if url is None or inside is None or call.tool == "gdown":
        return replace(base, text=None, path=None, prefix=inside or "", why="its name is not known")
    if call.tool == "curl" and any(mark in url for mark in "{["):
        return replace(base, text=None, path=None, prefix=inside, why="it stands for several")
    address = url.partition("#")[0]
    address, _, query = address.partition("?")
    last = address.rpartition("://")[2].rpartition("/")
    name = last[2] if last[1] and last[2] else DEFAULT_NAME
    if query and call.tool == "wget":
        name = f"{name}?{query}"
    return replace(base, text=name, path=paths.clean(name, inside))


def _write(call: CommandCall, operand: Operand, fact: Downloader) -> None:
    makes = fact.makes_directories or any(text == "--create-dirs" for text in call.texts())
    if makes and operand.path is not None:
        above = paths.parent(operand.path)
        if call.files.resolve(above).presence is not Presence.PRESENT:
            make_directory(call, replace(operand, text=above, path=above), parents=True)
    write_file(call, operand, None)


@command("git")
def git(call: CommandCall) -> Outcome:
    """`git clone URL [DIR]` and `git init [DIR]` make DIR; everything else changes what lies below the working
    directory.
    """
    parsed = call.options("C= c= git-dir= work-tree=", permutes=False)
    words = parsed.operands
    verb = known(words[0].value) if words else None
    if verb == "clone":
        inner = CommandCall(call.walk, call.shell, call.run, words[1:], call.stdin)
        return _clone(call, inner, parsed)
    if verb == "init":
        _init(CommandCall(call.walk, call.shell, call.run, words[1:], call.stdin), parsed)
    if verb is None or verb not in _READING:
        _in_work_tree(call, parsed, verb)
    return call.outcome(None, status=None)


_READ = "config version status log rev-parse describe show diff ls-files ls-remote ls-tree rev-list blame tag branch"
_READING = frozenset(_READ.split())
_MAKING = frozenset(["worktree", "archive", "bundle", "submodule", "clone", "subtree"])


def _in_work_tree(call: CommandCall, parsed: Parsed, verb: str | None) -> None:
    """The work tree that git finds from where it stands, or that options name; `worktree add DIR` makes DIR. A verb that is
    an alias, or one of a plug-in, may do anything.
    """
    words = parsed.operands[1:]
    place = next((field for name in ("C", "work-tree", "git-dir") for field in parsed.values(name)), None)
    named = call.operand(place).path if place is not None else known(call.shell.cwd)
    if named is None:
        may_write_anywhere(call)
        return
    tops = [f for f in (named, *paths.ancestors(named)) if f != "/" and _may_be_repository(call, f)]
    may_write(call, dict.fromkeys([*([named] if named != "/" else []), *tops]))
    for operand in call.operands(words if verb in _MAKING else ()):
        text = operand.text
        if text and not text.startswith("-") and "://" not in text:
            may_write(call, (paths.clean(text, named),))
    for field in (
        CommandCall(call.walk, call.shell, call.run, words, call.stdin).options("o=,output=").values("o")
    ):
        path = call.operand(field).path
        may_write(call, (path,) if path else ())


def _may_be_repository(call: CommandCall, folder: str) -> bool:
    return call.files.resolve(paths.below(folder, ".git")).presence is not Presence.ABSENT


def _init(call: CommandCall, outer: Parsed) -> None:
    """Make the repository's directory with those above it, as https://git-scm.com/docs/git-init has it."""
    parsed = call.options(
        "b=,initial-branch= template= separate-git-dir= object-format= ref-format= q,quiet bare shared"
    )
    named = tuple(call.operands(parsed.operands[:1]))
    for operand in named if outer.text("C") is None else ():
        if operand.path is None:
            call.blur(operand, operand.why or "where it goes is not known")
            continue
        make_directory(call, operand, parents=True)
        may_write(call, [paths.clean(".git", operand.path)], because(Cause.WRITTEN, "git init"))


def _clone(call: CommandCall, inner: CommandCall, outer: Parsed) -> Outcome:
    parsed = inner.options(
        "b=,branch= depth= o=,origin= u=,upload-pack= c=,config= reference= separate-git-dir= j=,jobs= filter= "
        "recurse-submodules recursive single-branch q,quiet n,no-checkout bare mirror shallow-since= shallow-exclude="
    )
    if not parsed.operands:
        return call.outcome(None, status=None)
    url = known(parsed.operands[0].value)
    above = outer.text("C") or known(call.shell.cwd)
    for operand in _targets(call, parsed, url, above):
        if operand.path is None:
            call.blur(operand, operand.why or "where it goes is not known")
            continue
        there = call.files.resolve(operand.path)
        if there.presence is not Presence.PRESENT:
            make_directory(call, operand, parents=True)
        may_write(
            call, [operand.path], because(Cause.BROUGHT, f"git clone {url or 'of an unknown repository'}")
        )
        call.wrote(operand.path, operand)
    return _ended(call)


def _targets(call: CommandCall, parsed: Parsed, url: str | None, above: str | None) -> Iterator[Operand]:
    field = parsed.operands[0]
    if len(parsed.operands) > 1:
        yield from call.operands(parsed.operands[1:2])
        return
    base = replace(call.operand(field), pattern=None)
    name = (url or "").rstrip("/").rpartition("/")[2].removesuffix(".git")
    if not name or above is None:
        yield replace(
            base, text=None, path=None, prefix=above or "", why="the repository's name is not known"
        )
    else:
        yield replace(base, text=name, path=paths.clean(name, above))


@command("git-lfs")
def git_lfs(call: CommandCall) -> Outcome:
    """`git-lfs` fills files below the working directory."""
    folder = known(call.shell.cwd)
    if folder not in (None, "/"):
        may_write(call, [folder or "/"], because(Cause.WRITTEN, "git-lfs"))
    return call.outcome(None, status=None)


@command("hf", "huggingface-cli")
def hub_client(call: CommandCall) -> Outcome:
    """A download whose words are known is followed with the loads; of any other what `reach` says of the tool.

    huggingface_hub writes below `models--ORG--NAME` of the cache (file_download.py), nothing beside it.
    """
    words = [known(word) for word in call.run.words]
    if len(words) > 1 and words[1] == "download" and None not in words:
        return call.outcome(None, status=None)
    return unknown_command(call)
