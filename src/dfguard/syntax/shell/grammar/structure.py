"""Tokens to the nodes of a script: sequences, lists, pipelines, compound commands, functions."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from dfguard.core.source import Span
from dfguard.syntax.shell.grammar.pieces import ARITHMETIC, OPERATOR, REDIRECT, RESERVED, WORD, is_name
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
    Pipeline,
    Sequence,
    Test,
    UnreadNode,
    While,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.syntax.shell.grammar.pieces import ShellToken, Stretch
    from dfguard.syntax.shell.grammar.simple_commands import Commands
    from dfguard.syntax.shell.nodes import Node, Redirect, Word


DEEP = "nested too deeply"
SYNTAX = "a syntax error"

LONGEST_LEFT = 32
FEW = 4
MOST_TURNS = 8
"""A list of up to LONGEST_LEFT commands nests to the left. Longer ones, and those with compound commands, are
halved again and again from FEW on, which means the same, and may change between `&&` and `||` MOST_TURNS times:
so no walk over the nodes gets deep."""

_LISTS = frozenset({"&&", "||"})
_PIPES = frozenset({"|", "|&"})
_ENDS_ARM = (";;", ";&", ";;&")
_ENDS_STRETCH = frozenset({";", "\n", "&"})


class Broken(Exception):
    """The tokens of a stretch make no command; `why` says in which way."""

    def __init__(self, why: str = SYNTAX) -> None:
        super().__init__(why)
        self.why = why


class Assembler:
    """Builds the nodes of one script from its tokens, by recursive descent over the grammar of POSIX.1-2024 2.10."""

    def __init__(self, commands: Commands, stretches: list[Stretch], deepest: int) -> None:
        """`stretches` cover the tokens; compound commands nest at most `deepest` times."""
        self.commands = commands
        self.tokens = commands.tokens
        self.end = len(commands.tokens)
        self.stretches = stretches
        self.left = deepest
        self.broken: list[Span] = []
        self.compounds = {
            "if": self._if,
            "for": self._for,
            "select": self._for,
            "while": self._while,
            "until": self._while,
            "case": self._case,
            "function": self._function,
            "{": self._group,
            "(": self._group,
        }

    def script(self) -> Sequence:
        """The nodes of all tokens, one after the other. A stretch with a syntax error is Opaque from the command
        that has it on: a shell reads a compound command whole before it runs any of it.
        """
        items: list[Node] = []
        i = 0
        while i < self.end:
            if self.tokens[i].text == "\n":
                i += 1
                continue
            left = self.left
            try:
                node, after = self._item(i)
                if after < self.end:
                    after = self._after_item(node, after)
            except Broken as fault:
                self.left = left
                node, after = self._opaque(i, fault.why)
            items.append(node)
            i = after
        return self._sequence_of(items, 0)

    def _opaque(self, i: int, why: str) -> tuple[UnreadNode, int]:
        """The tokens from `i` to the end of its stretch, and the index of the token after it."""
        after = self.stretches[bisect_right(self.stretches, i, key=_first_token) - 1].after
        last = after
        while last > i + 1 and self.tokens[last - 1].text in _ENDS_STRETCH:
            last -= 1
        span = self.commands.span(i, last)
        self.broken.append(span)
        return UnreadNode(span, why), after

    def _sequence_of(self, items: list[Node], first: int) -> Sequence:
        if items:
            return Sequence(Span(items[0].span.start, items[-1].span.end), tuple(items))
        at = self.tokens[min(first, self.end - 1)].start if self.tokens else 0
        return Sequence(self.commands.cook.span(at, at), ())

    def _text(self, i: int) -> str:
        """The operator or reserved word at `i`; empty for a word and after the last token."""
        return self.tokens[i].text if i < self.end else ""

    def _after(self, i: int, *texts: str) -> int:
        """The index after the token `i`, which must be one of these."""
        if self._text(i) not in texts:
            raise Broken
        return i + 1

    def _after_line_feeds(self, i: int) -> int:
        while self._text(i) == "\n":
            i += 1
        return i

    def _word(self, i: int) -> ShellToken:
        if i >= self.end or self.tokens[i].kind != WORD:
            raise Broken
        return self.tokens[i]

    def _block(self, i: int, *stops: str, may_be_empty: bool = False) -> tuple[Node, int]:
        """The commands from `i` up to one of the words or operators that end them, and the index of that token."""
        items: list[Node] = []
        first = i
        while self._text(i) not in stops:
            if self._text(i) == "\n":
                i += 1
                continue
            node, i = self._item(i)
            items.append(node)
            if self._text(i) not in stops:
                i = self._after_item(node, i)
        if not items and not may_be_empty:
            raise Broken
        return (items[0] if len(items) == 1 else self._sequence_of(items, first)), i

    def _after_item(self, node: Node, i: int) -> int:
        """The index after what separates an item from the next one: `;`, a line feed, or its own `&`."""
        return i if isinstance(node, Background) else self._after(i, ";", "\n")

    def _item(self, i: int) -> tuple[Node, int]:
        """A list, and its `&`."""
        node, i = self._list(i)
        if self._text(i) == "&":
            node = Background(Span(node.span.start, self.commands.span(i, i + 1).end), node)
            i += 1
        return node, i

    def _list(self, i: int) -> tuple[Node, int]:
        """`a && b || c`."""
        node, i = self._pipeline(i)
        links: list[tuple[str, list[Node]]] = []
        while (operator := self._text(i)) in _LISTS:
            right, i = self._pipeline(self._after_line_feeds(i + 1))
            if not links or links[-1][0] != operator:
                links.append((operator, []))
            links[-1][1].append(right)
        operands = [node, *(right for _, nodes in links for right in nodes)]
        is_flat = all(isinstance(operand, Command | Test) for operand in operands)
        if len(links) > (LONGEST_LEFT if is_flat else MOST_TURNS):
            return UnreadNode(Span(node.span.start, operands[-1].span.end), "a list of too many && and ||"), i
        longest = LONGEST_LEFT if is_flat and len(operands) <= LONGEST_LEFT else FEW
        for operator, nodes in links:
            node = _folded(operator, [node, *nodes], longest)
        return node, i

    def _pipeline(self, i: int) -> tuple[Node, int]:
        start, is_negated = i, False
        while self._text(i) == "!":
            is_negated = not is_negated
            i += 1
        node, i = self._unit(i)
        parts = [node]
        while self._text(i) in _PIPES:
            node, i = self._unit(self._after_line_feeds(i + 1))
            parts.append(node)
        span = Span(self.commands.span(start, start + 1).start, node.span.end)
        if len(parts) > 1:
            return Pipeline(span, tuple(parts), is_negated), i
        return (Negation(span, node) if is_negated else node), i

    def _unit(self, i: int) -> tuple[Node, int]:
        """A simple or compound command, or a function."""
        if i >= self.end:
            raise Broken
        token = self.tokens[i]
        if token.kind in {OPERATOR, RESERVED}:
            read = self.compounds.get(token.text)
            if read is None:
                raise Broken
            return self._nested(read, i)
        if self._text(i + 1) == "(" and token.kind == WORD:
            return self._nested(self._function, i)
        return self.commands.unit(i, self.end)

    def _nested(self, read: Callable[[int], tuple[Node, int]], i: int) -> tuple[Node, int]:
        if not self.left:
            raise Broken(DEEP)
        self.left -= 1
        found = read(i)
        self.left += 1
        return found

    def _end(self, i: int, after: int) -> tuple[Span, tuple[Redirect, ...], int]:
        """Where the compound command of the tokens `i` to `after` stands, its redirections, and the index after it."""
        redirects, behind = self.commands.redirects(after, self.end)
        span = self.commands.span(i, after)
        return (Span(span.start, redirects[-1].span.end) if redirects else span), redirects, behind

    def _function(self, i: int) -> tuple[Node, int]:
        """`name() body` and bash's `function name body`."""
        has_keyword = self._text(i) == "function"
        name = self._word(i + 1 if has_keyword else i)
        at = i + 2 if has_keyword else i + 1
        text = self.commands.lexer.text[name.start : name.end]
        if not has_keyword and not is_name(text):
            raise Broken
        if not has_keyword or self._text(at) == "(":
            at = self._after(self._after(at, "("), ")")
        at = self._after_line_feeds(at)
        if self.commands.lexer.is_bash and (self._text(at) == "function" or self._is_simple(at)):
            raise Broken
        body, after = self._unit(at)
        return Function(Span(self.commands.span(i, i + 1).start, body.span.end), text, body), after

    def _is_simple(self, i: int) -> bool:
        """Whether no compound command stands there: dash takes any command for a function's body, bash does not."""
        return i < self.end and self.tokens[i].kind in {WORD, REDIRECT}

    def _group(self, i: int) -> tuple[Node, int]:
        is_subshell = self._text(i) == "("
        body, stop = self._block(i + 1, ")" if is_subshell else "}")
        span, redirects, after = self._end(i, stop + 1)
        return Group(span, body, is_subshell, redirects), after

    def _if(self, i: int) -> tuple[Node, int]:
        branches: list[Branch] = []
        at = i
        while self._text(at) in {"if", "elif"}:
            test, at = self._block(at + 1, "then")
            body, at = self._block(at + 1, "elif", "else", "fi")
            branches.append(Branch(test, body))
        if self._text(at) == "else":
            body, at = self._block(at + 1, "fi")
            branches.append(Branch(None, body))
        span, redirects, after = self._end(i, at + 1)
        return If(span, tuple(branches), redirects), after

    def _while(self, i: int) -> tuple[Node, int]:
        test, do = self._block(i + 1, "do")
        body, done = self._block(do + 1, "done")
        span, redirects, after = self._end(i, done + 1)
        return While(span, test, body, self._text(i) == "until", redirects), after

    def _for(self, i: int) -> tuple[Node, int]:
        """`for name [in words]` and `select`; the words end with a `;` or a line feed."""
        if i + 1 < self.end and self.tokens[i + 1].kind == ARITHMETIC:
            return self._counting(i)
        name = self._word(i + 1)
        at = self._after_line_feeds(i + 2)
        words: list[Word] | None = None
        if self._text(at) == "in":
            words = []
            at += 1
            while at < self.end and self.tokens[at].kind == WORD:
                words += self.commands.words(self.tokens[at])
                at += 1
            at = self._after(at, ";", "\n")
        elif self._text(at) == ";":
            at += 1
        body, at = self._loop_body(at)
        span, redirects, after = self._end(i, at)
        text = self.commands.lexer.text[name.start : name.end]
        return For(span, text, None if words is None else tuple(words), body, redirects), after

    def _counting(self, i: int) -> tuple[Node, int]:
        """`for ((a; b; c))` as `let a; while let b; do …; let c; done`."""
        token, text = self.tokens[i + 1], self.commands.lexer.text
        lets: list[Command] = []
        at, stop = token.start + 2, token.end - 2
        place = self.commands.span(i + 1, i + 2)
        for clause in text[at:stop].split(";"):
            lets.append(Command(place, self.commands.let(at, at + len(clause))))
            at += len(clause) + 1
        if len(lets) != 3:
            raise Broken
        body, behind = self._loop_body(i + 3 if self._text(i + 2) == ";" else i + 2)
        span, redirects, after = self._end(i, behind)
        loop = While(span, lets[1], Sequence(body.span, (body, lets[2])), False, redirects)
        return Sequence(span, (lets[0], loop)), after

    def _loop_body(self, i: int) -> tuple[Node, int]:
        """`do … done`, or the braces that bash takes instead, and the index after it."""
        i = self._after_line_feeds(i)
        opened = self._text(i)
        body, stop = self._block(self._after(i, "do", "{"), "done" if opened == "do" else "}")
        return body, stop + 1

    def _case(self, i: int) -> tuple[Node, int]:
        subject = self._word(i + 1)
        at = self._after_line_feeds(self._after(self._after_line_feeds(i + 2), "in"))
        arms: list[CaseArm] = []
        while self._text(at) != "esac":
            arm, at = self._arm(at)
            arms.append(arm)
            if self._text(at) != "esac":
                at = self._after_line_feeds(at + 1)
        span, redirects, after = self._end(i, at + 1)
        word = self.commands.cook.word(subject.start, subject.end)
        return Case(span, word, tuple(arms), redirects), after

    def _arm(self, i: int) -> tuple[CaseArm, int]:
        """`a | b) …` and the index of the operator or `esac` that ends it."""
        if self._text(i) == "(":
            i += 1
        patterns: list[Word] = []
        while True:
            token = self._word(i)
            patterns.append(self.commands.cook.word(token.start, token.end))
            i = self._after(i + 1, "|", ")")
            if self._text(i - 1) == ")":
                break
        body, stop = self._block(i, *_ENDS_ARM, "esac", may_be_empty=True)
        return CaseArm(tuple(patterns), body), stop


def _first_token(stretch: Stretch) -> int:
    return stretch.first


def _folded(operator: str, nodes: list[Node], longest: int) -> Node:
    if len(nodes) > longest:
        half = len(nodes) // 2
        nodes = [_folded(operator, nodes[:half], longest), _folded(operator, nodes[half:], longest)]
    node = nodes[0]
    for right in nodes[1:]:
        node = AndOr(Span(node.span.start, right.span.end), operator, node, right)
    return node
