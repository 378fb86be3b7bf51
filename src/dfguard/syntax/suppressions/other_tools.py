"""Comments of hadolint, BuildKit and tally to the suppressions they are, exactly as these tools read them.

Sources: hadolint/hadolint src/Hadolint/Pragma.hs and hadolint 2.15.1 as it runs; moby/buildkit
frontend/dockerfile/linter/linter.go and instructions/parse.go @73ed6825; tally 0.45.0.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.source import Place, Span
from dfguard.syntax.dockerfile.directives import check_options
from dfguard.syntax.dockerfile.document import KEYWORDS
from dfguard.syntax.suppressions.model import Suppression, Tool, stage_span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.syntax.dockerfile.document import Comment, Document, Instruction

NOTHING = Span(0, 0)
FILE_WIDE = frozenset(
    [
        "ConsistentInstructionCasing",
        "DuplicateStageName",
        "InvalidBaseImagePlatform",
        "InvalidDefaultArgInFrom",
        "NoEmptyContinuation",
        "ReservedStageName",
    ]
)
"""Checks of BuildKit that look at the whole file: a comment above an instruction does not reach them (dockerfile2llb
convert.go, validations.go).
"""
EVERY = "all"


def foreign_suppressions(document: Document) -> Iterator[Suppression]:
    """The suppressions of other tools in the order of the file, malformed ones included."""
    for comment in document.comments:
        text = comment.text.value
        if "hadolint" in text:
            yield from _of_hadolint(document, comment)
        if "tally" in text.lower():
            yield from _of_tally(document, comment)
    yield from _of_buildkit(document)


def shell_of_hadolint(document: Document, instruction: Instruction) -> str | None:
    """The shell that a `# hadolint shell=...` between the FROM and the instruction names; the last one counts."""
    found = None
    froms = (s.from_instruction.span.start for s in document.stages)
    first = max((at for at in froms if at <= instruction.span.start), default=0)
    for comment in document.comments:
        if not first <= comment.span.start <= instruction.span.start:
            continue
        told = _shell().match(comment.text.value)
        found = told["shell"] if told else found
    return found


@cache
def _shell() -> re.Pattern[str]:
    return re.compile(r"[ \t]*hadolint[ \t]+shell[ \t]*=[ \t]*(?P<shell>[^\s]+)[ \t]*(?:#.*)?\Z")


@cache
def _asks_for_shell() -> re.Pattern[str]:
    return re.compile(r"[ \t]*hadolint[ \t]+shell\b")


@cache
def _pragma() -> re.Pattern[str]:
    return re.compile(r"[ \t]*hadolint[ \t]+(?:(?P<where>global|stage)[ \t]+)?ignore(?P<rest>.*)", re.DOTALL)


@cache
def _list() -> re.Pattern[str]:
    name = r"[DLSC0-9]+[ \t]*"
    return re.compile(rf"[ \t]*=[ \t]*(?P<rules>{name}(?:,[ \t]*{name})*)(?:#(?P<why>.*))?\Z", re.DOTALL)


def _of_hadolint(document: Document, comment: Comment) -> Iterator[Suppression]:
    found = _pragma().match(comment.text.value)
    place = Place(document.source, comment.span)
    if not found:
        if _asks_for_shell().match(comment.text.value) and not _shell().match(comment.text.value):
            why = "hadolint reads `# hadolint shell=NAME`"
            yield Suppression(place, (), "", NOTHING, why, Tool.HADOLINT)
        return
    rest = _list().match(found["rest"])
    if rest is None:
        why = "hadolint reads `# hadolint ignore=RULE[,RULE]`, and a reason only behind a further #"
        yield Suppression(place, (), "", NOTHING, why, Tool.HADOLINT)
        return
    if not found["where"] and _is_before_commented_out(document, comment):
        return
    names = tuple(_names(comment, r"[DLSC0-9]+", found.start("rest") + rest.start("rules"), rest["rules"]))
    covers, why = _covered_by_hadolint(document, comment, found["where"])
    yield Suppression(place, names, (rest["why"] or "").strip(), covers, why, Tool.HADOLINT)


def _is_before_commented_out(document: Document, comment: Comment) -> bool:
    """Whether the next line is an instruction that was commented out: the suppression went with it."""
    line = document.source.line_of(comment.span.start) + 1
    after = next((c for c in document.comments if document.source.line_of(c.span.start) == line), None)
    words = after.text.value.split(maxsplit=1) if after else []
    return len(words) > 1 and words[0] in KEYWORDS


def _covered_by_hadolint(document: Document, comment: Comment, where: str | None) -> tuple[Span, str]:
    """What is hidden: the whole file, or what starts on the very next line, for `stage` the stage of that FROM."""
    if where == "global":
        return Span(0, len(document.source.text) + 1), ""
    line = document.source.line_of(comment.span.start)
    after = next((i for i in document.instructions if i.line == line + 1), None)
    if after is None:
        return NOTHING, "hadolint looks only at the line right below it, and no instruction starts there"
    if where != "stage":
        return after.span, ""
    span = stage_span(document, after)
    return (span, "") if span else (NOTHING, "a stage is ignored by the line right above its FROM")


def _names(comment: Comment, pattern: str, start: int, text: str) -> Iterator[tuple[str, Place]]:
    for word in re.finditer(pattern, text):
        yield word[0], comment.text.place(start + word.start(), start + word.end())


@cache
def _tally() -> re.Pattern[str]:
    return re.compile(
        r"[ \t]*tally(?= )\s+(?P<where>global\s+)?ignore(?P<equals>\s*=\s*)?"
        r"(?P<rules>[\w./,\s-]+)?(?:;reason\s*=(?P<why>.*))?(?P<rest>.*)",
        re.DOTALL | re.IGNORECASE,
    )


@cache
def _tally_list() -> re.Pattern[str]:
    return re.compile(r"[\w./-]*\s*(?:,\s*[\w./-]*\s*)*")


def _of_tally(document: Document, comment: Comment) -> Iterator[Suppression]:
    found = _tally().match(comment.text.value)
    if not found:
        return
    place = Place(document.source, comment.span)
    rules = found["rules"] or ""
    if (
        not (found["equals"] and rules.strip(", \t") and _tally_list().fullmatch(rules))
        or found["rest"].strip()
    ):
        why = "tally reads `# tally ignore=RULE[,RULE][;reason=...]`"
        yield Suppression(place, (), "", NOTHING, why, Tool.TALLY)
        return
    names = []
    for name, at in _names(comment, r"[\w./-]+", found.start("rules"), rules):
        bare = name.rpartition("/")[2]
        if name in (bare, f"{_family(bare)}/{bare}"):
            names.append((bare, at))
        elif re.fullmatch(r"(?i)(?:DL|SC)\d+", bare):
            why = f"tally calls the rule {_family(bare.upper())}/{bare.upper()}, not {name}"
            yield Suppression(place, (), "", NOTHING, why, Tool.TALLY)
    whole = Span(0, len(document.source.text) + 1)
    covers = whole if found["where"] else _next_instruction(document, comment)
    why = "" if covers else "no instruction follows it"
    yield Suppression(place, tuple(names), (found["why"] or "").strip(), covers or NOTHING, why, Tool.TALLY)


def _family(rule: str) -> str:
    """What tally puts before the name of a rule of another tool."""
    return "hadolint" if rule[:2] == "DL" else "shellcheck" if rule[:2] == "SC" else "buildkit"


def _next_instruction(document: Document, comment: Comment) -> Span | None:
    """The instruction that begins below the comment, that of a FROM alone, also for a comment inside of another one."""
    return next((i.span for i in document.instructions if i.span.start > comment.span.start), None)


@cache
def _check() -> re.Pattern[str]:
    return re.compile(r"[ \t]*check[ \t]*=[ \t]*(?P<value>.+?)[ \t\r]*\Z", re.IGNORECASE | re.DOTALL)


def _of_buildkit(document: Document) -> Iterator[Suppression]:
    whole = Span(0, len(document.source.text) + 1)
    tops = set()
    for directive in document.directives:
        tops.add(directive.span)
        if directive.name == "check":
            place = Place(document.source, directive.span)
            options = check_options(directive.value.value)
            names = () if isinstance(options, str) else options.skip
            selectors = tuple((name, directive.value.place()) for name in names)
            yield Suppression(place, selectors, "", whole, "", Tool.BUILDKIT)
    for instruction in document.instructions:
        first = None
        for comment in _since_the_last_empty_one(instruction):
            if comment.span in tops or not (found := _check().match(comment.text.value)):
                continue
            if first is None:
                yield from _of_check(document, instruction, comment, found)
                first = comment
            else:
                why = "of several `check` comments above an instruction BuildKit reads the first"
                yield _useless(document, comment, why)


def _since_the_last_empty_one(instruction: Instruction) -> list[Comment]:
    """The comments above that count: a bare `#` cuts off those before it."""
    kept: list[Comment] = []
    for comment in instruction.comments:
        kept = [*kept, comment] if comment.text.value.strip() else []
    return kept


def _of_check(
    document: Document, instruction: Instruction, comment: Comment, found: re.Match[str]
) -> Iterator[Suppression]:
    options = check_options(found["value"])
    if isinstance(options, str):
        yield _useless(document, comment, options)
        return
    if not options.skip:
        yield _useless(document, comment, "above an instruction BuildKit reads only `skip=`")
        return
    late = [name for name in options.skip if name in FILE_WIDE]
    if late:
        yield _useless(
            document, comment, f"BuildKit skips {', '.join(late)} only in the first lines of a file"
        )
    at = comment.text.place(found.start("value"))
    selectors = tuple((name, at) for name in options.skip if name not in FILE_WIDE)
    if selectors:
        _, _, reason = found["value"].partition(" ")
        place = Place(document.source, comment.span)
        yield Suppression(
            place, selectors, reason.strip(" /"), instruction.span, "", Tool.BUILDKIT, FILE_WIDE
        )


def _useless(document: Document, comment: Comment, why: str) -> Suppression:
    return Suppression(Place(document.source, comment.span), (), "", NOTHING, why, Tool.BUILDKIT)
