"""Words of a shell script: what the program receives, compared with what dash and bash print."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from dfguard.core.source import Source, Span
from dfguard.syntax import shell
from dfguard.syntax.shell import nodes
from recording import SHELLS, printed

VARIABLES = {"A": "alpha", "E": ""}
DIALECTS = {"dash": nodes.Dialect.POSIX, "bash": nodes.Dialect.BASH}


class _UndecidedError(Exception):
    """The test's own evaluation does not cover this."""


def _words(text: str, dialect: nodes.Dialect) -> list[nodes.Word] | None:
    """The words behind `printf FORMAT`; None when the script is broken."""
    source = Source("script", text)
    script = shell.parse(source.text_of(Span(0, len(text))), dialect)
    if script.broken:
        return None
    assert isinstance(script.body, nodes.Sequence)
    (command,) = script.body.items
    assert isinstance(command, nodes.Command)
    return list(command.words[2:])


def _value(word: nodes.Word) -> str:
    return "".join(_part(part) for part in word.parts)


def _part(part: nodes.Part) -> str:
    match part:
        case nodes.Literal(text):
            return text.value
        case nodes.Parameter(name, _, _, operator, operand):
            if not name.isidentifier():
                raise _UndecidedError
            return _parameter(VARIABLES.get(name), operator, operand)
        case nodes.Substitution(script):
            return _substitution(script)


def _parameter(value: str | None, operator: str, operand: nodes.Word | None) -> str:
    if operator in {"", "length"}:
        return str(len(value or "")) if operator else value or ""
    if operand is None or operator not in {":-", "-", ":+", "+"}:
        raise _UndecidedError
    is_missing = not value if ":" in operator else value is None
    if "-" in operator:
        return _value(operand) if is_missing else value or ""
    return "" if is_missing else _value(operand)


def _substitution(script: nodes.Script | None) -> str:
    if script is None or script.broken or not isinstance(script.body, nodes.Sequence):
        raise _UndecidedError
    output = ""
    for command in script.body.items:
        if not isinstance(command, nodes.Command) or [w.literal for w in command.words[:2]] != [
            "printf",
            "%s",
        ]:
            raise _UndecidedError
        if len(command.words) != 3:
            raise _UndecidedError
        output += _value(command.words[2])
    return output.rstrip("\n")


def _fields(words: list[nodes.Word]) -> list[str]:
    """What the program receives: words that are nothing without quotes vanish."""
    found = []
    for word in words:
        unquoted = [part for part in word.parts if not isinstance(part, nodes.Literal) and not part.is_quoted]
        if any(c in _part(part) for part in unquoted for c in " \t\n"):
            raise _UndecidedError
        value = _value(word)
        if value or any(part.is_quoted for part in word.parts):
            found.append(value)
        elif any(
            isinstance(part, nodes.Parameter) and part.operand and '"' in part.operand.raw.value
            for part in unquoted
        ):
            raise _UndecidedError
    return found


def _compare(arguments: str, shell_name: str) -> None:
    """Compare with a real shell; raise _UndecidedError where the test's own evaluation does not reach."""
    text = f"printf '<%s>' {arguments}"
    words = _words(text, DIALECTS[shell_name])
    output = printed(shell_name, text, VARIABLES)
    if words is None:
        assert output is None
        return
    fields = _fields(words)
    if output is not None:
        expected = "".join(f"<{field}>" for field in fields) or "<>"
        assert output.decode("utf-8", "surrogateescape") == expected


def _quoted(inside: st.SearchStrategy[str], opening: str, closing: str) -> st.SearchStrategy[str]:
    return st.lists(inside, max_size=4).map(lambda parts: opening + "".join(parts) + closing)


