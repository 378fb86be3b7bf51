"""YAML nodes to records, by the types of their fields; mistakes are PackErrors with `path:line: what, what is allowed`."""

from __future__ import annotations

from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Protocol, Union, get_args, get_origin, get_type_hints

from dfguard.core.errors import PackError
from dfguard.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

SCALARS: dict[type, str] = {str: "text", int: "a whole number", bool: "true or false"}
_BUDGET = 200_000
_NULL = "tag:yaml.org,2002:null"


class Node(Protocol):
    """What is used of a yaml node: `id` is `scalar`, `sequence` or `mapping`."""

    id: str
    tag: str
    value: Any
    start_mark: Any


@cache
def hints(record: type[Record]) -> dict[str, Any]:
    """Field names to types, in the order of the fields."""
    found = get_type_hints(record)
    return {name: found[name] for name in record._fields}  # type: ignore[attr-defined]


def yaml_name(field: str) -> str:
    """A field's name in YAML: a trailing underscore (a Python keyword) falls away."""
    return field.rstrip("_")


def is_required(record: type[Record], field: str) -> bool:
    """Whether the field has no default."""
    return field not in record._defaults  # type: ignore[attr-defined]  # noqa: SLF001


def fields_text(record: type[Record]) -> str:
    """The keys a mapping may have, for messages."""
    return ", ".join(yaml_name(name) for name in hints(record))


def is_pairs(kind: Any) -> bool:
    """Whether a type is `tuple[tuple[str, X], ...]`: a mapping in YAML."""
    inner = get_args(kind)
    if get_origin(kind) is not tuple or len(inner) != 2 or inner[1] is not Ellipsis:
        return False
    pair = get_args(inner[0])
    return get_origin(inner[0]) is tuple and len(pair) == 2 and pair[0] is str and pair[1] is not Ellipsis


def options_of(kind: Any) -> tuple[Any, ...]:
    """The members of a union, `(kind,)` for anything else."""
    return get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)


class Reader:
    """Turns the nodes of one file into values; counts them, so that aliases cannot blow the file up."""

    def __init__(self, path: str) -> None:
        """`path` stands in front of every message."""
        self._path = path
        self._budget = _BUDGET

    def _refusal(self, node: Node, what: str, allowed: str) -> PackError:
        return PackError(f"{self._path}:{node.start_mark.line + 1}: {what}, allowed: {allowed}")

    def value(self, node: Node, kind: Any, what: str) -> Any:
        """The value of a node for a field of that type; `what` names the field in messages."""
        self._budget -= 1
        if self._budget < 0:
            raise self._refusal(node, "too many values", f"at most {_BUDGET}")
        options = options_of(kind)
        if NoneType in options and _is_null(node):
            return None
        options = tuple(option for option in options if option is not NoneType)
        chosen = options[0] if len(options) == 1 else self._choice(node, options, what)
        if is_pairs(chosen):
            return tuple(self._pairs(node, get_args(get_args(chosen)[0])[1], what))
        if get_origin(chosen) is tuple:
            return tuple(self._items(node, get_args(chosen)[0], what))
        if issubclass(chosen, Record):
            return self._record(node, chosen, what)
        if issubclass(chosen, Enum):
            return self._member(node, chosen, what)
        return self._scalar(node, chosen, what)

    def _choice(self, node: Node, options: tuple[Any, ...], what: str) -> Any:
        """The record of a union whose first field the mapping has."""
        firsts = {yaml_name(next(iter(hints(option)))): option for option in options}
        if node.id == "mapping":
            for name, _ in node.value:
                if name.value in firsts:
                    return firsts[name.value]
        raise self._refusal(
            node, f"{what} says none of what it can be", " or ".join(f"{{{n}: ...}}" for n in firsts)
        )

    def _items(self, node: Node, kind: Any, what: str) -> Iterator[Any]:
        if node.id == "scalar" and kind is str and not _is_null(node):
            yield self._scalar(node, str, what)
            return
        if node.id != "sequence":
            raise self._refusal(node, f"{what} is {_kind_name(node)}", "a list")
        for item in node.value:
            yield self.value(item, kind, what)

    def _pairs(self, node: Node, kind: Any, what: str) -> Iterator[tuple[str, Any]]:
        if node.id != "mapping":
            raise self._refusal(node, f"{what} is {_kind_name(node)}", "a mapping")
        for name, item in node.value:
            yield self._scalar(name, str, what), self.value(item, kind, f"{what}.{name.value}")

    def _record(self, node: Node, record: type[Record], what: str) -> Record:
        if node.id != "mapping":
            raise self._refusal(
                node, f"{what} is {_kind_name(node)}", f"a mapping with {fields_text(record)}"
            )
        types = {yaml_name(name): (name, kind) for name, kind in hints(record).items()}
        found: dict[str, Any] = {}
        for name, item in node.value:
            if name.value not in types:
                raise self._refusal(name, f"unknown key {name.value!r} in {what}", fields_text(record))
            field, kind = types[name.value]
            if field in found:
                raise self._refusal(name, f"{name.value!r} stands twice in {what}", "each key once")
            found[field] = self.value(item, kind, name.value)
        missing = [yaml_name(n) for n in hints(record) if n not in found and is_required(record, n)]
        if missing:
            raise self._refusal(node, f"{what} lacks {missing[0]!r}", f"{fields_text(record)}")
        return record(**found)

    def _member(self, node: Node, kind: type[Enum], what: str) -> Enum:
        allowed = {member.value: member for member in kind}
        text = node.value if node.id == "scalar" else None
        if text not in allowed:
            raise self._refusal(
                node, f"{what} is {text!r}" if text else f"{what} is no word", ", ".join(allowed)
            )
        return allowed[text]

    def _scalar(self, node: Node, kind: type, what: str) -> Any:
        if node.id != "scalar" or _is_null(node):
            raise self._refusal(node, f"{what} is {_kind_name(node)}", SCALARS[kind])
        tag = node.tag.removeprefix("tag:yaml.org,2002:")
        if kind is str:
            return node.value
        if kind is bool and tag == "bool":
            return node.value.lower() in {"true", "yes", "on"}
        if kind is int and tag == "int" and node.value.lstrip("-").isdigit():
            return int(node.value)
        raise self._refusal(node, f"{what} is {node.value!r}", SCALARS[kind])


def _is_null(node: Node) -> bool:
    return node.id == "scalar" and node.tag == _NULL


def _kind_name(node: Node) -> str:
    if _is_null(node):
        return "empty"
    if node.id == "mapping":
        return "a mapping"
    return "a list" if node.id == "sequence" else f"the text {node.value!r}"
