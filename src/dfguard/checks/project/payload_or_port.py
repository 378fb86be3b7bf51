"""DFG608: a server that listens where nobody asks."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, rule

OPTIONS = ("--port", "-p", "--http-port", "--server-port", "--bind", "-b", "--server.port")
SERVERS = frozenset(
    """
    uvicorn gunicorn hypercorn vllm streamlit flask fastapi python python3 text-generation-launcher
    """.split()
)


@rule(
    "DFG608",
    "payload-or-port",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html",
        "https://cloud.google.com/run/docs/container-contract#port",
        "https://huggingface.co/docs/hub/spaces-sdks-docker",
    ),
    bad=(
        Bad(
            'FROM python:3.12\nRUN pip install uvicorn\n«ENTRYPOINT ["uvicorn", "app:app", "--port", "8000"]»\n',
            options={"platform": "aws-sagemaker-inference"},
            message="8080",
        ),
        Bad(
            "FROM python:3.12\nRUN pip install uvicorn\n«CMD uvicorn app:app --host 0.0.0.0 --port 5000»\n",
            options={"platform": "google-cloud-run"},
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(
            'FROM python:3.12\nENTRYPOINT ["uvicorn", "app:app", "--port", "8080"]\n',
            options={"platform": "aws-sagemaker-inference"},
        ),
        Good(
            "FROM python:3.12\nCMD uvicorn app:app --port $PORT\n", options={"platform": "google-cloud-run"}
        ),
        Good(
            'FROM python:3.12\nCMD ["uvicorn", "app:app", "--port", "8000"]\n',
            why="a platform without a port of its own",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The server listens at another port than the one the platform asks.

    SageMaker asks port 8080, Cloud Run the one in `$PORT`, a Space 7860: requests and health checks never arrive. Where the
    port can be configured on the platform, the finding is uncertain.
    """
    wanted = facts.platform.process.port
    process = facts.process
    if wanted is None or process is None or process.place is None:
        return
    for run in process.commands:
        if run.name.rpartition("/")[2] not in SERVERS or not run.is_certain:
            continue
        given = facts.port_of(run, OPTIONS)
        if given is not None and given != wanted:
            is_fixed = not facts.platform.process.port_variable
            yield Finding(
                process.place,
                f"{run.name.rpartition('/')[2]} listens at port {given}, and {facts.platform.title} asks port {wanted}",
                certainty=Certainty.SURE if is_fixed else Certainty.MAYBE,
                advice=f"listen at port {wanted}",
            )
            return
