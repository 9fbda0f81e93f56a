"""Lines that mean what a header line before them says (`#Fields`), which may change inside a file.

Every line is read under the header in force there: the last one above it, or the one of an earlier chunk. Header
lines of earlier chunks stand in front of a chunk as if they were its own, so that chunks can be read apart.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count, islice

import polars as pl

from forensics.ingest.formats import named
from forensics.ingest.formats.base import Binding

Section = Callable[[pl.DataFrame], pl.DataFrame]

_MARKS = ("_flag", "_dated", "_reason")
_RESERVED = ("trailing", "instant", "milliseconds", "date_in_force", "forwarded")  # columns derived from others
_MOST_FIELDS, _MOST_HEADERS = 500, 200  # what a log has by far; more is no log, and must not fill the memory
_SIDED = re.compile(r"^(?P<side>cs|sc|rs|sr|c|s|r|x)\((?P<name>[^()]+)\)$", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """The header lines of a format: the directives that count, and what stands between a name and its value."""

    directives: tuple[str, ...]
    mark: str  # a pattern
    written: str  # how it is written here


W3C_MARK, ZEEK_MARK = (r":[ \t]*", ": "), (r"[^A-Za-z0-9_:-]", " ")


def in_force(text: pl.Series, binding: Binding, header: Header) -> pl.DataFrame:
    """Return one row per line: `text`, `is_header`, and the value of each directive in force (null before any)."""
    before = list(binding.in_force)
    lines = pl.concat([pl.Series(before, dtype=pl.String), text]).alias("text")
    bare = pl.col("text").str.strip_chars_start()
    frame = lines.to_frame().with_columns(bare.str.starts_with("#").alias("is_header"))
    led = pl.when("is_header").then(bare)
    return frame.with_columns(
        led.str.extract(rf"(?i)^#{name}{header.mark}(.*)$").str.strip_chars().forward_fill().alias(name)
        for name in header.directives
    ).slice(len(before))


def may_read(text: pl.Series) -> bool:
    """Tell whether any line may be a header: without one no line is read."""
    return bool(text.str.contains("#", literal=True).any())


def headers(sample: Sequence[str], header: Header, field: str) -> list[str]:
    """Return the different headers of that name in some sampled lines, sorted."""
    lines = in_force(pl.Series(list(sample), dtype=pl.String), Binding(), header)
    return [str(one) for one in lines[field].drop_nulls().unique().sort()]


def read(name: str, lines: pl.DataFrame, same: Sequence[str], section: Section, binding: Binding) -> pl.DataFrame:
    """Read lines with their header in force, those that share the `same` directives together.

    `section` returns of its lines the fields by name, `_row`, and in `_flag`, `_dated` and `_reason` what is unusual
    and why a line is refused.
    """
    lines = lines.with_row_index("_row")
    records = lines.filter(~pl.col("is_header"))
    few = records.select(same).unique(maintain_order=True).head(_MOST_HEADERS)
    parts = records.join(few, on=same, how="semi", nulls_equal=True).partition_by(same, maintain_order=True)
    others = refused(records.join(few, on=same, how="anti", nulls_equal=True), "too_many_headers")
    headers = lines.filter("is_header").select("_row", pl.lit("comment").alias("_reason"))
    nothing = pl.DataFrame(schema={"_row": pl.UInt32, **dict.fromkeys(_MARKS, pl.String)})
    fields = pl.concat([nothing, headers, others, *(section(part) for part in parts)], how="diagonal").sort("_row")
    marks = fields.select(
        pl.when(pl.col("_reason").is_null()).then(pl.lit(name)).alias("log_format"),
        pl.col("_reason").alias("reason"),
        pl.concat_list("_flag", "_dated").list.drop_nulls().alias("flags"),
    )
    return pl.concat([named.settle(fields, binding), marks], how="horizontal")


def refused(lines: pl.DataFrame, reason: str) -> pl.DataFrame:
    """Return the section of lines that are not of the format."""
    return lines.select("_row", pl.lit(reason).alias("_reason"))


def as_lines(frame: pl.DataFrame, header: Header) -> tuple[str, ...]:
    """Return the header lines that put in force what is in force behind the last line."""
    if frame.is_empty():
        return ()
    last = frame.select(header.directives).row(-1, named=True)
    return tuple(f"#{name}{header.written}{value}" for name, value in last.items() if value is not None)


def carry(text: pl.Series, binding: Binding, header: Header) -> tuple[str, ...]:
    """Return the header lines in force behind a chunk."""
    return as_lines(in_force(text, binding, header), header) if len(text) else binding.in_force


def column_names(header: str) -> tuple[str, ...]:
    """Return the names of the fields of a W3C header: each once, `cs(Cookie)` as `cs_Cookie`.

    >>> column_names("date cs(Cookie) x x")
    ('date', 'cs_Cookie', 'x', 'x_2')
    """
    written = header.split("\t") if "\t" in header else header.split()
    matches = ((name, _SIDED.match(name)) for name in written)
    return unique(f"{match['side']}_{match['name']}" if match else name for name, match in matches)


def unique(written: Iterable[str]) -> tuple[str, ...]:
    """Return names so that no two are the same and none is one of ours; none at all where there are too many."""
    taken = set(_RESERVED)
    names: list[str] = []
    for name in islice(written, _MOST_FIELDS + 1):
        bare = name.lstrip("_") or "field"
        numbered = (f"{bare}_{number}" for number in count(2))
        names.append(bare if bare not in taken else next(each for each in numbered if each not in taken))
        taken.add(names[-1])
    return tuple(names) if len(names) <= _MOST_FIELDS else ()
