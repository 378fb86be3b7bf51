"""DFG210: the platform refuses to mount over what the build left at the path."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

MODAL = {"platform": "modal", "mounts": "/root/.cache/huggingface"}


@rule(
    "DFG210",
    "mount-refused",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://modal.com/docs/guide/volumes",),
    bad=(
        Bad(
            "FROM python:3.11\nRUN «hf download org/model»\n",
            options=MODAL,
            message="does not start",
        ),
        Bad(
            "FROM python:3.11\nCOPY m «/models/m»\n", files={"m": ""}, options={**MODAL, "mounts": "/models"}
        ),
    ),
    good=(
        Good("FROM python:3.11\nENV HF_HOME=/opt/hf\nRUN hf download org/model\n", options=MODAL),
        Good("FROM python:3.11\nRUN mkdir -p /root/.cache/huggingface\n", options=MODAL, why="empty"),
        Good(
            "FROM python:3.11\nRUN hf download org/model && rm -rf /root/.cache/huggingface\n",
            options=MODAL,
            why="removed again",
        ),
        Good("FROM python:3.11\nRUN hf download org/model\n", options={**MODAL, "platform": "docker"}),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The image has content where the platform mounts a volume, and the platform refuses that.

    Modal stops such a container at its start: `cannot mount volume on non-empty path`. Say in the configuration where
    volumes are mounted (`platform: {name: modal, mounts: [/models]}`), and bake elsewhere or empty the directory at the end
    of the build.
    """
    for found in facts.refused_writes:
        first = found[0]
        mount = facts.refusing_mount(first.path)
        if mount is not None:
            yield Finding(
                first.place,
                f"{first.path} lies where {facts.platform.title} mounts a volume ({mount.path}): the container does not start",
                notes=tuple(Note(write.place, f"writes {write.path}, too") for write in found[1:8]),
                certainty=first.certainty or Certainty.SURE,
                advice=f"bake outside {mount.path}",
            )
