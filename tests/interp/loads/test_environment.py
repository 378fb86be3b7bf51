"""Which directory a library uses, by version, variables, arguments and home; the facts of the cache table at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dfguard.core.source import Place, Source, Span
from dfguard.interp.loads.environment import Surroundings, directory_of, offline_switch
from dfguard.interp.values import Binding, Known, OneOf, Unknown, Value, known
from dfguard.knowledge.load import load_knowledge

if TYPE_CHECKING:
    from collections.abc import Mapping

KNOWLEDGE = load_knowledge()
ROOT_HUB = "/root/.cache/huggingface/hub"


def around(
    variables: Mapping[str, str] | None = None,
    versions: Mapping[str, str] | None = None,
    home: Value = Known("/root"),  # noqa: B008  a frozen record
    may_inherit: str = "",
) -> Surroundings:
    values: dict[str, Value] = {name: Known(text) for name, text in (variables or {}).items()}
    return Surroundings(
        KNOWLEDGE,
        lambda _library, name: values.get(name),
        home,
        Known("/app"),
        lambda name: (versions or {}).get(name, ">=0.30" if name == "huggingface-hub" else ""),
        may_inherit,
    )


@pytest.mark.parametrize(
    ("library", "version", "variables", "expected"),
    [
        pytest.param("huggingface_hub", "==0.36.2", {}, ROOT_HUB, id="default"),
        pytest.param("huggingface_hub", "==0.36.2", {"HF_HOME": "/m"}, "/m/hub", id="HF_HOME is the parent"),
        pytest.param("huggingface_hub", "==0.36.2", {"HF_HOME": "/m/"}, "/m/hub", id="a slash at the end"),
        pytest.param(
            "huggingface_hub",
            "==0.36.2",
            {"HF_HUB_CACHE": "/m", "HF_HOME": "/h"},
            "/m",
            id="HF_HUB_CACHE wins",
        ),
        pytest.param(
            "huggingface_hub",
            "==0.18.0",
            {"HF_HUB_CACHE": "/m", "HF_HOME": "/h"},
            "/h/hub",
            id="not before 0.19",
        ),
        pytest.param(
            "huggingface_hub",
            "==0.18.0",
            {"HUGGINGFACE_HUB_CACHE": "/m"},
            "/m",
            id="the old name before 0.19",
        ),
        pytest.param(
            "huggingface_hub",
            "==2.4.0",
            {"HUGGINGFACE_HUB_CACHE": "/m"},
            "/m",
            id="the old name is still read",
        ),
        pytest.param(
            "huggingface_hub",
            "==2.4.0",
            {"TRANSFORMERS_CACHE": "/t"},
            ROOT_HUB,
            id="TRANSFORMERS_CACHE never",
        ),
        pytest.param("huggingface_hub", "==2.4.0", {"XDG_CACHE_HOME": "/x"}, "/x/huggingface/hub", id="XDG"),
        pytest.param("huggingface_hub", "==2.4.0", {"HF_HOME": "~/hf"}, "/root/hf/hub", id="~ is expanded"),
        pytest.param(
            "huggingface_hub",
            "==2.4.0",
            {"HF_HOME": "cache"},
            "/app/cache/hub",
            id="relative to the directory",
        ),
        pytest.param(
            "transformers", "==4.21.3", {"HF_HOME": "/h"}, "/h/transformers", id="transformers before 4.22"
        ),
        pytest.param(
            "transformers", "==4.35.2", {"HF_HUB_CACHE": "/m"}, ROOT_HUB, id="4.35 does not read HF_HUB_CACHE"
        ),
        pytest.param(
            "transformers",
            "==4.35.2",
            {"HUGGINGFACE_HUB_CACHE": "/m", "HF_HOME": "/h"},
            "/m",
            id="4.35 reads the old name",
        ),
        pytest.param(
            "transformers",
            "==4.57.6",
            {"TRANSFORMERS_CACHE": "/t", "HF_HUB_CACHE": "/m"},
            "/t",
            id="4.x: the old one wins",
        ),
        pytest.param("transformers", "==4.57.6", {"HF_HUB_CACHE": "/m"}, "/m", id="4.x: else the hub's"),
        pytest.param(
            "transformers",
            "==5.0.0",
            {"TRANSFORMERS_CACHE": "/t", "HF_HOME": "/h"},
            "/h/hub",
            id="5.x: never",
        ),
        pytest.param("diffusers", "", {"DIFFUSERS_CACHE": "/d"}, ROOT_HUB, id="DIFFUSERS_CACHE never"),
        pytest.param("datasets", "", {"HF_HOME": "/h"}, "/h/datasets", id="datasets beside the hub"),
        pytest.param(
            "sentence_transformers", "==2.7.0", {"SENTENCE_TRANSFORMERS_HOME": "/s"}, "/s", id="own variable"
        ),
        pytest.param(
            "sentence_transformers",
            "==2.2.2",
            {},
            "/root/.cache/torch/sentence_transformers",
            id="before 2.3",
        ),
        pytest.param("torch.hub", "", {"TORCH_HOME": "/t"}, "/t/hub", id="TORCH_HOME"),
        pytest.param("openai_whisper", "", {"XDG_CACHE_HOME": "/x"}, "/x/whisper", id="whisper knows XDG"),
        pytest.param("f5_tts", "", {"HF_HOME": "/h"}, "/h/hub", id="f5-tts"),
        pytest.param(
            "cached_path_hub", "", {"CACHED_PATH_CACHE_ROOT": "/c"}, ROOT_HUB, id="hf:// ignores the own root"
        ),
        pytest.param("cached_path", "", {"CACHED_PATH_CACHE_ROOT": "/c"}, "/c", id="urls do not"),
        pytest.param(
            "pyannote_audio", "==3.3.2", {"HF_HOME": "/h"}, "/root/.cache/torch/pyannote", id="pyannote 3"
        ),
        pytest.param("pyannote_audio", "==4.0.7", {"HF_HOME": "/h"}, "/h/hub", id="pyannote 4"),
        pytest.param("rembg", "==2.0.60", {}, "/root/.u2net", id="rembg before"),
        pytest.param("rembg", "==2.0.86", {}, "/root/.rembg", id="rembg after"),
        pytest.param("coqui_tts", "", {"TTS_HOME": "/t"}, "/t/tts", id="coqui"),
        pytest.param("tiktoken", "", {}, "/tmp/data-gym-cache", id="the temporary directory"),
        pytest.param("tiktoken", "", {"TMPDIR": "/scratch"}, "/scratch/data-gym-cache", id="TMPDIR"),
        pytest.param("ultralytics", "", {}, "/app", id="the working directory"),
        pytest.param("easyocr", "", {"EASYOCR_MODULE_PATH": "/e"}, "/e/model", id="easyocr"),
        pytest.param("ollama", "", {}, "/root/.ollama/models", id="ollama"),
        pytest.param("deepface", "", {"DEEPFACE_HOME": "/d"}, "/d/.deepface/weights", id="deepface"),
    ],
)
def test_directories(library: str, version: str, variables: dict[str, str], expected: str) -> None:
    found = KNOWLEDGE.cache_library(library)
    assert found is not None
    value = directory_of(library, around(variables, {found.distribution: version}))
    assert known(value) == expected


def test_the_origins_fixed_file_splits_its_caches() -> None:
    """TRANSFORMERS_CACHE=/tmp/models and HF_HUB_CACHE=/tmp/models/hub: Whisper and Vocos look at different places."""
    variables = {
        "HF_HOME": "/tmp/models",
        "TRANSFORMERS_CACHE": "/tmp/models",
        "HF_HUB_CACHE": "/tmp/models/hub",
    }
    old = around(variables, {"transformers": "==4.57.6"})
    new = around(variables, {"transformers": "==5.23.0"})
    assert known(directory_of("transformers", old)) == "/tmp/models"
    assert known(directory_of("transformers", new)) == "/tmp/models/hub"
    assert known(directory_of("vocos", old)) == known(directory_of("vocos", new)) == "/tmp/models/hub"


def test_an_argument_wins_over_every_variable() -> None:
    surroundings = around({"TRANSFORMERS_CACHE": "/t", "HF_HOME": "/h"}, {"transformers": "==4.50.0"})
    assert directory_of("transformers", surroundings, Known("/mine")) == Known("/mine")
    assert known(directory_of("vocos", surroundings, Known("/mine"))) == "/h/hub", (
        "vocos has no such argument"
    )


def test_an_unknown_version_gives_all_that_it_may_be() -> None:
    value = directory_of("transformers", around({"TRANSFORMERS_CACHE": "/t"}, {"transformers": ">=4.40"}))
    assert isinstance(value, OneOf)
    assert value.texts == (ROOT_HUB, "/t")
    same = directory_of("transformers", around({"HF_HOME": "/h"}, {"transformers": ">=4.22"}))
    assert known(same) == "/h/hub", "versions that agree need not be known"


def test_the_default_says_that_home_decides() -> None:
    value = directory_of("huggingface_hub", around())
    assert value.because == (Binding("HOME", "/root", None, "default of the user"),)


def test_what_decides_is_kept() -> None:
    place = Place(Source("Dockerfile", "ENV HF_HOME=/m\n"), Span(4, 14))
    binding = Binding("HF_HOME", "/m", place)
    base = around()
    surroundings = Surroundings(
        KNOWLEDGE,
        lambda _library, name: Known("/m", (binding,)) if name == "HF_HOME" else None,
        base.home,
        base.workdir,
        base.ranges,
    )
    assert directory_of("vocos", surroundings) == Known("/m/hub", (binding,))


@pytest.mark.parametrize(
    ("variables", "may_inherit", "expected"),
    [
        pytest.param({}, "the base image", None, id="an unknown base may set the variables"),
        pytest.param({"HF_HOME": "/m"}, "the base image", "/m/hub", id="but not where the file itself does"),
        pytest.param({"HF_HOME": ""}, "", None, id="set but empty"),
        pytest.param({"HF_HUB_CACHE": "$ROOT/x"}, "", None, id="a variable that the library expands"),
    ],
)
def test_what_cannot_be_told_is_unknown(
    variables: dict[str, str], may_inherit: str, expected: str | None
) -> None:
    value = directory_of(
        "huggingface_hub", around(variables, {"huggingface-hub": "==2.4.0"}, may_inherit=may_inherit)
    )
    assert known(value) == expected
    assert isinstance(value, Unknown) == (expected is None)


def test_an_unknown_home_makes_only_defaults_unknown() -> None:
    home = Unknown("USER app is not known")
    assert isinstance(directory_of("huggingface_hub", around(home=home)), Unknown)
    assert known(directory_of("huggingface_hub", around({"HF_HOME": "/m"}, home=home))) == "/m/hub"


@pytest.mark.parametrize(
    ("library", "variables", "switch"),
    [
        ("huggingface_hub", {"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE"),
        ("huggingface_hub", {"HF_HUB_OFFLINE": "true"}, "HF_HUB_OFFLINE"),
        ("huggingface_hub", {"TRANSFORMERS_OFFLINE": "1"}, "TRANSFORMERS_OFFLINE"),
        ("huggingface_hub", {"HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "1"}, None),
        ("huggingface_hub", {"HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": "1"}, "TRANSFORMERS_OFFLINE"),
        ("huggingface_hub", {}, None),
        ("torch.hub", {"HF_HUB_OFFLINE": "1"}, None),
        ("diffusers", {"TRANSFORMERS_OFFLINE": "1"}, None),
    ],
)
def test_offline_switches(library: str, variables: dict[str, str], switch: str | None) -> None:
    found = KNOWLEDGE.cache_library(library)
    assert found is not None
    on = offline_switch(found, around(variables))
    assert (on.variable if on else None) == switch
