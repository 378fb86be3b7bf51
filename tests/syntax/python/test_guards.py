"""`read`: whether a guard keeps the call the guillemets enclose from running again, or hides its failure."""

from __future__ import annotations

import pytest

from dfguard.syntax.python.program import Reach
from pythonic import marked_call

REQUEST = Reach.REQUEST
SERVE = "\nimport runpod\nrunpod.serverless.start({'handler': handler})\n"

CACHED = [
    pytest.param("m = None\ndef handler(job):\n  global m\n  if m is None: m = «load()»", id="global"),
    pytest.param("m = None\ndef handler(job):\n  global m\n  if not m: m = «load()»", id="not"),
    pytest.param(
        "m = None\ndef handler(job):\n  global m\n  if m is not None: return m\n  m = «load()»",
        id="early-return",
    ),
    pytest.param("m = None\ndef handler(job):\n  global m\n  if m: pass\n  else: m = «load()»", id="else"),
    pytest.param("m = None\ndef handler(job):\n  global m\n  m = m or «load()»", id="or"),
    pytest.param(
        "m = None\ndef handler(job):\n  global m\n  m = «load()» if m is None else m",
        id="conditional-expression",
    ),
    pytest.param(
        "m = None\nn = ''\ndef handler(job):\n  global m, n\n  if m is None or n != job: m = «load()»",
        id="reload",
    ),
    pytest.param(
        "c = {}\ndef handler(job):\n  if job not in c: c[job] = «load()»\n  return c[job]", id="dict"
    ),
    pytest.param(
        "c = {}\ndef handler(job):\n  if job in c: return c[job]\n  c[job] = «load()»", id="dict-early-return"
    ),
    pytest.param(
        "c = {}\ndef handler(job):\n  m = c.get(job)\n  if m is None:\n    m = «load()»\n    c[job] = m",
        id="dict-get",
    ),
    pytest.param(
        "c = {}\ndef handler(job):\n  try: return c[job]\n  except KeyError: c[job] = «load()»",
        id="key-error",
    ),
    pytest.param(
        "def handler(job):\n  global m\n  try: m\n  except NameError: m = «load()»", id="name-error"
    ),
    pytest.param("def handler(job):\n  global m\n  if 'm' not in globals(): m = «load()»", id="globals"),
    pytest.param("def handler(job):\n  if not hasattr(handler, 'm'): handler.m = «load()»", id="hasattr"),
    pytest.param(
        "def handler(job):\n  if getattr(handler, 'm', None) is None: handler.m = «load()»", id="getattr"
    ),
    pytest.param(
        "from functools import lru_cache\n@lru_cache\ndef f(): return «load()»\ndef handler(job): f()",
        id="lru-cache",
    ),
    pytest.param(
        "class P:\n    def __init__(self):\n        self.m = {}\n    def get(self, n):\n        if n not in self.m:\n"
        "            self.m[n] = «load()»\n        return self.m[n]\np = P()\ndef handler(job): p.get(job)",
        id="a dictionary of an instance",
    ),
    pytest.param(
        "import functools as t\n@t.cache\ndef f(): return g()\ndef g(): return «load()»\ndef handler(job): f()",
        id="behind-a-cache",
    ),
    pytest.param(
        "m = None\ndef f(): return «load()»\ndef handler(job):\n  global m\n  if m is None: m = f()",
        id="guarded-at-the-call",
    ),
    pytest.param(
        "class A:\n  i = None\n  def __new__(cls):\n    if cls.i is None: cls.i = «load()»\n    return cls.i\ndef handler(job): A()",
        id="singleton",
    ),
    pytest.param(
        "class A:\n  def __init__(self): self.m = None\n  def f(self):\n    if self.m is None: self.m = «load()»\n"
        "a = A()\ndef handler(job): a.f()",
        id="attribute-of-a-global-instance",
    ),
    pytest.param(
        "import threading\nlock = threading.Lock()\nm = None\ndef handler(job):\n  global m\n  if m is None:\n    with lock:\n"
        "      if m is None:\n        m = «load()»",
        id="double-checked",
    ),
    pytest.param(
        "ready = False\ndef handler(job):\n  global ready\n  if not ready:\n    «load()»\n    ready = True",
        id="flag",
    ),
]
INDIRECT = [
    pytest.param(
        "m = None\ndef handler(job):\n  global m\n  new = not m or m.x != job\n  if new: m = «load()»",
        id="named-test",
    ),
    pytest.param(
        "c = {}\ndef handler(job):\n  has = job in c\n  if not has: c[job] = «load()»", id="named-membership"
    ),
]
NOT_CACHED = [
    pytest.param(
        "def handler(job):\n  new = not job.get('x')\n  if new: «load()»", id="named-test-of-the-request"
    ),
    pytest.param("def handler(job):\n  new = not new\n  if new: «load()»", id="named-test-of-itself"),
    pytest.param("def handler(job): «load()»", id="nothing"),
    pytest.param("def handler(job):\n  if job.get('x') is None: «load()»", id="a-test-of-the-request"),
    pytest.param("def handler(job):\n  m = None\n  if m is None: m = «load()»", id="a-local-variable"),
    pytest.param(
        "def handler(job):\n  x = job['a']\n  y = x.get('b')\n  if y is None: «load()»", id="a-local-copy"
    ),
    pytest.param("GPU = False\ndef handler(job):\n  if not GPU: «load()»", id="a-constant"),
    pytest.param(
        "try: import a\nexcept ImportError: a = None\ndef handler(job):\n  if a is None: «load()»",
        id="an-optional-module",
    ),
    pytest.param(
        "class A:\n  def __init__(self): self.m = None\n  def f(self):\n    if self.m is None: self.m = «load()»\n"
        "def handler(job): A().f()",
        id="attribute-of-an-instance-per-request",
    ),
    pytest.param(
        "m = None\ndef f(): return «load()»\ndef handler(job):\n  global m\n  if m is None: m = f()\n  f()",
        id="also-without-guard",
    ),
    pytest.param("import os\ndef handler(job):\n  if not os.path.exists('x'): «load()»", id="a-file-on-disk"),
]


