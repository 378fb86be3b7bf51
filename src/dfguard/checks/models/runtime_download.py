"""DFG318: weights are fetched at start by design."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Moment, Severity, described, rule

HANDLER = "import runpod\nimport whisper\nmodel = «whisper.load_model('large-v3')»\nrunpod.serverless.start({'handler': lambda job: 1})\n"
QUIET = HANDLER.replace("«", "").replace("»", "")
END = 'COPY handler.py /\nCMD ["python", "/handler.py"]\n'
WHEN = {Moment.START: "at every cold start", Moment.REQUEST: "at the first request that needs it"}


@rule(
    "DFG318",
    "runtime-download",
    Severity.INFO,
    since="0.1.0",
    sources=("https://docs.runpod.io/serverless/development/optimization",),
    bad=(Bad(f"FROM python:3.11\n{END}", files={"handler.py": HANDLER}, message="cold start"),),
    good=(
        Good(
            f"FROM python:3.11\nRUN python -c \"import whisper; whisper.load_model('large-v3')\"\n{END}",
            files={"handler.py": QUIET},
        ),
        Good(
            f"FROM python:3.11\nRUN python -c \"import whisper; whisper.load_model('base')\"\n{END}",
            why="that is DFG301",
            files={"handler.py": QUIET},
        ),
        Good(
            f"FROM python:3.11\nENV XDG_CACHE_HOME=/runpod-volume\n{END}",
            why="on the volume",
            files={"handler.py": QUIET},
            options={"platform": "runpod-serverless"},
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The image holds no weights: the process downloads them when it starts or when the first request comes.

    This can be meant; it is said because it decides the cold start. Baking them, a volume, or the platform's model
    cache are the alternatives.
    """
    if facts.bakes_models:
        return
    for load in facts.unbaked_loads:
        yield Finding(
            load.place,
            f"{described(load.subject)} is downloaded {WHEN.get(load.moment, 'at run time')}",
            notes=facts.trail(load),
            certainty=Certainty.SURE if load.is_certain or load.moment is Moment.REQUEST else Certainty.MAYBE,
        )
