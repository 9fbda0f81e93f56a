"""Whole columns of JSON texts: look into them, take members out, bring odd shapes into plain objects.

DuckDB does the reading, polars the joining of text; nothing loops over lines. Members are named by JSON pointers
(RFC 6901). Texts handed to every function but `look` are JSON objects.
"""

import json
from collections.abc import Callable, Sequence
from functools import partial

import polars as pl

from forensics.engine import Engine
from forensics.ingest.formats.json_patch import path
from forensics.ingest.formats.ndjson import lenient
from forensics.ingest.layout.objects import Objects

Shape = Callable[[Engine, pl.Series], pl.Series]  # objects as logged to objects as a preset reads them

_LOOK = """
WITH judged AS MATERIALIZED (  -- one look at each text decides whether the others may be taken
    SELECT row, text, json_valid(text) AS is_json FROM lines
)

SELECT
    coalesce(CASE WHEN is_json THEN json_type(text) = 'OBJECT' END, false) AS is_object,
    CASE WHEN is_json THEN json_extract_string(text, $pointers) END AS found
FROM judged
ORDER BY row
"""
_TEXT_AT = """
SELECT CASE WHEN json_type(text, $at) = 'VARCHAR' THEN json_extract_string(text, $at) END AS held
FROM lines
ORDER BY row
"""
_VALID = "SELECT coalesce(json_valid(text), false) AS valid FROM lines ORDER BY row"
_MERGE = "SELECT CAST(json_merge_patch(text, patch) AS VARCHAR) AS text FROM lines ORDER BY row"
# A list of {name, value} as one object. A name that comes twice keeps all its values, in order; a list with an
# element that has no name stays a list.
_FOLD = """
WITH listed AS MATERIALIZED (
    SELECT
        row, json_transform(CASE WHEN json_type(text, $at) = 'ARRAY' THEN json_extract(text, $at) END, $shape) AS pairs
    FROM lines
),

named AS MATERIALIZED (
    SELECT row, list_transform(pairs, lambda pair: {name}) AS names, list_transform(pairs, lambda pair: {value}) AS held
    FROM listed
),

judged AS MATERIALIZED (
    SELECT *, list_sort(list_distinct(names)) AS unlike, len(list_filter(names, lambda name: name IS NULL)) = 0 AS whole
    FROM named
)

SELECT
    CASE
        WHEN NOT whole THEN NULL
        WHEN len(unlike) = len(names) THEN CAST(to_json(map(names, held)) AS VARCHAR)
        ELSE CAST(to_json(map(unlike, list_transform(unlike, lambda name: array_to_string(
            list_filter(held, lambda value, place: names[place] = name), ', '
        )))) AS VARCHAR)
    END AS folded
FROM judged
ORDER BY row
"""
_HEADERS = _FOLD.replace("{name}", "lower(pair.name)").replace("{value}", "pair.value")
_HEADER_SHAPE = '[{"name":"VARCHAR","value":"VARCHAR"}]'
# OTLP: the value is an object that names its type.
_TYPES = ("stringValue", "intValue", "doubleValue", "boolValue", "bytesValue", "arrayValue", "kvlistValue")
_ATTRIBUTES = _FOLD.replace("{name}", "pair.key").replace(
    "{value}", f"coalesce({', '.join(f'pair.value.{each}' for each in _TYPES)})"
)
_ATTRIBUTE_SHAPE = json.dumps([{"key": "VARCHAR", "value": dict.fromkeys(_TYPES, "VARCHAR")}])
_LIFT = """
WITH counted AS MATERIALIZED (
    SELECT row, text, list_transform($places, lambda place: json_array_length(text, place)) AS sizes FROM lines
)

SELECT
    CASE WHEN list_count(sizes) = len(sizes) AND list_max(sizes) = 1 AND list_min(sizes) = 1
         THEN CAST(json_merge_patch(
             json_object('resource', json_extract(text, $resource), 'scope', json_extract(text, $scope)),
             json_extract(text, $inner)
         ) AS VARCHAR)
         ELSE text END AS text
FROM counted
ORDER BY row
"""


def look(engine: Engine, objects: Objects, pointers: Sequence[str]) -> pl.DataFrame:
    """Return `is_object`, and one String column per pointer, named by it: the value there, or its JSON text.

    A text that is no JSON has nulls.
    """
    _register(engine, objects.asked)
    found = _rows(engine, _LOOK, {"pointers": list(pointers) or ["/"]})
    names = list(pointers)
    values = pl.col("found").list.to_struct(fields=names or ["/"]).struct.unnest()
    asked = found.select(values).select(pl.col(name).cast(pl.String) for name in names)
    odd = pl.Series(objects.rest, dtype=pl.Int64)
    is_object = pl.repeat(value=True, n=len(objects.text), eager=True).scatter(
        odd, found["is_object"][len(objects.alike) :]
    )
    return pl.DataFrame([is_object.alias("is_object"), *(objects.told(column) for column in asked.get_columns())])


