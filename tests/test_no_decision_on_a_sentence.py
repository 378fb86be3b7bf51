"""No decision hangs on the words of a sentence: nothing but what is shown to a reader looks into a `why` or a `message`."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dfguard

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(dfguard.__file__).parent
SENTENCES = frozenset(
    ["why", "whys", "message", "messages", "fails_because", "reason", "failed", "doubt", "unread", "advice"]
)
MAKERS = frozenset(["sentence", "reason", "described", "str"])
"""Functions that make a sentence, or leave one as it is."""
TESTS = frozenset(
    [
        "startswith",
        "endswith",
        "find",
        "rfind",
        "index",
        "rindex",
        "count",
        "split",
        "rsplit",
        "partition",
        "rpartition",
        "splitlines",
        "removeprefix",
        "removesuffix",
        "isidentifier",
        "islower",
        "isupper",
        "isdigit",
        "isalpha",
        "isalnum",
        "istitle",
        "match",
        "search",
        "fullmatch",
        "findall",
        "finditer",
    ]
)
SHOWN = ("reports/",)
EXCUSED = {
    "testing.py": "the examples of the rules assert what the messages say",
    "checks/packaging/shellcheck.py": "a sentence of ShellCheck's is written as ours are: without a capital",
    "syntax/python/verdict/faults.py": "CPython has nothing but words for what is wrong with code",
}


def decisions(code: str) -> list[str]:
    """The expressions of a module that test the text of a sentence."""
    tree = ast.parse(code)
    return list(dict.fromkeys(ast.unparse(node) for node in _tests(tree)))


def _tests(scope: ast.AST) -> Iterator[ast.AST]:
    names = _aliases(scope)
    for node in ast.walk(scope):
        match node:
            case ast.Compare(left=left, comparators=others):
                sides = [left, *others]
                if any(_is_sentence(side, names) for side in sides) and not _is_of_two(sides):
                    yield node
            case ast.Call(func=ast.Attribute(value=owner, attr=name), args=arguments) if name in TESTS:
                if any(_is_sentence(one, names) for one in (owner, *arguments)):
                    yield node
            case ast.Match(subject=subject) if _is_sentence(subject, names):
                yield node


def _is_of_two(sides: list[ast.expr]) -> bool:
    """A comparison with None, or of the sentences of two records with each other (not to say the same twice)."""
    if any(isinstance(side, ast.Constant) and side.value is None for side in sides):
        return True
    return len({side.attr if isinstance(side, ast.Attribute) else "" for side in sides} - {""}) == 1 and all(
        isinstance(side, ast.Attribute) for side in sides
    )


def _is_sentence(node: ast.expr, names: frozenset[str]) -> bool:
    match node:
        case ast.Name(id=name):
            return name in names
        case ast.Attribute(attr=name):
            return name in SENTENCES
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=name), *_]):
            return name in SENTENCES
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in MAKERS:
            return name == "sentence" or _is_sentence(first, names)
        case (
            ast.Call(func=ast.Attribute(value=owner))
            | ast.Subscript(value=owner)
            | ast.NamedExpr(value=owner)
        ):
            return _is_sentence(owner, names)
        case ast.JoinedStr(values=parts):
            return any(isinstance(p, ast.FormattedValue) and _is_sentence(p.value, names) for p in parts)
        case ast.BoolOp(values=parts):
            return any(_is_sentence(part, names) for part in parts)
        case ast.IfExp(body=body, orelse=other):
            return _is_sentence(body, names) or _is_sentence(other, names)
    return False


def _aliases(scope: ast.AST) -> frozenset[str]:
    """The names of a module that hold a sentence, under whatever name."""
    names: frozenset[str] = SENTENCES
    while True:
        more = names | {name for node in ast.walk(scope) for name in _named(node, names)}
        if more == names:
            return names
        names = more


def _named(node: ast.AST, names: frozenset[str]) -> Iterator[str]:
    match node:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.NamedExpr(target=ast.Name(id=name), value=value)
        ):
            if _is_sentence(value, names):
                yield name
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if _is_sentence(value, names):
            yield name
        case (
            ast.For(target=ast.Name(id=name), iter=values)
            | ast.comprehension(target=ast.Name(id=name), iter=values)
        ) if _is_sentence(values, names):
            yield name


@pytest.mark.parametrize(
    "code",
    [
        '"mount" in entry.why',
        'entry.why == "a condition decides"',
        '"mount" in (\n    entry\n    .why\n)',
        'x = entry.why\n"mount" in x',
        'if (x := entry.why) and "mount" in x: pass',
        '"mount" in getattr(value, "why", "")',
        'f"{entry.why}".lower().endswith("it")',
        're.search("mount", sentence(entry.why))',
        'any("mount" in part for part in found.message.split("; "))',
        'any(part == "x" for part in entry.why)',
        'fault.message[:5] == "quote"',
        'match entry.why:\n    case "x": pass',
        'def f(why): return why.startswith("a")',
        "found.message not in seen",
    ],
)
def test_a_test_on_a_sentence_is_seen(code: str) -> None:
    assert decisions(code)


@pytest.mark.parametrize(
    "code",
    [
        "why = entry.why or other.why",
        "Cause.BASE in causes(entry.why)",
        "a.message != b.message",
        "message is not None",
        'f"{entry.why}: {text}"',
        'because = replace(value, why=why)\n"x" in text',
        "message.replace('{are}', 'is')",
    ],
)
def test_what_only_hands_a_sentence_on_is_none(code: str) -> None:
    assert decisions(code) == []


def test_no_module_decides_by_the_words_of_a_sentence() -> None:
    found = {}
    for module in sorted(ROOT.rglob("*.py")):
        name = module.relative_to(ROOT).as_posix()
        if name.startswith(SHOWN):
            continue
        places = decisions(module.read_text(encoding="utf-8"))
        assert bool(places) or name not in EXCUSED, f"{name} needs no excuse any more"
        if places and name not in EXCUSED:
            found[name] = places
    assert found == {}
