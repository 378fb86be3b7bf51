"""DFG110: a name in a snippet that nothing binds."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule


@rule(
    "DFG110",
    "undefined-name-in-snippet",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://docs.python.org/3/reference/executionmodel.html#resolution-of-names",),
    bad=(
        Bad("FROM python:3.11\nRUN python -c 'import torch; print(«troch».__version__)'\n", message="troch"),
        Bad("FROM python:3.11\nRUN python - <<'PY'\nimport os\nprint(«sys».path)\nPY\n", message="sys"),
        Bad("FROM python:3.11\nHEALTHCHECK CMD echo 1\nRUN python -c 'print(«true»)'\n"),
    ),
    good=(
        Good("FROM python:3.11\nRUN python -c 'import torch; print(torch.__version__, __name__)'\n"),
        Good("FROM python:3.11\nRUN python -c 'from x import *; print(anything)'\n", why="a star import"),
        Good('FROM python:3.11\nARG N=1\nRUN python -c "print($N, ${N})"\n', why="the shell fills it in"),
        Good("FROM python:3.11\nRUN python -c 'print([x for x in range(3)], (lambda y: y)(1))'\n"),
        Good('FROM python:3.11\nRUN python -c "print("hello")"\n', why="DFG105 says so"),
        Good(
            "FROM python:3.11\nRUN echo 'value = undefined_name' > /app/config.py\n",
            why="a file may be filled in",
        ),
        Good(
            "FROM python:3.11\nRUN python -c 'try:\n  unicode\nexcept NameError:\n  pass'\n".replace(
                "\n  ", "\\n  "
            )
            .replace("\nexcept", "\\nexcept")
            .replace("-c '", "-c $'")
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Code that the build runs uses a name that is neither built in, imported nor assigned.

    Python raises a NameError when it comes there. Names that the shell fills in, and code with a star import or `exec`, are left
    alone; quotes that the shell removed are reported as DFG105.
    """
    for step, snippet in facts.snippets:
        if snippet.interpreter is None:
            continue
        eaten = [taken.place.span for taken in facts.taken_by_shell(step, snippet)]
        for use in facts.undefined_names(snippet):
            if any(span.touches(use.span) for span in eaten):
                continue
            yield Finding(
                snippet.code.place().source.text_of(use.span).place(),
                f"{use.name} is not defined: Python raises a NameError here",
                notes=(Note(snippet.command, "the command that runs it"),),
                advice="import or assign it first",
            )
