"""What the shell layer loads, and when."""

from __future__ import annotations

import subprocess
import sys

import pytest

READ = """
import sys
from dfguard.core.source import Source, Span
from dfguard.syntax import shell
from dfguard.syntax.embedded import snippets
from dfguard.syntax.shell.nodes import Dialect
text = {text!r}
script = shell.parse(Source("x", text).text_of(Span(0, len(text))), Dialect.POSIX)
snippets.snippets_of_script(script)
names = "tree_sitter._binding tree_sitter importlib.resources inspect dataclasses libcst yaml ast json"
print([name for name in names.split() if name in sys.modules])
"""


@pytest.mark.parametrize(
    ("text", "loaded"),
    [
        pytest.param("a && b | python -c 'c' > \"$d\"; ! e", [], id="no compound command, no grammar"),
        pytest.param("if a; then b; fi", ["tree_sitter._binding"], id="the extension module alone"),
    ],
)
def test_only_what_is_needed_is_loaded(text: str, loaded: list[str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", READ.format(text=text)], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == repr(loaded)


def test_the_grammar_is_found_the_usual_way_when_it_is_elsewhere() -> None:
    program = (
        "from dfguard.syntax.shell import parser\n"
        "def absent(package): raise ImportError(package)\n"
        "parser._extension = absent\n"
        "print(parser._parser().parse(b'if a ; then a ; fi ').root_node.has_error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == "False"
