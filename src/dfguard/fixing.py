"""A target's findings to its files with their fixes applied: round by round until nothing changes, never for the worse."""

from __future__ import annotations

import ast
import re
import warnings
from functools import cache, partial
from typing import TYPE_CHECKING

from dfguard.core.edits import apply_edits, compatible
from dfguard.core.record import Record, replace
from dfguard.core.source import Source
from dfguard.engine import Crash, contained
from dfguard.lint import Check, TargetReport
from dfguard.soundness import soundness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.config.settings import Settings
    from dfguard.core.context import Archive, BuildContext, ContextEntry
    from dfguard.core.findings import Diagnostic, Edit, Fix
    from dfguard.core.source import Place
    from dfguard.discover.targets import Target
    from dfguard.soundness import Soundness

MOST_ROUNDS = 40


class Change(Record):
    """One file's text before and after. `context_path` is where it lies in the build context, None for the Dockerfile."""

    before: Source
    after: str
    context_path: str | None = None


class Fixed(Record):
    """What fixing came to: the files that change, the findings that were fixed, the report on the text as it is then.

    `text` is the Dockerfile's text then; `refused` are findings whose fix was left out because a text would have parsed
    worse with it, or because it would have changed the build in what it is not about. `withheld` are those whose fix was
    left out because the Dockerfile does not parse as a whole even then: nothing is changed in such a file.
    """

    text: str

    changes: tuple[Change, ...]
    fixed: tuple[Diagnostic, ...]
    refused: tuple[Diagnostic, ...]
    withheld: tuple[Diagnostic, ...]
    report: TargetReport


def fixed_target(target: Target, settings: Settings, *, suggested: bool) -> Fixed:
    """Apply the safe fixes of what is shown, the suggested ones too when asked; nothing is written.

    Fixes are applied in rounds, because one may make room for another: at most `MOST_ROUNDS`. All edits of a fix
    are applied or none. Raises as `check_target`.
    """
    first = state = _State(target, settings)
    done: list[Diagnostic] = []
    refused: list[Diagnostic] = []
    dropped: set[object] = set()
    for _ in range(MOST_ROUNDS):
        wanted = [d for d in state.fixable(suggested=suggested) if _key(d) not in dropped]
        if not wanted:
            break
        after, taken = _round(state, wanted)
        worse = [d for d in wanted if d not in taken and d in _chosen(wanted)]
        dropped |= {_key(d) for d in worse}
        refused += worse
        done += taken
        if taken:
            state = after
        elif not worse:
            break
    withheld: list[Diagnostic] = []
    if done and not state.is_parsed:
        state, withheld, done = first, done, []
    changes = tuple(state.changes(target))
    return Fixed(
        state.target.source.text, changes, tuple(done), tuple(refused), tuple(withheld), state.report
    )


def _round(state: _State, wanted: list[Diagnostic]) -> tuple[_State, list[Diagnostic]]:
    """The state with as many of the fixes as go together, and these; one at a time where all of them do harm."""
    chosen = _chosen(wanted)
    after = state.with_fixes(chosen)
    if not after.is_worse_than(state, chosen):
        return after, chosen
    taken: list[Diagnostic] = []
    best = state
    for diagnostic in chosen if len(chosen) > 1 else ():
        tried = state.with_fixes([*taken, diagnostic])
        if not tried.is_worse_than(state, [*taken, diagnostic]):
            taken.append(diagnostic)
            best = tried
    return best, taken


def _chosen(wanted: list[Diagnostic]) -> list[Diagnostic]:
    """Those whose fixes do not touch each other, in the given order; a fix that two findings share is applied once."""
    fixes = dict.fromkeys(_fix(d) for d in wanted)
    going = set(compatible(fixes))
    return [d for d in wanted if _fix(d) in going]


def _fix(diagnostic: Diagnostic) -> Fix:
    fix = diagnostic.finding.fix
    assert fix is not None  # noqa: S101  only findings with a fix come here
    return fix


def _key(diagnostic: Diagnostic) -> object:
    """What a fix is known by from one round to the next: places move, words stay."""
    fix = _fix(diagnostic)
    return diagnostic.rule, fix.title, tuple((e.place.path, e.place.text, e.text) for e in fix.edits)


