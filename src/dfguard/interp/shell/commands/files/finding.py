"""find and xargs: other commands, run on what is found or read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.core.patterns import matches_name, matches_shell
from dfguard.core.record import Record, replace
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import EntryKind, Presence
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell import getopt
from dfguard.interp.shell.call import CommandCall
from dfguard.interp.shell.effects.file_actions import is_kernel, remove, soften
from dfguard.interp.shell.expansion.words import Field
from dfguard.interp.shell.registry import command
from dfguard.interp.values import Known, Unknown, known

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.interp.filesystem.entries import Entry
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.shell.call import Operand
    from dfguard.interp.shell.state import Outcome


MOST_FOUND = 2000
MOST_RUNS = 200
_KINDS = {"f": EntryKind.FILE, "d": EntryKind.DIRECTORY, "l": EntryKind.LINK}
_NO_TEST = frozenset(
    ["-print", "-print0", "-depth", "-mount", "-xdev", "-follow", "-L", "-P", "-H", "-ls", "-true"]
)


class _Item(Record):
    """One thing found: its text as find names it, its depth below the starting point."""

    text: str
    entry: Entry
    depth: int


class _Search(Record):
    """What is looked for. `is_followed` is False when a test is not understood: what matches is then not known."""

    tests: tuple[Callable[[_Item], bool], ...] = ()
    deletes: bool = False
    runs: tuple[tuple[tuple[Field, ...], bool], ...] = ()
    prunes: bool = False
    deepest: int | None = None
    least: int = 0
    is_followed: bool = True


@command("find")
def find(call: CommandCall) -> Outcome:
    """`find paths tests actions`: -name, -path, -type, -maxdepth, -delete, -exec; others leave open what matches."""
    fields = list(call.arguments)
    starts: list[Field] = []
    while fields and not (known(fields[0].value) or "x").startswith(("-", "(", "!")):
        starts.append(fields.pop(0))
    search = _read(fields)
    operands = list(call.operands(starts)) if starts else [_here(call)]
    lines: list[str] | None = []
    for operand in operands:
        entry = call.files.look(operand.path) if operand.path else None
        if entry is None or entry.presence is Presence.MAYBE:
            call.unsure()
            lines = None
        elif entry.presence is Presence.ABSENT:
            call.fail(f"{operand.text} does not exist")
            continue
        if entry is None:
            continue
        found, is_complete = _found(call.files, entry, operand.text or ".", search)
        _act(call, search, found)
        if not (is_complete and search.is_followed):
            _act_on_more(call, search)
        if lines is not None:
            is_said = is_complete and search.is_followed and not search.runs and not search.deletes
            lines = [*lines, *(item.text for item in found)] if is_said else None
    end = "\0" if "-print0" in call.texts() else "\n"
    return call.outcome(None if lines is None else "".join(f"{line}{end}" for line in lines))


def _here(call: CommandCall) -> Operand:
    folder = known(call.shell.cwd)
    field = Field(
        Known(".") if folder is not None else Unknown("the working directory is not known"), call.place
    )
    return call.operand(field)


def _read(fields: list[Field]) -> _Search:
    search = _Search()
    waiting = [*reversed(fields)]
    is_negated = False
    while waiting:
        name = known(waiting.pop().value)
        if name in ("-exec", "-execdir", "-ok"):
            search = _with_run(search, waiting)
        elif name == "-delete":
            search = replace(search, deletes=True)
        elif name == "-prune":
            search = replace(search, prunes=True)
        elif name in ("-maxdepth", "-mindepth") and waiting:
            text = known(waiting.pop().value) or ""
            number = whole_number(text)
            changes = {"deepest": number} if name == "-maxdepth" else {"least": number or 0}
            search = replace(search, **changes)
        elif name in ("!", "-not"):
            is_negated = True
            continue
        elif name in ("-a", "-and") or name in _NO_TEST:
            continue
        else:
            test = _test(name, waiting)
            if test is None:
                search = replace(search, is_followed=False)
            else:
                search = replace(search, tests=(*search.tests, _negated(test) if is_negated else test))
        is_negated = False
    return search


def _negated(test: Callable[[_Item], bool]) -> Callable[[_Item], bool]:
    return lambda item: not test(item)


def _with_run(search: _Search, waiting: list[Field]) -> _Search:
    words: list[Field] = []
    while waiting:
        field = waiting.pop()
        text = known(field.value)
        if text in (";", "\\;", "+"):
            if not words:
                break
            return replace(search, runs=(*search.runs, (tuple(words), text == "+")))
        words.append(field)
    return replace(search, is_followed=False)


def _test(name: str | None, waiting: list[Field]) -> Callable[[_Item], bool] | None:
    if name not in ("-name", "-iname", "-path", "-wholename", "-type") or not waiting:
        return None
    value = known(waiting.pop().value)
    if value is None:
        return None
    if name == "-type":
        kind = _KINDS.get(value)
        return None if kind is None else lambda item: item.entry.kind is kind
    if name == "-name":
        return lambda item: matches_name(value.replace("[!", "[^"), paths.name("/" + item.text.rstrip("/")))
    if name == "-iname":
        return lambda item: matches_name(value.lower(), paths.name("/" + item.text.rstrip("/")).lower())
    return lambda item: matches_shell(value, item.text)


def _found(files: FileSystem, start: Entry, text: str, search: _Search) -> tuple[list[_Item], bool]:
    """What matches below a starting point, as far as it is listed, and whether the listing is complete."""
    found: list[_Item] = []
    is_complete = True
    waiting = [_Item(text, start, 0)]
    seen = 0
    while waiting and seen < MOST_FOUND:
        item = waiting.pop()
        seen += 1
        is_hit = item.depth >= search.least and all(test(item) for test in search.tests)
        if is_hit:
            found.append(item)
        is_deep = search.deepest is not None and item.depth >= search.deepest
        is_engines = item.entry.path == "/" or is_kernel(item.entry.path)
        if (item.entry.kind is EntryKind.UNKNOWN or is_engines) and not is_deep:
            is_complete = False
        if item.entry.kind is not EntryKind.DIRECTORY or is_deep or (is_hit and search.prunes):
            continue
        is_complete = is_complete and files.unlisted(item.entry.path).presence is Presence.ABSENT
        for child in reversed(files.children(item.entry.path)):
            name = paths.name(child.path)
            waiting.append(_Item(f"{item.text.rstrip('/')}/{name}", child, item.depth + 1))
    return found, is_complete and not waiting


def _act(call: CommandCall, search: _Search, found: list[_Item]) -> None:
    if not search.is_followed:
        call.unsure("which files find names is not known")
        for item in found if search.deletes or _removes(search) else ():
            soften(call, item.entry.path, because(Cause.TAKEN, "find"))
        return
    if search.deletes:
        for item in reversed(found):
            if item.depth:
                remove(call, call.operand(Field(Known(item.text), call.place)), item.entry.path)
    for words, is_joined in search.runs:
        if is_joined:
            texts = [item.text for item in found]
            if texts:
                call.run_words(_filled(words, texts, call), call.stdin)
            continue
        for item in found[:MOST_RUNS]:
            if call.files.look(item.entry.path).presence is not Presence.ABSENT:
                call.run_words(_filled(words, [item.text], call), call.stdin)
        if len(found) > MOST_RUNS:
            call.unknown(f"find runs its command more than {MOST_RUNS} times")


def _act_on_more(call: CommandCall, search: _Search) -> None:
    """The commands may also run on what is not listed: whatever they write with such an operand may be there."""
    for words, _ in search.runs:
        trial = call.shell.fork()
        inner = CommandCall(call.walk, trial, call.run, call.arguments, call.stdin, call.fate)
        inner.run_words([_unlisted(word) for word in words], call.stdin)
        call.shell.files = call.shell.files.join(trial.files)


def _unlisted(word: Field) -> Field:
    """A word with a name in it that is not known."""
    text = known(word.value)
    if text is None or "{}" not in text:
        return word
    start = text.partition("{}")[0]
    return Field(Unknown("what find names is not known", prefix=start), word.place)


def _removes(search: _Search) -> bool:
    return any(words and known(words[0].value) in ("rm", "unlink") for words, _ in search.runs)


def _filled(words: tuple[Field, ...], texts: list[str], call: CommandCall) -> list[Field]:
    """The command with `{}` replaced."""
    filled: list[Field] = []
    for word in words:
        text = known(word.value)
        if text == "{}":
            filled += [Field(Known(t), word.place, None, call.made(t)) for t in texts]
        elif text is not None and "{}" in text and len(texts) == 1:
            whole = text.replace("{}", texts[0])
            filled.append(Field(Known(whole), word.place, None, call.made(whole)))
        else:
            filled.append(word)
    return filled


@command("xargs")
def xargs(call: CommandCall) -> Outcome:
    """`… | xargs command`: the words of standard input behind the command's own."""
    parsed = getopt.parse(
        call.arguments,
        "0,null r,no-run-if-empty n=,max-args= I=,replace= L= P=,max-procs= d=,delimiter= t x p s=",
        permutes=False,
    )
    words = parsed.operands or (Field(Known("echo"), call.place),)
    content = call.stdin.rest()
    if content is None or parsed.has("d"):
        unknown = Field(Unknown("what xargs reads is not known"), call.place)
        mark = parsed.text("I")
        filled = [_unread(word, mark) for word in words] if mark else [*words, unknown]
        outcome = call.run_words(filled, call.stdin)
        return replace(outcome, status=None, output=None, errors=None)
    separator = "\0" if parsed.has("0") else None
    texts = [text for text in content.value.split(separator) if text]
    if parsed.has("I"):
        texts = [line.strip() for line in content.value.splitlines() if line.strip()]
    if not texts:
        return call.outcome() if parsed.has("r") else call.run_words(list(words), call.stdin)
    return _each(call, parsed, words, texts)


