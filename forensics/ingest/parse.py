"""One chunk of records in, rows of `events` and `rejects` out, and the counts that must balance.

A pure function of the chunk and a `Reading`, so that chunks can be spread over threads, processes or machines.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from forensics.ingest import hours
from forensics.ingest.asked import without
from forensics.ingest.counts import Clock, Counts
from forensics.ingest.documents import Shape
from forensics.ingest.envelopes.base import Envelope
from forensics.ingest.event_ids import event_ids
from forensics.ingest.formats import KNOWN_REMARKS, MIXED, Binding, Family, LineFormat
from forensics.ingest.formats.parquet import read_columns
from forensics.ingest.layout.lines import beginnings
from forensics.ingest.logged import Logged, no_flags
from forensics.ingest.normalize import FLAGS, Normalized, Terms, normalize
from forensics.ingest.unwrap import NUL_FILLED, marked, unwrapped
from forensics.keyed import SECRET_KINDS
from forensics.redact import mask_members, mask_secrets
from forensics.schema import EVENTS, REJECTS

_RAW_CHARS = 2_000
_BLANK, _HASH, _NOT_ASCII = 0x20, 0x23, 0x80
_ASSUMED = "timezone_assumed"
_READ = ("record", "comment")  # comments by those formats only whose headers stand among the records
_LOST = ("too_long", "truncated", NUL_FILLED)
_SETTLED = (*_LOST, *KNOWN_REMARKS, "no_timestamp")  # reasons of records that no other format is asked for
_NO_REJECTS = pl.DataFrame(pl.from_arrow(REJECTS.empty()))
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
    others: tuple[tuple[LineFormat, Binding], ...] = ()  # asked in turn for what those before them refuse

    @property
    def name(self) -> str:
        """Return the formats in turn, as `--format` takes them."""
        return MIXED.join(form.name for form in (self.format, *(form for form, _ in self.others)))


@dataclass(frozen=True)
class Parsed:
    """The rows of one chunk, ordered by offset, and its counts.

    Columns of the events whose text is known by its distinct values stand in `texts` as they are written, all others
    in `frame`.
    """

    frame: pl.DataFrame
    rejects: pl.DataFrame
    counts: Counts
    texts: Mapping[str, pa.Array] = field(default_factory=dict)

    @property
    def events(self) -> pl.DataFrame:
        """Return all columns of the events, row by row."""
        texts = (pl.Series(name, pl.from_arrow(text.cast(pa.string()))) for name, text in self.texts.items())
        return self.frame.with_columns(texts).select(EVENTS.names())


def parse_text(records: pl.DataFrame, reading: Reading, *, newlines: int = 0) -> Parsed:
    """Turn records of text (as `reader.records` returns them) into rows, by as many formats as it takes."""
    parsed = _by_one(records, reading, newlines)
    events, rejects = [parsed.events] if reading.others else [], parsed.rejects
    for form, binding in reading.others:
        left = rejects.filter(~pl.col("reason").is_in(_SETTLED))["log_offset"]
        if left.is_empty():
            break
        again = records.filter(records["log_offset"].is_in(left.implode()))
        both = (*reading.others, (reading.format, reading.binding))  # what any of them holds secret is withheld
        found = _by_one(again, replace(reading, format=form, binding=binding, others=both), 0)
        known = found.rejects.filter(pl.col("reason").is_in(_SETTLED))
        settled = pl.concat([found.frame["log_offset"], known["log_offset"]])
        rejects = pl.concat([rejects.filter(~pl.col("log_offset").is_in(settled.implode())), known])
        events.append(found.events)
    if len(events) <= 1:
        return parsed
    rows, rejects = pl.concat(events).sort("log_offset"), rejects.sort("log_offset")
    tally = {"comment": parsed.counts.comments, "blank": parsed.counts.blanks}
    return Parsed(rows, rejects, _counts(rows, rejects, tally, parsed.counts.bytes_content, newlines))


def _by_one(records: pl.DataFrame, reading: Reading, newlines: int) -> Parsed:
    """Turn records into rows by the first format alone."""
    records = unwrapped(records, reading.envelopes)
    headed = reading.format.carry is not None
    kind = _kinds(records, reading)
    body = records if kind is None else records.with_columns(kind).filter(kind.is_in(_READ[: 1 + headed]))
    logged = _logged(body["text"], reading)
    if headed and kind is not None:
        own = body["kind"] == _READ[0]
        logged, body = Logged(logged.frame.filter(own)), body.filter(own)
    known = logged.suspects if body["envelope"].null_count() == body.height else None  # it goes to `extra`
    parsed = _rows(body, replace(logged, frame=marked(logged.frame, body, reading.flags), suspects=known), reading)
    rejects, tally = parsed.rejects, {}
    if kind is not None:
        lost = records.with_columns(kind.alias("reason")).filter(kind.is_in(_LOST))
        rejects = pl.concat([rejects, _rejects(lost, reading, None)]).sort("log_offset")
        tally = _tally(kind)
    size = int(records["log_length"].sum()) + newlines
    return replace(parsed, rejects=rejects, counts=_counts(parsed.frame, rejects, tally, size, newlines))


def _logged(text: pl.Series, reading: Reading) -> Logged:
    """Return what the format reads, with what repeats by its distinct values where it knows them."""
    known = reading.format.cut(text, reading.binding) if reading.format.cut else None
    return known or Logged(reading.format.read(text, reading.binding))


def _kinds(records: pl.DataFrame, reading: Reading) -> pl.Series | None:
    """Return what each record is: to be read, a comment, blank, or why it cannot be read. None: all are to be read."""
    text, header = records["text"], reading.binding.header_record
    first = beginnings(text)  # any other line is neither blank nor a comment
    near = np.flatnonzero((first <= _BLANK) | (first == _HASH) | (first >= _NOT_ASCII))
    few = text.gather(near)
    if header is None:  # W3C servers indent their header lines at times
        comment = _among(near, few.str.contains(r"^\s*#" if reading.format.carry else "^#"), len(text))
    else:
        comment = text.is_in([header, reading.binding.opening])
    marks = {
        NUL_FILLED: records[NUL_FILLED] & (text == ""),
        "too_long": records["too_long"],
        "truncated": records["cut"],
        "blank": _among(near, few.str.contains(r"^\s*$"), len(text)),
        "comment": comment,
    }
    if not any(mark.any() for mark in marks.values()):
        return None
    kind = pl.lit(_READ[0])
    for name, mark in reversed(marks.items()):
        kind = pl.when(mark).then(pl.lit(name)).otherwise(kind)
    return pl.select(kind.alias("kind")).to_series()


def _among(rows: npt.NDArray[np.int64], marks: pl.Series, count: int) -> pl.Series:
    """Return marks of some rows as marks of all."""
    found = np.zeros(count, np.bool_)
    found[rows] = marks.to_numpy()
    return pl.Series(found)


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
    parsed = _rows(records, Logged(read_columns(rows, reading.binding)), reading)
    return replace(parsed, counts=_counts(parsed.frame, parsed.rejects, {}, 0, 0))


def _rows(records: pl.DataFrame, logged: Logged, reading: Reading) -> Parsed:
    """Split the records into events and rejects."""
    normal = normalize(logged, reading.terms)
    said = logged.frame.select("log_format", "reason", "flags")
    frame = pl.concat([records, normal.columns, said], how="horizontal")
    no_time = pl.when(pl.col("timestamp").is_null()).then(pl.lit("no_timestamp"))
    frame = frame.with_columns(pl.coalesce("reason", no_time).alias("reason"))
    good = None if frame["reason"].null_count() == frame.height else frame["reason"].is_null()  # mostly no row is moved
    events = _events(frame if good is None else frame.filter(good))
    rejects = frame.clear() if good is None else frame.filter(~good)
    texts = {name: text.arrow(good) for name, text in normal.texts.items()}
    hashes = {"log_file_sha256": reading.log_file_sha256, "content_sha256": reading.content_sha256}
    if len(formats := _tally(events["log_format"])) == 1:
        hashes["log_format"] = next(iter(formats))
    texts |= {name: _repeated(value, events.height) for name, value in hashes.items()}
    texts["event_id"] = event_ids(reading.content_sha256[:16], events["log_offset"])
    return Parsed(events, _rejects(rejects, reading, normal), Counts(), texts)


def _repeated(constant: str, count: int) -> pa.Array:
    if not count:
        return pa.nulls(0, pa.string())
    return pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), pa.array([constant]), safe=False)


def _events(frame: pl.DataFrame) -> pl.DataFrame:
    """Add flags; return the columns of `events` that are there."""
    frame = frame.with_columns(_flags(frame).alias("parse_flags"))
    return frame.select(name for name in EVENTS.names() if name in frame.columns)


def _flags(frame: pl.DataFrame) -> pl.Series:
    """Return the flags of each row as a sorted list, made once per combination that occurs."""
    own = frame["flags"].list.len() > 0
    if not own.any() and not any(frame[name].any() for name in FLAGS):
        return no_flags(frame.height)
    bits = np.zeros(frame.height, np.int64)
    for place, name in enumerate(FLAGS):
        if frame[name].any():
            bits |= frame[name].fill_null(value=False).to_numpy().astype(np.int64) << place
    marks = pl.DataFrame([pl.Series("bits", bits), frame["flags"]])
    odd = own | pl.Series(bits != 0)
    combinations = marks.filter(odd).unique().sort("bits", "flags")
    lists = [
        sorted([*flags, *(name for place, name in enumerate(FLAGS) if mask >> place & 1)])
        for mask, flags in combinations.iter_rows()
    ]
    table = combinations.with_columns(pl.Series("parse_flags", lists, dtype=pl.List(pl.String)))
    found = marks.filter(odd).join(table, on=["bits", "flags"], how="left", maintain_order="left")["parse_flags"]
    order = np.zeros(frame.height, np.int64)
    order[odd] = np.arange(1, len(found) + 1)
    return pl.concat([no_flags(1).alias(found.name), found], rechunk=True)[order]


def _rejects(frame: pl.DataFrame, reading: Reading, normal: Normalized | None) -> pl.DataFrame:
    """Return rejected records with their reason and their text, secrets masked."""
    if frame.is_empty():
        return _NO_REJECTS
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
    pairs = ((reading.format, reading.binding), *reading.others)
    secret = [
        (form.family, bound)
        for form, binding in pairs
        for bound in binding.fields
        if bound.role.partition(":")[2] in SECRET_KINDS
    ]
    for family, bound in secret:
        if family != Family.JSON:
            return pl.Series([_WITHHELD], dtype=pl.String).new_from_index(0, len(raw)) if len(raw) else raw
        leaf = re.escape(bound.name.rpartition(".")[2])
        raw = raw.str.replace_all(rf'("{leaf}"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[^\s,}}]+)', '${1}"[withheld]"')
    return raw


def _counts(events: pl.DataFrame, rejects: pl.DataFrame, tally: Mapping[str, int], size: int, newlines: int) -> Counts:
    said = hours.said(events["parse_flags"])
    is_odd = "implausible_time" in said
    kept = events.filter(~pl.col("parse_flags").list.contains("implausible_time")) if is_odd else events
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
        assumed_zone=int(events["parse_flags"].list.contains(_ASSUMED).sum()) if _ASSUMED in said else 0,
        first=plausible.min(),  # type: ignore[arg-type]
        last=plausible.max(),  # type: ignore[arg-type]
        formats=_tally(events["log_format"]),
        reasons=_tally(rejects["reason"]),
        clock=Clock.of(plausible),
        hours=hours.of(plausible, kept["parse_flags"]),
    )


def _tally(values: pl.Series) -> dict[str, int]:
    if len(values) and not values.null_count() and (values == values[0]).all():  # mostly one stands everywhere
        return {values[0]: len(values)}
    return dict(values.value_counts().sort(values.name).iter_rows())
