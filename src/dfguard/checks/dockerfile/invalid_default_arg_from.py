"""DFG977: without --build-arg FROM names no image."""

import re
from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG977",
    "invalid-default-arg-from",
    Severity.INFO,
    since="0.1.0",
    aliases=("InvalidDefaultArgInFrom",),
    sources=(
        "https://docs.docker.com/reference/build-checks/invalid-default-arg-in-from/",
        "distribution/reference regexp.go, normalize.go@v0.6.0",
    ),
    bad=(
        Bad("ARG TAG\nFROM «busybox:$TAG»\n"),
        Bad("ARG BASE\nFROM «${BASE}» AS x\n", message="empty"),
    ),
    good=(
        Good("ARG TAG=1\nFROM busybox:$TAG\n"),
        Good("ARG TAG\nFROM busybox:${TAG:-1}\n", why="a default in place"),
        Good(
            "FROM registry.example.org:5000/a/b_c:1.0@sha256:0123456789012345678901234567890123456789012345678901234567890123\n"
        ),
        Good("ARG DIGEST\nFROM busybox${DIGEST}\n"),
        Good("FROM scratch\n"),
        Good("FROM Debian:12\n", why="no argument changes it: the parser refuses it"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """With the defaults of its ARGs a FROM names no valid image.

    The file cannot be built without `--build-arg`, and tools that only read it do not know the image either. Give
    the ARG a default.
    """
    for site in facts.outline.of("FROM"):
        for image in site.instruction.arguments[:1]:
            text = facts.outline.image_by_default(image)
            is_asked = facts.outline.variables_in(image) or facts.imitates("buildkit")
            if text is not None and is_asked and not _is_reference(text):
                said = f"the invalid image name {text}" if text else "an empty image name"
                yield Finding(image.place(), f"without --build-arg this is {said}")


def _is_reference(text: str) -> bool:
    first, slash, rest = text.partition("/")
    has_domain = bool(slash) and (
        "." in first or ":" in first or first == "localhost" or first != first.lower()
    )
    path = rest if has_domain else text
    return (not has_domain or _DOMAIN.fullmatch(first) is not None) and _PATH.fullmatch(path) is not None


_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?")
_PART = "[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*"
_TAG = r"(?::[A-Za-z0-9_][\w.-]{0,127})?"
_DIGEST = "(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?"
_PATH = re.compile(f"(?![a-f0-9]{{64}}$){_PART}(?:/{_PART})*{_TAG}{_DIGEST}", re.ASCII)
