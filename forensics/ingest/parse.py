"""One chunk of records in, rows of `events` and `rejects` out, and the counts that must balance.

A pure function of the chunk and a `Reading`, so that chunks can be spread over threads, processes or machines.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from forensics.ingest import hours
from forensics.ingest.counts import Clock, Counts
from forensics.ingest.documents import Shape
from forensics.ingest.envelopes.base import Envelope
from forensics.ingest.formats import Binding, Family, LineFormat
from forensics.ingest.formats.parquet import read_columns
from forensics.ingest.normalize import FLAGS, Normalized, Terms, normalize, without
from forensics.ingest.unwrap import NUL_FILLED, marked, unwrapped
from forensics.keyed import SECRET_KINDS
from forensics.redact import mask_members, mask_secrets
from forensics.schema import EVENTS, REJECTS

_RAW_CHARS = 2_000
_WITHHELD = "[withheld: the identity in this file is a secret, and this record could not be split into fields]"


@dataclass(frozen=True)
class Reading:
    """How one source is read: equal for all of its chunks."""

    log_file_sha256: str
    content_sha256: str
    format: LineFormat
    binding: Binding
    terms: Terms
    envelopes: tuple[Envelope, ...] = ()
    shape: Shape | None = None
    flags: tuple[str, ...] = ()  # what is unusual about every record


@dataclass(frozen=True)
class Parsed:
    """The rows of one chunk, ordered by offset, and its counts."""

    events: pl.DataFrame
    rejects: pl.DataFrame
    counts: Counts


def parse_text(records: pl.DataFrame, reading: Reading, *, newlines: int = 0) -> Parsed:
    """Turn records of text (as `reader.records` returns them) into rows."""
    records = unwrapped(records, reading.envelopes)
    text = pl.col("text")
    header = reading.binding.header_record
    headed = reading.format.carry is not None
    led = text.str.strip_chars_start() if headed else text  # W3C servers indent their header lines at times
    comment = led.str.starts_with("#") if header is None else text == header
    kind = (
        pl.when(pl.col(NUL_FILLED) & (text == "")).then(pl.lit(NUL_FILLED))
        .when(pl.col("too_long")).then(pl.lit("too_long"))
        .when(pl.col("cut")).then(pl.lit("truncated"))
        .when(text.str.strip_chars() == "").then(pl.lit("blank"))
        .when(comment).then(pl.lit("comment"))
        .otherwise(pl.lit("record"))
    )  # fmt: skip
    records = records.with_columns(kind.alias("kind"))
    body = records.filter(pl.col("kind").is_in(["record", "comment"] if headed else ["record"]))
    own = body["kind"] == "record"
    logged = reading.format.read(body["text"], reading.binding).filter(own)
    body = body.filter(own)
    parsed = _rows(body, marked(logged, body, reading.flags), reading)
    lost = records.filter(pl.col("kind").is_in(["too_long", "truncated", NUL_FILLED])).with_columns(
        pl.col("kind").alias("reason")
    )
    rejects = pl.concat([parsed.rejects, _rejects(lost, reading, None)]).sort("log_offset")
    tally = {name: int(records.select((pl.col("kind") == name).sum()).item()) for name in ("blank", "comment")}
    counts = _counts(parsed.events, rejects, tally, int(records["log_length"].sum()) + newlines, newlines)
    return Parsed(parsed.events, rejects, counts)


def parse_columns(rows: pl.DataFrame, ordinal: int, reading: Reading) -> Parsed:
    """Turn rows of a Parquet file, the first of which has this ordinal, into rows of `events`."""
    places = pl.int_range(ordinal, ordinal + rows.height, eager=True).alias("log_offset")
    records = pl.DataFrame({"log_offset": places}).with_columns(
        pl.lit(None, pl.Int64).alias("log_line"),
        pl.lit(0, pl.Int64).alias("log_length"),
        pl.lit(None, pl.String).alias("text"),
        pl.lit(value=False).alias("invalid_utf8"),
        pl.lit(value=False).alias("bom"),
    )
    parsed = _rows(records, read_columns(rows, reading.binding), reading)
    return Parsed(parsed.events, parsed.rejects, _counts(parsed.events, parsed.rejects, {}, 0, 0))


def _rows(records: pl.DataFrame, logged: pl.DataFrame, reading: Reading) -> Parsed:
    """Split the records into events and rejects."""
    normal = normalize(logged, reading.terms)
    frame = pl.concat([records, normal.columns, logged.select("log_format", "reason", "flags")], how="horizontal")
    no_time = pl.when(pl.col("timestamp").is_null()).then(pl.lit("no_timestamp"))
    frame = frame.with_columns(pl.coalesce("reason", no_time).alias("reason"))
    if frame["reason"].null_count() == frame.height:  # the usual chunk: no row is moved
        return Parsed(_events(frame, reading), _rejects(frame.clear(), reading, normal), Counts())
    good = pl.col("reason").is_null()
    events = _events(frame.filter(good), reading)
    return Parsed(events, _rejects(frame.filter(~good), reading, normal), Counts())


def _events(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """Add id, provenance and flags."""
    sha16 = reading.content_sha256[:16]
    ordinal = pl.col("log_offset").cast(pl.String).str.zfill(15)
    frame = frame.with_columns(
        pl.concat_str(pl.lit(f"{sha16}-"), ordinal).alias("event_id"),
        pl.lit(reading.log_file_sha256).alias("log_file_sha256"),
        pl.lit(reading.content_sha256).alias("content_sha256"),
        _flags(frame).alias("parse_flags"),
    )
    return frame.select(EVENTS.names())


def _flags(frame: pl.DataFrame) -> pl.Series:
    """Return the flags of each row as a sorted list, made once per combination that occurs."""
    bits = pl.sum_horizontal(pl.col(name).cast(pl.Int32) * (1 << place) for place, name in enumerate(FLAGS))
    marks = frame.select(bits.alias("bits"), "flags")
    combinations = marks.unique().sort("bits", "flags")
    lists = [
        sorted([*flags, *(name for place, name in enumerate(FLAGS) if mask >> place & 1)])
        for mask, flags in combinations.iter_rows()
    ]
    table = combinations.with_columns(pl.Series("parse_flags", lists, dtype=pl.List(pl.String)))
    return marks.join(table, on=["bits", "flags"], how="left", maintain_order="left", nulls_equal=True)["parse_flags"]


def _rejects(frame: pl.DataFrame, reading: Reading, normal: Normalized | None) -> pl.DataFrame:
    """Return rejected records with their reason and their text, secrets masked."""
    raw = frame["text"].str.slice(0, 2 * _RAW_CHARS)  # masked before it is cut: half a secret is one, too
    raw = without(raw, normal.secrets) if normal else raw
    raw = mask_secrets(mask_members(_withheld(raw, reading), reading.terms.key), reading.terms.key)
    frame = frame.with_columns(
        pl.lit(reading.log_file_sha256).alias("log_file_sha256"),
        pl.lit(reading.content_sha256).alias("content_sha256"),
        raw.str.slice(0, _RAW_CHARS).alias("raw_masked"),
    )
    return frame.select(REJECTS.names())


def _withheld(raw: pl.Series, reading: Reading) -> pl.Series:
    """Return raw text without the field that holds a secret identity, whose place in a broken record is unknown.

    A key in JSON names itself; in any other format the whole record is withheld. Its byte range is still cited.
    """
    asked = reading.terms.account
    if len(raw) and asked and asked.place != "field" and asked.kind in SECRET_KINDS:
        return pl.Series([_WITHHELD], dtype=pl.String).new_from_index(0, len(raw))
    secret = [bound for bound in reading.binding.fields if bound.role.partition(":")[2] in SECRET_KINDS]
    for bound in secret:
        if reading.format.family != Family.JSON:
            return pl.Series([_WITHHELD], dtype=pl.String).new_from_index(0, len(raw)) if len(raw) else raw
        leaf = re.escape(bound.name.rpartition(".")[2])
        raw = raw.str.replace_all(rf'("{leaf}"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[^\s,}}]+)', '${1}"[withheld]"')
    return raw


def _counts(events: pl.DataFrame, rejects: pl.DataFrame, tally: Mapping[str, int], size: int, newlines: int) -> Counts:
    kept = events.filter(~pl.col("parse_flags").list.contains("implausible_time"))
    plausible = kept["timestamp"]
    comments, blanks = tally.get("comment", 0), tally.get("blank", 0)
    return Counts(
        records=events.height + rejects.height + comments + blanks,
        events=events.height,
        rejects=rejects.height,
        comments=comments,
        blanks=blanks,
        newlines=newlines,
        bytes_content=size,
        assumed_zone=int(events.select(pl.col("parse_flags").list.contains("timezone_assumed").sum()).item()),
        first=plausible.min(),  # type: ignore[arg-type]
        last=plausible.max(),  # type: ignore[arg-type]
        formats=_tally(events["log_format"]),
        reasons=_tally(rejects["reason"]),
        clock=Clock.of(plausible),
        hours=hours.of(plausible, kept["parse_flags"]),
    )


def _tally(values: pl.Series) -> dict[str, int]:
    return dict(values.value_counts().sort(values.name).iter_rows())
