"""DFG301: the process loads weights that the image does not hold, though it means to."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Moment, Severity, described, rule

HANDLER = "import runpod\nimport whisper\nmodel = «whisper.load_model('large-v3')»\nrunpod.serverless.start({'handler': lambda job: 1})\n"
QUIET = HANDLER.replace("«", "").replace("»", "")
END = 'COPY handler.py /\nCMD ["python", "/handler.py"]\n'


@rule(
    "DFG301",
    "model-not-preloaded",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://docs.runpod.io/serverless/development/optimization",),
    bad=(
        Bad(
            f"FROM python:3.11\nRUN python -c \"import whisper; whisper.load_model('base')\"\n{END}",
            files={"handler.py": HANDLER},
            message="large-v3",
        ),
        Bad(
            f"FROM python:3.11\nRUN hf download org/other\n{END}",
            files={
                "handler.py": "import runpod\nfrom transformers import AutoModel\nm = «AutoModel.from_pretrained('org/model')»\nrunpod.serverless.start({})\n"
            },
        ),
    ),
    good=(
        Good(
            f"FROM python:3.11\nRUN python -c \"import whisper; whisper.load_model('large-v3')\"\n{END}",
            files={"handler.py": QUIET},
        ),
        Good(
            f"FROM python:3.11\n{END}",
            why="nothing is baked: that is a design (DFG318 says what it costs)",
            files={"handler.py": QUIET},
        ),
        Good(
            f"FROM python:3.11\nENV HF_HOME=/runpod-volume/hf\nRUN hf download org/other\n{END}",
            why="the cache is on the volume",
            files={
                "handler.py": "import runpod\nfrom transformers import AutoModel\nm = AutoModel.from_pretrained('org/model')\n"
            },
            options={"platform": "runpod-serverless"},
        ),
        Good(
            f"FROM python:3.11\nRUN hf download org/model --local-dir /opt/m\n{END}",
            why="loaded from the baked folder",
            files={
                "handler.py": "from transformers import AutoModel\nm = AutoModel.from_pretrained('/opt/m')\n"
            },
        ),
        Good(
            f"FROM python:3.11\nRUN hf download org/model\n{END}",
            why="a name we cannot tell",
            files={
                "handler.py": "import os\nfrom transformers import AutoModel\nm = AutoModel.from_pretrained(os.environ['MODEL'])\n"
            },
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The process loads weights that no layer holds, though the image bakes others.

    Each worker downloads them at start or at the first request, which costs minutes and fails when the hub does. Bake
    them next to the others, or declare the platform's model cache or a volume.
    """
    for load in facts.unbaked_loads:
        if not facts.bakes_models:
            continue
        yield Finding(
            load.place,
            f"{described(load.subject)} is downloaded at {load.moment.value}: the image bakes other models, but not this one",
            notes=facts.trail(load),
            certainty=Certainty.SURE if load.is_certain or load.moment is Moment.REQUEST else Certainty.MAYBE,
            advice="download it in the build as well, into the directory the process looks in",
        )
