"""Tokens and `Structure`s to the nodes of a script: sequences, lists, pipelines, compound commands."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING

from dfguard.core.source import Span
from dfguard.syntax.shell.grammar import SYNTAX, Grammar, Structure
from dfguard.syntax.shell.nodes import (
    AndOr,
    Background,
    Branch,
    Case,
    CaseArm,
    Command,
    For,
    Function,
    Group,
    If,
    Negation,
    Node,
    Opaque,
    Pipeline,
    Redirect,
    Sequence,
    Test,
    While,
    Word,
)
from dfguard.syntax.shell.tokens import OPERATOR, RESERVED, WORD

if TYPE_CHECKING:
    from dfguard.syntax.shell.simple_commands import Commands

LONGEST_LEFT = 32
FEW = 4
MOST_TURNS = 8
"""A list of up to LONGEST_LEFT commands nests to the left. Longer ones, and those with compound commands, are
halved again and again from FEW on, which means the same, and may change between `&&` and `||` MOST_TURNS times:
so no walk over the nodes gets deep."""

_LISTS = frozenset({"&&", "||"})
_PIPES = frozenset({"|", "|&"})
_SEPARATORS = frozenset({";", "\n", ";;", ";&", ";;&"})


class Broken(Exception):
    """The tokens from an index on make no command."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