def merged(engine: Engine, text: pl.Series, patch: pl.Series) -> pl.Series:
    """Return objects with a patch applied to each (RFC 7396: null removes a member); a null patch changes nothing."""
    rows = patch.is_not_null().arg_true()
    if rows.is_empty():
        return text
    _register(engine, text.gather(rows), patch.gather(rows))
    return text.scatter(rows, _rows(engine, _MERGE)["text"])


def unfolded(*pointers: str) -> Shape:
    """Return a shape that replaces JSON held in a string at these pointers by what it says.

    Members that are null in there get lost (RFC 7396); a string that is no whole JSON stays as it is.
    """
    return partial(_unfolded, pointers)


def _unfolded(pointers: Sequence[str], engine: Engine, text: pl.Series) -> pl.Series:
    for at in pointers:
        _register(engine, text)
        held = _rows(engine, _TEXT_AT, {"at": at})["held"]
        rows = held.str.contains(r"^\s*[{\[]").fill_null(value=False).arg_true()
        if rows.is_empty():
            continue
        inner = held.gather(rows)
        _register(engine, inner)
        sound = _rows(engine, _VALID)["valid"] & ~lenient(inner)
        patches = pl.Series([None], dtype=pl.String).new_from_index(0, len(text))
        text = merged(engine, text, patches.scatter(rows.filter(sound), _wrapped(inner.filter(sound), at)))
    return text


def headers(at: str) -> Shape:
    """Return a shape that makes a list of `{name, value}` objects at a pointer one object, its names in lower case.

    So a header is a member with a name: it can be found, and hidden where it is a secret.
    """
    return partial(_folded, _HEADERS, {"at": at, "shape": _HEADER_SHAPE})


def attributes(at: str) -> Shape:
    """Return a shape that makes OTLP's list of `{key, value: {type: value}}` at a pointer one object."""
    return partial(_folded, _ATTRIBUTES, {"at": at, "shape": _ATTRIBUTE_SHAPE})


def _folded(query: str, params: dict[str, object], engine: Engine, text: pl.Series) -> pl.Series:
    _register(engine, text)
    return merged(engine, text, _wrapped(_rows(engine, query, params)["folded"], str(params["at"])))


def lifted(*lists: str) -> Shape:
    """Return a shape that brings up the only element of lists in lists (OTLP: resource, scope, span).

    `resource` and `scope` beside it stay beside it. A document with more than one stays as it is.
    """
    places = ["/" + "/0/".join(lists[:depth]) for depth in range(1, len(lists) + 1)]
    resource, scope = (f"{place}/0/{name}" for place, name in zip(places, ("resource", "scope"), strict=False))
    return partial(_lifted, {"places": places, "inner": f"{places[-1]}/0", "resource": resource, "scope": scope})


def _lifted(params: dict[str, object], engine: Engine, text: pl.Series) -> pl.Series:
    _register(engine, text)
    return _rows(engine, _LIFT, params)["text"]


def renamed(pattern: str, name: str) -> Shape:
    """Return a shape that gives members whose name matches a pattern another name."""
    # Inside a text the quotes would be escaped, so what stands between two bare ones before a colon is a name.
    return partial(_renamed, rf'(^|[^\\])"{pattern}"\s*:', "${1}" + f"{json.dumps(name)}:")


def _renamed(pattern: str, replacement: str, _: Engine, text: pl.Series) -> pl.Series:
    return text.str.replace_all(pattern, replacement)


def _wrapped(inner: pl.Series, at: str) -> pl.Series:
    """Return JSON texts as the patches that put them at a pointer."""
    keys = [json.dumps(key) for key in path(at)]
    return ("{" + ":{".join(keys) + ":") + inner + "}" * len(keys)


def _register(engine: Engine, text: pl.Series, patch: pl.Series | None = None) -> None:
    columns = {"row": pl.int_range(len(text), eager=True), "text": text}
    frame = pl.DataFrame(columns if patch is None else {**columns, "patch": patch})
    engine.register("lines", frame.to_arrow(compat_level=pl.CompatLevel.newest()))  # string views: nothing is copied


def _rows(engine: Engine, query: str, params: dict[str, object] | None = None) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(engine.rows(query, params)))
