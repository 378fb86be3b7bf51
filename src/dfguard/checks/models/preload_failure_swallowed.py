"""DFG303: a preload whose failure does not stop the build."""

from collections.abc import Iterator

from dfguard.checks.api import (
    Bad,
    Certainty,
    Facts,
    Failure,
    Finding,
    Good,
    Load,
    Note,
    Severity,
    described,
    rule,
)
from dfguard.checks.switches import with_switches

CAUGHT = (
    "FROM python:3.11\nRUN python - <<'PY'\nfrom huggingface_hub import snapshot_download\ntry:\n"
    "    snapshot_download('org/model')\n«except Exception as error:\n    print(error)»\nPY\n"
)


@rule(
    "DFG303",
    "preload-failure-swallowed",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://docs.docker.com/reference/dockerfile/#run",
        "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html",
    ),
    bad=(
        Bad("FROM python:3.11\nRUN hf download org/model «|| true»\n"),
        Bad('FROM python:3.11\nRUN hf download org/model «|| echo "will load at run time"»\n'),
        Bad("FROM python:3.11\nRUN hf download org/model«;» echo done\n"),
        Bad(CAUGHT),
        Bad(
            'FROM python:3.11\nARG MODEL=""\nRUN if [ -n "$MODEL" ]; then hf download $MODEL «|| true»; fi\n',
            message="with the build argument MODEL",
        ),
        Bad(
            "FROM python:3.11\nCOPY fetch.py /\nRUN python /fetch.py\n",
            files={
                "fetch.py": "import whisper\ntry:\n    whisper.load_model('base')\n«except Exception as e:\n    print(e)»\n"
            },
        ),
        Bad(
            "FROM python:3.11\nCOPY get.py /\nRUN python /get.py\n",
            files={
                "get.py": "import os, requests\n\ndef get(name, url):\n    if os.path.exists(name):\n        return\n    data = requests.get(url)\n    open(name, 'wb').write(data.content)\n\nfor name, url in [('a.onnx', 'https://example.com/a.onnx')]:\n    try:\n        get(name, url)\n    «except Exception as error:\n        print(error)»\n"
            },
        ),
        Bad("FROM python:3.11\nRUN if «! hf download org/model»; then echo bad; fi\n"),
        Bad(
            "FROM someone/comfyui\nCOPY get.sh /\nRUN bash /get.sh\n",
            files={
                "get.sh": 'get() {\n  if [ -f "/models/$2" ]; then return; fi\n  if hf download "$1" "$2" --local-dir /models; then\n    echo ok\n  else\n    echo failed; return 1\n  fi\n}\nget org/model a.safetensors«\n»echo done\n'
            },
        ),
    ),
    good=(
        Good("FROM python:3.11\nRUN if hf download org/model; then echo ok; else echo bad; exit 1; fi\n"),
        Good("FROM python:3.11\nRUN if ! hf download org/model; then echo bad && exit 1; fi\n"),
        Good(
            "FROM python:3.11\nRUN until hf download org/model; do sleep 5; done\n",
            why="tried until it works",
        ),
        Good(
            "FROM someone/comfyui\nCOPY get.sh /\nRUN bash /get.sh\n",
            files={
                "get.sh": 'set -e\nget() {\n  if [ -f "/models/$2" ]; then return; fi\n  if hf download "$1" "$2" --local-dir /models; then\n    echo ok\n  else\n    echo failed; return 1\n  fi\n}\nget org/model a.safetensors\necho done\n'
            },
        ),
        Good("FROM python:3.11\nRUN hf download org/model\n"),
        Good("FROM python:3.11\nRUN hf download org/model || exit 1\n"),
        Good('FROM python:3.11\nARG MODEL=""\nRUN if [ -n "$MODEL" ]; then hf download $MODEL; fi\n'),
        Good("FROM python:3.11\nRUN set -e; hf download org/model; echo done\n", why="errexit"),
        Good(
            "FROM python:3.11\nRUN rm -f /x || true; hf download org/model\n", why="another command's failure"
        ),
        Good(
            "FROM python:3.11\nRUN hf download org/model || hf download mirror/model\n",
            why="the second try is fatal",
        ),
        Good(
            "FROM python:3.11\nRUN python - <<'PY'\nimport sys, whisper\ntry:\n    whisper.load_model('base')\nexcept Exception as e:\n    print(e)\n    sys.exit(1)\nPY\n"
        ),
        Good(
            "FROM python:3.11\nRUN hf download org/model || true\nRUN test -d /root/.cache/huggingface/hub/models--org--model\n",
            why="a later step asserts it",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A model is downloaded during the build, but a failure of the download goes unnoticed.

    The build is green and the image has no weights: the fault shows at cold start, or at the first request, as
    minutes of download or as a crash. Let the download fail the build; if it is meant to be optional, test afterwards what
    is there.
    """
    yield from with_switches(facts, _swallowed)


def _swallowed(facts: Facts) -> Iterator[Finding]:
    groups: dict[tuple[int, object], list[Load]] = {}
    for step, load in facts.build_loads:
        if load.failure is not Failure.SWALLOWED or load.swallowed_by is None or not load.downloads:
            continue
        if not facts.is_asserted_later(step, load):
            is_script = load.place.source is not facts.source
            key = load.place.path if is_script else load.swallowed_by
            groups.setdefault((id(step), key), []).append(load)
    yield from (_finding(loads) for loads in groups.values())


def _finding(loads: list[Load]) -> Finding:
    """One finding for what one `|| true` or except swallows, or for all swallowed loads of one script."""
    load = loads[0]
    more = f" (and {len(loads) - 1} more)" if len(loads) > 1 else ""
    return Finding(
        load.swallowed_by or load.place,
        f"the download of {described(load.subject)}{more} may fail without stopping the build",
        notes=(Note(load.place, "the download"), *(Note(p, "runs it") for p in load.proof)),
        certainty=Certainty.SURE if load.is_certain else Certainty.MAYBE,
        advice="let the failure stop the build: no `|| true`, `set -e` in scripts, and re-raise in an except",
    )
