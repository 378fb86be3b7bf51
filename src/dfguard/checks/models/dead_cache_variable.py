"""DFG306: a cache variable that nothing in the image reads."""

from collections.abc import Iterator

from dfguard.checks.api import Aspect, Bad, Certainty, Edit, Facts, Finding, Fix, Good, Note, Severity, rule

END = 'COPY handler.py /\nCMD ["python", "/handler.py"]\n'
FILES = {"handler.py": "from transformers import pipeline\np = pipeline('asr', model='org/model')\n"}
READS = {"handler.py": "import os\nroot = os.environ['HF_CACHE_DIR']\n"}
INFINITY = {"handler.py": "from infinity_emb import AsyncEmbeddingEngine\n"}


@rule(
    "DFG306",
    "dead-cache-variable",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "transformers/utils/hub.py@5.23.0",
        "huggingface_hub/constants.py@2.4.0",
    ),
    bad=(
        Bad(
            f"FROM python:3.11\nENV «HF_TRANSFER»=1\n{END}",
            fixed=f"FROM python:3.11\nENV HF_HUB_ENABLE_HF_TRANSFER=1\n{END}",
            files=FILES,
            message="HF_HUB_ENABLE_HF_TRANSFER",
        ),
        Bad(
            f"FROM python:3.11\nRUN pip install transformers==5.3.0\nENV «TRANSFORMERS_CACHE»=/models\n{END}",
            files=FILES,
            message="/root/.cache/huggingface/hub",
        ),
        Bad(
            f"FROM python:3.11\nRUN pip install infinity-emb==0.0.70\nENV «SENTENCE_TRANSFORMERS_HOME»=/models\n{END}",
            files=INFINITY,
            message="infinity-emb",
        ),
        Bad(
            "FROM python:3.11\nENV «DIFFUSERS_CACHE»=/models\n",
            fixed="FROM python:3.11\nENV HF_HUB_CACHE=/models\n",
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(
            f"FROM python:3.11\nRUN pip install transformers==4.57.6\nENV TRANSFORMERS_CACHE=/models\n{END}",
            files=FILES,
        ),
        Good(f"FROM python:3.11\nENV HF_CACHE_DIR=/models\n{END}", files=READS, why="the program reads it"),
        Good(f"FROM python:3.11\nENV HF_CACHE=/m HF_HOME=$HF_CACHE\n{END}", files=FILES, why="so does ENV"),
        Good(
            f"FROM python:3.11\nRUN pip install transformers==5.3.0\nENV HF_HOME=/m TRANSFORMERS_CACHE=/m/hub\n{END}",
            files=FILES,
            why="it says what HF_HOME says",
        ),
        Good(
            f"FROM python:3.11\nRUN pip install infinity-emb sentence-transformers\nENV SENTENCE_TRANSFORMERS_HOME=/models\n{END}",
            files=INFINITY,
        ),
        Good(f"FROM python:3.11\nENV HF_HUB_ENABLE_HF_TRANSFER=1 HF_HUB_CACHE=/m\n{END}", files=FILES),
        Good(
            f"FROM python:3.11\nENV HF_CACHE=/m HF_HUB_CACHE=/m\n{END}",
            files=FILES,
            why="the right one is set as well",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A variable that should say where models lie, or how they are fetched, is read by nothing in the image.

    TRANSFORMERS_CACHE has no effect from transformers 5 on; HF_CACHE, HF_TRANSFER or DIFFUSERS_CACHE never had one; and
    a library that loads through the hub does not look at SENTENCE_TRANSFORMERS_HOME. The models go to the default
    directory, in another layer or on another disk than was meant. It is information where another variable of the image says
    where they go.
    """
    for dead in facts.dead_variables:
        pairs = (pair for step in facts.instructions("ENV") for pair in step.instruction.pairs)
        keys = [pair.key.place() for pair in pairs if pair.key.value == dead.name]
        what = f"; what is read is {dead.instead}" if dead.instead else ""
        renamed = tuple(Edit(key, dead.instead) for key in keys) if dead.instead and dead.is_misspelt else ()
        yield Finding(
            keys[-1] if keys else dead.place,
            f"{dead.name} {dead.why}{what}",
            notes=(Note(dead.decided_at, "decides the version"),) if dead.decided_at else (),
            fix=Fix(
                f"call it {dead.instead}", renamed, is_safe=False, changes=(Aspect.VARIABLES, Aspect.COMMANDS)
            )
            if renamed
            else None,
            certainty=Certainty.SURE if dead.is_certain else Certainty.MAYBE,
            severity=Severity.INFO if dead.is_overruled else None,
            advice=f"set {dead.instead}" if dead.instead and not dead.is_overruled else "leave it out",
        )
