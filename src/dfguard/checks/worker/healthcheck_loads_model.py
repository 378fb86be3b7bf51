"""DFG510: the health check loads a model."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule


@rule(
    "DFG510",
    "healthcheck-loads-model",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://docs.docker.com/reference/dockerfile/#healthcheck",),
    bad=(
        Bad(
            "FROM python:3.11\nHEALTHCHECK CMD python -c \"import whisper; «whisper.load_model('base')»\"\n",
            message="whisper.load_model",
        ),
        Bad(
            'FROM python:3.11\nCOPY check.py /\nHEALTHCHECK --interval=30s CMD ["python", "/check.py"]\n',
            files={
                "check.py": "from transformers import AutoModel\n«AutoModel.from_pretrained('org/model')»\n"
            },
        ),
    ),
    good=(
        Good("FROM python:3.11\nHEALTHCHECK CMD curl -f http://localhost:8000/health\n"),
        Good(
            "FROM python:3.11\nHEALTHCHECK CMD python -c 'import torch; assert torch.cuda.is_available()'\n"
        ),
        Good("FROM python:3.11\nHEALTHCHECK NONE\n"),
        Good(
            "FROM python:3.11\nRUN python -c \"import whisper; whisper.load_model('base')\"\n",
            why="a build step",
        ),
        Good(
            "FROM python:3.11\nCOPY check.py /\nHEALTHCHECK CMD python /check.py\n",
            files={
                "check.py": "from transformers import AutoModel\ndef load():\n    AutoModel.from_pretrained('org/model')\nprint('ok')\n"
            },
            why="nothing calls it",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The HEALTHCHECK loads model weights.

    It runs every thirty seconds in a process of its own: each time the weights are loaded anew, into memory that the server needs, and the
    check runs into its time limit. Ask the server instead.
    """
    for found in facts.healthcheck_loads:
        yield Finding(
            found.place,
            f"the health check loads a model each time it runs: {found.name.removesuffix('()')}",
            notes=(Note(found.instruction, "the health check"),),
            advice="ask the running server, for example with curl",
        )
