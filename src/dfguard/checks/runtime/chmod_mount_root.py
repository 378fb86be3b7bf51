"""DFG212: the build changes mode or owner of a directory that is mounted over at run time."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, known, rule

SERVERLESS = {"platform": "runpod-serverless"}
CHANGERS = frozenset({"chmod", "chown", "chgrp"})


@rule(
    "DFG212",
    "chmod-mount-root",
    Severity.INFO,
    since="0.1.0",
    sources=("https://docs.runpod.io/serverless/storage/network-volumes",),
    bad=(
        Bad(
            "FROM x\nRUN mkdir -p /runpod-volume && «chmod -R 777 /runpod-volume»\n",
            options=SERVERLESS,
            message="/runpod-volume",
        ),
        Bad("FROM x\nRUN «chown app:app /runpod-volume/models»\n", options=SERVERLESS),
    ),
    good=(
        Good("FROM x\nRUN chmod -R 777 /workspace\n", why="not mounted there", options=SERVERLESS),
        Good("FROM x\nRUN chmod 777 /runpod-volumes\n", why="only the name is alike", options=SERVERLESS),
        Good("FROM x\nRUN chmod -R 777 /runpod-volume\n", why="nothing is mounted in plain Docker"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Mode and owner of a mount point in the image say nothing about the volume.

    The volume that is mounted over the directory brings its own. Set them where the process starts, or run the process as
    a user who may write there anyway.
    """
    for _, run in facts.commands:
        tool = run.name.rpartition("/")[2]
        for path in filter(None, map(known, run.words[1:])) if tool in CHANGERS else ():
            mount = facts.hiding_mount(path) if path.startswith("/") else None
            if mount is not None:
                yield Finding(
                    run.place,
                    f"{tool} {path} in the image does not reach the {mount.title} that {facts.platform.title} mounts over {mount.path}",
                    certainty=Certainty.SURE if run.is_certain else Certainty.MAYBE,
                )
                break
