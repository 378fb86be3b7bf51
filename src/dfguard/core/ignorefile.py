"""A .dockerignore's text to `IgnoreRules`: which paths of the context it keeps out, and by which line.

Sources: github.com/moby/patternmatcher v0.6.0 `ignorefile.ReadAll` (how lines are read), `patternmatcher.go`
`MatchesUsingParentResults` (how paths are judged while BuildKit walks the context), moby/buildkit v0.27
frontend/dockerui/config.go (`<Dockerfile>.dockerignore` before `.dockerignore`, never both).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dfguard.core.patterns import PathPattern
from dfguard.core.record import Record
from dfguard.core.source import BYTE_ORDER_MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Source

_CACHED_FOLDERS = 4096


class IgnoreRule(Record):
    """One pattern. `line` is 1-based; `is_exception` for `!pattern`, which lets paths back in."""

    pattern: PathPattern
    line: int
    is_exception: bool = False


class IgnoreRules:
    """All patterns of one file, in order; the last one that matches a path or one of its parents decides."""

    __slots__ = ("_folders", "has_exceptions", "rules", "source")

    def __init__(self, rules: Iterable[IgnoreRule], source: Source | None = None) -> None:
        """Keep the rules; `source` is the file they were read from."""
        self.rules = tuple(rules)
        self.source = source
        self.has_exceptions = any(rule.is_exception for rule in self.rules)
        self._folders: dict[str, tuple[bool, ...]] = {}

    def decider(self, path: str) -> IgnoreRule | None:
        """The rule that keeps the path out; None when it stays in. The root is never kept out."""
        if not path or not self.rules:
            return None
        matched = self._matched(path)
        last = next((i for i in range(len(matched) - 1, -1, -1) if matched[i]), None)
        if last is None or self.rules[last].is_exception:
            return None
        return self.rules[last]

    def may_let_in_below(self, folder: str) -> bool:
        """Whether an exception could match something below a folder that is kept out."""
        inside = f"{folder}/"
        for rule in self.rules:
            if not rule.is_exception:
                continue
            fixed = _literal_start(rule.pattern.text)
            if fixed == rule.pattern.text:
                if fixed.startswith(inside):
                    return True
            elif fixed.startswith(inside) or inside.startswith(fixed):
                return True
        return False

    def _matched(self, path: str) -> tuple[bool, ...]:
        """For each rule whether it matches the path, given its parents' results (missing folders are filled in)."""
        pieces = path.split("/")
        parent: tuple[bool, ...] = ()
        for depth in range(1, len(pieces) + 1):
            step = "/".join(pieces[:depth])
            known = self._folders.get(step)
            if known is None:
                known = self._judged(step, parent)
                if len(self._folders) >= _CACHED_FOLDERS:
                    self._folders.clear()
                if depth < len(pieces):
                    self._folders[step] = known
            parent = known
        return parent

    def _judged(self, path: str, parent: tuple[bool, ...]) -> tuple[bool, ...]:
        is_out = False
        results = []
        for i, rule in enumerate(self.rules):
            matches = bool(parent) and parent[i]
            if not matches and rule.is_exception == is_out:
                matches = rule.pattern.matches(path)
            results.append(matches)
            if matches:
                is_out = not rule.is_exception
        return tuple(results)


def parse_ignorefile(source: Source) -> IgnoreRules:
    """The rules of an ignore file's text; a `#` starts a comment only in the first column."""
    return IgnoreRules(_rules(source.text), source)


def _rules(text: str) -> Iterator[IgnoreRule]:
    for number, line in enumerate(text.removeprefix(BYTE_ORDER_MARK).split("\n"), 1):
        if not line.startswith("#"):
            yield from _rule(line, number)


def _rule(line: str, number: int) -> Iterator[IgnoreRule]:
    line = line.strip()
    is_exception = line.startswith("!")
    pattern = line.removeprefix("!").strip() if is_exception else line
    if pattern:
        pattern = posixpath.normpath(pattern)
        pattern = pattern.lstrip("/") if len(pattern) > 1 else pattern
        yield IgnoreRule(PathPattern(pattern), number, is_exception)


def patterns_of(texts: Iterable[str]) -> IgnoreRules:
    """The rules of bare patterns, as COPY --exclude takes them; `line` counts them from 1."""
    return IgnoreRules(rule for number, text in enumerate(texts, 1) for rule in _rule(text, number))


def _literal_start(pattern: str) -> str:
    """The pattern up to its first wildcard."""
    cut = min((at for at in map(pattern.find, "*?[\\") if at >= 0), default=len(pattern))
    return pattern[:cut]
