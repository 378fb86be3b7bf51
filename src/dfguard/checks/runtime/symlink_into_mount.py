"""DFG211: a link to a path that is mounted only at run time."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, rule

SERVERLESS = {"platform": "runpod-serverless"}


@rule(
    "DFG211",
    "symlink-into-mount",
    Severity.INFO,
    since="0.1.0",
    sources=("https://docs.runpod.io/serverless/storage/network-volumes",),
    bad=(
        Bad("FROM x\nRUN ln -s /runpod-volume/models «/app/models»\n", options=SERVERLESS),
        Bad("FROM x\nRUN rm -rf /root/.cache && ln -sfn /runpod-volume «/root/.cache»\n", options=SERVERLESS),
    ),
    good=(
        Good("FROM x\nRUN ln -s /opt/models /app/models\n", options=SERVERLESS),
        Good(
            "FROM x\nRUN ln -s /workspace/models /app/models\n", why="not mounted there", options=SERVERLESS
        ),
        Good(
            "FROM x\nRUN ln -s /app/models /runpod-volume-models\n",
            why="only the name is alike",
            options=SERVERLESS,
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A link points into a run-time mount and dangles during the build.

    Writes through it fail in later build steps, and at run time it leads nowhere unless a volume is attached. That may
    be meant: then make sure that the program looks whether the volume is there.
    """
    for _, write in facts.writes:
        if write.link_target is None:
            continue
        mount = facts.hiding_mount(write.link_target)
        if mount:
            yield Finding(
                write.place,
                f"{write.path} links to {write.link_target}, which exists only where {facts.platform.title} mounts {mount.title}",
                certainty=write.certainty or Certainty.SURE,
            )
