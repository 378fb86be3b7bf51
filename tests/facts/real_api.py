"""The API table against the libraries themselves (`make api-facts`; needs PyPI).

Every range is looked up in the wheel of its first release and of the newest that was read; the hub client, which decorates
what it offers, is also installed and called with every keyword of the table and with one that no version takes.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dfguard.knowledge.load import load_knowledge
from dfguard.knowledge.versions import holds

ROOT = Path(__file__).parents[2]
API = load_knowledge().api
CALLS = {callee.id: callee for callee in API.calls}
LOOSE = {"from_id", "to_id", "repo_id", "token", "use_auth_token"}
LOOSE |= {"version", "deprecated_args", "custom_message"}
"""Words in the text of the hub client's decorators: the table takes them for arguments, where they are none."""
HUB = ("0.17.3", "0.36.2", "1.33.0")
ASK = """
import json, sys
import huggingface_hub
found = {}
for name, keywords in json.load(sys.stdin).items():
    owner = huggingface_hub
    for part in name.split("."):
        owner = owner() if part.endswith("()") and (owner := getattr(owner, part[:-2])) else getattr(owner, part)
    for keyword in keywords:
        try:
            owner(**{keyword: "a/b", "surely_unknown": None})
        except TypeError as error:
            found[f"{name} {keyword}"] = str(error)
        except Exception as error:
            found[f"{name} {keyword}"] = f"another error: {error}"
print(json.dumps(found))
"""


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
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


@cache
def _wheel(distribution: str, version: str) -> Any:
    path = api.fetched(distribution, version, ROOT / "build" / "wheels")
    assert path is not None, (distribution, version)
    return wheel_api.Wheel(path)


def _public(identity: str) -> str:
    return identity.partition(" ")[2]


@pytest.mark.parametrize("identity", CALLS)
def test_every_range_is_what_its_first_and_the_newest_release_accept(identity: str) -> None:
    callee = CALLS[identity]
    for accepted in callee.accepts:
        first = accepted.versions.removeprefix(">=").partition(",")[0]
        for version in {first, callee.newest}:
            if not holds(accepted.versions, version):
                continue
            signature = _wheel(callee.distribution, version).signature(_public(identity))
            assert (sorted(signature.keywords), signature.takes_others) == (sorted(accepted.keywords), False)


@pytest.mark.parametrize("identity", [gone.id for gone in API.gone])
def test_what_is_gone_is_in_no_wheel_of_the_range(identity: str) -> None:
    gone = next(gone for gone in API.gone if gone.id == identity)
    first = gone.versions.removeprefix(">=").partition(",")[0]
    for version in {first, gone.newest}:
        if holds(gone.versions, version):
            wheel = _wheel(gone.distribution, version)
            assert wheel.has(gone.name) is False
            if gone.instead.partition(".")[0] == gone.name.partition(".")[0]:
                assert wheel.has(gone.instead) is True


@pytest.mark.parametrize("identity", [module.id for module in API.modules])
def test_a_module_holds_what_the_first_and_the_newest_release_hold(identity: str) -> None:
    module = next(module for module in API.modules if module.id == identity)
    for version in (module.versions.removeprefix(">="), module.newest):
        assert _wheel(module.distribution, version).exports(module.name) <= {
            *module.exports,
            "__init__",
            "__all__",
        }


@pytest.mark.parametrize("version", HUB)
def test_the_hub_client_takes_the_keywords_of_the_table_and_no_unknown_one(
    version: str, tmp_path: Path
) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    command = [str(python), "-m", "pip", "install", "-q", f"huggingface_hub=={version}", "requests<3"]
    subprocess.run(command, check=True)
    asked: dict[str, list[str]] = defaultdict(list)
    for callee in API.calls:
        for accepted in callee.accepts:
            if callee.distribution == "huggingface-hub" and holds(accepted.versions, version):
                name = callee.names[0].removeprefix("huggingface_hub.")
                asked[name] = [word for word in accepted.keywords if word not in LOOSE]
    assert len(asked) > 15
    ran = subprocess.run(
        [str(python), "-c", ASK], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    for question, answer in json.loads(ran.stdout).items():
        assert "surely_unknown" in answer, (question, answer)


IMPORT = """
import importlib, json, sys
found = []
for name in json.load(sys.stdin):
    module, _, last = name.rpartition(".")
    try:
        if not hasattr(importlib.import_module(module), last):
            importlib.import_module(name)
    except ImportError:
        found.append(name)
print(json.dumps(found))
"""


@pytest.mark.parametrize("version", ["4.57.6", "5.0.0"])
def test_what_is_gone_cannot_be_imported(version: str, tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "-q", f"transformers=={version}"], check=True)
    gone = [g.name for g in API.gone if g.distribution == "transformers" and holds(g.versions, version)]
    assert gone
    ran = subprocess.run(
        [str(python), "-c", IMPORT], input=json.dumps(gone), capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stdout.splitlines()[-1]) == gone
