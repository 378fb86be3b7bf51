"""DFG221: a server that listens at another port than the one it is asked at."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

BASE = "FROM python:3.12-slim\n"
SERVE = 'CMD ["uvicorn", "web:app", "--host", "0.0.0.0", "--port", "8000"]\n'
SPAN = '«CMD ["uvicorn", "web:app", "--host", "0.0.0.0", "--port", "8000"]»\n'
BUILD = """\
steps:
- name: gcr.io/cloud-builders/docker
  args: [build, -t, gcr.io/$PROJECT_ID/web, .]
"""
WEB = "import os, uvicorn\nuvicorn.run('web:app', host='0.0.0.0', port=int(os.environ.get('PORT', 8000)))\n"
DEPLOY = "- {name: gcr.io/google.com/cloudsdktool/cloud-sdk, entrypoint: gcloud, args: [run, deploy, web, --image, gcr.io/$PROJECT_ID/web]}\n"
COMPOSE = "services:\n  web:\n    build: .\n    ports: ['80:8080']\n"


@rule(
    "DFG221",
    "listens-elsewhere",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://cloud.google.com/run/docs/container-contract#port",
        "https://docs.docker.com/reference/compose-file/services/#ports",
        "https://docs.docker.com/reference/dockerfile/#expose",
    ),
    covers=("DFG608",),
    bad=(
        Bad(
            BASE + SPAN,
            files={"cloudbuild.yaml": BUILD + DEPLOY},
            message="uvicorn listens at port 8000, and Cloud Run (the deployment in cloudbuild.yaml) asks port 8080",
        ),
        Bad(
            BASE + SPAN,
            files={"cloudbuild.yaml": BUILD + DEPLOY.replace("/web]", "/web, --port=9000]")},
            message="asks port 9000",
        ),
        Bad(
            BASE + SPAN, files={"compose.yaml": COMPOSE}, message="service web of compose.yaml asks port 8080"
        ),
        Bad(f"{BASE}EXPOSE 8080\n{SPAN}", certainty_is_maybe=True, message="EXPOSE names port 8080"),
    ),
    good=(
        Good(BASE + SERVE, why="nobody asks a port", files={"cloudbuild.yaml": BUILD}),
        Good(
            BASE + SERVE,
            files={"cloudbuild.yaml": BUILD + DEPLOY.replace("/web]", "/web, --port, '8000']")},
            why="the deployment says the port",
        ),
        Good(
            f"{BASE}CMD uvicorn web:app --host 0.0.0.0 --port $PORT\n",
            files={"cloudbuild.yaml": BUILD + DEPLOY},
            why="Cloud Run sets PORT",
        ),
        Good(
            f"{BASE}CMD exec uvicorn web:app --host 0.0.0.0 --port ${{PORT:-8000}}\n",
            files={"cloudbuild.yaml": BUILD + DEPLOY},
            why="the default is for other places",
        ),
        Good(
            f'{BASE}COPY web.py /srv/\nCMD ["python", "/srv/web.py"]\n',
            files={"cloudbuild.yaml": BUILD + DEPLOY, "web.py": WEB},
            why="the program reads PORT",
        ),
        Good(
            f'{BASE}CMD ["fastapi", "run", "web.py"]\n',
            files={"cloudbuild.yaml": BUILD + DEPLOY},
            why="fastapi reads PORT",
        ),
        Good(
            f'{BASE}CMD ["fastapi", "run", "web.py"]\n',
            files={"compose.yaml": COMPOSE + "    env_file: .env\n"},
            why="a file of variables may say it",
        ),
        Good(
            BASE + SERVE,
            files={"cloudbuild.yaml": BUILD + DEPLOY.replace("/web]", "/other]")},
            why="another image is deployed",
        ),
        Good(
            BASE + SERVE,
            files={"cloudbuild.yaml": BUILD.replace("web, .", "web, -f, api/Dockerfile, .") + DEPLOY},
            why="the image of another Dockerfile is deployed",
        ),
        Good(
            BASE + SERVE,
            files={"cloudbuild.yaml": BUILD + DEPLOY.replace("/web]", "/web, --args=--port=8080]")},
            why="the deployment replaces the arguments",
        ),
        Good(BASE + SERVE, files={"compose.yaml": COMPOSE.replace("8080", "8000")}),
        Good(
            BASE + SERVE,
            files={"compose.yaml": COMPOSE + "    command: uvicorn web:app --port 8080\n"},
            why="the compose file runs another command",
        ),
        Good(f"{BASE}EXPOSE 8000 9090\n{SERVE}"),
        Good(f"{BASE}EXPOSE 80\nCMD service nginx start && uvicorn web:app --host 0.0.0.0\n", why="a proxy"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The server listens at another port than the one that requests are sent to.

    Cloud Run sends them to port 8080, or to the `--port` of the deployment, and tells the container so in PORT; a compose
    file sends them to the right-hand side of `ports`, a manifest names `containerPort`. At any other port they find nobody:
    the deployment fails, the connection is refused. EXPOSE is only a note for people and for `docker run -P`; where it alone
    names another port the finding is uncertain.
    """
    found = facts.unasked
    process = facts.process
    if found is None or process is None or process.place is None:
        return
    listener, exposure = found.listener, found.exposure
    asks = f"{exposure.title} asks port" if exposure.title else "EXPOSE names port"
    notes = [Note(listener.place, "it starts here")] if listener.place.source is not facts.source else []
    notes += [Note(exposure.place, "this port is asked")] if exposure.place else []
    yield Finding(
        process.place,
        f"{listener.server.id} listens at port {found.port}, and {asks} {exposure.port}",
        certainty=Certainty.SURE if found.is_sure else Certainty.MAYBE,
        notes=tuple(notes),
        advice=f"listen at port {exposure.port}, or name port {found.port} there",
    )
