"""The data types of the API table: which keywords callables accept, version by version, which names are gone, what modules hold."""

from __future__ import annotations

from dfguard.core.record import Record
from dfguard.knowledge.sourced import Sourced


class Accepted(Record):
    """All the keywords that a callee takes in a range of versions, those that it only warns of among them."""

    versions: str
    keywords: tuple[str, ...]


class Callee(Sourced):
    """A callable, under every resolved dotted name that it is called by (a method of an instance is written
    `Class().method`). Of versions that no range of `accepts` holds nothing is known. `newest` is the last release that was
    read. `renamed`: what a keyword is called instead, where that is taken; the other way round in older versions.
    """

    id: str
    names: tuple[str, ...]
    distribution: str
    newest: str
    accepts: tuple[Accepted, ...]
    renamed: tuple[tuple[str, str], ...] = ()


class Gone(Sourced):
    """A dotted name that does not exist in a range of versions, and what took its place (empty: nothing is known)."""

    id: str
    name: str
    distribution: str
    newest: str
    versions: str
    instead: str = ""


class Exports(Sourced):
    """Every name that can be imported from a module in a range of versions, taken together: another surely cannot."""

    id: str
    name: str
    distribution: str
    newest: str
    versions: str
    exports: tuple[str, ...]


class Api(Record):
    """rules/tables/api.yaml."""

    calls: tuple[Callee, ...] = ()
    gone: tuple[Gone, ...] = ()
    modules: tuple[Exports, ...] = ()
