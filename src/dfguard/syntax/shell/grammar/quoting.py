"""A shell word as written to its parts: quotes and escapes removed, expansions kept apart, every character mapped.

POSIX.1-2024 "Shell Command Language" 2.2 and 2.6 and the bash manual ("ANSI-C Quoting", "Shell Parameter Expansion"), as
dash 0.5.12 and bash 5.2 apply them (checked against both in the tests). `$'…'` and `$"…"` are bash's alone: for dash the
dollar is a dollar. Two operators of parameters have no sign of their own behind the name and are given words: `length`
(`${#NAME}`) and `indirect` (`${!NAME}`).
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.texts import joined, made_up, removed
from dfguard.syntax.shell.grammar.pieces import Unclosed, backtick_end, part_end, process_end
from dfguard.syntax.shell.nodes import Literal, Parameter, Substitution, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dfguard.core.source import Span, Text
    from dfguard.syntax.shell.grammar.lexer import Lexer
    from dfguard.syntax.shell.grammar.pieces import Work
    from dfguard.syntax.shell.nodes import Part, Script


_ESCAPE = re.compile(r"\\(?:[0-7]{1,3}|x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|c[\s\S]|[\s\S])")
SINGLE = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip


def unescaped(text: Text) -> Text:
    """The text with its escapes decoded; each decoded character maps to the backslash of its escape.

    A null character ends the string, as it does in bash.
    """
    pieces, done = [], 0
    for found in _ESCAPE.finditer(text.value):
        pieces.append(text.cut(done, found.start()))
        decoded = _decoded(found.group()[1:])
        done = found.end()
        if decoded == "\0":
            return joined(pieces)
        pieces.append(made_up(decoded, text.source, text.offset(found.start())))
    return joined([*pieces, text.cut(done)])


def _decoded(escape: str) -> str:
    kind = escape[0]
    if kind in "01234567":
        return _byte(int(escape, 8) & 0xFF)
    if kind == "x" and len(escape) > 1:
        return _byte(int(escape[1:], 16))
    if kind in "uU" and len(escape) > 1:
        code = int(escape[1:], 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    if kind == "c" and len(escape) > 1:
        return chr(ord(escape[1]) & 0x1F)
    return SINGLE.get(kind, "\\" + escape)


def _byte(code: int) -> str:
    return chr(code) if code < 0x80 else chr(0xDC00 + code)


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]")
_IN_BRACES = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])(?:\[[^\]]*\])?")
_OPERATOR = re.compile(r":[-=?+]|[-=?+]|##?|%%?")
_BASH_OPERATOR = re.compile(r"//|/#|/%|/|\^\^?|,,?|@[A-Za-z]|:")


class ParameterExpansion(Record):
    """`${name operator operand}`; `operand` is the index where it begins, None without an operator that takes one."""

    name: str
    operator: str
    operand: int | None


def read_name(value: str, start: int, end: int) -> str:
    """The parameter name that follows a `$` at `start`; empty when the dollar is just a dollar."""
    found = _NAME.match(value, start, end)
    return found.group() if found else ""


def read_braces(value: str, start: int, end: int, *, is_bash: bool) -> ParameterExpansion | None:
    """What stands between the braces; None for a substitution no shell knows.

    bash's operators are read in either dialect (ash has most of them).
    """
    if (
        value.startswith("#", start)
        and (found := _IN_BRACES.match(value, start + 1, end))
        and found.end() == end
    ):
        return ParameterExpansion(found.group(), "length", None)
    if is_bash and value.startswith("!", start) and (found := _IN_BRACES.match(value, start + 1, end)):
        return ParameterExpansion(found.group(), "indirect", None)
    name = _IN_BRACES.match(value, start, end)
    if name is None:
        return None
    if name.end() == end:
        return ParameterExpansion(name.group(), "", None)
    operator = _OPERATOR.match(value, name.end(), end) or _BASH_OPERATOR.match(value, name.end(), end)
    if operator is None:
        return None
    return ParameterExpansion(name.group(), operator.group(), operator.end())


class Context(Enum):
    """What stands around the characters: it decides which of them are special."""

    BARE = "outside quotes"
    DOUBLE = "inside double quotes"
    BODY = "in the body of a here-document whose delimiter is not quoted"
    OPERAND = "in the operand of a ${…} inside double quotes or such a body"


_ESCAPED = {
    Context.DOUBLE: '$`"\\',
    Context.BODY: "$`\\",
    Context.OPERAND: '$`"\\}',
}
_RUN = {
    Context.BARE: re.compile(r"""[^\\'"`$<>]*"""),
    Context.DOUBLE: re.compile(r'(?:[^\\`$]|\\(?![$`"\\\n]))*'),
    Context.BODY: re.compile(r"(?:[^\\`$]|\\(?![$`\\\n]))*"),
    Context.OPERAND: re.compile(r'(?:[^\\`$"]|\\(?![$`"\\}\n]))*'),
}
_SIMPLE = re.compile(r"""[^\\'"`$<>]*""")


