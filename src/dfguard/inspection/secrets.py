"""An inspection to the same without the secrets in it: tokens, passwords, and what secret names are set to."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from dfguard.core.record import Record, replace, values
from dfguard.inspection.records import Variable
from dfguard.inspection.terms import Origin
from dfguard.knowledge.shielding import MASK, shielded_line

if TYPE_CHECKING:
    from dfguard.knowledge.secrecy import Secrecy

T = TypeVar("T")


def without_secrets(value: T, secrecy: Secrecy) -> T:
    """The record tree with every text shielded; what holds no secret is the same object."""
    found: object = value
    if isinstance(value, str):
        found = _text(value, secrecy)
    elif isinstance(value, tuple):
        found = tuple(without_secrets(item, secrecy) for item in value)
    elif isinstance(value, Record):
        found = _record(value, secrecy)
    return value if found == value else found  # type: ignore[return-value]


def _text(text: str, secrecy: Secrecy) -> str:
    if "=" not in text and " " not in text and not secrecy.may_hold(text):
        return text
    return "\n".join(shielded_line(line, secrecy) for line in text.split("\n"))


def _record(record: Record, secrecy: Secrecy) -> Record:
    if isinstance(record, Origin):
        record = replace(record, text=_named(record.name, record.text, secrecy))
    elif isinstance(record, Variable):
        texts = tuple(_named(record.name, text, secrecy) for text in record.value.texts)
        record = replace(record, value=replace(record.value, texts=texts))
    changes = {name: without_secrets(item, secrecy) for name, item in values(record).items()}
    return replace(record, **changes)


def _named(name: str, text: str, secrecy: Secrecy) -> str:
    """What a variable is set to, masked when name and value say that it is a secret."""
    is_secret = "$" not in text and secrecy.is_secret_name(name) and secrecy.is_secret_value(name, text)
    return MASK * len(text) if is_secret else text
