"""DFG504: a RunPod worker that never starts."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

RUN = 'FROM python:3.11\nRUN pip install runpod\nCOPY . /app\nWORKDIR /app\nCMD ["python", "handler.py"]\n'
HANDLER = "def handler(job):\n    return job['input']\n"


@rule(
    "DFG504",
    "serverless-start-missing",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://docs.runpod.io/serverless/workers/handler-functions",),
    bad=(
        Bad(
            RUN,
            files={"handler.py": f"«import runpod»\n{HANDLER}"},
            options={"platform": "runpod-serverless"},
        ),
        Bad(
            RUN,
            files={"handler.py": "import model\n", "model.py": f"«import runpod»\n{HANDLER}"},
            options={"platform": "runpod-serverless"},
        ),
    ),
    good=(
        Good(
            RUN,
            files={
                "handler.py": f"import runpod\n{HANDLER}runpod.serverless.start({{'handler': handler}})\n"
            },
            options={"platform": "runpod-serverless"},
        ),
        Good(
            RUN,
            files={
                "handler.py": f"from runpod import serverless\n{HANDLER}if __name__ == '__main__':\n    serverless.start({{'handler': handler}})\n"
            },
            options={"platform": "runpod-serverless"},
        ),
        Good(RUN, files={"handler.py": f"import runpod\n{HANDLER}"}, why="not a serverless worker"),
        Good(
            RUN,
            files={"handler.py": "import runpod, subprocess\nsubprocess.run(['python', 'worker.py'])\n"},
            options={"platform": "runpod-serverless"},
            why="another program may start the worker",
        ),
        Good(
            RUN,
            files={"handler.py": "import runpod\nrunpod.create_pod('x', 'y', 'z')\n"},
            options={"platform": "runpod-serverless"},
            why="a client of the API",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The process of a RunPod serverless image imports runpod and never calls `runpod.serverless.start`.

    The container runs to its end, or waits without taking a job; the platform restarts it until it gives up. It is reported when
    the whole program could be read, and nothing in it may start the worker in another way.
    """
    if facts.platform.id != "runpod-serverless":
        return
    found = facts.unstarted_worker
    if found is None:
        return
    started, place, has_handler = found
    yield Finding(
        place,
        "runpod is imported, but nothing calls runpod.serverless.start: the worker takes no jobs",
        notes=tuple(Note(proof, "the program starts here") for proof in started.proof),
        certainty=Certainty.SURE if has_handler else Certainty.MAYBE,
        advice='end the program with runpod.serverless.start({"handler": handler})',
    )
