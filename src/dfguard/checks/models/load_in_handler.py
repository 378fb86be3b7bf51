"""DFG304: weights are loaded while a request waits."""

from collections.abc import Iterator

from dfguard.checks.api import (
    Bad,
    Certainty,
    Facts,
    Finding,
    Good,
    Load,
    Moment,
    Note,
    Place,
    Severity,
    Unknown,
    Value,
    described,
    rule,
)

END = 'FROM python:3.11\nCOPY handler.py /\nCMD ["python", "/handler.py"]\n'
BOTH = 'FROM python:3.11\nCOPY handler.py engine.py /\nCMD ["python", "/handler.py"]\n'
EVERY = "import runpod\nimport whisper\n\ndef handler(job):\n    model = «whisper.load_model('base')»\n    return model.transcribe(job['input']['audio'])\n\nrunpod.serverless.start({'handler': handler})\n"
SEVERAL = "import runpod\nimport whisper\n\ndef handler(job):\n    model = «whisper.load_model('base')»\n    other = whisper.load_model('large')\n    return model.transcribe(job['input']['audio'])\n\nrunpod.serverless.start({'handler': handler})\n"
FIRST = "import runpod\nimport whisper\nmodel = None\n\ndef load():\n    global model\n    if model is None:\n        model = «whisper.load_model('base')»\n    return model\n\ndef handler(job):\n    return load().transcribe(job['input']['audio'])\n\nrunpod.serverless.start({'handler': handler})\n"
WARM = "import runpod\nimport whisper\nmodel = whisper.load_model('base')\n\ndef handler(job):\n    return model.transcribe(job['input']['audio'])\n\nrunpod.serverless.start({'handler': handler})\n"
MAIN = "import runpod\nimport whisper\n\ndef load():\n    global model\n    model = whisper.load_model('base')\n\ndef handler(job):\n    return model.transcribe(job['input']['audio'])\n\nif __name__ == '__main__':\n    load()\n    runpod.serverless.start({'handler': handler})\n"
FETCHED = "import runpod\nfrom huggingface_hub import snapshot_download\nfrom other import Engine\nmodel = None\n\ndef load():\n    global model\n    if model is None:\n        model = Engine(«snapshot_download('org/model')»)\n    return model\n\ndef handler(job):\n    return load()(job['input'])\n\nrunpod.serverless.start({'handler': handler})\n"
GIVEN = "import os\nimport runpod\nimport whisper\nmodel = None\n\ndef handler(job):\n    global model\n    if model is None:\n        model = «whisper.load_model(os.environ['MODEL'])»\n    return model(job['input'])\n\nrunpod.serverless.start({'handler': handler})\n"
ASKED = "import runpod\nfrom huggingface_hub import snapshot_download\n\ndef handler(job):\n    return snapshot_download(job['input']['lora'])\n\nrunpod.serverless.start({'handler': handler})\n"
STARTS = "import os\nimport subprocess\nimport runpod\nHOME = os.environ.get('WAN_HOME', '/wan')\n\ndef handler(job):\n    command = ['python3', f'{HOME}/generate.py', '--prompt', job['input']['prompt']]\n    «subprocess.run(command, check=True)»\n    return {}\n\nrunpod.serverless.start({'handler': handler})\n"
SERVER = "import subprocess\nimport sys\nimport runpod\nserver = None\n\ndef handler(job):\n    global server\n    if server is None:\n        server = subprocess.Popen([sys.executable, '/app/generate.py'])\n    subprocess.run(['ffmpeg', '-i', 'a'])\n    subprocess.run([sys.executable, '/app/clean.py'])\n    return {}\n\nrunpod.serverless.start({'handler': handler})\n"
NAMED = "import runpod\nimport whisper\n\ndef handler(job):\n    model = «whisper.load_model(job['input'].get('model', 'base'))»\n    return model.transcribe('a')\n\nrunpod.serverless.start({'handler': handler})\n"
LANGUAGE = "import runpod\nimport whisperx\nmodel = whisperx.load_model('base', 'cuda')\n\ndef handler(job):\n    found = model.transcribe(job['input']['audio'])\n    aligner, about = «whisperx.load_align_model(found['language'], 'cuda')»\n    return whisperx.align(found['segments'], aligner, about, 'a', 'cuda')\n\nrunpod.serverless.start({'handler': handler})\n"
LANGUAGES = "import runpod\nimport whisperx\nmodel = whisperx.load_model('base', 'cuda')\naligners = {'de': whisperx.load_align_model('de', 'cuda')}\n\ndef handler(job):\n    found = model.transcribe(job['input']['audio'])\n    aligner, about = aligners[found['language']]\n    return whisperx.align(found['segments'], aligner, about, 'a', 'cuda')\n\nrunpod.serverless.start({'handler': handler})\n"
GIVEN_EARLY = "import os\nimport runpod\nimport whisper\nmodel = whisper.load_model(os.environ['MODEL'])\n\ndef handler(job):\n    return model(job['input'])\n\nrunpod.serverless.start({'handler': handler})\n"
STARTED_EARLY = "import subprocess\nimport runpod\nserver = subprocess.Popen(['python3', '/app/generate.py', '--model', 'a'])\n\ndef handler(job):\n    return server.poll()\n\nrunpod.serverless.start({'handler': handler})\n"
ADAPTER = "import runpod\nfrom diffusers import FluxPipeline\npipe = FluxPipeline.from_pretrained('org/model')\n\ndef handler(job):\n    «pipe.load_lora_weights(job['input']['lora'])»\n    return pipe('a')\n\nrunpod.serverless.start({'handler': handler})\n"
WARMUP = "import argparse\nimport sys\nimport runpod\nimport whisper\nmodel = None\n\ndef load():\n    global model\n    if model is None:\n        model = «whisper.load_model('base')»\n    return model\n\ndef handler(job):\n    return load().transcribe(job['input'])\n\nif __name__ == '__main__':\n    parser = argparse.ArgumentParser()\n    parser.add_argument('--warmup', action='store_true')\n    if parser.parse_args().warmup:\n        load()\n        sys.exit(0)\n    runpod.serverless.start({'handler': handler})\n"
KEPT = WARMUP.replace("        sys.exit(0)\n", "").replace("«", "").replace("»", "")
TRIED = FIRST.replace(
    "runpod.serverless",
    "if '--try' in sys.argv:\n    print(handler({'input': {'audio': 'a.wav'}}))\nelse:\n    runpod.serverless",
).replace("import runpod", "import sys\nimport runpod")
WARMED = TRIED.replace("else:\n    runpod", "runpod").replace("«", "").replace("»", "")
POD = "import os\nimport runpod\nimport whisper\nmodel = None\n\ndef load():\n    global model\n    model = whisper.load_model('base')\n\ndef handler(job):\n    return model.transcribe(job['input'])\n\nif os.environ.get('MODE') == 'pod':\n    load()\n    input()\nelse:\n    runpod.serverless.start({'handler': handler})\n"
THREAD = "import threading\nimport runpod\nimport whisper\nmodel = None\n\ndef load():\n    global model\n    model = whisper.load_model('base')\n\nthreading.Thread(target=load).start()\n\ndef handler(job):\n    return model.transcribe(job['input']['audio'])\n\nrunpod.serverless.start({'handler': handler})\n"
TOKENIZER = "import runpod\nfrom transformers import AutoTokenizer\n\ndef handler(job):\n    return AutoTokenizer.from_pretrained('org/model')(job['input'])\n\nrunpod.serverless.start({'handler': handler})\n"

