"""`flattened`: the first header that stands where none may stand (guillemets), or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfguard.syntax.python.verdict.check import check
from dfguard.syntax.python.verdict.faults import Flattened, flattened
from dfguard.syntax.python.verdict.tokens import TokenKind, tokens
from marked import unmark

BAD = [
    pytest.param("import a; «try:» b()", "`try:` cannot follow `;` on one line", id="behind-a-semicolon"),
    pytest.param(
        "try: a(); «except E as e:» b()", "`except E as e:` cannot follow `;` on one line", id="clause"
    ),
    pytest.param(
        "if a: «for b in c:» d()", "`for b in c:` cannot follow `if a:` on one line", id="header-on-header"
    ),
    pytest.param("import a «try:» b()", "`try:` needs a line of its own", id="lost-line-feed"),
    pytest.param("print(1) «else:» b()", "`else:` needs a line of its own", id="else-behind-a-space"),
    pytest.param("print(1) «if a:» b()", "`if a:` needs a line of its own", id="if-behind-a-space"),
    pytest.param(
        "print(1) «for a in b:» c()", "`for a in b:` needs a line of its own", id="for-behind-a-space"
    ),
    pytest.param(
        "a = 1;   «async def f():» pass", "`async def f():` cannot follow `;` on one line", id="async"
    ),
    pytest.param("@app.get('/') «def f():» pass", "`def f():` needs a line of its own", id="decorator"),
    pytest.param(
        "a(); «with b as c, d[1:2] as e:» f",
        "`with b as c, d[1:2] as e:` cannot follow `;` on one line",
        id="slice",
    ),
    pytest.param(
        "a; «if (lambda: b)():» c",
        "`if (lambda: b)():` cannot follow `;` on one line",
        id="lambda-in-brackets",
    ),
    pytest.param(
        "a; «while lambda: b:» c", "`while lambda: b:` cannot follow `;` on one line", id="lambda-in-the-open"
    ),
    pytest.param("a; «match b:» case 1: c", "`match b:` cannot follow `;` on one line", id="match"),
    pytest.param("a\nb; «class C:» pass", "`class C:` cannot follow `;` on one line", id="second-line"),
]

GOOD = [
    pytest.param("for x in y: a(); b()", id="one-line-loop"),
    pytest.param("a = 1; b: int = 2; c = {'if': 3}; d[1:2]; e = lambda: 4", id="colons-that-head-nothing"),
    pytest.param("match = 1; match.x; case: int = 2; print(match)", id="soft-keywords"),
    pytest.param("print('import a; try: b()')", id="string"),
    pytest.param("a # ; try: b()", id="comment"),
    pytest.param("x = [a for a in b if c]; y = (d for d in e); z = 1 if f else 2", id="comprehensions"),
    pytest.param("try:\n  a\nexcept E:\n  b\n", id="proper-lines"),
    pytest.param("print(Hello; 'if x: y", id="a-string-that-never-ends"),
    pytest.param("", id="empty"),
]


@pytest.mark.parametrize(("marked", "message"), BAD)
def test_the_first_misplaced_header(marked: str, message: str) -> None:
    code, ((start, end),) = unmark(marked)
    assert flattened(code) == Flattened(start, end, message)
    fault = check(code)
    assert fault is not None
    assert (fault.is_flattened, fault.index, fault.header) == (True, start, (start, end))


@pytest.mark.parametrize("code", GOOD)
def test_code_that_is_not_flattened(code: str) -> None:
    assert flattened(code) is None


def test_else_if_on_one_line_is_a_header_on_a_header() -> None:
    assert flattened("if x: pass\nelse: if y: z") == Flattened(
        17, 22, "`if y:` cannot follow `else:` on one line"
    )


def test_a_long_header_is_cut_in_the_message() -> None:
    found = flattened("a; if " + " or ".join(f"condition_{number}" for number in range(20)) + ": b")
    assert found is not None
    assert found.message == "`if condition_0 or condition_1 or con ...:` cannot follow `;` on one line"


PIECES = st.sampled_from(
    [
        "if",
        "else",
        "for",
        "try",
        ":",
        ";",
        "\n",
        "(",
        ")",
        "lambda",
        "x",
        "'",
        '"',
        '"""',
        "\\",
        "\\n",
        "# c",
        " ",
        "@",
        "=",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=40).map(" ".join))
def test_tokens_cover_the_code_without_overlap(code: str) -> None:
    at = 0
    for token in tokens(code):
        assert code[at : token.start].replace("\\\n", "").strip(" \t\f\ufeff") == ""
        assert code[token.start : token.end] == token.text
        assert token.end > token.start >= at
        at = token.end
    assert code[at:].replace("\\\n", "").strip(" \t\f") == ""


@given(st.lists(PIECES, max_size=40).map("".join))
def test_only_refused_code_is_called_flattened(code: str) -> None:
    fault = check(code)
    if flattened(code) is not None:
        assert fault is not None


def test_the_kinds_of_tokens() -> None:
    found = [(token.kind, token.text, token.depth) for token in tokens("f'{a}' 1_0 (b\n) # c\n \\n $ 'd")]
    assert found == [
        (TokenKind.STRING, "f'{a}'", 0),
        (TokenKind.NUMBER, "1_0", 0),
        (TokenKind.OPERATOR, "(", 0),
        (TokenKind.NAME, "b", 1),
        (TokenKind.NEWLINE, "\n", 1),
        (TokenKind.OPERATOR, ")", 0),
        (TokenKind.COMMENT, "# c", 0),
        (TokenKind.NEWLINE, "\n", 0),
        (TokenKind.ESCAPE, "\\n", 0),
        (TokenKind.BROKEN, "$", 0),
        (TokenKind.BROKEN, "'d", 0),
    ]
