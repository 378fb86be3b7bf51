"""What is a syntax error: the reader against bash itself, which reads the text and runs nothing (`bash -n`)."""

from __future__ import annotations

import random
import shutil
import subprocess

import pytest

from outlines import parsed

SCRIPTS = 400
SIMPLE = ("a", "b c", "x=1 a", "[ a ]", "echo 'c d' >o", "$(b) c", "(( 1 ))", "a | b", "a && b")
TOKENS = (
    "a", "'c d'", "$x", "if", "then", "elif", "else", "fi", "for", "do", "done", "while", "until", "case", "esac",
    "b)", "(b)", ";;", ";", "\n", "&", "&&", "||", "|", "{", "}", "(", ")", "f()", "function f", ">o", "<i", "2>&1",
)  # fmt: skip
"""Not here: `in`, `]]` and `!` alone, and broken tests, about which bash and the other shells differ."""


def _script(chooser: random.Random, depth: int) -> str:
    """A script that is right."""
    if depth == 0 or chooser.random() < 0.3:
        return chooser.choice(SIMPLE)
    a, b, c = (_script(chooser, depth - 1) for _ in range(3))
    end, between = chooser.choice([" ; ", " \n "]), chooser.choice([" ; ", " \n ", " & "])
    return chooser.choice(
        [
            f"if {a}{end}then {b}{end}fi",
            f"if {a}{end}then {b}{end}elif {b}{end}then {c}{end}else {a}{end}fi >o",
            f"for x in 1 2{end}do {a}{end}done",
            f"while {a}{end}do {b}{end}done | b",
            f"case $x in a|b) {a} ;; (c) {b}{end} ;; *) {c} ; esac",
            f"{{ {a}{end}}}",
            f"( {a} )",
            f"f() {{ {a}{end}}}",
            f"{a}{between}{b}",
        ]
    )


def _changed(chooser: random.Random, text: str) -> str:
    """The text with one or two of its words removed, added or replaced."""
    words = text.split(" ")
    for _ in range(chooser.randint(1, 2)):
        at = chooser.randrange(len(words))
        words[at : at + chooser.randint(0, 1)] = chooser.choice([[], [chooser.choice(TOKENS)]])
        words = words or ["a"]
    return " ".join(words)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is asked")
@pytest.mark.parametrize("is_changed", [False, True])
def test_what_bash_refuses_is_broken_and_nothing_else(is_changed: bool) -> None:  # noqa: FBT001
    chooser = random.Random(int(is_changed))
    refused = 0
    for _ in range(SCRIPTS):
        text = _script(chooser, 3)
        text = _changed(chooser, text) if is_changed else text
        bash = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
        assert bool(parsed(text).broken) == bool(bash.returncode), (text, bash.stderr)
        refused += bool(bash.returncode)
    assert (refused > SCRIPTS // 4) == is_changed
