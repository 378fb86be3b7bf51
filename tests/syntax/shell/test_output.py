"""echo, printf, cat and tee: what they print, compared with dash and bash."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfguard.syntax.shell import nodes
from dfguard.syntax.shell.output import output_of
from outlines import parsed
from recording import SHELLS, printed

DIALECTS = {"dash": nodes.Dialect.POSIX, "bash": nodes.Dialect.BASH}


def _ours(text: str, dialect: nodes.Dialect) -> str | None:
    parts = output_of(parsed(text, dialect).body, dialect)
    if parts is None:
        return None
    return "".join(part.text.value if isinstance(part, nodes.Literal) else "?" for part in parts)


PRINTING = [
    pytest.param("echo a 'b  c'", id="words"),
    pytest.param("echo", id="nothing"),
    pytest.param("echo ''", id="an empty word"),
    pytest.param("echo -n a", id="-n"),
    pytest.param("echo -n -n a; echo -nn b; echo - c; echo -nx d", id="what is no option"),
    pytest.param("echo -e 'a\\nb'; echo -ne 'c\\td'; echo -E 'e\\nf'; echo -e -E 'g\\n'", id="-e and -E"),
    pytest.param("echo 'a\\nb\\tc\\\\d\\0101e\\101f\\x41g\\e'", id="escapes"),
    pytest.param("echo -e 'a\\x41\\u00e9\\0101\\e[0m'", id="escapes of bash"),
    pytest.param("echo 'a\\cb' c; echo d", id="an escape that ends the output"),
    pytest.param("printf 'a\\nb\\tc\\\\d\\101e%%f'", id="a format"),
    pytest.param("printf 'a\\\"b'; printf \"c'd\"", id="quotes in a format"),
    pytest.param("printf '%s,%s;' a 'b c' d", id="a format used again"),
    pytest.param("printf '%s\\n' 'a\\nb' c", id="an argument's escapes stay"),
    pytest.param("printf '%b' 'a\\nb'", id="an argument's escapes are read"),
    pytest.param("printf '%b,%s;' 'a\\cb' c d", id="an argument that ends the output"),
    pytest.param("printf '%d %i\\n' 12 3", id="numbers"),
    pytest.param("printf '%5s|%-5s|%.2s|%5.1s|' ab ab abc abc", id="widths of words"),
    pytest.param("printf '%03d|%+d|% d|%5.3d|%-4d|' 7 7 7 7 7", id="widths of numbers"),
    pytest.param("printf '%x %X %o %u' 255 0xff 8 -1", id="other bases"),
    pytest.param("printf '%d %d %i' 010 0x1f +5", id="numbers in other bases"),
    pytest.param("printf '%d,%s' 1 a 2", id="a word that is missing"),
    pytest.param("printf '%d'", id="a number that is missing"),
    pytest.param("printf '\\303\\251'; printf '%b' '\\0303\\0251'", id="bytes of a character"),
    pytest.param("printf 'no arguments\\n' a b", id="a format without conversions"),
    pytest.param("printf -- '-a\\n'", id="the end of options"),
    pytest.param("printf '%s'", id="nothing for a conversion"),
    pytest.param("cat <<E\na\nE", id="cat"),
    pytest.param("cat - <<'E'\na $X\nE", id="cat of standard input"),
    pytest.param("echo a | cat | tee /dev/null", id="pipes"),
    pytest.param("{ echo a; printf b; echo c && echo d; }", id="a group"),
    pytest.param("(true; echo a)", id="a subshell"),
    pytest.param("cat <<E | cat\n$(echo b)\nE", id="a substitution stays"),
]


@pytest.mark.parametrize("shell_name", SHELLS)
@pytest.mark.parametrize("text", PRINTING)
def test_what_is_printed_is_what_the_shell_prints(text: str, shell_name: str) -> None:
    ours = _ours(text, DIALECTS[shell_name])
    assert ours is not None
    real = printed(shell_name, text, {})
    assert real is not None
    if "?" not in ours:
        assert ours == real.decode()


@pytest.mark.parametrize("shell_name", SHELLS)
@settings(max_examples=120, deadline=None)
@given(
    program=st.sampled_from(
        ["echo", "echo -n", "echo -e", "echo -ne", "printf", "printf %s", "printf '%b,'"]
    ),
    words=st.lists(
        st.text(st.sampled_from("ab\\nt0169cx -%s"), max_size=8).map(lambda text: f"'{text}'"),
        min_size=1,
        max_size=3,
    ),
)
def test_generated_printing_is_what_the_shell_prints(program: str, words: list[str], shell_name: str) -> None:
    text = " ".join([program, *words])
    ours, real = _ours(text, DIALECTS[shell_name]), printed(shell_name, text, {})
    if ours is not None and real is not None:
        assert ours == real.decode("utf-8", "surrogateescape")


_PIECES = [
    "a",
    "b",
    "\\n",
    "\\t",
    "\\x41",
    "\\101",
    "\\0101",
    "\\c",
    "\\e",
    "\\E",
    "\\\\",
    "\\",
    "\\q",
    "0",
    "7",
    " ",
    "é",
]
_CONVERSIONS = [
    "%s",
    "%d",
    "%5s",
    "%-5s|",
    "%03d",
    "%x",
    "%o",
    "%+d",
    "%.2s",
    "%5.3d",
    "%c",
    "%b",
    "%i",
    "%u",
    "%X",
    "%%",
    "%5%",
    "%q",
    "%.0f",
]
_VALUES = ["a", "bc", "12", "-3", "0x1f", "010", "x\\ny", "\\x41", "a\\cb", "", "+5", "08", "\\0101"]


def _generated(count: int) -> list[str]:
    """Calls of echo and printf, the same at each run."""
    chosen = random.Random(13)
    texts = []
    for _ in range(count):
        program = chosen.choice(["echo", "echo -n", "echo -e", "echo -ne", "echo -E", *["printf"] * 4])
        pieces = [*_PIECES, *_CONVERSIONS] if program == "printf" else _PIECES
        first = "".join(chosen.choices(pieces, k=chosen.randint(1, 4)))
        others = ["".join(chosen.choices(_PIECES, k=2)), *chosen.choices(_VALUES, k=2)]
        words = [first, *others[: chosen.randint(0, 3)]]
        texts.append(" ".join([program, *(f"'{word}'" for word in words)]))
    return texts


@pytest.mark.skipif(len(SHELLS) < 2, reason="dash or bash is not installed")
def test_200_generated_calls_print_what_dash_and_bash_print() -> None:
    texts = _generated(200)
    known = 0
    for text in texts:
        for name, dialect in DIALECTS.items():
            ours, real = _ours(text, dialect), printed(name, text, {})
            known += ours is not None
            shown = real.decode("utf-8", "surrogateescape") if real is not None else None
            assert ours is None or ours == shown, (name, text)
    assert known > 1.5 * len(texts)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("cat x", id="a file"),
        pytest.param("cat - x <<E\na\nE", id="a file behind standard input"),
        pytest.param("echo a > x", id="printed elsewhere"),
        pytest.param("echo a | sed s/a/b/", id="changed on the way"),
        pytest.param("echo a; ls", id="something else besides"),
        pytest.param("echo a || echo b", id="one or the other"),
        pytest.param("printf '%.0f' 1", id="a fraction"),
        pytest.param("printf '%q' a", id="a conversion of bash alone"),
        pytest.param("printf '%5s' é", id="characters that are several bytes"),
        pytest.param("printf '50%'", id="a lone percent sign"),
        pytest.param("printf '%d' 08", id="no octal number"),
        pytest.param('printf "$F" a', id="an unknown format"),
        pytest.param("printf '%d' x", id="no number"),
        pytest.param("if a; then echo b; fi", id="a condition"),
    ],
)
def test_what_is_not_known_is_not_told(text: str) -> None:
    assert _ours(text, nodes.Dialect.POSIX) is None


def test_expansions_are_parts_of_what_is_printed() -> None:
    assert _ours('echo "a$X" $(b) | tee c', nodes.Dialect.POSIX) == "a? ?\n"


@pytest.mark.parametrize(("escapes", "expected"), [(True, "a\nb\n"), (False, "a\\nb\n"), (None, "a\nb\n")])
def test_whether_echo_reads_escapes_can_be_said(*, escapes: bool | None, expected: str) -> None:
    parts = output_of(parsed("echo 'a\\nb'").body, nodes.Dialect.POSIX, escapes=escapes)
    assert parts is not None
    assert "".join(part.text.value for part in parts if isinstance(part, nodes.Literal)) == expected
