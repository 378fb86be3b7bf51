"""DFG310: a library fetches another model by itself when a request first needs it."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Load, Severity, Unknown, described, rule

TOP = "FROM python:3.11\nRUN pip install f5-tts==1.1.9\nRUN hf download SWivid/F5-TTS && hf download charactr/vocos-mel-24khz\n"
END = 'COPY handler.py /\nCMD ["python", "/handler.py"]\n'
WORKER = "import runpod\nfrom f5_tts.api import F5TTS\nmodel = F5TTS()\n\ndef handler(job):\n    given = job['input']\n    {}\n\nrunpod.serverless.start({{'handler': handler}})\n"
ALIGN = "import runpod, whisperx\nmodel = whisperx.load_model('large-v3', 'cuda')\n\ndef handler(job):\n    return «whisperx.load_align_model(language_code=job['language'], device='cuda')»\n\nrunpod.serverless.start({'handler': handler})\n"


@rule(
    "DFG310",
    "secondary-model-at-first-request",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "SWivid/F5-TTS src/f5_tts/infer/utils_infer.py@1.1.22",
        "whisperx/alignment.py@3.8.6",
        "rembg/bg.py@2.0.86",
    ),
    bad=(
        Bad(
            TOP + END,
            files={"handler.py": WORKER.format("return «model.infer('a.wav', '', given['text'])»")},
            message="openai/whisper-large-v3-turbo",
        ),
        Bad(
            TOP + END,
            files={
                "handler.py": WORKER.format(
                    "return «model.infer('a.wav', given.get('ref_text', ''), given['text'])»"
                )
            },
        ),
        Bad(
            f"FROM python:3.11\nRUN hf download Systran/faster-whisper-large-v3\n{END}",
            files={"handler.py": ALIGN},
            message="whisperx.load_align_model",
        ),
        Bad(
            f"FROM python:3.11\nRUN hf download org/model\n{END}",
            files={
                "handler.py": "import runpod\nfrom rembg import remove\n\ndef handler(job):\n    return «remove(job['image'])»\n\nrunpod.serverless.start({'handler': handler})\n"
            },
            message="u2net",
        ),
        Bad(
            f"FROM python:3.11\nRUN wget -P /m https://example.com/GFPGANv1.4.pth\nWORKDIR /app\n{END}",
            files={
                "handler.py": "import runpod\nfrom gfpgan import GFPGANer\n\ndef handler(job):\n    return «GFPGANer(model_path='/m/GFPGANv1.4.pth')».enhance(job['image'])\n\nrunpod.serverless.start({'handler': handler})\n"
            },
            message="and 1 more",
        ),
    ),
    good=(
        Good(
            TOP + END,
            files={"handler.py": WORKER.format("return model.infer('a.wav', given['ref_text'], 'hello')")},
            why="the request must name the text",
        ),
        Good(
            f"{TOP}RUN hf download openai/whisper-large-v3-turbo\n{END}",
            files={"handler.py": WORKER.format("return model.infer('a.wav', '', given['text'])")},
        ),
        Good(
            TOP + END,
            files={
                "handler.py": WORKER.format(
                    "if not given.get('ref_text'):\n        raise ValueError('ref_text')\n    return model.infer('a.wav', given.get('ref_text'), 'hello')"
                )
            },
            why="the program insists on the text",
        ),
        Good(
            TOP + END,
            files={
                "handler.py": WORKER.format(
                    "text = given.get('ref_text')\n    return model.infer('a.wav', text if text else 'Hi', 'hello')"
                )
            },
            why="there is a text in any case",
        ),
        Good(
            f"FROM python:3.11\nRUN hf download org/model\n{END}",
            files={
                "handler.py": "import runpod\nfrom rembg import new_session, remove\ns = new_session('u2netp')\nrunpod.serverless.start({'handler': lambda job: remove(job['image'], session=s)})\n"
            },
            why="the session is made before the first request: that is DFG301",
        ),
        Good(
            f"FROM python:3.11\nRUN wget -P /m https://example.com/GFPGANv1.4.pth\nWORKDIR /app\nCOPY weights gfpgan/weights\n{END}",
            files={
                "weights/detection_Resnet50_Final.pth": "",
                "weights/parsing_parsenet.pth": "",
                "handler.py": "import runpod\nfrom gfpgan import GFPGANer\n\ndef handler(job):\n    return GFPGANer(model_path='/m/GFPGANv1.4.pth').enhance(job['image'])\n\nrunpod.serverless.start({'handler': handler})\n",
            },
            why="they lie where the library looks",
        ),
        Good(
            f"FROM python:3.11\n{END}",
            files={"handler.py": ALIGN.replace("«", "").replace("»", "")},
            why="nothing is baked: DFG318 says what that costs",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The main model is baked, but a library fetches another one when a request first needs it.

    F5-TTS transcribes the reference with Whisper when no text comes with it, WhisperX aligns with a model per language,
    rembg makes a session when it is given none. The first user waits for the download, or the request fails when the
    hub cannot be reached. Bake the second model too, or make the program not need it.
    """
    if not facts.bakes_models:
        return
    calls: dict[object, list[Load]] = {}
    for load in facts.secondary_loads:
        calls.setdefault(load.place, []).append(load)
    for load, *others in calls.values():
        is_named = not isinstance(load.subject, Unknown)
        what = described(load.subject) if is_named else f"what {load.loader} needs"
        what += f" (and {len(others)} more)" if others else ""
        yield Finding(
            load.place,
            f"{what} is downloaded at the first request that comes here: the image holds the other models only",
            notes=facts.trail(load),
            certainty=Certainty.SURE if load.is_certain else Certainty.MAYBE,
            advice="download it in the build as well, or refuse requests that need it",
        )
