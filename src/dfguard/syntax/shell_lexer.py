"""Characters of a shell script to tokens: words, operators, reserved words, here-documents; nothing is expanded.

The rules are those of POSIX.1-2024 "Shell Command Language" 2.3, 2.4 and 2.10, as dash 0.5.12 and bash 5.2
apply them; what only bash knows (`[[`, `((`, `<(`, `&>`, arrays) is read in either dialect, because ash and
many an `sh` know it too.
"""

from __future__ import annotations

import re

from dfguard.core.record import Record
from dfguard.syntax.script import Dialect
from dfguard.syntax.shell_parts import (
    Unclosed,
    arithmetic_end,
    array_end,
    is_assignment,
    part_end,
    process_end,
)

WORD, OPERATOR, REDIRECT, RESERVED, ARITHMETIC, TEST = range(6)

MOST_TOKENS = 20_000
_OPENERS = frozenset({"if", "while", "until", "for", "select", "case", "{", "(", "function"})
_NEXT_IS_COMMAND = frozenset({"if", "then", "elif", "else", "while", "until", "do", "{", "!"})
_CLOSERS = frozenset({"fi", "done", "}"})
_COMPOUND = frozenset({"for", "select", "case", "function"})
_RESERVED = _NEXT_IS_COMMAND | _CLOSERS | _COMPOUND | {"esac"}

_BLANKS = re.compile(r"(?:[ \t]|\\\n|\r(?=\n))*")
_PLAIN = re.compile(r"""[^ \t\r\n\\'"`$&|;<>()]*""")
_TO_LINE_END = re.compile(r"[^\n]*")
_CONTROL = re.compile(r"&&|\|\||;;&|;;|;&|\|&|[&|;()\n]")
_JOINING = frozenset({"&&", "||", "|", "|&"})
_MAY_REDIRECT = frozenset("<>&0123456789")
_REDIRECTION = re.compile(r"(?:\d+(?=[<>]))?(?:<<<|<<-|<<|<&|<>|<|>>|>\||>&|>)|&>>|&>")

(
    COMMAND,
    ARGUMENT,
    FOR_NAME,
    FOR_IN,
    CASE_WORD,
    CASE_IN,
    PATTERN,
    PATTERN_END,
    FUNCTION_NAME,
    FUNCTION_BODY,
) = range(10)


class Token:
    """One token: `kind` is WORD ... TEST, `start` and `end` are half-open indexes; `text` is empty for words.

    Not a Record: a script makes thousands, and none leaves the parser.
    """

    __slots__ = ("end", "kind", "start", "text")

    def __init__(self, kind: int, start: int, end: int, text: str = "") -> None:
        """See the class."""
        self.kind = kind
        self.start = start
        self.end = end
        self.text = text


class Body(Record):
    """A here-document's body: indexes of its first character and of its terminator line (or the end)."""

    start: int
    end: int
    expands: bool
    strips_tabs: bool


class Stretch(Record):
    """The tokens `first <= index < after` between two separators outside every compound command. `is_compound` is
    whether the grammar is needed for it; `deepest` is the greatest nesting of compound commands in it.
    """

    first: int
    after: int
    is_compound: bool
    deepest: int


class Lexer:
    """Reads one script. After `read`: `tokens` in order, and the `stretches` they fall into; `bodies` by the index
    of their operator; `broken_at` is the index from which on nothing could be read (`why` says why), None when
    all could. `attempts` and `left` bound the work.
    """

    def __init__(self, text: str, dialect: Dialect) -> None:
        """Nothing is read yet."""
        self.text = text
        self.is_bash = dialect is Dialect.BASH
        self.tokens: list[Token] = []
        self.bodies: dict[int, Body] = {}
        self.broken_at: int | None = None
        self.why = ""
        self.stretches: list[Stretch] = []
        self.attempts = 20
        self.left = MOST_TOKENS

    def read(self) -> Lexer:
        """Read all tokens; never fails."""
        at = _Reading(self, is_recorded=True)
        try:
            at.run(0, 0)
        except Unclosed as fault:
            self.broken_at, self.why = at.word_start, fault.why
        at.close_stretch()
        return self

    def anew(self, text: str) -> Lexer:
        """A lexer of the same kind for another text; nothing of it is read."""
        return Lexer(text, Dialect.BASH if self.is_bash else Dialect.POSIX)

    def commands_end(self, start: int, depth: int) -> int:
        """The index of the unmatched `)` that ends the commands from `start` on; raise Unclosed without one."""
        end = _Reading(self, is_recorded=False).run(start, depth)
        if end >= len(self.text):
            raise Unclosed("a $( is not closed")
        return end

    def word_end(self, start: int, depth: int) -> int:
        """The index behind the word that starts at `start`; raise Unclosed when a quote in it is not closed."""
        text, i = self.text, start
        while True:
            i = _PLAIN.match(text, i).end()  # type: ignore[union-attr]  # it matches the empty string
            c = text[i : i + 1]
            if c and c in "\\'\"`$":
                i = part_end(self, i, depth)
            elif c in {"<", ">"} and text.startswith("(", i + 1):
                i = process_end(self, i, depth)
            elif c == "(" and i > start and self._is_inside(start, i):
                i = array_end(self, i, depth)
            elif c == "\r" and not text.startswith("\n", i + 1):
                i += 1
            else:
                return i

    def _is_inside(self, start: int, i: int) -> bool:
        """Whether the `(` at `i` belongs to the word that began at `start`: an array or an extended glob."""
        before = self.text[i - 1]
        return (before == "=" and is_assignment(self.text[start:i])) or (self.is_bash and before in "?*+@!")


