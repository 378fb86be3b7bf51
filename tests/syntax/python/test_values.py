"""`read`: what is known of the first argument of the call the guillemets enclose."""

from __future__ import annotations

import pytest

from dfguard.syntax.python.program import (
    ArgumentRead,
    Choice,
    Code,
    Constant,
    EnvironmentRead,
    EnvironmentWrite,
    Expression,
    Items,
    Joined,
    Opaque,
    OwnPath,
    Pairs,
    Passed,
    Reach,
    Result,
    Vague,
)
from pythonic import marked_call, program_of


def text(value: str) -> Constant:
    return Constant(value)


def env(name: str, default: Expression | None = None) -> EnvironmentRead:
    return EnvironmentRead(name, default)


A, B = text("a"), text("b")
EACH = Choice((A, B), is_every=True)

VALUES = [
    pytest.param("«f('a')»", A, id="text"),
    pytest.param("«f(-1)»", Constant(-1), id="negative"),
    pytest.param("«f(None)»", Constant(None), id="none"),
    pytest.param("«f(not True)»", Constant(False), id="not"),
    pytest.param("«f(b'a')»", Code("b'a'"), id="bytes"),
    pytest.param("x = 'a'\n«f(x)»", A, id="variable"),
    pytest.param("X = 'a'\ndef g(): «f(X)»", A, id="module-constant-in-a-function"),
    pytest.param("x, y = 'a', 'b'\n«f(y)»", B, id="tuple"),
    pytest.param("x = y = 'a'\n«f(x)»", A, id="chain"),
    pytest.param("class C:\n  X = 'a'\n«f(C.X)»", A, id="class-attribute"),
    pytest.param("class C:\n  X = 'a'\n  def g(self): «f(self.X)»", A, id="class-attribute-of-self"),
    pytest.param(
        "class C:\n  def __init__(self, x='a'): self.x = x\n  def g(self): «f(self.x)»\nC()",
        A,
        id="constructor-default",
    ),
    pytest.param(
        "class C:\n  def __init__(self, x): self.x = x\nc = C('a')\n«f(c.x)»", A, id="constructor-argument"
    ),
    pytest.param("from enum import Enum\nclass C(Enum):\n  X = 'a'\n«f(C.X.value)»", A, id="enum"),
    pytest.param("x = None\ndef g():\n  global x\n  x = 'a'\ndef h(): «f(x)»", A, id="placeholder"),
    pytest.param(
        "x = None\nif y: x = 'a'\n«f(x)»", Choice((Constant(None), A)), id="none-is-a-value-in-one-scope"
    ),
    pytest.param("import os\n«f(os.environ['X'])»", env("X"), id="environ"),
    pytest.param("import os\n«f(os.environ.get('X'))»", env("X"), id="environ-get"),
    pytest.param("import os\n«f(os.environ.get('X', 'a'))»", env("X", A), id="environ-get-default"),
    pytest.param("import os\n«f(os.getenv('X', default='a'))»", env("X", A), id="getenv-keyword"),
    pytest.param(
        "from os import environ as e, getenv as g\n«f(e['X'], g('Y'))»", env("X"), id="environ-alias"
    ),
    pytest.param("import os\n«f(os.getenv('X') or os.getenv('Y') or 'a')»", env("X", env("Y", A)), id="or"),
    pytest.param("import os\nN = 'X'\n«f(os.environ[N])»", env("X"), id="computed-name"),
    pytest.param("import os\n«f(int(os.environ.get('X', '1')))»", env("X", text("1")), id="cast"),
    pytest.param("«f('a' if x else 'b')»", Choice((A, B), "x"), id="condition"),
    pytest.param("if t():\n  x = 'a'\nelse:\n  x = 'b'\n«f(x)»", Choice((A, B)), id="branches"),
    pytest.param("x = 'a'\nif t(): x = 'b'\n«f(x)»", Choice((A, B)), id="overwritten-in-a-branch"),
    pytest.param("x = 'a'\nx = 'b'\n«f(x)»", B, id="overwritten"),
    pytest.param("«f(g())»", Result("g", 0), id="result"),
    pytest.param("from a import g\nx = g()\n«f(x)»", Result("a.g", 1), id="result-of-an-earlier-call"),
    pytest.param("«f(x)»", Code("x"), id="unknown"),
    pytest.param("«f(x[1:])»", Code("x[1:]"), id="unknown-slice"),
    pytest.param("x = 'b'\n«f('a' + x)»", text("ab"), id="plus"),
    pytest.param("x = 'a'\nx += 'b'\n«f(x)»", text("ab"), id="plus-assign"),
    pytest.param("x = 1\n«f(f'a{x}{x!r}')»", Joined((text("a1"), Code("x"))), id="f-string"),
    pytest.param(
        "import os\n«f(f\"{os.getenv('X')}/a\")»", Joined((env("X"), text("/a"))), id="f-string-variable"
    ),
    pytest.param("«f('%s/%s' % ('a', 'b'))»", text("a/b"), id="percent"),
    pytest.param("«f('%s' % 'a')»", A, id="percent-one"),
    pytest.param("«f('%5s' % 'a')»", Opaque("a formatted text"), id="percent-width"),
    pytest.param("«f('{}/{1}{{{x}'.format('a', 'b', x='c'))»", text("a/b{c"), id="format"),
    pytest.param("«f('{:>5}'.format('a'))»", Opaque("a formatted text"), id="format-width"),
    pytest.param("import os\n«f(os.path.join('/a', 'b', '../c'))»", text("/a/b/../c"), id="join"),
    pytest.param("import os\n«f(os.path.join('a', '/b'))»", text("/b"), id="join-absolute"),
    pytest.param(
        "import os\n«f(os.path.join(os.getenv('X'), 'b'))»", Joined((env("X"), text("/b"))), id="join-unknown"
    ),
    pytest.param("from pathlib import Path\n«f(Path('/a') / 'b' / 'c')»", text("/a/b/c"), id="path"),
    pytest.param(
        "from pathlib import Path\n«f(str(Path('/a', 'b').resolve()))»", text("/a/b"), id="path-str"
    ),
    pytest.param("from pathlib import Path\n«f(Path('/a/b/c').parent.parent)»", text("/a"), id="path-parent"),
    pytest.param(
        "from pathlib import Path\n«f(Path.home() / '.cache')»",
        Joined((env("HOME"), text("/.cache"))),
        id="home",
    ),
    pytest.param(
        "import os\n«f(os.path.expanduser('~/x'))»", Joined((env("HOME"), text("/x"))), id="expanduser"
    ),
    pytest.param("import os\n«f(os.path.expanduser('/x~'))»", text("/x~"), id="expanduser-without-tilde"),
    pytest.param("«f(__file__)»", OwnPath(0), id="own-path"),
    pytest.param(
        "import os\n«f(os.path.dirname(os.path.abspath(__file__)))»", OwnPath(1), id="own-directory"
    ),
    pytest.param(
        "from pathlib import Path\n«f(Path(__file__).resolve().parents[1])»", OwnPath(2), id="parents"
    ),
    pytest.param(
        "from pathlib import Path\n«f(Path(__file__).parent / 'a')»",
        Joined((OwnPath(1), text("/a"))),
        id="beside",
    ),
    pytest.param("import os\n«f(os.getcwd())»", text("."), id="working-directory"),
    pytest.param(
        "import tempfile\n«f(tempfile.gettempdir())»", env("TMPDIR", text("/tmp")), id="temporary-directory"
    ),
    pytest.param("import torch\n«f(torch.device('a' if t else 'b'))»", Choice((A, B), "t"), id="device"),
    pytest.param("«f('A/b'.split('/')[-1])»", B, id="split"),
    pytest.param("«f('a/b'.replace('/', '--').upper())»", text("A--B"), id="replace"),
    pytest.param("«f(('x' * 3).strip())»", Code("('x' * 3).strip()"), id="nothing-that-grows"),
    pytest.param("«f('A/b/c'.rsplit('/', 1)[0].lower())»", text("a/b"), id="rsplit"),
    pytest.param("«f('x-a'.removeprefix('x-').strip())»", A, id="removeprefix"),
    pytest.param("«f(('a/x' if t else 'b/x').split('/')[0])»", Choice((A, B), "t"), id="split-of-either"),
    pytest.param(
        "import os\n«f(os.path.dirname('a/x' if t else 'b/x'))»", Choice((A, B), "t"), id="parent-of-either"
    ),
    pytest.param(
        "import os\n«f(os.path.dirname(f'{x}/y/z'))»",
        Joined((Code("x"), text("/y"))),
        id="parent-of-joined",
    ),
    pytest.param(
        "import os\n«f(os.path.dirname(x))»",
        Vague("the directory of something unknown"),
        id="parent-of-unknown",
    ),
    pytest.param(
        "import os\n«f(os.path.expanduser(os.getenv('X', '~/a')))»",
        env("X", Joined((env("HOME"), text("/a")))),
        id="expanduser-of-a-default",
    ),
    pytest.param(
        "import os\n«f(os.path.expanduser(f'~/{x}'))»",
        Joined((env("HOME"), text("/"), Code("x"))),
        id="expanduser-joined",
    ),
    pytest.param("«f('%s' % x)»", Code("x"), id="percent-unknown"),
    pytest.param("«f('100%% %d' % 1)»", text("100% 1"), id="percent-sign"),
    pytest.param("«f(x % 'a')»", Opaque("a formatted text"), id="percent-of-unknown"),
    pytest.param("«f('{0}{2}'.format('a'))»", Opaque("a formatted text"), id="format-missing"),
    pytest.param("«f(['hf', 'download', x])»", Items((text("hf"), text("download"), Code("x"))), id="list"),
    pytest.param("c = ['a']\nc.append('b')\n«f(c)»", Items((A, Opaque("further elements"))), id="appended"),
    pytest.param("c = ['a'] + ['b']\n«f(c)»", Items((A, B)), id="added-lists"),
    pytest.param("c = ['a']\nc += ['b']\n«f(c)»", Items((A, B)), id="extended-list"),
    pytest.param("«f({'a': 1, **x})»", Pairs(((A, Constant(1)), (Opaque("**"), Code("x")))), id="dict"),
    pytest.param("«f(dict(a=1))»", Pairs(((A, Constant(1)),)), id="dict-call"),
    pytest.param("d = {'x': 'a', 'y': 'b'}\n«f(d['y'])»", B, id="dict-element"),
    pytest.param("d = {'x': 'a', 'y': 'b'}\n«f(d.get('z', 'a'))»", A, id="dict-get-default"),
    pytest.param("d = {'x': 'a', 'y': 'b'}\n«f(d[z])»", Choice((A, B)), id="dict-element-unknown"),
    pytest.param("for x in ['a', 'b']: «f(x)»", EACH, id="loop"),
    pytest.param("X = ('a', 'b')\nfor i, x in [(0, 'a'), (1, 'b')]: «f(x)»", EACH, id="loop-over-pairs"),
    pytest.param("d = {'a': 1, 'b': 2}\nfor x, y in d.items(): «f(x)»", EACH, id="loop-over-items"),
    pytest.param("for x in ['a', 'b']: «f('m/' + x)»", Joined((text("m/"), EACH)), id="loop-joined"),
    pytest.param("«f([x + 'b' for x in ['a']])»", Opaque("a comprehension"), id="comprehension-of-one"),
    pytest.param("[«f(x)» for x in ['a', 'b']]", EACH, id="call-in-a-comprehension"),
    pytest.param("«f([x for x in ['a', 'b']])»", Items((A, B)), id="comprehension"),
    pytest.param("def g(x): «f(x)»\ng('a')", A, id="parameter-once"),
    pytest.param("def g(x): «f(x)»\ng('a')\ng(x='a')", A, id="parameter-always-the-same"),
    pytest.param("def g(x): «f(x)»\ng('a')\ng('b')", EACH, id="parameter-of-each-call"),
    pytest.param("def g(x='a'): «f(x)»\ng()", A, id="parameter-default"),
    pytest.param("def g(x='a'): «f(x)»", Passed("g", "x", 0, A), id="parameter-of-nobody"),
    pytest.param(
        "def g(x='a'): «f(x)»\ng()\nh(g)", Choice((A, Opaque("parameter x"))), id="parameter-of-a-callback"
    ),
    pytest.param("def g(*x): «f(x)»\ng('a')", Opaque("parameter x"), id="collecting-parameter"),
    pytest.param("def g(x): return x + 'b'\n«f(g('a'))»", text("ab"), id="returned"),
    pytest.param(
        "def g(x): return h(x)\ndef h(y): return y\ng('b')\n«f(g('a'))»", A, id="returned-through-two"
    ),
    pytest.param("def g(): return g()\n«f(g())»", Opaque("too deep to follow"), id="recursion"),
    pytest.param("x = x + 'a'\n«f(x)»", Joined((Opaque("too deep to follow"), A)), id="circle"),
    pytest.param("import sys\n«f(sys.argv[1])»", ArgumentRead("1", None), id="argv"),
    pytest.param(
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('-m', '--model-id', default='a')\n"
        "o = p.parse_args()\n«f(o.model_id)»",
        ArgumentRead("--model-id", A),
        id="option",
    ),
    pytest.param(
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('model')\ndef main(o): «f(o.model)»\nmain(p.parse_args())",
        ArgumentRead("model", None),
        id="positional-through-a-parameter",
    ),
    pytest.param(
        "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n  model: str = 'a'\ns = S()\n«f(s.model)»",
        env("MODEL", A),
        id="settings",
    ),
    pytest.param(
        "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n  model_config = {'env_prefix': 'X_'}\n"
        "  model: str = 'a'\ns = S()\n«f(s.model)»",
        Opaque("setting model"),
        id="settings-with-a-prefix",
    ),
]


