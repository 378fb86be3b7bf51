"""DFG510: the health check loads a model."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

ASKING = (
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=3)",
    "import os, urllib.request as u; u.urlopen(f'http://localhost:{os.environ[\\'PORT\\']}/')",
    "import requests; url = 'http://localhost:80'; requests.get(url + '/health').raise_for_status()",
    "import requests; s = requests.Session(); s.get('http://localhost/model')",
    "import httpx, sys; sys.exit(not httpx.get('http://[::1]/models/base').is_success)",
    "import httpx; httpx.Client(base_url='http://localhost').get('/health')",
    "import asyncio, aiohttp; asyncio.run(aiohttp.request('GET', 'http://localhost/').__aenter__())",
    "import http.client as h; c = h.HTTPConnection('localhost', 80); c.request('GET', '/'); exit(c.getresponse().status != 200)",
    "import urllib.request as u; u.urlopen('http://localhost/model.safetensors.json')",
)


@rule(
    "DFG510",
    "healthcheck-loads-model",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://docs.docker.com/reference/dockerfile/#healthcheck",),
    bad=(
        Bad(
            "FROM python:3.11\nHEALTHCHECK CMD python -c \"import whisper; «whisper.load_model('base')»\"\n",
            message="whisper.load_model",
        ),
        Bad(
            'FROM python:3.11\nCOPY check.py /\nHEALTHCHECK --interval=30s CMD ["python", "/check.py"]\n',
            files={
                "check.py": "from transformers import AutoModel\n«AutoModel.from_pretrained('org/model')»\n"
            },
        ),
        Bad(
            'FROM python:3.11\nCOPY check.py model.py /\nHEALTHCHECK CMD ["python", "/check.py"]\n',
            files={
                "check.py": "import sys\nfrom model import load\n\ndef main():\n    load()\n    return 0\n\nif __name__ == '__main__':\n    sys.exit(main())\n",
                "model.py": "import whisper\n\ndef load():\n    return «whisper.load_model('base')»\n",
            },
        ),
        Bad(
            "FROM python:3.11\nHEALTHCHECK CMD python -c \"import urllib.request as r; «r.urlretrieve('https://huggingface.co/org/m/resolve/main/model.safetensors', '/tmp/m')»\"\n"
        ),
    ),
    good=(
        *(
            Good(
                f'FROM python:3.11\nENV PORT=80\nHEALTHCHECK CMD ["python", "-c", "{code}"]\n',
                why="asks the server",
            )
            for code in ASKING
        ),
        Good(
            "FROM python:3.11\nCOPY check.py /\nHEALTHCHECK CMD python /check.py || exit 1\n",
            files={
                "check.py": "import os, sys\nimport requests\nURL = f\"http://localhost:{os.environ.get('PORT', 80)}/health\"\n\ndef main():\n    return 0 if requests.get(URL, timeout=2).ok else 1\n\nraise SystemExit(main())\n"
            },
            why="asks the server",
        ),
        Good("FROM python:3.11\nHEALTHCHECK CMD curl -f http://localhost:8000/health\n"),
        Good(
            "FROM python:3.11\nHEALTHCHECK CMD python -c 'import torch; assert torch.cuda.is_available()'\n"
        ),
        Good("FROM python:3.11\nHEALTHCHECK NONE\n"),
        Good(
            "FROM python:3.11\nRUN python -c \"import whisper; whisper.load_model('base')\"\n",
            why="a build step",
        ),
        Good(
            "FROM python:3.11\nCOPY check.py /\nHEALTHCHECK CMD python /check.py\n",
            files={
                "check.py": "from transformers import AutoModel\ndef load():\n    AutoModel.from_pretrained('org/model')\nprint('ok')\n"
            },
            why="nothing calls it",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The HEALTHCHECK loads model weights.

    It runs every thirty seconds in a process of its own: each time the weights are loaded again, into memory that the server needs, and the
    check runs into its time limit. Ask the server instead.
    """
    for found in facts.healthcheck_loads:
        first, *others = found.proof
        yield Finding(
            found.place,
            f"the health check loads a model each time it runs: {found.name}",
            notes=(Note(first, "the health check"), *(Note(place, "runs it") for place in others)),
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice="ask the running server, for example with curl",
        )
