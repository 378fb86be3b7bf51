"""A parsed Dockerfile to the first placeholder in it that shows it to be a template.

A Dockerfile may hold `{{ }}` and its like where text is free: in a quoted word of RUN (`docker inspect --format
'{{.Id}}'`), in a heredoc, in the value of ENV. What counts is where one stands: as the name of an image, as an
instruction, as an argument that BuildKit reads itself or refuses, or bare in a command or a value.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.syntax.dockerfile.document import Document, Instruction

_READ_BY_BUILDKIT = frozenset({"ADD", "COPY", "EXPOSE", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"})
_VARIABLES = frozenset({"ARG", "ENV", "LABEL"})
_RUN_BY_A_SHELL = frozenset({"CMD", "ENTRYPOINT", "HEALTHCHECK", "RUN"})
_PLACEHOLDERS = (
    r"\{\{.*?\}\}",
    r"\{%.*?%\}",
    r"\{#.*?#\}",
    r"<%.*?%>",
    r"(?<![$\w])#\{[^{}]*\}",
    r"(?<![\w/@.-])@[A-Za-z_]\w*@(?![\w/@-])",
    r"%%\w+%%",
    r"\$\{templateOption:\w+\}",
)
"""The last one is of Dev Container templates: https://containers.dev/implementors/templates."""


def may_hold_placeholder(text: str) -> bool:
    """Whether it is worth parsing the text for one; `placeholder_of` decides."""
    return bool(_hint().search(text))


def placeholder_of(document: Document) -> str | None:
    """The first placeholder that stands where no Dockerfile has one, as written; None for a Dockerfile."""
    for keyword in (unknown.keyword for unknown in document.unknown):
        if found := _opening().match(keyword):
            return found[0]
    names: set[str] = set()
    for instruction in document.instructions:
        for placeholder in _in(instruction, names):
            return placeholder
        if instruction.keyword == "FROM" and len(instruction.arguments) == _NAMED:
            names.add(instruction.arguments[-1].value.lower())
    return None


_NAMED = 3
"""FROM image AS name."""


def _in(instruction: Instruction, stages: set[str]) -> Iterator[str]:
    keyword = instruction.keyword
    if instruction.trigger is not None:
        yield from _in(instruction.trigger, stages)
        return
    options = " ".join(flag.text.value for flag in instruction.flags)
    rest = instruction.rest.value
    if keyword == "FROM":
        yield from _found(_placeholder(), f"{options} {rest}")
        image = rest if instruction.faults or not instruction.arguments else instruction.arguments[0].value
        if image.lower() not in stages:
            yield from _found(_word_to_replace(), image)
    elif keyword in _RUN_BY_A_SHELL:
        yield from _found(_placeholder(), options)
        yield from () if instruction.is_json else _bare_in(rest)
    elif keyword in _READ_BY_BUILDKIT or instruction.faults:
        yield from _found(_placeholder(), f"{options} {rest}")
    elif keyword in _VARIABLES:
        yield from _found(_placeholder(), " ".join(pair.key.value for pair in instruction.pairs))
        yield from (found for found in _bare_in(rest) if not found.startswith("{{."))


def _bare_in(text: str) -> Iterator[str]:
    """What stands outside quotes; `{{.Id}}` is what an option may take (`docker --format`, `go list -f`)."""
    plain = _quoted().sub(" ' ", text)
    for found in _bare().finditer(plain):
        if not found["field"] or not _option().search(plain, 0, found.start()):
            yield found[0]


def _found(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    found = pattern.search(text)
    if found:
        yield found[0]


@cache
def _hint() -> re.Pattern[str]:
    return re.compile(
        r"\{[{%#]|<%|#\{|@\w+@|%%\w+%%|__\w+__|\$\{templateOption:|(?im:^\s*FROM\b.*(?:REPLACE|CHANGE|<))"
    )


@cache
def _placeholder() -> re.Pattern[str]:
    return re.compile("|".join(_PLACEHOLDERS), re.DOTALL)


@cache
def _opening() -> re.Pattern[str]:
    """What begins an instruction that is a placeholder."""
    return re.compile(r"\{\{|\{%|\{#|<%|@[A-Za-z_]\w*@|%%\w+%%|__[A-Za-z]\w*__|%\{")


@cache
def _word_to_replace() -> re.Pattern[str]:
    """A name or a tag that stands for another: `__IMAGE__`, `REPLACE-ME`, `<image>`."""
    return re.compile(
        r"(?<![^\s/:])(?:__[A-Za-z][\w-]*?__|(?i:REPLACE|CHANGE)[-_]?(?i:ME|THIS|WITH)[\w-]*|<[A-Za-z][\w. /:-]*>)(?![^\s/:@])"
    )


@cache
def _bare() -> re.Pattern[str]:
    """In a shell's text, quoted words taken out. `{{a,b},c}` is a shell's own."""
    return re.compile(
        r"\{\{-?\s*(?P<field>\.?)[A-Za-z_][\w.]*(?:\s*\|.*?|\s+.*?|\(.*?)?\s*-?\}\}|\{%-?\s.*?%\}|<%[=-]?\s.*?%>"
    )


@cache
def _option() -> re.Pattern[str]:
    return re.compile(r"(?<!\S)--?[A-Za-z][\w-]*(?:=|\s+)\S*\Z")


@cache
def _quoted() -> re.Pattern[str]:
    return re.compile(r"'[^']*(?:'|$)|\"(?:\\.|[^\"\\])*(?:\"|$)|\\.", re.DOTALL)
