"""DFG202: a download follows a cache variable of the base image below a mount point."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.mounts import baked_under_mounts
from dfguard.checks.switches import with_switches

SERVERLESS = {"platform": "runpod-serverless"}
PRELOAD = "from transformers import AutoModel; «AutoModel.from_pretrained('org/model')»"


@rule(
    "DFG202",
    "inherited-cache-under-mount",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://github.com/runpod/containers/blob/main/official-templates/base/Dockerfile",),
    bad=(
        Bad(
            f'FROM runpod/base:0.6.2-cuda12.2.0\nRUN python3.11 -c "{PRELOAD}"\n',
            options=SERVERLESS,
            message="HUGGINGFACE_HUB_CACHE",
        ),
        Bad(
            "FROM runpod/base:0.4.0-cuda11.8.0\nRUN «huggingface-cli download org/model»\n",
            options=SERVERLESS,
        ),
    ),
    good=(
        Good(
            "FROM runpod/base:0.6.2-cuda12.2.0\nENV HF_HOME=/opt/hf HUGGINGFACE_HUB_CACHE=/opt/hf/hub\nRUN huggingface-cli download org/model\n",
            options=SERVERLESS,
        ),
        Good(
            "FROM runpod/base:0.6.2-cuda12.2.0\nRUN pip install requests\n",
            why="a pip cache nobody needs",
            options=SERVERLESS,
        ),
        Good("FROM python:3.11\nRUN hf download org/model\n", why="no such variable", options=SERVERLESS),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The base image's own cache variable puts a build-time download under a mount point.

    Nobody wrote the path in the Dockerfile: `runpod/base` up to 0.6.3 sets HF_HOME below /runpod-volume, later ones
    below /workspace. A plain `from_pretrained` in a RUN bakes there, and the mount hides it. Set the variable to a
    directory of the image before the download, and leave it so at run time.
    """
    yield from with_switches(facts, lambda seen: baked_under_mounts(seen, is_inherited=True))