AGAIN = "import runpod\nfrom engine import Engine\nengine = Engine()\n\ndef handler(job):\n    return engine.run(job['input'])\n\nrunpod.serverless.start({'handler': handler})\n"
RELOADS = "import whisper\n\nclass Engine:\n    def __init__(self):\n        self.reload()\n\n    def reload(self):\n        self.model = whisper.load_model('base')\n\n    def run(self, given):\n        self.reload()\n        return self.model.transcribe(given['audio'])\n\nif __name__ == '__main__':\n    print(Engine().run({'audio': 'a.wav'}))\n"
TESTS = RELOADS.replace(
    "given):\n        self.reload()\n", "given):\n        if given.get('again'):\n            self.reload()\n"
)
KEEPS = RELOADS.replace(
    "        self.reload()\n\n    def reload",
    "        self.model = None\n        self.reload()\n\n    def reload",
).replace(
    "(self):\n        self.model = whisper",
    "(self):\n        if self.model is None:\n            self.model = whisper",
)
ONCE = "from functools import lru_cache\nimport whisper\n\n@lru_cache(maxsize=2)\ndef loaded(name):\n    return «whisper.load_model(name)»\n\ndef run(audio):\n    return loaded('base').transcribe(audio)\n"


@rule(
    "DFG304",
    "load-in-handler",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://docs.runpod.io/serverless/development/optimization",),
    bad=(
        Bad(END, files={"handler.py": STARTS}, message="/wan/generate.py anew"),
        Bad(
            'FROM python:3.11\nCOPY handler.py swap.py /\nCMD ["python", "/handler.py"]\n',
            files={
                "handler.py": "import runpod\nfrom swap import swap\n\ndef handler(job):\n    return swap(job['input'])\n\nrunpod.serverless.start({'handler': handler})\n",
                "swap.py": "import os\nimport subprocess\n\ndef swap(given):\n    home = next(f for f in ('/wan', '/app') if os.path.exists(f))\n    command = ['python3', f'{home}/swap.py', '--ckpt_dir', given['model']]\n    «subprocess.run(command, check=True)»\n    return {}\n",
            },
            message="every request starts swap.py anew",
        ),
        Bad(
            'FROM python:3.11\nCOPY handler.py /\nCMD ["python", "/handler.py"]\n',
            files={
                "handler.py": "import subprocess\nimport runpod\n\ndef handler(job):\n    «subprocess.run(['python3', '/wan/prepare.py', '--ckpt_path', '/w'])»\n    subprocess.run(['python3', '/wan/generate.py', '--ckpt_dir', '/w'])\n    return {}\n\nrunpod.serverless.start({'handler': handler})\n",
            },
            message="/wan/prepare.py (and 1 more) anew",
        ),
        Bad(
            'FROM python:3.11\nCOPY main.py api.py /\nCMD ["python", "/main.py"]\n',
            files={
                "main.py": "import uvicorn\n\nif __name__ == '__main__':\n    uvicorn.run('api:app', port=8000)\n",
                "api.py": "import whisper\nfrom fastapi import FastAPI\napp = FastAPI()\n\n@app.post('/ask')\ndef ask(name: str):\n    return «whisper.load_model('base')».transcribe(name)\n",
            },
        ),
        Bad(
            BOTH,
            files={
                "handler.py": AGAIN,
                "engine.py": RELOADS.replace("whisper.load_model('base')", "«whisper.load_model('base')»"),
            },
            message="on every request",
        ),
        Bad(
            BOTH,
            files={
                "handler.py": "import runpod\nfrom engine import run\n\ndef handler(job):\n    return run(job['input']['audio'])\n\nrunpod.serverless.start({'handler': handler})\n",
                "engine.py": ONCE,
            },
            message="in the first request",
        ),
        Bad(END, files={"handler.py": FETCHED}, message="downloaded in the first request"),
        Bad(END, files={"handler.py": ADAPTER}, certainty_is_maybe=True),
        Bad(END, files={"handler.py": LANGUAGE}, message="is loaded on every request"),
        Bad(END, files={"handler.py": NAMED}, message="on every request"),
        Bad(END, files={"handler.py": GIVEN}, message="the first request"),
        Bad(END, files={"handler.py": EVERY}, message="every request"),
        Bad(END, files={"handler.py": FIRST}, message="first request"),
        Bad(END, files={"handler.py": WARMUP}, message="in the first request"),
        Bad(END, files={"handler.py": TRIED}, message="in the first request"),
        Bad(
            BOTH,
            files={
                "handler.py": "import runpod\nfrom engine import get_engine\n\ndef handler(job):\n    return get_engine().run(job['input'])\n\nrunpod.serverless.start({'handler': handler})\n",
                "engine.py": "import whisper\n_engine = None\n\nclass Engine:\n    def __init__(self):\n        self.model = None\n\n    def run(self, audio):\n        if self.model is None:\n            self.model = «whisper.load_model('base')»\n        return self.model.transcribe(audio)\n\ndef get_engine():\n    global _engine\n    if _engine is None:\n        _engine = Engine()\n    return _engine\n",
            },
        ),
        Bad(END, files={"handler.py": SEVERAL}, message="base (and 1 more) is loaded on every request"),
    ),
    good=(
        Good(END, files={"handler.py": SERVER}, why="a process that stays, and programs without models"),
        Good(
            'FROM python:3.11\nCOPY handler.py serve.py /\nCMD ["python", "/handler.py"]\n',
            files={
                "handler.py": "import runpod\nfrom serve import ask\n\ndef handler(job):\n    return ask(job['input'])\n\nrunpod.serverless.start({'handler': handler})\n",
                "serve.py": "import subprocess\nserver = None\n\ndef ask(given):\n    global server\n    if server is None:\n        server = subprocess.Popen(['python3', '/wan/generate.py', '--ckpt_dir', '/wan'])\n    return server.pid\n",
            },
            why="one process that every request asks, started by another file",
        ),
        Good(BOTH, files={"handler.py": AGAIN, "engine.py": KEEPS}, why="what the start loaded is kept"),
        Good(BOTH, files={"handler.py": AGAIN, "engine.py": TESTS}, why="loaded again only when asked for"),
        Good(END, files={"handler.py": WARM}, why="at module level"),
        Good(END, files={"handler.py": MAIN}, why="before the worker starts"),
        Good(END, files={"handler.py": TOKENIZER}, why="no weights"),
        Good(
            BOTH,
            files={
                "handler.py": "import runpod\nfrom engine import engine\n\ndef handler(job):\n    return engine.run(job['input'])\n\nrunpod.serverless.start({'handler': handler})\n",
                "engine.py": "import whisper\n\nclass Engine:\n    def __init__(self):\n        self.model = whisper.load_model('base')\n\n    def run(self, audio):\n        return self.model.transcribe(audio)\n\nengine = Engine()\n",
            },
            why="made when the module is imported",
        ),
        Good(
            BOTH,
            files={
                "handler.py": "import runpod\nfrom engine import loaded, run\nloaded('base')\n\ndef handler(job):\n    return run(job['input']['audio'])\n\nrunpod.serverless.start({'handler': handler})\n",
                "engine.py": ONCE.replace("«", "").replace("»", ""),
            },
            why="what the function loaded at the start is kept",
        ),
        Good(END, files={"handler.py": WARMED}, why="the trial goes on to serve"),
        Good(END, files={"handler.py": POD}, why="no request comes to that arm's load"),
        Good(END, files={"handler.py": KEPT}, why="the warm-up goes on to serve"),
        Good(END, files={"handler.py": THREAD}, why="a thread that starts before the worker"),
        Good(
            END, files={"handler.py": LANGUAGES}, why="one for each language, loaded before the worker starts"
        ),
        Good(END, files={"handler.py": GIVEN_EARLY}, why="at module level, whoever names it"),
        Good(END, files={"handler.py": STARTED_EARLY}, why="one process, started before the worker"),
        Good(END, files={"handler.py": ASKED}, why="the request says which"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The model is loaded inside the request function.

    Loaded on every request, it costs seconds to minutes each time. Loaded lazily in the first one and kept, the first user pays,
    and on a serverless platform every new worker has a first one: that can be meant, and is information. Load at module level,
    before the worker takes jobs. A model beside it that goes by what the request brings (the alignment of its language) is
    information, too: those that were loaded can be kept.
    """
    yield from _starts(facts)
    groups: dict[object, list[Load]] = {}
    loads = [load for load in facts.run_loads if load.moment is Moment.REQUEST and load.is_weights]
    for load in _once(_work(loads, facts)):
        key = (load.place.path, load.is_cached, load.reads, _is_sure(load, facts), _follows(load, facts))
        groups.setdefault(key, []).append(load)
    for group in groups.values():
        load, *others = sorted(group, key=_start)
        when = "in the first request" if load.is_cached else "on every request"
        what = "loaded" if load.reads else "downloaded"
        more = f" (and {len(others)} more)" if others else ""
        yield Finding(
            load.place,
            f"{_named(load.subject)}{more} is {what} {when}",
            notes=(
                *facts.trail(load),
                *(Note(other.place, f"{_named(other.subject)}, too") for other in others),
            ),
            certainty=Certainty.SURE if _is_sure(load, facts) else Certainty.MAYBE,
            severity=Severity.INFO if load.is_cached or _follows(load, facts) else None,
            advice="keep those that were loaded, by their names"
            if _follows(load, facts)
            else "load it at module level, before the worker starts to take jobs",
        )


def _starts(facts: Facts) -> Iterator[Finding]:
    """The programs that requests start, one finding for each file that starts some."""
    files: dict[str, list[tuple[Place, str]]] = {}
    for start in facts.request_starts:
        files.setdefault(start.place.path, []).append((start.place, start.script))
    for (first, script), *others in files.values():
        more = f" (and {len(others)} more)" if others else ""
        yield Finding(
            first,
            f"every request starts {script}{more} anew, which loads its models again",
            notes=tuple(Note(place, f"{name}, too") for place, name in others),
            advice="import its code and load the models once, or keep one process of it running",
        )


def _once(loads: list[Load]) -> list[Load]:
    """One load for each place and for each subject of a file."""
    seen: set[object] = set()
    found = []
    for load in loads:
        keys = {load.place, (load.place.path, described(load.subject))}
        if not keys & seen:
            seen |= keys
            found.append(load)
    return found


def _start(load: Load) -> int:
    return load.place.span.start


def _work(loads: list[Load], facts: Facts) -> list[Load]:
    """What loads weights; where nothing does that we know, what fetches a whole model. What a library fetches by itself at
    its first use is DFG310's.
    """
    own = [load for load in loads if not facts.is_of_library(load)]
    reading = [load for load in own if load.reads]
    return reading or [x for x in own if x.downloads and x.kind == "hub" and not x.files and _is_settled(x)]


def _is_settled(load: Load) -> bool:
    """Whether image and deployment decide what is loaded."""
    return not isinstance(load.subject, Unknown) or load.subject.is_settled


def _is_sure(load: Load, facts: Facts) -> bool:
    """A whole model is better kept, whoever names it; an adapter that a request names can only be loaded in one."""
    return _is_settled(load) or not facts.is_adapter(load) or load.is_secondary


def _follows(load: Load, facts: Facts) -> bool:
    """Whether it is a model beside the main one that goes by what the request brings, as its language."""
    return load.is_secondary and facts.is_adapter(load) and not _is_settled(load)


def _named(subject: Value) -> str:
    if not isinstance(subject, Unknown):
        return described(subject)
    return "a model" if subject.is_vague else f"a model ({subject.why})"
