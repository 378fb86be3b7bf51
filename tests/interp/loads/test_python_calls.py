"""Calls and commands to loads: subject, directory, files, moment, failure, certainty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dfguard.core.source import Place, Source, Span
from dfguard.interp.loads.commands import loads_of_words, take_apart
from dfguard.interp.loads.environment import Surroundings
from dfguard.interp.loads.load import Circumstances, writes_of
from dfguard.interp.loads.programs import Start, play
from dfguard.interp.python.modules import Module, Modules, read_file
from dfguard.interp.state.model import Failure, Moment
from dfguard.interp.values import Known, OneOf, Unknown, Value, known, texts_of
from dfguard.knowledge.load import load_knowledge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dfguard.interp.state.model import Load

KNOWLEDGE = load_knowledge()
HUB = "/root/.cache/huggingface/hub"
PLACE = Place(Source("Dockerfile", "RUN x\n"), Span(0, 5))
BUILD = Circumstances(Moment.BUILD)
START = Circumstances(Moment.START)


def around(
    variables: Mapping[str, str] | None = None, versions: Mapping[str, str] | None = None
) -> Surroundings:
    values: dict[str, Value] = {name: Known(text) for name, text in (variables or {}).items()}
    ranges = {
        "huggingface-hub": ">=0.30",
        "transformers": ">=4.40,<5",
        "sentence-transformers": ">=3",
        **(versions or {}),
    }
    return Surroundings(
        KNOWLEDGE,
        lambda _library, name: values.get(name),
        Known("/root"),
        Known("/app"),
        lambda d: ranges.get(d, ""),
    )


def of_code(
    code: str,
    circumstances: Circumstances = BUILD,
    *,
    variables: Mapping[str, str] | None = None,
    versions: Mapping[str, str] | None = None,
    words: tuple[str, ...] = (),
) -> list[Load]:
    source = Source("fetch.py", code)
    program = read_file(source.text_of(Span(0, len(code))))
    assert program.fault is None, program.fault
    modules = Modules(Module(program, "/app/fetch.py"), {})
    start = Start(tuple(Known(word) for word in words))
    return list(play(modules, around(variables, versions), circumstances, start).loads)


def of_words(*words: str, variables: Mapping[str, str] | None = None) -> list[Load]:
    values = tuple(Known(word) for word in words)
    return list(loads_of_words(values, PLACE, around(variables), BUILD))


def short(load: Load) -> tuple[str, str | None, str | None]:
    return load.kind, known(load.subject), known(load.directory)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param(
            "from huggingface_hub import snapshot_download as get\nget('org/m', revision='abc')",
            ("hub", "org/m", HUB),
            id="an alias",
        ),
        pytest.param(
            "import huggingface_hub\nhuggingface_hub.snapshot_download(repo_id='org/m', local_dir='models/m')",
            ("hub", "org/m", "/app/models/m"),
            id="local_dir below the working directory",
        ),
        pytest.param(
            "from transformers import AutoModel\nAutoModel.from_pretrained('org/m', cache_dir='/c')",
            ("hub", "org/m", "/c"),
            id="cache_dir",
        ),
        pytest.param(
            "import os\nfrom transformers import AutoModel\nAutoModel.from_pretrained(os.environ.get('M', 'org/d'))",
            ("hub", "org/d", HUB),
            id="the default of a variable",
        ),
        pytest.param(
            "from transformers import AutoModel\nAutoModel.from_pretrained('/opt/m')",
            ("path", "/opt/m", "/opt/m"),
            id="path",
        ),
        pytest.param(
            "from transformers import pipeline\npipeline('automatic-speech-recognition', model='openai/whisper-tiny')",
            ("hub", "openai/whisper-tiny", HUB),
            id="pipeline",
        ),
        pytest.param(
            "from sentence_transformers import SentenceTransformer\nSentenceTransformer('all-MiniLM-L6-v2')",
            ("hub", "sentence-transformers/all-MiniLM-L6-v2", HUB),
            id="a bare name",
        ),
        pytest.param(
            "from faster_whisper import WhisperModel\nWhisperModel('large-v3', download_root='/m')",
            ("hub", "Systran/faster-whisper-large-v3", "/m"),
            id="a size of faster-whisper",
        ),
        pytest.param(
            "from faster_whisper import WhisperModel\nWhisperModel('org/ct2')",
            ("hub", "org/ct2", HUB),
            id="a repository",
        ),
        pytest.param(
            "import whisper\nwhisper.load_model('base')",
            ("name", "base", "/root/.cache/whisper"),
            id="openai whisper",
        ),
        pytest.param(
            "from cached_path import cached_path\ncached_path('hf://SWivid/F5-TTS/F5TTS_Base/m.safetensors')",
            ("hub", "SWivid/F5-TTS", HUB),
            id="an hf:// address",
        ),
        pytest.param(
            "from cached_path import cached_path\ncached_path('https://x/y.pt')",
            ("url", "https://x/y.pt", "/root/.cache/cached_path"),
            id="another address",
        ),
        pytest.param(
            "import torch\ntorch.hub.load('snakers4/silero-vad', 'silero_vad')",
            ("name", "snakers4/silero-vad", "/root/.cache/torch/hub"),
            id="torch.hub",
        ),
        pytest.param(
            "import torch\ntorch.load('w.pt')", ("path", "w.pt", "/app/w.pt"), id="a file of the own"
        ),
        pytest.param(
            "from chatterbox.tts import ChatterboxTTS\nChatterboxTTS.from_pretrained(device='cpu')",
            ("hub", "ResembleAI/chatterbox", HUB),
            id="a fixed repository",
        ),
        pytest.param(
            "from ultralytics import YOLO\nYOLO('yolov8n.pt')",
            ("name", "yolov8n.pt", "/app"),
            id="the working directory",
        ),
        pytest.param("import nltk\nnltk.download('punkt')", ("name", "punkt", "/root/nltk_data"), id="nltk"),
        pytest.param(
            "import argparse\np = argparse.ArgumentParser()\np.add_argument('--model', default='org/d')\n"
            "from transformers import AutoModel\nAutoModel.from_pretrained(p.parse_args().model)",
            ("hub", "org/d", HUB),
            id="the default of an option",
        ),
        pytest.param(
            "from pathlib import Path\nfrom transformers import AutoModel\n"
            "AutoModel.from_pretrained(str(Path(__file__).parent / 'weights'))",
            ("path", "/app/weights", "/app/weights"),
            id="beside the file",
        ),
        pytest.param(
            "import os, torch\nHERE = os.path.dirname(os.path.abspath(__file__))\nW = os.path.join(HERE, 'w.pt')\n"
            "torch.load(os.path.join(HERE, W))",
            ("path", "/app/w.pt", "/app/w.pt"),
            id="beside the file, twice",
        ),
    ],
)
def test_calls(code: str, expected: tuple[str, str, str]) -> None:
    (load,) = of_code(code)
    assert short(load) == expected


def test_a_library_that_follows_the_convention_of_the_hub() -> None:
    (load,) = of_code("from mylib.models import Net\nNet.from_pretrained('org/m', cache_dir='/opt')")
    assert (load.loader, load.subject, load.directory) == (
        "hub.from_pretrained",
        Known("org/m"),
        Known("/opt"),
    )


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("class AutoModel: ...\nAutoModel.from_pretrained('org/m')", id="a class of the own"),
        pytest.param("from mylib import AutoModel\nAutoModel.from_pretrained('weights/m')", id="a folder"),
        pytest.param("from mylib import AutoModel\nAutoModel.from_pretrained('m')", id="a name of its own"),
        pytest.param("import timm\ntimm.create_model('resnet18')", id="without pretrained"),
        pytest.param(
            "from f5_tts.api import F5TTS\n\ndef f(t: F5TTS):\n    t.infer('a', 'text', 'b')",
            id="never called",
        ),
        pytest.param(
            "def f():\n    import whisper\n    whisper.load_model('base')", id="a function that nothing calls"
        ),
        pytest.param("if False:\n    pass\nimport json\njson.load(open('x'))", id="json"),
    ],
)
def test_no_loads(code: str) -> None:
    assert of_code(code) == []


def test_f5tts_fetches_weights_and_vocoder_but_not_whisper() -> None:
    loads = of_code("from f5_tts.api import F5TTS\nmodel = F5TTS(device='cpu')", versions={"f5-tts": ">=1.0"})
    assert [(known(load.subject), load.files, known(load.directory)) for load in loads] == [
        ("SWivid/F5-TTS", ("F5TTS_v1_Base/model_1250000.safetensors",), HUB),
        ("charactr/vocos-mel-24khz", ("config.yaml", "pytorch_model.bin"), HUB),
    ]
    assert {known(load.device or Known("")) for load in loads} == {"cpu"}
    local = of_code(
        "from f5_tts.api import F5TTS\nF5TTS(ckpt_file='/opt/m.safetensors', vocoder_local_path='/opt/vocos')",
        versions={"f5-tts": ">=1.0"},
    )
    assert [(short(load), load.downloads) for load in local] == [
        (("path", "/opt/m.safetensors", "/opt/m.safetensors"), False),
        (("path", "/opt/vocos", "/opt/vocos"), False),
    ]


def test_whisper_comes_with_an_empty_reference_text() -> None:
    code = "from f5_tts.api import F5TTS\nt = F5TTS()\nt.infer('a.wav', {text}, 'hello')"
    with_text = of_code(code.format(text="'spoken'"), versions={"f5-tts": ">=1.0"})
    without = of_code(code.format(text="''"), versions={"f5-tts": ">=1.0"})
    assert [known(load.subject) for load in without[len(with_text) :]] == ["openai/whisper-large-v3-turbo"]
    assert without[-1].library == "transformers"


def test_caches_of_one_program_may_differ() -> None:
    """The origin's repaired file: the hub client and transformers 4 look at different roots."""
    code = (
        "from huggingface_hub import snapshot_download\nfrom transformers import pipeline\n"
        "snapshot_download('openai/whisper-large-v3-turbo')\npipeline('asr', model='openai/whisper-large-v3-turbo')"
    )
    variables = {"TRANSFORMERS_CACHE": "/tmp/models", "HF_HUB_CACHE": "/tmp/models/hub"}
    assert [known(load.directory) for load in of_code(code, variables=variables)] == [
        "/tmp/models/hub",
        "/tmp/models",
    ]


