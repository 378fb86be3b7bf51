"""DFG302: a model is baked under one root and looked up under another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Load, Note, Severity, described, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.analysis.models.baked_models import Mismatch

HANDLER = "import runpod\nfrom transformers import AutoModel\nmodel = «AutoModel.from_pretrained('org/model')»\nrunpod.serverless.start({'handler': lambda job: 1})\n"
QUIET = HANDLER.replace("«", "").replace("»", "")
PRELOAD = "python -c \"from transformers import AutoModel; AutoModel.from_pretrained('org/model')\""
END = 'COPY handler.py /\nCMD ["python", "/handler.py"]\n'


@rule(
    "DFG302",
    "model-cache-mismatch",
    Severity.ERROR,
    since="0.1.0",
    sources=("huggingface_hub/constants.py@2.4.0", "transformers/utils/hub.py@4.57.6"),
    bad=(
        Bad(
            f"FROM python:3.11\nRUN HF_HOME=/opt/models {PRELOAD}\n{END}",
            files={"handler.py": HANDLER},
            message="/opt/models/hub",
        ),
        Bad(f"FROM python:3.11\nRUN {PRELOAD}\nENV HF_HOME=/data/hf\n{END}", files={"handler.py": HANDLER}),
        Bad(
            f"FROM python:3.11\nRUN hf download org/model --cache-dir /models\n{END}",
            files={"handler.py": HANDLER},
        ),
        Bad(
            f"FROM python:3.11\nRUN hf download org/model a.safetensors --cache-dir /models\n{END}",
            files={
                "handler.py": "from diffusers import FluxPipeline\nm = «FluxPipeline.from_single_file('/models/a.safetensors')»\n"
            },
            message="as a hub cache",
        ),
        Bad(
            f"FROM python:3.11\nRUN hf download SWivid/F5-TTS && hf download charactr/vocos-mel-24khz\nENV HF_HOME=/data/hf\n{END}",
            files={"handler.py": "from f5_tts.api import F5TTS\nmodel = «F5TTS()»\n"},
            message="and 1 more",
        ),
        Bad(
            f"FROM python:3.11\nRUN hf download org/model --revision gptq-8bit\n{END}",
            files={"handler.py": HANDLER},
            message="is looked up in branch main, but the build fetches branch gptq-8bit",
        ),
        Bad(
            f"FROM python:3.11\nRUN hf download org/model --revision v1.0\n{END}",
            files={"handler.py": HANDLER},
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(f"FROM python:3.11\nENV HF_HOME=/opt/models\nRUN {PRELOAD}\n{END}", files={"handler.py": QUIET}),
        Good(f"FROM python:3.11\nRUN {PRELOAD}\n{END}", files={"handler.py": QUIET}),
        Good(
            f"FROM python:3.11\nRUN HF_HUB_CACHE=/opt/models/hub {PRELOAD}\nENV HF_HOME=/opt/models\n{END}",
            why="two ways to say one directory",
            files={"handler.py": QUIET},
        ),
        Good(
            f"FROM python:3.11\nRUN hf download org/model --revision fp16 && hf download org/model\n{END}",
            why="both branches",
            files={"handler.py": QUIET},
        ),
        Good(
            f"FROM python:3.11\nRUN hf download org/model --revision fp16\n{END}",
            files={"handler.py": QUIET.replace("'org/model'", "'org/model', revision='fp16'")},
        ),
        Good(
            f"FROM python:3.11\nRUN HF_HOME=/opt/models hf download other/model\n{END}",
            why="another model",
            files={"handler.py": QUIET},
        ),
        Good(
            f"FROM python:3.11\nRUN hf download org/model a.safetensors --local-dir /models\n{END}",
            why="a plain folder",
            files={
                "handler.py": "from diffusers import FluxPipeline\nm = FluxPipeline.from_single_file('/models/a.safetensors')\n"
            },
        ),
        Good(
            f"FROM python:3.11\nARG CACHE\nRUN HF_HOME=$CACHE {PRELOAD}\n{END}",
            why="an unknown directory",
            files={"handler.py": QUIET},
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A model is baked, but the process looks for it in another directory.

    The directory follows from cache_dir=, HF_HOME, HF_HUB_CACHE, TRANSFORMERS_CACHE (by version), HOME after USER, and
    the like. Build and process must agree on it: set the variable once with ENV, above the download. Nor is a branch
    of a repository found by the name of another one.
    """
    yield from _of_branches(facts)
    calls: dict[object, list[Mismatch]] = {}
    for mismatch in facts.mismatches:
        load, baked = mismatch.wanted, mismatch.baked
        key = load.place, described(load.directory), described(baked.directory)
        calls.setdefault(key, []).append(mismatch)
    for first, *others in calls.values():
        load, baked = first.wanted, first.baked
        deciding = [(b, "at run time") for b in load.directory.because]
        deciding += [(b, "during the build") for b in baked.directory.because]
        notes = [Note(b.place, f"{b.name} decides {when}") for b, when in deciding if b.place]
        more = f" (and {len(others)} more)" if others else ""
        yield Finding(
            load.place,
            f"{_what(load)}{more}, but the build puts {'it' if load.kind != 'path' else described(baked.subject)}"
            f" in {_where(baked)}",
            notes=(
                Note(baked.place, "baked here"),
                *(Note(other.baked.place, "baked here") for other in others),
                *(Note(place, "runs it") for place in baked.proof),
                *notes,
            ),
            certainty=Certainty.SURE if first.is_sure else Certainty.MAYBE,
            advice="set the cache variable once with ENV above the download and leave it so",
        )


def _of_branches(facts: Facts) -> Iterator[Finding]:
    for miss in facts.other_branches:
        load, baked = miss.wanted, miss.baked
        branch = described(baked.revision) if baked.revision is not None else "main"
        is_sure = (
            baked.is_certain and load.is_certain and not (_is_version(branch) or _is_version(miss.lacks))
        )
        yield Finding(
            load.place,
            f"{described(load.subject)} is looked up in branch {miss.lacks}, but the build fetches branch {branch}",
            notes=(Note(baked.place, "baked here"), *facts.trail(load)),
            certainty=Certainty.SURE if is_sure else Certainty.MAYBE,
            advice="name the same revision on both sides",
        )


def _is_version(branch: str) -> bool:
    """Whether it is rather a tag, which may lead to the same commit as another name."""
    return branch.lstrip("v").replace(".", "").isdigit()


def _what(load: Load) -> str:
    if load.kind == "path":
        return f"{described(load.subject)} is loaded and is not in the image"
    return f"{described(load.subject)} is looked up in {described(load.directory)}"


def _where(load: Load) -> str:
    """Where a baked model lies; in a hub cache no file has the name that a reader of plain paths expects."""
    directory = described(load.directory)
    return directory if load.is_local_directory or load.kind != "hub" else f"{directory} as a hub cache"
