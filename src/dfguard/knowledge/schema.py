"""The record types of the packs to JSON Schemas (2020-12), for editors and for authors of packs."""

from __future__ import annotations

from enum import Enum
from types import NoneType
from typing import Any, get_args, get_origin

from dfguard.core.record import Record
from dfguard.knowledge.pack_files import record_types
from dfguard.knowledge.reader import hints, is_pairs, is_required, options_of, yaml_name

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]
_SCALARS = {str: "string", int: "integer", bool: "boolean"}
_DATE = {"type": "string", "format": "date", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"}


def schemas() -> dict[str, Schema]:
    """File names (without ending) to the schema of one pack file: `platform`, `profile`, `caches` ..."""
    names = {"platforms": "platform", "profiles": "profile"}
    return {names.get(table, table): schema(record) for table, record in record_types().items()}


def schema(record: type[Record]) -> Schema:
    """The schema of a file that describes one record."""
    definitions: dict[str, Schema] = {}
    root = _record(record, definitions)
    return {"$schema": DIALECT, "title": record.__name__, **root, "$defs": dict(sorted(definitions.items()))}


def _record(record: type[Record], definitions: dict[str, Schema]) -> Schema:
    properties = {yaml_name(name): _value(kind, definitions) for name, kind in hints(record).items()}
    if "checked" in properties:
        properties["checked"] = _DATE
    return {
        "type": "object",
        "description": " ".join((record.__doc__ or "").split()),
        "properties": properties,
        "required": [yaml_name(name) for name in hints(record) if is_required(record, name)],
        "additionalProperties": False,
    }


def _value(kind: Any, definitions: dict[str, Schema]) -> Schema:
    options = options_of(kind)
    if len(options) > 1:
        return _union(options, definitions)
    if is_pairs(kind):
        inner = get_args(get_args(kind)[0])[1]
        return {"type": "object", "additionalProperties": _value(inner, definitions)}
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        items: Schema = {"type": "array", "items": _value(inner, definitions)}
        return {"oneOf": [{"type": "string"}, items]} if inner is str else items
    if issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    if issubclass(kind, Record):
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}
            definitions[kind.__name__] = _record(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    return {"type": _SCALARS[kind]}


def _union(options: tuple[Any, ...], definitions: dict[str, Schema]) -> Schema:
    found = [_value(option, definitions) for option in options if option is not NoneType]
    if NoneType in options:
        found.append({"type": "null"})
    return found[0] if len(found) == 1 else {"oneOf": found}