def test_a_variable_counts_only_before_the_import() -> None:
    before = "import os\nos.environ['HF_HOME'] = '/b'\nfrom transformers import AutoModel\nAutoModel.from_pretrained('a/b')"
    after = "import os\nfrom transformers import AutoModel\nos.environ['HF_HOME'] = '/b'\nAutoModel.from_pretrained('a/b')"
    at_call = "import os, whisper\nos.environ['XDG_CACHE_HOME'] = '/b'\nwhisper.load_model('base')"
    (first,), (second,), (third,) = of_code(before), of_code(after), of_code(at_call)
    assert known(first.directory) == "/b/hub"
    assert [(b.name, b.text, b.place.line if b.place else 0) for b in first.directory.because] == [
        ("HF_HOME", "/b", 2)
    ]
    assert known(second.directory) == HUB
    assert known(third.directory) == "/b/whisper"


def test_a_default_does_not_override() -> None:
    code = (
        "import os\nos.environ.setdefault('HF_HOME', '/d')\nimport vocos\nvocos.Vocos.from_pretrained('a/b')"
    )
    (free,), (held,) = of_code(code), of_code(code, variables={"HF_HOME": "/h"})
    assert (known(free.directory), known(held.directory)) == ("/d/hub", "/h/hub")


def test_a_variable_set_under_a_condition_is_unknown() -> None:
    code = (
        "import os\nif os.path.exists('/v'):\n    os.environ['HF_HOME'] = '/v'\n"
        "import vocos\nvocos.Vocos.from_pretrained('a/b')"
    )
    (load,) = of_code(code)
    assert isinstance(load.directory, Unknown)


