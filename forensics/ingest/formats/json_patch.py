"""Members of JSON objects by name: pointers (RFC 6901), and the merge patches (RFC 7396) that remove what they name."""

import json
from collections.abc import Sequence

import polars as pl

from forensics.ingest.formats.base import Binding


def pointer(keys: Sequence[str]) -> str:
    """Return the JSON pointer (RFC 6901) of a path of keys."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in keys)


def path(pointer: str) -> list[str]:
    """Return the keys of a pointer.

    >>> path("/a~1b/0")
    ['a/b', '0']
    """
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def patches(binding: Binding) -> dict[str, dict[str, object]]:
    """Return what removes the first field bound to each column: by pointer, a patch (RFC 7396: null removes)."""
    found: dict[str, dict[str, object]] = {"": {}}
    columns: set[str] = set()
    for field in binding.fields:
        if field.column not in columns:
            parts = path(field.whole)
            at = "" if len(parts) == 1 else pointer(parts[:1])
            put(found.setdefault(at, {}), parts)
            columns.add(field.column)
    return found


def without_empty(text: pl.Series, binding: Binding) -> pl.Series:
    """Return the objects without the inner objects that lost all their members.

    The text is compact JSON written by DuckDB, where `"name":{}` cannot stand inside a string: its quotes would be
    escaped there.
    """
    paths = [tuple(path(field.whole)) for field in binding.fields]
    parents = {keys[:depth] for keys in paths for depth in range(1, len(keys))}
    for keys in sorted(parents, key=lambda keys: (-len(keys), keys)):
        member = json.dumps(keys[-1], ensure_ascii=False) + ":{}"
        for empty in ("," + member, member + ",", member):
            text = text.str.replace(empty, "", literal=True)
    return text


def put(patch: dict[str, object], parts: list[str]) -> None:
    """Set the member at a path to null, making the objects on the way."""
    for part in parts[:-1]:
        inner = patch.setdefault(part, {})
        if not isinstance(inner, dict):
            return  # the whole member goes already
        patch = inner
    patch[parts[-1]] = None
