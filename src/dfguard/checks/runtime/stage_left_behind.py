"""DFG205: weights stay in a stage, or come out of it as links without their targets."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, described, rule

HANDLER = {"app.py": "from transformers import AutoModel\nm = AutoModel.from_pretrained('org/model')\n"}
FOLDER = {"app.py": "from transformers import AutoModel\nm = AutoModel.from_pretrained('/models/m')\n"}
FIRST = "FROM python:3.11 AS models\nENV HF_HOME=/hf\n"
LAST = 'FROM python:3.11\nENV HF_HOME=/hf\nCOPY app.py /\nCMD ["python", "/app.py"]\n'
HUB = "/hf/hub/models--org--model"


@rule(
    "DFG205",
    "stage-left-behind",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://docs.docker.com/build/building/multi-stage/",
        "https://huggingface.co/docs/huggingface_hub/guides/manage-cache",
    ),
    bad=(
        Bad(f"{FIRST}RUN «hf download org/model»\n{LAST}", files=HANDLER, message="stage models"),
        Bad(
            f"{FIRST}RUN «hf download org/model»\n{LAST}COPY --from=models /usr/local/lib /usr/local/lib\n",
            files=HANDLER,
        ),
        Bad(f"{FIRST}RUN «hf download org/model --local-dir /models/m»\n{LAST}", files=FOLDER),
        Bad(
            f"{FIRST}RUN hf download org/model\n{LAST}COPY --from=models «{HUB}/snapshots» /models\n",
            files=HANDLER,
            message="blobs",
        ),
    ),
    good=(
        Good(f"{FIRST}RUN hf download org/model\n{LAST}COPY --from=models /hf /hf\n", files=HANDLER),
        Good(
            f"{FIRST}RUN hf download org/model\n{LAST}COPY --from=models {HUB} {HUB}\n",
            files=HANDLER,
            why="links and blobs together",
        ),
        Good(
            f"{FIRST}RUN hf download org/model --local-dir /m && mv /m /out\n{LAST}COPY --from=models /out /hf\n",
            files=HANDLER,
            why="moved before it was copied",
        ),
        Good(
            f"{FIRST}RUN hf download org/model\n{LAST}RUN hf download org/model\n",
            files=HANDLER,
            why="downloaded again",
        ),
        Good(
            f'{FIRST}RUN hf download org/model\nCMD ["python"]\n{LAST}',
            files=HANDLER,
            why="an image of its own",
        ),
        Good(f"{FIRST}RUN hf download org/other\n{LAST}", files=HANDLER, why="another model"),
        Good(
            f"{FIRST}RUN hf download org/model\n{LAST}RUN --mount=from=models,target=/src cp -r /src/hf /hf\n",
            files=HANDLER,
            why="taken through a mount",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A stage downloads weights that the process loads, and the final image does not get them.

    Only what COPY --from takes comes out of another stage. The files of a hub snapshot are links into the `blobs` beside
    it: a copy of `snapshots` alone brings links that lead nowhere. Copy the whole cache directory, to the same path or with
    the cache variable set to the new one.
    """
    for left in facts.left_behind:
        place = left.reader.place
        yield Finding(
            left.load.place,
            f"{described(left.load.subject)} stays in the stage {left.stage}: no COPY takes {described(left.load.directory)} into the image",
            notes=(*facts.trail(left.reader), Note(place, "loaded here at run time")),
            certainty=Certainty.SURE if left.is_proven else Certainty.MAYBE,
            advice=f"COPY --from={left.stage} {described(left.load.directory)} to where the process looks",
        )
    for loose in facts.loose_links:
        yield Finding(
            loose.copy.place,
            f"this takes links without what they lead to: the files lie in {loose.repository}/blobs",
            notes=(Note(loose.load.place, "downloaded here"),),
            advice=f"copy all of {loose.repository}, or download with --local-dir",
        )