def _extended(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    name, operator = st.sampled_from("AEU"), st.sampled_from([":-", "-", ":+", "+"])
    operand = inner.filter(lambda text: "\n" not in text)
    no_blanks = inner.filter(lambda text: not set(text) & set(" \t\n"))
    return st.one_of(
        inner,
        st.builds("${{{}{}{}}}".format, name, operator, operand),
        no_blanks.map("$(printf %s {})".format),
        no_blanks.map(
            lambda t: "`printf %s " + t.replace("\\", "\\\\").replace("`", "\\`").replace("$", "\\$") + "`"
        ),
        _quoted(st.one_of(DOUBLE, st.builds("${{{}{}{}}}".format, name, operator, DOUBLE)), '"', '"'),
    )


COMMON = [
    "x",
    "é",
    "#",
    "!",
    "=",
    "$A",
    "${A}",
    "$E",
    "${U}",
    "$U",
    "${#A}",
    "$",
    "$%",
    "\\\\",
    "\\$",
    "\\`",
    "{x,y}",
    "}",
]
DOUBLE = st.sampled_from([*COMMON, " ", "'", '\\"', "\\n", "\\x", "\t", ";", "<", "|", "&", "(", "~", "\\'"])
BARE = st.sampled_from([*COMMON, "\\'", '\\"', "\\ ", "\\;", "\\<", "x#", "*q", "]", ",", "\\n", "{", "^"])
SINGLE = st.sampled_from(["x", '"', "\\", "$A", " ", "\n", "#", "`", "é", "\\\n", "{", "}"])
PIECES = st.recursive(
    st.one_of(BARE, _quoted(DOUBLE, '"', '"'), _quoted(SINGLE, "'", "'")), _extended, max_leaves=6
)
ARGUMENTS = st.lists(st.lists(PIECES, min_size=1, max_size=3).map("".join), min_size=1, max_size=3).map(
    " ".join
)


@pytest.mark.parametrize("shell_name", SHELLS)
@settings(max_examples=120, deadline=None)
@given(arguments=ARGUMENTS)
def test_generated_words_are_what_the_shell_passes_on(arguments: str, shell_name: str) -> None:
    try:
        _compare(arguments, shell_name)
    except _UndecidedError:
        reject()


@pytest.mark.parametrize("shell_name", SHELLS)
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param("a\\\nb 'a\\\nb' \"a\\\nb\"", id="a backslash before a line feed"),
        pytest.param("a\\", id="a backslash at the end"),
        pytest.param("$'a\\tb\\x41\\u00e9\\101\\\\'", id="ANSI-C quotes are bash's alone"),
        pytest.param('$"a $A"', id="a dollar before double quotes"),
        pytest.param('"${U:-\'a\'}" ${U:-\'a}b\'} "${U:-"a  b"}"', id="quotes in an operand"),
        pytest.param('"${U:-\\}\\a\\$}" ${U:-\\}\\a}', id="escapes in an operand"),
        pytest.param("${U:-a{b}c}", id="an operand ends at the first closing brace"),
        pytest.param('"`printf %s \\"a\\"`"', id="escaped quotes in backticks inside quotes"),
        pytest.param("`printf %s '\\$x,\\\\,\\a'`", id="escapes in backticks"),
        pytest.param("\"$(printf %s 'a)b')\" $(printf %s \\))", id="parentheses that close nothing"),
        pytest.param("a#b \\#c #d", id="a hash begins a comment at a word's beginning only"),
        pytest.param("{a,b}c{1..3} {x} {} {a,'b c'}{,d} \"{a,b}\" {3..1} {a..c} {01..3} x{}", id="braces"),
        pytest.param("$A{x,y}", id="braces are expanded before parameters"),
        pytest.param("\udce9 'a\udcff'", id="bytes that are not UTF-8"),
    ],
)
def test_words_are_what_the_shell_passes_on(arguments: str, shell_name: str) -> None:
    _compare(arguments, shell_name)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param('"$(printf %s "a\\"b" | cat)"', id="quotes in a substitution inside quotes"),
        pytest.param('"$(case x in x) printf %s y;; (y) esac)"', id="the parenthesis of a case pattern"),
        pytest.param('"$(cat <<EOF\na ) "b\nEOF\n)"', id="a here-document in a substitution"),
        pytest.param('"$(printf %s a # no ) here\n)"', id="a comment in a substitution"),
        pytest.param("$((1+(2*3)))", id="arithmetic"),
        pytest.param('"$(f() ( a ); if (b) then c; fi)"', id="other parentheses in a substitution"),
        pytest.param('"$(printf %s "$(printf %s ")")")"', id="substitutions in one another"),
    ],
)
def test_the_end_of_a_substitution_is_found(arguments: str) -> None:
    for dialect in DIALECTS.values():
        words = _words(f"printf x {arguments} end", dialect)
        assert words is not None
        assert [word.raw.value for word in words] == [arguments, "end"]


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        pytest.param("a", [("literal", "a", False)], id="plain"),
        pytest.param("''", [("literal", "", True)], id="empty"),
        pytest.param("a''", [("literal", "a", False)], id="an empty part says nothing"),
        pytest.param(
            "''$A",
            [("literal", "", True), ("parameter", "A", "")],
            id="an empty part that keeps a word alive",
        ),
        pytest.param(
            "--x='a b'c",
            [("literal", "--x=", False), ("literal", "a b", True), ("literal", "c", False)],
            id="mixed",
        ),
        pytest.param(
            "$1$@$?${10}", [("parameter", n, "") for n in ("1", "@", "?", "10")], id="special parameters"
        ),
        pytest.param("${a%.*}", [("parameter", "a", "%")], id="an operator"),
        pytest.param("${a//x/y}", [("parameter", "a", "//")], id="an operator of bash"),
        pytest.param("${#a}", [("parameter", "a", "length")], id="a length"),
        pytest.param("${!a}", [("parameter", "a", "indirect")], id="an indirection"),
        pytest.param("${a[@]}", [("parameter", "a[@]", "")], id="an array"),
        pytest.param("${a b}", [("substitution", None)], id="a substitution no shell knows"),
        pytest.param("$((a))$[b]", [("substitution", None), ("substitution", None)], id="arithmetic"),
        pytest.param("<(a)", [("substitution", "a")], id="process substitution"),
    ],
)
def test_parts_say_what_they_are(word: str, parts: list[tuple[object, ...]]) -> None:
    words = _words(f"printf x {word}", nodes.Dialect.BASH)
    assert words is not None
    assert [_outline(part) for part in words[0].parts] == parts


def _outline(part: nodes.Part) -> tuple[object, ...]:
    match part:
        case nodes.Literal(text, is_quoted):
            return "literal", text.value, is_quoted
        case nodes.Parameter(name, _, _, operator):
            return "parameter", name, operator
        case nodes.Substitution(script):
            return "substitution", script and script.text.value


@settings(max_examples=150, deadline=None)
@given(arguments=ARGUMENTS, dialect=st.sampled_from(list(DIALECTS.values())))
def test_every_character_of_a_word_maps_to_itself_in_the_source(
    arguments: str, dialect: nodes.Dialect
) -> None:
    text = f"printf x {arguments}"
    words = _words(text, dialect)
    assume(words is not None)
    for word in words or []:
        assert text[word.span.start : word.span.end] == word.raw.value
        for part in word.parts:
            if isinstance(part, nodes.Literal):
                origins = [part.text.offset(i) for i in range(len(part.text.value))]
                assert "".join(text[origin] for origin in origins) == part.text.value
                assert origins == sorted(set(origins))
            else:
                assert text[part.span.start] in "$`<>"
