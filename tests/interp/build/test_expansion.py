"""Words with variables; the expected texts are what BuildKit's lexer gives for the same words and environment."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfguard.core.source import Source, Span
from dfguard.interp.build.expansion import Expansion, expand, expansion, split
from dfguard.interp.values import Binding, Known, OneOf, Unknown, Value, known
from dfguard.testing import unmark

SET = {"A": "abcab", "E": "", "H": "/home/x y", "P": "a*b", "L": "a\nb"}


def look_up(name: str) -> Value | None:
    return Known(SET[name]) if name in SET else None


def result(word: str, escape: str = "\\", *, keeps_quotes: bool = False) -> Expansion:
    text = Source("x", word).text_of(Span(0, len(word)))
    return expansion(text, look_up, escape, keeps_quotes=keeps_quotes)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("plain", "plain", id="nothing to do"),
        pytest.param("$A-${A}", "abcab-abcab", id="plain names"),
        pytest.param("'$A'", "$A", id="single quotes"),
        pytest.param('"$A"', "abcab", id="double quotes"),
        pytest.param(r'"\$A \" \a"', r'$A " \a', id="escapes in double quotes"),
        pytest.param(r"\$A\ \a", "$A a", id="escapes outside"),
        pytest.param("a\\", "a", id="lone escape at the end"),
        pytest.param("$U${U}x", "x", id="unset"),
        pytest.param("$ $. a$", "$ $. a$", id="dollars that name nothing"),
        pytest.param("$1$@$$x", "x", id="special parameters are never set"),
        pytest.param("${U:-d}${E:-e}${A:-f}", "deabcab", id="default if null"),
        pytest.param("${U-d}${E-e}${A-f}", "dabcab", id="default if unset"),
        pytest.param("${U:+d}${E:+e}${A:+f}", "f", id="alternative if not null"),
        pytest.param("${U+d}${E+e}${A+f}", "ef", id="alternative if set"),
        pytest.param("${A:?m}${E?m}", "abcab", id="required and there"),
        pytest.param("${U:-${U:-$A}}", "abcab", id="nested"),
        pytest.param('"${U:-"q q"}"', "q q", id="quotes in an operand in quotes"),
        pytest.param("${U:-a\\}b}", "a}b", id="escaped brace"),
        pytest.param("${A#a}|${A##*a}", "bcab|b", id="prefixes"),
        pytest.param("${A%b}|${A%%b*}", "abca|a", id="suffixes"),
        pytest.param("${A#?b}|${A#x}|${L#*b}", "cab|abcab|a\nb", id="patterns do not cross lines"),
        pytest.param(r"${P#a\*}|${P%\*b}", "b|a", id="escaped stars"),
        pytest.param("${A/b/X}|${A//b/X}|${A//a*/X}", "aXcab|aXcaX|X", id="replacement"),
        pytest.param("${H//\\//_}", "_home_x y", id="escaped slash"),
        pytest.param("${A//}", None, id="replacement without end"),
        pytest.param("${A", None, id="no closing brace"),
        pytest.param("${}", None, id="no name"),
        pytest.param("${A:0:2}", None, id="substring"),
        pytest.param("${A^^}", None, id="case"),
        pytest.param("${A:=x}", None, id="assignment"),
        pytest.param("${A[0]}", None, id="array"),
        pytest.param("${!A}", None, id="indirection"),
        pytest.param(r"${A#\a}", None, id="pattern with an unknown escape"),
        pytest.param('"a', None, id="open double quote"),
        pytest.param("'a", None, id="open single quote"),
        pytest.param("${U:?}", None, id="required and unset"),
        pytest.param("${E:?gone}", None, id="required and empty"),
    ],
)
def test_word(word: str, expected: str | None) -> None:
    found = result(word)
    assert known(found.value) == expected
    assert (found.refusal is None) == (expected is not None)


def test_other_escape_character() -> None:
    assert known(result('`$A\\$A"`$\\"', "`").value) == "$A\\abcab$\\"


def test_raw_mode_keeps_quotes() -> None:
    found = result("$A \"q\" 'r' \\$X \\\\ $NONE", keeps_quotes=True)
    assert known(found.value) == "abcab \"q\" 'r' $X \\ "
    assert [u.name for u in found.undefined] == ["NONE"]


def test_refusal_says_what_buildkit_would() -> None:
    refusal = result("x${E:?gone}").refusal
    assert refusal is not None
    assert (refusal.message, refusal.place.text) == ("E: gone", "${E:?gone}")


def test_undefined_variables_have_their_place() -> None:
    text, marks = unmark('a«$U»"«${V:-$A«$W»}»"$A')
    source = Source("x", text)
    found = expansion(source.text_of(Span(0, len(text))), look_up, "\\")
    assert sorted((u.place.span.start, u.place.span.end) for u in found.undefined) == sorted(marks)
    assert sorted(u.name for u in found.undefined) == ["U", "V", "W"]


HOME = Binding("HF_HOME", "/x", None, "image")
BASE = Binding("BASE", "/y", None, "image")
VALUES: dict[str, Value] = {
    "K": Known("/x", (HOME,)),
    "N": Known("", (BASE,)),
    "O": OneOf(("", "b"), (BASE,)),
    "Q": Unknown("ARG Q has no default", (BASE,)),
}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("$K/a", Known("/x/a", (HOME,)), id="bindings come along"),
        pytest.param("$K$N", Known("/x", (HOME, BASE)), id="all of them"),
        pytest.param("a$O", OneOf(("a", "ab"), (BASE,)), id="alternatives"),
        pytest.param("${O:-c}", OneOf(("b", "c"), (BASE,)), id="alternatives with a default"),
        pytest.param("${O:+c}", OneOf(("", "c"), (BASE,)), id="alternatives with an alternative"),
        pytest.param("${O/b/$K}", OneOf(("", "/x"), (BASE, HOME)), id="alternatives in an operator"),
        pytest.param("/a/$Q", Unknown("ARG Q has no default", (BASE,), "/a/"), id="unknown"),
        pytest.param("${Q:-/d}", Unknown("ARG Q has no default", (BASE,)), id="a default may not count"),
        pytest.param("${Q:+/d}", OneOf(("", "/d"), (BASE,)), id="an alternative may not count"),
        pytest.param("${Q#a}", Unknown("ARG Q has no default", (BASE,)), id="pattern on unknown"),
        pytest.param("${K:-$Q}", Known("/x", (HOME,)), id="an unused operand does not matter"),
    ],
)
def test_values(word: str, expected: Value) -> None:
    text = Source("x", word).text_of(Span(0, len(word)))
    assert expand(text, VALUES.get, "\\") == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("80", ["80"], id="one"),
        pytest.param("$H", ["/home/x", "y"], id="a value splits"),
        pytest.param('"$H"', ["/home/x y"], id="a quoted one does not"),
        pytest.param("a\\ b c", ["a b", "c"], id="escaped space"),
        pytest.param("$U", [], id="nothing is left"),
        pytest.param('""', [], id="empty quotes are no word"),
        pytest.param("80${U:-90}", ["90"], id="BuildKit drops what stands before an operator"),
    ],
)
def test_splitting(word: str, expected: list[str]) -> None:
    words, _ = split(Source("x", word).text_of(Span(0, len(word))), look_up, "\\")
    assert [known(value) for value in words] == expected


PIECES = st.sampled_from(
    ["$A", "${", "}", ":-", "#", "%", "/", "*", "?", "'", '"', "\\", "a", "$", "U", " ", "<<", "é"]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_never_raises_and_every_place_is_inside(word: str) -> None:
    found = result(word)
    places = [u.place for u in found.undefined] + ([found.refusal.place] if found.refusal else [])
    for place in places:
        assert 0 <= place.span.start <= place.span.end <= len(word)
    split(Source("x", word).text_of(Span(0, len(word))), look_up, "\\")


@pytest.mark.parametrize(
    "word",
    [
        pytest.param("${A:-" * 5000 + "}" * 5000, id="nesting"),
        pytest.param("${H#" + "*a" * 500 + "}", id="stars"),
        pytest.param("${H//" + "*a" * 500 + "/x}", id="stars to replace"),
        pytest.param('"' * 20_001, id="quotes"),
    ],
)
def test_hostile_words_take_no_time(word: str) -> None:
    start = time.process_time()
    text = Source("x", word).text_of(Span(0, len(word)))
    expansion(text, lambda _: Known("a" * 1500), "\\")
    assert time.process_time() - start < 5
