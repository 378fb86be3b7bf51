"""Tokens to the text the grammar reads, and the grammar's tree to `Structure`s: where compound commands begin and end.

tree-sitter-bash decides how `if`, `for`, `while`, `case`, functions, groups and subshells nest. It gets a text of
the same length in which every word is `aaa`: quotes, expansions, here-documents, tests and redirections
of simple commands, the places where its lexing and a shell's differ, are gone before it looks.
"""

from __future__ import annotations

from typing import Any

from dfguard.core.record import Record
from dfguard.syntax.shell_lexer import ARITHMETIC, OPERATOR, REDIRECT, RESERVED, WORD, Token

_KINDS = {
    "if_statement": "if",
    "for_statement": "for",
    "while_statement": "while",
    "case_statement": "case",
    "function_definition": "function",
    "compound_statement": "{",
    "subshell": "(",
}
_MARKS = frozenset(
    {
        "if",
        "then",
        "elif",
        "else",
        "fi",
        "for",
        "in",
        "do",
        "done",
        "while",
        "until",
        "case",
        "esac",
        ";;",
        "{",
        "}",
        "(",
        ")",
    }
)
_CLOSERS = frozenset({"fi", "done", "esac", "}", ")"})
_FOLLOWS_CLOSER = frozenset({"fi", "done", "esac", "}", "then", "do", "elif", "else"})
SYNTAX = "a syntax error"
_JOINING = frozenset({"|", "|&", "&&", "||"})


class Structure(Record):
    """One compound command: `kind` is the word or bracket it begins with (`function` for a function), `marks` are
    the indexes of its own keywords in order, `body` is where a function's body begins.
    """

    kind: str
    start: int
    end: int
    marks: tuple[tuple[str, int], ...]
    body: int = 0


class Grammar(Record):
    """What the grammar said: structures by where they begin, and what could not be read (start, end, why),
    ascending. All indexes are of the script's text.
    """

    structures: dict[int, Structure]
    errors: list[tuple[int, int, str]]


def masked(tokens: list[Token]) -> bytes:
    """The text for the grammar: one byte for each character from the first token to the last."""
    offset = tokens[0].start
    tokens = [Token(token.kind, token.start - offset, token.end - offset, token.text) for token in tokens]
    out = bytearray(b" " * tokens[-1].end)
    before: Token | None = None
    may_redirect = is_target = False
    for i, token in enumerate(tokens):
        if token.kind == REDIRECT and may_redirect:
            out[token.start] = ord(">")
            is_target = True
        elif token.kind == OPERATOR:
            _operator(out, token, tokens[i + 1] if i + 1 < len(tokens) else None, before)
        elif token.kind == RESERVED:
            _reserved(out, token, before)
        else:
            _word(out, token, before, tokens[i + 1] if i + 1 < len(tokens) else None)
        if not (token.kind == REDIRECT and may_redirect) and not is_target:
            may_redirect = token.text in _CLOSERS
        is_target = token.kind == REDIRECT and is_target
        before = token
    return bytes(out)


def _operator(out: bytearray, token: Token, following: Token | None, before: Token | None) -> None:
    text = token.text
    if text == "\n":
        is_needed = before is None or before.text not in _JOINING
        if is_needed and not (following and following.text == "in"):
            out[token.start] = ord("\n")
        return
    if text == "&":
        text = " " if following and following.text in {";;", ";&", ";;&"} else ";"
    elif text in {";&", ";;&"}:
        text = ";;"
    elif text == "|&":
        text = "|"
    out[token.start : token.start + len(text)] = text.encode()


def _reserved(out: bytearray, token: Token, before: Token | None) -> None:
    if token.text == "!":
        return
    text = "for" if token.text == "select" else token.text
    out[token.start : token.start + len(text)] = text.encode()
    if before is None or before.end >= token.start or token.text not in _FOLLOWS_CLOSER:
        return
    if before.text in _CLOSERS or (token.text == "do" and before.kind in {WORD, ARITHMETIC}):
        out[before.end] = ord(";")


def _word(out: bytearray, token: Token, before: Token | None, following: Token | None) -> None:
    if token.kind == ARITHMETIC and before and before.text == "for":
        out[before.start : before.start + 5] = b"while"
        start, end = max(token.start, before.start + 6), token.end
        if following and following.kind == RESERVED:
            out[end - 1] = ord(";")
            end -= 1
        out[start:end] = b"a" * (end - start)
        return
    out[token.start : token.end] = b"a" * (token.end - token.start)


def read_tree(tree: Any, offset: int, into: Grammar) -> None:
    """Add what stands in a tree of tree-sitter-bash, made of the `masked` text that begins at `offset`."""
    _Walk(offset, into).run(tree)


class _Open:
    """A compound command whose end has not been met."""

    def __init__(self, kind: str, start: int, end: int) -> None:
        self.kind, self.start, self.end = kind, start, end
        self.marks: list[tuple[str, int]] = []
        self.body = 0


class _Walk:
    """Visits the tree without recursion."""

    def __init__(self, offset: int, into: Grammar) -> None:
        self.offset = offset
        self.found = into.structures
        self.errors = into.errors
        self.open: list[_Open | None] = []
        self.compounds: list[_Open] = []

    def run(self, tree: Any) -> None:
        cursor = tree.walk()
        while True:
            if self._enter(cursor.node, cursor.field_name) and cursor.goto_first_child():
                continue
            self._leave()
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    return
                self._leave()

    def _enter(self, node: Any, field: str | None) -> bool:
        """Note the node; whether to look inside."""
        kind, current = node.type, self.compounds[-1] if self.compounds else None
        start, end = node.start_byte + self.offset, node.end_byte + self.offset
        if current and field == "body" and current.kind == "function":
            current.body = start
        if node.is_missing:
            from_there = min(start, current.start) if current else start
            self.errors.append((from_there, max(end, current.end if current else 0, start + 1), SYNTAX))
        elif kind == "ERROR":
            self.errors.append((start, max(end, start + 1), SYNTAX))
            self.open.append(None)
            return False
        elif kind in _MARKS and current and not node.is_named:
            current.marks.append((kind, start))
        opened = _Open(_KINDS[kind], start, end) if kind in _KINDS else None
        self.open.append(opened)
        if opened:
            self.compounds.append(opened)
        return True

    def _leave(self) -> None:
        closed = self.open.pop()
        if closed:
            self.compounds.pop()
            self.found[closed.start] = Structure(
                closed.kind, closed.start, closed.end, tuple(closed.marks), closed.body
            )
