"""DFG305: a model is laid flat into a cache in which it is looked up by name."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, described, rule

END = 'COPY handler.py /\nCMD ["python", "/handler.py"]\n'
HANDLER = "from transformers import AutoModel\nmodel = AutoModel.from_pretrained('org/model')\n"
FILES = {"handler.py": HANDLER}
TAKES_PATH = {"handler.py": HANDLER.replace("org/model", "/models/hub")}


@rule(
    "DFG305",
    "flat-local-dir",
    Severity.ERROR,
    since="0.1.0",
    sources=("huggingface_hub/file_download.py@2.4.0",),
    bad=(
        Bad(
            f"FROM python:3.11\nENV HF_HOME=/models\nRUN «hf download org/model --local-dir /models/hub»\n{END}",
            files=FILES,
            message="/models/hub",
        ),
        Bad(
            f"FROM python:3.11\nENV HF_HOME=/models\nRUN «hf download org/model --local-dir /models»\n{END}",
            files=FILES,
        ),
        Bad(
            "FROM python:3.11\nENV HF_HUB_CACHE=/m\nRUN python -c \"from huggingface_hub import snapshot_download; «snapshot_download('org/model', local_dir='/m/org-model')»\"\n"
            + END,
            files=FILES,
        ),
    ),
    good=(
        Good(f"FROM python:3.11\nENV HF_HOME=/models\nRUN hf download org/model\n{END}", files=FILES),
        Good(
            f"FROM python:3.11\nENV HF_HOME=/models\nRUN hf download org/model --cache-dir /models/hub\n{END}",
            files=FILES,
        ),
        Good(
            f"FROM python:3.11\nENV HF_HOME=/models\nRUN hf download org/model --local-dir /models/hub\n{END}",
            why="loaded by its path",
            files=TAKES_PATH,
        ),
        Good(
            f"FROM python:3.11\nENV HF_HOME=/models\nRUN hf download org/model && hf download org/model --local-dir /models/hub\n{END}",
            why="it is in the cache as well",
            files=FILES,
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A model is downloaded with local_dir into the hub cache, and the process loads it by repository id.

    `local_dir` lays the repository's files out as they are. The cache has another layout
    (`models--ORG--NAME/snapshots/...`), and a library that is given a repository id looks only there: it downloads again,
    or fails when it is offline. Leave local_dir out, or load the model by its path.
    """
    for miss in facts.flat_copies:
        bake, load = miss.baked, miss.wanted
        notes = [Note(load.place, f"looked up by its id in {described(load.directory)}")]
        notes += [Note(b.place, f"{b.name} decides where") for b in load.directory.because if b.place]
        yield Finding(
            bake.place,
            f"{described(bake.subject)} is laid flat into {described(bake.directory)}, part of the cache"
            f" {described(load.directory)}, where a load by its id does not see it",
            notes=tuple(notes),
            certainty=Certainty.SURE if bake.is_certain and load.is_certain else Certainty.MAYBE,
            advice=f"download it without local_dir, or load {described(bake.directory)} by its path",
        )
