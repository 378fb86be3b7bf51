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
names = "importlib.resources inspect dataclasses libcst yaml ast json"
print([name for name in names.split() if name in sys.modules])
"""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a && b | python -c 'c' > \"$d\"; ! e", id="simple commands"),
        pytest.param("if a; then b; fi", id="a compound command"),
    ],
)
def test_reading_a_script_loads_no_library(text: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", READ.format(text=text)], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == "[]"
