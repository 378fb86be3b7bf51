"""A Cloud Build file to the Cloud Run services that it deploys of the image it builds: the port that each is asked at.

Sources: docs.cloud.google.com/build/docs/build-config-file-schema (steps: name, entrypoint, args),
docs.cloud.google.com/sdk/gcloud/reference/run/deploy (`--image`, `--port`, default 8080).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dfguard.core.numbers import whole_number
from dfguard.core.project import Route
from dfguard.knowledge.yaml_tree import Branch, Scalar, parse_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Source

NAMES = ("cloudbuild.yaml", "cloudbuild.yml")
PLATFORM = "google-cloud-run"
PLAIN_PORT = 8080
_OTHER_COMMAND = ("--command", "--args", "--container", "--source")
_FILE, _TAG, _IMAGE, _PORT = ("-f", "--file"), ("-t", "--tag"), ("--image",), ("--port",)


def routes(source: Source, dockerfile: str) -> Iterator[Route]:
    """The services whose image an earlier step builds of the Dockerfile (a path relative to the root), where nothing of the
    image's command is replaced. Names are compared as written, substitutions included.
    """
    tree = parse_tree(source)
    steps = tree.get("steps") if tree else None
    built: set[str] = set()
    for _, step in steps.branches() if isinstance(steps, Branch) else ():
        name, entrypoint = (
            node.value if node else "" for node in (step.scalar("name"), step.scalar("entrypoint"))
        )
        words = _words(step.get("args"))
        program = posixpath.basename(entrypoint or name.partition("@")[0]).partition(":")[0]
        if program == "docker" and "build" in words[:2]:
            built |= _tags(words, dockerfile)
        elif program == "gcloud" and "deploy" in words and "run" in words[: words.index("deploy")]:
            port = _deployed(words, built)
            if port is not None:
                yield Route(
                    PLATFORM,
                    port,
                    f"Cloud Run (the deployment in {posixpath.basename(source.path)})",
                    step.place,
                )


def _words(node: Scalar | Branch | None) -> list[str]:
    if isinstance(node, Scalar):
        return node.value.split()
    items = [item for _, item in node.items] if node is not None else []
    return [item.value if isinstance(item, Scalar) else "" for item in items]


def _tags(words: list[str], dockerfile: str) -> set[str]:
    """The names that a `docker build` gives to the image of the Dockerfile; none when it builds another one."""
    context = words[-1]
    file = next(iter(_given(words, _FILE)), posixpath.join(context, "Dockerfile"))
    return set(_given(words, _TAG)) if posixpath.normpath(file) == dockerfile else set()


def _deployed(words: list[str], built: set[str]) -> int | None:
    """The port of a `gcloud run deploy` of one of the images; None for another image, or where the port is not known."""
    image = next(iter(_given(words, _IMAGE)), "")
    if image not in built or any(word.partition("=")[0] in _OTHER_COMMAND for word in words):
        return None
    ports = _given(words, _PORT)
    return whole_number(ports[-1]) if ports else PLAIN_PORT


def _given(words: list[str], options: tuple[str, ...]) -> list[str]:
    """The values of these options, in order."""
    found = []
    for word, following in zip(words, (*words[1:], ""), strict=True):
        name, equals, value = word.partition("=")
        if name in options:
            found.append(value if equals else following)
    return found
