"""DFG204: a RUN writes below a VOLUME that was declared before it."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

LEGACY = {"builder": "legacy"}


@rule(
    "DFG204",
    "write-under-volume",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://docs.docker.com/reference/dockerfile/#volume",
        "https://docs.docker.com/engine/storage/volumes/#populate-a-volume-using-a-container",
    ),
    bad=(
        Bad(
            "FROM python:3.11\nVOLUME /models\nRUN «hf download org/model --local-dir /models/m»\n",
            message="legacy builder",
        ),
        Bad(
            'FROM python:3.11\nENV HF_HOME=/data/hf\nVOLUME ["/data"]\nRUN «hf download org/model»\nRUN echo x > /data/y\n',
            message="/data",
        ),
        Bad(
            "FROM python:3.11\nVOLUME /data\nRUN echo x > «/data/y»\n",
            options=LEGACY,
            message="throws",
        ),
    ),
    good=(
        Good(
            "FROM python:3.11\nRUN hf download org/model --local-dir /models/m\nVOLUME /models\n",
            why="declared behind it",
        ),
        Good("FROM python:3.11\nVOLUME /data\nRUN mkdir -p /data/x\n", why="only a directory"),
        Good(
            "FROM python:3.11\nVOLUME /data\nCOPY a /data/a\n", files={"a": ""}, why="both builders keep it"
        ),
        Good("FROM python:3.11\nVOLUME /data\nRUN echo x > /database\n", why="only the name is alike"),
        Good(
            "FROM python:3.11 AS a\nVOLUME /data\nRUN echo x > /data/y\nFROM python:3.11\nCOPY --from=a /data /data\n",
            why="another stage's volume",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A RUN writes below a directory that is a VOLUME already.

    The legacy builder throws such writes away without a word. BuildKit keeps them; then every new container gets an
    anonymous volume that is first filled with a copy of them, which doubles the disk that weights take and the time of
    the start, and a volume that exists already hides them. Download first and declare the VOLUME last, or declare none: a volume
    can be mounted without it. It is an error where the configuration says `builder: legacy`.
    """
    for found in facts.volume_writes:
        write, volume = found.write, found.path
        loses = facts.world.builder == "legacy"
        then = (
            "the legacy builder throws it away"
            if loses
            else "the legacy builder throws it away, and with BuildKit every new container copies it"
        )
        yield Finding(
            write.place,
            f"{write.path} is written below the volume {volume}: {then}",
            notes=(Note(found.declared, f"declares {volume} a volume"),) if found.declared else (),
            certainty=write.certainty or Certainty.SURE,
            severity=Severity.ERROR if loses else None,
            advice="move the VOLUME behind the last write, or leave it out",
        )
