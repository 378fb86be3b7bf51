"""`read`: when the call the guillemets enclose runs, and under what guards."""

from __future__ import annotations

import pytest

from dfguard.syntax.python.program import Reach
from pythonic import marked_call, program_of

START, REQUEST, NEVER = Reach.IMPORT, Reach.REQUEST, Reach.UNCALLED
SERVE = "\nimport runpod\nrunpod.serverless.start({'handler': handler})\n"

REACH = [
    pytest.param("«load()»", START, id="module-level"),
    pytest.param("if __name__ == '__main__':\n  «load()»", START, id="main"),
    pytest.param("class A:\n  x = «load()»", START, id="class-body"),
    pytest.param("def f(x=«load()»): pass", START, id="default"),
    pytest.param("@«load()»\ndef f(): pass", START, id="decorator"),
    pytest.param("def f(): «load()»", NEVER, id="nobody-calls"),
    pytest.param("def f(): «load()»\nf()", START, id="called"),
    pytest.param("def f(): «load()»\ndef g(): f()\ng()", START, id="called-through-another"),
    pytest.param("class A:\n  def __init__(self): «load()»\nA()", START, id="constructor"),
    pytest.param(
        "class A:\n  def __init__(self): self.f()\n  def f(self): «load()»\nx = A()",
        START,
        id="constructor-calls",
    ),
    pytest.param("class A:\n  def f(self): «load()»\nx = A()\nx.f()", START, id="method"),
    pytest.param(
        "class A:\n  def f(self): «load()»\nclass B(A): pass\nB().f()", START, id="inherited-method"
    ),
    pytest.param("class A:\n  def __call__(self): «load()»\nx = A()\nx()", START, id="called-instance"),
    pytest.param("class A:\n  @property\n  def f(self): «load()»\nx = A()\nprint(x.f)", START, id="property"),
    pytest.param("class A:\n  def __enter__(self): «load()»\nwith A(): pass", START, id="context-manager"),
    pytest.param("import asyncio\nasync def f(): «load()»\nasyncio.run(f())", START, id="coroutine"),
    pytest.param(
        "import threading\ndef f(): «load()»\nthreading.Thread(target=f).start()", START, id="thread"
    ),
    pytest.param("def f(): «load()»\nlist(map(f, [1]))", START, id="map"),
    pytest.param("from functools import partial\ndef f(x): «load()»\npartial(f, 1)()", START, id="partial"),
    pytest.param(
        "F = {'a': lambda: 1}\ndef f(): «load()»\nF = {'a': f}\nF['a']()", START, id="dict-of-functions"
    ),
    pytest.param("f = lambda: «load()»\nf()", START, id="named-lambda"),
    pytest.param("sorted([], key=lambda x: «load()»)", START, id="lambda-handed-over"),
    pytest.param("d = {'a': lambda: «load()»}", NEVER, id="lambda-kept"),
    pytest.param(
        "def f(): «load()»\nF = {'a': f, 'b': print}\nF[x]()", START, id="dict-of-functions-by-a-key"
    ),
    pytest.param(
        "def f(): «load()»\nF = {'a': f, 'b': lambda: 1}\ng = F.get(x)\ng()",
        START,
        id="dict-of-functions-by-get",
    ),
    pytest.param("if x:\n  def f(): «load()»\nelse:\n  def f(): pass\nf()", START, id="one-of-two-functions"),
    pytest.param(
        "def f(): «load()»\ndef g(): pass\nmap(f if x else g, [1])", START, id="either-of-two-functions"
    ),
    pytest.param(
        "def f():\n  n = 0\n  def g():\n    nonlocal n\n    n = «load()»\n  g()\nf()",
        START,
        id="inner-function",
    ),
    pytest.param("def handler(job): «load()»" + SERVE, REQUEST, id="handler"),
    pytest.param(
        "def handler(job): return f(job)\ndef f(job): «load()»" + SERVE, REQUEST, id="called-by-the-handler"
    ),
    pytest.param("def f(): «load()»\nf()\ndef handler(job): pass" + SERVE, START, id="beside-the-handler"),
    pytest.param(
        "def f(): «load()»\nf()\ndef handler(job): f()" + SERVE, REQUEST, id="at-start-and-for-each-request"
    ),
    pytest.param(
        "m = None\ndef f():\n  global m\n  if m is None:\n    m = «load()»\nf()\ndef handler(job): f()"
        + SERVE,
        START,
        id="at-start-and-then-cached",
    ),
    pytest.param(
        "class A:\n  def __init__(self): «load()»\ndef handler(job): A()" + SERVE,
        REQUEST,
        id="instance-per-request",
    ),
    pytest.param(
        "class A:\n  def f(self): «load()»\na = A()\ndef handler(job): a.f()" + SERVE,
        REQUEST,
        id="method-per-request",
    ),
]