def test_a_variable_set_to_itself_stays() -> None:
    code = (
        "import os\nX = os.environ.get('HF_HUB_CACHE')\nif X:\n    os.environ['HF_HUB_CACHE'] = X\n"
        "from vocos import Vocos\nVocos.from_pretrained('a/b')"
    )
    assert [known(load.directory) for load in of_code(code)] == [HUB]
    assert [known(load.directory) for load in of_code(code, variables={"HF_HUB_CACHE": "/m"})] == ["/m"]


def test_a_deleted_variable_is_not_set() -> None:
    code = "import os\nos.environ.pop('HF_HOME')\nimport vocos\nvocos.Vocos.from_pretrained('a/b')"
    (load,) = of_code(code, variables={"HF_HOME": "/h"})
    assert known(load.directory) == HUB


def test_moments_follow_the_reach() -> None:
    code = (
        "import runpod, whisper\nfrom transformers import pipeline\nm = whisper.load_model('base')\n"
        "def handler(job):\n    return pipeline('asr', model='a/b')\nrunpod.serverless.start({'handler': handler})"
    )
    assert [(load.loader, load.moment) for load in of_code(code, START)] == [
        ("whisper.load_model", Moment.START),
        ("transformers.pipeline", Moment.REQUEST),
    ]


def test_weightless_calls_are_no_weights() -> None:
    code = (
        "from transformers import AutoTokenizer, AutoModel, AutoConfig\nfrom huggingface_hub import hf_hub_download\n"
        "AutoTokenizer.from_pretrained('a/b')\nAutoConfig.from_pretrained('a/b')\nAutoModel.from_pretrained('a/b')\n"
        "hf_hub_download('a/b', 'config.json')\nhf_hub_download('a/b', 'model.safetensors')"
    )
    assert [load.is_weights for load in of_code(code)] == [False, False, True, False, True]


