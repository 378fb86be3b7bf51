"""DFG506: the start script downloads models before it starts the program that serves."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, described, rule

IMAGE = 'FROM python:3.11\nRUN pip install runpod huggingface_hub\nCOPY . /app\nWORKDIR /app\nRUN chmod +x start.sh\nCMD ["./start.sh"]\n'
SERVERLESS = {"platform": "runpod-serverless"}
HANDLER = "import runpod\nrunpod.serverless.start({'handler': lambda job: 1})\n"


@rule(
    "DFG506",
    "entrypoint-blocks",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://docs.runpod.io/serverless/development/optimization",),
    bad=(
        Bad(
            IMAGE,
            files={
                "start.sh": "#!/bin/bash\n«hf download org/model --local-dir /models»\nexec python handler.py\n",
                "handler.py": HANDLER,
            },
            options=SERVERLESS,
            message="org/model",
        ),
    ),
    good=(
        Good(
            IMAGE,
            files={
                "start.sh": '#!/bin/bash\nif [ -n "$PREFETCH" ]; then hf download org/model --local-dir /models; fi\nexec python handler.py\n',
                "handler.py": HANDLER,
            },
            options=SERVERLESS,
            why="only when the deployment asks for it",
        ),
        Good(
            IMAGE,
            files={
                "start.sh": "#!/bin/bash\nhf download org/model --local-dir /runpod-volume/models\nexec python handler.py\n",
                "handler.py": HANDLER,
            },
            options=SERVERLESS,
            why="onto the volume, once",
        ),
        Good(
            IMAGE,
            files={
                "start.sh": "#!/bin/bash\nhf download org/model --local-dir /m &\nexec python handler.py\n",
                "handler.py": HANDLER,
            },
            options=SERVERLESS,
            why="in the background",
        ),
        Good(
            IMAGE.replace("COPY", "RUN git clone https://x.example/weights /w\nCOPY"),
            files={
                "start.sh": "#!/bin/sh\nif [ ! -f /w/m.safetensors ]; then hf download org/model --local-dir /w; fi\nexec python handler.py\n",
                "handler.py": HANDLER,
            },
            options=SERVERLESS,
            why="the clone may have brought the weights that the script looks for",
        ),
        Good(
            IMAGE,
            files={
                "start.sh": "#!/bin/bash\nhf download org/model --local-dir /m\nexec python handler.py\n",
                "handler.py": "print(1)\n",
            },
            why="plain Docker: the container starts once",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """On a serverless platform the start script downloads weights before it starts the handler.

    Every new worker downloads them again, and takes no job until it is done. Download in the build, use the platform's model cache, or
    keep them on a volume. Downloads under a condition, in the background or onto a mount are left alone.
    """
    for load, last in facts.blocking_loads:
        yield Finding(
            load.place,
            f"every worker downloads {described(load.subject)} before it starts to serve",
            notes=(Note(last.place, "what serves starts only here"),),
            advice="download it in the build, or onto a volume",
        )
