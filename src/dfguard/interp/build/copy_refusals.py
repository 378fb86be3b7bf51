"""The words of a COPY or ADD to what BuildKit refuses in them.

After moby/buildkit frontend/dockerfile/dockerfile2llb/convert_copy.go@73ed6825 (`dispatchCopy`) and
github.com/tonistiigi/dchapes-mode (symbolic modes).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.numbers import is_number, whole_number
from dfguard.interp.build.copy_targets import is_remote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dfguard.core.source import Place, Span
    from dfguard.syntax.dockerfile.document import Instruction

HIGHEST_MODE = 0o7777


def copy_refusals(instruction: Instruction, values: Mapping[Span, str | None]) -> Iterator[tuple[Place, str]]:
    """Places and reasons. `values` are the words with their variables replaced, None where nobody can tell."""
    mode, checksum = instruction.flag("chmod"), instruction.flag("checksum")
    sources = instruction.arguments[:-1]
    if mode and mode.value and (text := values.get(mode.value.span())) and not _is_mode(text):
        yield mode.value.place(), f"{text} is no mode: octal digits up to 7777, or letters as in u+rwX,go-w"
    names = [values.get(source.span()) for source in sources]
    if instruction.keyword == "COPY":
        for source, name in zip(sources, names, strict=True):
            if name and is_remote(name):
                yield source.place(), f"COPY takes nothing from the network: ADD {name} does"
    elif checksum and checksum.value and values.get(checksum.value.span()):
        if len(names) > 1:
            yield checksum.text.place(), "a checksum is for one source alone"
        elif names and (name := names[0]) and not is_remote(name) and not name.endswith(".git"):
            yield checksum.text.place(), f"a checksum is for what comes from the network, not for {name}"


@cache
def _symbolic() -> re.Pattern[str]:
    return re.compile(r"[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+(?:,[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+)*")


def _is_mode(text: str) -> bool:
    if is_number(text):
        mode = whole_number(text, 8)
        return mode is not None and mode <= HIGHEST_MODE
    return _symbolic().fullmatch(text) is not None
