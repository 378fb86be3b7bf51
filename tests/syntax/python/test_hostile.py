"""`read` on code that is meant to hurt: a program or a reason, never a crash, never long."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfguard.syntax.python.program import Program
from dfguard.syntax.python.reader import read
from dfguard.syntax.python.verdict.check import check
from pythonic import program_of, snippet_of

SECONDS = 4
"""Twice what is promised: processor time doubles where all processors are busy."""

HANDLER = "\n".join(
    [
        "import os, runpod, torch",
        "from transformers import AutoModel",
        "CACHE = {}",
        *(
            f"""
def step_{number}(job, name="org/model-{number}"):
    path = os.path.join(os.environ.get("ROOT", "/models"), name)
    if name not in CACHE:
        try:
            CACHE[name] = AutoModel.from_pretrained(path, cache_dir=f"{{path}}/cache").to("cuda")
        except OSError as error:
            print("failed", error)
            raise
    result = CACHE[name](job["input"])
    return step_{number + 1}(result) if result else [x for x in result]
"""
            for number in range(1_820)
        ),
        "def handler(job): return step_0(job)",
        "runpod.serverless.start({'handler': handler})",
    ]
)

CODES = {
    "a handler of 20,000 lines": HANDLER,
    "a deep condition": "if a: pass\n" + "elif a: pass\n" * 2_000,
    "deep blocks": "".join(" " * depth + "if a:\n" for depth in range(99)) + " " * 99 + "b()",
    "a long sum": "x = " + " + ".join(["a()"] * 900),
    "a long chain": "x = a" + ".b()" * 900,
    "functions in a circle": "".join(f"def f{n}(x): return f{(n + 1) % 300}(x)\n" for n in range(300))
    + "f0(1)",
    "classes in a circle": "class A(B): pass\nclass B(A): pass\nA().x.y()\nB().x",
    "variables in a circle": "".join(f"x{n} = x{(n + 1) % 300}\n" for n in range(300)) + "x0.f()",
    "everything calls everything": "\n".join(
        f"def f{n}(x):\n " + "; ".join(f"f{m}(x)" for m in range(40)) for n in range(40)
    ),
    "half of that": "\n".join(
        f"def f{n}(x):\n " + "; ".join(f"f{m}(x)" for m in range(20)) for n in range(20)
    ),
    "a variable bound a thousand times": "".join(f"if a: x = {n}\n" for n in range(1_000)) + "f(x)",
    "parameters that double": "".join(
        f"def f{n}(x): return f{n + 1}(x + x) + f{n + 1}(x)\n" for n in range(40)
    )
    + "f0('a')",
    "a list of lists": "x = [" + "[1, 2]," * 20_000 + "]\nfor y in x: f(y)",
    "nothing": "",
}


@pytest.mark.parametrize("name", CODES)
def test_reading_takes_little_processor_time(name: str) -> None:
    start = time.process_time()
    program = read(snippet_of(CODES[name]))
    assert time.process_time() - start < SECONDS
    assert program.fault is None


def test_a_large_handler_is_read_whole() -> None:
    program = program_of(HANDLER)
    assert HANDLER.count("\n") > 20_000
    assert len(program.functions) == 1_821
    assert sum(call.name == "transformers.AutoModel.from_pretrained" for call in program.calls) == 1_820


PIECES = st.sampled_from(
    [
        *(
            "import a",
            "x = x",
            "x = a.b(x)",
            "def f(x=x):",
            "class A(A):",
            "  ",
            "return f(x)",
            "x.y = f",
            "try:",
        ),
        *(
            "for x in f(x):",
            "except E as x:",
            "with f() as x:",
            "global x",
            "lambda x: x(x)",
            "if x is None:",
        ),
        *("del x['a']", "[x for x in x]", "\n"),
    ]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=30).map("\n".join))
def test_any_code_gives_a_program(code: str) -> None:
    program = read(snippet_of(code))
    assert isinstance(program, Program)
    assert (program.fault is None) == (check(code) is None)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_gives_a_program(code: str) -> None:
    assert isinstance(read(snippet_of(code)), Program)


def test_reading_imports_nothing_heavy() -> None:
    program = """
        import sys
        from dfguard.core.source import Source, Span
        from dfguard.syntax.python.program import Form, Snippet
        from dfguard.syntax.python.reader import read
        source = Source("x.py", "import os\\nprint(os.environ.get('A', 'b'))")
        text = source.text_of(Span(0, len(source.text)))
        assert len(read(Snippet(text, Form.FILE, None, text.place())).calls) == 2
        heavy = {"ast", "libcst", "tokenize", "inspect", "dataclasses", "yaml"} & sys.modules.keys()
        print(sorted(heavy))
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"
