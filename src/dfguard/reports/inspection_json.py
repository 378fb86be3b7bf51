"""Inspection to its JSON contract, `schema: 1` (the JSON Schema is `rules/schema/inspection.json`), and to that schema.

The document is the record tree as it stands: a record is an object with its fields, a tuple an array.
"""

from __future__ import annotations

import json
from enum import Enum
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args

from dfguard import __version__
from dfguard.core.record import Record, values

if TYPE_CHECKING:
    from dfguard.inspection.records import Inspection

Schema = dict[str, Any]
_SCALARS = {str: "string", int: "integer", bool: "boolean"}


def render(inspection: Inspection) -> str:
    """The inspection as one JSON document with a final line feed."""
    return json.dumps(document(inspection), indent=2, ensure_ascii=True) + "\n"


def document(inspection: Inspection) -> dict[str, Any]:
    """The JSON document as Python values."""
    found: dict[str, Any] = plain(inspection)
    return {"schema": 1, "tool": {"name": "dfguard", "version": __version__}, **found}


def plain(value: Any) -> Any:
    """A record tree as dictionaries, lists and scalars."""
    if isinstance(value, Record):
        return {name: plain(item) for name, item in values(value).items()}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def inspection_schema() -> Schema:
    """JSON Schema 2020-12 of what `dfguard inspect --format json` prints."""
    from dfguard.inspection.records import Inspection

    definitions: dict[str, Schema] = {}
    root = _object(Inspection, definitions)
    tool = {
        "type": "object",
        "properties": {"name": {"const": "dfguard"}, "version": {"type": "string"}},
        "required": ["name", "version"],
        "additionalProperties": False,
    }
    root["properties"] = {"schema": {"const": 1}, "tool": tool, **root["properties"]}
    root["required"] = list(root["properties"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dfguard inspection",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


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
