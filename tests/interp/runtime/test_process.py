"""ENTRYPOINT and CMD of a played Dockerfile to the process: commands, programs, loads, what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dfguard.core.source import Source
from dfguard.disk import InMemoryContext
from dfguard.interp.build.build import play, target_of
from dfguard.interp.runtime.process import Process, process_of
from dfguard.interp.state.inputs import Deployment, World
from dfguard.interp.state.model import Moment
from dfguard.interp.values import Unknown, known
from dfguard.knowledge.load import load_knowledge
from dfguard.syntax.dockerfile.parser import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dfguard.interp.state.model import Load

KNOWLEDGE = load_knowledge()
HUB = "/root/.cache/huggingface/hub"
LOAD = "import whisper\nwhisper.load_model('base')\n"
START = "import runpod\nrunpod.serverless.start({'handler': lambda job: 1})\n"


def process(
    text: str, files: Mapping[str, str] | None = None, platform: str = "docker", volume: str = "unknown"
) -> Process:
    chosen = KNOWLEDGE.platform(platform)
    assert chosen is not None
    context = InMemoryContext({**(files or {}), "Dockerfile": text}, modes={"start.sh": 0o755})
    world = World(context, KNOWLEDGE, Deployment(chosen, volume))
    traces = play(parse(Source("Dockerfile", text)), world)
    target = target_of(traces, world)
    assert target is not None
    return process_of(target, traces, world)


def loads(found: Process) -> list[tuple[str, str | None, Moment]]:
    return [(known(load.subject) or "", known(load.directory), load.moment) for load in found.loads]


def proof(load: Load) -> list[tuple[str, int]]:
    return [(place.path, place.line) for place in (*load.proof, load.place)]


@pytest.mark.parametrize(
    ("start", "words"),
    [
        pytest.param('CMD ["python", "/h.py"]', ("python", "/h.py"), id="CMD in exec form"),
        pytest.param("CMD python /h.py", ("/bin/sh", "-c", "python /h.py"), id="CMD in shell form"),
        pytest.param('ENTRYPOINT ["python"]\nCMD ["-u", "/h.py"]', ("python", "-u", "/h.py"), id="both"),
        pytest.param(
            "ENTRYPOINT python /h.py\nCMD ignored", ("/bin/sh", "-c", "python /h.py"), id="shell ENTRYPOINT"
        ),
        pytest.param(
            'ENTRYPOINT ["tini", "--"]\nCMD python /h.py', ("/bin/sh", "-c", "python /h.py"), id="an init"
        ),
        pytest.param(
            'CMD ["bash", "-c", "cd / && exec python h.py"]',
            ("bash", "-c", "cd / && exec python h.py"),
            id="bash -c",
        ),
        pytest.param('WORKDIR /\nCMD ["python", "-m", "h"]', ("python", "-m", "h"), id="a module"),
        pytest.param('CMD ["env", "A=1", "python", "/h.py"]', ("env", "A=1", "python", "/h.py"), id="env"),
    ],
)
def test_start_commands_lead_to_the_program(start: str, words: tuple[str, ...]) -> None:
    found = process(f"FROM python:3.11\nCOPY h.py /\n{start}\n", {"h.py": LOAD})
    assert found.words == words
    assert [(one.path, one.name) for one in found.programs] == [("/h.py", "")]
    assert loads(found) == [("base", "/root/.cache/whisper", Moment.START)]


def test_an_entry_script_runs_its_arguments() -> None:
    files = {"h.py": LOAD, "e.sh": 'set -e\nexport XDG_CACHE_HOME=/x\nexec "$@"\n'}
    found = process(
        'FROM python:3.11\nCOPY . /\nENTRYPOINT ["bash", "/e.sh"]\nCMD ["python", "/h.py"]\n', files
    )
    (load,) = found.loads
    assert known(load.directory) == "/x/whisper"
    assert [(b.name, b.text) for b in load.directory.because] == [("XDG_CACHE_HOME", "/x")]
    assert proof(load) == [("Dockerfile", 3), ("e.sh", 3), ("h.py", 2)]


def test_the_base_images_entry_script_is_passed_through() -> None:
    found = process(
        'FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nCOPY h.py /\nCMD ["python3", "/h.py"]\n', {"h.py": LOAD}
    )
    assert found.words == ("python3", "/h.py")
    assert loads(found) == [("base", "/root/.cache/whisper", Moment.START)]


def test_start_scripts_are_followed() -> None:
    files = {
        "start.sh": '#!/bin/bash\ncd /app\nexport HF_HOME=/m\nif [ -n "$DEBUG" ]; then env; fi\npython -u handler.py &\nwait\n',
        "handler.py": f"from vocos import Vocos\nVocos.from_pretrained('a/b')\n{START}",
    }
    found = process('FROM python:3.11\nWORKDIR /app\nCOPY . .\nCMD ["./start.sh"]\n', files)
    assert loads(found) == [("a/b", "/m/hub", Moment.START)]
    assert [run.name for run in found.commands] == [
        "./start.sh",
        "cd",
        "export",
        "test",
        "env",
        "python",
        "wait",
    ]


def test_local_modules_and_packages_are_followed() -> None:
    files = {
        "app/main.py": "from app.models import pipe\nfrom .late import answer\nimport runpod\n"
        "runpod.serverless.start({'handler': answer})\n",
        "app/models/__init__.py": "from .voice import pipe\n",
        "app/models/voice.py": "import os\nos.environ['HF_HOME'] = '/v'\nfrom vocos import Vocos\npipe = Vocos.from_pretrained('a/b')\n",
        "app/late.py": "def answer(job):\n    import whisper\n    return whisper.load_model('tiny')\n",
    }
    found = process('FROM python:3.11\nWORKDIR /srv\nCOPY app app\nCMD ["python", "-m", "app.main"]\n', files)
    assert loads(found) == [("a/b", "/v/hub", Moment.START), ("tiny", "/root/.cache/whisper", Moment.REQUEST)]
    assert {one.path for one in found.programs} == {f"/srv/{path}" for path in files}


def test_a_function_of_another_module_runs_when_it_is_called() -> None:
    files = {
        "handler.py": f"from model import Engine, unused\nengine = Engine('x')\n{START}",
        "model.py": "import whisper\nclass Engine:\n    def __init__(self, x):\n        self.m = whisper.load_model('base')\n"
        "    def late(self):\n        whisper.load_model('large')\n"
        "def unused():\n    whisper.load_model('tiny')\n",
    }
    found = process('FROM python:3.11\nCOPY . /\nCMD ["python", "/handler.py"]\n', files)
    assert [subject for subject, _, _ in loads(found)] == ["base"]


def test_circles_of_imports_end() -> None:
    files = {
        "a.py": "import b\nimport c\n",
        "b.py": "import a\nfrom a import x\n",
        "c.py": LOAD + "import a, b, c\n",
    }
    found = process('FROM python:3.11\nCOPY . /\nCMD ["python", "/a.py"]\n', files)
    assert [subject for subject, _, _ in loads(found)] == ["base"]
    assert len(found.programs) == 3


def test_a_served_application_is_imported() -> None:
    files = {"web.py": f"{LOAD}if __name__ == '__main__':\n    whisper.load_model('large')\n"}
    found = process(
        'FROM python:3.11\nWORKDIR /w\nCOPY . .\nCMD ["uvicorn", "web:app", "--port", "80"]\n', files
    )
    assert [subject for subject, _, _ in loads(found)] == ["base"]
    script = process('FROM python:3.11\nWORKDIR /w\nCOPY . .\nCMD ["python", "web.py"]\n', files)
    assert [subject for subject, _, _ in loads(script)] == ["base", "large"]


def test_command_line_words_reach_the_program() -> None:
    code = (
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--model', default='org/d')\na = p.parse_args()\n"
        "from vocos import Vocos\nVocos.from_pretrained(a.model)\n"
    )
    given = process(
        "FROM python:3.11\nENV M=org/e\nCOPY h.py /\nCMD python /h.py --model=$M\n", {"h.py": code}
    )
    default = process('FROM python:3.11\nCOPY h.py /\nCMD ["python", "/h.py"]\n', {"h.py": code})
    assert [loads(one)[0][0] for one in (given, default)] == ["org/e", "org/d"]


def test_commands_of_the_start_may_load_themselves() -> None:
    found = process(
        "FROM python:3.11\nENV HF_HOME=/m\nCMD hf download a/b && python -c \"import whisper; whisper.load_model('tiny')\"\n"
    )
    assert loads(found) == [("a/b", "/m/hub", Moment.START), ("tiny", "/root/.cache/whisper", Moment.START)]


def test_the_user_and_home_of_the_process_count() -> None:
    text = 'FROM python:3.11\nRUN useradd -m app\nCOPY h.py /\nUSER app\nCMD ["python", "/h.py"]\n'
    assert loads(process(text, {"h.py": LOAD})) == [("base", "/home/app/.cache/whisper", Moment.START)]
    numbered = 'FROM python:3.11\nCOPY h.py /\nUSER {}\nCMD ["python", "/h.py"]\n'
    assert loads(process(numbered.format(1234), {"h.py": LOAD})) == [
        ("base", "/.cache/whisper", Moment.START)
    ]
    for user, image in ((999, "python:3.11"), (1234, "org/image:1")):
        text = numbered.format(user).replace("python:3.11", image)
        found = process(text, {"h.py": LOAD})
        assert isinstance(found.loads[0].directory, Unknown), f"{image} may know {user}"


def test_build_arguments_are_gone() -> None:
    code = "import os\nfrom vocos import Vocos\nVocos.from_pretrained(os.environ.get('MODEL', 'org/d'))\n"
    found = process(
        'FROM python:3.11\nARG MODEL=org/a\nCOPY h.py /\nCMD ["python", "/h.py"]\n', {"h.py": code}
    )
    assert [subject for subject, _, _ in loads(found)] == ["org/d"]


def test_variables_of_the_platform_are_unknown() -> None:
    code = "import os\nfrom vocos import Vocos\nVocos.from_pretrained(os.environ['RUNPOD_POD_ID'])\n"
    text = 'FROM python:3.11\nENV RUNPOD_POD_ID=x\nCOPY h.py /\nCMD ["python", "/h.py"]\n'
    (load,) = process(text, {"h.py": code}, "runpod-serverless").loads
    assert isinstance(load.subject, Unknown)
    assert "RunPod Serverless sets RUNPOD_POD_ID" in load.subject.why


@pytest.mark.parametrize(
    ("volume", "expected"),
    [("attached", "/runpod-volume/whisper"), ("none", "/root/.cache/whisper"), ("unknown", None)],
)
def test_a_test_for_the_mount_is_decided_by_the_deployment(volume: str, expected: str | None) -> None:
    script = "if [ -d /runpod-volume ]; then export XDG_CACHE_HOME=/runpod-volume; fi\nexec python /h.py\n"
    text = 'FROM python:3.11\nCOPY . /\nCMD ["bash", "/start.sh"]\n'
    (load,) = process(text, {"start.sh": script, "h.py": LOAD}, "runpod-serverless", volume).loads
    assert known(load.directory) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('[ -z "$TOKEN" ] && exit 1\npython /h.py\n', [("base", True)]),
        ('if [ -z "$TOKEN" ]; then echo no; exit 1; fi\npython /h.py\n', [("base", True)]),
        ('if [ "$MODE" = serve ]; then python /h.py; fi\n', [("base", False)]),
        ('case "$MODE" in serve) python /h.py;; esac\n', [("base", False)]),
        ('case "$SET" in serve) python /h.py;; *) ls;; esac\n', [("base", True)]),
        ('if [ "$SET" = other ]; then python /h.py; fi\n', []),
    ],
)
def test_variables_that_the_deployment_may_give_decide_nothing(
    script: str, expected: list[tuple[str, bool]]
) -> None:
    text = 'FROM python:3.11\nENV SET=serve\nCOPY . /\nCMD ["bash", "/start.sh"]\n'
    found = process(text, {"start.sh": script, "h.py": LOAD})
    assert [(known(load.subject), load.is_certain) for load in found.loads] == expected


def test_missing_files_are_named() -> None:
    found = process('FROM python:3.11-slim\nCMD ["python", "/gone.py"]\n')
    assert [(place.text, path) for place, path in found.missing] == [('python", "/gone.py', "/gone.py")]
    assert found.programs == ()


def test_without_a_start_command_there_is_no_process() -> None:
    assert process("FROM scratch\nCOPY x /\n", {"x": ""}) == Process()
    inherited = process("FROM python:3.11\n")
    assert (inherited.words, inherited.place) == (("python3",), None)


def test_a_program_that_does_not_compile_is_there_with_its_fault() -> None:
    found = process('FROM python:3.11\nCOPY h.py /\nCMD ["python", "/h.py"]\n', {"h.py": "def f(:\n"})
    (started,) = found.programs
    assert started.program.fault is not None
    assert found.loads == ()


def test_deep_chains_of_modules_end() -> None:
    files = {f"m{n}.py": f"import m{n + 1}\n" for n in range(200)} | {"m200.py": LOAD}
    found = process('FROM python:3.11\nCOPY . /\nCMD ["python", "/m0.py"]\n', files)
    assert len(found.programs) == 61
    assert found.loads == ()


def test_scripts_that_call_scripts_show_the_whole_way() -> None:
    files = {"start.sh": "#!/bin/sh\n\nsh /serve.sh\n", "serve.sh": "\nexec python /h.py\n", "h.py": LOAD}
    (load,) = process('FROM python:3.11\nCOPY . /\nCMD ["/start.sh"]\n', files).loads
    assert proof(load) == [("Dockerfile", 3), ("start.sh", 3), ("serve.sh", 2), ("h.py", 2)]


def test_a_program_whose_python_is_missing_is_read_anyway() -> None:
    found = process('FROM debian:bookworm\nCOPY h.py /\nCMD ["python", "/h.py"]\n', {"h.py": LOAD})
    assert [load.moment for load in found.loads] == [Moment.START]


def test_supervising_loops_end() -> None:
    files = {
        "start.sh": "python /h.py &\nn=0\nwhile [ $n -lt 600 ]; do\n  if curl -s localhost; then break; fi\n"
        "  n=$((n+1)); sleep 1\ndone\nwhile true; do sleep 60; done\n",
        "h.py": LOAD,
    }
    found = process('FROM python:3.11\nCOPY . /\nCMD ["bash", "/start.sh"]\n', files)
    assert [known(load.subject) for load in found.loads] == ["base"]
    assert len(found.commands) < 40


def test_code_of_the_start_command_is_read() -> None:
    found = process(
        'FROM python:3.11\nCMD ["python", "-c", "import whisper\\nwhisper.load_model(\'tiny\')"]\n'
    )
    assert loads(found) == [("tiny", "/root/.cache/whisper", Moment.START)]


@pytest.mark.parametrize(
    ("config", "code"),
    [
        pytest.param("MODEL = 'a/b'\n", "from config import MODEL\nload(MODEL)", id="a name"),
        pytest.param("MODEL = 'a/b'\n", "import config\nload(config.MODEL)", id="an attribute"),
        pytest.param("MODEL = 'a/b'\n", "import config as c\nload(c.MODEL)", id="an alias"),
        pytest.param("MODEL = 'a/b'\n", "from config import *\nload(MODEL)", id="a star"),
        pytest.param("ORG = 'a'\n", "from config import ORG\nload(f'{ORG}/b')", id="in a text"),
        pytest.param(
            "import os\nMODEL = os.environ.get('MODEL', 'x/y')\n",
            "from config import MODEL\nload(MODEL)",
            id="a variable of the environment",
        ),
        pytest.param("class Config:\n    MODEL = 'a/b'\n", "from config import Config\nload(Config.MODEL)"),
        pytest.param("class Config:\n    MODEL = 'a/b'\n", "from config import Config\nload(Config().MODEL)"),
        pytest.param(
            "class Config:\n    model: str = 'a/b'\nconfig = Config()\n",
            "from config import config\nload(config.model)",
            id="an instance",
        ),
        pytest.param(
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    model: str = 'x/y'\ns = S()\n",
            "from config import s\nload(s.model)",
            id="settings",
        ),
        pytest.param(
            "MODELS = {'m': 'a/b'}\nMODEL = MODELS['m']\n",
            "from config import MODEL\nload(MODEL)",
            id="a key",
        ),
        pytest.param(
            "from names import NAME as MODEL\n", "from config import MODEL\nload(MODEL)", id="passed on"
        ),
        pytest.param(
            "import names\nMODEL = names.NAME\n", "from config import MODEL\nload(MODEL)", id="assigned again"
        ),
    ],
)
def test_constants_of_other_modules_count(config: str, code: str) -> None:
    files = {
        "config.py": config,
        "names.py": "NAME = 'a/b'\n",
        "h.py": code.replace("load(", "AutoModel.from_pretrained(", 1).replace(
            "\n", "\nfrom transformers import AutoModel\n", 1
        ),
    }
    found = process('FROM python:3.11\nENV MODEL=a/b\nCOPY . /\nCMD ["python", "/h.py"]\n', files)
    assert [subject for subject, _, _ in loads(found)] == ["a/b"]


def test_constants_in_a_circle_are_unknown() -> None:
    files = {
        "a.py": "from b import X\nfrom transformers import AutoModel\nAutoModel.from_pretrained(X)\nY = X\n",
        "b.py": "from a import Y\nX = Y\n",
    }
    (load,) = process('FROM python:3.11\nCOPY . /\nCMD ["python", "/a.py"]\n', files).loads
    assert isinstance(load.subject, Unknown)


def test_a_path_that_another_module_downloaded_is_known() -> None:
    files = {
        "paths.py": "from huggingface_hub import hf_hub_download\nW = hf_hub_download('a/b', 'w.pt', local_dir='/m')\n",
        "h.py": "from paths import W\nimport torch\ntorch.load(W)\n",
    }
    found = process('FROM python:3.11\nCOPY . /\nCMD ["python", "/h.py"]\n', files)
    assert [known(load.subject) for load in found.loads] == ["a/b", "/m/w.pt"]
