"""Options of a call that no checked Dockerfile uses: said on standard error, as `docker build` does of build arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.cli.given import texts_of
from dfguard.core import observed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.cli.options import Arguments
    from dfguard.discover.targets import Found

_ALWAYS_TAKEN = re.compile(
    r"BUILDKIT_\w+|SOURCE_DATE_EPOCH|(?:BUILD|TARGET)(?:PLATFORM|OS|ARCH|VARIANT)|(?i:(?:HTTPS?|FTP|NO|ALL)_PROXY)"
)
"""Build arguments that BuildKit uses itself (docs.docker.com/reference/dockerfile, predefined ARGs)."""
_LARGEST = 1 << 20


def unused(found: Iterable[Found], options: Arguments) -> Iterator[str]:
    """One sentence for each build argument and named build context whose name stands in none of the Dockerfiles.

    An argument may still be one of a base image's ONBUILD: it is no mistake.
    """
    arguments = [text.partition("=")[0] for text in texts_of(options, "build_arg")]
    contexts = [text.partition("=")[0] for text in texts_of(options, "build_context")]
    if not arguments and not contexts:
        return
    texts = [_text(one) for one in found]
    for name in dict.fromkeys(arguments):
        if not _ALWAYS_TAKEN.fullmatch(name) and not any(_word(name).search(text) for text in texts):
            yield f"no checked Dockerfile declares the build argument {name}"
    for name in dict.fromkeys(contexts):
        if not any(name.lower() in text.lower() for text in texts):
            yield f"no checked Dockerfile uses the build context {name}"


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def _text(one: Found) -> str:
    if one.data is not None:
        return one.data.decode("utf-8", "replace")
    try:
        return observed.read(one.file, _LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""
