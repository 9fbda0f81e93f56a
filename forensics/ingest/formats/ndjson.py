"""One JSON object per line, read by whole columns through DuckDB's JSON functions; no schema is ever inferred.

Schema inference drops keys it meets late and columns it cannot type. Here the excerpt decides only which keys play a
role; every other key of every line goes to `extra`, whenever it first appears.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import polars as pl

from forensics.engine import Engine
from forensics.errors import SourceError
from forensics.ingest import compiled
from forensics.ingest.formats import aliases
from forensics.ingest.formats.base import Binding, Family, Field, LineFormat, Sample, Wishes
from forensics.ingest.formats.json_few import few
from forensics.ingest.formats.json_patch import patches, pointer, without_empty
from forensics.ingest.layout.objects import Objects, told_apart
from forensics.ingest.logged import Logged, no_flags
from forensics.ingest.lookups import lookups

_DEEP = 4  # levels of nested objects searched for known fields
_ROW_BY_ROW = ("extra", "log_format", "reason")
_LISTED = 12  # keys named in a message
_STRING = r'"(?:[^"\\]|\\.)*"'
# What DuckDB's reader accepts and JSON (RFC 8259) does not: NaN, Infinity, a comma before a closing bracket.
_NOT_NUMBERS, _HANGING_COMMA = r"(?i)nan|inf", r",[ \t\r\n]*[}\]]"

_EXTRACT = """
WITH judged AS MATERIALIZED (  -- one look at each text decides whether the others may be taken
    SELECT row, text, json_valid(text) AS is_json FROM lines
)

SELECT
    is_json,
    CASE WHEN is_json THEN json_type(text) END AS kind,
    CASE WHEN is_json THEN json_extract_string(text, $pointers) END AS found
FROM judged
ORDER BY row
"""
_REMOVE = """
SELECT CASE WHEN $at = '' OR json_type(text, $at) = 'OBJECT' THEN CAST(json_merge_patch(text, $patch) AS VARCHAR)
       ELSE text END AS text
