"""Logged text, between the formats that read it and the one place that says what it means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
import pyarrow as pa

from forensics.ingest.cut.parts import Parts
from forensics.ingest.distinct import Coded, Text, distinct, encoded, firsts, integers, renumbered
from forensics.ingest.layout.lines import Mask, Places

NOTHING = "_"  # the name of a column in which nothing is said
_NOWHERE = (1 << 32) - 1  # bytes: no text is as long


@dataclass(frozen=True)
class Logged:
    """What a format read in some records.

    Attributes:
        frame: columns row by row (see `formats/base.py`); a whole number may be one already.
        texts: columns by their distinct values.
        order: the names of all columns, if there are such texts: of two with one role the first one counts.
        parts: those of the distinct `request_line`, where they are known.
        suspects: in which rows `extra` may hold a secret, where that is known.
    """

    frame: pl.DataFrame
    texts: Mapping[str, Text] = field(default_factory=dict)
    order: Sequence[str] = ()
    parts: Parts | None = None
    suspects: Mask | None = None

    @property
    def columns(self) -> Sequence[str]:
        """Return the names of all columns."""
        return self.order or self.frame.columns

    def __getitem__(self, name: str) -> pl.Series:
        """Return one column, row by row; of nothing, where it is not there."""
        if name in self.texts:
            return self.texts[name].whole().alias(name)
        if name in self.frame.columns:
            return self.frame[name]
        return pl.Series(name, [None], dtype=pl.String).new_from_index(0, self.frame.height)

    def once(self, roles: Iterable[str]) -> Coded:
        """Return the distinct rows of some roles, with nothing in those that no format read; `NOTHING` stands first."""
        asked = [NOTHING, *roles]
        frame = pl.DataFrame([self[role] for role in asked if role not in self.texts])
        found = distinct(frame, {role: self.texts[role] for role in asked if role in self.texts})
        return found if found.rows.columns == asked else found.then(lambda rows: rows.select(asked))

    def integers(self, name: str) -> pl.Series:
        """Return a column as whole numbers; what is none is null."""
        if name in self.texts:
            text = self.texts[name]
            return integers(text.values).gather(text.codes).alias(name)
        if name not in self.frame.columns:
            return pl.Series(name, [None], dtype=pl.Int64).new_from_index(0, self.frame.height)
        column = self[name]
        return column if column.dtype == pl.Int64 else integers(column)

    def with_others(self, rows: Mask, others: pl.DataFrame) -> "Logged":
        """Return these records, which stand in some rows, with others, of all columns, in those between them."""
        if rows.all():
            missing = [self[name] for name in others.columns if name not in self.columns and name not in self.texts]
            return replace(self, frame=self.frame.with_columns(missing), order=others.columns)
        order = np.empty(len(rows), np.int64)
        order[rows], order[~rows] = np.arange(rows.sum()), np.arange(rows.sum(), len(rows))
        frame = pl.DataFrame(
            [
                pl.concat([self[name], integers(others[name]) if self[name].dtype == pl.Int64 else others[name]])[order]
                for name in others.columns
                if name not in self.texts
            ]
        )
        found = {name: joined(text, others[name], order) for name, text in self.texts.items()}
        parts = self.parts and self.parts.at(found["request_line"][1])
        return Logged(frame, {name: text for name, (text, _) in found.items()}, others.columns, parts)


def no_flags(count: int) -> pl.Series:
    """Return so many empty lists. Arrow holds them as offsets; built by polars they take a millisecond a chunk."""
    lists = pa.LargeListArray.from_arrays(np.zeros(count + 1, np.int64), pa.array([], pa.large_string()))
    return pl.Series("flags", lists, dtype=pl.List(pl.String))


def joined(text: Text, others: pl.Series, order: Places) -> tuple[Text, Places]:
    """Return a column by its distinct values with others behind it, all brought into an order.

    The places tell where each distinct value stood among those of before, what is new behind them.
    """
    if others.null_count() == len(others):
        values = text.values
        if not values.null_count():
            values = pl.concat([values, others.head(1).alias(values.name)], rechunk=True)
        gap = values.is_null().arg_max() or 0
        stand = np.concatenate([text.codes.astype(np.int64), np.full(len(others), gap)])[order]
        codes, stood = renumbered(stand, len(values))
        is_same = len(stood) == len(values) and bool((stood[1:] > stood[:-1]).all())
        return Text(values if is_same else values.gather(stood), codes), stood
    own = encoded(others)
    kinds = others[firsts(own)].alias(text.values.name)
    sizes = text.values.str.len_bytes().fill_null(_NOWHERE)
    near = sizes.is_in(kinds.str.len_bytes().fill_null(_NOWHERE).implode()).arg_true()
    held = near.filter(text.values[near].is_in(kinds.implode(), nulls_equal=True))
    places = np.full(len(kinds), -1, np.int64)
    places[encoded(pl.concat([kinds, text.values[held]]))[len(kinds) :]] = held.to_numpy()
    new = places < 0
    places[new] = len(text.values) + np.arange(new.sum())
    stand = np.concatenate([text.codes.astype(np.int64), places[own]])[order]
    codes, stood = renumbered(stand, len(text.values) + int(new.sum()))
    values = pl.concat([text.values, kinds.filter(pl.Series(new))], rechunk=True)
    return Text(values.gather(stood), codes), stood
