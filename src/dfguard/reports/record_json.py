"""Record trees to JSON, and their types to the JSON Schema of that: a record is an object with its fields, a tuple an array."""

from __future__ import annotations

import json
from enum import Enum
from types import NoneType
from typing import Any, get_args

from dfguard import __version__
from dfguard.core.record import Record, values
from dfguard.reports.log_commands import json_without_commands

Schema = dict[str, Any]
_SCALARS = {str: "string", int: "integer", bool: "boolean"}


def rendered(record: Record) -> str:
    """The record as one JSON document with a final line feed."""
    return json_without_commands(json.dumps(document(record), indent=2, ensure_ascii=True)) + "\n"


def document(record: Record) -> dict[str, Any]:
    """The JSON document as Python values: `schema` and `tool`, then the fields."""
    found: dict[str, Any] = plain(record)
    return {"schema": 1, "tool": {"name": "dfguard", "version": __version__}, **found}


def plain(value: Any) -> Any:
    """A record tree as dictionaries, lists and scalars."""
    if isinstance(value, Record):
        return {name: plain(item) for name, item in values(value).items()}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def schema_of(record: type[Record], title: str) -> Schema:
    """JSON Schema 2020-12 of the documents of a record type."""
    definitions: dict[str, Schema] = {}
    root = _object(record, definitions)
    tool = {
        "type": "object",
        "properties": {"name": {"const": "dfguard"}, "version": {"type": "string"}},
        "required": ["name", "version"],
        "additionalProperties": False,
    }
    root["properties"] = {"schema": {"const": 1}, "tool": tool, **root["properties"]}
    root["required"] = list(root["properties"])
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, "title": title, **root, "$defs": dict(sorted(definitions.items()))}


def _object(record: type[Record], definitions: dict[str, Schema]) -> Schema:
    from dfguard.knowledge.reader import hints

    fields = {name: _of_type(kind, definitions) for name, kind in hints(record).items()}
    return {
        "type": "object",
        "description": " ".join((record.__doc__ or "").split()),
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _of_type(kind: Any, definitions: dict[str, Schema]) -> Schema:
    from dfguard.knowledge.reader import options_of

    options = options_of(kind)
    if NoneType in options:
        inner = [_of_type(option, definitions) for option in options if option is not NoneType]
        return {"anyOf": [{"type": "null"}, *inner]}
    if get_args(kind):
        return {"type": "array", "items": _of_type(get_args(kind)[0], definitions)}
    if issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    if issubclass(kind, Record):
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}
            definitions[kind.__name__] = _object(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    return {"type": _SCALARS[kind]}
