"""DFG318: weights are fetched at start by design."""

from collections.abc import Iterator

from dfguard.checks.api import (
    Bad,
    Certainty,
    Facts,
    Finding,
    Good,
    Moment,
    Severity,
    Unknown,
    described,
    rule,
)

HANDLER = "import runpod\nimport whisper\nmodel = «whisper.load_model('large-v3')»\nrunpod.serverless.start({'handler': lambda job: 1})\n"
QUIET = HANDLER.replace("«", "").replace("»", "")
NAMED_LATER = "import os, runpod\nfrom huggingface_hub import snapshot_download\npath = «snapshot_download(os.environ['MODEL'])»\nrunpod.serverless.start({'handler': lambda job: path})\n"
FETCHED = "import os, requests, runpod\ndef fetch(url, path):\n    if not os.path.exists(path):\n        answer = {}\n        with open(path, 'wb') as file:\n            file.write(answer.content)\n\ndef handler(job):\n    fetch('https://example.com/a.pth', '/m/a.pth')\n\nrunpod.serverless.start({{'handler': handler}})\n"
MAIN = "import asyncio, os, sys\nimport runpod\nimport whisper\nmodel = None\n\ndef handler(job):\n    return model.transcribe(job['input'])\n\ndef main():\n    global model\n    model = «whisper.load_model('large-v3')»\n    runpod.serverless.start({{'handler': handler}})\n    return 0\n\nif __name__ == '__main__':\n    {}\n"
END = 'COPY handler.py /\nCMD ["python", "/handler.py"]\n'
WHEN = {Moment.START: "at every cold start", Moment.REQUEST: "at the first request that needs it"}


@rule(
    "DFG318",
    "runtime-download",
    Severity.INFO,
    since="0.1.0",
    sources=("https://docs.runpod.io/serverless/development/optimization",),
    bad=(
        Bad(f"FROM python:3.11\n{END}", files={"handler.py": HANDLER}, message="cold start"),
        Bad(
            "FROM python:3.11\nRUN git clone https://github.com/ResembleAI/chatterbox /c\nCOPY handler.py /c/src/chatterbox/\nWORKDIR /c\nCMD python src/chatterbox/handler.py\n",
            files={
                "handler.py": "from tts import ChatterboxTTS\nmodel = «ChatterboxTTS.from_pretrained('cuda')»\n"
            },
            message="ResembleAI/chatterbox",
        ),
        *(
            Bad(
                f"FROM python:3.11\n{END}",
                files={"handler.py": MAIN.format(end)},
                message="at every cold start",
            )
            for end in ("sys.exit(main())", "raise SystemExit(main())", "main()\n    os._exit(0)")
        ),
        Bad(f"FROM python:3.11\n{END}", files={"handler.py": NAMED_LATER}, message="MODEL is not set"),
        Bad(
            f"FROM python:3.11\n{END}",
            files={"handler.py": FETCHED.format("«requests.get(url)»")},
            message="at the first request",
        ),
    ),
    good=(
        *(
            Good(
                f"FROM python:3.11\nRUN python -c \"import whisper; whisper.load_model('large-v3')\"\n{END}",
                files={"handler.py": MAIN.format(end).replace("«", "").replace("»", "")},
                why="it is baked",
            )
            for end in ("sys.exit(main())", "raise SystemExit(main())")
        ),
        Good(
            f"FROM python:3.11\n{END}",
            files={
                "handler.py": "import sys\nimport runpod\nimport whisper\nif '--warm-up' in sys.argv:\n    whisper.load_model('large-v3')\n    sys.exit(0)\nrunpod.serverless.start({'handler': lambda job: 1})\n"
            },
            why="it ends before it serves",
        ),
        Good(
            f"FROM python:3.11\nRUN python -c \"import whisper; whisper.load_model('large-v3')\"\n{END}",
            files={"handler.py": QUIET},
        ),
        Good(
            f"FROM python:3.11\nRUN python -c \"import whisper; whisper.load_model('base')\"\n{END}",
            why="that is DFG301",
            files={"handler.py": QUIET},
        ),
        Good(
            f"FROM python:3.11\nENV XDG_CACHE_HOME=/runpod-volume\n{END}",
            why="on the volume",
            files={"handler.py": QUIET},
            options={"platform": "runpod-serverless"},
        ),
        Good(
            f"FROM python:3.11\nENV HF_HOME=/runpod-volume\n{END}",
            why="on the volume, whatever it is",
            files={"handler.py": NAMED_LATER.replace("«", "").replace("»", "")},
            options={"platform": "runpod-serverless"},
        ),
        Good(
            f"FROM python:3.11\nADD https://example.com/a.pth /m/a.pth\n{END}",
            why="the file is there",
            files={"handler.py": FETCHED.format("requests.get(url)")},
        ),
        Good(
            f"FROM python:3.11\n{END}",
            why="a picture that a request names",
            files={
                "handler.py": FETCHED.format("requests.get(url)").replace(
                    "'https://example.com/a.pth'", "job['url']"
                )
            },
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The image holds no weights: the process downloads them when it starts or when the first request comes.

    This can be meant; it is said because it decides the cold start. Baking them, a volume, or the platform's model
    cache are the alternatives.
    """
    if facts.bakes_models:
        return
    for load in facts.unbaked_loads:
        yield Finding(
            load.place,
            f"{described(load.subject)} is downloaded {WHEN.get(load.moment, 'at run time')}",
            notes=facts.trail(load),
            certainty=Certainty.SURE if load.is_certain or load.moment is Moment.REQUEST else Certainty.MAYBE,
        )
    for load in facts.unnamed_loads:
        why = load.subject.why if isinstance(load.subject, Unknown) else ""
        yield Finding(
            load.place,
            f"the model that the deployment names ({why}) is downloaded {WHEN.get(load.moment, 'at run time')}",
            notes=facts.trail(load),
            certainty=Certainty.MAYBE if load.reads else Certainty.SURE,
        )
