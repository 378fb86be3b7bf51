"""DFG218: the process writes where the platform has a read-only or an in-memory file system."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, described, rule

LAMBDA = {"platform": "aws-lambda"}
CLOUD_RUN = {"platform": "google-cloud-run"}
START = 'FROM python:3.11\nCOPY app.py /\nCMD ["python", "/app.py"]\n'
LOAD = "from transformers import AutoModel\nm = «AutoModel.from_pretrained('org/model')»\n"
QUIET = LOAD.replace("«", "").replace("»", "")


@rule(
    "DFG218",
    "ephemeral-read-only",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
        "https://cloud.google.com/run/docs/container-contract",
    ),
    bad=(
        Bad(START, files={"app.py": LOAD}, options=LAMBDA, message="read-only"),
        Bad(START, files={"app.py": LOAD}, options=CLOUD_RUN, message="memory"),
    ),
    good=(
        Good(
            f"{START}ENV HF_HOME=/tmp/hf\n", files={"app.py": QUIET}, options=LAMBDA, why="a writable mount"
        ),
        Good(START, files={"app.py": QUIET}, why="plain Docker"),
        Good(f"{START}RUN hf download org/model\n", files={"app.py": QUIET}, options=CLOUD_RUN, why="baked"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The process downloads to a directory that cannot be written, or whose bytes are memory of the instance.

    AWS Lambda runs images on a read-only file system with a fresh /tmp; Google Cloud Run keeps every byte that is written in the
    instance's memory. Bake the files and read them with the offline switches on, or download to a directory that is
    meant for it.
    """
    for load, is_read_only in facts.unkept_downloads:
        where = "is read-only there" if is_read_only else "is memory of the instance there"
        yield Finding(
            load.place,
            f"{described(load.subject)} is downloaded to {described(load.directory)} on {facts.platform.title}, which {where}",
            notes=facts.trail(load),
            certainty=Certainty.SURE if load.is_certain else Certainty.MAYBE,
            severity=Severity.ERROR if is_read_only and facts.deployment.is_declared else None,
            advice="bake it into the image, or point the cache variable to a writable directory",
        )
