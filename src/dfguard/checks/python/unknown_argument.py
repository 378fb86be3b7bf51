"""DFG109: a call with an argument that the installed version does not take."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

DOWNLOAD = "from huggingface_hub import snapshot_download; snapshot_download('a/b', local_dir='/m', {})"
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
            message="it is model",
        ),
        Bad(
            'FROM python:3.11\nRUN pip install f5-tts\nCOPY handler.py /\nCMD ["python", "/handler.py"]\n',
            files={
                "handler.py": "from f5_tts.api import F5TTS\nmodel = F5TTS(«model_name='F5TTS_v1_Base'»)\n"
            },
            message="model_name",
        ),
        Bad(
            "FROM python:3.11\nRUN pip install -r /r.txt\nRUN python -c \"from f5_tts.api import F5TTS; F5TTS(«model_type='F5-TTS'»)\"\n",
            certainty_is_maybe=True,
        ),
    ),
    good=(
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

    Python raises a TypeError. It is sure when the build decides the version (a pin, a range, the base image, or an install
    without version of what nothing else limits), and a maybe when other packages may hold the version back.
    """
    for code, found in facts.rejected_arguments:
        callee = found.name.rpartition(".")[2].removesuffix("()")
        instead = f"; it is {found.instead}" if found.instead else ""
        when = f" in {found.distribution} {found.versions}" if found.versions else ""
        notes = [Note(place, "run here") for place in code.proof]
        notes += [Note(found.decided_at, "installed here")] if found.decided_at else []
        yield Finding(
            found.place,
            f"{callee}() takes no argument {found.argument}{when}{instead}",
            notes=tuple(notes),
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice=f"call it {found.instead}" if found.instead else "leave it out",
        )
