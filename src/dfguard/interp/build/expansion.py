r"""Words and the variables they name to values: what BuildKit itself expands, before any shell runs.

After moby/buildkit frontend/dockerfile/shell/lex.go@73ed6825. What BuildKit would refuse is data here
(`Expansion.refusal`), and so are the variables that are not set (`Expansion.undefined`).

The patterns of `${name#pattern}`, `${name%pattern}` and `${name/pattern/text}` know `*` and `?` (neither takes a line feed) and
the escapes `\*`, `\?`, `\\`, `\}` and `\/`; there are no bracket expressions. They follow `convertShellPatternToRegex` and
`reversePattern` of the same file, but are matched in time proportional to the text, whatever the pattern.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, assert_never

from dfguard.core.record import Record, replace
from dfguard.interp.state.model import Undefined
from dfguard.interp.values import EMPTY, Known, Unknown, concat, join, known, merge_because, texts_of
from dfguard.syntax.dockerfile.document import Fault, FaultKind
from dfguard.syntax.dockerfile.lines import SPACE
from dfguard.syntax.dockerfile.words import BadWord, LiteralPiece, QuotedPiece, VariablePiece, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.core.source import Place, Text
    from dfguard.interp.values import Binding, Value
    from dfguard.syntax.dockerfile.words import Piece

    Lookup = Callable[[str], Value | None]


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


MOST_COMBINATIONS = 64


class UnsetArgument(Unknown):
    """The value of an ARG that has no default and that no --build-arg of ours gives: somebody must give it, or it is
    empty. Operators that say what then holds (`${name:-default}`, `${name:+-debug}`) take it for not set.
    """


class Expansion(Record):
    """What became of a word. With a refusal (of the kind REFUSED) the value is Unknown."""

    value: Value
    undefined: tuple[Undefined, ...] = ()
    refusal: Fault | None = None


def bound(value: Value, binding: Binding) -> Value:
    """The value as the binding gives it: the binding comes last in what it is because of."""
    return replace(value, because=(*(each for each in value.because if each != binding), binding))


def expand(text: Text, lookup: Lookup, escape: str) -> Value:
    """The value of a word; Unknown where BuildKit refuses it (see `expansion` for why)."""
    return expansion(text, lookup, escape).value


def expansion(text: Text, lookup: Lookup, escape: str, *, keeps_quotes: bool = False) -> Expansion:
    """A word with its variables replaced. `keeps_quotes`: BuildKit's raw mode for the bodies of COPY heredocs, where
    quotes are ordinary characters.
    """
    value = text.value
    if "$" not in value and escape not in value and "'" not in value and '"' not in value:
        return Expansion(Known(value))
    word = parse(text, escape, keeps_quotes=keeps_quotes)
    if isinstance(word, BadWord):
        return _refused(word)
    reader = _Reader(text, lookup)
    try:
        return Expansion(reader.value(word.pieces), tuple(reader.undefined))
    except _RefusedError as refused:
        return Expansion(
            Unknown(refused.message),
            tuple(reader.undefined),
            Fault(FaultKind.REFUSED, refused.place, refused.message),
        )


def split(text: Text, lookup: Lookup, escape: str) -> tuple[tuple[Value, ...], Expansion]:
    """A word that splits at white space after its variables are replaced (EXPOSE), and the whole of it for what was
    undefined or refused. As in BuildKit a `${name...}` with an operator drops what stands before it in its word.
    """
    whole = expansion(text, lookup, escape)
    word = parse(text, escape)
    if whole.refusal or isinstance(word, BadWord):
        return (), whole
    reader = _Reader(text, lookup)
    words: list[list[Value]] = [[]]
    for piece in word.pieces:
        if _has_operand(piece):
            words[-1] = []
        value = reader.value((piece,))
        plain = (
            None
            if isinstance(piece, QuotedPiece) or (isinstance(piece, LiteralPiece) and piece.is_quoted)
            else known(value)
        )
        if plain is None:
            words[-1].append(value)
            continue
        for number, part in enumerate(_lines(plain)):
            if number:
                words.append([])
            words[-1].append(Known(part, value.because))
    values = (concat(tuple(parts)) for parts in words)
    return tuple(value for value in values if known(value) != ""), whole


def _lines(text: str) -> list[str]:
    """The text cut at its white space; empty parts at the ends stand for white space there."""
    return text.translate(_TO_SPACE).split(" ")


_TO_SPACE = dict.fromkeys(map(ord, SPACE), " ")


def _has_operand(piece: Piece) -> bool:
    if isinstance(piece, QuotedPiece):
        return any(_has_operand(inner) for inner in piece.pieces)
    return isinstance(piece, VariablePiece) and bool(piece.operator)


def _refused(word: BadWord) -> Expansion:
    if not word.is_refused:
        return Expansion(Unknown(word.message))
    place = word.raw.place(min(word.index, max(0, len(word.raw.value) - 1)), len(word.raw.value))
    return Expansion(
        Unknown(word.message),
        (),
        Fault(FaultKind.REFUSED, place, word.message, is_open_quote=word.is_open_quote),
    )


class _RefusedError(Exception):
    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


class _Reader:
    """Evaluates the pieces of one word; collects what is not set."""

    def __init__(self, text: Text, lookup: Lookup) -> None:
        self.text = text
        self.lookup = lookup
        self.undefined: list[Undefined] = []

    def value(self, pieces: tuple[Piece, ...]) -> Value:
        parts = tuple(self.part(piece) for piece in pieces)
        return parts[0] if len(parts) == 1 else concat(parts)

    def part(self, piece: Piece) -> Value:
        match piece:
            case LiteralPiece():
                return Known(piece.value)
            case QuotedPiece():
                return self.value(piece.pieces)
            case VariablePiece():
                return self.variable(piece)
        assert_never(piece)

    def variable(self, variable: VariablePiece) -> Value:
        operand = self.value(variable.operand)
        replacement = self.value(variable.replacement)
        value = self.lookup(variable.name)
        if value is None:
            self.undefined.append(Undefined(variable.name, self.place(variable)))
        match variable.operator.lstrip(":"):
            case "":
                return EMPTY if value is None else value
            case "-" | "+" as operator:
                choose = _or_default if operator == "-" else _if_set
                value = None if isinstance(value, UnsetArgument) else value
                return choose(value, operand, is_null_unset=variable.operator[0] == ":")
            case "?":
                return self.required(variable, value, operand)
            case "#" | "%":
                return self.mapped(variable, _trimmed(variable.operator), value or EMPTY, operand)
            case _:
                substitute = _replaced(everywhere=variable.operator == "//")
                return self.mapped(variable, substitute, value or EMPTY, operand, replacement)

    def place(self, variable: VariablePiece) -> Place:
        return self.text.place(variable.start, variable.end)

    def required(self, variable: VariablePiece, value: Value | None, operand: Value) -> Value:
        is_null = variable.operator == ":?" and value is not None and known(value) == ""
        if value is not None and not is_null:
            return value
        message = known(operand) or f"is not allowed to be {'empty' if is_null else 'unset'}"
        raise _RefusedError(f"{variable.name}: {message}", self.place(variable))

    def mapped(self, variable: VariablePiece, function: Callable[..., str], *values: Value) -> Value:
        """The function of every combination of texts."""
        because = merge_because(*(value.because for value in values))
        choices = [texts_of(value) for value in values]
        combinations = list(product(*(choice for choice in choices if choice is not None)))
        unknown = next((value for value in values if isinstance(value, Unknown)), None)
        if unknown or len(combinations) > MOST_COMBINATIONS:
            return Unknown(unknown.why if unknown else "too many alternatives", because)
        try:
            results = [Known(function(*combination), because) for combination in combinations]
        except TooLongError as error:
            return Unknown(str(error), because)
        except PatternError as error:
            if len(combinations) > 1:
                return Unknown(str(error), because)
            raise _RefusedError(str(error), self.place(variable)) from error
        whole: Value = results[0]
        for result in results[1:]:
            whole = join(whole, result)
        return whole


def _or_default(value: Value | None, default: Value, *, is_null_unset: bool) -> Value:
    if value is None:
        return default
    texts = texts_of(value)
    if texts is None:
        return join(value, default)
    if not is_null_unset or "" not in texts:
        return value
    whole = default
    for text in texts:
        if text:
            whole = join(whole, Known(text, value.because))
    return whole


def _if_set(value: Value | None, alternative: Value, *, is_null_unset: bool) -> Value:
    if value is None:
        return EMPTY
    texts = texts_of(value)
    nothing = Known("", value.because)
    if texts is None:
        return join(nothing, alternative)
    if not is_null_unset or "" not in texts:
        return alternative
    return nothing if texts == ("",) else join(nothing, alternative)


def _trimmed(operator: str) -> Callable[[str, str], str]:
    trim = without_prefix if operator == "#" else without_suffix

    def apply(value: str, pattern: str) -> str:
        is_doubled = pattern.startswith(operator)
        return trim(value, pattern[1:] if is_doubled else pattern, longest=is_doubled)

    return apply


def _replaced(*, everywhere: bool) -> Callable[[str, str, str], str]:
    def apply(value: str, pattern: str, text: str) -> str:
        return replaced(value, pattern, text, everywhere=everywhere)

    return apply
