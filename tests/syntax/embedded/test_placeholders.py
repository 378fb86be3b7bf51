"""Expansions in Python text: the identifiers that stand for them, and what is put in their place."""

from __future__ import annotations

import ast

import pytest

from dfguard.syntax.embedded import snippets
from outlines import parsed


@pytest.mark.parametrize(
    ("text", "code", "holes"),
    [
        pytest.param('python -c "a = $B"', "a = _B", ["_B"], id="a name"),
        pytest.param('python -c "a = ${BC}"', "a = _BC__", ["_BC__"], id="as long as in the source"),
        pytest.param('python -c "a = ${B:-c d}"', "a = _B_______", ["_B_______"], id="with an operand"),
        pytest.param('python -c "a = $(b | c)"', "a = ________", ["________"], id="a substitution"),
        pytest.param('python -c "a = `b`"', "a = ___", ["___"], id="backticks"),
        pytest.param("python -c 'a(\"'$B'/c\")'", 'a("_B/c")', ["_B"], id="between quotes"),
        pytest.param('python -c "a = 1.$B"', "a = 1.00", ["00"], id="digits behind a number"),
        pytest.param('python -c "a = 3$B.$C"', "a = 300.00", ["00", "00"], id="digits behind digits"),
        pytest.param('python -c "b1$B"', "b1_B", ["_B"], id="no digits behind a name"),
        pytest.param('python -c "import $M; from $M import ${N}x"', "import _M; from _M import _N__x", ["_M", "_M", "_N__"], id="names in statements"),
        pytest.param('python -c "$A; b"', "_A; b", ["_A"], id="a statement"),
        pytest.param('python -c "a = $1, $@, $#"', "a = _1, __, __", ["_1", "__", "__"], id="special parameters"),
        pytest.param('python -c "f($*)"', "f(__)", ["__"], id="no operators"),
        pytest.param("python - <<E\na = '$B'\nc = $((1+2))\nE", "a = '_B'\nc = ________\n", ["_B", "________"], id="in a here-document"),
        pytest.param('python -c "$(cat <<\'E\'\na\n\nE\n)"', "a", [], id="what cat prints"),
        pytest.param('python -c "$(printf \'a\\n%s\' "$B")c"', "a\n_Bc", ["_B"], id="what printf prints"),
        pytest.param('python -c "$(cat x); a"', "________; a", ["________"], id="what is not known"),
    ],
)  # fmt: skip
def test_expansions_become_identifiers_as_long_as_they_are(text: str, code: str, holes: list[str]) -> None:
    (snippet,) = snippets.snippets_of_script(parsed(text))
    assert snippet.code.value == code
    assert [snippet.code.value[start:end] for start, end in snippet.holes] == holes
    ast.parse(snippet.code.value)
    for start, end in snippet.holes:
        origin = snippet.code.span(start, end)
        assert text[origin.start] in "$`"
        assert origin.end - origin.start == end - start