@pytest.mark.parametrize(("marked", "value"), VALUES)
def test_the_value_of_an_argument(marked: str, value: Expression) -> None:
    assert marked_call(marked).arguments[0].value == value


def test_positions_and_keywords_of_arguments() -> None:
    call = marked_call("«f(1, *a, b=2, **c)»")
    assert [(a.position, a.keyword, a.value) for a in call.arguments] == [
        (0, None, Constant(1)),
        (None, "*", Code("a")),
        (None, "b", Constant(2)),
        (None, "**", Code("c")),
    ]


def test_writes_to_the_environment() -> None:
    program = program_of(
        """
        import os
        from os import environ
        os.environ["A"] = "a"
        environ.setdefault("B", "b")
        os.environ.update({"C": "c"}, D="d")
        os.putenv("E", "e")
        del os.environ["F"]
        os.environ.pop("G", None)
        for name in ["H"]:
            os.environ[name] = "h"
        other["I"] = "i"
        if x:
            os.environ["J"] = "j"
        """
    )
    found = [(w.name, w.value, w.is_default, w.is_conditional) for w in program.environment]
    assert found == [
        ("A", text("a"), False, False),
        ("B", text("b"), True, False),
        ("C", text("c"), False, False),
        ("D", text("d"), False, False),
        ("E", text("e"), False, False),
        ("F", Constant(None), False, False),
        ("G", Constant(None), False, False),
        ("H", text("h"), False, False),
        ("J", text("j"), False, True),
    ]


def test_a_write_to_the_environment_knows_its_place() -> None:
    (write,) = program_of('import os\ndef f():\n    os.environ["A"] = "a"\n').environment
    assert isinstance(write, EnvironmentWrite)
    assert (write.function, write.reach) == ("f", Reach.UNCALLED)
    assert program_of("import os").source.text == "import os"


def test_long_chains_of_values_end() -> None:
    lines = "\n".join(f"x{n + 1} = x{n} + x{n}" for n in range(200))
    assert isinstance(marked_call(f"x0 = 'a'\n{lines}\n«f(x200)»").arguments[0].value, Opaque)