@pytest.mark.parametrize(("marked", "reach"), REACH)
def test_when_a_call_runs(marked: str, reach: Reach) -> None:
    assert marked_call(marked).reach is reach


def test_functions_that_other_files_call_are_entries() -> None:
    marked = "class P:\n  def setup(self): self.f()\n  def f(self): «load()»"
    assert marked_call(marked).reach is NEVER
    assert marked_call(marked, {"P.setup": START}).reach is START
    assert marked_call(marked, {"P.setup": REQUEST, "missing": START}).reach is REQUEST
    assert marked_call("class P:\n  def __init__(self): «load()»", {"P": START}).reach is START


CONDITIONAL = [
    pytest.param("if x: «load()»", "x", id="if"),
    pytest.param("if x: pass\nelif y: «load()»", "y", id="elif"),
    pytest.param("if x: pass\nelse: «load()»", "x", id="else"),
    pytest.param("for i in x: «load()»", "x", id="loop"),
    pytest.param("for i in range(x): «load()»", "range(x)", id="counted-loop-unknown"),
    pytest.param("X = []\nfor i in X: «load()»", "X", id="loop-over-nothing"),
    pytest.param("def f():\n  if x: exit(0)\n  «load()»\nf()", "x", id="early-exit"),
    pytest.param("while x: «load()»", "x", id="while"),
    pytest.param("x and «load()»", "x", id="and"),
    pytest.param("y = «load()» if x else 1", "x", id="conditional-expression"),
    pytest.param("[«load()» for i in y if x]", "x", id="comprehension"),
    pytest.param("def f():\n  if x: return\n  «load()»\nf()", "x", id="early-return"),
    pytest.param("def f(): «load()»\nif x: f()", "x", id="around-the-call"),
    pytest.param("try: y\nexcept E: «load()»", "", id="handler"),
    pytest.param("match x:\n  case 1: «load()»", "x", id="match"),
]
UNCONDITIONAL = [
    pytest.param("«load()»", id="nothing"),
    pytest.param("for i in [1, 2]: «load()»", id="loop-over-a-literal"),
    pytest.param("X = ['a']\nfor i in enumerate(X): «load()»", id="loop-over-a-constant"),
    pytest.param("for i in range(3): «load()»", id="counted-loop"),
    pytest.param("for i in range(1, 3): «load()»", id="counted-loop-from"),
    pytest.param("D = {'a': 1}\nfor k, v in D.items(): «load()»", id="loop-over-a-constant-dict"),
    pytest.param("if '__main__' == __name__ and not x: «load()»", id="main-and-more"),
    pytest.param("while True: «load()»", id="endless-loop"),
    pytest.param("if not x: raise E\n«load()»", id="behind-a-requirement"),
    pytest.param("if __name__ == '__main__': «load()»", id="main"),
    pytest.param("with x: «load()»", id="with"),
    pytest.param("try: «load()»\nfinally: pass", id="try"),
    pytest.param("def f(): «load()»\nif x: f()\nf()", id="one-way-is-free"),
]


@pytest.mark.parametrize(("marked", "condition"), CONDITIONAL)
def test_calls_that_may_not_run(marked: str, condition: str) -> None:
    call = marked_call(marked)
    assert (call.is_conditional, call.condition) == (True, condition)


@pytest.mark.parametrize("marked", UNCONDITIONAL)
def test_calls_that_run(marked: str) -> None:
    call = marked_call(marked)
    assert (call.is_conditional, call.condition) == (False, "")


def test_main_reaches_through_functions() -> None:
    assert marked_call("def f(): «load()»\nif __name__ == '__main__': f()").is_main
    assert marked_call("def f(): «load()»\nf()\nif __name__ == '__main__': f()").is_main is None
    assert marked_call("if __name__ == '__main__': f()\nelse: «load()»").is_main is False
    assert marked_call("if __name__ == '__main__' and x: f()\nelse: «load()»").is_main is None


def test_order_is_the_order_of_a_run() -> None:
    program = program_of(
        """
        import os
        def late(): nobody()
        def main():
            os.environ["A"] = "a"
            first(second())
        from b import first
        main()
        third()
        """
    )
    events = [
        *((i.order, i.alias) for i in program.imports),
        *((w.order, w.name) for w in program.environment),
        *((c.order, c.name) for c in program.calls),
    ]
    assert [name for _, name in sorted(events)] == [
        "os",
        "first",
        "main",
        "A",
        "second",
        "b.first",
        "third",
        "nobody",
    ]