@pytest.mark.parametrize("marked", CACHED + INDIRECT)
def test_guards_that_outlive_the_request(marked: str) -> None:
    call = marked_call(marked + SERVE)
    assert (call.reach, call.is_cached) == (REQUEST, True)


@pytest.mark.parametrize("marked", NOT_CACHED)
def test_guards_that_do_not(marked: str) -> None:
    call = marked_call(marked + SERVE)
    assert (call.reach, call.is_cached) == (REQUEST, False)


@pytest.mark.parametrize(
    ("marked", "is_cached"),
    [
        pytest.param("import functools\n@functools.cache\ndef f(): return «load()»", True, id="itself"),
        pytest.param(
            "from functools import lru_cache\n@lru_cache(2)\ndef f():\n  def g(): return «load()»\n  return g()",
            True,
            id="a function in it",
        ),
        pytest.param("import functools\n@functools.wraps(h)\ndef f(): return «load()»", False, id="another"),
    ],
)
def test_what_a_function_keeps_for_callers_in_other_files(marked: str, is_cached: bool) -> None:  # noqa: FBT001
    call = marked_call(marked)
    assert (call.reach, call.is_cached) == (Reach.UNCALLED, is_cached)


CAUGHT = [
    pytest.param("try: «load()»\nexcept Exception as e: print(e)", id="print"),
    pytest.param("try: «load()»\nexcept: pass", id="pass"),
    pytest.param("try: «load()»\nexcept (OSError, ValueError): pass", id="named"),
    pytest.param("def f(): «load()»\ntry: f()\nexcept Exception: pass", id="around-the-call"),
    pytest.param("def f():\n  try: «load()»\n  except Exception: return False\nf()", id="unused-result"),
    pytest.param("import contextlib\nwith contextlib.suppress(Exception): «load()»", id="suppress"),
    pytest.param("import sys\ntry: «load()»\nexcept Exception: sys.exit(0)", id="exit-without-failure"),
    pytest.param("while True:\n  try: «load()»\n  except Exception: pass", id="service-loop"),
    pytest.param(
        "for i in range(3):\n  try:\n    «load()»\n    break\n  except Exception: pass",
        id="gives-up-silently",
    ),
    pytest.param(
        "try:\n  try: «load()»\n  except Exception: raise\nexcept Exception: pass", id="outer-hides"
    ),
]
NOT_CAUGHT = [
    pytest.param("«load()»", id="nothing"),
    pytest.param("try: x\nexcept Exception: «load()»", id="in-the-handler"),
    pytest.param("try: x\nexcept Exception: pass\nelse: «load()»", id="in-the-else"),
    pytest.param("try: «load()»\nfinally: pass", id="finally"),
    pytest.param("try: «load()»\nexcept Exception:\n  print()\n  raise", id="raises-again"),
    pytest.param("try: «load()»\nexcept Exception as e:\n  raise RuntimeError from e", id="raises-another"),
    pytest.param("import sys\ntry: «load()»\nexcept Exception: sys.exit(1)", id="exits"),
    pytest.param("try: «load()»\nexcept Exception: raise SystemExit('no')", id="system-exit"),
    pytest.param("try: «load()»\nexcept ImportError: pass", id="narrow"),
    pytest.param(
        "import sys\ndef f():\n  try: «load()»\n  except Exception: return 1\nsys.exit(f())", id="status"
    ),
    pytest.param(
        "def f():\n  try: «load()»\n  except Exception: return False\nif not f(): raise E", id="tested-result"
    ),
    pytest.param(
        "def f():\n  try: «load()»\n  except Exception: return False\nok = all([f()])\nif not ok: exit(1)",
        id="collected-result",
    ),
    pytest.param(
        "bad = []\ntry: «load()»\nexcept Exception as e: bad.append(e)\nif bad: raise bad[0]",
        id="collected-failures",
    ),
    pytest.param(
        "while True:\n  try:\n    «load()»\n    break\n  except Exception: pass", id="until-it-works"
    ),
    pytest.param(
        "for i in range(3):\n  try:\n    «load()»\n    break\n  except Exception: pass\nelse: raise E",
        id="retries-then-raises",
    ),
    pytest.param(
        "for i in range(3):\n  try:\n    «load()»\n    break\n  except Exception: pass\nraise E",
        id="raises-after-the-loop",
    ),
    pytest.param("def f(): «load()»\ntry: f()\nexcept Exception: pass\nf()", id="one-way-is-open"),
]


@pytest.mark.parametrize("marked", CAUGHT)
def test_failures_that_go_unnoticed(marked: str) -> None:
    call = marked_call(marked)
    assert call.is_caught
    assert call.caught_at is not None
    assert not call.has_fallback


@pytest.mark.parametrize("marked", NOT_CAUGHT)
def test_failures_that_are_noticed(marked: str) -> None:
    call = marked_call(marked)
    assert (call.is_caught, call.caught_at) == (False, None)


def test_a_handler_that_tries_something_else_is_a_fallback() -> None:
    call = marked_call("try: «load()»\nexcept Exception as e:\n  print(e)\n  load_other()")
    assert (call.is_caught, call.has_fallback) == (True, True)
