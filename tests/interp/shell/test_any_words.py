"""No command's transfer function ever raises, whatever the words: every one of the registry, so that a new one is covered."""

from __future__ import annotations

import inspect
import re
import shlex
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dfguard.interp.shell.commands import transfer
from dfguard.interp.shell.registry import families
from generated import COMMANDS, WORDS
from paper import image, played, world

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

EXAMPLES = 4
"""For each command; each example holds several calls. More of them are run by benchmarks/fuzz.py."""
FULL = image(
    "full",
    {"PATH": "/bin"},
    system="debian 12",
    top_level=("bin", "dev", "etc", "home", "root", "tmp", "usr", "opt"),
)
FILES = (
    "/d/f",
    "/d",
    "/d/l",
    "/d/none",
    "f",
    "e",
    "/context/a.txt",
    "/context/x.tar.gz",
    "/etc/passwd",
    "/d/*",
    "/unknown/*",
)
SETUP = (
    "FROM full\nCOPY a.txt x.tar.gz /context/\nWORKDIR /d\nRUN mkdir -p /d/e && printf 'a b\\n1:2 c\\n' > f && ln -s f l\n"
    "RUN useradd -m app && make-something /unknown\nARG GIVEN\n"
)
STARTS = (
    "",
    "",
    "",
    "cat f | ",
    "printf 'a\\nb c\\n\\n' | ",
    "make-something | ",
    "set -eu; ",
    "sudo -u app ",
    "env -i ",
    "f() { return 2; }; f || ",
)
ENDS = (
    "",
    "",
    "",
    " > /d/out",
    " >> f",
    " < f",
    " < /d/none",
    " && touch /t",
    " || true",
    " | cat",
    " <<< 'a b'",
)
KNOWN = world(FULL, context={"a.txt": "a\nb\n", "x.tar.gz": "no archive"})
OPEN = world(context={"a.txt": "a\nb\n", "x.tar.gz": "no archive"})


def options_of(name: str) -> tuple[str, ...]:
    """The options that the module of a command's transfer function reads, as they are written in calls."""
    function = transfer(name)
    assert function is not None
    source = inspect.getsource(sys.modules[function.__module__])
    words = re.findall(r"[\w,=-]+", " ".join(re.findall(r'"([^"\n]*)"', source)))
    options = {option.rstrip("=") for word in words for option in word.split(",") if option.rstrip("=")}
    return tuple(sorted(f"-{o}" if len(o) == 1 else o if o.startswith("-") else f"--{o}" for o in options))


def arguments(name: str) -> SearchStrategy[str]:
    odd = st.text(st.characters(exclude_characters="\n\r\0", codec="utf-8"), max_size=8).map(shlex.quote)
    raw = st.sampled_from([word for word in WORDS if word not in ("'", '"', "`", "\\")])
    quoted = st.sampled_from(WORDS).map(shlex.quote)
    options = st.sampled_from(options_of(name))
    joined = st.tuples(options, st.one_of(quoted, st.sampled_from(FILES))).map(
        lambda pair: f"{pair[0]}={pair[1]}"
    )
    values = st.sampled_from(
        ("$GIVEN", '"$GIVEN"', "/d/$GIVEN", "$(make-something)", '"$@"', "$((1+1))", "${X:-/d/f}")
    )
    word = st.one_of(raw, quoted, odd, options, options, joined, values, st.sampled_from(FILES))
    return st.lists(word, max_size=5).map(" ".join)


@st.composite
def scripts(draw: st.DrawFn, name: str) -> str:
    lines = draw(
        st.lists(
            st.tuples(st.sampled_from(STARTS), arguments(name), st.sampled_from(ENDS)), min_size=4, max_size=8
        )
    )
    return "".join(f"RUN {start}{name} {words}{end}\n" for start, words, end in lines)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_words_make_a_command_raise(name: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(scripts(name), st.sampled_from((KNOWN, KNOWN, OPEN)))
    def holds(text: str, where: object) -> None:
        assert where in (KNOWN, OPEN)
        assert played(SETUP + text, KNOWN if where is KNOWN else OPEN)[-1].steps

    holds()


def test_every_command_of_the_registry_is_tried() -> None:
    assert set(COMMANDS) == {name for names in families().values() for name in names}
    assert len(COMMANDS) > 150
    assert "--strip-components" in options_of("tar")
