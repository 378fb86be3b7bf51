"""`unflatten`: the layout of the source decides where it can; without it other readings are named."""

from __future__ import annotations

import ast
import random
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from continued import continued, flattened_statements, in_run
from dfguard.syntax.python.verdict.check import check
from dfguard.syntax.repair.unflatten import unflatten

GUIDED = [
    pytest.param(
        ["import a;", "try:", "    b();", "except E as e:", "    c();", "    d();", "e()"],
        "import a\ntry:\n    b()\nexcept E as e:\n    c()\n    d()\ne()\n",
        id="try",
    ),
    pytest.param(
        ["for x in y:", "  if x:", "    a();", "  b();", "c()"],
        "for x in y:\n    if x:\n        a()\n    b()\nc()\n",
        id="the-column-says-which-block",
    ),
    pytest.param(
        ["import a", "for x in y:", "    b(x)", "    c(x)", "d()"],
        "import a\nfor x in y:\n    b(x)\n    c(x)\nd()\n",
        id="no-semicolons",
    ),
    pytest.param(
        ["try: a();", "except: b();", "c()"],
        "try:\n    a()\nexcept:\n    b()\nc()\n",
        id="bodies-on-the-line-of-the-header",
    ),
    pytest.param(
        ["class A:", "    @property", "    def f(self):", "        return 1;", "    x = 2;", "print(A.x)"],
        "class A:\n    @property\n    def f(self):\n        return 1\n    x = 2\nprint(A.x)\n",
        id="class",
    ),
    pytest.param(
        ["match x:", "    case 1:", "        a();", "    case _:", "        b();", "c()"],
        "match x:\n    case 1:\n        a()\n    case _:\n        b()\nc()\n",
        id="match",
    ),
    pytest.param(
        ["for x in y:", "    a();", "else:", "    b();", "while x:", "    c();", "    break"],
        "for x in y:\n    a()\nelse:\n    b()\nwhile x:\n    c()\n    break\n",
        id="else-of-a-loop",
    ),
]


@pytest.mark.parametrize(("lines", "expected"), GUIDED)
def test_layout_decides(lines: list[str], expected: str) -> None:
    rewrite = unflatten(continued(in_run(lines, "    ")))
    assert rewrite is not None
    assert rewrite.code.value == expected
    assert (rewrite.is_layout_guided, rewrite.is_safe, rewrite.alternatives) == (True, True, ())


def test_lines_inside_brackets_are_no_statements() -> None:
    rewrite = unflatten(continued(in_run(["if x:", "    f(a,", "  [b,", "c]);", "g()"])))
    assert rewrite is not None
    assert rewrite.code.value == "if x:\n    f(a,   [b, c])\ng()\n"
    assert rewrite.is_layout_guided


FIRST_LINE = [
    pytest.param(
        'RUN python -c "import a; \\\n    try: \\\n        b(); \\\n    except: \\\n        c()"',
        "import a\ntry:\n    b()\nexcept:\n    c()\n",
        id="the-column-of-the-first-line-is-unknown",
    ),
    pytest.param(
        'RUN python -c "for x in y: \\\n    a(); \\\n    if x: b()"',
        "for x in y:\n    a()\n    if x:\n        b()\n",
        id="the-first-line-is-a-header",
    ),
    pytest.param(
        'RUN python -c "try: \\\n        a(); \\\n    except: \\\n        b()"',
        "try:\n    a()\nexcept:\n    b()\n",
        id="a-clause-tells-the-column-of-the-first-line",
    ),
]


@pytest.mark.parametrize(("dockerfile", "expected"), FIRST_LINE)
def test_the_first_line_stands_behind_the_quote(dockerfile: str, expected: str) -> None:
    rewrite = unflatten(continued(dockerfile))
    assert rewrite is not None
    assert (rewrite.code.value, rewrite.is_layout_guided, rewrite.is_safe) == (expected, True, True)


GUESSED = [
    pytest.param("import a; for x in y: b(x)", "import a\nfor x in y:\n    b(x)\n", [], id="one-reading"),
    pytest.param(
        "try: a(); b() except: c()",
        "try:\n    a()\n    b()\nexcept:\n    c()\n",
        [],
        id="try-needs-its-clause",
    ),
    pytest.param("if a: b(); else: c()", "if a:\n    b()\nelse:\n    c()\n", [], id="else"),
    pytest.param(
        "try: a(); except: b(); c()",
        "try:\n    a()\nexcept:\n    b()\n    c()\n",
        ["`c()` behind `except:`"],
        id="behind-the-last-clause",
    ),
    pytest.param(
        "def f(x): return x; print(f(1))",
        "def f(x):\n    return x\nprint(f(1))\n",
        ["`print(f(1))` inside `def f(x):`"],
        id="behind-a-return",
    ),
    pytest.param(
        "for x in y: if x: a(); else: b()",
        "for x in y:\n    if x:\n        a()\n    else:\n        b()\n",
        ["`else:` behind `for x in y:`"],
        id="dangling-else",
    ),
]


