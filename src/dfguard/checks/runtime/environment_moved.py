"""DFG219: a virtual environment is copied to another path, and one of its scripts is run there."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

BUILD = (
    "FROM python:3.12-slim AS build\nRUN python -m venv /app/.venv && /app/.venv/bin/pip install uvicorn\n"
)
LAST = "FROM python:3.12-slim\nWORKDIR /srv\n"


@rule(
    "DFG219",
    "environment-moved",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://docs.python.org/3/library/venv.html#how-venvs-work",
        "https://docs.astral.sh/uv/guides/integration/docker/",
    ),
    bad=(
        Bad(
            f'{BUILD}{LAST}COPY --from=build «/app/.venv» /opt/venv\nCMD ["/opt/venv/bin/uvicorn", "main:app"]\n',
            message="/opt/venv/bin/uvicorn",
        ),
        Bad(
            "FROM python:3.12-slim AS base\nCOPY --from=ghcr.io/astral-sh/uv:0.5.18 /uv /usr/local/bin/uv\nWORKDIR /app\n"
            "FROM base AS build\nCOPY pyproject.toml uv.lock ./\nRUN uv sync --frozen --no-install-project\n"
            'FROM base\nCOPY --from=build «/app/.venv» /app/venv\nENTRYPOINT ["/app/venv/bin/worker"]\n',
            files={"pyproject.toml": "[project]\nname = 'a'\n", "uv.lock": ""},
            message="/app/.venv",
        ),
        Bad(
            f"{BUILD}{LAST}COPY --from=build «/app/.venv» /venv\nRUN /venv/bin/uvicorn --version\n",
        ),
        Bad(
            f'{BUILD}{LAST}COPY --from=build «/app/.venv» /venv\nENV PATH="/venv/bin:$PATH"\nCMD uvicorn main:app\n',
            message="uvicorn",
        ),
        Bad(
            f'{BUILD}{LAST}COPY --from=build «/app» /srv\nCMD ["/srv/.venv/bin/uvicorn", "main:app"]\n',
            message="/app/.venv/bin/python",
        ),
    ),
    good=(
        Good(
            f'{BUILD}{LAST}COPY --from=build /app/.venv /app/.venv\nCMD ["/app/.venv/bin/uvicorn", "main:app"]\n'
        ),
        Good(
            f'{BUILD}{LAST}COPY --from=build /app/.venv /venv\nCMD ["/venv/bin/python", "-m", "uvicorn", "main:app"]\n',
            why="its Python works anywhere",
        ),
        Good(
            f'{BUILD}{LAST}COPY --from=build /app/.venv /venv\nRUN ln -s /venv /app/.venv\nCMD ["/venv/bin/uvicorn"]\n',
            why="a link leads from the old path to the new one",
        ),
        Good(
            f"{BUILD}{LAST}COPY --from=build /app/.venv /venv\nRUN sed -i 's,/app/.venv,/venv,' /venv/bin/*\n"
            'CMD ["/venv/bin/uvicorn"]\n',
            why="the first lines are changed",
        ),
        Good(
            "FROM python:3.12-slim AS build\nRUN pip install uv && uv venv --relocatable /a\n"
            f'{LAST}COPY --from=build /a /b\nCMD ["/b/bin/uvicorn"]\n',
            why="it is made to be moved",
        ),
        Good(
            f'{BUILD}{LAST}COPY --from=build /app/.venv/lib/python3.12/site-packages /deps\nENV PYTHONPATH=/deps\nCMD ["python"]\n',
            why="only the packages",
        ),
        Good(
            f'{BUILD}{LAST}COPY --from=build /app/.venv /venv\nCOPY start /venv/bin/start\nCMD ["/venv/bin/start"]\n',
            files={"start": "#!/bin/sh\n"},
            why="a program of one's own",
        ),
        Good(
            f'{BUILD}{LAST}COPY --from=build /app/.venv /venv\nCOPY --from=build /app/.venv /app/.venv\nCMD ["/venv/bin/uvicorn"]\n',
            why="the old path is there as well",
        ),
        Good(
            f'FROM some/image AS build\nRUN make\n{LAST}COPY --from=build /app/.venv /venv\nCMD ["/venv/bin/uvicorn"]\n',
            why="whether it is an environment is not known",
        ),
        Good(
            f'{BUILD}{LAST}RUN pip install uvicorn\nCOPY --from=build /app/.venv /venv\nENV PATH="$PATH:/venv/bin"\nCMD uvicorn main:app\n',
            why="another uvicorn may be meant",
        ),
        Good(
            "FROM python:3.12-slim AS build\nRUN pip install --prefix /install gunicorn\n"
            f'{LAST}COPY --from=build /install /usr/local\nCMD ["/usr/local/bin/gunicorn", "app:app"]\n',
            why="not an environment",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A virtual environment is copied to another path, and a script in it is run from there.

    The scripts that pip and uv write begin with the path of the environment's Python. Where that path is not in the
    image, the kernel says "no such file or directory", though the script is there. Copy it to the path it was made at, or
    make it where it will lie.
    """
    for moved in facts.moved_environments:
        run = moved.run
        yield Finding(
            moved.copy.place,
            f"{run.name} cannot start: its first line names {moved.before}/bin/python, and the environment is now {moved.after}",
            notes=(Note(run.place, "runs the script"),),
            certainty=Certainty.SURE if run.is_certain else Certainty.MAYBE,
            advice=f"copy it to {moved.before}, or make it at {moved.after}",
        )
