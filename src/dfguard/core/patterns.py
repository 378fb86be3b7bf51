"""Path patterns to predicates: Go's `filepath.Match` (COPY sources) and moby's `**` patterns (.dockerignore, --exclude).

Sources: Go 1.24 path/filepath/match.go; github.com/moby/patternmatcher v0.6.0 patternmatcher.go; shell patterns after
POSIX.1-2024 XCU 2.14. No pattern costs more than its length times the square of the path's: within a segment all stars
but the last are atomic (the earliest match of what stands between two stars is as good as a later one), and moby
patterns are simulated.
"""

from __future__ import annotations

import re
from functools import lru_cache

WILDCARDS = "*?["


def has_wildcards(pattern: str) -> bool:
    """Whether Go's `filepath.Match` would see a wildcard: an unescaped `*`, `?` or `[`."""
    if not any(c in pattern for c in WILDCARDS):
        return False
    at = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 1
        elif pattern[at] in WILDCARDS:
            return True
        at += 1
    return False


def unescaped(pattern: str) -> str:
    """A pattern without wildcards as the text it stands for: backslashes removed."""
    return re.sub(r"\\(.)", r"\1", pattern, flags=re.DOTALL) if "\\" in pattern else pattern


def matches_name(pattern: str, name: str) -> bool:
    """Whether one path segment matches, by Go's rules: `*`, `?`, `[a-z]`, `[^a]`, backslash escapes."""
    compiled = _segment(pattern, negation="^")
    return compiled is not None and compiled.fullmatch(name) is not None


def matches_shell(pattern: str, text: str) -> bool:
    """Whether the text matches a shell pattern as `case` and `${x#…}` do: a star crosses everything, `[!a]` negates."""
    compiled = _segment(pattern, negation="!^")
    return compiled is not None and compiled.fullmatch(text) is not None


def matches_path(pattern: str, path: str) -> bool:
    """Whether a whole path matches a Go pattern: wildcards do not cross a slash, so segments are matched one by one."""
    patterns, names = pattern.split("/"), path.split("/")
    return len(patterns) == len(names) and all(map(matches_name, patterns, names))


def is_well_formed(pattern: str) -> bool:
    """Whether Go accepts the pattern: brackets closed, no backslash at the end."""
    return _segment(pattern, negation="^") is not None


@lru_cache(maxsize=1024)
def _segment(pattern: str, *, negation: str) -> re.Pattern[str] | None:
    chunks: list[str] = [""]
    at = 0
    while at < len(pattern):
        if pattern[at] == "*":
            chunks.append("")
            at += 1
            continue
        piece = _piece(pattern, at, negation)
        if piece is None:
            return None
        chunks[-1] += piece[0]
        at = piece[1]
    first, *rest = chunks
    if not rest:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{chunk})" for chunk in rest[:-1] if chunk)
    return re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL)


def _piece(pattern: str, at: int, negation: str) -> tuple[str, int] | None:
    """The expression for one character or class at `at` and the index behind it; None when malformed."""
    character = pattern[at]
    if character == "?":
        return ".", at + 1
    if character == "\\":
        return (re.escape(pattern[at + 1]), at + 2) if at + 1 < len(pattern) else None
    if character != "[":
        return re.escape(character), at + 1
    end = pattern.find("]", at + 2 + (pattern[at + 1 : at + 2] in tuple(negation)))
    if end < 0:
        return None
    body = pattern[at + 1 : end]
    is_negated = body[:1] in tuple(negation)
    return _class(body[1:] if is_negated else body, is_negated=is_negated), end + 1


def _class(body: str, *, is_negated: bool) -> str:
    """A bracket's inside as an expression; a range that runs backwards matches nothing, as in Go."""
    items: list[str] = []
    letters = iter(re.findall(r"\\.|[^\\]", body, re.DOTALL))
    pending = [letter[-1] for letter in letters]
    at = 0
    while at < len(pending):
        if at + 2 < len(pending) and pending[at + 1] == "-":
            if pending[at] <= pending[at + 2]:
                items.append(f"{re.escape(pending[at])}-{re.escape(pending[at + 2])}")
            at += 3
        else:
            items.append(re.escape(pending[at]))
            at += 1
    if not items:
        return "." if is_negated else r"(?!)"
    return f"[{'^' if is_negated else ''}{''.join(items)}]"


class PathPattern:
    """One moby pattern, cleaned and without its `!`: `matches(path)` for slash-separated paths without leading slash.

    `*` and `?` stay within a segment, `**` crosses them. As upstream: `**x` is a plain suffix test, `x**` a prefix
    test, brackets are regular-expression brackets (so `[!a]` does not negate).
    """

    __slots__ = ("_tokens", "is_malformed", "text")

    def __init__(self, text: str) -> None:
        """Keep the text; it is compiled at the first match."""
        self.text = text
        self.is_malformed = not is_well_formed(text)
        self._tokens: tuple[str | re.Pattern[str], ...] | None = None

    def matches(self, path: str) -> bool:
        """Whether the pattern matches exactly this path (parents are the caller's business)."""
        text = self.text
        if self.is_malformed:
            return False
        if not any(c in text for c in "*?[]\\"):
            return path == text
        if self._tokens is None:
            self._tokens = _tokens(text)
        return _runs(self._tokens, path)


_STAR, _DEEP, _REST = "*", "**/", "**"


@lru_cache(maxsize=1024)
def _tokens(text: str) -> tuple[str | re.Pattern[str], ...]:
    """Wildcards as themselves, everything between them as one expression; `_REST` only at the end."""
    tokens: list[str | re.Pattern[str]] = []
    chunk = ""
    at = 0
    while at < len(text):
        if text[at] != "*":
            piece = (
                ("[^/]", at + 1)
                if text[at] == "?"
                else _piece(text, at, "^") or (re.escape(text[at]), at + 1)
            )
            chunk, at = chunk + piece[0], piece[1]
            continue
        if chunk:
            tokens.append(re.compile(chunk, re.DOTALL))
            chunk = ""
        if not text.startswith("**", at):
            tokens.append(_STAR)
            at += 1
            continue
        if at == 0 and text[2:3] != "/" and not any(c in text[2:] for c in "*?[]\\"):
            tokens.append(_REST)
            at = 2
            continue
        at += 2 + text.startswith("/", at + 2)
        tokens.append(_DEEP if at < len(text) else _REST)
    if chunk:
        tokens.append(re.compile(chunk, re.DOTALL))
    return tuple(tokens)


def _runs(tokens: tuple[str | re.Pattern[str], ...], path: str) -> bool:
    """Whether the tokens consume the whole path: all positions reachable so far are followed at once."""
    reached = {0}
    for token in tokens:
        if not reached:
            return False
        if token == _REST:
            reached = set(range(min(reached), len(path) + 1))
        elif token == _DEEP:
            first = min(reached)
            reached |= {i + 1 for i in range(first, len(path)) if path[i] == "/"}
        elif token == _STAR:
            reached = _within_segments(reached, path)
        elif isinstance(token, re.Pattern):
            reached = {found.end() for at in reached if (found := token.match(path, at))}
    return len(path) in reached


def _within_segments(reached: set[int], path: str) -> set[int]:
    """Every position that a run of characters without a slash leads to."""
    spread: set[int] = set()
    for start in reached:
        at = start
        while at not in spread:
            spread.add(at)
            if at == len(path) or path[at] == "/":
                break
            at += 1
    return spread
