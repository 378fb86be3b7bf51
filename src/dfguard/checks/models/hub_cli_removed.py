"""DFG316: a command of huggingface_hub that the installed version does not have."""

from collections.abc import Iterator

from dfguard.checks.api import (
    Aspect,
    Bad,
    Certainty,
    Facts,
    Failure,
    Finding,
    Fix,
    Good,
    Note,
    Severity,
    rule,
)

NEW = 'FROM python:3.11-slim\nRUN pip install "huggingface_hub>=1.0"\n'
OLD = "FROM python:3.11-slim\nRUN pip install huggingface_hub==0.30.2\n"
GONE = {"missing": "is not there", "refuses": "only prints a hint and exits with 1"}


@rule(
    "DFG316",
    "hub-cli-removed",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://github.com/huggingface/huggingface_hub/releases/tag/v1.0.0",
        "huggingface_hub/cli/deprecated_cli.py@1.33.0",
    ),
    bad=(
        Bad(
            f"{NEW}RUN «huggingface-cli download org/model --local-dir /m»\n",
            fixed=f"{NEW}RUN hf download org/model --local-dir /m\n",
            message="huggingface-cli",
        ),
        Bad(
            f"{NEW}RUN «huggingface-cli download org/model --resume-download --local-dir-use-symlinks False --quiet»\n",
            fixed=f"{NEW}RUN hf download org/model --quiet\n",
        ),
        Bad(f"{OLD}RUN «hf download org/model»\n", message="huggingface-cli"),
        Bad(
            "FROM python:3.11-slim\nRUN pip install huggingface_hub && «huggingface-cli login --token x»\n",
            fixed="FROM python:3.11-slim\nRUN pip install huggingface_hub && hf auth login --token x\n",
        ),
        Bad(
            "FROM python:3.11-slim\nRUN pip install transformers==5.3.0\nRUN «huggingface-cli download org/model»\n",
            fixed="FROM python:3.11-slim\nRUN pip install transformers==5.3.0\nRUN hf download org/model\n",
            message="huggingface-hub",
        ),
        Bad(
            "FROM python:3.11-slim\nRUN pip install huggingface_hub some-package && «huggingface-cli download org/model»\n",
            fixed="FROM python:3.11-slim\nRUN pip install huggingface_hub some-package && hf download org/model\n",
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(f"{OLD}RUN huggingface-cli download org/model\n"),
        Good(f"{NEW}RUN hf download org/model\n"),
        Good(
            "FROM python:3.11-slim\nRUN pip install transformers==4.57.6\nRUN huggingface-cli download org/model\n",
            why="transformers 4 holds the hub below 1.0",
        ),
        Good("FROM some/image\nRUN huggingface-cli download org/model\n", why="nothing tells the version"),
        Good(f"{NEW}RUN huggingface-cli download org/model || hf download org/model\n", why="a second try"),
        Good(
            'FROM python:3.11-slim\nRUN python -m venv /a && /a/bin/pip install "huggingface_hub<1"\nRUN pip install "huggingface_hub>=1"\nRUN /a/bin/huggingface-cli download org/model\n',
            why="the command of another environment",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """`huggingface-cli` went with huggingface_hub 1.0 (and `hf` came with 0.34).

    From 1.0 to 1.10 the command does not exist, from 1.11 to 1.33 it prints a hint and exits with 1, and with 2.0 it is gone
    again: the build stops, or the start script does. `hf download` takes the same operands.
    """
    for found in facts.removed_commands:
        if found.run.failure is not Failure.FATAL:
            continue
        name = found.run.name.rpartition("/")[2]
        instead = found.state.instead
        what = GONE[found.state.state]
        notes = (Note(found.decided_at, "decides the version"),) if found.decided_at else ()
        yield Finding(
            found.run.place,
            f"{name} {what} in {found.distribution} {found.range}, which is installed; it is {instead}",
            notes=notes,
            fix=Fix(f"call {instead}", found.edits, is_safe=True, changes=(Aspect.COMMANDS,))
            if found.edits
            else None,
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice=f"call {instead} instead",
        )
