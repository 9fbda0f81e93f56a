"""Lines read by anchored regular expressions whose groups are the fields, from strict to forgiving, by whole columns.

Patterns are tried in order on the lines the earlier ones could not read. Rust regular expressions run in linear
time, whatever the line holds; up to sixteen groups are read in one pass, more take two to three times as long.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from forensics.ingest.cut import extracted
from forensics.ingest.formats import named
from forensics.ingest.formats.base import Binding, MayRead, Wishes

QUOTED = r'(?:[^"\\]|\\.)*'  # `"` escaped as \" or \x22
TAIL = rf"(?: (?P<{named.TRAILING}>.*))?$"
Refine = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Pattern:
    """One way to read a line. The first group takes part in every match; `flag` says what is unusual about it."""

    text: str
    flag: str | None = None


@dataclass(frozen=True)
class Layout:
    """What the lines of one format look like, and what their fields mean.

    Attributes:
        name: the name of the format.
        patterns: from strict to forgiving.
        roles: (role, field) pairs, first choice first.
        refused: (pattern, reason) pairs for lines that no pattern reads, first match wins.
        refine: derives or rewrites columns where the text of a field alone is not its value.
        warnings: what an analyst must know about any file of this format.
        directive: the text it was compiled from, if it was: part of what a file was read by.
    """

    name: str
    patterns: tuple[Pattern, ...]
    roles: named.Roles
    refused: tuple[tuple[str, str], ...] = ()
    refine: Refine | None = None
    warnings: tuple[str, ...] = ()
    directive: str = ""

    @property
    def bind(self) -> Callable[[Sequence[str], Wishes], Binding]:
        """Return the `bind` of a format that is read by this layout."""
        return partial(_bind, self)

    @property
    def read(self) -> Callable[[pl.Series, Binding], pl.DataFrame]:
        """Return the `read` of a format that is read by this layout."""
        return partial(_read, self)

    @property
    def may_read(self) -> MayRead:
        """Return the `may_read` of a format that is read by this layout."""
        return partial(_any_matches, self.patterns)


def _bind(layout: Layout, _: Sequence[str], wishes: Wishes) -> Binding:
    nothing = matched(pl.Series([""]), layout.patterns)
    names = (layout.refine(nothing) if layout.refine else nothing).columns
    bound = named.bind(layout.roles, (name for name in names if not name.startswith("_")), wishes)
    source = (layout.directive,) if layout.directive else ()
    return Binding(fields=bound.fields, header=source, warnings=(*layout.warnings, *bound.warnings))


def _any_matches(patterns: Sequence[Pattern], text: pl.Series) -> bool:
    """Tell whether any line fits any pattern: without its groups that is soon told."""
    return any(text.str.contains(pattern.text).any() for pattern in patterns)


def _read(layout: Layout, text: pl.Series, binding: Binding) -> pl.DataFrame:
    """Read a column of lines; those of another shape get a reason."""
    fields = matched(text, layout.patterns)
    if layout.refine:
        fields = layout.refine(fields)
    hit = fields["_rank"].is_not_null()
    logged = named.settle(fields, binding)
    marks = pl.Series("_mark", [pattern.flag for pattern in layout.patterns], dtype=pl.String)
    trailing = named.TRAILING in fields.columns
    flags = fields.select(
        pl.concat_list(
            pl.col("_rank").replace_strict(pl.int_range(len(marks), eager=True), marks, default=None),
            pl.when(pl.col(named.TRAILING).is_not_null() if trailing else pl.lit(value=False)).then(
                pl.lit("trailing_fields")
            ),
        )
        .list.drop_nulls()
        .alias("flags")
    )
    return logged.with_columns(
        pl.select(pl.when(hit).then(pl.lit(layout.name)).alias("log_format")).to_series(),
        pl.select(pl.when(~hit).then(_reason(layout, text)).alias("reason")).to_series(),
        flags["flags"],
    )


def _reason(layout: Layout, text: pl.Series) -> pl.Series:
    """Return why each line is refused, should it be."""
    reason = pl.lit(f"not_{layout.name}")
    for pattern, name in reversed(layout.refused):
        reason = pl.when(pl.col("text").str.contains(pattern)).then(pl.lit(name)).otherwise(reason)
    return text.to_frame("text").select(reason.alias("reason")).to_series()


def matched(text: pl.Series, patterns: Sequence[Pattern]) -> pl.DataFrame:
    """Return one row per line: the groups of the first pattern that fits as columns, and its rank as `_rank`."""
    left = pl.DataFrame({"text": text}).with_row_index("_row")
    taken: list[pl.DataFrame] = []
    for rank, pattern in enumerate(patterns):
        groups = extracted(left["text"], pattern.text)
        hit = groups[groups.columns[0]].is_not_null()
        groups = groups.insert_column(0, left["_row"])
        hits = groups if hit.all() else groups.filter(hit)
        taken.append(hits.with_columns(pl.lit(rank, pl.Int64).alias("_rank")))
        left = left.filter(~hit)
    rows = pl.concat([*taken, left.select("_row")], how="diagonal")
    return rows.sort("_row").drop("_row")