FROM lines
ORDER BY row
"""


def bind(sample: Sequence[str], wishes: Wishes) -> Binding:
    """Decide which keys play which role. Raise `SourceError` where none holds a time."""
    leaves = _leaves(sample)
    values = {name: held for name, (_, held) in leaves.items()}
    pairs = aliases.choose(values, wishes)
    if not aliases.has_time(pairs):
        seen = ", ".join(list(values)[:_LISTED]) or "none"
        raise SourceError(
            f"no key holds a time (keys: {seen})", hint="name it: --map timestamp=KEY (nested: --map timestamp=a.b)"
        )
    unseen = sorted(name for name in wishes.values() if name not in leaves)
    warnings = tuple(f"no sampled record has the key {name!r}" for name in unseen)
    return Binding(fields=tuple(_field(role, name, leaves) for role, name in pairs), warnings=warnings)


def _leaves(sample: Sequence[str]) -> dict[str, tuple[tuple[str, ...], list[str]]]:
    """Return the fields of the sampled objects: dotted name to path and values, in order of appearance."""
    found: dict[str, tuple[tuple[str, ...], list[str]]] = {}
    for line in sample:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        for path, value in _walk(record, ()):
            name = path[0] if len(path) == 1 else ".".join(part for part in path if part)
            held = found.get(name) or found.setdefault(name, (path, []))
            if value is not None:
                held[1].append(value)
    return found


def _walk(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """Yield the leaves of a JSON value; a list of one is its element, a path that ends in `0`."""
    if isinstance(value, dict) and len(path) < _DEEP:
        for key, child in value.items():
            if isinstance(child, str):  # most are
                yield (*path, key), child
            else:
                yield from _walk(child, (*path, key))
    elif isinstance(value, list):
        yield (*path, ""), json.dumps(value) if len(value) != 1 else str(value[0])
    elif not isinstance(value, dict) and path:
        yield path, None if value is None else value if isinstance(value, str) else json.dumps(value)


def _field(role: str, name: str, leaves: dict[str, tuple[tuple[str, ...], list[str]]]) -> Field:
    path = leaves[name][0] if name in leaves else (name,)
    paths = [path, (name,), tuple(name.split("."))]  # a dotted name is a flat key in some lines, a path in others
    if path[-1] == "":  # a list: taken whole as a list of addresses, by its first element elsewhere
        paths[:1] = [path[:-1] if role == "network_forwarded_ip" else (*path[:-1], "0"), path[:-1]]
    pointers = tuple(dict.fromkeys(pointer(each) for each in paths))
    return Field(role, name, pointers, whole=pointer(path[:-1] if path[-1] == "" else path))


def read(text: pl.Series, binding: Binding) -> pl.DataFrame:
    """Read a column of JSON texts: the bound fields as text, the rest of each object as `extra`."""
    objects = told_apart(text)
    answers = _answers(objects, binding)
    return pl.DataFrame([objects.told(column) for column in answers.get_columns()]).with_columns(
        pl.lit([], pl.List(pl.String)).alias("flags")
    )


def cut(text: pl.Series, binding: Binding) -> Logged | None:
    """Return what `read` does, texts that repeat by their distinct values; None where these are not known."""
    if not compiled.worthwhile():
        return None
    objects = told_apart(text)
    answers = _answers(objects, binding)
    known = {name: objects.coded(answers[name]) for name in answers.columns if name not in _ROW_BY_ROW}
    texts = {name: each for name, each in known.items() if each is not None}
    told = [objects.told(column) for column in answers.get_columns() if column.name not in texts]
    frame = pl.DataFrame([*told, no_flags(len(text))])
    return Logged(frame, texts, (*answers.columns, "flags"), suspects=objects.suspects(answers["extra"]))


def _answers(objects: Objects, binding: Binding) -> pl.DataFrame:
    """Read the template of each shape, and every text that has none."""
    templates = [_answer(each.shape.template, binding) for each in objects.alike]
    rest = objects.text.gather(objects.rest)
    return pl.concat([*templates, _read(rest, binding)] if len(rest) or not templates else templates)


@lru_cache(maxsize=64)  # shapes are the same in every chunk; a template may be as long as a line
def _answer(template: str, binding: Binding) -> pl.DataFrame:
    return _read(pl.Series([template]), binding)


def _read(text: pl.Series, binding: Binding) -> pl.DataFrame:
    """Read JSON texts of any shape."""
    pointers = [each for field in binding.fields for each in field.pointers]
    removed = patches(binding)
    if not any(removed.keys()) and (known := few(text, pointers, removed[""])) is not None:
        return _roles(known.select("found", "extra", is_json=True, kind=pl.lit("OBJECT"), good=True), binding)
    lines = pl.DataFrame({"row": pl.int_range(len(text), eager=True), "text": text})
    with lookups() as engine:
        engine.register("lines", lines.to_arrow())
        found = pl.DataFrame(pl.from_arrow(engine.rows(_EXTRACT, {"pointers": pointers or ["/"]})))
        good = found.select(pl.col("is_json") & (pl.col("kind") == "OBJECT")).to_series() & ~lenient(text)
        rest = _without(engine, lines.filter(good), binding, removed)
    extra = pl.Series([None], dtype=pl.String).new_from_index(0, len(text)).scatter(good.arg_true(), rest)
    return _roles(found.with_columns(good.alias("good"), extra.alias("extra")), binding)


def _roles(found: pl.DataFrame, binding: Binding) -> pl.DataFrame:
    """Name the extracted values by role and the refused lines by reason."""
    roles, position = [], 0
    for field in binding.fields:
        places = range(position, position + len(field.pointers))
        value = pl.coalesce(*(pl.col("found").list.get(place, null_on_oob=True) for place in places))
        roles.append(pl.when("good").then(value).alias(field.role))
        position = places.stop
    not_object = pl.col("is_json") & (pl.col("kind") != "OBJECT")
    return found.select(
        *roles,
        pl.when(pl.col("extra") != "{}").then("extra").alias("extra"),
        pl.when("good").then(pl.lit("ndjson")).alias("log_format"),
        pl.when(not_object)
        .then(pl.lit("not_an_object"))
        .when(~pl.col("good"))
        .then(pl.lit("invalid_json"))
        .alias("reason"),
    )


def lenient(text: pl.Series) -> pl.Series:
    """Return which texts are JSON only to a lenient reader: NaN, Infinity, a comma before a closing bracket."""
    suspects = text.str.contains(_NOT_NUMBERS) | text.str.contains(_HANGING_COMMA)
    if not suspects.any():
        return suspects
    bare = pl.select(pl.when(suspects).then(text).str.replace_all(_STRING, '""')).to_series()
    return (bare.str.contains(_NOT_NUMBERS) | bare.str.contains(_HANGING_COMMA)).fill_null(value=False)


def _without(
    engine: Engine, lines: pl.DataFrame, binding: Binding, removed: Mapping[str, dict[str, object]]
) -> pl.Series:
    """Return the objects with some patches applied."""
    text = lines["text"]
    for at, patch in sorted(removed.items()):
        if patch:
            engine.register("lines", lines.with_columns(text).to_arrow())
            patched = engine.rows(_REMOVE, {"at": at, "patch": json.dumps(patch)})
            text = pl.Series("text", patched["text"])
    return without_empty(text, binding)


_BESIDE = ('{"time":"2026-03-02T04:05:06Z"}',)
NDJSON = LineFormat(
    name="ndjson",
    title="One JSON object per line (nginx JSON, ECS, API gateways, LLM gateways)",
    reference="https://github.com/ndjson/ndjson-spec",
    family=Family.JSON,
    bind=bind,
    read=read,
    accepted=(
        Sample(
            '{"time":"2026-03-02T04:05:06.25Z","user_id":"u-17","client_ip":"198.18.0.7","method":"POST","path":"/v1/x?a=1",'
            '"status":200,"bytes":512,"duration_ms":1.5,"user_agent":"x/1","request_id":"r-1"}',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "timestamp_kind": "unknown",
                "user_id": "u-17",
                "source_ip": "198.18.0.7",
                "source_ip_origin": "field",
                "http_request_method": "POST",
                "url_original": "/v1/x?a=1",
                "url_path": "/v1/x",
                "url_query": "a=1",
                "http_response_status_code": 200,
                "http_response_body_bytes": 512,
                "event_duration_us": 1500,
                "user_agent_original": "x/1",
                "extra": '{"request_id":"r-1"}',
            },
        ),
        Sample(
            '{"@timestamp":"2026-03-02T04:05:06+02:00","source":{"ip":"2001:db8::7","port":4},"user":{"id":"u-17"},'
            '"http":{"request":{"method":"GET"},"response":{"status_code":404}},"url":{"original":"/a"}}',
            {
                "timestamp": "2026-03-02T02:05:06+00:00",
                "source_range": "2001:db8::/48",
                "user_id": "u-17",
                "http_request_method": "GET",
                "http_response_status_code": 404,
                "url_path": "/a",
                "extra": '{"source":{"port":4}}',
            },
        ),
        Sample(
            '{"startTime":"1772424306250","request":"GET /a HTTP/2.0","remote_addr":"198.18.0.7","remote_user":"",'
            '"status":"499","request_time":"0.030","model":"m-1","prompt_tokens":7,"completion_tokens":"9"}',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "timestamp_kind": "start",
                "user_id": None,
                "source_ip_origin": "peer",
                "http_request_method": "GET",
                "http_version": "2",
                "http_response_status_code": 499,
                "event_duration_us": 30_000,
                "gen_ai_request_model": "m-1",
                "gen_ai_usage_input_tokens": 7,
                "gen_ai_usage_output_tokens": 9,
                "extra": None,
            },
        ),
    ),
    rejected=(
        Sample('{"time":"2026-03-02T04:05:06Z","user_id":NaN}', beside=_BESIDE, reason="invalid_json"),
        Sample('{"time":"2026-03-02T04:05:06Z","a":[1,2,]}', beside=_BESIDE, reason="invalid_json"),
        Sample('{"time":"2026-03-02T04:05:06Z","msg":"cut of', beside=_BESIDE, reason="invalid_json"),
        Sample(
            '{"time":"2026-03-02T04:05:06Z"} {"time":"2026-03-02T04:05:06Z"}', beside=_BESIDE, reason="invalid_json"
        ),
        Sample('["2026-03-02T04:05:06Z"]', beside=_BESIDE, reason="not_an_object"),
        Sample('{"time":"yesterday","user_id":"u-17"}', beside=_BESIDE, reason="no_timestamp"),
    ),
)
