"""DFG201: files the build writes where the platform mounts a volume."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.mounts import baked_under_mounts
from dfguard.checks.switches import with_switches

SERVERLESS = {"platform": "runpod-serverless"}


@rule(
    "DFG201",
    "baked-under-mount",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://docs.runpod.io/serverless/storage/network-volumes",
        "https://docs.runpod.io/pods/storage/types",
    ),
    bad=(
        Bad(
            "FROM python:3.11\nENV HF_HOME=/runpod-volume/hf\nRUN pip install huggingface_hub && «hf download org/model»\n",
            fixed="FROM python:3.11\nENV HF_HOME=/opt/models/hf\nRUN pip install huggingface_hub && hf download org/model\n",
            options=SERVERLESS,
        ),
        Bad(
            "FROM python:3.11\nRUN wget -P «/runpod-volume/models» https://example.com/a.safetensors\n",
            options=SERVERLESS,
        ),
        Bad(
            "FROM python:3.11\nCOPY weights «/runpod-volume/weights»\n",
            files={"weights/a.bin": "x"},
            options=SERVERLESS,
        ),
        Bad(
            "FROM python:3.11\nRUN mkdir -p «/runpod-volume/models»\n",
            options=SERVERLESS,
            message="directory",
        ),
        Bad(
            "FROM python:3.11\nCOPY model.pt «/workspace/model.pt»\n",
            files={"model.pt": "x"},
            options={"platform": "runpod-pods"},
        ),
        Bad(
            'FROM python:3.11\nARG MODEL=""\nENV HF_HOME=/runpod-volume/hf\nRUN if [ -n "$MODEL" ]; then «hf download $MODEL»; fi\n',
            fixed='FROM python:3.11\nARG MODEL=""\nENV HF_HOME=/opt/models/hf\nRUN if [ -n "$MODEL" ]; then hf download $MODEL; fi\n',
            message="with the build argument MODEL",
            options=SERVERLESS,
        ),
    ),
    good=(
        Good(
            'FROM python:3.11\nARG MODEL=""\nENV HF_HOME=/opt/hf\nRUN if [ -n "$MODEL" ]; then hf download $MODEL; fi\n',
            why="what the argument switches on goes elsewhere",
            options=SERVERLESS,
        ),
        Good(
            'FROM python:3.11\nENV HF_HOME=/runpod-volume/hf\nRUN if [ -n "$MODEL" ]; then hf download $MODEL; fi\n',
            why="no argument of that name",
            options=SERVERLESS,
        ),
        Good("FROM python:3.11\nENV HF_HOME=/opt/models\nRUN hf download org/model\n", options=SERVERLESS),
        Good(
            "FROM python:3.11\nRUN mkdir -p /runpod-volume\n",
            why="the mount point itself",
            options=SERVERLESS,
        ),
        Good(
            "FROM python:3.11\nCOPY model.pt /workspace/model.pt\n",
            why="not mounted on serverless",
            files={"model.pt": "x"},
            options=SERVERLESS,
        ),
        Good(
            "FROM python:3.11\nRUN hf download org/m --local-dir /runpod-volume/m\n",
            why="no volume",
            options={**SERVERLESS, "volume": "none"},
        ),
        Good(
            'FROM python:3.11\nENV HF_HOME=/runpod-volume/hf\nCOPY handler.py /\nCMD ["python", "/handler.py"]\n',
            why="a volume design: nothing is baked",
            files={"handler.py": "import runpod\n"},
            options=SERVERLESS,
        ),
        Good(
            "FROM python:3.11 AS tmp\nRUN hf download org/m --local-dir /runpod-volume/m\nFROM python:3.11\n",
            why="not shipped",
            options=SERVERLESS,
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Files baked under a mount point are hidden at run time.

    The image carries the bytes and every worker pulls them, but the platform mounts its volume over the directory: the
    program finds it empty and downloads again, or fails. Bake outside every mount point and aim the cache variable
    there. It is an error when the platform is declared and the mount is certain (`volume: attached`), a warning when
    it depends on the deployment, and information when only empty directories are made.
    """
    yield from with_switches(facts, lambda seen: baked_under_mounts(seen, is_inherited=False))
