"""Words of a shell script to the fields a program receives: expanded, split, with patterns marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.core.source import Run, Text
from dfguard.core.texts import joined
from dfguard.interp.shell.expansion.parameters import (
    UNKNOWN_ARGUMENTS,
    ShellError,
    arithmetic,
    needed,
    plain,
    with_operator,
)
from dfguard.interp.values import EMPTY, Known, OneOf, Unknown, concat, known
from dfguard.syntax.shell.nodes import Dialect, Literal, Parameter, Substitution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dfguard.core.source import Place, Source
    from dfguard.interp.shell.state import Shell
    from dfguard.interp.values import Value
    from dfguard.syntax.shell.nodes import Part, Word

    Substitute = Callable[[Substitution], Value]


_GLOB = "*?["
MOST_FIELDS = 4096
LONGEST_FIELD = 1 << 17
LONGEST_PREFIX = 256


class Field(Record):
    """One argument: `value` as the program receives it, before file names are generated; `pattern` the shell pattern
    when it is one (characters that were quoted are escaped), else None. `text` is a known value with the origin of its
    characters; `place` is the word it comes from.
    """

    value: Value
    place: Place
    pattern: str | None = None
    text: Text | None = None


class _Piece(Record):
    """A part of a word after expansion. `splits`: it is an unquoted expansion; `breaks`: a field ends here."""

    value: Value
    text: Text | None
    is_quoted: bool
    splits: bool = False
    breaks: bool = False


class Expander:
    """Expands words for one shell. `run` runs a command substitution; `source` is where spans point to."""

    def __init__(self, shell: Shell, source: Source, run: Substitute) -> None:
        """Take the shell whose variables are read (and set, by `${X:=d}`)."""
        self.shell = shell
        self.source = source
        self.run = run

    def fields(self, words: Iterable[Word]) -> list[Field]:
        """The fields of all words, at most MOST_FIELDS; raise ShellError where the shell would exit."""
        found: list[Field] = []
        for word in words:
            found += self._fields(word)
            if len(found) > MOST_FIELDS:
                return found[:MOST_FIELDS]
        return found

    def value(self, word: Word) -> Value:
        """The word as one value, neither split nor matched: in assignments, `case`, redirections, here-documents."""
        return self.field(word).value

    def field(self, word: Word) -> Field:
        """The word as one field, neither split nor matched."""
        pieces = [self._tilded(piece) if not i else piece for i, piece in enumerate(self._pieces(word))]
        return replace(_field(pieces, word.raw.place()), pattern=None)

    def pattern(self, word: Word) -> str | None:
        """The word as a shell pattern with quoted characters escaped; None when a part is not known."""
        text = ""
        for piece in self._pieces(word):
            part = known(piece.value)
            if part is None:
                return None
            text += _escaped(part) if piece.is_quoted else part
        return text

    def _fields(self, word: Word) -> list[Field]:
        place = word.raw.place()
        if len(word.parts) == 1 and isinstance(word.parts[0], Literal) and word.parts[0].is_quoted:
            return [Field(Known(word.parts[0].text.value), place, None, word.parts[0].text)]
        builder = _Builder()
        pieces: list[_Piece] = []
        for part in word.parts:
            if isinstance(part, Parameter) and part.name in ("@", "*") and not part.operator:
                pieces += self._arguments(part)
            else:
                pieces.append(self._piece(part))
        for number, piece in enumerate(pieces):
            builder.add(piece if number else self._tilded(piece))
        return builder.fields(place)

    def _arguments(self, part: Parameter) -> list[_Piece]:
        """`$@` and `$*`: each positional parameter a field of its own, except inside `"$*"`."""
        if part.is_quoted and part.name == "*":
            return [self._made(plain("*", self.shell) or EMPTY, part, is_quoted=True)]
        pieces: list[_Piece] = []
        if self.shell.arguments is None:
            return [self._made(Unknown(UNKNOWN_ARGUMENTS), part, is_quoted=False)]
        for number, value in enumerate(self.shell.arguments):
            if number:
                pieces.append(_Piece(EMPTY, None, is_quoted=False, breaks=True))
            pieces.append(self._made(value, part, is_quoted=part.is_quoted))
        return pieces or [_Piece(EMPTY, None, is_quoted=False, splits=True)]

    def _pieces(self, word: Word) -> list[_Piece]:
        return [self._piece(part) for part in word.parts]

    def _piece(self, part: Part) -> _Piece:
        match part:
            case Literal(text, is_quoted):
                if not is_quoted and self._may_be_braces(text.value):
                    before = text.value.partition("{")[0]
                    return _Piece(Unknown("not every sh expands braces", prefix=before), None, is_quoted)
                return _Piece(Known(text.value), text, is_quoted)
            case Parameter():
                return self._made(self._parameter(part), part, is_quoted=part.is_quoted)
            case Substitution():
                return self._made(self._substitution(part), part, is_quoted=part.is_quoted)

    def _may_be_braces(self, text: str) -> bool:
        """Whether the word is several words to a shell that expands braces, and this one may be such."""
        if "{" not in text or self.shell.flavour or self.shell.dialect is Dialect.BASH:
            return False
        inside = text.partition("{")[2].rpartition("}")[0]
        return "," in inside or ".." in inside

    def _made(self, value: Value, part: Parameter | Substitution, *, is_quoted: bool) -> _Piece:
        text = known(value)
        shown = None if text is None else Text(text, self.source, (Run(0, part.span.start, 1),))
        return _Piece(value, shown, is_quoted, splits=not is_quoted)

    def _parameter(self, part: Parameter) -> Value:
        try:
            if part.operator:
                return with_operator(part.name, part.operator, lambda: self._operand(part), self.shell)
            return needed(part.name, self.shell)
        except ShellError as error:
            error.span = error.span or part.span
            raise

    def _operand(self, part: Parameter) -> Value:
        if part.operand is None:
            return EMPTY
        if part.operator[0] in "#%/":
            pattern = self.pattern(part.operand)
            return Unknown("its pattern is not known") if pattern is None else Known(pattern)
        return self.value(part.operand)

    def _substitution(self, part: Substitution) -> Value:
        if part.is_process:
            return Unknown("it is the name of a pipe")
        if part.script is not None:
            return self.run(part)
        text = self.source.text[part.span.start : part.span.end]
        if text.startswith("$((") and text.endswith("))"):
            try:
                return Known(str(arithmetic(text[3:-2], lambda name: plain(name, self.shell))))
            except (ValueError, ArithmeticError):
                self.shell.is_open = self.shell.is_open or "=" in text
                return Unknown(f"{text} is not known")
        return Unknown("it is not followed")

    def _tilded(self, piece: _Piece) -> _Piece:
        """With a leading unquoted `~` or `~user` replaced by the home directory."""
        text = known(piece.value)
        if piece.is_quoted or piece.splits or text is None or not text.startswith("~"):
            return piece
        name, slash, rest = text[1:].partition("/")
        home: Value = self.shell.home
        if name:
            accounts = self.shell.files.accounts
            found = accounts.home(name) if accounts.user(name) else None
            if found is None:
                return piece
            home = Known(found)
        value = concat((home, Known(slash + rest)))
        whole = known(value)
        shown = Text(whole, self.source, piece.text.runs[:1]) if whole is not None and piece.text else None
        return _Piece(value, shown, is_quoted=False)


class _Builder:
    """Pieces to fields: unquoted expansions are split at white space, everything else is joined."""

    def __init__(self) -> None:
        self.done: list[list[_Piece]] = []
        self.current: list[_Piece] | None = None

    def end(self) -> None:
        if self.current is not None:
            self.done.append(self.current)
        self.current = None

    def add(self, piece: _Piece) -> None:
        if piece.breaks:
            self.end()
        elif piece.splits:
            self._split(piece)
        else:
            self._append(piece)

    def _split(self, piece: _Piece) -> None:
        value = piece.value
        if isinstance(value, OneOf) and any(len(text.split()) != 1 for text in value.texts):
            value = Unknown("several words are possible", value.because)
        text = known(value)
        if text is None:
            self._append(replace(piece, value=value))
            return
        if text[:1].isspace():
            self.end()
        for number, word in enumerate(text.split()):
            if number:
                self.end()
            shown = replace(piece.text, value=word) if piece.text else None
            self._append(replace(piece, value=Known(word, value.because), text=shown))
        if text[-1:].isspace():
            self.end()

    def _append(self, piece: _Piece) -> None:
        self.current = [] if self.current is None else self.current
        self.current.append(piece)

    def fields(self, place: Place) -> list[Field]:
        self.end()
        return [_field(pieces, place) for pieces in self.done]


def _field(pieces: list[_Piece], place: Place) -> Field:
    if len(pieces) == 1:
        value, text = pieces[0].value, pieces[0].text
    else:
        value = concat(tuple(piece.value for piece in pieces))
        parts = [piece.text for piece in pieces if piece.text is not None]
        text = joined(parts) if len(parts) == len(pieces) and parts else None
    if isinstance(value, Known) and len(value.text) > LONGEST_FIELD:
        return Field(Unknown("it is too long", value.because, value.text[:LONGEST_PREFIX]), place)
    if not isinstance(value, Known) or not any(c in value.text for c in _GLOB):
        return Field(value, place, None, text)
    texts = [(known(piece.value) or "", piece.is_quoted) for piece in pieces]
    if not any(not is_quoted and any(c in part for c in _GLOB) for part, is_quoted in texts):
        return Field(value, place, None, text)
    pattern = "".join(_escaped(part) if is_quoted else part for part, is_quoted in texts)
    return Field(value, place, pattern, text)


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "*?[]\\" else c for c in text)
