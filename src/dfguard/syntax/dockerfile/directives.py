"""The lines at the top of a Dockerfile to its parser directives, and a `check` value to what it asks for.

After moby/buildkit frontend/dockerfile/parser/directives.go and linter/linter.go (`ParseLintOptions`) @73ed6825.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place, Span
from dfguard.syntax.dockerfile.document import Directive, Fault, FaultKind
from dfguard.syntax.dockerfile.lines import SPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Source
    from dfguard.syntax.dockerfile.document import Document
    from dfguard.syntax.dockerfile.lines import Lines

NAMES = frozenset({"syntax", "escape", "check"})
DEFAULT_ESCAPE = "\\"
ESCAPES = frozenset({"\\", "`"})


class Directives(Record):
    """What the top of a file says: `count` is the number of lines it takes (a shebang not counted)."""

    escape: str
    items: tuple[Directive, ...]
    faults: tuple[Fault, ...]
    count: int


@cache
def _form() -> re.Pattern[str]:
    return re.compile(r"([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*\Z", re.DOTALL)


def read(lines: Lines) -> Directives:
    """The directives of a file. They end at the first line that is no directive; a shebang hides the one for the
    escape character from BuildKit, but not `syntax` and `check`.
    """
    if lines.count == 0:
        return Directives(DEFAULT_ESCAPE, (), (), 0)
    first = lines.source.text[lines.first : lines.first + 2]
    if first == "#!":
        return Directives(DEFAULT_ESCAPE, tuple(_leading(lines, 1, "#", {"syntax", "check"})), (), 0)
    if first == "//":
        return Directives(DEFAULT_ESCAPE, tuple(_leading(lines, 0, "//", {"syntax"})), (), 0)
    if first.startswith("{"):
        return Directives(DEFAULT_ESCAPE, tuple(_json_syntax(lines.source)), (), 0)
    items = tuple(_leading(lines, 0, "#", NAMES))
    kept = {directive.name: directive for directive in reversed(items)}
    faults = tuple(_faults(lines.source, items, kept))
    written = kept["escape"].value.value if "escape" in kept else DEFAULT_ESCAPE
    escape = written if written in ESCAPES else DEFAULT_ESCAPE
    return Directives(escape, tuple(d for d in items if kept[d.name] is d), faults, len(items))


def _leading(lines: Lines, number: int, prefix: str, names: set[str] | frozenset[str]) -> Iterator[Directive]:
    for line in range(number, lines.count):
        span = lines.span(line)
        text = lines.source.text[span.start : span.end].lstrip(SPACE)
        start = span.end - len(text) + len(prefix)
        bare = text[len(prefix) :].lstrip(SPACE)
        found = _form().match(bare) if text.startswith(prefix) else None
        if not found or found[1].lower() not in NAMES:
            return
        if found[1].lower() in names:
            low = span.end - len(bare) + found.start(2)
            value = lines.source.text_of(Span(low, low + len(found[2])))
            yield Directive(found[1].lower(), value, Span(start - len(prefix), span.end))


def _faults(source: Source, items: tuple[Directive, ...], kept: dict[str, Directive]) -> Iterator[Fault]:
    for directive in items:
        place = Place(source, directive.value.span())
        value = directive.value.value
        if kept[directive.name] is not directive:
            message = f"only one {directive.name} parser directive can be used"
            yield Fault(FaultKind.PARSE, Place(source, directive.span), message)
        elif directive.name == "escape" and value not in ESCAPES:
            yield Fault(FaultKind.PARSE, place, f"the escape character can be \\ or `, not {value}")
        elif directive.name == "check" and isinstance(options := check_options(value), str):
            yield Fault(FaultKind.PARSE, place, options)


def _json_syntax(source: Source) -> Iterator[Directive]:
    """A whole file in JSON may name its frontend: `{"syntax": "..."}`."""
    import json

    try:
        content = json.loads(source.text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return
    name = content.get("syntax") if isinstance(content, dict) else None
    if isinstance(name, str) and (at := source.text.find(name)) >= 0:
        yield Directive("syntax", source.text_of(Span(at, at + len(name))), Span(0, len(source.text)))


class CheckOptions(Record):
    """What `check=` asks for: rule names of BuildKit to skip, experimental ones to run; `is_error`: findings fail."""

    skip: tuple[str, ...] = ()
    skips_all: bool = False
    experimental: tuple[str, ...] = ()
    is_error: bool = False


def check_options(value: str) -> CheckOptions | str:
    """The options of `skip=A,B|all;error=true;experimental=A|all`, or why BuildKit refuses them. What stands
    behind the first space is not read (`parseDirective`).
    """
    options: dict[str, str] = {}
    for part in value.strip(SPACE).split(" ", 1)[0].split(";", 2):
        name, equals, setting = part.partition("=")
        name = name.strip(SPACE)
        if not equals:
            return f"invalid check option {part}"
        if name not in {"skip", "experimental", "error"}:
            return f"unknown check option {name}: skip, error and experimental exist"
        options[name] = setting.strip(SPACE)
    if options.get("error", "false") not in _BOOLEANS:
        return f"the check option error is true or false, not {options['error']}"
    skip, experimental = (_names(options.get(name, "")) for name in ("skip", "experimental"))
    is_error = options.get("error", "false") in _TRUE
    return CheckOptions(skip, skip == ("all",), experimental, is_error)


def check_of(document: Document) -> CheckOptions:
    """What the file's `check` directive asks for; nothing when there is none or BuildKit refuses it."""
    for directive in document.directives:
        if directive.name == "check" and not isinstance(found := check_options(directive.value.value), str):
            return found
    return CheckOptions()


_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_BOOLEANS = _TRUE | {"0", "f", "F", "FALSE", "false", "False"}


def _names(setting: str) -> tuple[str, ...]:
    return tuple(name for part in setting.split(",") if (name := part.strip(SPACE)))
