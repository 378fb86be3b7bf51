"""Characters of a shell script to tokens: words, operators, reserved words, here-documents; nothing is expanded.

The rules are those of POSIX.1-2024 "Shell Command Language" 2.3, 2.4 and 2.10, as dash 0.5.12 and bash 5.2
apply them; what only bash knows (`[[`, `((`, `<(`, `&>`, arrays) is read in either dialect, because ash and
many an `sh` know it too.

Which words are reserved where they stand, which parentheses belong together and where here-documents begin, a shell
decides while it parses; `TokenReader` keeps as much of the grammar in mind as the decision needs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.syntax.shell.grammar.pieces import (
    ARITHMETIC,
    BLANKS,
    JOINING,
    MOST_TOKENS,
    OPERATOR,
    REDIRECT,
    RESERVED,
    TEST,
    WORD,
    Open,
    Pending,
    ShellToken,
    Stretch,
    Unclosed,
    arithmetic_end,
    is_name,
    read_body,
    word_end,
)
from dfguard.syntax.shell.nodes import Dialect

if TYPE_CHECKING:
    from dfguard.syntax.shell.grammar.pieces import HereDocumentBody


class Lexer:
    """Reads one script. After `read`: `tokens` in order, and the `stretches` they fall into; `bodies` by the index
    of their operator; `broken_at` is the index from which on nothing could be read (`open` says why), None when
    all could. `attempts` and `left` bound the work.
    """

    def __init__(self, text: str, dialect: Dialect) -> None:
        """Nothing is read yet."""
        self.text = text
        self.is_bash = dialect is Dialect.BASH
        self.tokens: list[ShellToken] = []
        self.bodies: dict[int, HereDocumentBody] = {}
        self.broken_at: int | None = None
        self.open: Open | None = None
        self.stretches: list[Stretch] = []
        self.attempts = 20
        self.left = MOST_TOKENS

    def read(self) -> Lexer:
        """Read all tokens; never fails."""
        at = TokenReader(self, is_recorded=True)
        try:
            at.run(0, 0)
        except Unclosed as fault:
            self.broken_at, self.open = at.word_start, fault.what
        at.close_stretch()
        return self

    def anew(self, text: str) -> Lexer:
        """A lexer of the same kind for another text; nothing of it is read."""
        return Lexer(text, Dialect.BASH if self.is_bash else Dialect.POSIX)

    def commands_end(self, start: int, depth: int) -> int:
        """The index of the unmatched `)` that ends the commands from `start` on; raise Unclosed without one."""
        end = TokenReader(self, is_recorded=False).run(start, depth)
        if end >= len(self.text):
            raise Unclosed(Open.SUBSTITUTION)
        return end


_OPENERS = frozenset({"if", "while", "until", "for", "select", "case", "{", "("})
_NEXT_IS_COMMAND = frozenset({"if", "then", "elif", "else", "while", "until", "do", "{", "!"})
_CLOSERS = frozenset({"fi", "done", "}", "esac"})
_HEADERS = frozenset({"for", "select", "case", "function"})
_RESERVED = _NEXT_IS_COMMAND | _CLOSERS | _HEADERS

_TO_LINE_END = re.compile(r"[^\n]*")
_CONTROL = re.compile(r"&&|\|\||;;&|;;|;&|\|&|[&|;()\n]")
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


class TokenReader:
    """One run over a command list: the whole script, or the inside of one `$( )` (then nothing is recorded)."""

    def __init__(self, lexer: Lexer, *, is_recorded: bool) -> None:
        self.lexer = lexer
        self.text = lexer.text
        self.tokens: list[ShellToken] | None = lexer.tokens if is_recorded else None
        self.state = COMMAND
        self.stack: list[str] = []
        self.pending: list[Pending] = []
        self.redirection: tuple[int, str] | None = None
        self.is_header = False
        self.word_start = 0

    def run(self, i: int, depth: int) -> int:
        """Read from `i` on; the index of an unmatched `)`, or the length of the text."""
        text, end = self.text, len(self.text)
        while True:
            i = self.word_start = BLANKS.match(text, i).end()  # type: ignore[union-attr]
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
            self.tokens.append(ShellToken(kind, start, end, text))
        if self.lexer.left <= 0:
            raise Unclosed(Open.LONG)
        return end

    def _redirect(self, found: re.Match[str]) -> int:
        self.redirection = (found.start(), found.group().lstrip("0123456789"))
        return self._add(REDIRECT, found.start(), found.end(), found.group())

    def _control(self, i: int) -> int:
        text, lexer = self.text, self.lexer
        if text[i] == "(" and self.state in {COMMAND, FOR_NAME} and text.startswith("((", i):
            end = arithmetic_end(lexer, i)
            if end is not None:
                self.state = COMMAND
                return self._add(ARITHMETIC, i, end)
        operator = _CONTROL.match(text, i).group()  # type: ignore[union-attr]  # the caller saw its first character
        is_joined = self.is_header or (self.tokens and self.tokens[-1].text in JOINING)
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
        self.redirection = None
        return end

    def _line_feed(self) -> None:
        if self.state in {ARGUMENT, PATTERN_END, FUNCTION_BODY, FOR_NAME, FUNCTION_NAME, CASE_WORD}:
            self.state = COMMAND
        self.redirection = None

    def close_stretch(self) -> None:
        """The tokens since the last stretch are one."""
        if self.tokens is not None:
            done = self.lexer.stretches[-1].after if self.lexer.stretches else 0
            if done < len(self.tokens):
                self.lexer.stretches.append(Stretch(done, len(self.tokens)))

    def _parenthesis(self, operator: str) -> None:
        if operator == "(":
            if self.state in {PATTERN, FUNCTION_BODY}:
                return
            self.stack.append("(")
            self.state = COMMAND
        elif self.state in {PATTERN_END, FUNCTION_BODY}:
            self.is_header = self.state == FUNCTION_BODY
            self.state = COMMAND
        else:
            while self.stack and self.stack.pop() != "(":
                pass
            self.state = COMMAND

    def _word(self, i: int, depth: int) -> int:
        end = word_end(self.lexer, i, depth)
        self.is_header = False
        if end == i:
            raise Unclosed(Open.CHARACTER)
        if self.redirection:
            start, operator = self.redirection
            self.redirection = None
            if self.state == COMMAND:
                self.state = ARGUMENT  # no word after a redirection is reserved
            if operator in {"<<", "<<-"}:
                self.pending.append(Pending(start, self.text[i:end], operator == "<<-"))
            return self._add(WORD, i, end)
        if self.state == COMMAND:
            return self._command_word(i, end, depth)
        if self.state == ARGUMENT:
            return self._add(WORD, i, end)
        return self._header_word(i, end)

    def _command_word(self, i: int, end: int, depth: int) -> int:
        word = self.text[i:end]
        if word == "[[":
            return self._add(TEST, i, self._test_end(end, depth))
        if word not in _RESERVED:
            self.state = ARGUMENT
            after = BLANKS.match(self.text, end).end()  # type: ignore[union-attr]
            if self.text.startswith("(", after) and is_name(word):
                self.state = FUNCTION_BODY
            return self._add(WORD, i, end)
        self.is_header = word == "function"
        if word in _HEADERS:
            self.state = {"case": CASE_WORD, "function": FUNCTION_NAME}.get(word, FOR_NAME)
        if word in _OPENERS:
            self.stack.append(word)
        elif word in _CLOSERS and self.stack and self.stack[-1] != "(":
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
        if (state == FOR_IN and word in {"do", "{"}) or (state == FUNCTION_BODY and word in _OPENERS):
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
            end = max(word_end(self.lexer, i, depth), i + 1)
            if text[i:end] == "]]":
                return end
            i = end
        raise Unclosed(Open.TEST)

    def _here_documents(self, i: int) -> int:
        """Read the bodies that begin at the line start `i`; the index behind the last terminator line."""
        for pending in self.pending:
            body, i = read_body(self.text, i, pending)
            if self.tokens is not None:
                self.lexer.bodies[pending.operator] = body
        self.pending.clear()
        return i
