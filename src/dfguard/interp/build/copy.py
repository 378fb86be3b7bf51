"""COPY and ADD to the files they make, exactly as BuildKit does it, to what is said of each source, and to what is refused.

Sources: moby/buildkit frontend/dockerfile/dockerfile2llb/convert_copy.go (`dispatchCopy`),
solver/llbsolver/file/backend.go@73ed6825; github.com/tonistiigi/fsutil copy/copy.go and github.com/tonistiigi/dchapes-mode
(symbolic modes); every rule is held against real builds in fixtures/groundtruth.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.findings import Certainty
from dfguard.core.numbers import is_number, whole_number
from dfguard.core.patterns import has_wildcards
from dfguard.core.record import Record, replace
from dfguard.core.source import Place, Span, TextBuilder
from dfguard.interp.build.copy_sources import Found, find, origin_of
from dfguard.interp.build.copy_targets import (
    destination_of,
    is_remote,
    put_found,
    put_remote,
    put_text,
    put_unseen,
    read_options,
)
from dfguard.interp.build.expansion import expand, expansion
from dfguard.interp.filesystem import paths
from dfguard.interp.reasons import Cause, because
from dfguard.interp.state.lookup import build_lookup
from dfguard.interp.state.model import CopySource, Effects, Write
from dfguard.interp.values import known, prefix_of, texts_of
from dfguard.syntax.dockerfile.words import BadWord, LiteralPiece, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dfguard.core.source import Text
    from dfguard.interp.build.copy_sources import Origin
    from dfguard.interp.build.copy_targets import CopyOptions, Destination
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import BuildState, StageTrace
    from dfguard.interp.values import Value
    from dfguard.syntax.dockerfile.document import Heredoc, Instruction


ESCAPE = "\\"
"""Heredocs know only the backslash, whatever the escape directive says."""


def heredoc_content(heredoc: Heredoc, lookup: Callable[[str], Value | None]) -> Text | None:
    """What the file holds: tabs removed for `<<-`, variables replaced unless the name is quoted; None when not known.

    Source: moby/buildkit frontend/dockerfile/parser/parser.go `ParseHeredoc`, `ChompHeredocContent`.
    """
    body = _without_tabs(heredoc.body) if heredoc.strips_tabs else heredoc.body
    return _expanded(body, lookup) if heredoc.expands else body


def _without_tabs(body: Text) -> Text:
    builder = TextBuilder(body)
    start = 0
    for line in body.value.splitlines(keepends=True):
        kept = line.lstrip("\t")
        builder.keep(start + len(line) - len(kept), start + len(line))
        start += len(line)
    return builder.text()


def _expanded(body: Text, lookup: Callable[[str], Value | None]) -> Text | None:
    word = parse(body, ESCAPE, keeps_quotes=True)
    if isinstance(word, BadWord):
        return None
    builder = TextBuilder(body)
    for piece in word.pieces:
        if isinstance(piece, LiteralPiece) and piece.value == body.value[piece.start : piece.end]:
            builder.keep(piece.start, piece.end)
            continue
        if isinstance(piece, LiteralPiece):
            builder.put(piece.value, piece.start)
            continue
        value = expansion(body.cut(piece.start, piece.end), lookup, ESCAPE, keeps_quotes=True).value
        text = known(value)
        if text is None:
            return None
        builder.put(text, piece.start)
    return builder.text()


HIGHEST_MODE = 0o7777


def copy_refusals(instruction: Instruction, values: Mapping[Span, str | None]) -> Iterator[tuple[Place, str]]:
    """Places and reasons. `values` are the words with their variables replaced, None where nobody can tell."""
    mode, checksum = instruction.flag("chmod"), instruction.flag("checksum")
    sources = instruction.arguments[:-1]
    if mode and mode.value and (text := values.get(mode.value.span())) and not _is_mode(text):
        yield mode.value.place(), f"{text} is no mode: octal digits up to 7777, or letters as in u+rwX,go-w"
    names = [values.get(source.span()) for source in sources]
    if instruction.keyword == "COPY":
        for source, name in zip(sources, names, strict=True):
            if name and is_remote(name):
                yield source.place(), f"COPY takes nothing from the network: ADD {name} does"
    elif checksum and checksum.value and values.get(checksum.value.span()):
        if len(names) > 1:
            yield checksum.text.place(), "a checksum is for one source alone"
        elif names and (name := names[0]) and not is_remote(name) and not name.endswith(".git"):
            yield checksum.text.place(), f"a checksum is for what comes from the network, not for {name}"


@cache
def _symbolic() -> re.Pattern[str]:
    return re.compile(r"[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+(?:,[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+)*")


def _is_mode(text: str) -> bool:
    if is_number(text):
        mode = whole_number(text, 8)
        return mode is not None and mode <= HIGHEST_MODE
    return _symbolic().fullmatch(text) is not None


class _Copy(Record):
    """One COPY or ADD with everything that decides it."""

    instruction: Instruction
    state: BuildState
    world: World
    origin: Origin
    options: CopyOptions
    lookup: Callable[[str], Value | None]
    escape: str


class _Outcome(Record):
    """The files after some sources, and what is said of them."""

    files: FileSystem
    writes: tuple[Write, ...] = ()
    copies: tuple[CopySource, ...] = ()
    unknowns: tuple[tuple[Place, str], ...] = ()


def copy(
    instruction: Instruction,
    state: BuildState,
    world: World,
    stages: tuple[StageTrace, ...],
    escape: str = "\\",
) -> tuple[BuildState, Effects]:
    """The state after a COPY or ADD, and its effects.

    A source is missing only when that is proven: a literal path, or the directory in front of a pattern, that the
    context (after .dockerignore) or the stage surely does not have. A pattern that matches nothing is no fault to
    BuildKit: `is_missing` is then False and `matched` empty. What a missing source would have made is MAYBE.
    """
    if len(instruction.arguments) < 2:
        return state, Effects()
    lookup = build_lookup(state)
    options = read_options(instruction, state, lookup, escape)
    job = _Copy(instruction, state, world, origin_of(instruction, world, stages), options, lookup, escape)
    last = instruction.arguments[-1]
    value = expand(last, lookup, escape)
    outcome = _into(job, value, last)
    effects = Effects(writes=outcome.writes, copies=outcome.copies, unknowns=outcome.unknowns)
    return replace(state, files=outcome.files), effects


def _into(job: _Copy, value: Value, last: Text) -> _Outcome:
    """All sources into the destination; into each of them, joined, when there are several possible ones."""
    texts = texts_of(value) or ()
    destinations = [destination_of(text, job.state, last.place(), value.because) for text in texts]
    files = job.state.files
    if not destinations or None in destinations:
        why = getattr(value, "why", "") or getattr(job.state.workdir, "why", "")
        unsure = _unsure(files, prefix_of(value), why, job.options.tool)
        sources = [_asked(job, text) for text in _sources(job) if _heredoc(job, text) is None]
        return _Outcome(unsure, (), tuple(sources), ((last.place(), why),))
    outcomes = []
    for destination in destinations:
        if destination is not None:
            outcome = _Outcome(files if len(destinations) == 1 else files.fork())
            for text in _sources(job):
                outcome = _one(job, text, destination, outcome)
            outcomes.append(outcome)
    whole = outcomes[0]
    for outcome in outcomes[1:]:
        whole = replace(whole, files=whole.files.join(outcome.files), writes=whole.writes + outcome.writes)
    return whole


def _unsure(files: FileSystem, prefix: str, why: str, tool: str) -> FileSystem:
    folder = prefix[: prefix.rfind("/")] or "/"
    return files.havoc_below(folder if folder.startswith("/") else "/", because(Cause.PUT, tool, why))


def _sources(job: _Copy) -> tuple[Text, ...]:
    """The sources in BuildKit's order: paths first, heredocs after them."""
    given = job.instruction.arguments[:-1]
    plain = tuple(text for text in given if _heredoc(job, text) is None)
    return plain + tuple(text for text in given if _heredoc(job, text) is not None)


