"""Shell text of any size and kind: no exception, no deep nodes, time in proportion to the length."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfguard.syntax.embedded import snippets
from dfguard.syntax.shell import nodes
from dfguard.syntax.shell.visitor import nodes_of
from outlines import outline, parsed

SIZE = 100_000
MOST_SECONDS = 2.0
DEEP = 10_000

HOSTILE = [
    pytest.param("a ", id="words"),
    pytest.param("a && ", id="one long list"),
    pytest.param("a && b || ", id="a list that turns"),
    pytest.param("a | ", id="one long pipeline"),
    pytest.param("a; ", id="commands"),
    pytest.param("if a; then b; fi\n", id="many ifs"),
    pytest.param(") ; fi done ", id="closers"),
    pytest.param("if; then fi ", id="bad ifs"),
    pytest.param("case a in b) c;; ", id="open cases"),
    pytest.param("&& || ; ", id="operators"),
    pytest.param("`", id="backticks"),
    pytest.param("\\`", id="escaped backticks"),
    pytest.param('"', id="double quotes"),
    pytest.param("' ", id="single quotes"),
    pytest.param("\\a", id="escapes"),
    pytest.param('a"b"', id="one word of many parts"),
    pytest.param("$a", id="one word of many parameters"),
    pytest.param("{a,b}", id="braces in one word"),
    pytest.param("{a,b} ", id="braces in many words"),
    pytest.param("((a)", id="half open arithmetic"),
    pytest.param("$((a)", id="half open arithmetic expansions"),
    pytest.param("cat <<E\n\ta\nE\n", id="here-documents"),
    pytest.param("<<A ", id="here-documents that do not begin"),
    pytest.param("a=(b ", id="open arrays"),
    pytest.param("[[ ", id="open tests"),
    pytest.param("a $(b) ", id="substitutions"),
    pytest.param("eval ", id="eval of eval"),
    pytest.param("sudo env ", id="wrappers"),
    pytest.param("\0", id="null characters"),
    pytest.param("".join(map(chr, range(256))), id="all characters"),
]


def _read(text: str) -> nodes.Script:
    start = time.process_time()
    script = parsed(text)
    snippets.snippets_of_script(script)
    assert time.process_time() - start < MOST_SECONDS
    return script


@pytest.mark.parametrize("piece", HOSTILE)
def test_long_scripts_are_read_in_proportion_to_their_length(piece: str) -> None:
    script = _read(piece * (SIZE // len(piece)))
    outline(script.body)


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        pytest.param("( ", " )", id="subshells"),
        pytest.param("{ ", "; }", id="groups"),
        pytest.param("if a; then ", "; fi", id="if"),
        pytest.param("while a; do ", "; done", id="while"),
        pytest.param("case a in b) ", " ;; esac", id="case"),
        pytest.param("f() { ", "; }", id="functions"),
        pytest.param("a && { b; } || { ", "; }", id="lists in groups"),
        pytest.param("$(", ")", id="substitutions"),
        pytest.param('"$(', ')"', id="quoted substitutions"),
        pytest.param("${a:-", "}", id="operands"),
        pytest.param("<(", ")", id="process substitution"),
        pytest.param("! ", "", id="negation"),
    ],
)
def test_deep_nesting_is_opaque_below_some_depth(opening: str, closing: str) -> None:
    script = _read(opening * DEEP + "x" + closing * DEEP)
    outline(script.body)
    shallow = parsed(opening * 6 + "x" + closing * 6)
    assert shallow.broken == ()


def test_a_bound_on_the_words_leaves_the_first_ones_readable() -> None:
    script = _read("echo hello\n" * 50_000)
    assert isinstance(script.body, nodes.Sequence)
    assert outline(script.body.items[0]) == "[echo hello]"
    assert outline(script.body.items[-1]) == "(opaque a script of more than 20,000 words)"


def test_a_long_here_document_is_no_long_script() -> None:
    body = "line of text $X\n" * 10_000
    script = _read(f"cat <<E\n{body}E\necho done")
    assert script.broken == ()
    assert isinstance(script.body, nodes.Sequence)
    assert outline(script.body.items[-1]) == "[echo done]"


SPECIAL = list("ab =$(){}[]<>|&;!#*?\\'\"`\n\t-1:/~%,é\r")
WRITTEN = (
    "if ",
    "then ",
    "fi ",
    "do ",
    "done ",
    "case ",
    "in ",
    "esac ",
    "for ",
    "while ",
    "<<E",
    "EOF",
    "$((",
    "${",
)
CALLED = ("[[ ", " ]]", "function ", "sh -c ", "python -c ", "eval ", "export ", "A=", "A=(")
ALPHABET = st.sampled_from([*SPECIAL, *WRITTEN, *CALLED])


@settings(max_examples=400, deadline=None)
@given(st.lists(ALPHABET, max_size=40).map("".join), st.sampled_from(list(nodes.Dialect)))
def test_any_text_gives_a_script_whose_nodes_lie_in_it(text: str, dialect: nodes.Dialect) -> None:
    script = parsed(text, dialect)
    for met in nodes_of(script):
        assert 0 <= met.node.span.start <= met.node.span.end <= len(text)
    for snippet in snippets.snippets_of_script(script):
        assert 0 <= snippet.code.span().start <= snippet.code.span().end <= len(text)
        assert all(0 <= start < end <= len(snippet.code.value) for start, end in snippet.holes)
