"""An outline to version bounds that the shell takes for redirections: `pip install a>=1` writes a file named `=1`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.core.source import Place, Span
from dfguard.syntax.shell.calls import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.analysis.text.outline import Outline, Site
    from dfguard.syntax.shell.calls import Call
    from dfguard.syntax.shell.nodes import Command, Redirect, Word

_INSTALLERS = tuple("pip pip3 uv conda mamba micromamba poetry pdm pipx npm gem apt-get apk".split())
_VERBS = frozenset(["install", "add", "download", "wheel", "create", "i"])
_OPERATORS = frozenset([">", ">>", "<"])


class UnquotedVersion(Record):
    """A requirement cut in two: `name` is what the program gets, `place` the whole of it, `file` what the shell opens.
    `reads`: the file is read, and is not there. `can_be_quoted`: two quotes mend it.
    """

    name: str
    file: str
    place: Place
    reads: bool
    can_be_quoted: bool


def unquoted_versions(outline: Outline) -> Iterator[UnquotedVersion]:
    """Every requirement whose bound is read as a redirection."""
    for site in outline.of("RUN", with_triggers=True):
        for call in outline.calls_in(site):
            if call.command and call.command.redirects and _installs(call):
                is_quoted = _is_inside_quotes(call.command, site, outline)
                for found in _in_command(call.command, site.instruction.source.text, call.place):
                    yield replace(found, can_be_quoted=False) if is_quoted else found


def _is_inside_quotes(command: Command, site: Site, outline: Outline) -> bool:
    """Whether the command is text that a shell gets as a word (`bash -c "…"`, a JSON form): quotes in it end that."""
    script = outline.script(site)
    return site.instruction.is_json or script is None or all(command is not c for c in commands(script.body))


def _installs(call: Call) -> bool:
    is_module = call.name.startswith("python") and call.has("pip")
    is_installer = call.name in _INSTALLERS or call.name.startswith("pip3") or is_module
    return is_installer and not _VERBS.isdisjoint(call.arguments)


def _in_command(command: Command, text: str, program: Place) -> Iterator[UnquotedVersion]:
    redirects = [r for r in command.redirects if r.operator in _OPERATORS and r.descriptor is None]
    taken: set[int] = set()
    for word in command.words[1:]:
        bounds = list(_behind(word, redirects, text))
        if bounds and word.span.start > program.span.start:
            taken.update(id(bound) for bound in bounds)
            yield _found(word, bounds, program)


def _behind(word: Word, redirects: list[Redirect], text: str) -> Iterator[Redirect]:
    """The redirections that follow the word without a gap, or with one and then with `=`."""
    end = word.span.end
    for redirect in redirects:
        target = redirect.target.literal if redirect.target else None
        gap = text[end : redirect.span.start]
        if redirect.span.start < end or target is None or gap.strip(" ") or len(gap) > 1:
            continue
        is_bound = target.startswith("=") or (not gap and target[:1].isdigit())
        if not is_bound or text[redirect.span.start + len(redirect.operator)].isspace():
            return
        yield redirect
        end = redirect.span.end


def _found(word: Word, bounds: list[Redirect], program: Place) -> UnquotedVersion:
    first, last = bounds[0], bounds[-1]
    place = Place(program.source, Span(word.span.start, last.span.end))
    can_be_quoted = word.span.end == first.span.start and not set(place.text) & set("\"'\\$` \n")
    target = first.target.literal if first.target else None
    return UnquotedVersion(word.raw.value, target or "", place, first.operator == "<", can_be_quoted)
