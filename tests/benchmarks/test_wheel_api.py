"""Wheels made here, read for what they accept: what is certain is told, what is not is not."""

from __future__ import annotations

import importlib.util
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_load("wheel_nodes")
wheel_api = _load("wheel_api")
_load("api_wanted")
api = _load("api")

FILES = {
    "lib/__init__.py": (
        "from typing import TYPE_CHECKING\n"
        "from .inner import Model, open_model\n"
        "from .inner import Model as Renamed\n"
        "from .star import *\n"
        "from other import borrowed\n"
        "_tool = Model()\n"
        "download = _tool.fetch\n"
        "try:\n    from .inner import guarded\nexcept ImportError:\n    guarded = None\n"
    ),
    "lib/inner.py": (
        "from functools import wraps\nfrom .base import Base\n"
        "def tolerant(f):\n    @wraps(f)\n    def inner(*args, **kwargs):\n        return f(*args, **dropped(kwargs))\n    return inner\n"
        "def dropped(kwargs):\n    kwargs.pop('old', None)\n    return kwargs\n"
        "class Model(Base):\n"
        "    def __init__(self, name, /, path=None, *, device='cpu'): ...\n"
        "    def fetch(self, url, quiet=False): ...\n"
        "    def anything(self, a, **kwargs): ...\n"
        "    @deprecated_kwargs(was='is')\n    def changed(self, now): ...\n"
        "    @mystery\n    def odd(self, a): ...\n"
        "@validate_hf_hub_args\ndef open_model(repo, force=False): ...\n"
        "def validate_hf_hub_args(f):\n    return tolerant(f)\n"
        "def deprecated_kwargs(**renames):\n    return tolerant\n"
        "def guarded(x): ...\n"
    ),
    "lib/base.py": (
        "class Base:\n    @classmethod\n    def load(cls, where, cache=None): ...\n    @staticmethod\n    def check(a, b): ...\n"
        "class Meta(metaclass=Odd):\n    def __init__(self, a): ...\n"
        "class Made:\n    def __new__(cls, a): ...\n    def __init__(self, a): ...\n"
        "class Foreign(Unknown):\n    pass\n"
        "if a:\n    def twice(a): ...\nelse:\n    def twice(b): ...\n"
    ),
    "lib/star.py": "__all__ = ['shown']\ndef shown(a): ...\ndef hidden(a): ...\n",
    "lib/lazy.py": "_names = {'late': 'x'}\ndef __getattr__(name): ...\n",
}


@pytest.fixture
def wheel(tmp_path: Path) -> Any:
    path = tmp_path / "lib-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        for name, text in FILES.items():
            file.writestr(name, text)
    return wheel_api.Wheel(path)


@pytest.mark.parametrize(
    ("name", "keywords", "takes_others"),
    [
        pytest.param("lib.Model", "path device", False, id="constructor, positional-only left out"),
        pytest.param("lib.Renamed", "path device", False, id="another name"),
        pytest.param("lib.Model.fetch", "url quiet", False, id="method"),
        pytest.param("lib.Model.anything", "a", True, id="keywords of any name"),
        pytest.param("lib.Model.load", "where cache", False, id="inherited class method"),
        pytest.param("lib.Model.check", "a b", False, id="static method"),
        pytest.param("lib.Model.changed", "now is old was", False, id="renamed by its decorator"),
        pytest.param("lib.open_model", "repo force old", False, id="dropped by what its decorator calls"),
        pytest.param("lib.download", "url quiet", False, id="method of an instance beside it"),
        pytest.param("lib.shown", "a", False, id="through a star"),
        pytest.param("lib.guarded", "x", False, id="inside try"),
    ],
)
def test_what_is_accepted(wheel: Any, name: str, keywords: str, takes_others: object) -> None:
    found = wheel.signature(name)
    assert (" ".join(sorted(found.keywords)), found.takes_others) == (
        " ".join(sorted(keywords.split())),
        takes_others,
    )


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("lib.Model.odd", id="a decorator that nobody knows"),
        pytest.param("lib.base.Meta", id="a metaclass"),
        pytest.param("lib.base.Made", id="made by __new__"),
        pytest.param("lib.base.Foreign.x", id="a base class of elsewhere"),
        pytest.param("lib.base.twice", id="two definitions"),
        pytest.param("lib.borrowed", id="another distribution"),
        pytest.param("lib.lazy.late", id="made when it is asked for"),
    ],
)
def test_what_cannot_be_told(wheel: Any, name: str) -> None:
    with pytest.raises(wheel_api.Unread):
        wheel.signature(name)


def test_what_is_there_and_what_is_not(wheel: Any) -> None:
    assert [
        wheel.has(f"lib.{name}") for name in ("inner", "shown", "Model", "hidden", "none", "no.such")
    ] == [
        *(True, True, True),
        *(False, False, False),
    ]
    with pytest.raises(wheel_api.Unread):
        wheel.has("lib.lazy.late")


def test_versions_that_say_the_same_are_one_range() -> None:
    settled = [
        (version, {"x": answer}) for version, answer in (("1", "a"), ("1.5", "a"), ("2", "b"), ("3", "b"))
    ]
    assert api.stretches(settled, "x") == [(">=1,<2", "a"), (">=2", "b")]


def test_only_the_release_that_changes_something_is_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    releases = api.Releases.__new__(api.Releases)
    releases.versions = [f"1.{n}" for n in range(20)]
    asked: list[str] = []

    def look(version: str) -> dict[str, str]:
        asked.append(version)
        return {"x": "new" if int(version[2:]) >= 13 else "old"}

    monkeypatch.setattr(releases, "look", look, raising=False)
    assert api.stretches(releases.settled(), "x") == [(">=1.0,<1.13", "old"), (">=1.13", "new")]
    assert len(asked) < 10


def test_what_a_module_holds(wheel: Any) -> None:
    assert wheel.exports("lib") == {
        *(
            "TYPE_CHECKING",
            "Model",
            "open_model",
            "Renamed",
            "shown",
            "borrowed",
            "_tool",
            "download",
            "guarded",
        ),
        *("__init__", "inner", "base", "star", "lazy"),
    }
    with pytest.raises(wheel_api.Unread):
        wheel.exports("lib.lazy")
    with pytest.raises(KeyError):
        wheel.exports("lib.none")


def test_a_file_that_does_not_parse_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "odd-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("odd/__init__.py", "from .new import thing\n")
        file.writestr("odd/new.py", "def thing(: ...\n")
    odd = wheel_api.Wheel(path)
    for ask, name in ((odd.signature, "odd.thing"), (odd.exports, "odd.new"), (odd.has, "odd.new.thing")):
        with pytest.raises(wheel_api.Unread):
            ask(name)
