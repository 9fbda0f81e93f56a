"""Lines of one W3C header to columns: split at blanks, and where a query holds blanks, counted from both ends.

A line that has as many values as the header has names is taken as it stands. One with more is tried with the surplus
in the query, then with the surplus behind the last column; the columns that hold numbers, addresses and times decide
which of the two it was. One with fewer is refused.
"""

from collections.abc import Sequence

import polars as pl

from forensics.ingest.formats.named import TRAILING

_VALUE = r'"(?:[^"]|"")*"|[^ \t]+'
_QUERY = "cs-uri-query"
_COUNT = r"^(?:[0-9]+|-)?$"
_ALWAYS = {
    "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "time": r"^[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?$",
    "sc-status": r"^(?:[0-9]{1,3}|-)?$",
    "s-port": _COUNT,
}
_SHIFTED = {  # more that must hold before columns are believed to have shifted
    **dict.fromkeys(("sc-substatus", "sc-win32-status", "sc-bytes", "cs-bytes", "time-taken"), _COUNT),
    "c-ip": r"^(?:[0-9A-Fa-f.:]*[.:][0-9A-Za-z.:%*]*|-)$",
    "cs-method": r"^[^ ]{1,32}$",
}


def split(text: pl.Series, names: Sequence[str], *, tabs: bool) -> pl.DataFrame:
    """Return the named columns of lines, `trailing`, and `_flag` and `_reason`: what is unusual, why it is refused."""
    frame = tokens(text, tabs=tabs).to_frame("_cells")
    size = frame["_cells"].list.len().cast(pl.Int64)
    exact = _checked(_from_left(frame, names), _ALWAYS) & (size == len(names))
    if exact.all():
        nothing = pl.lit(None, pl.String)
        return _from_left(frame, names).with_columns(nothing.alias("_flag"), nothing.alias("_reason"))
    return _aligned(frame, names, size, exact)


def tokens(text: pl.Series, *, tabs: bool) -> pl.Series:
    """Return the values of each line; quoted ones without their quotes."""
    if tabs:
        return text.str.split("\t")
    if text.str.contains('"', literal=True).any():
        found = text.str.extract_all(_VALUE)
        value = pl.element()
        inner = value.str.slice(1, value.str.len_chars() - 2).str.replace_all('""', '"', literal=True)
        quoted = value.str.starts_with('"') & value.str.ends_with('"') & (value.str.len_chars() > 1)
        return found.list.eval(pl.when(quoted).then(inner).otherwise(value))
    single = text.str.strip_chars(" \t")
    if single.str.contains("  ", literal=True).any() or single.str.contains("\t", literal=True).any():
        single = single.str.replace_all(r"[ \t]+", " ")
    return single.str.split(" ")


def _aligned(frame: pl.DataFrame, names: Sequence[str], size: pl.Series, exact: pl.Series) -> pl.DataFrame:
    """Return the columns of lines some of which have more or fewer values than the header has names."""
    left = _from_left(frame, names)
    surplus = size > len(names)
    checks = {**_ALWAYS, **_SHIFTED}
    both = _from_both_ends(frame, names) if _QUERY in names[:-1] else left
    in_query = surplus & _checked(both, checks) if _QUERY in names[:-1] else surplus & False
    behind = surplus & ~in_query & _checked(left, checks)
    marks = pl.DataFrame({"query": in_query, "behind": behind, "exact": exact, "fewer": size <= len(names)})
    rest = frame.select(pl.col("_cells").list.slice(len(names)).list.join(" ").alias(TRAILING))[TRAILING]
    columns = [
        marks.select(pl.when("query").then(both[name]).when(pl.col("behind") | "exact").then(left[name]).alias(name))
        for name in names
    ]
    flag = pl.when("query").then(pl.lit("blanks_in_query")).when("behind").then(pl.lit("trailing_fields"))
    good = pl.col("query") | pl.col("behind") | pl.col("exact")
    return pl.concat(columns, how="horizontal").with_columns(
        marks.select(pl.when("behind").then(rest).alias(TRAILING))[TRAILING],
        marks.select(flag.alias("_flag"))["_flag"],
        marks.select(pl.when(~good).then(pl.lit("field_count")).alias("_reason"))["_reason"],
    )


def _from_left(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    return frame.select(
        pl.col("_cells").list.get(place, null_on_oob=True).alias(name) for place, name in enumerate(names)
    )


def _from_both_ends(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return the columns with all surplus values in the query."""
    cells, query, count = pl.col("_cells"), names.index(_QUERY), len(names)
    length = cells.list.len().cast(pl.Int64) - (count - 1)
    middle = cells.list.slice(query, length.clip(lower_bound=0)).list.join(" ")
    return frame.select(
        (
            middle if place == query else cells.list.get(place if place < query else place - count, null_on_oob=True)
        ).alias(name)
        for place, name in enumerate(names)
    )


def _checked(columns: pl.DataFrame, checks: dict[str, str]) -> pl.Series:
    """Return in which rows every column that can be told looks like what it should be."""
    told = [
        pl.col(name).str.contains(pattern).fill_null(value=False) for name, pattern in checks.items() if name in columns
    ]
    return columns.select(pl.all_horizontal(pl.lit(value=True), *told).alias("ok"))["ok"] if told else _always(columns)


def _always(columns: pl.DataFrame) -> pl.Series:
    return pl.repeat(value=True, n=columns.height, eager=True)
