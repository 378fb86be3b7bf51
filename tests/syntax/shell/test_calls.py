"""Scripts to calls: every simple command once, in the order of the text, with what its words say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfguard.core.source import Source, Span
from dfguard.syntax.shell import parse
from dfguard.syntax.shell.calls import Call, calls
from dfguard.syntax.shell.nodes import Dialect


def read(text: str) -> tuple[Call, ...]:
    source = Source("s", text)
    return calls(parse(source.text_of(Span(0, len(text))), Dialect.BASH))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("a && b; c | d & e", "a b c d e", id="lists and pipes"),
        pytest.param("if a; then b; elif c; then d; else e; fi", "a b c d e", id="if"),
        pytest.param("for i in $(a); do b; done; while c; do d; done", "a b c d", id="loops"),
        pytest.param('case "$(a)" in x) b;; *) c;; esac', "a b c", id="case"),
        pytest.param("f() { a; }; (b); { c; } > $(d); ! e", "a b c d e", id="functions and groups"),
        pytest.param(
            'X=$(a) b "$(c `d`)" ${Y:-$(e)} > $(f)', "b a c d e f", id="inside words, assignments, redirects"
        ),
        pytest.param("[ -n $(a) ] && [[ $(b) == x ]]", "a b", id="tests"),
        pytest.param("X=1; # a comment\n", "", id="no command at all"),
        pytest.param("/usr/bin/apt-get update; ./x", "apt-get x", id="programs without folders"),
        pytest.param("cat <<EOF | a\n$(b)\nEOF\nc", "cat b a c", id="substitutions in a heredoc"),
    ],
)
def test_names_in_the_order_of_the_text(text: str, names: str) -> None:
    assert " ".join(call.name for call in read(text)) == names


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        pytest.param("sudo -E -u app make all", ("make", ("all",)), id="sudo"),
        pytest.param("env A=1 B=2 pip install x", ("pip", ("install", "x")), id="env"),
        pytest.param("timeout -s KILL 5m curl x", ("curl", ("x",)), id="timeout"),
        pytest.param("exec /bin/ps", ("ps", ()), id="exec"),
        pytest.param("nice -n 5 make", ("make", ()), id="nice"),
    ],
)
def test_a_wrapper_is_followed_by_what_it_runs(text: str, inner: tuple[str, tuple[str, ...]]) -> None:
    wrapper, call = read(text)
    assert not wrapper.is_wrapped
    assert (call.name, call.arguments, call.is_wrapped) == (*inner, True)


def test_wrappers_nest_and_end() -> None:
    assert [call.name for call in read("sudo env nice ls; sudo -l; env A=1")] == [
        "sudo",
        "env",
        "nice",
        "ls",
        "sudo",
        "env",
    ]


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        pytest.param("x 'a b' \"c\"d e\\ f", ("a b", "cd", "e f"), id="quotes removed"),
        pytest.param("x $A ${B} c=$D/e", ("${A}", "${B}", "c=${D}/e"), id="variables shown"),
        pytest.param("x $(ls) `ls` ${A:-b} $((1+1))", ("${...}",) * 4, id="anything else"),
    ],
)
def test_words_as_they_are_shown(text: str, arguments: tuple[str, ...]) -> None:
    assert read(text)[0].arguments == arguments


def test_flags_operands_and_options() -> None:
    (call,) = read("apt-get -qqy --quiet=2 -t stable install git=1 -o A=b -- -odd")
    assert call.flags == ("q", "q", "y", "quiet", "t", "o")
    assert call.has_flag("quiet")
    assert not call.has_flag("assume-yes")
    assert [word for word, _ in call.operands(frozenset({"-t", "-o"}))] == ["install", "git=1", "-odd"]
    assert [word for word, _ in call.operands()] == ["stable", "install", "git=1", "A=b", "-odd"]
    assert (call.option("-t"), call.option("--quiet"), call.option("-x", "-o"), call.option("-z")) == (
        "stable",
        "2",
        "A=b",
        None,
    )


def test_a_cluster_that_ends_in_an_option_takes_the_next_word() -> None:
    (call,) = read("apt-get -yt stable install git")
    assert [word for word, _ in call.operands(frozenset({"-t"}))] == ["install", "git"]


@given(st.lists(st.sampled_from(["a", "sudo", "-x", "$V", "$(b)", "|", "&&", ";", "(", ")", "if", "'q r'"])))
def test_places_hold_the_words(words: list[str]) -> None:
    text = " ".join(words)
    for call in read(text):
        assert len(call.places) == len(call.arguments) + 1
        assert call.place.text.rpartition("/")[2] in {call.name, f"'{call.name}'", "$V", "$(b)"}
        assert call.whole.span.start == call.place.span.start
        assert call.whole.span.end <= len(text)