def _heredoc(job: _Copy, text: Text) -> Heredoc | None:
    if not job.instruction.heredocs:
        return None
    span = text.span()
    return next((h for h in job.instruction.heredocs if h.operator.touches(span) or h.operator == span), None)


def _asked(job: _Copy, text: Text) -> CopySource:
    """What is said of a source whose destination is not known."""
    value = expand(text, job.lookup, job.escape)
    fact = CopySource(text.place(), job.instruction, value, job.origin.name)
    source = known(value)
    if source is None or (job.options.tool == "ADD" and is_remote(source)):
        return fact
    found = find(job.origin, source, keeps_parents=job.options.keeps_parents)
    return replace(
        fact, matched=found.shown, is_missing=found.is_missing, ignored_by=_ignored_by(job, source, found)
    )


def _one(job: _Copy, text: Text, destination: Destination, so_far: _Outcome) -> _Outcome:
    """One more source copied."""
    heredoc = _heredoc(job, text)
    if heredoc is not None:
        content = heredoc_content(heredoc, job.lookup)
        files, path = put_text(so_far.files, heredoc.name, content, destination, job.options)
        return replace(so_far, files=files, writes=(*so_far.writes, _write(job, path, destination)))
    value = expand(text, job.lookup, job.escape)
    fact = CopySource(text.place(), job.instruction, value, job.origin.name, destination=destination.path)
    source = known(value)
    if source is None:
        return _unknown_source(job, fact, destination, so_far)
    if job.options.tool == "ADD" and is_remote(source):
        files, path = put_remote(so_far.files, source, destination, job.options)
        write = _write(job, path, destination)
        return replace(so_far, files=files, writes=(*so_far.writes, write), copies=(*so_far.copies, fact))
    found = find(job.origin, source, keeps_parents=job.options.keeps_parents)
    fact = replace(
        fact, matched=found.shown, is_missing=found.is_missing, ignored_by=_ignored_by(job, source, found)
    )
    return _placed(job, found, fact, destination, so_far)


