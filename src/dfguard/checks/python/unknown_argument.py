"""DFG109: a call with an argument that the installed version does not take."""

from collections.abc import Iterator

from dfguard.checks.api import (
    Bad,
    Certainty,
    Edit,
    Facts,
    Finding,
    Fix,
    Good,
    Note,
    Place,
    Severity,
    Span,
    rule,
)

DOWNLOAD = "from huggingface_hub import snapshot_download; snapshot_download('a/b', local_dir='/m', {})"
HANDLER = 'COPY handler.py /\nCMD ["python", "/handler.py"]\n'
INFER = "from f5_tts.api import F5TTS\noptions = {{}}\nF5TTS().infer('a.wav', '', 'text', {})\n"
DIARIZE = (
    "from pyannote.audio import Pipeline\nPipeline.from_pretrained('pyannote/speaker-diarization-3.1', {})\n"
)
PLAIN = DOWNLOAD.format("local_dir_use_symlinks=False")


@rule(
    "DFG109",
    "unknown-argument",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "SWivid/F5-TTS src/f5_tts/api.py@1.0.0",
        "huggingface_hub 2.4.0: utils/_validators.py (arguments that only warn)",
    ),
    bad=(
        Bad(
            "FROM python:3.11\nRUN pip install f5-tts==1.1.0\nRUN python -c \"from f5_tts.api import F5TTS; F5TTS(«model_type='F5-TTS'»)\"\n",
            fixed="FROM python:3.11\nRUN pip install f5-tts==1.1.0\nRUN python -c \"from f5_tts.api import F5TTS; F5TTS(model='F5-TTS')\"\n",
            message="it is model",
        ),
        Bad(
            'FROM python:3.11\nRUN pip install f5-tts\nCOPY handler.py /\nCMD ["python", "/handler.py"]\n',
            files={
                "handler.py": "from f5_tts.api import F5TTS\nmodel = F5TTS(«model_name='F5TTS_v1_Base'»)\n"
            },
            fixed="from f5_tts.api import F5TTS\nmodel = F5TTS(model='F5TTS_v1_Base')\n",
            message="model_name",
        ),
        Bad(
            "FROM python:3.11\nRUN pip install -r /r.txt\nRUN python -c \"from f5_tts.api import F5TTS; F5TTS(«model_type='F5-TTS'»)\"\n",
            fixed="FROM python:3.11\nRUN pip install -r /r.txt\nRUN python -c \"from f5_tts.api import F5TTS; F5TTS(model='F5-TTS')\"\n",
            certainty_is_maybe=True,
        ),
        Bad(
            f"FROM python:3.11\nRUN pip install f5-tts==1.0.0\n{HANDLER}",
            files={"handler.py": INFER.format("«file_spect='a.png'»")},
            fixed=INFER.format("file_spec='a.png'"),
        ),
        Bad(
            f"FROM python:3.11\nRUN pip install pyannote.audio==4.0.4\n{HANDLER}",
            files={"handler.py": DIARIZE.format("«use_auth_token=True»")},
            fixed=DIARIZE.format("token=True"),
            message="it is token",
        ),
        Bad(
            f"FROM python:3.11\nRUN pip install runpod==1.7.9\n{HANDLER}",
            files={"handler.py": "import runpod\nrunpod.serverless.start(«handler=print»)\n"},
            message="start() takes no argument handler",
        ),
        Bad(
            f"FROM python:3.11\nRUN pip install 'pyannote.audio>=3.1'\n{HANDLER}",
            files={"handler.py": DIARIZE.format("«use_auth_token=True»")},
            fixed=DIARIZE.format("token=True"),
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(
            f"FROM python:3.11\nRUN pip install pyannote.audio==3.3.2\n{HANDLER}",
            files={"handler.py": DIARIZE.format("use_auth_token=True")},
        ),
        Good(
            f"FROM python:3.11\nRUN pip install 'pyannote.audio>=3.1,<4'\n{HANDLER}",
            files={"handler.py": DIARIZE.format("use_auth_token=True")},
        ),
        Good(
            f"FROM python:3.11\nRUN pip install runpod==1.7.9\n{HANDLER}",
            files={"handler.py": "import runpod\nrunpod.serverless.start({'handler': print})\n"},
        ),
        Good(
            "FROM python:3.11\nRUN pip install faster-whisper==1.2.1\nRUN python -c \"from faster_whisper import WhisperModel; WhisperModel('tiny', flash_attention=True)\"\n",
            why="the model hands on what it does not know",
        ),
        Good(
            f"FROM python:3.11\nRUN pip install f5-tts==1.0.0\n{HANDLER}",
            files={"handler.py": INFER.format("**options")},
            why="nobody sees what is in there",
        ),
        Good(
            f'FROM python:3.11\nRUN pip install "huggingface_hub>=1.0"\nRUN python -c "{PLAIN}"\n',
            why="the hub client takes it away and warns",
        ),
        Good(f'FROM python:3.11\nRUN pip install huggingface_hub==0.36.0\nRUN python -c "{PLAIN}"\n'),
        Good(
            "FROM python:3.11\nRUN pip install f5-tts==1.1.0\nRUN python -c \"from f5_tts.api import F5TTS; F5TTS(model='F5TTS_v1_Base')\"\n"
        ),
        Good(
            "FROM python:3.11\nRUN pip install f5-tts==0.6.2\nRUN python -c \"from f5_tts.api import F5TTS; F5TTS(model_type='F5-TTS')\"\n"
        ),
        Good(
            'FROM python:3.11\nRUN python -c "def snapshot_download(**k): pass\nsnapshot_download(local_dir_use_symlinks=1)"\n'.replace(
                "pass\n", "pass\\\n"
            )
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A call passes a keyword argument that the installed version of the library does not take.

    Python raises a TypeError. What the versions of a library accept was read out of its wheels (`rules/tables/api.yaml`); what
    takes any keyword is not in there. It is sure when the build decides the version (a pin, a range, the base image, or an
    install without version of what nothing else limits), and a maybe when a range or other packages may hold the version back, when
    nothing seems to make the call, or when it only comes behind a question about the version. The suggested fix gives the
    argument its new name; look whether its values are the same.
    """
    for code, found in facts.rejected_arguments:
        callee = found.name.rpartition(".")[2].removesuffix("()")
        instead = f"; it is {found.instead}" if found.instead else ""
        notes = [Note(place, "run here") for place in code.proof]
        notes += [Note(found.decided_at, "installed here")] if found.decided_at else []
        fix = _renamed(found.place, found.argument, found.instead)
        advice = f"call it {found.instead}" if found.instead else "leave it out"
        yield Finding(
            found.place,
            f"{callee}() takes no argument {found.argument} in {found.distribution} {found.versions}{instead}",
            notes=tuple(notes),
            fix=fix,
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice=None if fix else advice,
        )


def _renamed(argument: Place, name: str, instead: str) -> Fix | None:
    """The name alone, where it stands as it is."""
    if not instead or not argument.text.startswith(name):
        return None
    span = Span(argument.span.start, argument.span.start + len(name))
    return Fix(f"call it {instead}", (Edit(Place(argument.source, span), instead),), is_safe=False)
