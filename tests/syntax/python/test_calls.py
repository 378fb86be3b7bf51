"""`read`: the names calls and imports resolve to; guillemets enclose the call in question."""

from __future__ import annotations

import pytest

from dfguard.core.source import Span
from dfguard.syntax.python.program import Import, Reach
from marked import unmark
from pythonic import marked_call, program_of

NAMES = [
    pytest.param("import a.b\n«a.b.c()»", "a.b.c", id="module"),
    pytest.param("import a.b as m\n«m.c()»", "a.b.c", id="module-alias"),
    pytest.param("from a.b import c as d\n«d()»", "a.b.c", id="from-alias"),
    pytest.param("from .a import b\n«b()»", ".a.b", id="relative"),
    pytest.param("from . import b\n«b.c()»", ".b.c", id="relative-module"),
    pytest.param("from a import *\n«B()»", "a.B", id="one-star-import"),
    pytest.param("from a import *\nfrom b import *\n«C()»", "C", id="two-star-imports"),
    pytest.param("«print()»", "print", id="built-in"),
    pytest.param("from a import B\nx = B()\n«x.run()»", "a.B().run", id="instance"),
    pytest.param(
        "from a import B\nC = B\nx = C.make()\n«x.run()»", "a.B.make().run", id="alias-by-assignment"
    ),
    pytest.param("from a import B\nx, y = B(), 1\n«x.run()»", "a.B().run", id="tuple-of-values"),
    pytest.param(
        "import clip\nm, p = clip.load()\n«m.encode()»", "clip.load()[0].encode", id="part-of-a-result"
    ),
    pytest.param(
        "from a import B\nx = None\nif 1:\n  x = B()\n«x.run()»", "a.B().run", id="none-is-a-placeholder"
    ),
    pytest.param("from a import B\nx = B().to('cuda').eval()\n«x.run()»", "a.B().run", id="same-object"),
    pytest.param(
        "from a import B\n«B().to('cuda')»", "a.B().to", id="a-method-of-the-same-object-keeps-its-name"
    ),
    pytest.param(
        "import torch\nfrom a import B\nx = torch.compile(B())\n«x.run()»", "a.B().run", id="wrapper"
    ),
    pytest.param("from a import B\nwith B() as x:\n  «x.run()»", "a.B().run", id="with"),
    pytest.param("from a import B\nif x := B():\n  «x.run()»", "a.B().run", id="walrus"),
    pytest.param(
        "from a import B\nasync def f():\n  x = await B.make()\n  «x.run()»", "a.B.make().run", id="await"
    ),
    pytest.param("from a import B\nfor x in [B()]:\n  «x.run()»", "a.B().run", id="loop-over-a-list"),
    pytest.param("import a\n«getattr(a, 'B')()»", "a.B", id="getattr"),
    pytest.param(
        "import importlib\nm = importlib.import_module('a.b')\n«m.c()»", "a.b.c", id="import-module"
    ),
    pytest.param("from a import B, C\nx = B()\nx = C()\n«x.run()»", "a.C().run", id="the-last-of-a-line"),
    pytest.param("from a import B, C\nif 1:\n  x = B()\nelse:\n  x = C()\n«x.run()»", "x.run", id="two-arms"),
    pytest.param(
        "from a import B\nif 1:\n  x = B()\nelse:\n  «x.run()»",
        "a.B().run",
        id="only-binding-although-another-arm",
    ),
    pytest.param("def f(): pass\n«f()»", "f", id="function-of-the-file"),
    pytest.param("class A:\n  def f(self): «self.g()»\n  def g(self): pass", "A().g", id="method"),
    pytest.param("class A:\n  @classmethod\n  def f(cls): «cls()»", "A", id="class-method"),
    pytest.param(
        "from a import B\nclass A:\n  def __init__(self): self.x = B()\n  def f(self): «self.x.run()»",
        "a.B().run",
        id="instance-attribute",
    ),
    pytest.param(
        "from a import B\nclass A:\n  x = None\n  def load(self): self.x = B()\nw = A()\n«w.x.run()»",
        "a.B().run",
        id="attribute-of-an-instance-at-module-level",
    ),
    pytest.param(
        "from a import B\nclass A:\n  def f(self): self.x = B()\nclass C(A):\n  def g(self): «self.x.run()»",
        "a.B().run",
        id="attribute-of-a-base-class",
    ),
    pytest.param(
        "from a import B\nclass A:\n  @property\n  def x(self): return B()\n  def g(self): «self.x.run()»",
        "a.B().run",
        id="property",
    ),
    pytest.param("class A(Base):\n  def f(self): «super().f()»", "Base().f", id="super"),
    pytest.param(
        "from a import B\nx = None\ndef f():\n  global x\n  x = B()\n«x.run()»", "a.B().run", id="global"
    ),
    pytest.param("from a import B\ndef f():\n  return B()\nx = f()\n«x.run()»", "a.B().run", id="returned"),
    pytest.param(
        "from a import B\nx = None\ndef f():\n  global x\n  if x is None:\n    x = B()\n  return x\n«f().run()»",
        "a.B().run",
        id="returned-global",
    ),
    pytest.param(
        "def f():\n  try:\n    from a import B, C\n    return B, C\n  except E:\n    return None, None\nx, y = f()\n«y.run()»",
        "a.C.run",
        id="returned-tuple",
    ),
    pytest.param("from a import B\ndef f(x): «x.run()»\nf(B())", "a.B().run", id="parameter"),
    pytest.param("from a import B\ndef f(x: B): «x.run()»", "a.B().run", id="annotated-parameter"),
    pytest.param(
        "from a import B\nd = {}\nd['k'] = B()\n«d['k'].run()»", "a.B().run", id="dict-filled-later"
    ),
    pytest.param(
        "from a import B, C\nd = {'k': B(), 'l': C()}\n«d['k'].run()»", "a.B().run", id="dict-literal"
    ),
    pytest.param("import a\na.state.x = a.B()\n«a.state.x.run()»", "a.B().run", id="stored-attribute"),
    pytest.param("def f():\n  x = x.g()\n  return x\n«f().run()»", "f().run", id="a-variable-of-itself"),
    pytest.param(
        "def f(): return g()\ndef g(): return f()\n«f().run()»", "f().run", id="functions-in-a-circle"
    ),
    pytest.param("«(lambda: 1)()»", "<lambda>", id="lambda"),
    pytest.param("«(a + b)()»", "?", id="nameless"),
    pytest.param("«'x'.join(y)»", "?.join", id="method-of-the-nameless"),
    pytest.param("x = 'ä'; «f()»", "f", id="columns-count-bytes"),
]


