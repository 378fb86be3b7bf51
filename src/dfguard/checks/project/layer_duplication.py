"""DFG607: a model that is in the image twice."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, CommandRun, Facts, Finding, Good, Note, Severity, described, known, rule

CHANGERS = frozenset(["chown", "chmod", "chgrp"])
MOVERS = frozenset(["mv"])


@rule(
    "DFG607",
    "layer-duplication",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://docs.docker.com/engine/storage/drivers/#copying-makes-containers-efficient",
        "https://docs.docker.com/build/building/best-practices/#minimize-the-number-of-layers",
    ),
    bad=(
        Bad(
            "FROM python:3.12\nRUN hf download a/b --local-dir /models/b\nRUN useradd app && «chown» -R app /models\n",
            message="a/b is stored a second time",
        ),
        Bad(
            "FROM python:3.12\nRUN hf download a/b --local-dir /tmp/b\nRUN «mv» /tmp/b /opt/b\n",
            message="moves",
        ),
    ),
    good=(
        Good(
            "FROM python:3.12\nRUN hf download a/b --local-dir /models/b && chown -R 1000 /models\n",
            why="in the same layer",
        ),
        Good(
            "FROM python:3.12\nRUN hf download a/b --local-dir /models/b\nRUN chown 1000 /models && chown -R 1000 /app\n"
        ),
        Good(
            "FROM python:3.12 AS a\nRUN hf download a/b --local-dir /m\nRUN chmod -R a+r /m\nFROM python:3.12\nCOPY --from=a /m /m\n",
            why="only the copy is in the image",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A later layer changes the owner or the place of a model, so that the image holds it twice.

    A layer stores every file that changed, whole, and be it only its owner. Do it in the RUN that downloads, use
    `COPY --chown`, or download as the user who reads it.
    """
    for step, run in facts.commands:
        if not facts.is_layer(step):
            continue
        for path in _paths(run):
            for earlier, load in facts.build_loads:
                folder = known(load.directory) or ""
                is_below = folder == path or folder.startswith(f"{path.rstrip('/')}/")
                is_before = earlier.stage == step.stage and earlier.instruction.index < step.instruction.index
                if path != "/" and is_below and is_before and load.is_weights:
                    verb = "moves it" if run.name in MOVERS else "changes its rights"
                    yield Finding(
                        run.command.words[0].raw.place() if len(run.wrappers) == 0 else run.place,
                        f"this {verb}, so that {described(load.subject)} is stored a second time",
                        notes=(Note(load.place, "downloaded in an earlier layer"),),
                        advice="do it in the RUN that downloads",
                    )
                    break


def _paths(run: CommandRun) -> Iterator[str]:
    """What chown -R, chmod -R and mv change, as absolute paths."""
    words = [known(word) or "" for word in run.words[1:]]
    operands = [word for word in words if word and not word.startswith("-")]
    is_deep = any(
        word == "--recursive" or (word[:1] == "-" and word[1:2] != "-" and "R" in word) for word in words
    )
    if run.name in CHANGERS and is_deep:
        yield from (path for path in operands[1:] if path.startswith("/"))
    elif run.name in MOVERS:
        yield from (path for path in operands[:-1] if path.startswith("/"))
