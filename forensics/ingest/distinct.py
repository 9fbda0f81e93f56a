"""Work once per distinct value: in a log, agents, addresses, times and targets repeat, often many times per chunk.

A function that looks at one row at a time may be asked once per distinct row and its answers gathered back. Whether
that pays is decided from the rows alone, and the answer is the same either way. The codes by which rows are gathered
are also what a Parquet dictionary is made of: text that was coded once is not hashed again when it is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from forensics.ingest import compiled

_LOOK, _UNLIKE = 1_000, 950  # of so many rows at the beginning so many distinct values: the column hardly repeats
_INTEGER = r"^\s*(?:AS|\+)?(-?[0-9]{1,18})(?:\.[0-9]*)?\s*$"
_WORTH = 0.8  # more distinct rows than this share of all: gathering costs more than it saves

Codes = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Text:
    """One text column of a chunk: its distinct values in the order of first places, and which one stands where."""

    values: pl.Series
    codes: Codes

    def whole(self) -> pl.Series:
        """Return the text, row by row."""
        return self.values.gather(self.codes)

    def repeats(self, others: int = 0) -> bool:
        """Tell whether values, and so many others, repeat enough to be worked on once, see `distinct`."""
        return _kinds(self) <= _UNLIKE and len(self.values) + others <= _WORTH * len(self.codes)

    def compact(self) -> "Text":
        """Return the same without values that stand nowhere, in the order of first places."""
        codes, stood = renumbered(self.codes, len(self.values))
        return (
            self
            if len(stood) == len(self.values) and (stood[1:] > stood[:-1]).all()
            else Text(self.values.gather(stood), codes)
        )

    def arrow(self, kept: pl.Series | None = None) -> pa.Array:
        """Return the text of the rows kept (of all for None), each value that is left once, null as null."""
        values, codes = self.values, self.codes
        if values.null_count() == len(values):
            return pa.nulls(len(codes) if kept is None else kept.sum(), pa.string())
        if kept is not None:
            left = codes[kept.to_numpy()]
            codes = encoded(pl.Series(left))
            values = values[left[firsts(codes)]]
        indices, there = codes.view(np.int32), None
        if values.null_count():
            gap = values.is_null().arg_max() or 0
            there = pa.py_buffer(np.packbits(indices != gap, bitorder="little"))
            indices = indices - (indices > gap)
            values = values.drop_nulls()
        words = values.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.string())
        held = pa.Array.from_buffers(pa.int32(), len(indices), [there, pa.py_buffer(indices)])
        return pa.DictionaryArray.from_arrays(held, words, safe=False)


@dataclass(frozen=True)
class Coded:
    """Rows of a chunk: each distinct one once, and which one stands at each place. No codes: all as they stand."""

    rows: pl.DataFrame
    codes: pl.Series | None = None

    def then(self, function: Callable[[pl.DataFrame], pl.DataFrame]) -> "Coded":
        """Return what a function of single rows makes of these."""
        return Coded(function(self.rows), self.codes)

    def whole(self) -> pl.DataFrame:
        """Return one row per place."""
        return self.rows if self.codes is None else self.rows[self.codes]

    def uncoded(self) -> pl.DataFrame:
        """Return one row per place, without the columns that `texts` has."""
        if self.codes is None:
            return self.rows
        others = [column for column in self.rows.iter_columns() if column.dtype != pl.String]
        return pl.DataFrame(others)[self.codes] if others else pl.DataFrame()

    def texts(self) -> dict[str, Text]:
        """Return the text columns, where the rows are coded."""
        found: dict[str, Text] = {}
        if self.codes is None:
            return found
        codes = self.codes.to_numpy()
        for column in self.rows.iter_columns():
            if column.dtype != pl.String:
                continue
            if column.null_count() == len(column):
                found[column.name] = Text(column.head(1), np.zeros(len(codes), np.uint32))
                continue
            own = encoded(column)
            places = firsts(own)
            if len(places) == len(column):
                found[column.name] = Text(column, codes)
            else:
                found[column.name] = Text(column[places], own.take(codes))
        return found


def distinct(frame: pl.DataFrame, texts: Mapping[str, Text] = MappingProxyType({})) -> Coded:
    """Return the distinct rows of text columns in the order of their first places, where they repeat enough.

    `texts` are further columns, whose distinct values are known.
    """
    height = len(next(iter(texts.values())).codes) if texts else frame.height
    said: list[Text | pl.Series] = [text for text in texts.values() if len(text.values) > 1]
    said += [column for column in frame.iter_columns() if column.null_count() < height]
    if not height or (texts and height * _WORTH < 1) or any(_kinds(column) > _UNLIKE for column in said):
        return _as_it_stands(frame, texts)
    if len(said) == 1 and isinstance(only := said[0], Text):
        if not only.repeats():
            return _as_it_stands(frame, texts)
        count = len(only.values)
        rows = frame.head(count).with_columns(
            (text.values if text is only else text.values.new_from_index(0, count)).alias(name)
            for name, text in texts.items()
        )
        return Coded(rows, pl.Series(only.codes))
    codes, first = np.zeros(height, np.uint32), np.zeros(1, np.int64)
    for number, column in enumerate(said):
        own = column.codes if isinstance(column, Text) else encoded(column)
        codes = _paired(codes, own) if number else own
        if len(first := firsts(codes)) > _WORTH * height:
            return _as_it_stands(frame, texts)
    rows = frame[first] if frame.width else frame
    return Coded(
        rows.with_columns(text.values.gather(text.codes[first]).alias(name) for name, text in texts.items()),
        pl.Series(codes),
    )


def _kinds(column: pl.Series | Text) -> int:
    """Return how many distinct values stand at the beginning."""
    if isinstance(column, Text):
        return int(column.codes[:_LOOK].max()) + 1
    return column.head(_LOOK).n_unique()


def _as_it_stands(frame: pl.DataFrame, texts: Mapping[str, Text]) -> Coded:
    return Coded(frame.with_columns(text.whole().alias(name) for name, text in texts.items()))


def _paired(one: Codes, other: Codes) -> Codes:
    """Return a number for each pair of numbers, counted in the order of first places."""
    if compiled.worthwhile(compiled.LOADED):
        from forensics.ingest.layout import onepass

        if (found := onepass.paired(one, other)) is not None:
            return found
    return encoded(pl.Series(one.astype(np.int64) << 32 | other))


def encoded(values: pl.Series) -> Codes:
    """Return a number for each value, counted in the order of first places; null has one, too."""
    if values.dtype == pl.String and compiled.worthwhile(compiled.LOADED):
        from forensics.ingest.layout import onepass

        if (found := onepass.encoded(values)) is not None:
            return found
    coded = values.rechunk().to_arrow(compat_level=pl.CompatLevel.newest()).dictionary_encode("encode")
    codes: Codes = coded.indices.to_numpy().view(np.uint32)
    return codes


def firsts(codes: Codes) -> npt.NDArray[np.int64]:
    """Return where each code stands first: there, and only there, it is greater than all before it."""
    if compiled.worthwhile(compiled.LOADED):
        from forensics.ingest.layout import onepass

        return onepass.firsts(codes)
    highest = np.maximum.accumulate(codes)
    return np.append(0, np.flatnonzero(highest[1:] != highest[:-1]) + 1)[: len(codes)]


def renumbered(stand: npt.NDArray[np.integer], kinds: int) -> tuple[Codes, npt.NDArray[np.int64]]:
    """Return numbers below `kinds` counted in the order of first places, and which number of before each one is."""
    if compiled.worthwhile(compiled.LOADED):
        from forensics.ingest.layout import onepass

        return onepass.renumbered(stand.astype(np.int64), kinds)
    codes = encoded(pl.Series(stand))
    return codes, stand[firsts(codes)].astype(np.int64)


def integers(text: pl.Series) -> pl.Series:
    """Return texts as whole numbers; what is none is null."""
    number = text.cast(pl.Int64, strict=False)
    if number.null_count() == text.null_count():
        return number
    return number.fill_null(text.str.extract(_INTEGER).cast(pl.Int64, strict=False))
