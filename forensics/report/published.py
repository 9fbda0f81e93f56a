"""The JSON Schema of the JSON report, read off the model itself, so that the two cannot drift apart."""

import types
from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from forensics.report.blocks import Document
from forensics.report.json import SCHEMA

_PLAIN: dict[type, dict[str, str]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    types.NoneType: {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
}
_LEFT_OUT = frozenset({"svg"})  # a drawing has its twin in JSON


def json_schema() -> dict[str, Any]:
    """Return the schema of what `json.render` writes (draft 2020-12)."""
    definitions: dict[str, Any] = {}
    root = _record(Document, definitions)
    root["properties"] = {"schema": {"const": SCHEMA}, **root["properties"]}
    root["required"] = sorted(["schema", *root["required"]])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _record(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    properties = {
        entry.name: _of(hints[entry.name], definitions) for entry in fields(kind) if entry.name not in _LEFT_OUT
    }
    name = kind.__name__.lower()
    return {
        "type": "object",
        "description": (kind.__doc__ or "").strip().splitlines()[0],
        "properties": {"block": {"const": name}, **properties},
        "required": sorted(["block", *properties]),
        "additionalProperties": False,
    }


def _of(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any type hint
    """Return the schema of one type of the model."""
    if get_origin(hint) in {Union, types.UnionType}:
        return {"anyOf": [_of(one, definitions) for one in get_args(hint)]}
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        if inner[-1] is Ellipsis:
            return {"type": "array", "items": _of(inner[0], definitions)}
        return {"type": "array", "prefixItems": [_of(one, definitions) for one in inner],
                "minItems": len(inner), "maxItems": len(inner)}  # fmt: skip
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": sorted(str(member.value) for member in hint)}
    if hint in _PLAIN:
        return dict(_PLAIN[hint])
    if hint.__name__ not in definitions:
        definitions[hint.__name__] = {}
        definitions[hint.__name__] = _record(hint, definitions)
    return {"$ref": f"#/$defs/{hint.__name__}"}