def _each(call: CommandCall, parsed: getopt.Parsed, words: tuple[Field, ...], texts: list[str]) -> Outcome:
    mark = parsed.text("I")
    count = parsed.text("n") or ("1" if parsed.has("L") or mark else "")
    size = whole_number(count) or len(texts)
    outcome = call.outcome()
    for start in range(0, min(len(texts), size * MOST_RUNS), size):
        group = texts[start : start + size]
        if mark:
            filled = [_marked(word, mark, group[0], call) for word in words]
        else:
            filled = [*words, *(Field(Known(t), call.place, None, call.made(t)) for t in group)]
        step = call.run_words(filled, call.stdin)
        worst = 123 if step.status not in (0, None) else step.status
        if outcome.status == 0 or worst == 123:
            outcome = replace(step, status=worst)
    return outcome


def _unread(word: Field, mark: str) -> Field:
    """A word of `xargs -I` whose mark is replaced by something that is not known."""
    text = known(word.value)
    if text is None or mark not in text:
        return word
    return Field(Unknown("what xargs reads is not known", prefix=text.partition(mark)[0]), word.place)


def _marked(word: Field, mark: str, text: str, call: CommandCall) -> Field:
    own = known(word.value)
    if own is None or mark not in own:
        return word
    whole = own.replace(mark, text)
    return Field(Known(whole), word.place, None, call.made(whole))