def _placed(
    job: _Copy, found: Found, fact: CopySource, destination: Destination, so_far: _Outcome
) -> _Outcome:
    files, written = so_far.files, []
    for item in found.items:
        files, path = put_found(files, item, destination, job.options, job.world.context)
        written.append(path)
    if not found.items and (found.is_missing or not found.is_complete):
        files = put_unseen(files, found, destination, job.options)
        written.append(destination.path)
    if not found.is_complete and found.items:
        files = files.havoc_below(destination.path, because(Cause.PUT, job.options.tool, found.why))
    certainty = Certainty.SURE if found.items else Certainty.MAYBE
    writes = tuple(_write(job, path, destination, certainty) for path in dict.fromkeys(written))
    return replace(so_far, files=files, writes=so_far.writes + writes, copies=(*so_far.copies, fact))


def _unknown_source(job: _Copy, fact: CopySource, destination: Destination, so_far: _Outcome) -> _Outcome:
    why = getattr(fact.pattern, "why", "several sources are possible")
    files = put_unseen(so_far.files, Found(why=why), destination, job.options)
    write = _write(job, destination.path, destination)
    return replace(
        so_far,
        files=files,
        writes=(*so_far.writes, write),
        copies=(*so_far.copies, fact),
        unknowns=(*so_far.unknowns, (fact.place, why)),
    )


def _write(job: _Copy, path: str, destination: Destination, certainty: Certainty = Certainty.SURE) -> Write:
    return Write(path, destination.place, job.options.tool, destination.because, certainty=certainty)


_ANYTHING = "\0"
"""A name that no pattern means but those that mean all names."""
_EVERYTHING = frozenset({"*", "**", "**/*"})


def _ignored_by(job: _Copy, source: str, found: Found) -> Place | None:
    """The line of the ignore file that keeps a source of the context out, be it there or not: a missing path, a pattern
    that it holds as well, or the context as a whole.
    """
    if not job.origin.is_context:
        return None
    path = paths.relative(paths.clean(source), "/")
    is_whole = path in ("", ".")
    asked = _ANYTHING if is_whole else path if has_wildcards(path) else found.looked_for
    rule = job.world.context.ignore_rule(asked) if asked else None
    if rule is None or (asked == found.looked_for and not found.is_missing):
        return None
    file, line = rule
    text = file.line_text(line)
    if is_whole and paths.relative(paths.clean(text.strip()), "/") not in _EVERYTHING:
        return None
    start = file.line_starts[line - 1]
    return Place(file, Span(start, start + len(text)))