@pytest.mark.parametrize(("marked", "name"), NAMES)
def test_the_name_of_a_call(marked: str, name: str) -> None:
    assert marked_call(marked).name == name


def test_an_import_and_its_fallback_are_alternatives() -> None:
    call = marked_call(
        """
        try:
            from a import B
        except ImportError:
            from c import B
        «B.make()»
        """
    )
    assert (call.name, call.alternatives) == ("B.make", ("a.B.make", "c.B.make"))


def test_returned_fallbacks_are_alternatives() -> None:
    call = marked_call(
        """
        def find():
            try:
                from a import B
                return B
            except ImportError:
                from c import D
                return D
        found = find()
        «found.make()»
        """
    )
    assert (call.name, call.alternatives) == ("find().make", ("c.D.make", "a.B.make"))


def test_imports_with_their_circumstances() -> None:
    marked = """\
«import a.b»
from c import «d as e», «f»
try:
    «from .g import h»
except ImportError:
    h = None
try:
    «import i»
except ImportError:
    raise SystemExit(1)
from typing import «TYPE_CHECKING», «Any»
if TYPE_CHECKING:
    «import j»
def load():
    «import k»
if __name__ == "__main__":
    «import m»
"""
    code, marks = unmark(marked)
    spans = [Span(*mark) for mark in marks]
    start, never = Reach.IMPORT, Reach.UNCALLED
    assert program_of(code).imports == (
        Import("a.b", None, "a", spans[0], 0, start),
        Import("c", "d", "e", spans[1], 1, start),
        Import("c", "f", "f", spans[2], 2, start),
        Import(".g", "h", "h", spans[3], 3, start, is_guarded=True),
        Import("i", None, "i", spans[4], 4, start),
        Import("typing", "TYPE_CHECKING", "TYPE_CHECKING", spans[5], 6, start),
        Import("typing", "Any", "Any", spans[6], 7, start),
        Import("j", None, "j", spans[7], 8, start, is_typing=True),
        Import("k", None, "k", spans[8], 10, never, function="load"),
        Import("m", None, "m", spans[9], 9, start, is_main=True),
    )


def test_what_a_module_exports() -> None:
    assert program_of("import a\nfrom b import c\nx = 1\ndef f(): y = 2\nclass D: z = 3").exports == (
        "D",
        "a",
        "c",
        "f",
        "x",
    )
    assert program_of("from a import *\nx = 1").exports == ("x", "*")
    assert program_of("__all__ = ['b', 'a']\nx = 1").exports == ("a", "b")


def test_functions_have_qualified_names() -> None:
    code = "def f():\n  def g(): pass\nclass A:\n  def g(self): pass\n  class B:\n    def h(self): pass\ndef f(): pass"
    assert program_of(code).functions == ("A.B.h", "A.g", "f", "f#2", "f.g")


UNDEFINED = [
    pytest.param("print(«hello»)", id="unquoted-text"),
    pytest.param("import os\nx = «os2».path", id="misspelt"),
    pytest.param("class A:\n  x = 1\n  def f(self): return «x»", id="class-scope-is-not-seen-by-methods"),
    pytest.param("def f(x: Missing) -> Other: return «y»", id="annotations-are-not-read"),
    pytest.param("[y for y in range(3)]\nprint(«y»)", id="comprehension-keeps-its-name"),
]
DEFINED = [
    pytest.param("def f(): return g()\ndef g(): pass", id="defined-later"),
    pytest.param("from a import *\nprint(b)", id="star-import"),
    pytest.param("exec('b = 1')\nprint(b)", id="exec"),
    pytest.param("try:\n  unicode\nexcept NameError:\n  unicode = str", id="tested"),
    pytest.param("def f():\n  global x\n  x = 1\nprint(x)", id="global"),
    pytest.param("with a() as (b, *c): print(b, c)\nfrom x import a", id="with-and-star"),
    pytest.param("match 1:\n  case {'k': v, **r} | [v, *r]: print(v, r)", id="patterns"),
    pytest.param("try: pass\nexcept E as e: print(e)\nE = 1", id="exception"),
    pytest.param(
        "class A:\n  def f(self): return __class__\nprint(__file__, __name__, WindowsError)", id="given"
    ),
    pytest.param("lambda x, *y, z=1, **k: (x, y, z, k)", id="lambda"),
    pytest.param("if (n := 3) > 2: print(n)\n[(m := i) for i in range(n)]\nprint(m)", id="walrus"),
]


@pytest.mark.parametrize("marked", UNDEFINED)
def test_names_that_nothing_binds(marked: str) -> None:
    code, ((start, end),) = unmark(marked)
    assert [(use.name, use.span) for use in program_of(code).undefined] == [
        (code[start:end], Span(start, end))
    ]


@pytest.mark.parametrize("code", DEFINED)
def test_names_that_something_binds(code: str) -> None:
    assert program_of(code).undefined == ()
