"""CSV and TSV with a header row, split by whole columns.

RFC 4180 quoting: a field that begins with `"` ends at the next lone `"`. Records (which may span lines) are cut by
`reader.quoted_ends`; here each is split into fields by one regular expression, so that nothing loops over rows.
"""

from collections.abc import Sequence
from functools import partial
from itertools import islice

import numpy as np
import polars as pl

from forensics.errors import SourceError
from forensics.ingest.formats import aliases
from forensics.ingest.formats.base import Binding, Family, Field, LineFormat, Sample, Wishes
from forensics.ingest.reader import quoted_ends
from forensics.ingest.times import readable_share

_DELIMITERS = {"csv": (",", ";", "|"), "tsv": ("\t",)}
_OPENINGS = frozenset(f"sep={each}" for pair in _DELIMITERS.values() for each in pair)
_LISTED = 12
_NO_HEADER = ("{", "[", "<", "#")
_SAMPLED = 400


def bind(name: str, sample: Sequence[str], wishes: Wishes) -> Binding:
    """Read the header, decide the delimiter and which column plays which role. Raise `SourceError` without a time."""
    opening, records = _opened(sample)
    first = next(iter(records), "").removeprefix("\ufeff")
    delimiter = _delimiter(name, first, opening)
    header = _fields(first, delimiter)
    if sum(bool(cell.strip()) for cell in header) < 2 or readable_share(list(header)):  # noqa: PLR2004
        raise _headless(header, delimiter)
    header = _unique(header)
    rows = _aligned(cells(pl.Series(list(records[1:]), dtype=pl.String), delimiter), len(header))
    rows = rows.filter(rows.list.len() == len(header))
    values = {column: rows.list.get(place).drop_nulls().to_list() for place, column in enumerate(header)}
    if missing := sorted(set(wishes.values()) - set(header)):
        raise SourceError(f"it has no column {missing[0]!r} (columns: {', '.join(header[:_LISTED])})")
    pairs = aliases.choose(values, wishes)
    if not aliases.has_time(pairs):
        raise SourceError(
            f"no column holds a time (columns: {', '.join(header[:_LISTED])})", hint="name it: --map timestamp=COLUMN"
        )
    fields = tuple(Field(role, column) for role, column in pairs if column in header)
    return Binding(fields=fields, header=header, header_record=first, delimiter=delimiter, opening=opening)


