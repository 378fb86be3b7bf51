"""`check`: what does not compile, where it stops, and why; guillemets begin at `PythonFault.index`."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time

import pytest

from dfguard.core.record import values
from dfguard.syntax.python.program import PythonFault
from dfguard.syntax.python.verdict.check import check, parse, required_version
from marked import unmark

SECONDS = 4
"""Twice what is promised: processor time doubles where all processors are busy."""

FAULTS = [
    pytest.param("x = (1«»", "'(' was never closed", {"at": 4}, id="open-bracket"),
    pytest.param("x = 1«)»", "unmatched ')'", {}, id="closed-bracket"),
    pytest.param("print(«'a)»", "unterminated string literal", {}, id="open-string"),
    pytest.param("import os\n«return» 1", "'return' outside function", {}, id="only-the-compiler-finds-it"),
    pytest.param("s = 'äöü'; «return» 1", "'return' outside function", {}, id="compiler-counts-bytes"),
    pytest.param("s = 'äöü'; x «y»", "invalid syntax", {}, id="parser-counts-characters"),
    pytest.param("x = 1«\0»", "a null byte", {}, id="null-byte"),
    pytest.param("\ufeffx = 1«)»", "unmatched ')'", {}, id="byte-order-mark"),
    pytest.param(
        "x = '«\udce9»'", "a byte that is not utf-8, and no other encoding is declared", {}, id="latin-1"
    ),
    pytest.param(
        "# coding: ascii\nx = '«é»'",
        "a byte that is not ascii, the declared encoding",
        {},
        id="ascii-declared",
    ),
    pytest.param(
        "# coding: cp1252\nx = 'é«\udc81»'",
        "a byte that is not cp1252, the declared encoding",
        {},
        id="undefined-in-the-declared-encoding",
    ),
    pytest.param("# coding: «k»lingon\nx = 'é'", "klingon is no encoding", {}, id="no-encoding"),
    pytest.param(
        "# -*- coding: utf-8 -*-\nx = '«\udce9»'",
        "a byte that is not utf-8, and no other encoding is declared",
        {},
        id="latin-1-declared-utf-8",
    ),
    pytest.param("  «import» os", "the first statement is indented", {"is_indent": True}, id="indent"),
    pytest.param(
        "\n  «import» os\n\n  import sys\n",
        "the first statement is indented",
        {"is_indent": True},
        id="indented-block",
    ),
    pytest.param(
        "  a = 1\n\n  b = «=» 2\n",
        "invalid syntax",
        {"is_indent": True},
        id="indented-and-wrong-behind-a-blank-line",
    ),
    pytest.param(
        "  a = 1; «try:» b()",
        "`try:` cannot follow `;` on one line",
        {"is_indent": True, "is_flattened": True},
        id="indented-and-flattened",
    ),
    pytest.param(
        "import x«\\n»print(1)",
        "`\\n` outside every string is no line feed",
        {"has_escaped_newline": True},
        id="escaped-newline",
    ),
    pytest.param(
        "import x\\n«try:» y()",
        "`try:` needs a line of its own",
        {"has_escaped_newline": True, "is_flattened": True},
        id="escaped-newline-before-a-header",
    ),
]

PYTHON_2 = [
    pytest.param('«print» "a"', "`print` is a function in python 3", id="print"),
    pytest.param("«exec» 'a' in b", "`exec` is a function in python 3", id="exec"),
    pytest.param(
        "try:\n  a\nexcept «A», e:\n  b", "`except E, e` is `except E as e` in python 3", id="except"
    ),
    pytest.param("raise A«,» 'b'", "`raise E, message` is `raise E(message)` in python 3", id="raise"),
    pytest.param("a «<>» b", "`<>` is `!=` in python 3", id="unequal"),
    pytest.param("«`a`»", "backticks are `repr()` in python 3", id="backticks"),
    pytest.param("x = «0777»", "octal numbers begin with `0o` in python 3", id="octal"),
    pytest.param("x = 1«0»L", "numbers have no `L` in python 3", id="long"),
    pytest.param("x = ur«'a'»", "`ur` strings do not exist in python 3", id="raw-unicode"),
]

TOO_NEW = [
    pytest.param("«match x:»\n  case 1: pass", (3, 9), (3, 10), "`match`", id="match"),
    pytest.param("f(«x := 1»)", (3, 7), (3, 8), "the operator `:=`", id="walrus"),
    pytest.param("def f(«a», /): pass", (3, 7), (3, 8), "a positional-only parameter", id="positional-only"),
    pytest.param("«try:»\n  a\nexcept* A:\n  b", (3, 10), (3, 11), "`except*`", id="except-star"),
    pytest.param("«with (a as b, c as d):»\n  e", (3, 8), (3, 9), "a parenthesised `with`", id="with"),
    pytest.param("print(«f'{x=}'»)", (3, 7), (3, 8), "`{name=}` in an f-string", id="f-string-equals"),
    pytest.param("é = «f'{x}'»", (3, 5), (3, 6), "an f-string", id="f-string-behind-an-umlaut"),
    pytest.param("x = 1\n«type» X = int", (3, 11), (3, 12), "a `type` statement", id="type-statement"),
    pytest.param(
        "try:\n  a\n«except» A, B:\n  b",
        (3, 13),
        (3, 14),
        "an `except` of several types without parentheses",
        id="except-tuple",
    ),
]

VERSIONS = [
    pytest.param("x = 1", (3, 0), id="plain"),
    pytest.param("async def f(): pass", (3, 5), id="async"),
    pytest.param("a @ b", (3, 5), id="matrix-product"),
    pytest.param("x: int = 1", (3, 6), id="annotation"),
    pytest.param("f'x={x!r}'", (3, 6), id="repr-is-not-equals"),
    pytest.param("f'{{x=}} {y!r}'", (3, 6), id="doubled-braces"),
    pytest.param("def f():\n  return 1, *a", (3, 8), id="star-in-return"),
    pytest.param("def f():\n  return (1, *a)", (3, 0), id="star-in-parentheses"),
    pytest.param("for x in *a, b: pass", (3, 9), id="star-in-for"),
    pytest.param("@a[0].b\ndef f(): pass", (3, 9), id="decorator"),
    pytest.param("@a.b(1)\ndef f(): pass", (3, 0), id="dotted-decorator"),
    pytest.param("with (open(a)) as b, (c) as d:\n  pass", (3, 0), id="parentheses-of-one-item"),
    pytest.param("with (a as b):\n  pass", (3, 9), id="with-one-item"),
    pytest.param("a[1:2, *b]", (3, 11), id="star-in-index"),
    pytest.param("def f(*args: *T): pass", (3, 11), id="star-in-annotation"),
    pytest.param("def f[T](): pass", (3, 12), id="type-parameter"),
    pytest.param("class A[T = int]: pass", (3, 13), id="type-parameter-default"),
    pytest.param('f"{x["a"]}"', (3, 12), id="f-string-same-quotes"),
    pytest.param("f'{\"\\n\".join(x)}'", (3, 12), id="f-string-backslash"),
    pytest.param("f'''{x['a']}'''", (3, 6), id="f-string-other-quotes"),
    pytest.param("t'{x}'", (3, 14), id="t-string"),
    pytest.param("x = = 1", (3, 0), id="no-python-at-all"),
]

FINE = [
    pytest.param("for x in y: a(); b()", id="one-line-loop"),
    pytest.param("if x: a()\nelse: b()", id="one-line-branches"),
    pytest.param("import os; print(1 if os else 2); f = lambda: 3", id="colons-that-head-nothing"),
    pytest.param("match = 1; case = match; print(match, case)", id="soft-keywords-as-names"),
    pytest.param("print('try: x; except: y')", id="keywords-in-a-string"),
    pytest.param("# -*- coding: latin-1 -*-\nx = '\udce9'", id="declared-encoding"),
    pytest.param("# coding: cp1252\nx = '\udce9'", id="another-declared-encoding"),
    pytest.param("# coding: utf_8_sig\nx = 'é'", id="utf-8-under-another-name"),
    pytest.param("# coding: idna\nx = 'é'", id="a-codec-that-is-not-tried"),
    pytest.param("", id="empty"),
    pytest.param("# nothing", id="comment-alone"),
    pytest.param("x = '\\d'; x is 1", id="warnings-are-no-faults"),
    pytest.param("def f[T](x: T) -> T: return x", id="newer-than-the-oldest-host"),
    pytest.param("try:\n  a\nexcept A, B:\n  b", id="3.14-when-the-version-is-unknown"),
]

HOSTILE = {
    "brackets": "(" * 100_000,
    "balanced brackets": "(" * 100_000 + ")" * 100_000,
    "unary": "-" * 100_000 + "1",
    "sum": "1" + "+1" * 100_000,
    "attributes": "a" + ".b" * 100_000,
    "calls": "f" + "()" * 100_000,
    "comprehension that overruns the C stack of compile": "[a " + "for a in b " * 90_000 + "]",
    "import in quadratic time": "import " + "a." * 100_000 + "b",
    "f-strings in quadratic time": 'f"{x}"' * 100_000,
    "one line of a megabyte": "x=1;" * 250_000,
    "flattened for ever": "try: x;" * 140_000,
    "broken strings": "'" * 1_000_000,
    "open triple quotes": '"""\\' * 250_000,
    "spaces": " " * 1_000_000 + "x y",
    "indented lines": "  x=1\n" * 50_000,
    "decorators": "@a\n" * 100_000 + "def f(): pass",
    "elif": "if 1: pass\n" + "elif 1: pass\n" * 40_000,
    "conditions without colon": "a if b else " * 80_000 + ":",
    "backticks": "`" * 1_000_000,
    "python 2": 'print "a"\n' * 50_000,
}


