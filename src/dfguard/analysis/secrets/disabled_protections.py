"""An outline to the places where a protection is switched off: options of programs, and variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.analysis.secrets.locked_modules import is_locked
from dfguard.analysis.secrets.verified_files import DOWNLOADERS, are_verified, checks_in
from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.interp.values import known
from dfguard.syntax.shell.calls import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.analysis.text.outline import Outline, Site
    from dfguard.core.context import BuildContext
    from dfguard.knowledge.security import Switch
    from dfguard.syntax.shell.calls import Call

_OWN_ARCHIVES = ("file", "copy", "cdrom")
_LOCAL = ("https://localhost", "https://127.0.0.1", "https://[::1]")
_SHORT = 2


class SwitchedOff(Record):
    """A switch, and where it is used."""

    switch: Switch
    place: Place


def switched_off(
    outline: Outline, switches: tuple[Switch, ...], context: BuildContext
) -> Iterator[SwitchedOff]:
    """Every place that switches a protection off, switch by switch."""
    assignments = tuple(_assignments(outline))
    for switch in switches:
        for site, call in _calls(outline, switch.commands):
            place = _place(switch, call)
            if place is not None and not _is_harmless(outline, site, call, switch, place):
                yield SwitchedOff(switch, place)
        for site, name, value, place in assignments:
            if name not in switch.variables or not _is_off(switch, value):
                continue
            if not switch.lock or not is_locked(outline, context, site, switch.lock):
                yield SwitchedOff(switch, place)


def _calls(outline: Outline, names: tuple[str, ...]) -> Iterator[tuple[Site, Call]]:
    for name in names:
        if not name.endswith("*"):
            yield from outline.calls(name)
            continue
        for program in outline.programs():
            if program.startswith(name[:-1]):
                yield from outline.calls(program)
            elif program.startswith("python"):
                yield from (pair for pair in outline.calls(program) if pair[1].has(name[:-1]))


def _place(switch: Switch, call: Call) -> Place | None:
    low = [word.lower() for word in call.arguments]
    if not all(word.lower() in low for word in switch.words):
        return None
    for word, place in zip(call.arguments, call.places[1:], strict=True):
        if switch.contains and all(piece in word.lower() for piece in switch.contains):
            return place
        may_be = (option for option in switch.options if word[:1] == "-" or option[:1] != "-")
        if any(_is_option(word, option, switch.taking) for option in may_be):
            return place
    return None


def _is_harmless(outline: Outline, site: Site, call: Call, switch: Switch, place: Place) -> bool:
    """Whether nothing is taken on trust all the same."""
    if switch.verbs and not any(word in switch.verbs for word, _ in call.operands()):
        return True
    if "[trusted=yes" in place.text.lower() and any(f"] {kind}:" in place.text for kind in _OWN_ARCHIVES):
        return True
    if switch.packages and _are_own(outline, site, call, switch):
        return True
    return switch.is_download and _is_checked(outline, site, call)


def _are_own(outline: Outline, site: Site, call: Call, switch: Switch) -> bool:
    """Whether all packages are files that the same RUN verified before, or does not download at all: they come from the
    build context or another stage. Where files need the option, packages by name beside verified ones do not count.
    """
    operands = [word for word, _ in call.operands() if word not in switch.verbs and word != "install"]
    files = [word for word in operands if word.endswith(switch.packages) and "://" not in word]
    if not files or any("://" in word for word in operands):
        return False
    if are_verified(outline, site, call, files):
        return switch.is_for_files or not any("/" not in word for word in operands if word not in files)
    has_named = any("/" not in word for word in operands if word not in files)
    return not has_named and not any(other.name in DOWNLOADERS for other in outline.calls_in(site))


def _is_option(word: str, option: str, taking: str) -> bool:
    if len(option) == _SHORT and option[0] == "-":
        is_cluster = word[:1] == "-" and word[1:2] != "-"
        letters = next((word[1:i] for i, c in enumerate(word) if i and c in taking), word[1:])
        return is_cluster and option[1] in letters
    word, option = word.lower(), option.lower()
    return word == option or (option.endswith("=") and word.startswith(option))


def _is_checked(outline: Outline, site: Site, call: Call) -> bool:
    """Whether a checksum or signature of what is downloaded is verified in the same RUN, or it comes from this machine."""
    addresses = [word for word in call.arguments if "://" in word]
    if addresses and all(word.startswith(_LOCAL) for word in addresses):
        return True
    return any(checks_in(outline, site))


def _assignments(outline: Outline) -> Iterator[tuple[Site, str, str | None, Place]]:
    """Variables of ENV, ARG and of RUN scripts with the values they are given (None: nobody can tell)."""
    for site in outline.of("ENV", "ARG"):
        for pair in site.instruction.pairs:
            if pair.value is not None:
                value = known(outline.value(site, pair.value))
                span = Place(pair.key.source, pair.key.span())
                yield site, pair.key.value, value, span
    for site in outline.of("RUN"):
        script = outline.script(site)
        for command in commands(script.body) if script else ():
            for assignment in command.assignments:
                value = assignment.value.literal if assignment.value else ""
                yield site, assignment.name, value, Place(site.instruction.source, assignment.span)


def _is_off(switch: Switch, value: str | None) -> bool:
    if value is None:
        return False
    if switch.values:
        return value.lower() in switch.values
    return value.lower() not in switch.off
