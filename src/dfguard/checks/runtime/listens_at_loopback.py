"""DFG220: a server that nothing outside of its container reaches."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, described, rule

BASE = "FROM python:3.12-slim\n"
EXPOSE = "EXPOSE 8000\n"
COPY = "WORKDIR /srv\nCOPY web.py ./\n"
FLASK = "from flask import Flask\napp = Flask(__name__)\napp.run()\n"
GRADIO = "import gradio as gr\nwith gr.Blocks() as demo:\n    pass\ndemo.queue().launch(share=False)\n"
UVICORN = "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run('web:app')\n"
COMPOSE = "services:\n  web:\n    build: .\n    ports: ['8080:8000']\n"


@rule(
    "DFG220",
    "listens-at-loopback",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://docs.docker.com/engine/network/port-publishing/",
        "https://fastapi.tiangolo.com/deployment/docker/",
        "https://www.gradio.app/guides/deploying-gradio-with-docker",
    ),
    bad=(
        Bad(
            f'{BASE}{EXPOSE}«CMD ["uvicorn", "web:app"]»\n',
            message="uvicorn listens at 127.0.0.1, which only its own container reaches, and EXPOSE 8000 asks it",
        ),
        Bad(
            f'{BASE}{COPY}EXPOSE 7860\n«CMD ["python", "web.py"]»\n',
            files={"web.py": GRADIO},
            message="gradio listens at 127.0.0.1",
            advice="GRADIO_SERVER_NAME",
        ),
        Bad(
            f"{BASE}{COPY}EXPOSE 5000\n«CMD python web.py»\n", files={"web.py": FLASK}, message="EXPOSE 5000"
        ),
        Bad(f'{BASE}{COPY}{EXPOSE}«CMD ["python", "web.py"]»\n', files={"web.py": UVICORN}),
        Bad(
            f'{BASE}«CMD ["gunicorn", "-b", "localhost:8000", "web:app"]»\n',
            files={"compose.yaml": COMPOSE},
            message="service web of compose.yaml asks it",
        ),
        Bad(
            f'{BASE}COPY start.sh /\nEXPOSE 5000\n«ENTRYPOINT ["sh", "/start.sh"]»\n',
            files={"start.sh": "set -e\nexport FLASK_RUN_PORT=5000\nexec flask --app web run\n"},
        ),
        Bad(f'{BASE}{EXPOSE}«CMD ["python", "manage.py", "runserver", "8000"]»\n', files={"manage.py": "x"}),
    ),
    good=(
        Good(f'{BASE}{EXPOSE}CMD ["uvicorn", "web:app", "--host", "0.0.0.0"]\n'),
        Good(f'{BASE}CMD ["uvicorn", "web:app"]\n', why="nobody asks it from outside"),
        Good(
            f'{BASE}ENV UVICORN_HOST=0.0.0.0\n{EXPOSE}CMD ["uvicorn", "web:app"]\n',
            why="the variable says it",
        ),
        Good(
            f'{BASE}ENV PORT=8000\n{EXPOSE}CMD ["gunicorn", "web:app"]\n',
            why="with PORT gunicorn listens everywhere",
        ),
        Good(
            f'{BASE}WORKDIR /srv\nCOPY gunicorn.conf.py ./\n{EXPOSE}CMD ["gunicorn", "web:app"]\n',
            why="a file of settings that gunicorn reads by itself",
            files={"gunicorn.conf.py": "bind = '0.0.0.0:8000'\n"},
        ),
        Good(
            f"{BASE}EXPOSE 80\nCMD service nginx start && uvicorn web:app\n",
            why="a proxy in the same container asks it",
        ),
        Good(
            f'{BASE}COPY start.sh /\nEXPOSE 80\nCMD ["sh", "/start.sh"]\n',
            why="something else runs beside it",
            files={"start.sh": "/opt/gateway --to localhost:8000 &\nexec uvicorn web:app\n"},
        ),
        Good(
            f'{BASE}{COPY}EXPOSE 7860\nCMD ["python", "web.py"]\n',
            files={"web.py": GRADIO.replace("False", "True")},
            why="a tunnel of its own",
        ),
        Good(
            f'{BASE}{COPY}EXPOSE 7860\nENV GRADIO_SERVER_NAME=0.0.0.0\nCMD ["python", "web.py"]\n',
            files={"web.py": GRADIO},
        ),
        Good(
            f'{BASE}{COPY}EXPOSE 7860\nCMD ["python", "web.py"]\n',
            files={"web.py": "import os\nos.environ['GRADIO_SERVER_NAME'] = '0.0.0.0'\n" + GRADIO},
        ),
        Good(
            f'{BASE}{COPY}{EXPOSE}CMD ["uvicorn", "web:app", "--host", "0.0.0.0"]\n',
            files={"web.py": UVICORN},
            why="the file is imported, not run",
        ),
        Good(
            f'{BASE}{EXPOSE}CMD ["uvicorn", "web:app"]\n',
            files={"compose.yaml": "services:\n  web:\n    build: .\n    network_mode: host\n"},
            why="the network of the host",
        ),
        Good(
            f"{BASE}{EXPOSE}CMD uvicorn web:app $(cat /etc/web/arguments)\n", why="words that are not known"
        ),
        Good(f'{BASE}{EXPOSE}CMD ["uvicorn", "web:app", "--uds", "/run/web.sock"]\n', why="no port at all"),
        Good(
            'FROM registry.example.org/web:1\nEXPOSE 8000\nCMD ["uvicorn", "web:app"]\n',
            why="the base image may say it",
        ),
        Good(f'{BASE}{EXPOSE}CMD ["python", "manage.py", "runserver", "0:8000"]\n', files={"manage.py": "x"}),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The server listens at the loopback of its container: a published port leads to nobody.

    Each container has a loopback of its own. What comes from outside (`docker run -p`, the network of a compose file, a load
    balancer) comes in by another address, and is refused: `connection reset`, a health check that never answers. Most
    development servers listen at 127.0.0.1 unless they are told otherwise; in a container they are to listen at 0.0.0.0. It
    is found where an EXPOSE, a compose file, a manifest or the platform asks for the port, and nothing of the same container
    (a proxy, another program) may stand in front of the server.
    """
    found = facts.unreachable
    process = facts.process
    if found is None or process is None or process.place is None:
        return
    listener, exposure = found.listener, found.exposure
    asked = exposure.title or f"EXPOSE {exposure.port}"
    notes = [Note(listener.place, "it starts here")] if listener.place.source is not facts.source else []
    notes += [Note(exposure.place, "this port is to be reached")] if exposure.place else []
    server = listener.server
    told = (
        next(iter((*server.address, *server.host)), "")
        if server.commands
        else f"{next(iter(server.host), '')}="
    )
    variable = next(iter((*server.host_variables, *server.address_variables)), "")
    way = (
        f"set {variable}=0.0.0.0"
        if variable
        else f"say `{told}` 0.0.0.0"
        if told.strip("=")
        else "give it 0.0.0.0"
    )
    yield Finding(
        process.place,
        f"{server.id} listens at {described(listener.host)}, which only its own container reaches, and {asked} asks it",
        certainty=Certainty.SURE if found.is_sure else Certainty.MAYBE,
        notes=tuple(notes),
        advice=f"{way}, so that it listens at every address",
    )
