"""Claimed records to roles: the fields of a preset as text, what is left of each object as `extra`, whole columns."""

import json
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from forensics.engine import Engine
from forensics.ingest import identity, times
from forensics.ingest.formats.base import Binding, Field
from forensics.ingest.formats.json_patch import path, put, without_empty
from forensics.ingest.formats.json_preset import Preset, any_of, mark, said
from forensics.ingest.formats.json_text import look, merged
from forensics.ingest.layout.objects import Objects, told_apart

Roles = Mapping[str, tuple[str, ...]]

# Where a record has several times or identities, normalization takes the first that holds a value.
_KINDS = ("user", "subscription", "api_key_id", "api_key", "authorization", "token", "session", "cookie")
_FIRST = tuple(f"timestamp:{kind}" for kind in ("start", "unknown", "end")) + tuple(
    f"user_id:{kind}" for kind in _KINDS
)
_VERSION = r"(?i)^(?:https?/|h|quic/)?([0-9](?:\.[0-9])?)"
_MICROSECONDS = "event_duration_us:us"


def rank(role: str) -> tuple[int, str]:
    """Return where a role stands in the order in which normalization asks."""
    return (_FIRST.index(role) if role in _FIRST else len(_FIRST), role)


def read_claimed(
    engine: Engine, objects: Objects, preset: Preset, roles: Roles, found: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the roles of records that a preset claims, with `extra`, `log_format`, `reason` and `flags`.

    `found` is what `look` found at the pointers that `needed` names, where that is known already.
    """
    if preset.shapes:
        text = objects.text
        for shape in preset.shapes:
            text = shape(engine, text)
        objects = told_apart(text)
    if found is None or preset.shapes:
        found = look(engine, objects, needed(preset, roles))
    roles = {role: roles[role] for role in sorted(roles, key=rank) if roles[role]}
    as_logged = _coalesced(found, roles, preset)
    logged = _tidied(as_logged, preset)
    reason = _reason(found, preset)
    return logged.with_columns(
        _rest(engine, objects, found, roles, preset).alias("extra"),
        pl.when(reason.is_null()).then(pl.lit(preset.name)).alias("log_format"),
        reason.alias("reason"),
        _flags(pl.concat([found, as_logged, logged.select("negative")], how="horizontal"), preset).alias("flags"),
    ).drop("negative")


def needed(preset: Preset, roles: Roles) -> list[str]:
    """Return every pointer to look at, and for an element of a list the one after it."""
    asked = [pointer for pointers in roles.values() for pointer in pointers]
    beside = [_next(pointer) for pointer in asked if _is_element(pointer)]
    marks = [mark(each).pointer for each in (*preset.requests, *preset.refusals.values())]
    flagged = [name for flag in preset.flags.values() for name in flag.meta.root_names() if name.startswith("/")]
    return list(dict.fromkeys([*asked, *beside, *marks, *flagged]))


def _is_element(pointer: str) -> bool:
    return pointer.endswith("/0")


def _next(pointer: str) -> str:
    return pointer.removesuffix("0") + "1"


def _holds(pointer: str, preset: Preset) -> pl.Expr:
    return ~pl.col(pointer).str.contains(preset.void)


def _coalesced(found: pl.DataFrame, roles: Roles, preset: Preset) -> pl.DataFrame:
    """Return one column per role: the first of its pointers that holds a value."""
    return found.select(
        pl.coalesce(*(pl.when(_holds(pointer, preset)).then(pl.col(pointer)) for pointer in pointers)).alias(role)
        for role, pointers in roles.items()
    )


def _tidied(logged: pl.DataFrame, preset: Preset) -> pl.DataFrame:
    """Return roles with the repairs of the preset and of all presets, and `negative`: a duration below zero."""
    if preset.settle is not None:
        logged = preset.settle(logged)
    logged = logged.drop([role for role in logged.columns if role.startswith(".")])
    identities = [role for role in logged.columns if role.startswith("user_id:")]
    durations = [role for role in logged.columns if role.startswith("event_duration_us")]
    below_zero = [pl.col(role).str.contains(r"^\s*-").fill_null(value=False) for role in durations]
    logged = logged.with_columns(
        pl.any_horizontal(pl.lit(value=False), *below_zero).alias("negative"),
        *(pl.when(~pl.col(role).str.contains(identity.HIDDEN)).then(pl.col(role)).alias(role) for role in identities),
        *(pl.when(~below).then(pl.col(role)).alias(role) for role, below in zip(durations, below_zero, strict=True)),
    )
    if "http_version" in logged.columns:
        logged = logged.with_columns(pl.col("http_version").str.extract(_VERSION))
    return _with_elapsed(logged, durations) if preset.elapsed else logged


def _with_elapsed(logged: pl.DataFrame, durations: Sequence[str]) -> pl.DataFrame:
    """Return roles with the time from logged start to logged end as the duration, where none is logged."""
    start, end = (times.instants(logged[f"timestamp:{kind}"], "UTC")["timestamp"] for kind in ("start", "end"))
    between = (end.cast(pl.Int64) - start.cast(pl.Int64)).alias("between")
    unknown = pl.all_horizontal(pl.lit(value=True), *(pl.col(role).is_null() for role in durations))
    sane = pl.when(unknown & (pl.col("between") >= 0)).then(pl.col("between")).cast(pl.String)
    backward = unknown & (pl.col("between") < 0).fill_null(value=False)
    return (
        logged.with_columns(between)
        .with_columns(sane.alias(_MICROSECONDS), (pl.col("negative") | backward).alias("negative"))
        .drop("between")
    )


def _reason(found: pl.DataFrame, preset: Preset) -> pl.Series:
    """Return why a record is refused, null where it is not."""
    reason = pl.lit(None, pl.String)
    if preset.requests:
        reason = pl.when(~any_of(said(preset.requests))).then(pl.lit("non_http"))
    for code, refusing in preset.refusals.items():
        reason = pl.when(refusing.holds()).then(pl.lit(code)).otherwise(reason)
    return found.with_columns(reason.alias("reason"))["reason"]


def _flags(frame: pl.DataFrame, preset: Preset) -> pl.Series:
    """Return what is unusual about each record."""
    conditions = {**preset.flags, "negative_duration": pl.col("negative")}
    named = [pl.when(condition).then(pl.lit(flag)) for flag, condition in conditions.items()]
    return frame.with_columns(pl.concat_list(*named).list.drop_nulls().alias("flags"))["flags"]


def _rest(engine: Engine, objects: Objects, found: pl.DataFrame, roles: Roles, preset: Preset) -> pl.Series:
    """Return the objects without the members whose values went to a column; null where nothing is left.

    Of several members that could fill a column only the one that did is taken out: the others are evidence, too.
    """
    columns: dict[str, list[str]] = {}
    for role, pointers in roles.items():
        columns.setdefault(role if role.startswith(".") else role.partition(":")[0], []).extend(pointers)
    places = [_taken(pointers, preset).alias(column) for column, pointers in columns.items()]
    taken = found.with_columns(places).select(list(columns))
    combinations = taken.unique().sort(*taken.columns)
    patches = [_patch(columns, chosen) for chosen in combinations.iter_rows(named=True)]
    table = combinations.with_columns(pl.Series("patch", patches, dtype=pl.String))
    patch = taken.join(table, on=taken.columns, how="left", maintain_order="left", nulls_equal=True)["patch"]
    fields = [Field(role, "", whole=_whole(pointer)) for role, pointers in roles.items() for pointer in pointers]
    objects, asked = objects.by(patch)
    rest = without_empty(merged(engine, objects.asked, asked), Binding(fields=tuple(fields)))
    return objects.told(rest.replace("{}", None))


def _taken(pointers: Sequence[str], preset: Preset) -> pl.Expr:
    """Return which of the pointers of a column gave its value: the first that holds one, else the first that exists."""
    if len(pointers) == 1 and pointers[0].count("/") == 1:
        return pl.lit(0, pl.Int16)  # a member of the object itself can be taken out unseen
    places = range(len(pointers))
    holding = [pl.when(_holds(pointers[place], preset)).then(pl.lit(place, pl.Int16)) for place in places]
    present = [pl.when(pl.col(pointers[place]).is_not_null()).then(pl.lit(place, pl.Int16)) for place in places]
    chosen = pl.coalesce(*holding, *present)
    crowded = [
        (chosen == place) & pl.col(_next(pointer)).is_not_null()
        for place, pointer in enumerate(pointers)
        if _is_element(pointer)
    ]
    return pl.when(~pl.any_horizontal(pl.lit(value=False), *crowded)).then(chosen)


def _patch(columns: Mapping[str, Sequence[str]], places: Mapping[str, int | None]) -> str:
    """Return the patch that takes out the members at these places (RFC 7396)."""
    patch: dict[str, object] = {}
    for column, place in places.items():
        if place is not None and (keys := path(_whole(columns[column][place]))):
            put(patch, keys)
    return json.dumps(patch)


def _whole(pointer: str) -> str:
    """Return the pointer of the member that goes with a value: a list of one goes with it, a longer path in one not."""
    inner = pointer.removesuffix("/0")
    return "" if any(key.isdigit() for key in path(inner)) else inner


def fields_of(roles: Roles) -> Iterable[Field]:
    """Return the roles of a preset as fields of a binding."""
    for role in sorted(roles, key=rank):
        for pointer in roles[role]:
            yield Field(role, ".".join(path(pointer)), (pointer,), whole=_whole(pointer))
