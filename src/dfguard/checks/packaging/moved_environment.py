"""DFG715: programs of a virtual environment that was copied to another path."""

import posixpath
from collections.abc import Iterator

from dfguard.checks.api import (
    Bad,
    Certainty,
    CommandRun,
    CopySource,
    Facts,
    Finding,
    Good,
    Note,
    Presence,
    Record,
    Severity,
    Step,
    known,
    rule,
)


@rule(
    "DFG715",
    "moved-environment",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://docs.python.org/3/library/venv.html#how-venvs-work",
        "https://docs.astral.sh/uv/reference/cli/#uv-venv--relocatable",
    ),
    bad=(
        Bad(
            "FROM python:3.12-slim AS build\nRUN python -m venv /opt/env && /opt/env/bin/pip install gunicorn\n"
            'FROM python:3.12-slim\nCOPY --from=build «/opt/env» /venv\nCMD ["/venv/bin/gunicorn", "app:app"]\n',
            message="the programs in /venv/bin start with #!/opt/env/bin/python, which is not in this image",
        ),
        Bad(
            "FROM python:3.12-slim AS base\nRUN pip install uv\nFROM base AS build\nWORKDIR /src\nCOPY pyproject.toml .\nRUN uv sync\n"
            'FROM base\nCOPY --from=build «/src» /app\nRUN /app/.venv/bin/flask --version\nCMD ["/app/.venv/bin/python", "-m", "app"]\n',
            files={"pyproject.toml": "[project]\nname = 'a'\n"},
            message="/app/.venv/bin",
        ),
        Bad(
            "FROM python:3.12-slim AS build\nRUN python -m venv /build/venv && /build/venv/bin/pip install uvicorn\n"
            'FROM python:3.12-slim\nCOPY --from=build «/build/venv» /venv\nENV PATH="/venv/bin:$PATH"\nCMD uvicorn app:app\n',
        ),
    ),
    good=(
        Good(
            "FROM python:3.12-slim AS build\nRUN python -m venv /venv && /venv/bin/pip install gunicorn\n"
            'FROM python:3.12-slim\nCOPY --from=build /venv /venv\nCMD ["/venv/bin/gunicorn", "app:app"]\n',
            why="the same path",
        ),
        Good(
            "FROM python:3.12-slim AS build\nRUN python -m venv /opt/env && /opt/env/bin/pip install flask\n"
            'FROM python:3.12-slim\nCOPY --from=build /opt/env /venv\nCMD ["/venv/bin/python", "-m", "flask", "run"]\n',
            why="the interpreter finds its environment wherever it stands",
        ),
        Good(
            "FROM python:3.12-slim AS build\nRUN pip install uv && uv venv --relocatable /opt/env\n"
            'FROM python:3.12-slim\nCOPY --from=build /opt/env /venv\nCMD ["/venv/bin/gunicorn", "app:app"]\n',
            why="made to be moved",
        ),
        Good(
            "FROM python:3.12-slim AS build\nRUN python -m venv /opt/env && /opt/env/bin/pip install gunicorn\n"
            'FROM python:3.12-slim\nCOPY --from=build /opt/env /venv\nRUN mkdir -p /opt && ln -s /venv /opt/env\nCMD ["/venv/bin/gunicorn", "app:app"]\n',
            why="the old path leads to it",
        ),
        Good(
            "FROM python:3.12-slim AS build\nRUN python -m venv /opt/env && /opt/env/bin/pip install gunicorn\n"
            "FROM python:3.12-slim\nCOPY --from=build /opt/env /venv\nRUN sed -i 's,/opt/env,/venv,' /venv/bin/gunicorn\n"
            'CMD ["/venv/bin/gunicorn", "app:app"]\n',
            why="the script was rewritten",
        ),
        Good(
            "FROM python:3.12-slim AS build\nRUN python -m venv /opt/env && /opt/env/bin/pip install gunicorn\n"
            'FROM python:3.12-slim\nRUN pip install gunicorn\nCOPY --from=build /opt/env /venv\nENV PATH="$PATH:/venv/bin"\nCMD gunicorn app:app\n',
            why="another gunicorn may be meant",
        ),
        Good(
            "FROM python:3.12-slim AS build\nRUN pip install --prefix /install gunicorn\n"
            'FROM python:3.12-slim\nCOPY --from=build /install /usr/local\nCMD ["/usr/local/bin/gunicorn", "app:app"]\n',
            why="not an environment",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A virtual environment is copied to another path, and one of its programs is started there.

    pip and uv write the path of the environment's interpreter into the first line of every program they install. At
    another path the kernel does not find it: `no such file or directory`. Copy the environment to the path that it was
    made at, start the program with `python -m`, or make the environment with `uv venv --relocatable`.
    """
    for step, copy in facts.copies:
        moved = next((m for use in _uses(facts, step) if (m := _moved(facts, step, copy, use))), None)
        if moved is not None:
            yield Finding(
                copy.place,
                f"the programs in {moved.root}/bin start with #!{moved.made_at}/bin/python, which is not in this image",
                notes=(Note(moved.use.place, f"starts {moved.program}"),),
                certainty=Certainty.SURE if moved.use.is_certain else Certainty.MAYBE,
                advice=f"copy it to {moved.made_at}, or make it at {moved.root}",
            )


class _Moved(Record):
    """An environment made at one path and used at another one."""

    use: CommandRun
    program: str
    root: str
    made_at: str


def _uses(facts: Facts, step: Step) -> Iterator[CommandRun]:
    """What runs after a COPY in its stage, the process of the image included."""
    steps = iter([other for other in facts.steps if other.stage == step.stage])
    for other in steps:
        if other is step:
            break
    for other in steps:
        yield from other.effects.commands
    if facts.target is not None and facts.target.stage.index == step.stage and facts.process is not None:
        yield from facts.process.commands


def _moved(facts: Facts, step: Step, copy: CopySource, use: CommandRun) -> _Moved | None:
    final, source = facts.final_of(step), known(copy.pattern)
    origin = facts.stage_named(copy.origin) if copy.origin is not None else None
    program = _program(facts, step, use)
    if final is None or origin is None or source is None or copy.destination is None or program is None:
        return None
    root = posixpath.dirname(posixpath.dirname(program))
    is_started = not posixpath.basename(program).startswith(("python", "activate"))
    if not is_started or not _is_below(root, copy.destination):
        return None
    made_at = posixpath.normpath(posixpath.join("/", source, posixpath.relpath(root, copy.destination)))
    mark = origin.final.files.resolve(posixpath.join(made_at, "pyvenv.cfg"))
    old = final.files.resolve(posixpath.join(made_at, "bin/python"))
    is_known = step.before.base is not None and not step.before.base.is_open
    is_doubt = old.is_stray or (is_known and old.is_left_to_the_base)
    may_be_there = old.presence is not Presence.ABSENT and not is_doubt
    if made_at == root or mark.presence is not Presence.PRESENT or may_be_there:
        return None
    if _is_worked_on(facts, step, (root, made_at)):
        return None
    return _Moved(use, program, root, made_at)


def _program(facts: Facts, step: Step, use: CommandRun) -> str | None:
    """The path of the program that a command starts. A bare name is one in the first folder of PATH, when neither the base
    image nor an install could have brought it.
    """
    if use.name.startswith("/"):
        return posixpath.normpath(use.name)
    path = facts.search_path(step)
    base = step.before.base
    is_foreign = base is not None and not base.is_open and use.name not in base.commands
    if "/" in use.name or not path or not is_foreign or step.after.packages:
        return None
    return posixpath.join(path[0], use.name)


def _is_worked_on(facts: Facts, step: Step, roots: tuple[str, ...]) -> bool:
    """Whether a command after the COPY names the environment or its old place other than to start something in it."""
    after = (run for run in _uses(facts, step) if run.words)
    words = (known(word) or "" for run in after for word in run.words[1:])
    return any(root in word for word in words for root in roots)


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
