"""What code asks of a library that the installed version does not have, with a pack of a made-up library."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfguard.config.settings import Settings
from dfguard.core.findings import Certainty
from dfguard.core.source import Source
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target

SOURCE = 'source: ["made up"], checked: "2026-11-26", status: read'
PACK = f"""
calls:
- id: lib lib.make
  names: [lib.make, lib.inner.make]
  distribution: lib
  newest: "4.0"
  accepts:
  - {{versions: ">=1,<2", keywords: [old, x]}}
  - {{versions: ">=2,<3", keywords: [new, x]}}
  - {{versions: ">=3.1", keywords: [new, y]}}
  renamed: {{old: new, mistaken: new}}
  {SOURCE.replace(", ", chr(10) + "  ")}
- id: twin lib.make
  names: [lib.make]
  distribution: twin
  newest: "1.0"
  accepts:
  - {{versions: ">=1", keywords: [z]}}
  {SOURCE.replace(", ", chr(10) + "  ")}
gone:
- id: lib.gone
  name: lib.gone
  instead: lib.here.gone
  distribution: lib
  newest: "4.0"
  versions: ">=2"
  {SOURCE.replace(", ", chr(10) + "  ")}
- id: lib.late
  name: lib.late
  distribution: lib
  newest: "4.0"
  versions: ">=1,<3"
  {SOURCE.replace(", ", chr(10) + "  ")}
modules:
- id: lib
  name: lib
  distribution: lib
  newest: "4.0"
  versions: ">=1"
  exports: [make, here, gone, late, __version__]
  {SOURCE.replace(", ", chr(10) + "  ")}
- id: lib.here
  name: lib.here
  distribution: lib
  newest: "4.0"
  versions: ">=1"
  exports: [found]
  {SOURCE.replace(", ", chr(10) + "  ")}
