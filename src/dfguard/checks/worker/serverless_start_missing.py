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
        Bad(
            RUN,
            files={
                "handler.py": f"import runpod\n{HANDLER}if __name__ == '__main__':\n    handler({{'input': 1}})\nelse:\n    «runpod.serverless.start({{'handler': handler}})»\n"
            },
            options={"platform": "runpod-serverless"},
            message="only where handler.py is imported",
        ),
    ),
    good=(
        Good(
            RUN.replace("handler.py", "main.py"),
            files={
                "main.py": "import handler\n",
                "handler.py": f"import runpod\n{HANDLER}if __name__ == '__main__':\n    handler({{'input': 1}})\nelse:\n    runpod.serverless.start({{'handler': handler}})\n",
            },
            options={"platform": "runpod-serverless"},
            why="not the handler is run",
        ),
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
    notes = tuple(Note(proof, "the program starts here") for proof in found.started.proof)
    if found.kept_out is None:
        message = "runpod is imported, but nothing calls runpod.serverless.start: the worker takes no jobs"
        advice = 'end the program with runpod.serverless.start({"handler": handler})'
    else:
        name = found.kept_out.path.rpartition("/")[2]
        message = f"runpod.serverless.start is called only where {name} is imported, and it is run: the worker takes no jobs"
        advice = "call it under if __name__ == '__main__', and keep the local test in a file of its own"
    yield Finding(
        found.kept_out or found.place,
        message,
        notes=notes,
        certainty=Certainty.SURE if found.has_handler else Certainty.MAYBE,
        advice=advice,
    )