class Assembler:
    """Builds the nodes of one script out of its tokens."""

    def __init__(self, commands: Commands, grammar: Grammar) -> None:
        """`grammar` is empty for a script without compound commands."""
        self.commands = commands
        self.tokens = commands.tokens
        self.structures = grammar.structures
        self.errors = sorted(grammar.errors)
        self.broken: list[Span] = []

    def sequence(self, i: int, end: int) -> Sequence:
        """The nodes of the tokens `i <= index < end`, one after the other."""
        items: list[Node] = []
        first = i
        while i < end:
            if self._is_operator(i, _SEPARATORS):
                i += 1
                continue
            try:
                node, i = self._list(i, end)
            except Broken as fault:
                node, i = self._opaque(i, self._recovery(max(fault.at, i), end), SYNTAX)
            if i < end and self._is_operator(i, {"&"}):
                node = Background(Span(node.span.start, self.commands.span(i, i + 1).end), node)
                i += 1
            items.append(node)
        if items:
            return Sequence(Span(items[0].span.start, items[-1].span.end), tuple(items))
        at = self.tokens[min(first, len(self.tokens) - 1)].start if self.tokens else 0
        return Sequence(self.commands.cook.span(at, at), ())

    def _is_operator(self, i: int, texts: frozenset[str] | set[str]) -> bool:
        token = self.tokens[i]
        return token.kind == OPERATOR and token.text in texts

    def _recovery(self, i: int, end: int) -> int:
        """The index of the next separator behind a syntax error."""
        i += 1
        while i < end and not self._is_operator(i, {";", "\n"}):
            i += 1
        return min(i, end)

    def _opaque(self, i: int, after: int, why: str) -> tuple[Opaque, int]:
        span = self.commands.span(i, max(after, i + 1))
        self.broken.append(span)
        return Opaque(span, why), max(after, i + 1)

    def _list(self, i: int, end: int) -> tuple[Node, int]:
        """`a && b || c`."""
        node, i = self._pipeline(i, end)
        links: list[tuple[str, list[Node]]] = []
        while i < end and self._is_operator(i, _LISTS):
            operator = self.tokens[i].text
            right, i = self._pipeline(self._behind_line_feeds(i + 1, end), end)
            if not links or links[-1][0] != operator:
                links.append((operator, []))
            links[-1][1].append(right)
        if i < end and not self._is_operator(i, _SEPARATORS | {"&"}):
            raise Broken(i)
        operands = [node, *(right for _, nodes in links for right in nodes)]
        is_flat = all(isinstance(operand, Command | Test) for operand in operands)
        if len(links) > (LONGEST_LEFT if is_flat else MOST_TURNS):
            return Opaque(Span(node.span.start, operands[-1].span.end), "a list of too many && and ||"), i
        longest = LONGEST_LEFT if is_flat and len(operands) <= LONGEST_LEFT else FEW
        for operator, nodes in links:
            node = _folded(operator, [node, *nodes], longest)
        return node, i

    def _behind_line_feeds(self, i: int, end: int) -> int:
        while i < end and self._is_operator(i, {"\n"}):
            i += 1
        return i

    def _pipeline(self, i: int, end: int) -> tuple[Node, int]:
        start, is_negated = i, False
        while i < end and self.tokens[i].kind == RESERVED and self.tokens[i].text == "!":
            is_negated = not is_negated
            i += 1
        node, i = self._unit(i, end)
        parts = [node]
        while i < end and self._is_operator(i, _PIPES):
            node, i = self._unit(self._behind_line_feeds(i + 1, end), end)
            parts.append(node)
        span = Span(self.commands.span(start, start + 1).start, node.span.end)
        if len(parts) > 1:
            return Pipeline(span, tuple(parts), is_negated), i
        return (Negation(span, node) if is_negated else node), i

    def _unit(self, i: int, end: int) -> tuple[Node, int]:
        """A simple or compound command."""
        if i >= end:
            raise Broken(end - 1)
        token = self.tokens[i]
        if (error := self._error_at(i)) is not None:
            return self._opaque(i, min(error[1], end), error[2])
        structure = self.structures.get(i)
        if structure is not None:
            return self._compound(structure, i, end)
        if token.kind in {OPERATOR, RESERVED}:
            raise Broken(i)
        return self.commands.unit(i, end)

    def _error_at(self, index: int) -> tuple[int, int, str] | None:
        at = bisect_left(self.errors, (index + 1, 0, "")) - 1
        return self.errors[at] if at >= 0 and self.errors[at][1] > index else None

    def _compound(self, structure: Structure, i: int, end: int) -> tuple[Node, int]:
        after = structure.after
        if after > end:
            raise Broken(i)
        span = self.commands.span(i, after)
        if structure.kind == "function":
            return self._function(structure, i, span, after)
        redirects, behind = self.commands.redirects(after, end)
        if redirects:
            span = Span(span.start, redirects[-1].span.end)
        marks = list(structure.marks)
        build = {"if": self._if, "for": self._for, "while": self._while, "case": self._case}.get(
            structure.kind, self._group
        )
        return build(marks, span, redirects), behind

    def _block(self, i: int, end: int) -> Node:
        """The node of a body: the only item, or the sequence."""
        sequence = self.sequence(i, end)
        return sequence.items[0] if len(sequence.items) == 1 else sequence

    def _function(self, structure: Structure, i: int, span: Span, after: int) -> tuple[Node, int]:
        name = self.tokens[i + 1 if self.tokens[i].text == "function" else i]
        if not i < structure.body < after:
            raise Broken(i)
        body, _ = self._unit(structure.body, after)
        return Function(span, self.commands.lexer.text[name.start : name.end], body), after

    def _group(self, marks: _Marks, span: Span, redirects: tuple[Redirect, ...]) -> Node:
        (opened, start), (_, stop) = _first(marks, "{("), _last(marks, "})")
        return Group(span, self._block(start + 1, stop), opened == "(", redirects)

    def _if(self, marks: _Marks, span: Span, redirects: tuple[Redirect, ...]) -> Node:
        branches: list[Branch] = []
        test: Node | None = None
        for (kind, at), (_, stop) in pairwise(marks):
            if kind in {"if", "elif"}:
                test = self._block(at + 1, stop)
            elif kind in {"then", "else"}:
                branches.append(Branch(test if kind == "then" else None, self._block(at + 1, stop)))
        return If(span, tuple(branches), redirects)

    def _while(self, marks: _Marks, span: Span, redirects: tuple[Redirect, ...]) -> Node:
        (kind, start), (_, do), (_, done) = _loop(marks, ("while", "until"))
        if self.tokens[start].text == "for":
            return self._counting(start + 1, do, done, span, redirects)
        test, body = self._block(start + 1, do), self._block(do + 1, done)
        return While(span, test, body, kind == "until", redirects)

    def _counting(self, header: int, do: int, done: int, span: Span, redirects: tuple[Redirect, ...]) -> Node:
        """`for ((a; b; c))` as `let a; while let b; do …; let c; done`."""
        token, text = self.tokens[header], self.commands.lexer.text
        lets: list[Command] = []
        at, stop = token.start + 2, token.end - 2
        place = self.commands.span(header, header + 1)
        for clause in text[at:stop].split(";"):
            lets.append(Command(place, self.commands.let(at, at + len(clause))))
            at += len(clause) + 1
        if len(lets) != 3:
            raise Broken(header)
        body = self._block(do + 1, done)
        loop = While(span, lets[1], Sequence(body.span, (body, lets[2])), False, redirects)
        return Sequence(span, (lets[0], loop))

    def _for(self, marks: _Marks, span: Span, redirects: tuple[Redirect, ...]) -> Node:
        (_, start), (_, do), (_, done) = _loop(marks, ("for",))
        name = self.tokens[start + 1]
        words: list[Word] | None = None
        if any(kind == "in" for kind, _ in marks):
            _, at = _first(marks, ("in",))
            words = []
            for token in self.tokens[at + 1 : do]:
                if token.kind == WORD:
                    words += self.commands.words(token)
        text = self.commands.lexer.text[name.start : name.end]
        return For(span, text, None if words is None else tuple(words), self._block(do + 1, done), redirects)

    def _case(self, marks: _Marks, span: Span, redirects: tuple[Redirect, ...]) -> Node:
        (_, start), (_, at) = _first(marks, ("case",)), _first(marks, ("in",))
        _, esac = _last(marks, ("esac",))
        stops = [index for kind, index in marks if kind == ";;"]
        arms: list[CaseArm] = []
        i = at + 1
        for stop in [*stops, esac]:
            i = self._behind_line_feeds(i, stop)
            if i < stop:
                arms.append(self._arm(i, stop))
            i = stop + 1
        subject = self.tokens[start + 1]
        return Case(span, self.commands.cook.word(subject.start, subject.end), tuple(arms), redirects)

    def _arm(self, i: int, stop: int) -> CaseArm:
        patterns: list[Word] = []
        while i < stop and not self._is_operator(i, {")"}):
            token = self.tokens[i]
            if token.kind == WORD:
                patterns.append(self.commands.cook.word(token.start, token.end))
            i += 1
        return CaseArm(tuple(patterns), self._block(i + 1, stop))


_Marks = list[tuple[str, int]]


def _first(marks: _Marks, kinds: str | tuple[str, ...]) -> tuple[str, int]:
    for mark in marks:
        if mark[0] in kinds:
            return mark
    raise Broken(marks[0][1] if marks else 0)


def _last(marks: _Marks, kinds: str | tuple[str, ...]) -> tuple[str, int]:
    return _first(marks[::-1], kinds)


def _loop(
    marks: _Marks, openers: tuple[str, ...]
) -> tuple[tuple[str, int], tuple[str, int], tuple[str, int]]:
    return _first(marks, openers), _first(marks, ("do",)), _last(marks, ("done",))


def _folded(operator: str, nodes: list[Node], longest: int) -> Node:
    if len(nodes) > longest:
        half = len(nodes) // 2
        nodes = [_folded(operator, nodes[:half], longest), _folded(operator, nodes[half:], longest)]
    node = nodes[0]
    for right in nodes[1:]:
        node = AndOr(Span(node.span.start, right.span.end), operator, node, right)
    return node
