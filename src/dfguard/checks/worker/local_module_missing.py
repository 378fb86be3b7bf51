"""DFG502: a module of the project is imported and not in the image."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

RUN = 'WORKDIR /app\nCMD ["python", "handler.py"]\n'


@rule(
    "DFG502",
    "local-module-missing",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://docs.python.org/3/reference/import.html#searching",),
    bad=(
        Bad(
            f"FROM python:3.11\nCOPY handler.py /app/\n{RUN}",
            files={"handler.py": "«import storage»\n", "storage.py": "x = 1\n"},
            message="storage.py",
        ),
        Bad(
            f"FROM python:3.11\nCOPY src/handler.py /app/\n{RUN}",
            files={
                "src/handler.py": "«from lib.models import load»\n",
                "src/lib/models.py": "def load(): pass\n",
            },
        ),
        Bad(
            f"FROM python:3.11\nCOPY . /app/\n{RUN}",
            files={"handler.py": "«import storage»\n", "storage.py": "", ".dockerignore": "storage.py\n"},
            message=".dockerignore",
        ),
        Bad(
            f"FROM python:3.11\nCOPY handler.py /app/\n{RUN}",
            files={
                "handler.py": "import importlib.util\ns = importlib.util.spec_from_file_location('s', «'/app/setup.py'»)\n"
            },
            message="/app/setup.py",
        ),
        Bad(
            f"FROM python:3.11\nRUN pip install git+https://github.com/org/rasterizer\nCOPY handler.py /app/\n{RUN}",
            files={
                "handler.py": "import os, sys\nsys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))\n«import polish»\n",
                "polish.py": "x = 1\n",
            },
        ),
        Bad(
            "FROM python:3.11\nWORKDIR /app\nCOPY index.py ./\nRUN python index.py\nCOPY . .\n",
            files={"index.py": "«from chunks import pieces»\n", "chunks.py": "def pieces(): ...\n"},
            message="when the RUN starts it",
        ),
        Bad(
            'FROM python:3.11\nWORKDIR /app\nCOPY . .\nCMD ["uvicorn", "web.main:app"]\n',
            files={
                "web/__init__.py": "",
                "web/main.py": "«from web.models.user import User»\n",
                "web/models/__init__.py": "",
                "web/models/user.py": "class User: ...\n",
                ".dockerignore": "**/models/**\n",
            },
            message="web/models/user.py is not copied into the image, because .dockerignore",
        ),
        Bad(
            "FROM python:3.11\nWORKDIR /app\nCOPY index.py ./\nRUN make chunks && python index.py\nCOPY . .\n",
            files={"index.py": "«from chunks import pieces»\n", "chunks.py": "def pieces(): ...\n"},
            certainty_is_maybe=True,
        ),
        Bad(
            f"FROM python:3.11\nCOPY handler.py /app/\n{RUN}",
            files={
                "handler.py": "import click\n@click.command()\ndef evaluate():\n    «from evals import run»\n",
                "evals/run.py": "",
            },
            certainty_is_maybe=True,
        ),
        Bad(
            f"FROM someone/base\nCOPY handler.py /app/\n{RUN}",
            files={"handler.py": "«import storage»\n", "storage.py": "x = 1\n"},
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(
            f"FROM python:3.11\nCOPY handler.py storage.py /app/\n{RUN}",
            files={"handler.py": "import storage\n", "storage.py": "x = 1\n"},
        ),
        Good(
            f"FROM python:3.11\nCOPY handler.py /app/\n{RUN}",
            files={"handler.py": "import requests, os, json\n"},
            why="not of the project",
        ),
        Good(
            f"FROM python:3.11\nCOPY pyproject.toml /app/\nRUN pip install /app\nCOPY handler.py /app/\n{RUN}",
            files={
                "handler.py": "from alembic.config import Config\n",
                "alembic/env.py": "",
                "pyproject.toml": '[project]\nname = "x"\ndependencies = ["alembic>=1.13"]\n',
            },
            why="the requirements name a distribution like it",
        ),
        Good(
            "FROM python:3.11\nWORKDIR /app\nCOPY index.py chunks.py ./\nRUN python index.py\nCOPY . .\n",
            files={"index.py": "from chunks import pieces\n", "chunks.py": "def pieces(): ...\n"},
        ),
        Good(
            "FROM python:3.11\nWORKDIR /app\nCOPY tools /app/tools\nRUN python -m tools.index\n",
            files={
                "tools/__init__.py": "",
                "tools/index.py": "from tools.chunks import pieces\n",
                "tools/chunks.py": "def pieces(): ...\n",
            },
            why="python -m looks in the working directory",
        ),
        Good(
            f"FROM python:3.11\nCOPY handler.py /app/\n{RUN}",
            files={
                "handler.py": "try:\n    import storage\nexcept ImportError:\n    storage = None\n",
                "storage.py": "",
            },
            why="the program goes on without it",
        ),
        Good(
            f"FROM python:3.11\nRUN pip install storage\nCOPY handler.py /app/\n{RUN}",
            files={"handler.py": "import storage\n", "storage.py": ""},
            why="a distribution of that name is installed",
        ),
        Good(
            f"FROM python:3.11\nCOPY lib /src\nRUN pip install /src\nCOPY handler.py /app/\n{RUN}",
            files={
                "handler.py": "import polish\n",
                "polish.py": "",
                "lib/setup.py": "",
                "lib/polish/__init__.py": "",
            },
            why="a folder of the project that is installed brings it",
        ),
        Good(
            f"FROM python:3.11\nENV PYTHONPATH=/lib2\nCOPY handler.py /app/\nCOPY storage.py /lib2/\n{RUN}",
            files={"handler.py": "import storage\n", "storage.py": ""},
        ),
        Good(
            f"FROM python:3.11\nCOPY handler.py /app/\n{RUN}",
            files={
                "handler.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import storage\n",
                "storage.py": "",
            },
        ),
        Good(
            f"FROM python:3.11\nCOPY src /app/\n{RUN}",
            files={
                "src/handler.py": "from lib.models import load\n",
                "src/lib/models.py": "def load(): pass\n",
            },
            why="a folder without __init__.py is a package, too",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A program imports a module that is in the build context beside the importing file, but not in the image.

    The container stops at its start with a ModuleNotFoundError, or the RUN that starts the program fails. The file was not
    copied, is copied only later, was copied elsewhere, or .dockerignore keeps it out. A base image that we do not know could
    hold it, and `sys.path` could be changed: then it is a maybe.
    """
    for found in facts.missing_modules:
        if found.context_path is None:
            message = f"{found.name} is loaded here, and the image has no such file"
        else:
            why = ", because .dockerignore keeps it out" if found.is_ignored else ""
            when = "in the image when the RUN starts it" if found.is_of_build else "copied into the image"
            message = f"{found.name} is imported here, but {found.context_path} is not {when}{why}"
        yield Finding(
            found.place,
            message,
            notes=tuple(
                Note(place, "the program runs here" if found.is_of_build else "the program starts here")
                for place in found.proof
            ),
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice=f"COPY it to {found.path}"
            if found.context_path is None
            else f"COPY {found.context_path} beside it{', before the RUN' if found.is_of_build else ''}",
        )
