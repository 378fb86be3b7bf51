"""The door to libcst: whether a Python newer than the one we run on would take code that ours refuses.

libcst takes a quarter of a second to import, and its parser is written in Rust: what it recurses into it cannot
unwind. So it is only asked about code that shows a trace of newer syntax, and never about large or deep code.
"""

from __future__ import annotations

import re
import sys

from dfguard.syntax.python.verdict.tokens import tokens

Version = tuple[int, int]

_LENGTH = 200_000
_DEPTH = 40
_TRACES: dict[str, str] = {
    "TypeAlias": r"^[ \t]*type[ \t]+[^\W\d]\w*[ \t]*[\[=]",
    "TypeParameters": r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+[^\W\d]\w*[ \t]*\[",
    "TypeParam": r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+[^\W\d]\w*[ \t]*\[[^\]]*=",
    "FormattedString": r"(?<![\w.])(?:[fF][rR]?|[rR][fF])[\"']",
    "TemplatedString": r"(?<![\w.])(?:[tT][rR]?|[rR][tT])[\"']",
    "ExceptHandler": r"^[ \t]*except\*?[ \t]+[^\s(:][^:\n]*,[^:\n]*:",
    "Import": r"^[ \t]*lazy[ \t]+(?:import|from)\b",
    "Comprehension": r"[\[({][ \t]*\*[^\n]*\bfor\b",
}
_FEATURES: dict[str, tuple[Version, str]] = {
    "TypeAlias": ((3, 12), "a `type` statement"),
    "TypeParameters": ((3, 12), "a type parameter"),
    "TypeParam": ((3, 13), "a default of a type parameter"),
    "FormattedString": ((3, 12), "a quote, backslash or comment inside an f-string's braces"),
    "TemplatedString": ((3, 14), "a t-string"),
    "ExceptHandler": ((3, 14), "an `except` of several types without parentheses"),
    "Import": ((3, 15), "a `lazy` import"),
    "Comprehension": ((3, 15), "a `*` in a comprehension"),
}


def newer_syntax(code: str) -> tuple[Version, str, int] | None:
    """The version that takes code our Python refuses, the piece of syntax, and its index; None when none does.

    What our own Python knows is not considered: code it refuses although it is as new as that is wrong.
    """
    own = sys.version_info[:2]
    traces = {
        name: match.end() - len(match[0].lstrip())
        for name, pattern in _TRACES.items()
        if _FEATURES[name][0] > own and (match := re.search(pattern, code, re.MULTILINE))
    }
    if not traces or len(code) > _LENGTH or max((t.depth for t in tokens(code)), default=0) > _DEPTH:
        return None
    return max(((*_FEATURES[name], traces[name]) for name in _confirmed(code, traces)), default=None)


def _confirmed(code: str, traces: dict[str, int]) -> set[str]:
    """Which of the traces are what they look like; none when the newest grammar refuses the code, too."""
    import libcst

    try:
        tree = libcst.parse_module(code)
    except (libcst.ParserSyntaxError, libcst.CSTValidationError, ValueError, RecursionError):
        return set()
    found: set[str] = {"Import"} & traces.keys()
    todo: list[libcst.CSTNode] = [tree]
    while todo:
        node = todo.pop()
        todo.extend(node.children)
        name = type(node).__name__
        match node:
            case libcst.FormattedString():
                values = (part for part in node.parts if isinstance(part, libcst.FormattedStringExpression))
                if any(_is_new_field(libcst.Module([]).code_for_node(part), node.quote) for part in values):
                    found.add(name)
            case libcst.ExceptHandler(type=libcst.Tuple(lpar=[])):
                found.add(name)
            case libcst.ListComp() | libcst.SetComp() | libcst.GeneratorExp():
                if isinstance(node.elt, libcst.StarredElement):
                    found.add("Comprehension")
            case libcst.TypeParam() if node.default is not None:
                found.add("TypeParam")
            case _ if name in {"TypeAlias", "TypeParameters", "TemplatedString"}:
                found.add(name)
    return found & traces.keys()


def _is_new_field(field: str, quote: str) -> bool:
    """Whether a `{...}` of an f-string holds what none could before 3.12 (PEP 701)."""
    return quote in field or "\\" in field or "#" in field or (len(quote) == 1 and "\n" in field)
