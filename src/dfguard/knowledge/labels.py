"""The data types of the label table: which keys are kept for somebody and what license identifiers exist."""

from __future__ import annotations

from dfguard.core.record import Record
from dfguard.knowledge.sourced import Sourced


class ReservedKeys(Sourced):
    """Beginnings of label keys that belong to somebody."""

    owner: str
    prefixes: tuple[str, ...]


class Licenses(Sourced):
    """A list of license identifiers: `list` is its version."""

    list: str
    ids: tuple[str, ...]


class Labels(Record):
    """rules/tables/labels.yaml."""

    reserved: tuple[ReservedKeys, ...] = ()
    licenses: tuple[Licenses, ...] = ()
