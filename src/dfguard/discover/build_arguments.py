"""The words of `docker build` and its like to what they say: the -f file, the build context, the values of options.

Sources: docs.docker.com/reference/cli/docker/buildx/build, docs.podman.io podman-build(1), buildah-build(1).
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from dfguard.discover.open_paths import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SWITCHES = frozenset(
    """
    --all-platforms --check --compress --debug --disable-content-trust --force-rm --http-proxy
    --identity-label --inherit-labels --layers --load --no-cache --no-hosts --omit-history --pull
    --pull-always --pull-never --push --quiet --rewrite-timestamp --rm --skip-unused-stages --squash
    --squash-all --stdin --stream --tls-verify -D -q
    """.split()
)
"""Options of the build commands that take no word after them."""


@cache
def _mentions_build() -> re.Pattern[str]:
    return re.compile(r"\b(?:docker|podman|buildah|nerdctl)\b.*?\b(?:build|bud)\b", re.DOTALL)


def may_build(text: str) -> bool:
    """Whether the words of a build are in the text; reading it as shell takes far longer."""
    return _mentions_build().search(text) is not None


def arguments_of_build(words: list[str]) -> list[str] | None:
    """The words after `docker build` and its like; None for every other command."""
    tool = posixpath.basename(words[0]) if words else ""
    rest = words[1:]
    while rest and rest[0].startswith("-"):
        rest = rest[1 if "=" in rest[0] or rest[0] in _SWITCHES else 2 :]
    if tool == "buildah":
        return rest[1:] if rest[:1] in (["bud"], ["build"], ["build-using-dockerfile"]) else None
    if tool not in ("docker", "podman", "nerdctl"):
        return None
    if rest[:1] in (["buildx"], ["image"], ["builder"]):
        rest = rest[1:]
    return rest[1:] if rest[:1] == ["build"] else None


def told(words: list[str]) -> tuple[str | None, str] | None:
    """The -f file and the context; None where there is none on disk (a URL, standard input), or it cannot be told."""
    file, operands = None, []
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if name in ("-f", "--file"):
            file = value if equals else next(rest, None)
        elif word in _SWITCHES or (word.startswith("-") and len(word) > 1 and equals):
            continue
        elif word.startswith("-") and len(word) > 1:
            next(rest, None)
        else:
            operands.append(word)
    plain = [word for word in operands if word.strip(UNKNOWN)]
    if not operands or len(plain) > 1:
        return None
    context = operands[-1]
    if context == "-" or file == "-" or "://" in context or context.startswith("git@"):
        return None
    return file, context


def values(words: list[str], *names: str) -> Iterator[str]:
    """The values of an option that may be given several times."""
    for word, following in pairwise((*words, "")):
        name, equals, value = word.partition("=")
        if name in names:
            yield value if equals else following


def named(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """`NAME=SOURCE` to its two parts; BuildKit takes the names in lower case."""
    for text in texts:
        name, equals, value = text.strip().partition("=")
        if name and equals:
            yield name.strip().lower(), value.strip()
