"""The cache table against the libraries themselves, installed into throw-away environments (`make facts`; needs PyPI).

Each library is asked in a process of its own, with the variables of one case, what directory it uses; the answer must
be what `interp.caches` says for the installed version.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from dfguard.interp.loads.environment import Surroundings, directory_of
from dfguard.interp.values import Known, known
from dfguard.knowledge.load import load_knowledge

KNOWLEDGE = load_knowledge()
HOME = "/nowhere/home"
ENVIRONMENTS = {
    "oldest": ("huggingface_hub==0.17.3", "transformers==4.34.1", "requests<3"),
    "four": ("huggingface_hub==0.36.2", "transformers==4.57.6", "cached-path==1.8.10"),
    "five": ("huggingface_hub==1.33.0", "transformers==5.23.0"),
}
QUESTIONS = """
import json
found = {}
import huggingface_hub.constants as c
hub = c.HF_HUB_CACHE if hasattr(c, "HF_HUB_CACHE") else c.HUGGINGFACE_HUB_CACHE
found["huggingface_hub"] = hub
import transformers.utils.hub as h
found["transformers"] = str(getattr(h, "TRANSFORMERS_CACHE", None) or hub)
try:
    import cached_path.common
except ImportError:
    pass
else:
    found["cached_path"] = str(cached_path.common.get_cache_dir())
    found["cached_path_hub"] = hub
print(json.dumps(found))
"""
OFFLINE = "import huggingface_hub.constants as c; print(c.HF_HUB_OFFLINE)"
VARIABLES = [
    {},
    {"HF_HOME": "/a"},
    {"HF_HOME": "/a/"},
    {"HF_HUB_CACHE": "/b"},
    {"HUGGINGFACE_HUB_CACHE": "/c"},
    {"TRANSFORMERS_CACHE": "/d"},
    {"PYTORCH_TRANSFORMERS_CACHE": "/e"},
    {"XDG_CACHE_HOME": "/f"},
    {"HF_HOME": "/a", "HF_HUB_CACHE": "/b"},
    {"HF_HOME": "/a", "TRANSFORMERS_CACHE": "/d"},
    {"HF_HUB_CACHE": "/b", "TRANSFORMERS_CACHE": "/d"},
    {"HF_HUB_CACHE": "/b", "HUGGINGFACE_HUB_CACHE": "/c"},
    {"HUGGINGFACE_HUB_CACHE": "/c", "TRANSFORMERS_CACHE": "/d"},
    {"XDG_CACHE_HOME": "/f", "HF_HOME": "/a"},
    {"HF_HOME": "~/models"},
    {"CACHED_PATH_CACHE_ROOT": "/g", "HF_HOME": "/a"},
]
SWITCHES = [
    ({}, False),
    ({"HF_HUB_OFFLINE": "1"}, True),
    ({"TRANSFORMERS_OFFLINE": "1"}, True),
    ({"HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "1"}, False),
    ({"HF_HUB_OFFLINE": "yes"}, True),
]


@pytest.fixture(scope="session")
def pythons(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An interpreter per environment."""
    found = {}
    for name, packages in ENVIRONMENTS.items():
        folder = tmp_path_factory.mktemp(name)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        found[name] = folder / "bin" / "python"
        command = [
            str(found[name]),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            *packages,
        ]
        subprocess.run(command, check=True)
    return found


def _ask(python: Path, question: str, variables: dict[str, str]) -> str:
    environment = {"HOME": HOME, "PATH": os.environ["PATH"], **variables}
    result = subprocess.run(
        [python, "-c", question], env=environment, capture_output=True, text=True, check=True
    )
    return result.stdout.strip().splitlines()[-1]


@cache
def _versions(python: Path) -> dict[str, str]:
    code = (
        "import json; from importlib.metadata import distributions as d;"
        "print(json.dumps({x.metadata['Name'].lower().replace('_', '-'): x.version for x in d()}))"
    )
    found: dict[str, str] = json.loads(_ask(python, code, {}))
    return found


@pytest.mark.parametrize("variables", VARIABLES, ids=lambda v: ",".join(sorted(v)) or "nothing")
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_directories(pythons: dict[str, Path], name: str, variables: dict[str, str]) -> None:
    versions = _versions(pythons[name])
    around = Surroundings(
        KNOWLEDGE,
        lambda _library, variable: Known(variables[variable]) if variable in variables else None,
        Known(HOME),
        Known("/"),
        lambda distribution: f"=={versions[distribution]}" if distribution in versions else "",
    )
    answers: dict[str, str] = json.loads(_ask(pythons[name], QUESTIONS, variables))
    for library, said in answers.items():
        expected = os.path.normpath(HOME + said[1:] if said.startswith("~/") else said)
        assert known(directory_of(library, around)) == expected, (library, variables)


@pytest.mark.parametrize(("variables", "is_on"), SWITCHES, ids=str)
@pytest.mark.parametrize("name", ["four", "five"])
def test_offline_switches(
    pythons: dict[str, Path],
    name: str,
    variables: dict[str, str],
    is_on: bool,  # noqa: FBT001  a table
) -> None:
    from dfguard.interp.loads.environment import offline_switch

    assert _ask(pythons[name], OFFLINE, variables) == str(is_on)
    facts = KNOWLEDGE.cache_library("huggingface_hub")
    assert facts is not None
    around = Surroundings(
        KNOWLEDGE,
        lambda _library, variable: Known(variables[variable]) if variable in variables else None,
        Known(HOME),
        Known("/"),
        lambda _distribution: "",
    )
    assert (offline_switch(facts, around) is not None) == is_on