def test_a_loop_over_a_literal_list_loads_each() -> None:
    code = "from huggingface_hub import snapshot_download\nfor name in ['a/b', 'c/d']:\n    snapshot_download(name)"
    assert [known(load.subject) for load in of_code(code)] == ["a/b", "c/d"]


def test_a_choice_gives_all_it_may_be() -> None:
    code = "import sys, whisper\nwhisper.load_model('base' if sys.platform == 'x' else 'tiny')"
    (load,) = of_code(code)
    assert texts_of(load.subject) == ("base", "tiny")


def test_a_caught_failure_is_swallowed() -> None:
    code = "import whisper\ntry:\n    whisper.load_model('base')\nexcept Exception as e:\n    print(e)\n"
    (load,) = of_code(code)
    assert load.failure is Failure.SWALLOWED
    assert load.swallowed_by is not None
    assert load.swallowed_by.text.startswith("except Exception")


def test_offline_switches_and_arguments() -> None:
    code = "from transformers import AutoModel\nAutoModel.from_pretrained('a/b'{})"
    (switched,) = of_code(code.format(""), variables={"HF_HUB_OFFLINE": "1"})
    assert (switched.is_offline, switched.downloads) == (True, True)
    assert switched.offline_because is not None
    assert switched.offline_because.name == "HF_HUB_OFFLINE"
    (told,) = of_code(code.format(", local_files_only=True"))
    assert (told.is_offline, told.downloads, told.offline_because) == (True, False, None)


def test_classes_handed_to_a_function_are_followed() -> None:
    code = (
        "from diffusers import AutoencoderKL, FluxPipeline\n"
        "def fetch(cls, name):\n    return cls.from_pretrained(name)\n"
        "fetch(FluxPipeline, 'a/b')\nfetch(AutoencoderKL, 'c/d')\n"
    )
    assert [(load.loader, known(load.subject)) for load in of_code(code)] == [
        ("diffusers.from_pretrained", "a/b"),
        ("diffusers.from_pretrained", "c/d"),
    ]


def test_a_model_that_was_loaded_is_not_loaded_again() -> None:
    code = (
        "from transformers import AutoModel, pipeline\nm = AutoModel.from_pretrained('a/b').to('cpu')\n"
        "pipeline('asr', model=m)"
    )
    assert [load.loader for load in of_code(code)] == ["transformers.from_pretrained"]


def test_splatted_arguments_are_unknown() -> None:
    (load,) = of_code("from transformers import AutoModel\nk = make()\nAutoModel.from_pretrained(**k)")
    assert isinstance(load.subject, Unknown)


