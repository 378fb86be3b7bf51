"""Models that steps of a build load: through commands, snippets, scripts, inherited and own variables, mounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dfguard.core.source import Source
from dfguard.disk import InMemoryContext
from dfguard.interp.build.build import play, target_of
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.state.inputs import Deployment, World
from dfguard.interp.state.model import Failure, Moment
from dfguard.interp.values import Unknown, known
from dfguard.knowledge.load import load_knowledge
from dfguard.syntax.dockerfile.parser import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dfguard.interp.state.model import Load, StageTrace

KNOWLEDGE = load_knowledge()
HUB = "/root/.cache/huggingface/hub"
PYTHON = "FROM python:3.11-slim\nWORKDIR /app\n"
FETCH = "from vocos import Vocos\nVocos.from_pretrained('a/b')\n"


def played(text: str, files: Mapping[str, str] | None = None) -> StageTrace:
    chosen = KNOWLEDGE.platform("runpod-serverless")
    assert chosen is not None
    context = InMemoryContext({**(files or {}), "Dockerfile": text})
    world = World(context, KNOWLEDGE, Deployment(chosen))
    target = target_of(play(parse(Source("Dockerfile", text)), world), world)
    assert target is not None
    return target


def loads(text: str, files: Mapping[str, str] | None = None) -> list[Load]:
    return [load for step in played(text, files).steps for load in step.effects.loads]


def brief(text: str, files: Mapping[str, str] | None = None) -> list[tuple[str | None, str | None]]:
    found = loads(text, files)
    assert all(load.moment is Moment.BUILD for load in found)
    return [(known(load.subject), known(load.directory)) for load in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("RUN hf download a/b", [("a/b", HUB)], id="a command"),
        pytest.param("ENV HF_HOME=/m\nRUN hf download a/b", [("a/b", "/m/hub")], id="HF_HOME"),
        pytest.param("RUN HF_HOME=/m hf download a/b", [("a/b", "/m/hub")], id="a variable of the command"),
        pytest.param(
            "RUN HF_HOME=/m && hf download a/b", [("a/b", HUB)], id="a variable that is not exported"
        ),
        pytest.param("RUN export HF_HOME=/m && hf download a/b", [("a/b", "/m/hub")], id="export"),
        pytest.param("ARG HF_HOME=/m\nRUN hf download a/b", [("a/b", "/m/hub")], id="an ARG"),
        pytest.param(
            "ENV HF_HOME=/m HF_HUB_CACHE=/n\nRUN hf download a/b", [("a/b", "/n")], id="HF_HUB_CACHE wins"
        ),
        pytest.param("RUN hf download a/b --local-dir models", [("a/b", "/app/models")], id="local_dir"),
        pytest.param(
            "RUN cd /opt && hf download a/b --local-dir models", [("a/b", "/opt/models")], id="after cd"
        ),
        pytest.param("USER 1000\nENV HOME=/h\nRUN hf download a/b", [("a/b", "/h/.cache/huggingface/hub")]),
        pytest.param(
            "RUN for m in a/b c/d; do hf download $m; done", [("a/b", HUB), ("c/d", HUB)], id="a loop"
        ),
        pytest.param(
            "RUN <<END\nexport HF_HOME=/m\nhf download a/b\nEND", [("a/b", "/m/hub")], id="a heredoc"
        ),
        pytest.param('RUN ["hf", "download", "a/b"]', [("a/b", HUB)], id="exec form"),
        pytest.param('SHELL ["/bin/bash", "-c"]\nRUN hf download a/b', [("a/b", HUB)], id="bash"),
        pytest.param("ARG M=a/b\nRUN hf download ${M}", [("a/b", HUB)], id="a build argument"),
        pytest.param(
            "RUN python -c \"import whisper; whisper.load_model('base')\"", [("base", "/root/.cache/whisper")]
        ),
        pytest.param(
            "ARG S=tiny\nRUN python -c \"import whisper; whisper.load_model('$S')\"",
            [("tiny", "/root/.cache/whisper")],
            id="what the shell puts in",
        ),
        pytest.param(
            "ENV S=tiny\nRUN python -c \"import os, whisper; whisper.load_model(os.environ['S'])\"",
            [("tiny", "/root/.cache/whisper")],
            id="read from the environment",
        ),
        pytest.param(
            "RUN python <<END\nimport whisper\nwhisper.load_model('base')\nEND",
            [("base", "/root/.cache/whisper")],
            id="standard input",
        ),
        pytest.param(
            "RUN <<END\n#!/usr/bin/env python\nimport whisper\nwhisper.load_model('base')\nEND",
            [("base", "/root/.cache/whisper")],
            id="a script of its own",
        ),
        pytest.param(
            "RUN sudo -E env XDG_CACHE_HOME=/x python3 -c \"import whisper; whisper.load_model('base')\"",
            [("base", "/x/whisper")],
            id="behind wrappers",
        ),
        pytest.param(
            "RUN wget -P /m https://x.org/a.safetensors",
            [("https://x.org/a.safetensors", "/m/a.safetensors")],
        ),
        pytest.param(
            "RUN wget -P /m -O /n/b.safetensors https://x.org/a.safetensors && cd /n && wget -O c.safetensors -P /m https://x.org/c",
            [("https://x.org/a.safetensors", "/n/b.safetensors"), ("https://x.org/c", "/n/c.safetensors")],
            id="wget ignores -P beside -O",
        ),
        pytest.param("RUN echo hf download a/b", [], id="only shown"),
        pytest.param("RUN true || hf download a/b", [], id="never reached"),
        pytest.param("RUN pip install huggingface_hub", [], id="an installation"),
    ],
)
def test_steps(text: str, expected: list[tuple[str, str]]) -> None:
    assert brief(f"{PYTHON}{text}\n") == expected


@pytest.mark.parametrize(
    ("base", "hub"),
    [
        ("runpod/base:0.6.2-cuda12.4.1", "/runpod-volume/.cache/huggingface/hub"),
        ("python:3.11", HUB),
        ("ubuntu:24.04", HUB),
        ("pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime", HUB),
        ("nvidia/cuda:12.4.1-runtime-ubuntu22.04", HUB),
        ("ghcr.io/swivid/f5-tts:main", HUB),
        ("my.registry/base:1", None),
    ],
)
def test_variables_of_the_base_image_count(base: str, hub: str | None) -> None:
    assert brief(f"FROM {base}\nRUN hf download a/b\n") == [("a/b", hub)]


def test_variables_of_an_unknown_base_stay_unknown_unless_the_file_sets_them() -> None:
    (load,) = loads("FROM my.registry/base:1\nRUN hf download a/b\n")
    assert isinstance(load.directory, Unknown)
    assert brief("FROM my.registry/base:1\nENV HF_HUB_CACHE=/m\nRUN hf download a/b\n") == [("a/b", "/m")]


@pytest.mark.parametrize(
    ("version", "directory"),
    [("4.40.0", "/old"), ("5.0.0", HUB)],
)
def test_versions_that_the_build_installs_decide(version: str, directory: str) -> None:
    code = "from transformers import AutoModel; AutoModel.from_pretrained('a/b')"
    text = f'{PYTHON}ENV TRANSFORMERS_CACHE=/old\nRUN pip install transformers=={version}\nRUN python -c "{code}"\n'
    assert brief(text) == [("a/b", directory)]


def test_versions_of_a_requirements_file_decide() -> None:
    code = "from transformers import AutoModel; AutoModel.from_pretrained('a/b')"
    text = (
        f"{PYTHON}ENV TRANSFORMERS_CACHE=/old\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
        f'RUN python -c "{code}"\n'
    )
    assert brief(text, {"requirements.txt": "transformers>=4.38,<4.50\n"}) == [("a/b", "/old")]
    assert brief(text, {"requirements.txt": "transformers~=5.1\n"}) == [("a/b", HUB)]


def test_scripts_of_the_context_are_run() -> None:
    files = {
        "builder/fetch.py": "from common import model\nmodel()\n",
        "builder/common.py": "def model():\n    from vocos import Vocos\n    Vocos.from_pretrained('a/b')\n",
        "get.sh": "#!/bin/sh\nset -e\nexport HF_HOME=/m\npython builder/fetch.py\n",
    }
    assert brief(f"{PYTHON}COPY . .\nRUN python builder/fetch.py\n", files) == [("a/b", HUB)]
    assert brief(f"{PYTHON}COPY . .\nRUN sh get.sh\n", files) == [("a/b", "/m/hub")]
    (load,) = loads(f"{PYTHON}COPY . .\nRUN sh get.sh\n", files)
    assert [place.path for place in (*load.proof, load.place)] == [
        "Dockerfile",
        "get.sh",
        "builder/common.py",
    ]


def test_a_script_is_read_as_it_stands_when_the_step_runs() -> None:
    files = {"a.py": FETCH, "b.py": FETCH.replace("a/b", "c/d")}
    text = f"{PYTHON}COPY a.py run.py\nRUN python run.py\nCOPY b.py run.py\nRUN python run.py && rm run.py\n"
    assert brief(text, files) == [("a/b", HUB), ("c/d", HUB)]


def test_scripts_below_a_bind_mount_are_run() -> None:
    text = f"{PYTHON}RUN --mount=type=bind,source=fetch.py,target=/x/fetch.py python /x/fetch.py\n"
    assert brief(text, {"fetch.py": FETCH}) == [("a/b", HUB)]


def test_functions_of_the_own_code_are_run_by_snippets() -> None:
    files = {
        "handler.py": "import runpod\nimport whisper\ndef load():\n    return whisper.load_model('base')\n"
        "if __name__ == '__main__':\n    runpod.serverless.start({'handler': lambda j: 1})\n"
    }
    text = f'{PYTHON}COPY . .\nRUN python -c "from handler import load; load()"\n'
    assert brief(text, files) == [("base", "/root/.cache/whisper")]


def test_what_only_a_request_loads_is_loaded_by_a_build_that_asks() -> None:
    files = {
        "handler.py": "import whisper, runpod\ndef answer(job):\n    return whisper.load_model('base')\n"
        "runpod.serverless.start({'handler': answer})\n"
    }
    whisper = [("base", "/root/.cache/whisper")]
    assert brief(f'{PYTHON}COPY . .\nRUN python -c "import handler"\n', files) == []
    assert brief(f"{PYTHON}COPY . .\nRUN python handler.py --test_input '{{}}'\n", files) == whisper
    files["test_input.json"] = "{}"
    assert brief(f"{PYTHON}COPY . .\nRUN python handler.py\n", files) == whisper


def test_the_flattened_try_of_the_story_is_read_as_it_was_meant() -> None:
    text = (
        f"{PYTHON}RUN python -c \"try: from f5_tts.api import F5TTS; F5TTS(); print('ok') "
        'except Exception as e: print(e)"\n'
    )
    found = loads(text)
    assert [known(load.subject) for load in found] == ["SWivid/F5-TTS", "charactr/vocos-mel-24khz"]


@pytest.mark.parametrize(
    ("text", "failure", "is_certain"),
    [
        ("RUN hf download a/b", Failure.FATAL, True),
        ("RUN hf download a/b || true", Failure.SWALLOWED, True),
        ("RUN hf download a/b || echo no", Failure.SWALLOWED, True),
        ("RUN hf download a/b; echo done", Failure.SWALLOWED, True),
        ("RUN [ -e /gone/${X} ] && hf download a/b || true", Failure.SWALLOWED, None),
        (
            "RUN python -c 'from vocos import Vocos\ntry:\n    Vocos.from_pretrained(\"a/b\")\nexcept Exception: pass'",
            Failure.SWALLOWED,
            True,
        ),
    ],
)
def test_whose_failure_stops_the_build(text: str, failure: Failure, is_certain: bool | None) -> None:  # noqa: FBT001  a parameter
    for load in loads(f"{PYTHON}{text}\n".replace("'a\n", "'a\\n")):
        assert load.failure is failure
        assert is_certain is None or load.is_certain is is_certain


def test_what_a_download_leaves_in_the_image() -> None:
    text = f"{PYTHON}RUN hf download a/b\nRUN hf download c/d x.bin --local-dir /m\nRUN wget -O /w.pt https://x.org/w.pt\n"
    files = played(text).final.files
    for path in (f"{HUB}/models--a--b", "/w.pt"):
        assert files.look(path).presence is Presence.PRESENT, path
    assert files.look("/m/x.bin").presence in (Presence.PRESENT, Presence.MAYBE)


def test_what_a_cache_mount_took_is_not_in_the_image() -> None:
    text = f"{PYTHON}RUN --mount=type=cache,target=/root/.cache/huggingface hf download a/b\n"
    assert brief(text) == [("a/b", HUB)]
    assert played(text).final.files.look(f"{HUB}/models--a--b").presence is not Presence.PRESENT


def test_models_of_another_stage_come_with_the_copy() -> None:
    text = (
        f"{PYTHON.replace('slim', 'slim AS models')}RUN hf download a/b --local-dir /m/x\n"
        "FROM python:3.11-slim\nCOPY --from=models /m /models\n"
    )
    assert played(text).final.files.look("/models/x").presence is Presence.PRESENT


def test_circles_of_scripts_end() -> None:
    files = {
        "a.sh": "sh b.sh\n",
        "b.sh": "sh a.sh\nhf download a/b\n",
        "p.py": "import q\n",
        "q.py": "import p\n",
    }
    assert isinstance(brief(f"{PYTHON}COPY . .\nRUN sh a.sh; python p.py\n", files), list)