class _Reading:
    """One run over a command list: the whole script, or the inside of one `$( )` (then nothing is recorded)."""

    def __init__(self, lexer: Lexer, *, is_recorded: bool) -> None:
        self.lexer = lexer
        self.text = lexer.text
        self.tokens: list[Token] | None = lexer.tokens if is_recorded else None
        self.state = COMMAND
        self.stack: list[str] = []
        self.pending: list[tuple[int, bool]] = []
        self.delimiters: list[tuple[int, int]] = []
        self.is_target = False
        self.is_delimiter = False
        self.is_header = False
        self.is_compound = False
        self.deepest = 0
        self.word_start = 0

    def run(self, i: int, depth: int) -> int:
        """Read from `i` on; the index of an unmatched `)`, or the length of the text."""
        text, end = self.text, len(self.text)
        while True:
            i = self.word_start = _BLANKS.match(text, i).end()  # type: ignore[union-attr]
            if i >= end:
                return end
            c = text[i]
            if c == "#":
                i = _TO_LINE_END.match(text, i).end()  # type: ignore[union-attr]
            elif (
                c in _MAY_REDIRECT
                and (found := _REDIRECTION.match(text, i))
                and not text.startswith("(", found.end())
            ):
                i = self._redirect(found)
            elif c in "&|;()\n":
                if c == ")" and not self._closes():
                    return i
                i = self._control(i)
            else:
                i = self._word(i, depth)

    def _closes(self) -> bool:
        """Whether a `)` belongs to this command list, and not to the `$(` around it."""
        return self.state == PATTERN_END or "(" in self.stack or self.tokens is not None

    def _add(self, kind: int, start: int, end: int, text: str = "") -> int:
        self.lexer.left -= 1
        if self.tokens is not None:
            self.tokens.append(Token(kind, start, end, text))
        if self.lexer.left <= 0:
            raise Unclosed(f"a script of more than {MOST_TOKENS:,} words")
        return end

    def _redirect(self, found: re.Match[str]) -> int:
        operator = found.group().lstrip("0123456789")
        self.is_target = True
        self.is_delimiter = operator in {"<<", "<<-"}
        if self.is_delimiter:
            self.pending.append((found.start(), operator == "<<-"))
        return self._add(REDIRECT, found.start(), found.end(), found.group())

    def _control(self, i: int) -> int:
        text, lexer = self.text, self.lexer
        if text[i] == "(" and self.state in {COMMAND, FOR_NAME} and text.startswith("((", i):
            end = arithmetic_end(lexer, i)
            if end is not None:
                self.state = ARGUMENT if self.state == COMMAND else COMMAND
                return self._add(ARITHMETIC, i, end)
        operator = _CONTROL.match(text, i).group()  # type: ignore[union-attr]  # the caller saw its first character
        is_joined = self.is_header or (self.tokens and self.tokens[-1].text in _JOINING)
        end = self._add(OPERATOR, i, i + len(operator), operator)
        if operator in {"\n", ";", "&"} and not self.stack and not is_joined:
            self.close_stretch()
        if operator == "\n":
            self._line_feed()
            return self._here_documents(end) if self.pending else end
        if operator in {"(", ")"}:
            self._parenthesis(operator)
        elif operator in {";;", ";&", ";;&"}:
            self.state = PATTERN
        elif self.state != PATTERN_END or operator != "|":
            self.state = COMMAND
        else:
            self.state = PATTERN
        self.is_target = False
        return end

    def _line_feed(self) -> None:
        if self.state in {ARGUMENT, PATTERN_END, FUNCTION_BODY, FOR_NAME, FUNCTION_NAME, CASE_WORD}:
            self.state = COMMAND
        self.is_target = False

    def close_stretch(self) -> None:
        """The tokens since the last stretch are one."""
        if self.tokens is not None:
            done = self.lexer.stretches[-1].after if self.lexer.stretches else 0
            if done < len(self.tokens):
                self.lexer.stretches.append(Stretch(done, len(self.tokens), self.is_compound, self.deepest))
            self.is_compound, self.deepest = False, 0

    def _parenthesis(self, operator: str) -> None:
        self.is_compound = True
        if operator == "(":
            if self.state in {PATTERN, FUNCTION_BODY}:
                return
            self._push("(")
            self.state = COMMAND
        elif self.state in {PATTERN_END, FUNCTION_BODY}:
            self.is_header = self.state == FUNCTION_BODY
            self.state = COMMAND
        else:
            while self.stack and self.stack.pop() != "(":
                pass
            self.state = COMMAND

    def _push(self, opener: str) -> None:
        self.stack.append(opener)
        self.deepest = max(self.deepest, len(self.stack))

    def _word(self, i: int, depth: int) -> int:
        end = self.lexer.word_end(i, depth)
        self.is_header = False
        if end == i:
            raise Unclosed("an unexpected character")
        if self.is_target:
            self.is_target = False
            if self.is_delimiter:
                self.delimiters.append((i, end))
            return self._add(WORD, i, end)
        if self.state == COMMAND:
            return self._command_word(i, end, depth)
        if self.state == ARGUMENT:
            return self._add(WORD, i, end)
        return self._header_word(i, end)

    def _command_word(self, i: int, end: int, depth: int) -> int:
        word = self.text[i:end]
        if word == "[[":
            self.state = ARGUMENT
            return self._add(TEST, i, self._test_end(end, depth))
        if word not in _RESERVED:
            self.state = ARGUMENT
            after = _BLANKS.match(self.text, end).end()  # type: ignore[union-attr]
            if self.text.startswith("(", after) and _is_name(word):
                self.state = FUNCTION_BODY
            return self._add(WORD, i, end)
        self.is_compound |= word != "!"
        self.is_header = word == "function"
        if word in _COMPOUND:
            self.state = {"case": CASE_WORD, "function": FUNCTION_NAME}.get(word, FOR_NAME)
        if word in _OPENERS and word != "function":
            self._push(word)
        elif (word in _CLOSERS or word == "esac") and self.stack and self.stack[-1] != "(":
            self.stack.pop()
        return self._add(RESERVED, i, end, word)

    def _header_word(self, i: int, end: int) -> int:
        """A word behind `for`, `case` or `function`, or a pattern."""
        word, state = self.text[i:end], self.state
        if state == PATTERN and word == "esac":
            if self.stack and self.stack[-1] == "case":
                self.stack.pop()
            self.state = COMMAND
            return self._add(RESERVED, i, end, word)
        if state in {FOR_IN, CASE_IN} and word == "in":
            self.state = ARGUMENT if state == FOR_IN else PATTERN
            return self._add(RESERVED, i, end, word)
        self.is_header = state == FUNCTION_NAME
        if state in {FOR_IN, FUNCTION_BODY} and word in {"do", "{"}:
            self.state = COMMAND
            return self._command_word(i, end, 0)
        self.state = {
            FOR_NAME: FOR_IN, CASE_WORD: CASE_IN, PATTERN: PATTERN_END, FUNCTION_NAME: FUNCTION_BODY,
        }.get(state, state)  # fmt: skip
        return self._add(WORD, i, end)

    def _test_end(self, i: int, depth: int) -> int:
        """The index behind the `]]` that closes a `[[`."""
        text = self.text
        while i < len(text):
            if text[i] in " \t\r\n&|<>();":
                i += 1
                continue
            end = max(self.lexer.word_end(i, depth), i + 1)
            if text[i:end] == "]]":
                return end
            i = end
        raise Unclosed("a [[ is not closed")

    def _here_documents(self, i: int) -> int:
        """Read the bodies that begin at the line start `i`; the index behind the last terminator line."""
        for (operator, strips), (start, end) in zip(self.pending, self.delimiters, strict=False):
            written = self.text[start:end]
            delimiter = re.sub(r"""\\(.)|['"]""", r"\1", written)
            expands = delimiter == written
            stop, after = _terminator(self.text, i, delimiter, expands=expands, strips=strips)
            if self.tokens is not None:
                self.lexer.bodies[operator] = Body(i, stop, expands, strips)
            i = after
        self.pending.clear()
        self.delimiters.clear()
        return i


def _is_name(word: str) -> bool:
    return not any(c in word for c in "$'\"`\\={}")


def _terminator(text: str, i: int, delimiter: str, *, expands: bool, strips: bool) -> tuple[int, int]:
    """Start of the terminator line and of the line behind it; both the end of the text without one."""
    is_continued = False
    while i < len(text):
        end = text.find("\n", i)
        end = len(text) if end < 0 else end
        line = text[i:end].removesuffix("\r")
        if not is_continued and (line.lstrip("\t") if strips else line) == delimiter:
            return i, min(end + 1, len(text))
        is_continued = expands and (len(line) - len(line.rstrip("\\"))) % 2 == 1
        i = end + 1
    return len(text), len(text)