class _State:
    """A target as it stands after some rounds, with its report."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self.target, self.settings = target, settings
        check = Check(target, settings)
        self.report: TargetReport = check.report()
        self._sound = contained("the analysis", partial(_soundness, check))

    @property
    def is_parsed(self) -> bool:
        """Whether BuildKit's parser takes the whole Dockerfile, as far as we can tell."""
        return not isinstance(self._sound, Crash) and self._sound.is_parsed

    def fixable(self, *, suggested: bool) -> Iterator[Diagnostic]:
        """The findings that are shown and whose fix can be applied here, the first of each rule and place."""
        for diagnostic in self.report.shown(maybe=self.settings.shows_maybe):
            fix = diagnostic.finding.fix
            if fix is None or not (fix.is_safe or suggested):
                continue
            if fix.edits and all(self._is_ours(edit) for edit in fix.edits):
                yield diagnostic

    def _is_ours(self, edit: Edit) -> bool:
        source = edit.place.source
        if source is self.target.source:
            return not _is_filled_in(edit.place)
        return self._path_of(source) is not None

    def _path_of(self, source: Source) -> str | None:
        """Where a source lies in the build context; None when it is none of its files, or is reached over a link."""
        context = self.target.context
        path = source.path.removeprefix(f"{context.name}/") if context.name != "." else source.path
        entry = context.entry(path)
        is_plain = entry is not None and entry.target is None
        return path if is_plain and context.source(path) is source else None

    def with_fixes(self, diagnostics: Iterable[Diagnostic]) -> _State:
        """The state with the fixes applied, checked anew."""
        edits = list(dict.fromkeys(edit for d in diagnostics for edit in _fix(d).edits))
        sources = {id(e.place.source): e.place.source for e in edits}
        target = self.target
        texts = dict(target.context.texts) if isinstance(target.context, _Overlay) else {}
        for source in sources.values():
            text = _edited(source, edits)
            if source is self.target.source:
                target = replace(target, source=Source(source.path, text))
            elif path := self._path_of(source):
                texts[path] = Source(source.path, text)
        if texts:
            below = target.context.below if isinstance(target.context, _Overlay) else target.context
            target = replace(target, context=_Overlay(below, texts))
        return _State(target, self.settings)

    def is_worse_than(self, other: _State, applied: Iterable[Diagnostic]) -> bool:
        """Whether something parses worse here (a fault that the other has not, Python that no longer compiles), or the build
        is another one than the applied fixes say.
        """
        if self.report.crashes and not other.report.crashes:
            return True
        if isinstance(self._sound, Crash) or isinstance(other._sound, Crash):
            return True
        changed = frozenset(aspect for d in applied for aspect in _fix(d).changes)
        if self._sound.is_worse_than(other._sound, changed):
            return True
        return any(not _compiles(s) and _compiles(other.text_at(p)) for p, s in self._texts().items())

    def _texts(self) -> dict[str, Source]:
        return self.target.context.texts if isinstance(self.target.context, _Overlay) else {}

    def text_at(self, path: str) -> Source | None:
        """The text of a file of the context, as it stands here."""
        return self.target.context.source(path)

    def changes(self, original: Target) -> Iterator[Change]:
        """The files whose text is another one than in the original target, the Dockerfile first."""
        if self.target.source.text != original.source.text:
            yield Change(original.source, self.target.source.text)
        for path, source in sorted(self._texts().items()):
            before = original.context.source(path)
            if before is not None and before.text != source.text:
                yield Change(before, source.text, path)


def _is_filled_in(place: Place) -> bool:
    """Whether a template's placeholder stands in the lines of a place: what will stand there, nobody knows here."""
    source = place.source
    lines = range(place.line, source.line_of(place.span.end) + 1)
    return any(_placeholder().search(source.line_text(line)) for line in lines)


@cache
def _placeholder() -> re.Pattern[str]:
    """Those of Jinja, Go, Mustache and shell-like generators; `{{.Name}}` in quotes is docker's own, for a format."""
    return re.compile(
        r"""\{\{(?!\.\w+\}\}['"])|\{%|%\}|\}\}(?!['"])|<%|%>|(?<![\w.])@[A-Z][A-Z0-9_]*@|#\{\w"""
    )


def with_fixes(source: Source, fixes: Iterable[Fix]) -> str:
    """The source's text with the fixes applied, which must not touch each other."""
    return _edited(source, dict.fromkeys(edit for fix in fixes for edit in fix.edits))


def _edited(source: Source, edits: Iterable[Edit]) -> str:
    return apply_edits(source, [_in_its_line_ending(edit) for edit in edits])


def _soundness(check: Check) -> Soundness:
    facts = check.facts
    if isinstance(facts, Crash):
        raise facts
    return soundness(facts)


def _in_its_line_ending(edit: Edit) -> Edit:
    """The edit with the line ending of the line it starts in."""
    text, start = edit.place.source.text, edit.place.span.start
    end = text.find("\n", start)
    at = end if end >= 0 else text.rfind("\n")
    if "\n" not in edit.text or at < 1 or text[at - 1] != "\r":
        return edit
    return replace(edit, text=edit.text.replace("\r\n", "\n").replace("\n", "\r\n"))


def _compiles(source: Source | None) -> bool:
    if source is None or not source.path.endswith(".py"):
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source.encode())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


class _Overlay:
    """A build context in which some files have other texts."""

    def __init__(self, below: BuildContext, texts: dict[str, Source]) -> None:
        self.below, self.texts = below, texts

    @property
    def name(self) -> str:
        return self.below.name

    def entry(self, path: str) -> ContextEntry | None:
        return self.below.entry(path)

    def children(self, path: str) -> tuple[ContextEntry, ...]:
        return self.below.children(path)

    def source(self, path: str) -> Source | None:
        return self.texts.get(path) or self.below.source(path)

    def is_ignored(self, path: str) -> bool:
        return self.below.is_ignored(path)

    def ignore_rule(self, path: str) -> tuple[Source, int] | None:
        return self.below.ignore_rule(path)

    def doubt(self, path: str) -> str:
        return self.below.doubt(path)

    @property
    def may_grow(self) -> bool:
        return self.below.may_grow

    def matches(self, pattern: str) -> Iterable[ContextEntry]:
        return self.below.matches(pattern)

    def archive(self, path: str) -> Archive | None:
        return self.below.archive(path)
