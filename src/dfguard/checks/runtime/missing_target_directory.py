"""DFG217: a command needs a file or directory that is not there."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Failure, Finding, Good, Severity, rule

_READERS = frozenset(
    """
    pip pip3 uv python python3 bash sh dash . source cp mv cat tar unzip chmod chown
    """.split()
)


@rule(
    "DFG217",
    "missing-target-directory",
    Severity.ERROR,
    since="0.1.0",
    overrules=("DFG215",),
    sources=("https://www.gnu.org/software/wget/manual/wget.html", "https://curl.se/docs/manpage.html"),
    bad=(
        Bad("FROM alpine:3.20\nRUN «wget -O /models/a.bin https://example.com/a.bin»\n", message="/models"),
        Bad("FROM alpine:3.20\nRUN mkdir /a && rmdir /a && «cd /a» && make\n"),
        Bad(
            "FROM python:3.12\nWORKDIR /app\nRUN «pip install -r requirements.txt»\nCOPY . .\n",
            files={"requirements.txt": "numpy\n"},
            message="/app/requirements.txt does not exist",
        ),
        Bad(
            "FROM python:3.12\nWORKDIR /app\nCOPY main.py .\nRUN «pip install -e .»\n",
            files={"main.py": ""},
            message="/app has no pyproject.toml or setup.py",
        ),
        Bad("FROM python:3.12\nRUN «python -u /app/prepare.py --all»\n", message="/app/prepare.py"),
    ),
    good=(
        Good("FROM alpine:3.20\nRUN mkdir -p /models && wget -O /models/a.bin https://example.com/a.bin\n"),
        Good(
            "FROM some/image\nRUN wget -O /models/a.bin https://example.com/a.bin\n",
            why="the base image may hold it",
        ),
        Good(
            "FROM alpine:3.20\nRUN wget -P /models https://example.com/a.bin\n", why="-P makes the directory"
        ),
        Good("FROM alpine:3.20\nRUN curl --create-dirs -o /models/a.bin https://example.com/a.bin\n"),
        Good("FROM alpine:3.20\nRUN cd /nowhere || true\n"),
        Good(
            "FROM alpine:3.20\nRUN git init -q /src/x && cd /src/x && git fetch https://example.com/x HEAD\n"
        ),
        Good(
            "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt && pip install ./lib[gpu]\n",
            files={"requirements.txt": "numpy\n", "lib/setup.py": ""},
        ),
        Good("FROM python:3.12\nWORKDIR /app\nRUN git clone https://example.com/x . && pip install -e .\n"),
        Good("FROM python:3.12\nRUN curl -o a.py https://example.com/a.py && python a.py\n"),
        Good("FROM some/image\nWORKDIR /app\nRUN pip install -r requirements.txt && python -u prepare.py\n"),
        Good(
            "FROM python:3.12 AS build\nRUN pip wheel -w /dist numpy\nFROM python:3.12\nCOPY --from=build /dist /tmp/dist\nRUN pip install /tmp/dist/numpy-2.0.0-py3-none-any.whl\n"
        ),
        Good(
            "FROM python:3.12\nRUN mkdir /k && ssh-keygen -q -t rsa -N '' -f /k/id && cp /k/id.pub /k/known && chmod 600 /k/known\n"
        ),
        Good(
            "FROM python:3.12-slim\nWORKDIR /w\nRUN pip install uv && uv venv .venv --python 3.12\nRUN . .venv/bin/activate\n",
            why="3.12 is no folder",
        ),
        Good("FROM alpine:3.20\nRUN apk add make && make && cd /srv/made/by/make && ls\n"),
        Good(
            "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install ./dist/a.whl && python made/x.py\n",
            files={"a.py": "", ".gitignore": "dist/\nmade/*\n"},
            why="git ignores them: they may be made before the build",
        ),
        Good(
            "FROM python:3.12\nRUN --mount=type=bind,target=/work python /work/lib/x.py\n",
            files={"a.py": "", ".gitmodules": '[submodule "l"]\n\tpath = lib\n'},
            why="it lies in a submodule",
        ),
        Good(
            "FROM python:3.12\nWORKDIR /app\nRUN [ ! -f requirements.txt ] || pip install -r requirements.txt\n",
            why="it is looked for",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A command needs a file or directory that does not exist at that moment of the build.

    `wget -O`, `curl -o` and redirections do not make directories, `cd` needs one, `pip install -r` and `python` need the
    file that they are given: the step fails. It is reported only when the thing is proven to be missing.
    """
    for _, run in facts.commands:
        if run.fails_because and run.lacks is None and run.failure is Failure.FATAL:
            name = run.name.rpartition("/")[2]
            certainty = Certainty.SURE if run.is_certain else Certainty.MAYBE
            yield Finding(
                run.place,
                f"{name} fails here: {run.fails_because}",
                certainty=certainty,
                advice=_advice(name),
            )


def _advice(name: str) -> str:
    return "bring it into the image above this step" if name in _READERS else "make the directory first"
