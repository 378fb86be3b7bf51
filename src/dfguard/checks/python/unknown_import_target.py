"""DFG108: an import of a name that the library does not have."""

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


@rule(
    "DFG108",
    "unknown-import-target",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "SWivid/F5-TTS src/f5_tts/model/__init__.py@1.1.22",
        "wheels of huggingface-hub 0.26.0, moviepy 2.0.0",
    ),
    bad=(
        Bad(
            "FROM python:3.11\nRUN pip install f5-tts\nRUN python -c '«from f5_tts.model import F5TTS»; F5TTS()'\n",
            fixed="FROM python:3.11\nRUN pip install f5-tts\nRUN python -c 'from f5_tts.api import F5TTS; F5TTS()'\n",
            message="f5_tts.api.F5TTS",
        ),
        Bad(
            "FROM python:3.11\nRUN python -c 'import os; try: «from f5_tts.model import F5TTS»; F5TTS(); except Exception as e: print(e)'\n",
            fixed="FROM python:3.11\nRUN python -c 'import os; try: from f5_tts.api import F5TTS; F5TTS(); except Exception as e: print(e)'\n",
        ),
        Bad(
            'FROM python:3.11\nCOPY handler.py /\nCMD ["python", "/handler.py"]\n',
            files={"handler.py": "«from f5_tts.model import F5TTS»\nmodel = F5TTS()\n"},
            fixed="from f5_tts.api import F5TTS\nmodel = F5TTS()\n",
        ),
        Bad(
            "FROM python:3.11\nRUN python - <<'PY'\ntry:\n    «from f5_tts.model import F5TTS»\nexcept ImportError:\n    F5TTS = None\nPY\n",
            fixed="FROM python:3.11\nRUN python - <<'PY'\ntry:\n    from f5_tts.api import F5TTS\nexcept ImportError:\n    F5TTS = None\nPY\n",
            certainty_is_maybe=True,
        ),
        Bad(
            "FROM python:3.11\nRUN pip install moviepy==2.1.1\nRUN python -c '«from moviepy.editor import VideoFileClip»'\n",
            fixed="FROM python:3.11\nRUN pip install moviepy==2.1.1\nRUN python -c 'from moviepy import VideoFileClip'\n",
        ),
        Bad(
            "FROM python:3.11\nRUN pip install huggingface_hub==0.30.0\nRUN python -c '«from huggingface_hub import cached_download»'\n",
            message="it is huggingface_hub.hf_hub_download",
        ),
        Bad(
            "FROM python:3.11\nRUN pip install f5-tts==1.1.22\nRUN python -c '«from f5_tts.model import infer_process»'\n",
            fixed="FROM python:3.11\nRUN pip install f5-tts==1.1.22\nRUN python -c 'from f5_tts.api import infer_process'\n",
        ),
        Bad(
            "FROM python:3.11\nRUN pip install faster-whisper==1.2.1\nRUN python -c '«from faster_whisper import load_model»'\n",
            message="faster_whisper.load_model does not exist",
        ),
    ),
    good=(
        Good(
            "FROM python:3.11\nRUN pip install runpod==1.7.9\nRUN python -c 'from runpod import serverless, __version__'\n",
            why="a module below it, and what every module has",
        ),
        Good(
            "FROM python:3.11\nRUN pip install f5-tts==1.1.22\nRUN python -c 'import f5_tts.api; f5_tts.api.added = print; f5_tts.api.added()'\n",
            why="what the code itself puts there",
        ),
        Good(
            "FROM python:3.11\nRUN pip install faster-whisper==1.2.1\nRUN python -c 'from faster_whisper import WhisperModel, utils'\n"
        ),
        Good("FROM python:3.11\nRUN pip install moviepy==1.0.3\nRUN python -c 'import moviepy.editor'\n"),
        Good(
            "FROM python:3.11\nRUN pip install huggingface_hub==0.25.2\nRUN python -c 'from huggingface_hub import cached_download'\n",
            why="the last that has it",
        ),
        Good("FROM python:3.11\nRUN python -c 'from f5_tts.api import F5TTS; F5TTS()'\n"),
        Good("FROM python:3.11\nRUN python -c 'from f5_tts.model import DiT, CFM'\n"),
        Good(
            'FROM python:3.11\nWORKDIR /app\nCOPY . .\nCMD ["python", "handler.py"]\n',
            files={
                "handler.py": "from f5_tts.model import F5TTS\n",
                "f5_tts/model.py": "class F5TTS: pass\n",
            },
            why="a module of the project's own",
        ),
        Good("FROM python:3.11\nRUN python -c 'print(\"from f5_tts.model import F5TTS\")'\n", why="a string"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Code imports a name from a module that has no such name in the installed version.

    The import fails, at build or at the first start; inside a `try` it fails in silence. What exists where was read out of
    the wheels of the well-known model libraries (`rules/tables/api.yaml`); it is reported only for versions that the build can
    resolve to, and sure when the version is.
    """
    for code, found in facts.wrong_names:
        instead = f": it is {found.instead}" if found.instead else ""
        home = found.instead.rpartition(".")[0]
        fix = _from_elsewhere(found.place, found.name, found.instead)
        yield Finding(
            found.place,
            f"{found.name} does not exist in {found.distribution}{_of(found.versions)}{instead}",
            notes=tuple(Note(place, "run here") for place in code.proof),
            fix=fix,
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice=None if fix or not home else f"import it from {home}",
        )


def _of(versions: str) -> str:
    return f" {versions}" if versions else ""


def _from_elsewhere(place: Place, name: str, instead: str) -> Fix | None:
    """`from A import N` (that name alone) with the module that has it; None where its name changed as well."""
    words = place.text.split()
    if len(words) != 4 or (words[0], words[2]) != ("from", "import") or not instead:
        return None
    module, imported = words[1], words[3]
    if name in {module, module[: len(name)]}:
        new = instead + module[len(name) :]
    elif name == f"{module}.{imported}" and instead.endswith(f".{imported}"):
        new = instead.removesuffix(f".{imported}")
    else:
        return None
    start = place.span.start + place.text.index(module, len("from "))
    span = Span(start, start + len(module))
    return Fix(f"import it from {new}", (Edit(Place(place.source, span), new),), is_safe=False)
