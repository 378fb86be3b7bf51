"""cp, mv, ln, install, rsync: what is at one path appears at another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.interp import paths
from dfguard.interp.commands.actions import (
    DIRECTORY_BITS,
    FILE_BITS,
    is_kernel,
    make_directory,
    maker,
    may_make,
    owner_in,
    put_link,
    remove,
    soften,
    write_file,
)
from dfguard.interp.commands.registry import command
from dfguard.interp.layers import Layer
from dfguard.interp.modes import ModeChange
from dfguard.interp.state import Entry, EntryKind, Presence
from dfguard.interp.trees import FileTree, copy_tree, walk
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.commands.call import Call, Operand
    from dfguard.interp.commands.options import Parsed
    from dfguard.interp.shell_state import Outcome

_CP = (
    "r,recursive R a,archive p d P,no-dereference L,dereference H f,force n,no-clobber u,update v,verbose i,interactive "
    "T,no-target-directory t=,target-directory= l,link s,symbolic-link x parents preserve= no-preserve= reflink= b "
    "sparse= strip-trailing-slashes Z"
)


class _Style(Record):
    """How things are copied. `keeps`: owner and mode as they were; `follows`: links named are followed, `resolves`: those
    inside directories as well; `links` `hard` or `symbolic` instead of copies; `drops_modes`: as if newly made.
    """

    is_recursive: bool = False
    keeps: bool = False
    follows: bool = True
    never_replaces: bool = False
    moves: bool = False
    links: str = ""
    keeps_parents: bool = False
    resolves: bool = False
    drops_modes: bool = False


class Goal(Record):
    """Where copies go. `is_directory`: into it; None when not known. `real` is its real path."""

    operand: Operand
    real: str
    is_directory: bool | None


def goal_of(call: Call, operand: Operand, *, is_forced: bool = False, is_plain: bool = False) -> Goal | None:
    """The destination; `is_forced`: it must be a directory, `is_plain`: it is never looked into. None when unknown."""
    if operand.path is None:
        call.blur(operand, operand.why)
        call.unsure()
        return None
    entry = call.files.resolve(operand.path)
    real = entry.path if entry.presence is not Presence.ABSENT else _new(call, operand.path)
    if is_plain:
        return Goal(operand, real, is_directory=False)
    is_directory: bool | None = None
    if entry.presence is Presence.PRESENT and entry.kind is not EntryKind.UNKNOWN:
        is_directory = entry.kind is EntryKind.DIRECTORY
    elif entry.presence is Presence.ABSENT:
        is_directory = False
    elif operand.has_slash or is_forced:
        is_directory = True
    if is_directory is False and (is_forced or (operand.has_slash and entry.presence is Presence.PRESENT)):
        call.fail(f"{operand.text} is no directory")
        return None
    return Goal(operand, real, is_directory)


def _new(call: Call, path: str) -> str:
    """The real path of something that is not there: links in its parents followed, and a dangling one at its end."""
    return call.files.real(path)


def split(call: Call, parsed: Parsed) -> tuple[list[Operand], Operand | None]:
    """Sources and destination, with `-t` taken into account."""
    target = parsed.value("t")
    found = list(call.operands(parsed.operands))
    if target is not None:
        return found, call.operand(target)
    return (found[:-1], found[-1]) if len(found) > 1 else (found, None)


@command("cp")
def cp(call: Call) -> Outcome:
    """`cp [-r] source... destination`."""
    parsed = call.options(_CP)
    is_archive = parsed.has("a")
    style = _Style(
        is_recursive=is_archive or parsed.has("r") or parsed.has("R"),
        keeps=is_archive or parsed.has("p") or parsed.has("preserve"),
        follows=not (is_archive or parsed.has("d") or parsed.has("P"))
        and (parsed.has("L") or not _recursive(parsed)),
        never_replaces=parsed.has("n"),
        links="hard" if parsed.has("l") else "symbolic" if parsed.has("s") else "",
        keeps_parents=parsed.has("parents"),
        resolves=parsed.has("L"),
        drops_modes="mode" in (parsed.text("no-preserve") or ""),
    )
    _all(call, parsed, style)
    return call.outcome(None if parsed.has("v") else "")


def _recursive(parsed: Parsed) -> bool:
    return parsed.has("r") or parsed.has("R")


@command("mv")
def mv(call: Call) -> Outcome:
    """`mv source... destination`: entries keep owner and mode."""
    parsed = call.options(
        "f,force n,no-clobber i u,update v,verbose T,no-target-directory t=,target-directory= Z"
    )
    style = _Style(is_recursive=True, keeps=True, follows=False, never_replaces=parsed.has("n"), moves=True)
    _all(call, parsed, style)
    return call.outcome(None if parsed.has("v") else "")


def _all(call: Call, parsed: Parsed, style: _Style) -> None:
    sources, last = split(call, parsed)
    if last is None:
        call.fail("the destination is missing")
        return
    is_forced = len(sources) > 1 or parsed.has("t")
    goal = goal_of(call, last, is_forced=is_forced, is_plain=parsed.has("T"))
    for source in sources if goal is not None else ():
        if source.path is None:
            _unseen(call, source, goal)
            continue
        entry = (
            call.files.resolve(source.path)
            if style.follows or source.has_slash
            else call.files.look(source.path)
        )
        if entry.presence is Presence.ABSENT:
            _missing(call, source, entry, goal)
        elif entry.presence is Presence.MAYBE or entry.kind is EntryKind.UNKNOWN:
            _maybe(call, source, entry, goal, style)
        else:
            _one(call, source, entry, goal, style)


def _missing(call: Call, source: Operand, entry: Entry, goal: Goal | None) -> None:
    if source.path == "/dev/null" and goal is not None:
        target = paths.below(goal.real, "null") if goal.is_directory else goal.real
        write_file(call, replace(goal.operand, path=target), call.made(""))
    elif (source.path or "").startswith("/dev/"):
        call.unsure()
    elif source.is_certain:
        call.fail(f"{source.text} does not exist")
    else:
        call.unsure(entry.why)


def _unseen(call: Call, source: Operand, goal: Goal | None) -> None:
    """Something unknown is copied: anything may be at the destination."""
    call.unsure(source.why)
    if goal is not None:
        why = f"{call.tool} may have put it there: {source.why}"
        call.files = call.files.haze(goal.real, why, overwrites=True)
        call.wrote(goal.real, goal.operand)


def _maybe(call: Call, source: Operand, entry: Entry, goal: Goal | None, style: _Style) -> None:
    """The source may be there, or may be file or directory: so may its copy."""
    if source.is_certain and entry.presence is Presence.MAYBE:
        call.unsure()
    if goal is None:
        return
    target = goal.real if goal.is_directory is False else paths.below(goal.real, _base(source, entry))
    there = call.files.raw(target)
    why = entry.why or f"what {entry.path} is is not known"
    is_there = entry.presence is Presence.PRESENT and goal.is_directory is not None
    presence = Presence.PRESENT if there.presence is Presence.PRESENT or is_there else Presence.MAYBE
    copied = Entry(
        target, EntryKind.UNKNOWN, presence, written_by=goal.operand.place, why="" if is_there else why
    )
    if style.moves and is_there:
        copied = replace(copied, owner=entry.owner, mode=entry.mode)
    call.files = call.files.put(replace(copied, because=goal.operand.because))
    call.files = call.files.haze(target, why, overwrites=True)
    if goal.is_directory is None:
        call.files = call.files.haze(goal.real, why, overwrites=True)
    call.wrote(target, goal.operand)
    if style.moves:
        remove(call, source, entry.path)


def _base(source: Operand, entry: Entry) -> str:
    text = (source.text or entry.path).rstrip("/")
    return paths.name(paths.clean("/" + text)) if text else ""


def _one(call: Call, source: Operand, entry: Entry, goal: Goal | None, style: _Style) -> None:
    if goal is None:
        return
    if entry.kind is EntryKind.DIRECTORY and not style.is_recursive:
        call.fail(f"{source.text} is a directory and -r is missing")
        return
    text = source.text or ""
    is_content = text in (".", "..") or text.endswith(("/.", "/.."))
    if goal.is_directory is None:
        _maybe(call, source, entry, goal, style)
        return
    inside = goal.is_directory and not is_content
    target = paths.below(goal.real, _base(source, entry)) if inside else goal.real
    if goal.operand.has_slash and not goal.is_directory and entry.kind is not EntryKind.DIRECTORY:
        call.fail(f"{goal.operand.text} is no directory")
        return
    if style.keeps_parents and inside:
        target = _below_parents(call, source, entry, goal)
    if style.moves and not _may_move(call, source, entry, target):
        return
    is_done = True
    if entry.kind is EntryKind.DIRECTORY:
        _directory(call, entry, target, goal, style)
    elif entry.kind is EntryKind.LINK:
        _link(call, entry, target, goal, style)
    elif style.links:
        _linked(call, source, entry, target, goal, style)
    else:
        is_done = _file(call, entry, target, goal, style)
    if style.moves and is_done and call.status != 1:
        remove(call, source, entry.path)


def _linked(call: Call, source: Operand, entry: Entry, target: str, goal: Goal, style: _Style) -> None:
    """`cp -l` and `cp -s`: a hard or symbolic link instead of a copy."""
    operand = replace(goal.operand, path=target)
    if call.files.look(target).presence is Presence.PRESENT:
        call.fail(f"{target} is there")
    elif style.links == "symbolic":
        put_link(call, operand, target, source.text or entry.path)
    else:
        call.files = call.files.put(replace(entry, path=target, written_by=goal.operand.place))
        call.wrote(target, operand)


def _below_parents(call: Call, source: Operand, entry: Entry, goal: Goal) -> str:
    """`cp --parents`: the directories of the source are made below the destination."""
    target = paths.clean((source.text or entry.path).lstrip("/"), goal.real)
    who = maker(call.shell, target, goal.operand.place, goal.operand.because)
    above = [folder for folder in paths.ancestors(target) if paths.is_below(folder, goal.real)]
    for folder in reversed(above):
        mode = call.files.resolve(paths.clean(paths.relative(folder, goal.real))).mode
        call.files = call.files.make_directory(folder, who, mode)
    return target


def _may_move(call: Call, source: Operand, entry: Entry, target: str) -> bool:
    if entry.path == target or paths.is_at_or_below(target, entry.path):
        call.fail(f"{source.text} cannot be moved into itself")
        return False
    there = call.files.look(target)
    if entry.kind is EntryKind.DIRECTORY and there.presence is Presence.PRESENT:
        is_empty = there.kind is EntryKind.DIRECTORY and not call.files.children(target)
        if not is_empty or call.files.unlisted(target).presence is not Presence.ABSENT:
            call.fail(f"{target} is there")
            return False
    return True


def _link(call: Call, entry: Entry, target: str, goal: Goal, style: _Style) -> None:
    there = call.files.look(target)
    if there.presence is Presence.PRESENT and there.kind is EntryKind.DIRECTORY:
        call.fail(f"{target} is a directory")
        return
    if there.presence is Presence.PRESENT and style.never_replaces:
        return
    put_link(call, replace(goal.operand, path=target), target, entry.target or "")
    if style.keeps:
        call.files = call.files.put(replace(call.files.look(target), owner=entry.owner))


def _file(call: Call, entry: Entry, target: str, goal: Goal, style: _Style) -> bool:
    """Whether the file was copied."""
    there = call.files.look(target)
    if there.kind is EntryKind.LINK and there.presence is Presence.PRESENT and style.moves:
        call.files = call.files.remove(target)
        there = call.files.look(target)
    if style.never_replaces and there.presence is Presence.PRESENT:
        return False
    if there.kind is EntryKind.LINK and call.files.resolve(target).presence is Presence.ABSENT:
        call.fail(f"{target} is a dangling link")
        return False
    content = call.files.look(entry.path).content
    operand = replace(goal.operand, path=target)
    mode = FILE_BITS if entry.mode is None else entry.mode & 0o777
    if style.moves and there.presence is Presence.PRESENT and there.kind is EntryKind.FILE:
        call.files = call.files.remove(target)
    if write_file(call, operand, content, size=entry.size, mode=mode) is False:
        return False
    real = call.files.real(target)
    made = call.files.raw(real)
    made = replace(made, context_path=entry.context_path, content=made.content, size=entry.size)
    if style.keeps:
        made = replace(made, owner=entry.owner, mode=entry.mode)
    elif entry.mode is None and there.presence is not Presence.PRESENT:
        made = replace(made, mode=None)
    if made.presence is Presence.PRESENT:
        call.files = call.files.put(made)
    return True


def _directory(call: Call, entry: Entry, target: str, goal: Goal, style: _Style) -> None:
    there = call.files.resolve(target)
    if there.presence is Presence.PRESENT and there.kind is EntryKind.FILE:
        call.fail(f"{target} is a file")
        return
    is_new = there.presence is Presence.ABSENT
    if is_new:
        access = may_make(call.shell, target, call.walk.read_only)
        if access.presence is Presence.ABSENT:
            call.fail(access.why)
            return
        if access.presence is Presence.MAYBE:
            call.unsure()
    tree = FileTree(call.files, entry.path)
    who = maker(call.shell, target, goal.operand.place, goal.operand.because)
    mode = None if entry.mode is None else entry.mode & 0o777 & ~call.shell.umask
    change = masked(call.shell.umask)
    if style.drops_modes:
        mode, change = DIRECTORY_BITS & ~call.shell.umask, ModeChange("a=rX,u+w")
    if style.keeps:
        who, mode = replace(who, owner=entry.owner), entry.mode
    call.apply(goal.operand, lambda files: files.make_directory(target, who, mode))
    if style.keeps and not is_new:
        made = call.files.resolve(target)
        call.files = call.files.put(replace(made, owner=entry.owner, mode=entry.mode))
    layer = Layer(
        tree,
        None if style.keeps else owner_in(call.shell, target) or "?:?",
        None if style.keeps else change,
        goal.operand.place,
        goal.operand.because,
        keeps_existing=not style.keeps,
    )
    call.apply(goal.operand, lambda files: copy_tree(files, target, layer))
    if style.resolves:
        _resolve_inside(call, entry.path, target, layer)
    call.wrote(target, goal.operand)


def _resolve_inside(call: Call, source: str, target: str, layer: Layer) -> None:
    """`cp -rL`: what links inside the directory point to is copied in their place."""
    for found in list(walk(call.files, target)):
        if found.kind is not EntryKind.LINK:
            continue
        real = call.files.resolve(paths.below(source, paths.relative(found.path, target)))
        if real.kind is EntryKind.FILE and real.presence is Presence.PRESENT:
            mode = layer.mode.applied(real.mode, is_directory=False) if layer.mode else real.mode
            copied = replace(real, path=found.path, owner=layer.owner or real.owner, mode=mode)
            call.files = call.files.put(replace(copied, written_by=layer.written_by))
        elif real.kind is EntryKind.DIRECTORY and real.presence is Presence.PRESENT:
            mode = layer.mode.applied(real.mode, is_directory=True) if layer.mode else real.mode
            tree = replace(layer, tree=FileTree(call.files, real.path))
            made = Entry(found.path, EntryKind.DIRECTORY, Presence.PRESENT, layer.owner or real.owner, mode)
            call.files = copy_tree(call.files.put(made), found.path, tree)
        else:
            soften(call, found.path, "what the link points to was copied")


def masked(umask: int) -> ModeChange:
    """The change that takes away what the umask forbids, and the bits beyond the nine."""
    parts = ["ug-s,-t"]
    for letter, shift in (("u", 6), ("g", 3), ("o", 0)):
        bits = umask >> shift & 7
        if bits:
            parts.append(
                f"{letter}-{''.join(b for b, value in (('r', 4), ('w', 2), ('x', 1)) if bits & value)}"
            )
    return ModeChange(",".join(parts))


@command("install")
def install(call: Call) -> Outcome:
    """`install [-m mode] [-o owner] [-D] file... destination`, `install -d dir...`."""
    parsed = call.options(
        "d,directory D m=,mode= o=,owner= g=,group= t=,target-directory= T,no-target-directory v,verbose C c p s b"
    )
    text = parsed.text("m")
    bits = ModeChange(text).applied(0, is_directory=False) if text else 0o755
    if parsed.has("d"):
        for operand in call.operands(parsed.operands):
            make_directory(call, operand, parents=True)
            _attributes(call, operand.path, parsed, bits)
        return call.outcome()
    sources, last = split(call, parsed)
    if last is None or last.path is None:
        call.unsure()
        return call.outcome()
    if parsed.has("D"):
        folder = last.path if parsed.has("t") else paths.parent(last.path)
        who = maker(call.shell, folder, last.place, last.because)
        call.apply(last, lambda files: files.make_directory(folder, who, DIRECTORY_BITS & ~call.shell.umask))
    goal = goal_of(call, last, is_forced=len(sources) > 1 or parsed.has("t"), is_plain=parsed.has("T"))
    for source in sources if goal is not None else ():
        entry = call.files.resolve(source.path) if source.path else None
        if (
            entry is None
            or entry.presence is not Presence.PRESENT
            or goal is None
            or goal.is_directory is None
        ):
            if entry is not None and entry.presence is Presence.ABSENT:
                call.fail(f"{source.text} does not exist")
            else:
                _unseen(call, source, goal)
            continue
        target = paths.below(goal.real, _base(source, entry)) if goal.is_directory else goal.real
        call.files = (
            call.files.remove(target)
            if call.files.look(target).kind is not EntryKind.DIRECTORY
            else call.files
        )
        _file(call, entry, target, goal, _Style())
        _attributes(call, target, parsed, bits)
    return call.outcome()


def _attributes(call: Call, path: str | None, parsed: Parsed, bits: int | None) -> None:
    entry = call.files.resolve(path) if path else None
    if entry is None or entry.presence is not Presence.PRESENT:
        return
    owner = entry.owner
    if parsed.has("o") or parsed.has("g"):
        from dfguard.interp.copy_options import owner_of

        user, group = parsed.text("o"), parsed.text("g")
        named = owner_of(f"{user or '0'}:{group or '0'}", call.files.accounts)
        owner = named if (user or not parsed.has("o")) and (group or not parsed.has("g")) else None
    call.files = call.files.put(replace(entry, owner=owner, mode=bits))


@command("ln", "link")
def ln(call: Call) -> Outcome:
    """`ln [-sfn] target... name`."""
    parsed = call.options(
        "s,symbolic f,force n,no-dereference T,no-target-directory t=,target-directory= v,verbose r,relative i b P L"
    )
    fields = list(parsed.operands)
    if parsed.has("t"):
        fields.append(parsed.value("t") or fields[-1])
    targets, names = (fields[:-1], fields[-1:]) if len(fields) > 1 else (fields, [])
    operand = call.operand(names[0]) if names else None
    if operand is not None and operand.path is None:
        call.blur(operand, operand.why)
        call.unsure()
        return call.outcome()
    for field in targets:
        if field.pattern is not None:
            for match in call.operands([field]):
                _link_one(call, match, operand, parsed)
        else:
            _link_one(call, call.operand(field), operand, parsed)
    return call.outcome(None if parsed.has("v") else "")


def _link_one(call: Call, source: Operand, name: Operand | None, parsed: Parsed) -> None:
    text = source.text
    folder = known(call.shell.cwd)
    if name is None:
        path = paths.clean(paths.name("/" + (text or "").rstrip("/")), folder) if folder else None
        name = replace(source, path=path)
    if name.path is None:
        call.unsure()
        return
    there = (
        call.files.look(name.path)
        if parsed.has("n") and not name.has_slash
        else call.files.resolve(name.path)
    )
    where = name.path
    if there.presence is Presence.PRESENT and there.kind is EntryKind.DIRECTORY and not parsed.has("T"):
        where = paths.below(there.path, paths.name("/" + (text or "unknown").rstrip("/")))
    elif there.presence is Presence.MAYBE:
        call.unsure()
        call.files = call.files.haze(there.path, f"{there.path} may be a directory of the base image")
    if is_kernel(where):
        return
    where = paths.below(call.files.real(paths.parent(where)), paths.name(where))
    before = call.files.raw(where)
    if before.presence is Presence.PRESENT:
        if not parsed.has("f") or before.kind is EntryKind.DIRECTORY:
            call.fail(f"{where} is there")
            return
        call.files = call.files.remove(where)
    elif before.presence is Presence.MAYBE and not parsed.has("f"):
        call.unsure()
    if parsed.has("s"):
        _symbolic(call, source, name, where, relative=parsed.has("r"))
    else:
        _hard(call, source, name, where)


def _symbolic(call: Call, source: Operand, name: Operand, where: str, *, relative: bool) -> None:
    if source.text is None:
        link = Entry(where, EntryKind.LINK, Presence.PRESENT, written_by=name.place, because=name.because)
        call.files = call.files.put(link)
        call.wrote(where, name, is_payload=False)
        return
    target = source.text
    if relative and source.path:
        import posixpath

        target = posixpath.relpath(source.path, paths.parent(where))
    put_link(call, name, where, target)


def _hard(call: Call, source: Operand, name: Operand, where: str) -> None:
    entry = call.files.look(source.path) if source.path else None
    if entry is None or entry.presence is not Presence.PRESENT:
        if entry is not None and entry.presence is Presence.ABSENT:
            call.fail(f"{source.text} does not exist")
        else:
            call.unsure()
        return
    call.files = call.files.put(replace(entry, path=where, written_by=name.place, because=name.because))
    call.wrote(where, name, is_payload=False)


@command("rsync")
def rsync(call: Call) -> Outcome:
    """`rsync -a source/ destination`: a slash at the source's end means its content; filters make it unsure."""
    parsed = call.options(
        "a,archive r,recursive v,verbose z,compress h P progress delete exclude= include= filter= l p t g o D "
        "chown= chmod= n,dry-run u L e=,rsh= q"
    )
    sources, last = split(call, parsed)
    call.unsure()
    if last is None or last.path is None or ":" in (last.text or ""):
        return call.outcome(None)
    alone = call.files.resolve(sources[0].path) if len(sources) == 1 and sources[0].path else None
    is_file = alone is not None and alone.kind is EntryKind.FILE and not last.has_slash
    is_new = call.files.resolve(last.path).presence is Presence.ABSENT
    folder = paths.parent(last.path) if is_file and is_new else last.path
    who = maker(call.shell, folder, last.place, last.because)
    call.apply(last, lambda files: files.make_directory(folder, who))
    goal = Goal(last, call.files.real(last.path), is_directory=not (is_file and is_new))
    if parsed.has("delete"):
        gone = call.files.fork().reground(goal.real, Presence.MAYBE, "rsync may have removed it")
        call.files = call.files.join(gone)
    is_filtered = any(
        parsed.has(name) for name in ("delete", "exclude", "include", "filter", "chown", "chmod", "u")
    )
    for source in sources:
        entry = call.files.resolve(source.path) if source.path else None
        if (
            entry is None
            or entry.presence is not Presence.PRESENT
            or is_filtered
            or ":" in (source.text or "")
        ):
            _unseen(call, source, goal)
        else:
            is_content = source.has_slash and entry.kind is EntryKind.DIRECTORY
            into = replace(goal, is_directory=goal.is_directory and not is_content)
            _one(
                call,
                replace(source, text=(source.text or "").rstrip("/")),
                entry,
                into,
                _Style(is_recursive=True, keeps=True),
            )
    return call.outcome(None)
