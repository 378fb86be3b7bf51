"""DFG215: a RUN that changes only the shell it runs in."""

from collections.abc import Iterator

from dfguard.checks.api import Aspect, Bad, Edit, Facts, Finding, Fix, Good, Note, Place, Severity, rule

SECRET = "RUN --mount=type=secret,id=hf «export HF_TOKEN=$(cat /run/secrets/hf)»\n"  # noqa: S105  an example


@rule(
    "DFG215",
    "run-state-lost",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://docs.docker.com/reference/dockerfile/#run",),
    bad=(
        Bad(
            'FROM python:3.11\nRUN «export TORCH="torch==2.4.0"»\nRUN pip install $TORCH\n',
            fixed='FROM python:3.11\nENV TORCH="torch==2.4.0"\nRUN pip install $TORCH\n',
            message="TORCH",
        ),
        Bad(
            "FROM python:3.11\nRUN «cd /app»\nRUN pip install -r requirements.txt\n",
            fixed="FROM python:3.11\nWORKDIR /app\nRUN pip install -r requirements.txt\n",
            message="/app",
        ),
        Bad("FROM python:3.11\nRUN python -m venv /venv && «. /venv/bin/activate»\nRUN pip install x\n"),
        Bad("FROM python:3.11\nRUN «. /venv/bin/activate»\nRUN pip install x\nENV PATH=/venv/bin:$PATH\n"),
        Bad("FROM continuumio/miniconda3\nRUN «conda activate base»\n"),
        Bad(f"FROM python:3.11\n{SECRET}RUN hf download org/m\n", message="HF_TOKEN"),
        Bad("FROM python:3.11\nRUN git clone https://example.com/r.git /r && «cd /r»\nRUN pip install .\n"),
        Bad(
            'FROM python:3.11\nARG M=""\nRUN if [ -n "$M" ]; then «export M=$M»; fi\nRUN python get.py\n',
            message="M is lost",
        ),
    ),
    good=(
        Good(
            'FROM python:3.11\nARG M=""\nRUN if [ -n "$M" ]; then export A=1; else make; fi\n',
            why="a branch does something",
        ),
        Good('FROM python:3.11\nARG M=""\nRUN if [ -n "$M" ]; then export A=1; fi && make\n'),
        Good("FROM python:3.11\nRUN export A=1 && make\n", why="the same shell uses it"),
        Good("FROM python:3.11\nRUN cd /app && pip install .\n"),
        Good("FROM python:3.11\nRUN cd /src && make && cd ..\n", why="only goes back"),
        Good("FROM python:3.11\nRUN . ./install.sh\n", why="the sourced file may do the work"),
        Good("FROM python:3.11\nRUN export A=1 > /etc/profile.d/a.sh\n", why="written to a file"),
        Good("FROM python:3.11\nRUN echo 'export A=1' >> /root/.bashrc\n"),
        Good("FROM python:3.11\nRUN cd /models || exit 1\n", why="asserts that it is there"),
        Good("FROM python:3.11\nRUN . /venv/bin/activate && pip install x\n"),
        Good("FROM python:3.11\nRUN A=1 make\n", why="for one command"),
        Good(
            "FROM python:3.11\nRUN python -m venv /venv && . /venv/bin/activate\nENV PATH=/venv/bin:$PATH\nRUN pip install x\n",
            why="ENV keeps what was activated",
        ),
        Good(
            "FROM ubuntu:24.04\nENV NVM_DIR=/opt/nvm\nRUN . $NVM_DIR/nvm.sh && nvm install 22 && nvm use 22\nENV NODE_PATH=/a PATH=$NVM_DIR/current/bin:$PATH\n",
            why="ENV keeps what was chosen",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The end of a RUN sets a variable, a directory or an environment that no later instruction sees.

    Every RUN has a shell of its own. What `export`, `cd`, `source` and `conda activate` change ends with it, and so does
    a secret that was read into a variable. Use ENV and WORKDIR, put both halves into one RUN, or call the environment's programs by
    their path.
    """
    for lost in facts.lost_states:
        verb = "is" if " and " not in lost.what else "are"
        later = "the next RUN starts without" if not lost.used else "a later RUN uses it without"
        yield Finding(
            lost.place,
            f"{lost.what} {verb} lost when this RUN ends",
            notes=tuple(Note(place, f"{later} {name}") for name, place in lost.used),
            fix=_fix(lost.repaired, lost.step.instruction.place) if lost.repaired else None,
            advice="use ENV or WORKDIR, or do it in the RUN that needs it",
        )


def _fix(repaired: str, instruction: Place) -> Fix:
    return Fix(
        f"{repaired.split(' ', 1)[0]} instead of RUN",
        (Edit(instruction, repaired),),
        is_safe=False,
        changes=(Aspect.COMMANDS, Aspect.VARIABLES, Aspect.FOLDER),
    )