class Cook:
    """Cooks the words of one text. `holes` maps stand-in characters to the part that an outer shell puts there;
    `parse` makes the script of a command substitution.
    """

    def __init__(
        self, text: Text, lexer: Lexer, holes: Mapping[str, Part], parse: Callable[[Text], Script], work: Work
    ) -> None:
        """Nothing is cooked yet."""
        self.text = text
        self.value = text.value
        self.lexer = lexer
        self.is_bash = lexer.is_bash
        self.holes = holes
        self.parse = parse
        self.work = work

    def word(self, start: int, end: int, context: Context = Context.BARE) -> Word:
        """The word `start <= index < end`."""
        raw = self.text.cut(start, end)
        if (
            context is Context.BARE
            and not self.holes
            and end > start
            and _SIMPLE.fullmatch(self.value, start, end)
        ):
            return Word(raw, (Literal(raw, False),))
        parts = _Parts(self)
        parts.read(start, end, context)
        return Word(raw, parts.finish(start))

    def elsewhere(self, text: Text) -> Cook:
        """A cook of the same kind for another text (the body of a here-document)."""
        return Cook(text, self.lexer.anew(text.value), self.holes, self.parse, self.work)

    def whole(self) -> Word:
        """All of the text as one quoted literal, stand-ins apart."""
        parts = _Parts(self)
        parts.literal(self.text, is_quoted=True)
        return Word(self.text, parts.finish(0))

    def span(self, start: int, end: int) -> Span:
        """The source span of `start <= index < end`."""
        return self.text.span(start, end)