@pytest.mark.parametrize(("marked", "message", "flags"), FAULTS)
def test_the_fault_says_what_and_where(marked: str, message: str, flags: dict[str, object]) -> None:
    code, ((start, end),) = unmark(marked)
    fault = check(code)
    assert fault is not None
    expected = {"message": message, "index": flags.get("at", start), "header": None} | {
        name: flags.get(name, False)
        for name in ("is_flattened", "is_indent", "has_escaped_newline", "is_python2")
    }
    expected |= {"required": None} | ({"header": (start, end)} if flags.get("is_flattened") else {})
    assert values(fault) == expected


@pytest.mark.parametrize(("marked", "meaning"), PYTHON_2)
def test_python_2_is_called_so(marked: str, meaning: str) -> None:
    code, ((start, _),) = unmark(marked)
    fault = check(code)
    assert fault is not None
    assert (fault.message, fault.is_python2) == (f"python 2 code: {meaning}", True)
    assert abs(fault.index - start) <= 1


@pytest.mark.parametrize(("marked", "version", "needed", "name"), TOO_NEW)
def test_code_newer_than_the_stage(
    marked: str, version: tuple[int, int], needed: tuple[int, int], name: str
) -> None:
    code, ((start, _),) = unmark(marked)
    assert check(code, version) == PythonFault(
        f"{name} needs python {needed[0]}.{needed[1]}", start, required=needed
    )
    assert check(code, needed) is None
    assert check(code) is None
    assert required_version(code) == needed


@pytest.mark.parametrize(("code", "version"), VERSIONS)
def test_required_version(code: str, version: tuple[int, int]) -> None:
    assert required_version(code) == version


@pytest.mark.parametrize("code", FINE)
def test_legal_code_has_no_fault(code: str) -> None:
    assert check(code) is None


def test_a_stage_with_python_2_is_only_told_about_flattened_code() -> None:
    assert check('print "a"', (2, 7)) is None
    assert check("import a; try: b()", (2, 7)) == check("import a; try: b()")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_takes_little_processor_time(name: str) -> None:
    start = time.process_time()
    parsed = parse(HOSTILE[name])
    assert time.process_time() - start < SECONDS
    assert (parsed.tree is None) != (parsed.fault is None and not parsed.unread)


def test_compiling_legal_code_imports_nothing_heavy() -> None:
    program = """
        import sys
        from dfguard.syntax.python.verdict.check import check
        assert check("import x; print(f'{x}')", (3, 8)) is None
        heavy = {"ast", "libcst", "tokenize", "inspect", "dataclasses", "yaml"} & sys.modules.keys()
        print(sorted(heavy))
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"
