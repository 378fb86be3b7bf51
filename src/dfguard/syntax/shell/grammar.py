"""Tokens to the text the grammar reads, and the grammar's tree to `Structure`s: where compound commands begin and end.

tree-sitter-bash decides how `if`, `for`, `while`, `case`, functions, groups and subshells nest. It is given a text
of its own, in which every word is `a`: quotes, expansions, here-documents, tests and the redirections of simple
commands, the places where its lexing and a shell's differ, are gone before it looks. What a shell allows and the
grammar does not know (`fi fi`, `for x do`, `for x in; do`, `a & ;;`) is spelt in a way it knows.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from dfguard.core.record import Record
from dfguard.syntax.shell.tokens import ARITHMETIC, JOINING, OPERATOR, REDIRECT, RESERVED, WORD, Token

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
    "if then elif else fi for in do done while until case esac ;; { } ( )".split()  # noqa: SIM905
)
_CLOSERS = frozenset({"fi", "done", "esac", "}", ")"})
_FOLLOWS_CLOSER = frozenset({"fi", "done", "esac", "}", "then", "do", "elif", "else"})
_SPELLINGS = {"&": ";", ";&": ";;", ";;&": ";;", "|&": "|", "select": "for", "!": ""}
SYNTAX = "a syntax error"


class Structure(Record):
    """One compound command: `kind` is the word or bracket it begins with (`function` for a function), `marks` are
    its own keywords in order, `body` is where a function's body begins. All numbers are indexes of tokens.
    """

    kind: str
    first: int
    after: int
    marks: tuple[tuple[str, int], ...]
    body: int


class Grammar(Record):
    """What the grammar said: structures by their first token, and the tokens that could not be read: first, the
    one behind the last, and why.
    """

    structures: dict[int, Structure]
    errors: list[tuple[int, int, str]]


class Masked(Record):
    """The text for the grammar, and where in it each of the tokens begins."""

    text: bytes
    starts: list[int]


def masked(tokens: list[Token]) -> Masked:
    """The tokens as a text for the grammar."""
    pieces: list[str] = []
    starts: list[int] = []
    length = 0
    may_redirect = is_target = False
    for i, token in enumerate(tokens):
        before = tokens[i - 1] if i else None
        following = tokens[i + 1] if i + 1 < len(tokens) else None
        is_redirect = token.kind == REDIRECT and may_redirect
        lead = _lead(token, before)
        text = ">" if is_redirect else _spelling(token, before, following)
        starts.append(length + len(lead))
        pieces.append(f"{lead}{text} ")
        length += len(lead) + len(text) + 1
        if not is_redirect and not is_target:
            may_redirect = token.text in _CLOSERS
        is_target = is_redirect
    return Masked("".join(pieces).encode(), starts)


def _lead(token: Token, before: Token | None) -> str:
    """What the grammar needs before a token, and a shell does not."""
    if token.kind != RESERVED or before is None or token.text not in _FOLLOWS_CLOSER:
        return ""
    is_bare_header = token.text == "do" and (before.kind in {WORD, ARITHMETIC} or before.text == "in")
    return "; " if before.text in _CLOSERS or is_bare_header else ""


def _spelling(token: Token, before: Token | None, following: Token | None) -> str:
    if token.text == "\n":
        is_free = before is None or before.text not in JOINING
        return "\n" if is_free and not (following and following.text == "in") else ""
    if token.text == "&" and following and following.text in {";;", ";&", ";;&"}:
        return ""
    if token.text == "for" and following and following.kind == ARITHMETIC:
        return "while"
    if token.text == "in" and following and following.kind != WORD and before and before.kind == WORD:
        return "in a" if following.text in {";", "\n", "do"} else "in"
    if token.kind in {OPERATOR, RESERVED}:
        return _SPELLINGS.get(token.text, token.text)
    return "a"


def read_tree(tree: Any, text: Masked, offset: int, into: Grammar) -> None:
    """Add what stands in a tree of tree-sitter-bash, made of a masked text whose first token has index `offset`."""
    _Walk(text, offset, into).run(tree)


class _Open:
    """A compound command whose end has not been met."""

    def __init__(self, kind: str, first: int, after: int) -> None:
        self.kind, self.first, self.after = kind, first, after
        self.marks: list[tuple[str, int]] = []
        self.body = first


class _Walk:
    """Visits the tree without recursion."""

    def __init__(self, text: Masked, offset: int, into: Grammar) -> None:
        self.starts = text.starts
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
        first = self.offset + bisect_left(self.starts, node.start_byte)
        after = self.offset + bisect_left(self.starts, node.end_byte)
        if current and field == "body" and current.kind == "function":
            current.body = first
        if node.is_missing:
            start = min(first, current.first) if current else max(first - 1, self.offset)
            self.errors.append((start, max(after, current.after if current else 0, start + 1), SYNTAX))
        elif kind == "ERROR":
            self.errors.append((first, max(after, first + 1), SYNTAX))
            self.open.append(None)
            return False
        elif kind in _MARKS and current and not node.is_named:
            current.marks.append((kind, first))
        opened = _Open(_KINDS[kind], first, after) if kind in _KINDS else None
        self.open.append(opened)
        if opened:
            self.compounds.append(opened)
        return True

    def _leave(self) -> None:
        closed = self.open.pop()
        if closed:
            self.compounds.pop()
            self.found[closed.first] = Structure(
                closed.kind, closed.first, closed.after, tuple(closed.marks), closed.body
            )
