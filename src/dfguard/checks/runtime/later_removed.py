"""DFG207: a later step removes what was baked."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, described, rule


@rule(
    "DFG207",
    "later-removed",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://docs.docker.com/build/building/best-practices/",),
    bad=(
        Bad(
            "FROM python:3.11\nRUN hf download org/model\nRUN apt-get clean && «rm -rf /root/.cache»\n",
            message="org/model",
        ),
        Bad(
            "FROM debian:12\nRUN cd /tmp && wget https://a.org/weights.bin\nRUN «rm -rf /tmp/*»\n",
            message="weights.bin",
        ),
        Bad("FROM python:3.11\nENV HF_HOME=/tmp/models\nRUN hf download org/model && «rm -rf /tmp/*»\n"),
    ),
    good=(
        Good("FROM python:3.11\nRUN hf download org/model\nRUN rm -rf /root/.cache/pip\n"),
        Good(
            "FROM python:3.11\nRUN hf download org/model --local-dir /tmp/m && mv /tmp/m /opt/m && rm -rf /tmp/*\n",
            why="moved away first",
        ),
        Good(
            "FROM debian:12\nRUN cd /tmp && wget https://a.org/setup.bin && chmod +x setup.bin && ./setup.bin && rm -rf /tmp/*\n",
            why="an installer that has done its work",
        ),
        Good("FROM python:3.11\nRUN rm -rf /root/.cache && hf download org/model\n", why="the other order"),
        Good(
            "FROM python:3.11\nRUN hf download org/model --cache-dir /c && cp -r /c /opt/c && rm -rf /c\n",
            why="copied first",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A model is downloaded, and a later command of the build removes it again.

    `rm -rf /root/.cache` and `rm -rf /tmp/*` are usual clean-up lines; behind a download into that directory they take the
    weights out of the image, and the process downloads them anew.
    """
    for removal in facts.removals:
        load = removal.load
        yield Finding(
            removal.run.place,
            f"this removes {described(load.subject)}, which the build downloaded to {described(load.directory)}",
            notes=(Note(load.place, "downloaded here"),),
            advice="keep the directory, or download somewhere that is not cleaned up",
        )
