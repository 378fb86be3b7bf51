"""DFG203: needed files are written into a mount that exists only during the RUN."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, MountKind, Note, Severity, rule
from dfguard.checks.switches import with_switches

WHAT = {
    MountKind.CACHE: "a cache mount, which is never part of the image",
    MountKind.TMPFS: "a tmpfs mount, which is gone after this RUN",
    MountKind.BIND: "a bind mount, whose writes are thrown away",
}


@rule(
    "DFG203",
    "cache-mount-discards",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://docs.docker.com/reference/dockerfile/#run---mount",),
    bad=(
        Bad(
            "FROM python:3.11\nENV HF_HOME=/root/.cache/huggingface\nRUN --mount=type=cache,target=/root/.cache/huggingface «hf download org/model»\n",
            message="/root/.cache/huggingface",
        ),
        Bad(
            "FROM python:3.11\nRUN --mount=type=tmpfs,target=/models «hf download org/model --local-dir /models/m»\n"
        ),
        Bad(
            "FROM python:3.11\nRUN --mount=type=cache,target=/root/.cache python -c \"import whisper; «whisper.load_model('base')»\"\n"
        ),
    ),
    good=(
        Good(
            "FROM python:3.11\nRUN --mount=type=cache,target=/root/.cache/pip pip install torch\n",
            why="the purpose of a cache mount",
        ),
        Good(
            "FROM python:3.11\nRUN --mount=type=cache,target=/root/.cache/huggingface hf download org/m --local-dir /opt/m\n"
        ),
        Good(
            "FROM python:3.11\nRUN --mount=type=cache,target=/c hf download org/m --cache-dir /c && cp -r /c /opt/models\n",
            why="copied out",
        ),
        Good("FROM python:3.11\nRUN --mount=type=cache,target=/var/cache/apt apt-get install -y git\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A download goes into a mount that the image does not keep.

    Whatever a RUN writes below `--mount=type=cache`, `type=tmpfs` or `type=bind` is not in the layer: the build is
    green, and the process finds nothing. Download to a directory outside the mount, or copy the files out of it in the same
    RUN.
    """
    yield from with_switches(facts, _discarded)


def _discarded(facts: Facts) -> Iterator[Finding]:
    for step, write in facts.writes:
        mount = write.discarded_by
        if mount is None or write.load is None or not write.load.is_weights or mount.kind not in WHAT:
            continue
        if facts.is_copied_out(step, mount):
            continue
        yield Finding(
            write.place,
            f"{write.path} lies in {WHAT[mount.kind]}",
            notes=(Note(mount.place, f"mounts {mount.target} for this RUN only"),),
            certainty=write.certainty or Certainty.SURE,
            advice=f"download outside {mount.target}, or copy the files out of it in the same RUN",
        )