class _Parts:
    """Collects the parts of one word; neighbouring literals of one kind become one."""

    def __init__(self, cook: Cook) -> None:
        self.cook = cook
        self.value = cook.value
        self.parts: list[Part] = []
        self.pieces: list[Text] = []
        self.is_quoted = False

    def finish(self, start: int) -> tuple[Part, ...]:
        self._flush()
        parts = self.parts
        if any(_says_something(part) for part in parts):
            parts = [p for p in parts if not isinstance(p, Literal) or p.text.value]
        return tuple(parts) or (Literal(self.cook.text.cut(start, start), True),)

    def _flush(self) -> None:
        if self.pieces:
            self.parts.append(Literal(joined(self.pieces), self.is_quoted))
            self.pieces = []

    def literal(self, text: Text, *, is_quoted: bool) -> None:
        """Append characters the shell passes on; stand-ins among them become their parts."""
        if is_quoted != self.is_quoted:
            self._flush()
            self.is_quoted = is_quoted
        holes = self.cook.holes
        if not holes or holes.keys().isdisjoint(text.value):
            self.pieces.append(text)
            return
        done = 0
        for i, c in enumerate(text.value):
            if c in holes:
                if i > done:
                    self.pieces.append(text.cut(done, i))
                self.part(_requoted(holes[c], is_quoted=is_quoted))
                done = i + 1
        if done < len(text.value):
            self.pieces.append(text.cut(done))

    def part(self, part: Part) -> None:
        """Append an expansion."""
        self._flush()
        self.parts.append(part)

    def read(self, i: int, end: int, context: Context) -> None:
        """Read the characters `i <= index < end`."""
        value, text, quoted = self.value, self.cook.text, context is not Context.BARE
        run = _RUN[context]
        while i < end:
            stop = run.match(value, i, end).end()  # type: ignore[union-attr]  # it matches the empty string
            if stop > i:
                self.literal(text.cut(i, stop), is_quoted=quoted)
            if stop >= end:
                return
            if not self.cook.work.take(1):
                self.part(Substitution(None, self.cook.span(stop, end), quoted))
                return
            c, i = value[stop], stop
            if c in "$`":
                i = self._expansion(i, end, context)
            elif c == "\\":
                i = self._backslash(i, end, context)
            elif c in "<>":
                i = self._angle(i, end)
            else:
                i = self._quoted(i, end, context)

    def _backslash(self, i: int, end: int, context: Context) -> int:
        text, following = self.cook.text, self.value[i + 1 : i + 2] if i + 1 < end else ""
        if following == "\n":
            return i + 2
        if following and (context is Context.BARE or following in _ESCAPED[context]):
            self.literal(text.cut(i + 1, i + 2), is_quoted=True)
            return i + 2
        self.literal(text.cut(i, i + 1), is_quoted=True)
        return i + 1

    def _quoted(self, i: int, end: int, context: Context) -> int:
        text = self.cook.text
        try:
            stop = min(part_end(self.cook.lexer, i, 0), end)
        except Unclosed:
            stop = end
        if self.value[i] == "'":
            self.literal(text.cut(i + 1, stop - 1), is_quoted=True)
            return stop
        self.literal(text.cut(i + 1, i + 1), is_quoted=True)
        self.read(i + 1, stop - 1, Context.DOUBLE if context is Context.BARE else context)
        return stop

    def _angle(self, i: int, end: int) -> int:
        if not self.value.startswith("(", i + 1):
            self.literal(self.cook.text.cut(i, i + 1), is_quoted=False)
            return i + 1
        try:
            stop = min(process_end(self.cook.lexer, i, 0), end)
        except Unclosed:
            stop = end
        script = self.cook.parse(self.cook.text.cut(i + 2, stop - 1))
        self.part(Substitution(script, self.cook.span(i, stop), False, True))
        return stop

    def _expansion(self, i: int, end: int, context: Context) -> int:
        """What `$` or a backtick at `i` begins; the index behind it."""
        value, cook, quoted = self.value, self.cook, context is not Context.BARE
        following = value[i + 1 : i + 2] if i + 1 < end else ""
        if value[i] == "$" and following not in {"(", "{"}:
            return self._dollar(i, end, context)
        try:
            stop = (
                backtick_end(cook.lexer, i)
                if value[i] == "`"
                else part_end(cook.lexer, i, 0, in_double=quoted)
            )
        except Unclosed:
            stop = end + 1
        if stop > end:
            self.part(Substitution(None, cook.span(i, end), quoted))
            return end
        span = cook.span(i, stop)
        if value[i] == "`":
            inner = self._without_escapes(i + 1, stop - 1, context)
            self.part(Substitution(None if inner is None else cook.parse(inner), span, quoted))
        elif following == "(":
            is_number = (
                value.startswith("((", i + 1)
                and value.endswith("))", i, stop)
                and _is_one(value, i + 1, stop)
            )
            script = None if is_number else cook.parse(cook.text.cut(i + 2, stop - 1))
            self.part(Substitution(script, span, quoted))
        else:
            self.part(self._braces(i, stop, span, context))
        return stop

    def _dollar(self, i: int, end: int, context: Context) -> int:
        """A dollar without bracket: a name, `$'…'`, `$"…"`, or just a dollar."""
        value, cook, quoted = self.value, self.cook, context is not Context.BARE
        if name := read_name(value, i + 1, end):
            stop = i + 1 + len(name)
            self.part(Parameter(name, cook.span(i, stop), quoted))
            return stop
        if cook.is_bash and value.startswith("[", i + 1):
            stop = value.find("]", i, end) + 1 or end
            self.part(Substitution(None, cook.span(i, stop), quoted))
            return stop
        if cook.is_bash and not quoted and value.startswith("'", i + 1):
            stop = min(part_end(cook.lexer, i, 0), end)
            self.literal(unescaped(cook.text.cut(i + 2, stop - 1)), is_quoted=True)
            return stop
        if not (cook.is_bash and not quoted and value.startswith('"', i + 1)):
            self.literal(cook.text.cut(i, i + 1), is_quoted=quoted)
        return i + 1

    def _without_escapes(self, start: int, end: int, context: Context) -> Text | None:
        """The script inside backticks: a backslash before `$`, a backtick or a backslash is gone, and inside
        double quotes one before a double quote too. None when there are too many.
        """
        is_quoted = context in {Context.DOUBLE, Context.OPERAND}
        escape = re.compile(r'\\(?:([$`\\"])|.)' if is_quoted else r"\\(?:([$`\\])|.)", re.DOTALL)
        found = escape.finditer(self.value, start, end)
        gone = [(f.start() - start, f.start() - start + 1) for f in found if f.group(1)]
        return removed(self.cook.text.cut(start, end), gone) if self.cook.work.take(len(gone)) else None

    def _braces(self, i: int, stop: int, span: Span, context: Context) -> Part:
        found = read_braces(self.value, i + 2, stop - 1, is_bash=self.cook.is_bash)
        quoted = context is not Context.BARE
        match found:
            case None:
                return Substitution(None, span, quoted)
            case ParameterExpansion(name, operator, None):
                return Parameter(name, span, quoted, operator)
            case ParameterExpansion(name, operator, operand):
                is_pattern = operator[:1] in {"#", "%", "/"}
                inside = Context.BARE if not quoted or is_pattern else Context.OPERAND
                return Parameter(name, span, quoted, operator, self.cook.word(operand or 0, stop - 1, inside))


def _is_one(value: str, start: int, end: int) -> bool:
    """Whether the `((` at `start` is closed by the `))` that ends at `end`: arithmetic, not two subshells."""
    opened = 0
    for c in value[start : end - 1]:
        opened += (c == "(") - (c == ")")
        if not opened:
            return False
    return True


def _says_something(part: Part) -> bool:
    return bool(part.text.value) if isinstance(part, Literal) else part.is_quoted


def _requoted(part: Part, *, is_quoted: bool) -> Part:
    match part:
        case Parameter(name, span, _, operator, operand):
            return Parameter(name, span, is_quoted, operator, operand)
        case Substitution(script, span, _, is_process):
            return Substitution(script, span, is_quoted, is_process)
        case Literal():
            return part
