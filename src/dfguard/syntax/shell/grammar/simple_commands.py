"""Tokens of a simple command to a `Command` or `Test`: words, assignments, redirections."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.texts import made_up, without_tabs
from dfguard.syntax.shell.grammar.pieces import (
    ARITHMETIC,
    REDIRECT,
    TEST,
    WORD,
    Unclosed,
    is_assignment,
    word_end,
)
from dfguard.syntax.shell.grammar.quoting import Context
from dfguard.syntax.shell.nodes import Assignment, Command, Literal, Redirect, Substitution, Test, Word

if TYPE_CHECKING:
    from dfguard.core.source import Span, Text
    from dfguard.syntax.shell.grammar.lexer import Lexer
    from dfguard.syntax.shell.grammar.pieces import HereDocumentBody, ShellToken
    from dfguard.syntax.shell.grammar.quoting import Cook


_TARGET = re.compile(r"(?:\[[^\]]*\])?(\+?)=")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DECLARATIONS = frozenset({"export", "local", "readonly", "declare", "typeset"})
_BLANK = re.compile(r"(?:[ \t\r\n]|\\\n)*")


class Commands:
    """Makes the simple commands of one script."""

    def __init__(self, lexer: Lexer, cook: Cook) -> None:
        """`cook` and `lexer` are of the same text."""
        self.lexer = lexer
        self.tokens = lexer.tokens
        self.cook = cook

    def unit(self, i: int, end: int) -> tuple[Command | Test, int]:
        """The simple command whose first token is `i`, at the latest up to token `end`, and the token behind it."""
        tokens, first = self.tokens, self.tokens[i]
        if first.kind in {TEST, ARITHMETIC}:
            redirects, after = self.redirects(i + 1, end)
            return self._bracketed(first, redirects), after
        words: list[Word] = []
        assignments: list[Assignment] = []
        redirects_here: list[Redirect] = []
        start = i
        while i < end and tokens[i].kind in {WORD, REDIRECT}:
            if tokens[i].kind == REDIRECT:
                found, i = self.redirects(i, end, most=1)
                redirects_here += found
                continue
            self._word(tokens[i], words, assignments)
            i += 1
        span = self.span(start, i)
        redirects = tuple(redirects_here)
        if (test := _test_words(words)) is not None:
            return Test(span, test, redirects), i
        return Command(span, tuple(words), tuple(assignments), redirects), i

    def span(self, first: int, after: int) -> Span:
        """The source span of the tokens `first <= index < after`."""
        return self.cook.span(self.tokens[first].start, self.tokens[after - 1].end)

    def _word(self, token: ShellToken, words: list[Word], assignments: list[Assignment]) -> None:
        text = self.lexer.text[token.start : token.end]
        is_first = not words
        if is_first or words[0].raw.value in _DECLARATIONS:
            if "=" in text and is_assignment(text):
                assignments.append(self.assignment(token.start, token.end))
                return
            if not is_first and _NAME.fullmatch(text):
                assignments.append(Assignment(text, None, self.cook.span(token.start, token.end)))
                return
        words += self.words(token)

    def words(self, token: ShellToken) -> tuple[Word, ...]:
        """The word of a token; several where bash expands braces."""
        word = self.cook.word(token.start, token.end)
        return self._expanded(word) if self.lexer.is_bash and "{" in word.raw.value else (word,)

    def _expanded(self, word: Word) -> tuple[Word, ...]:
        from dfguard.syntax.shell.grammar.braces import expanded

        return expanded(word, self.cook.work)

    def assignment(self, start: int, end: int) -> Assignment:
        """`NAME=value` at these indexes."""
        text, cook = self.lexer.text, self.cook
        name = _NAME.match(text, start)
        if name is None:
            raise ValueError(f"no assignment at {start}")
        target = _TARGET.match(text, name.end())
        at = target.end() if target else end
        appends = bool(target and target.group(1))
        named = text[start : at - (2 if appends else 1)]
        span = cook.span(start, end)
        if text.startswith("(", at):
            value = Word(cook.text.cut(at, end), (Substitution(None, cook.span(at, end), False),))
            elements = self._elements(at + 1, end - 1)
            return Assignment(named, value, span, appends, None if elements is None else tuple(elements))
        return Assignment(named, cook.word(at, end), span, appends)

    def _elements(self, i: int, end: int) -> list[Word] | None:
        """The words of an array literal, comments skipped; None when there are too many."""
        words: list[Word] = []
        text = self.lexer.text
        while (i := _blank_end(text, i)) < end:
            if text[i] == "#":
                i = text.find("\n", i) if "\n" in text[i:end] else end
                continue
            try:
                after = min(max(word_end(self.lexer, i, 0), i + 1), end)
            except Unclosed:
                break
            if not self.cook.work.take(1):
                return None
            word = self.cook.word(i, after)
            words += self._expanded(word) if "{" in text[i:after] else (word,)
            i = after
        return words

    def redirects(self, i: int, end: int, most: int = 1_000_000) -> tuple[tuple[Redirect, ...], int]:
        """The redirections from token `i` on and the index of the token behind them."""
        found: list[Redirect] = []
        while i < end and self.tokens[i].kind == REDIRECT and len(found) < most:
            has_target = i + 1 < end and self.tokens[i + 1].kind == WORD
            found.append(self._redirect(self.tokens[i], self.tokens[i + 1] if has_target else None))
            i += 2 if has_target else 1
        return tuple(found), i

    def _redirect(self, token: ShellToken, target: ShellToken | None) -> Redirect:
        operator = token.text.lstrip("0123456789")
        digits = token.text[: -len(operator)]
        descriptor = int(digits) if digits else None
        span = self.cook.span(token.start, target.end if target else token.end)
        word = self.cook.word(target.start, target.end) if target else None
        found = self.lexer.bodies.get(token.start)
        if found is None:
            return Redirect(operator, span, descriptor, word)
        body = self._body(found)
        return Redirect(operator, span, descriptor, word, body, found.expands, self._content(body, found))

    def _body(self, found: HereDocumentBody) -> Text:
        """The body, with the leading tabs of each line removed for `<<-`."""
        body = self.cook.text.cut(found.start, found.end)
        return without_tabs(body, keeps_continued=found.expands) if found.strips_tabs else body

    def _content(self, body: Text, found: HereDocumentBody) -> Word:
        if found.expands and any(c in body.value for c in "$`\\"):
            return self.cook.elsewhere(body).word(0, len(body.value), Context.BODY)
        if self.cook.holes:
            return self.cook.elsewhere(body).whole()
        return Word(body, (Literal(body, True),))

    def _bracketed(self, token: ShellToken, redirects: tuple[Redirect, ...]) -> Command | Test:
        """`[[ … ]]` as a Test; `((…))` as `let "…"`, which is what bash's manual says it is."""
        span = self.cook.span(token.start, token.end)
        if token.kind == TEST:
            return Test(span, tuple(self._test(token.start + 2, token.end - 2)), redirects)
        return Command(span, self.let(token.start + 2, token.end - 2), (), redirects)

    def let(self, start: int, end: int) -> tuple[Word, ...]:
        """The words of `let "…"` for the arithmetic expression at these indexes."""
        text = self.cook.text
        name = made_up("let", text.source, text.offset(start))
        return Word(name, (Literal(name, False),)), self.cook.word(start, end, Context.DOUBLE)

    def _test(self, i: int, end: int) -> list[Word]:
        text = self.lexer.text
        words: list[Word] = []
        while (i := _blank_end(text, i)) < end:
            if words and words[-1].literal == "=~":
                after = self._regex_end(i, end)
            elif text.startswith(("&&", "||"), i):
                after = i + 2
            else:
                after = max(word_end(self.lexer, i, 0), i + 1)
            after = min(after, end)
            words.append(self.cook.word(i, after))
            i = after
        return words

    def _regex_end(self, i: int, end: int) -> int:
        """The end of the regular expression behind `=~`, in which `( ) |` are ordinary."""
        text = self.lexer.text
        while i < end and text[i] not in " \t\n":
            i = max(word_end(self.lexer, i, 0), i + 1)
        return i


def _blank_end(text: str, i: int) -> int:
    found = _BLANK.match(text, i)
    return found.end() if found else i


def _test_words(words: list[Word]) -> tuple[Word, ...] | None:
    """The operands of `[ … ]` and `test …`; None for any other command."""
    name = words[0].raw.value if words else None
    if name == "test":
        return tuple(words[1:])
    if name == "[":
        return tuple(words[1:-1] if words[-1].literal == "]" else words[1:])
    return None
