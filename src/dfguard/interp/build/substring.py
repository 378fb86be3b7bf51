r"""The pattern operators of `${name#pattern}`, `${name%pattern}` and `${name/pattern/text}` on plain strings.

Patterns know `*` and `?` (neither takes a line feed) and the escapes `\*`, `\?`, `\\`, `\}` and `\/`; there are no
bracket expressions. After `convertShellPatternToRegex` and `reversePattern` of moby/buildkit
frontend/dockerfile/shell/lex.go@73ed6825, but matched in time proportional to the text, whatever the pattern.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_SUBJECT = 2000


class PatternError(ValueError):
    """A pattern that BuildKit refuses; the text says why."""


class TooLongError(ValueError):
    """A value too long for us to search in."""


def without_prefix(value: str, pattern: str, *, longest: bool) -> str:
    """The value without the shortest or longest start that the pattern matches; whole when none does."""
    ends = list(_Pattern(pattern).ends(value, 0))
    if not ends:
        return value
    return value[ends[-1] if longest else ends[0] :]


def without_suffix(value: str, pattern: str, *, longest: bool) -> str:
    """The value without the shortest or longest end that the pattern matches."""
    return without_prefix(value[::-1], _reversed(pattern), longest=longest)[::-1]


def replaced(value: str, pattern: str, text: str, *, everywhere: bool) -> str:
    """The value with the first or every longest match replaced; raise TooLongError for a very long value."""
    if len(value) > LONGEST_SUBJECT:
        raise TooLongError("the value is too long to follow")
    matcher, parts, copied, at, last = _Pattern(pattern), [], 0, 0, 0
    while at <= len(value):
        start, end = next(
            ((s, e) for s in range(at, len(value) + 1) if (e := matcher.longest(value, s)) >= 0), (-1, -1)
        )
        if start < 0:
            break
        parts.append(value[copied:start])
        if end > last or start == 0 or not everywhere:
            parts.append(text)
        copied = last = end
        at = max(end, at + 1) if end == start else end
        if not everywhere:
            break
    return "".join(parts) + value[copied:]


def _reversed(pattern: str) -> str:
    out: list[str] = []
    at = 0
    while at < len(pattern):
        size = 2 if pattern[at] == "\\" and at + 1 < len(pattern) else 1
        out.append(pattern[at : at + size])
        at += size
    return "".join(reversed(out))


class _Pattern:
    """A pattern as a set of states, one bit each: state n means that n tokens are matched."""

    def __init__(self, pattern: str) -> None:
        self.literals: dict[str, int] = {}
        self.any = self.star = 0
        count = 0
        for kind, character in _tokens(pattern):
            bit = 1 << count
            if kind == "*":
                if self.star & (bit >> 1):
                    continue
                self.star |= bit
            elif kind == "?":
                self.any |= bit
            else:
                self.literals[character] = self.literals.get(character, 0) | bit
            count += 1
        self.final = 1 << count

    def ends(self, value: str, start: int) -> Iterator[int]:
        """Where matches that begin at `start` end, ascending."""
        states = 1 | (1 & self.star) << 1
        for at in range(start, len(value) + 1):
            if states & self.final:
                yield at
            if not states or at == len(value):
                return
            character = value[at]
            if character == "\n":
                states = (states & self.literals.get(character, 0)) << 1
            else:
                moved = (states & (self.literals.get(character, 0) | self.any)) << 1
                states = moved | (states & self.star)
            states |= (states & self.star) << 1

    def longest(self, value: str, start: int) -> int:
        """Where the longest match from `start` ends, -1 when there is none."""
        end = -1
        for end in self.ends(value, start):  # noqa: B007  the last one counts
            pass
        return end


def _tokens(pattern: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(pattern):
        character = pattern[at]
        at += 1
        if character in "*?":
            yield character, ""
            continue
        if character == "\\":
            character = pattern[at : at + 1]
            at += 1
            if character not in {"}", "/", "*", "?", "\\"}:
                raise PatternError(f"the pattern {pattern} has the unknown escape \\{character}")
        yield "", character