def test_a_downloaded_path_is_read_and_not_downloaded_again() -> None:
    code = (
        "from huggingface_hub import snapshot_download\nfrom transformers import AutoModel\n"
        "p = snapshot_download('a/b', local_dir='/m')\nAutoModel.from_pretrained(p)"
    )
    download, read = of_code(code)
    assert (short(read), read.downloads) == (("path", "/m", "/m"), False)
    assert (short(download), download.downloads, download.is_local_directory) == (
        ("hub", "a/b", "/m"),
        True,
        True,
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(("hf", "download", "a/b"), [("hub", "a/b", HUB)], id="hf"),
        pytest.param(("hf", "download", "a/b", "--cache-dir", "/c"), [("hub", "a/b", "/c")], id="cache"),
        pytest.param(("hf", "download", "--local-dir=/m", "a/b"), [("hub", "a/b", "/m")], id="local"),
        pytest.param(
            ("huggingface-cli", "download", "a/b", "--include", "*.json", "*.bin", "--local-dir", "m"),
            [("hub", "a/b", "/app/m")],
            id="several patterns",
        ),
        pytest.param(
            ("hf", "download", "--include", "*.json", "a/b"), [("hub", "a/b", HUB)], id="one pattern in front"
        ),
        pytest.param(("hf", "download", "a/b", "--repo-type", "dataset"), [], id="a dataset"),
        pytest.param(("hf", "auth", "login"), [], id="not a download"),
        pytest.param(
            ("wget", "-q", "-O", "/m/x.safetensors", "https://x/y"),
            [("url", "https://x/y", "/m/x.safetensors")],
            id="wget",
        ),
        pytest.param(
            ("wget", "-qO", "/m/x.pt", "https://x/y"), [("url", "https://x/y", "/m/x.pt")], id="a cluster"
        ),
        pytest.param(
            ("wget", "-P", "/m", "https://x/y.ckpt?a=1"),
            [("url", "https://x/y.ckpt?a=1", "/m/y.ckpt")],
            id="-P",
        ),
        pytest.param(("wget", "-O-", "https://x/y.ckpt"), [], id="to standard output"),
        pytest.param(("wget", "https://x/readme.html"), [], id="no weights"),
        pytest.param(
            ("curl", "-L", "https://x/y.pth", "-o", "y.pth"),
            [("url", "https://x/y.pth", "/app/y.pth")],
            id="curl",
        ),
        pytest.param(
            ("curl", "-LO", "https://x/y.pth"), [("url", "https://x/y.pth", "/app/y.pth")], id="remote name"
        ),
        pytest.param(("curl", "-s", "https://x/y.pth"), [], id="curl to standard output"),
        pytest.param(
            ("curl", "-L", "https://huggingface.co/a/b/resolve/main/vae", "-o", "/m/vae"),
            [("url", "https://huggingface.co/a/b/resolve/main/vae", "/m/vae")],
            id="the hub has weights",
        ),
        pytest.param(
            ("aria2c", "-d", "/m", "-o", "x.pt", "https://x/y"),
            [("url", "https://x/y", "/m/x.pt")],
            id="aria2c",
        ),
        pytest.param(
            ("git", "clone", "https://huggingface.co/a/b"), [("hub", "a/b", "/app/b")], id="git clone"
        ),
        pytest.param(
            ("git", "lfs", "clone", "--depth", "1", "https://user:x@huggingface.co/a/b.git", "/m"),
            [("hub", "a/b", "/m")],
            id="git lfs clone",
        ),
        pytest.param(("git", "clone", "https://github.com/a/b"), [], id="code"),
        pytest.param(
            ("python3", "-m", "spacy", "download", "en_core_web_sm"),
            [("name", "en_core_web_sm", None)],
            id="spacy",
        ),
        pytest.param(
            ("python", "-m", "nltk.downloader", "-d", "/n", "punkt", "stopwords"),
            [("name", "punkt", "/n"), ("name", "stopwords", "/n")],
            id="nltk takes many",
        ),
        pytest.param(("ollama", "pull", "llama3"), [("name", "llama3", "/root/.ollama/models")], id="ollama"),
        pytest.param(
            ("modelscope", "download", "--model", "a/b", "--local_dir", "/m"),
            [("name", "a/b", "/m")],
            id="modelscope",
        ),
    ],
)
def test_commands(words: tuple[str, ...], expected: list[tuple[str, str, str | None]]) -> None:
    assert [short(load) for load in of_words(*words)] == expected


def test_files_of_a_command() -> None:
    (load,) = of_words("hf", "download", "a/b", "config.json", "x.safetensors", "--local-dir", "/m")
    assert load.files == ("config.json", "x.safetensors")
    writes = [write.path for write in writes_of(load, around())]
    assert writes == ["/m/config.json", "/m/x.safetensors"]


def test_what_a_download_writes_in_a_hub_cache() -> None:
    (load,) = of_words("hf", "download", "org/name", variables={"HF_HOME": "/m"})
    (write,) = writes_of(load, around())
    assert (write.path, write.load, write.is_payload) == ("/m/hub/models--org--name", load, True)
    (offline,) = of_words("hf", "download", "org/name", variables={"HF_HUB_OFFLINE": "1"})
    assert list(writes_of(offline, around())) == []


def test_an_unknown_subject_stays_unknown() -> None:
    words = (Known("hf"), Known("download"), Unknown("ARG MODEL has no default"))
    (load,) = loads_of_words(words, PLACE, around(), BUILD)
    assert load.subject == Unknown("ARG MODEL has no default")
    either = (Known("hf"), Known("download"), OneOf(("a/b", "c/d")))
    (load,) = loads_of_words(either, PLACE, around(), BUILD)
    assert load.subject == OneOf(("a/b", "c/d"))


def test_options_stop_at_two_dashes() -> None:
    parsed = take_apart((Known("-o"), Known("x"), Known("--"), Known("-o")), frozenset({"-o"}))
    assert (parsed.operands, parsed.options) == ((Known("-o"),), (("-o", Known("x")),))
    assert parsed.value("-o") == Known("x")
    assert parsed.value("-p") is None
    assert parsed.has("-o")
