"""cat, tee, grep and the text filters: what they write, character by character where it is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.core.source import TextBuilder
from dfguard.interp.filesystem.entries import EntryKind, Presence, appended
from dfguard.interp.shell.effects.file_actions import write_file
from dfguard.interp.shell.registry import command
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dfguard.core.source import Text
    from dfguard.interp.shell.call import CommandCall
    from dfguard.interp.shell.expansion.words import Field
    from dfguard.interp.shell.state import Outcome


def inputs(call: CommandCall, fields: Iterable[Field]) -> Text | None:
    """The content of all files named, or standard input when none is; marks the call as failing for missing ones."""
    fields = tuple(fields)
    if not fields:
        return call.stdin.rest()
    whole: Text | None = call.made("")
    for field in fields:
        if known(field.value) == "-" and field.pattern is None:
            whole = appended(whole, call.stdin.rest())
            continue
        for operand in call.operands([field]):
            whole = appended(whole, _content(call, operand.path)) if operand.is_certain else None
    return whole


def _content(call: CommandCall, path: str | None) -> Text | None:
    if path is None:
        call.unsure()
        return None
    if path == "/dev/null":
        return call.made("")
    entry = call.files.resolve(path)
    if entry.presence is Presence.ABSENT:
        call.fail(f"{path} does not exist")
        return call.made("")
    if entry.presence is Presence.MAYBE:
        call.unsure()
        return None
    if entry.kind is EntryKind.DIRECTORY:
        call.fail(f"{path} is a directory")
        return call.made("")
    if call.user is not None:
        from dfguard.interp.filesystem.permissions import readable

        verdict = readable(call.files, entry.path, call.user)
        if verdict.presence is Presence.ABSENT:
            call.fail(verdict.why)
            return call.made("")
        if verdict.presence is Presence.MAYBE:
            call.unsure()
    return entry.content


@command("cat", "tac", "rev", "nl", "fold")
def cat(call: CommandCall) -> Outcome:
    """`cat files`: one after the other."""
    parsed = call.options("n,number b v A E T s u e t w= d=")
    whole = inputs(call, parsed.operands)
    if parsed.options and {name for name, _ in parsed.options} != {"u"}:
        return call.outcome(None)
    if call.tool == "tac" and whole is not None:
        return call.outcome("".join(reversed(whole.value.splitlines(keepends=True))))
    return call.outcome(whole if call.tool == "cat" else None)


@command("tee")
def tee(call: CommandCall) -> Outcome:
    """`tee [-a] files`: standard input to all of them and on."""
    parsed = call.options("a,append i p")
    content = call.stdin.rest()
    for operand in call.operands(parsed.operands):
        write_file(call, operand, content, appends=parsed.has("a"))
    return call.outcome(content)


@command("head", "tail")
def head(call: CommandCall) -> Outcome:
    """`head -n 3`, `head -c 3`, `tail -n +2`."""
    texts = call.texts()
    fields, lines, characters = call.arguments[1:], (texts[:1] or [None])[0], None
    if lines is None or not re.fullmatch(r"-\d+", lines):
        parsed = call.options("n=,lines= c=,bytes= q v f F z s=")
        fields, lines, characters = parsed.operands, parsed.text("n"), parsed.text("c")
        lines = "10" if not parsed.has("n") else lines
    lines = lines.lstrip("-") if lines is not None else None
    whole = inputs(call, fields)
    if whole is None or len(fields) > 1:
        return call.outcome(None)
    amount = characters if characters is not None else lines
    number = whole_number(amount.removeprefix("+")) if amount is not None else None
    if amount is None or number is None:
        return call.outcome(None)
    value = whole.value
    if characters is not None:
        ends = list(range(len(value) + 1)) if value.isascii() else []
    else:
        ends = [0, *(found.end() for found in re.finditer(r"[^\n]*\n|[^\n]+$", value))]
    if not ends:
        return call.outcome(None)
    last = len(ends) - 1
    if call.tool == "head":
        return call.outcome(whole.cut(0, ends[min(number, last)]))
    first = min(max(number - 1, 0), last) if amount.startswith("+") else max(0, last - number)
    return call.outcome(whole.cut(ends[first]))


def _filtered(call: CommandCall, fields: Iterable[Field], change: Callable[[str], str | None]) -> Outcome:
    whole = inputs(call, fields)
    changed = change(whole.value) if whole is not None else None
    return call.outcome(changed)


@command("wc")
def wc(call: CommandCall) -> Outcome:
    """`wc -l` of standard input; with file names their format differs."""
    parsed = call.options("l,lines w,words c,bytes m,chars L")
    names = {name for name, _ in parsed.options}
    if parsed.operands or len(names) != 1:
        inputs(call, parsed.operands)
        return call.outcome(None)
    counts: dict[str, Callable[[str], int]] = {
        "l": lambda text: text.count("\n"),
        "w": lambda text: len(text.split()),
        "c": lambda text: len(text.encode("utf-8", "surrogateescape")),
    }
    count = counts.get(names.pop())
    return _filtered(call, (), lambda text: f"{count(text)}\n" if count else None)


@command("sort")
def sort(call: CommandCall) -> Outcome:
    """`sort [-r] [-u] [-n]` of plain lines."""
    parsed = call.options("r,reverse u,unique n,numeric-sort k= t= o= f V s z h d i")
    names = {name for name, _ in parsed.options}

    def sorted_(text: str) -> str | None:
        lines = text.splitlines()
        if names - {"r", "u"} or not text.isascii():
            return None
        lines = sorted(set(lines)) if "u" in names else sorted(lines)
        return "".join(f"{line}\n" for line in (reversed(lines) if "r" in names else lines))

    return _filtered(call, parsed.operands, sorted_)


@command("uniq")
def uniq(call: CommandCall) -> Outcome:
    """`uniq` without options."""
    parsed = call.options("c d u i f= s= w=")

    def unique(text: str) -> str | None:
        lines = text.splitlines(keepends=True)
        kept = [line for number, line in enumerate(lines) if number == 0 or line != lines[number - 1]]
        return None if parsed.options else "".join(kept)

    return _filtered(call, parsed.operands, unique)


@command("cut")
def cut(call: CommandCall) -> Outcome:
    """`cut -c 2-3`, `cut -d: -f1`."""
    parsed = call.options("c=,characters= b=,bytes= f=,fields= d=,delimiter= s")
    ranges = parsed.text("f") or parsed.text("c") or parsed.text("b") or ""
    found = re.fullmatch(r"(\d{1,9})(?:(-)(\d{1,9})?)?", ranges, re.ASCII)

    def piece(text: str) -> str | None:
        if found is None or parsed.has("s"):
            return None
        start = int(found[1]) - 1
        end = None if found[2] and not found[3] else int(found[3] or found[1])
        lines = text.splitlines()
        if not parsed.has("f"):
            return "".join(f"{line[start:end]}\n" for line in lines) if text.isascii() else None
        mark = parsed.text("d") or "\t"
        return "".join(
            f"{mark.join(line.split(mark)[start:end]) if mark in line else line}\n" for line in lines
        )

    return _filtered(call, parsed.operands, piece)


@command("tr")
def tr(call: CommandCall) -> Outcome:
    """`tr a-z A-Z`, `tr -d x` with plain sets and ranges."""
    parsed = call.options("d,delete s,squeeze-repeats c C,complement t")
    texts = [known(field.value) for field in parsed.operands]
    sets = [_set(text) for text in texts]
    names = {name for name, _ in parsed.options}

    def translated(text: str) -> str | None:
        if not sets or any(s is None for s in sets) or names - {"d"}:
            return None
        first = sets[0] or ""
        if "d" in names:
            return text.translate({ord(c): None for c in first})
        second = (sets[1] or "") if len(sets) > 1 else ""
        if not second:
            return None
        padded = second + second[-1] * (len(first) - len(second))
        return text.translate({ord(a): b for a, b in reversed(list(zip(first, padded, strict=False)))})

    return _filtered(call, (), translated)


def _set(text: str | None) -> str | None:
    if text is None or "[" in text:
        return None
    text = re.sub(r"\\([ntr\\])", lambda m: {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}[m[1]], text)
    whole, at = "", 0
    while at < len(text):
        if text[at + 1 : at + 2] == "-" and at + 2 < len(text):
            whole += "".join(map(chr, range(ord(text[at]), ord(text[at + 2]) + 1)))
            at += 3
        else:
            whole += text[at]
            at += 1
    return whole


@command("grep", "egrep", "fgrep")
def grep(call: CommandCall) -> Outcome:
    """`grep [-qvicFx] pattern files` for patterns that are plain text, with `^` and `$`."""
    parsed = call.options(
        "q,quiet,silent v,invert-match i,ignore-case c,count F,fixed-strings x w s E n e= r R l o h H P A= B= C= m="
    )
    operands = list(parsed.operands)
    pattern = parsed.text("e") if parsed.has("e") else known(operands.pop(0).value) if operands else None
    whole = inputs(call, operands)
    names = {name for name, _ in parsed.options}
    matches = _line_test(pattern, names)
    if whole is None or matches is None or names - set("qvicFxsE"):
        call.unsure()
        return call.outcome(None, status=None if call.status in (0, None) else call.status)
    lines = whole.value.splitlines(keepends=True)
    chosen = [line for line in lines if matches(line.rstrip("\n")) is not ("v" in names)]
    if call.status == 0 and not chosen:
        return call.outcome("0\n" if "c" in names else "", status=1)
    if "q" in names:
        return call.outcome("", status=0 if chosen else call.status)
    return call.outcome(f"{len(chosen)}\n" if "c" in names else _kept(whole, lines, chosen))


def _kept(whole: Text, lines: list[str], chosen: list[str]) -> Text:
    """The chosen lines with their origins."""
    builder = TextBuilder(whole)
    at, waiting = 0, list(reversed(chosen))
    for line in lines:
        if waiting and waiting[-1] is line:
            waiting.pop()
            builder.keep(at, at + len(line))
        at += len(line)
    return builder.text()


def _line_test(pattern: str | None, names: set[str]) -> Callable[[str], bool] | None:
    if pattern is None:
        return None
    start, end = False, False
    if "F" not in names:
        start, end = pattern.startswith("^"), pattern.endswith("$") and not pattern.endswith("\\$")
        pattern = pattern[start : len(pattern) - end]
        if re.search(r"[\\*\[\].+?(){}|^$]" if "E" in names else r"[\\*\[\].^$]", pattern):
            return None
    whole = "x" in names
    wanted = pattern.lower() if "i" in names else pattern

    def test(line: str) -> bool:
        line = line.lower() if "i" in names else line
        if whole or (start and end):
            return line == wanted
        if start:
            return line.startswith(wanted)
        return line.endswith(wanted) if end else wanted in line

    return test
