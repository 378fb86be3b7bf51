"""DFG311: a model is baked at whatever revision there is, or is pinned in the build alone."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, described, rule

COMMIT = "84e5a410d9cead4de2f847e7c9369a6440bdfaca"
END = 'COPY handler.py /\nCMD ["python", "/handler.py"]\n'
READER = "from transformers import AutoModel\nmodel = AutoModel.from_pretrained('org/model'{})\n"


@rule(
    "DFG311",
    "revision-unpinned",
    Severity.INFO,
    since="0.1.0",
    sources=(
        "https://huggingface.co/docs/huggingface_hub/guides/download",
        "huggingface_hub/_snapshot_download.py@2.4.0",
    ),
    bad=(
        Bad("FROM python:3.11\nRUN «hf download org/model»\n", message="org/model"),
        Bad(
            "FROM python:3.11\nRUN python -c \"from transformers import AutoModel; «AutoModel.from_pretrained('org/model')»\"\n"
        ),
        Bad(
            f"FROM python:3.11\nRUN hf download org/model --revision {COMMIT}\n{END}",
            files={
                "handler.py": READER.replace(
                    "AutoModel.from_pretrained('org/model'{})", "«AutoModel.from_pretrained('org/model')»"
                )
            },
            message="refs/main",
        ),
    ),
    good=(
        Good(f"FROM python:3.11\nRUN hf download org/model --revision {COMMIT}\n"),
        Good(
            f"FROM python:3.11\nRUN hf download org/model --revision {COMMIT}\n{END}",
            files={"handler.py": READER.format(f", revision='{COMMIT}'")},
        ),
        Good(
            f"FROM python:3.11\nRUN hf download org/model --revision v1.0\n{END}",
            files={"handler.py": READER.format(", revision='v1.0'")},
        ),
        Good(
            "FROM python:3.11\nRUN python -c \"from f5_tts.api import F5TTS; F5TTS(device='cpu')\"\n",
            why="F5TTS takes no revision",
        ),
        Good(
            f"FROM python:3.11\nRUN hf download SWivid/F5-TTS && hf download charactr/vocos-mel-24khz\n{END}",
            files={"handler.py": "from f5_tts.api import F5TTS\nmodel = F5TTS()\n"},
            why="nor does it find what was fetched by commit",
        ),
        Good("FROM python:3.11\nRUN wget https://example.com/model.safetensors\n", why="no repository"),
        Good(
            f"FROM python:3.11\nRUN hf download org/model --revision {COMMIT} --local-dir /m\n{END}",
            files={"handler.py": READER.format("").replace("org/model", "/m")},
            why="loaded by its path",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A model is downloaded without a revision, or the build pins one and the process does not ask for it.

    Without a revision the image holds what the branch holds on the day of the build: two builds may differ, and nobody
    sees it. A copy that was fetched by commit has no `refs/main` in the cache: a reader without that revision finds it
    only online, and offline not at all. Name the same commit on both sides.
    """
    for load in facts.unpinned_models:
        yield Finding(
            load.place,
            f"{described(load.subject)} is downloaded at whatever revision the hub has on the day of the build",
            notes=tuple(Note(place, "run here") for place in load.proof),
            advice="name the commit: --revision, revision=",
        )
    for miss in facts.other_revisions:
        yield Finding(
            miss.wanted.place,
            f"{described(miss.wanted.subject)} is loaded without a revision, but the build fetches it by commit:"
            " the cache has no refs/main",
            notes=(Note(miss.baked.place, "fetched by commit"), *facts.trail(miss.wanted)),
            advice="pass the same revision to the loader, or load the files by their path",
        )
