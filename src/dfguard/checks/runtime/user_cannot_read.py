"""DFG208: the image holds what the process needs, where its user may not read it."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule

CODE = "import torch\nmodel = torch.load('/root/models/a.pt')\n"
HANDLER = {"handler.py": CODE, "a.pt": "x"}
USER = "RUN useradd --uid 10001 app\nUSER app\n"
START = 'CMD ["python", "/app/handler.py"]\n'
TRANSFORMERS = "from transformers import AutoModel\nmodel = AutoModel.from_pretrained('org/m')\n"


@rule(
    "DFG208",
    "user-cannot-read",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://docs.docker.com/reference/dockerfile/#user",
        "https://man7.org/linux/man-pages/man7/path_resolution.7.html",
    ),
    bad=(
        Bad(
            f"FROM python:3.11\nCOPY handler.py /app/\n«COPY a.pt /root/models/a.pt»\n{USER}{START}",
            files=HANDLER,
            message="/root is closed to app",
        ),
        Bad(
            "FROM python:3.11\nENV HF_HOME=/root/hf\nRUN pip install huggingface_hub transformers\n"
            f"RUN «hf download org/m»\nCOPY handler.py /app/\n{USER}{START}",
            files={"handler.py": TRANSFORMERS},
            message="models--org--m",
        ),
        Bad(
            f"FROM python:3.11\n«COPY --chmod=0600 handler.py /app/handler.py»\n{USER}{START}",
            files={"handler.py": "print(1)\n"},
            message="/app is closed",
        ),
        Bad(
            f"FROM python:3.11\nRUN mkdir /app\n«COPY --chmod=0600 handler.py /app/handler.py»\n{USER}{START}",
            files={"handler.py": "print(1)\n"},
            message="but /app/handler.py is closed",
        ),
        Bad(
            f"FROM python:3.11\nENV WEIGHTS=/root/a.pt\nCOPY handler.py /app/\n«COPY a.pt /root/a.pt»\n{USER}{START}",
            files={"handler.py": "import os\nprint(open(os.environ['WEIGHTS']))\n", "a.pt": "x"},
            message="/root/a.pt, but /root is closed",
        ),
    ),
    good=(
        Good(
            f"FROM python:3.11\nCOPY handler.py /app/\nCOPY a.pt /root/models/a.pt\n{START}",
            why="the process is root",
            files=HANDLER,
        ),
        Good(
            f"FROM python:3.11\nCOPY handler.py /app/\nCOPY a.pt /root/models/a.pt\nRUN chmod 755 /root\n{USER}{START}",
            why="the directory was opened",
            files=HANDLER,
        ),
        Good(
            f"FROM python:3.11\nCOPY handler.py /app/\nCOPY a.pt /opt/a.pt\n{USER}{START}",
            files={"handler.py": CODE.replace("/root/models", "/opt"), "a.pt": "x"},
        ),
        Good(
            f"FROM python:3.11\nRUN useradd --uid 10001 app && mkdir /app\nCOPY --chown=app --chmod=0600 handler.py /app/handler.py\nUSER app\n{START}",
            why="its own file",
            files={"handler.py": "print(1)\n"},
        ),
        Good(
            f"FROM python:3.11\nARG WHO\nCOPY handler.py /app/\nCOPY a.pt /root/models/a.pt\nUSER $WHO\n{START}",
            why="a user we cannot tell",
            files=HANDLER,
        ),
        Good(
            f"FROM python:3.11\nCOPY handler.py /app/\n{USER}{START}",
            why="nothing is there: that is another fault",
            files=HANDLER,
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The build leaves weights or code where the process's user may not read them.

    COPY makes files of root whatever USER says, /root is closed to everybody else, and tools that write weights often
    make them readable by their owner alone. The process stops with `Permission denied`, or says that the file does
    not exist. Put such files outside every home and open them (`chmod -R a+rX`, `COPY --chmod`, `COPY --chown`).
    """
    for found in facts.closed_paths:
        notes = [Note(b.place, f"the process is {b.text}") for b in found.because if b.place]
        if found.load is not None:
            notes.append(Note(found.load.place, "read here"))
        place = found.written_by or (found.load.place if found.load else None)
        if place is not None:
            yield Finding(
                place,
                f"the process reads {found.path}, but {found.closed.path} is closed to {found.user}",
                notes=tuple(notes),
                advice="put it outside every home, with `chmod -R a+rX`, COPY --chmod or COPY --chown",
            )