REQUIREMENTS = [
    pytest.param("assert t.ok()", ("t.ok",), "t.ok()", id="assert"),
    pytest.param(
        "assert t.ok() and t.count() > 0, 'no'", ("t.ok", "t.count"), "t.ok() and t.count() > 0", id="both"
    ),
    pytest.param("if not t.ok(): raise E", ("t.ok",), "not t.ok()", id="raise"),
    pytest.param("x = t.ok()\nif not x:\n  print()\n  exit(1)", ("t.ok",), "not x", id="variable"),
    pytest.param("if t.count() == 0: raise E", ("t.count",), "t.count() == 0", id="count"),
    pytest.param(
        "if t.count() < 1 or not t.ok(): raise E",
        ("t.count", "t.ok"),
        "t.count() < 1 or not t.ok()",
        id="either",
    ),
    pytest.param("if t.ok(): pass\nelse: raise E", ("t.ok",), "t.ok()", id="else"),
    pytest.param("assert t.ok() or x", (), "t.ok() or x", id="one-of-two"),
    pytest.param("if t.ok(): raise E", (), "t.ok()", id="the-reverse"),
    pytest.param("assert t.count() >= 0", (), "t.count() >= 0", id="nothing-needed"),
]


@pytest.mark.parametrize(("code", "names", "source"), REQUIREMENTS)
def test_what_must_hold_for_the_program_to_go_on(code: str, names: tuple[str, ...], source: str) -> None:
    (found,) = program_of(f"import t\n{code}").requirements
    assert (found.names, found.source, found.reach) == (names, source, START)


WHOLE_PROGRAM = [
    pytest.param("sys.exit(main())", id="sys.exit"),
    pytest.param("raise SystemExit(main())", id="SystemExit"),
    pytest.param("exit(main())", id="exit"),
    pytest.param("quit(main())", id="quit"),
    pytest.param("os._exit(main())", id="os._exit"),
    pytest.param("sys.exit(asyncio.run(main()))", id="asyncio"),
    pytest.param("sys.exit(anyio.run(main))", id="anyio"),
    pytest.param("sys.exit(typer.run(main))", id="typer"),
    pytest.param("sys.exit(absl.app.run(main))", id="absl"),
    pytest.param("code = main()\n  sys.exit(code)", id="status-in-a-variable"),
    pytest.param("main()\n  sys.exit(0)", id="behind-it"),
    pytest.param(
        "try:\n    sys.exit(main())\n  except KeyboardInterrupt:\n    sys.exit(130)", id="interrupted"
    ),
]
IMPORTS = "import absl.app, anyio, asyncio, os, sys, typer, runpod, uvicorn\n"


@pytest.mark.parametrize("end", WHOLE_PROGRAM)
def test_a_program_that_ends_with_the_status_of_main_runs_main(end: str) -> None:
    for start in ("if __name__ == '__main__':\n  ", "if x:\n  "):
        marked = (
            f"{IMPORTS}def main():\n  «load()»\n  runpod.serverless.start({{'handler': print}})\n{start}{end}"
        )
        call = marked_call(marked)
        assert (call.reach, call.is_ending) == (START, False)


ENDING = [
    pytest.param("if x:\n  «load()»\n  sys.exit(0)" + SERVE, id="exit"),
    pytest.param("if x:\n  «load()»\n  raise SystemExit" + SERVE, id="SystemExit"),
    pytest.param("if x:\n  sys.exit(«load()»)" + SERVE, id="status"),
    pytest.param("def f(): «load()»\nif x:\n  sys.exit(f())" + SERVE, id="in-a-function"),
    pytest.param("if __name__ == '__main__' and x:\n  «load()»\n  sys.exit()" + SERVE, id="main-and-more"),
    pytest.param(
        "def main():\n  if x:\n    «load()»\n    return 0\n  uvicorn.run(app)\nsys.exit(main())", id="return"
    ),
]
SERVING = [
    pytest.param("if x:\n  «load()»\n  uvicorn.run(app)\n  sys.exit(0)\nother()", id="server"),
    pytest.param(
        "def serve(): uvicorn.run(app)\nif x:\n  «load()»\n  sys.exit(serve())", id="serving-function"
    ),
    pytest.param(
        "async def f():\n  await uvicorn.Server(c).serve()\ndef main():\n  if x:\n    «load()»\n    return asyncio.run(f())\n"
        "  print()\nsys.exit(main())",
        id="server-of-a-coroutine",
    ),
    pytest.param("def main():\n  if x:\n    «load()»\n    return 0\n  print()\nmain()", id="no-service"),
]


@pytest.mark.parametrize("marked", ENDING)
def test_what_ends_before_the_service_starts(marked: str) -> None:
    assert marked_call(f"{IMPORTS}{marked}").is_ending


@pytest.mark.parametrize("marked", SERVING)
def test_what_serves_before_it_ends(marked: str) -> None:
    assert not marked_call(f"{IMPORTS}{marked}").is_ending


def test_a_computed_status_is_no_requirement() -> None:
    assert program_of("import sys\nif __name__ == '__main__':\n  sys.exit(main())").requirements == ()
