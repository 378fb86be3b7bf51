"""DFG216: the process reads a variable that exists only as ARG."""

from collections.abc import Iterator

from dfguard.checks.api import (
    Aspect,
    Bad,
    Certainty,
    Edit,
    Facts,
    Finding,
    Fix,
    Good,
    Note,
    Place,
    Severity,
    Span,
    rule,
)

READER = "import os\nfrom transformers import AutoModel\nm = AutoModel.from_pretrained(os.environ['MODEL'])\n"
TOLERANT = READER.replace("os.environ['MODEL']", "os.environ.get('MODEL', 'org/other')")
HELD = "import os\nMODEL = os.environ['MODEL']\n\n\ndef handler(job):\n    return MODEL\n"
END = 'COPY app.py /\nCMD ["python", "/app.py"]\n'
PRELOAD = "RUN hf download $MODEL\n"


@rule(
    "DFG216",
    "arg-needed-at-run-time",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://docs.docker.com/build/building/variables/#scoping",),
    bad=(
        Bad(
            f"FROM python:3.11\n«ARG MODEL=org/model»\n{PRELOAD}{END}",
            fixed=f"FROM python:3.11\nARG MODEL=org/model\nENV MODEL=$MODEL\n{PRELOAD}{END}",
            files={"app.py": READER},
            message="MODEL",
        ),
        Bad(
            f"FROM python:3.11\n«ARG MODEL=org/model»\n{PRELOAD}{END}",
            fixed=f"FROM python:3.11\nARG MODEL=org/model\nENV MODEL=$MODEL\n{PRELOAD}{END}",
            files={"app.py": HELD},
        ),
        Bad(
            "FROM python:3.11\n«ARG PORT=8000»\nCMD uvicorn app:app --port $PORT\n",
            fixed="FROM python:3.11\nARG PORT=8000\nENV PORT=$PORT\nCMD uvicorn app:app --port $PORT\n",
        ),
        Bad(
            f"FROM python:3.11\n«ARG MODEL=org/model»\n{PRELOAD}{END}",
            fixed=f"FROM python:3.11\nARG MODEL=org/model\nENV MODEL=$MODEL\n{PRELOAD}{END}",
            files={"app.py": TOLERANT},
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(
            f"FROM python:3.11\nARG MODEL=org/model\nENV MODEL=$MODEL\n{PRELOAD}{END}",
            files={"app.py": READER},
        ),
        Good(
            f"FROM python:3.11\nARG MODEL\n{PRELOAD}{END}",
            why="no value: the build and the deployment both give one",
            files={"app.py": READER},
        ),
        Good(
            "FROM python:3.11\nARG PORT=8000\nCMD uvicorn app:app --port ${PORT:-8000}\n",
            why="has a value to fall back on",
        ),
        Good(
            "FROM python:3.11\nARG PORT=8000\nCMD uvicorn app:app --port $PORT\n",
            why="the platform sets it",
            options={"platform": "google-cloud-run"},
        ),
        Good(
            f"FROM python:3.11\nARG MODEL=org/model\n{END}",
            why="the program sets it itself",
            files={"app.py": "import os\nos.environ['MODEL'] = 'x'\nprint(os.environ['MODEL'])\n"},
        ),
        Good(
            'FROM python:3.11\nARG MODEL=a\nCOPY start.sh /\nCMD ["bash", "/start.sh"]\n',
            why="the start script sets it when it is missing",
            files={"start.sh": '[ -z "${MODEL+x}" ] && MODEL=a\nserve --model ${MODEL}\n'},
        ),
        Good(
            "FROM debian:12\nARG HOME=/home/app\nRUN useradd -d $HOME app\nUSER app\nCMD exec $HOME/start\n",
            why="the container has a HOME of its own",
        ),
        Good(
            'FROM python:3.11\nARG PORT=8000\nCMD ["uvicorn", "app:app", "--port", "8000"]\n',
            why="nothing reads it",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The process reads a variable that the Dockerfile sets with ARG only.

    An ARG is a variable of the build and gone from the image: the program finds nothing and stops, or takes its default
    while the build prepared another value. `ENV NAME=$NAME` below the ARG carries it over. Where the code has a default,
    or reads the variable only sometimes, it is said with less certainty.
    """
    for read in facts.argument_reads:
        end = read.argument.span.end
        after = Place(read.argument.source, Span(end, end))
        value = Edit(after, f"\nENV {read.name}=${read.name}")
        yield Finding(
            read.argument.place,
            f"the process reads {read.name}, which is an ARG: it exists only while the image is built",
            notes=(Note(read.reader, f"{read.name} is read here at run time"),),
            fix=Fix(f"carry {read.name} over with ENV", (value,), is_safe=False, changes=(Aspect.VARIABLES,)),
            certainty=Certainty.SURE if read.is_required else Certainty.MAYBE,
        )
