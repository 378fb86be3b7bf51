"""DFG108: an import of a name that the library does not have."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule


@rule(
    "DFG108",
    "unknown-import-target",
    Severity.ERROR,
    since="0.1.0",
    sources=("SWivid/F5-TTS src/f5_tts/model/__init__.py@1.1.22",),
    bad=(
        Bad(
            "FROM python:3.11\nRUN pip install f5-tts\nRUN python -c '«from f5_tts.model import F5TTS»; F5TTS()'\n",
            message="f5_tts.api.F5TTS",
        ),
        Bad(
            "FROM python:3.11\nRUN python -c 'import os; try: «from f5_tts.model import F5TTS»; F5TTS(); except Exception as e: print(e)'\n",
        ),
        Bad(
            'FROM python:3.11\nCOPY handler.py /\nCMD ["python", "/handler.py"]\n',
            files={"handler.py": "«from f5_tts.model import F5TTS»\nmodel = F5TTS()\n"},
        ),
        Bad(
            "FROM python:3.11\nRUN python - <<'PY'\ntry:\n    «from f5_tts.model import F5TTS»\nexcept ImportError:\n    F5TTS = None\nPY\n",
            certainty_is_maybe=True,
        ),
    ),
    good=(
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

    The import fails, at build or at the first start; inside a `try` it fails in silence. What exists where comes from the loader
    table; it is reported only for versions that the build can resolve to.
    """
    for code, found in facts.wrong_names:
        yield Finding(
            found.place,
            f"{found.name} does not exist in {found.distribution}{_of(found.versions)}: it is {found.instead}",
            notes=tuple(Note(place, "run here") for place in code.proof),
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice=f"import it from {found.instead.rpartition('.')[0]}",
        )


def _of(versions: str) -> str:
    return f" {versions}" if versions else ""
