"""Nodes of a script to short text: `(&& [a b] (if [c] [d]))`; commands in brackets, everything else by its name."""

from __future__ import annotations

from dfguard.core.source import Source, Span
from dfguard.syntax import shell
from dfguard.syntax.shell import nodes


def parsed(text: str, dialect: nodes.Dialect = nodes.Dialect.BASH) -> nodes.Script:
    """The script of a whole source."""
    return shell.parse(Source("script", text).text_of(Span(0, len(text))), dialect)


def outline(node: nodes.Node) -> str:
    """The node as short text."""
    match node:
        case nodes.Command(_, words, assignments, redirects):
            parts = [*map(_assignment, assignments), *map(_word, words), *map(_redirect, redirects)]
            return f"[{' '.join(parts)}]"
        case nodes.Test(_, words, redirects):
            return f"(test {' '.join([*map(_word, words), *map(_redirect, redirects)])})"
        case nodes.Pipeline(_, parts, is_negated):
            return f"({'!| ' if is_negated else '| '}{' '.join(map(outline, parts))})"
        case nodes.AndOr(_, operator, left, right):
            return f"({operator} {outline(left)} {outline(right)})"
        case nodes.Sequence(_, items):
            return f"{{{' '.join(map(outline, items))}}}"
        case nodes.Background(_, body):
            return f"(& {outline(body)})"
        case nodes.Negation(_, body):
            return f"(! {outline(body)})"
        case nodes.Group(_, body, is_subshell, redirects):
            return _with("subshell" if is_subshell else "group", [outline(body)], redirects)
        case nodes.If(_, branches, redirects):
            texts = [f"{outline(b.test) if b.test else 'else'} {outline(b.body)}" for b in branches]
            return _with("if", texts, redirects)
        case nodes.For(_, name, words, body, redirects):
            values = "@" if words is None else " ".join(map(_word, words))
            return _with("for", [name, f"<{values}>", outline(body)], redirects)
        case nodes.While(_, test, body, is_until, redirects):
            return _with("until" if is_until else "while", [outline(test), outline(body)], redirects)
        case nodes.Case(_, subject, arms, redirects):
            texts = [f"{'|'.join(map(_word, arm.patterns))}: {outline(arm.body)}" for arm in arms]
            return _with("case", [_word(subject), *texts], redirects)
        case nodes.Function(_, name, body):
            return f"(function {name} {outline(body)})"
        case nodes.UnreadNode(_, why):
            return f"(opaque {why})"


def _with(name: str, parts: list[str], redirects: tuple[nodes.Redirect, ...]) -> str:
    return f"({' '.join([name, *parts, *map(_redirect, redirects)])})"


def _word(word: nodes.Word) -> str:
    return word.raw.value


def _assignment(assignment: nodes.Assignment) -> str:
    value = "" if assignment.value is None else _word(assignment.value)
    if assignment.elements is not None:
        value = f"({' '.join(map(_word, assignment.elements))})"
    sign = "" if assignment.value is None else "+=" if assignment.appends else "="
    return f"{assignment.name}{sign}{value}"


def _redirect(redirect: nodes.Redirect) -> str:
    number = "" if redirect.descriptor is None else str(redirect.descriptor)
    target = "" if redirect.target is None else _word(redirect.target)
    body = "" if redirect.body is None else repr(redirect.body.value)
    return f"{number}{redirect.operator}{target}{body}"