"""
MAKE = "from lib import make\n"
SURE, MAYBE = Certainty.SURE, Certainty.MAYBE


@pytest.fixture
def packs(tmp_path: Path) -> str:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "api.yaml").write_text(PACK, encoding="utf-8")
    return str(tmp_path)


def found(
    packs: str, install: str, code: str, files: dict[str, str] | None = None
) -> list[tuple[Certainty, str]]:
    """Certainty and message of what is said of a handler in an image with that install."""
    text = f'FROM python:3.11\nRUN pip install {install}\nCOPY . /app/\nWORKDIR /app\nCMD ["python", "handler.py"]\n'
    context = InMemoryContext({"handler.py": code, **(files or {})})
    settings = Settings(select=("DFG108", "DFG109"), platform="docker", shows_maybe=True, packs=(packs,))
    report = check_target(Target(Source("Dockerfile", text), context), settings)
    return [(d.finding.certainty, d.finding.message) for d in report.diagnostics]


@pytest.mark.parametrize(
    ("install", "call", "expected"),
    [
        pytest.param("lib==1.5", "make(new=1)", "new in lib >=1,<2; it is old", id="too old for it"),
        pytest.param("lib==2.1", "make(old=1)", "old in lib >=2,<3; it is new", id="renamed"),
        pytest.param("lib==4.0", "make(mistaken=1)", "mistaken in lib >=3.1; it is new", id="never there"),
        pytest.param("lib==4.0", "make(x=1)", "x in lib >=3.1", id="dropped"),
        pytest.param("'lib>=2,<3'", "make(old=1)", "old in lib >=2,<3; it is new", id="a range"),
        pytest.param("'lib>=1.5,<2.5'", "make(y=1)", "y in lib >=1,<3", id="ranges that follow each other"),
        pytest.param("twin==1.0", "make(x=1)", "x in twin >=1", id="another distribution of that name"),
    ],
)
def test_an_argument_that_is_not_taken(packs: str, install: str, call: str, expected: str) -> None:
    assert found(packs, install, MAKE + call) == [(SURE, f"make() takes no argument {expected}")]


@pytest.mark.parametrize(
    ("install", "code"),
    [
        pytest.param("lib==1.5", MAKE + "make(old=1, x=2)", id="taken"),
        pytest.param("lib==3.0.5", MAKE + "make(old=1)", id="a version that was not read"),
        pytest.param("'lib>=1.5,<2.5'", MAKE + "make(old=1)", id="a range that may hold either"),
        pytest.param("lib", MAKE + "make(nothing=1)", id="a version that nobody knows"),
        pytest.param("other", MAKE + "make(nothing=1)", id="not installed by name"),
        pytest.param("lib==2.1 twin==1.0", MAKE + "make(nothing=1)", id="two distributions of that name"),
        pytest.param("lib==2.1", MAKE + "make(1, *a, **old)", id="no keywords that can be seen"),
        pytest.param("lib==2.1", "def make(old): pass\nmake(old=1)", id="a function of its own"),
        pytest.param(
            "lib==2.1",
            "try:\n    from lib import make\nexcept ImportError:\n    from other import make\nmake(old=1)",
            id="one of two imports",
        ),
        pytest.param("lib==2.1", MAKE + "make = print\nmake(old=1)", id="bound to something else"),
    ],
)
def test_nothing_is_said(packs: str, install: str, code: str) -> None:
    assert found(packs, install, code) == []


@pytest.mark.parametrize(
    ("install", "code"),
    [
        pytest.param("lib==9", MAKE + "make(old=1)", id="newer than all that was read"),
        pytest.param(
            "lib==2.1", MAKE + "try:\n    make(old=1)\nexcept TypeError:\n    make(new=1)", id="caught"
        ),
        pytest.param(
            "lib==2.1", MAKE + "import lib\nif lib.__version__ < '2':\n    make(old=1)", id="behind a version"
        ),
        pytest.param("lib==2.1", MAKE + "def unused():\n    make(old=1)", id="a function that nothing calls"),
    ],
)
def test_it_may_be_so(packs: str, install: str, code: str) -> None:
    assert [certainty for certainty, _ in found(packs, install, code)] == [MAYBE]


def test_a_module_beside_the_code_is_not_the_library(packs: str) -> None:
    files = {"lib.py": "def make(old): pass\n"}
    assert found(packs, "lib==2.1", MAKE + "make(old=1)", files) == []


@pytest.mark.parametrize(
    ("install", "code", "expected"),
    [
        pytest.param("lib==2.5", "from lib import gone", [SURE], id="from"),
        pytest.param("lib==2.5", "import lib.gone.deep", [SURE], id="a module below it"),
        pytest.param("lib==2.5", "import lib\nlib.gone(1)", [SURE], id="an attribute"),
        pytest.param("lib==1.5", "from lib import gone", [], id="still there"),
        pytest.param("lib==1.5", "from lib import late", [SURE], id="not there yet"),
        pytest.param("lib==3.5", "from lib import late", [], id="there by now"),
        pytest.param("lib==9", "from lib import gone", [MAYBE], id="newer than all that was read"),
        pytest.param("lib", "from lib import gone", [], id="a version that nobody knows"),
        pytest.param(
            "lib==2.5",
            "try:\n    from lib import gone\nexcept ImportError:\n    gone = None",
            [MAYBE],
            id="guarded",
        ),
    ],
)
def test_a_name_that_is_gone(packs: str, install: str, code: str, expected: list[Certainty]) -> None:
    assert [certainty for certainty, _ in found(packs, install, code)] == expected


@pytest.mark.parametrize(
    ("install", "code", "expected"),
    [
        pytest.param(
            "lib==2.5", "from lib import found", [(SURE, "lib.found", "lib.here.found")], id="elsewhere"
        ),
        pytest.param("lib==2.5", "from lib.here import lost", [(SURE, "lib.here.lost", "")], id="nowhere"),
        pytest.param("lib==9", "from lib import found", [(MAYBE, "lib.found", "lib.here.found")], id="newer"),
        pytest.param("lib==2.5", "from lib import make, here, __file__", [], id="there"),
        pytest.param("lib==2.5", "from lib import *", [], id="a star"),
        pytest.param("lib==2.5", "import lib\nlib.added = 1\nlib.added()", [], id="an attribute may be set"),
        pytest.param("lib==2.5", "from lib.other import anything", [], id="a module that was not read"),
        pytest.param("lib", "from lib import found", [], id="a version that nobody knows"),
    ],
)
def test_a_name_that_a_module_does_not_hold(
    packs: str, install: str, code: str, expected: list[tuple[Certainty, str, str]]
) -> None:
    messages = [
        (certainty, f"{name} does not exist in lib >=1" + (f": it is {instead}" if instead else ""))
        for certainty, name, instead in expected
    ]
    assert found(packs, install, code) == messages


def test_what_took_its_place_is_named_where_it_is_known(packs: str) -> None:
    ((_, moved),) = found(packs, "lib==2.5", "from lib import gone")
    ((_, missing),) = found(packs, "lib==1.5", "from lib import late")
    assert moved == "lib.gone does not exist in lib >=2: it is lib.here.gone"
    assert missing == "lib.late does not exist in lib >=1,<3"
