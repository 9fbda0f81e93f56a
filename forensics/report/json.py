"""The document as JSON: the same model, raw numbers and ISO times, charts as the tables that say the same."""

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from forensics.report.blocks import Chart, Document
from forensics.text import visible

SCHEMA = "forensics/report/1"


def render(document: Document) -> bytes:
    """Return one JSON document, keys sorted, ASCII only."""
    content = {"schema": SCHEMA, **_plain(document)}
    return (json.dumps(content, sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False) + "\n").encode()


def _plain(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value as plain JSON types; text in its visible form, as in the other renderings."""
    match value:
        case str() if not isinstance(value, Enum):
            return visible(value)
        case Enum():
            return value.value
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        case tuple() | list():
            return [_plain(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            kept = {entry.name: getattr(value, entry.name) for entry in fields(value)}
            if isinstance(value, Chart):
                del kept["svg"]
            return {"block": type(value).__name__.lower(), **{name: _plain(item) for name, item in kept.items()}}
        case _:
            return value