def _opened(sample: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Return the line with which Excel is told the delimiter (`sep=;`, empty if there is none), and the rest."""
    first = next(iter(sample), "").removeprefix("\ufeff")
    return (first, sample[1:]) if first.lower() in _OPENINGS else ("", sample)


def _delimiter(name: str, header: str, opening: str) -> str:
    """Return the delimiter that the file states, else the one that cuts the header into most fields, no quote cut."""
    if opening and opening[-1] in _DELIMITERS[name]:
        return opening[-1]
    fields = {each: _fields(header, each) for each in _DELIMITERS[name]}
    return max(fields, key=lambda each: (not any('"' in field for field in fields[each]), len(fields[each])))


def _fields(record: str, delimiter: str) -> tuple[str, ...]:
    return tuple(cells(pl.Series([record], dtype=pl.String), delimiter).fill_null([]).to_list()[0] or [])


def _headless(row: Sequence[str], delimiter: str) -> SourceError:
    """Return the refusal of a file whose first row is data, with the command that reads it."""
    names = ["timestamp" if readable_share([cell]) else f"column_{place + 1}" for place, cell in enumerate(row)]
    shown = (delimiter if delimiter != "\t" else "\\t").join(names[:_LISTED])
    command = f"(printf '{shown}\\n'; cat FILE) | forensics ingest - -C CASE"
    return SourceError(
        "its first row is no header with two or more named columns",
        hint=f"put the names of its {len(row)} columns in front: {command}",
    )


def _aligned(rows: pl.Series, width: int) -> pl.Series:
    """Return rows without the empty field behind a delimiter at the end of a line."""
    table = rows.to_frame("cells")
    surplus = (pl.col("cells").list.len() == width + 1) & (pl.col("cells").list.last() == "")
    whole = pl.when(surplus).then(pl.col("cells").list.head(width)).otherwise("cells")
    return table.select(whole.alias("cells")).to_series()


def record_texts(content: bytes, *, whole: bool) -> list[str]:
    """Return the records at the beginning of a stream as text, the last one only if it is `whole`."""
    ends = quoted_ends(np.frombuffer(content, np.uint8), whole).tolist()
    if whole and content and (not ends or ends[-1] + 1 < len(content)):
        ends.append(len(content))
    pairs = zip([0, *(end + 1 for end in ends)], ends, strict=False)
    pieces = (content[start:end].decode("utf-8", "replace") for start, end in islice(pairs, _SAMPLED))
    return [piece.removeprefix("\ufeff").removesuffix("\r") for piece in pieces]


def consistency(name: str, sample: Sequence[str]) -> float:
    """Return the share of records that have as many fields as the first one; 0 where there are fewer than three."""
    opening, records = _opened(sample)
    if not records or records[0].lstrip().startswith(_NO_HEADER):
        return 0.0
    delimiter = _delimiter(name, records[0], opening)
    counts = cells(pl.Series(list(records), dtype=pl.String), delimiter).list.len().fill_null(0)
    return float((counts == counts[0]).sum() / len(counts)) if counts[0] > 2 and len(counts) > 1 else 0.0  # noqa: PLR2004


def _unique(header: tuple[str, ...]) -> tuple[str, ...]:
    """Return the header with repeated names numbered, and names for columns without one."""
    names = [name if name.strip() else f"column_{place + 1}" for place, name in enumerate(header)]
    return tuple(name if names.index(name) == place else f"{name}_{place + 1}" for place, name in enumerate(names))


def cells(text: pl.Series, delimiter: str) -> pl.Series:
    """Return the fields of each record as a list; null where its quoting is broken."""
    if not text.str.contains('"', literal=True).any():
        return text.str.split(delimiter)
    mark = "\\t" if delimiter == "\t" else f"\\{delimiter}"
    led = delimiter + text  # every field, the first one too, now begins with a delimiter: no match is empty
    found = led.str.extract_all(f'{mark}(?:"(?:[^"]|"")*"|[^"{mark}][^{mark}]*|)').alias("found")
    field = pl.element().str.slice(1)
    inner = field.str.slice(1, field.str.len_chars() - 2).str.replace_all('""', '"', literal=True)
    bare = pl.when(field.str.starts_with('"')).then(inner).otherwise(field)
    frame = pl.DataFrame({"led": led, "found": found})
    covered = pl.col("found").list.eval(pl.element().str.len_bytes()).list.sum() == pl.col("led").str.len_bytes()
    return frame.select(pl.when(covered).then(pl.col("found").list.eval(bare)).alias("cells")).to_series()


def read(name: str, text: pl.Series, binding: Binding) -> pl.DataFrame:
    """Read a column of records: bound fields by role, the other columns as `extra`."""
    frame = pl.DataFrame({"cells": _aligned(cells(text, binding.delimiter), len(binding.header))})
    good = (pl.col("cells").list.len() == len(binding.header)).fill_null(value=False)
    place = {column: number for number, column in enumerate(binding.header)}
    value = {
        column: pl.when("good").then(pl.col("cells").list.get(place[column], null_on_oob=True)) for column in place
    }
    bound = {field.name for field in binding.fields}
    rest = [value[column].alias(column) for column in binding.header if column not in bound]
    extra = pl.when("good").then(pl.struct(rest).struct.json_encode()) if rest else pl.lit(None, pl.String)
    return frame.with_columns(good.alias("good")).select(
        *(value[field.name].alias(field.role) for field in binding.fields),
        extra.alias("extra"),
        pl.when("good").then(pl.lit(name)).alias("log_format"),
        pl.when(~pl.col("good")).then(pl.lit("field_count")).alias("reason"),
        pl.lit([], pl.List(pl.String)).alias("flags"),
    )


_BESIDE = ("time,user_id", "2026-03-02T04:05:06Z,u-17")
CSV = LineFormat(
    name="csv",
    title="Comma, semicolon or bar separated values with a header row",
    reference="https://www.rfc-editor.org/rfc/rfc4180",
    family=Family.DELIMITED,
    bind=partial(bind, "csv"),
    read=partial(read, "csv"),
    accepted=(
        Sample(
            '2026-03-02 04:05:06,u-17,"/a?x=""1"",2",200,note',
            {
                "timestamp": "2026-03-02T04:05:06+00:00",
                "user_id": "u-17",
                "url_path": "/a",
                "url_query": 'x="1",2',
                "http_response_status_code": 200,
                "extra": '{"remark":"note"}',
                "parse_flags": ["timezone_assumed"],
            },
            beside=("time,user_id,path,status,remark",),
        ),
        Sample(
            "2026-03-02T04:05:06Z;;198.18.0.7",
            {"user_id": None, "source_ip": "198.18.0.7", "extra": None},
            beside=("timestamp;user;client_ip",),
        ),
    ),
    rejected=(
        Sample("2026-03-02T04:05:06Z,u-17,1", beside=_BESIDE, reason="field_count"),
        Sample('2026-03-02T04:05:06Z,"u"17', beside=_BESIDE, reason="field_count"),
        Sample("soon,u-17", beside=_BESIDE, reason="no_timestamp"),
    ),
)
TSV = LineFormat(
    name="tsv",
    title="Tab separated values with a header row",
    reference="https://www.iana.org/assignments/media-types/text/tab-separated-values",
    family=Family.DELIMITED,
    bind=partial(bind, "tsv"),
    read=partial(read, "tsv"),
    accepted=(
        Sample(
            "1772424306\tu-17\tGET\t/a,b",
            {"timestamp": "2026-03-02T04:05:06+00:00", "user_id": "u-17", "url_path": "/a,b", "extra": None},
            beside=("ts\tuser_id\tmethod\tpath",),
        ),
    ),
    rejected=(Sample("1772424306", beside=("ts\tuser_id", "1772424306\tu-17"), reason="field_count"),),
)