@pytest.mark.parametrize(("code", "expected", "differences"), GUESSED)
def test_the_text_alone(code: str, expected: str, differences: list[str]) -> None:
    rewrite = unflatten(continued(f'RUN python -c "{code}"'))
    assert rewrite is not None
    assert rewrite.code.value == expected
    assert [other.difference for other in rewrite.alternatives] == differences
    assert (rewrite.is_layout_guided, rewrite.is_safe) == (False, not differences)
    assert all(check(other.code) is None for other in rewrite.alternatives)


REFUSED = [
    pytest.param("import a; try: b()", id="no-clause"),
    pytest.param("a; try: b(; except: c()", id="bracket"),
    pytest.param("a; try: b('); except: c()", id="string"),
    pytest.param("a; try: b(); except: return 1", id="return-at-module-level"),
    pytest.param("", id="nothing"),
    pytest.param("try: " * 5000 + "a", id="too-deep"),
]


@pytest.mark.parametrize("code", REFUSED)
def test_what_no_reading_mends(code: str) -> None:
    assert unflatten(continued(f'RUN python -c "{code}"')) is None


def test_misleading_columns_are_no_layout() -> None:
    lines = ["import os;", "try: import x;", "print('a');", "except E as e: print(e);", "print('done')"]
    rewrite = unflatten(continued(in_run(lines)))
    assert rewrite is not None
    assert (rewrite.is_layout_guided, rewrite.is_safe) == (False, False)
    assert [other.difference for other in rewrite.alternatives] == ["`print('done')` behind `except E as e:`"]


def test_comments_between_lines_stay() -> None:
    code = continued("RUN x <<E\n# one\nimport a; try: b()\n# two\nexcept: c()\nE\n", "E\n", "E")
    rewrite = unflatten(code)
    assert rewrite is not None
    assert rewrite.code.value == "# one\nimport a\ntry:\n    b()\n# two\nexcept:\n    c()\n"


def test_kept_characters_know_where_they_stood() -> None:
    dockerfile = 'RUN python -c "import a; \\\n    for x in y: \\\n        b(x)"'
    code = continued(dockerfile)
    rewrite = unflatten(code)
    assert rewrite is not None
    at = rewrite.code.value.index("b(x)")
    assert rewrite.code.place(at, at + 4).text == "b(x)"
    old = code.value.index("b(x)")
    assert rewrite.moved(old, old + 4) == (at, at + 4)


def test_standard_library_round_trip() -> None:
    """At least 2,500 statements come back as the same tree; without layout no sure repair is another tree."""
    count = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for code, lines in flattened_statements():
            tree = ast.dump(ast.parse(code))
            guided = unflatten(continued(in_run(lines, "    ")))
            assert guided is not None, code
            assert guided.is_safe, code
            assert ast.dump(ast.parse(guided.code.value)) == tree, code
            guessed = unflatten(continued(f'RUN python -c "{" ".join(lines[1:-1])}"'))
            assert guessed is not None, code
            inner = code.partition("\n")[2].removesuffix("last()\n")
            assert not guessed.is_safe or ast.dump(ast.parse(guessed.code.value)) == ast.dump(
                ast.parse(inner)
            ), code
            count += 1
            if count == 2_500:
                return
    pytest.fail(f"only {count} statements")


SIMPLE = st.sampled_from(["a()", "b = 1", "print('x: y; z')", "c(d, e=[1, 2])", "pass", "import f"])


@st.composite
def blocks(draw: st.DrawFn, depth: int = 0) -> list[str]:
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["simple", "if", "for", "try", "with", "def"])) if depth < 2 else "simple"
        if kind == "simple":
            lines.append(draw(SIMPLE))
            continue
        clauses = {
            "if": ["if a:", *draw(st.sampled_from([[], ["else:"], ["elif b:", "else:"]]))],
            "for": ["for x in y:", *draw(st.sampled_from([[], ["else:"]]))],
            "try": [
                "try:",
                *draw(st.sampled_from([["except E:"], ["except E:", "else:", "finally:"], ["finally:"]])),
            ],
            "with": ["with a as b:"],
            "def": ["def f(x, y=1):"],
        }[kind]
        for clause in clauses:
            lines.append(clause)
            lines += [f"    {line}" for line in draw(blocks(depth + 1))]
    return lines


@settings(deadline=None, max_examples=40)
@given(blocks(), st.sampled_from(["", "  ", "\t"]), st.randoms(use_true_random=False))
def test_generated_code_round_trip(lines: list[str], margin: str, chance: random.Random) -> None:
    code = "\n".join(lines) + "\n"
    joined = [line if line.endswith(":") else line + ("" if chance.random() < 0.2 else ";") for line in lines]
    if check(" ".join(joined)) is None:
        return
    tree = ast.dump(ast.parse(code))
    guided = unflatten(continued(in_run(joined, margin)))
    assert guided is not None
    assert (guided.is_safe, ast.dump(ast.parse(guided.code.value))) == (True, tree)
    text = " ".join(line if line.endswith(":") else f"{line};" for line in lines)
    guessed = unflatten(continued(f'RUN python -c "{text}"'))
    assert guessed is None or not guessed.is_safe or ast.dump(ast.parse(guessed.code.value)) == tree
