"""What every reader returns: the cells of one file as text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import polars as pl

_PACK = 1 << 15


@dataclass(frozen=True)
class Sheet:
    """The cells of one file.

    `cells` holds every column as text under the name it has in the file; a missing cell is null. `rows` says where
    each record begins: a line of a text file, the ordinal of a row in Parquet, both from 1.
    """

    name: str
    cells: pl.DataFrame
    rows: pl.Series
    warnings: tuple[str, ...] = ()

    def with_warnings(self, warnings: tuple[str, ...]) -> Self:
        """Return the sheet with what was assumed before its rows were read."""
        return replace(self, warnings=(*warnings, *self.warnings))


class Gathering:
    """Records on their way into a sheet, packed into columns every so often: Python objects are big."""

    def __init__(self, name: str, columns: Sequence[str] = ()) -> None:
        self._name = name
        self._columns = dict.fromkeys(columns)  # an ordered set: first seen, first named
        self._rows: list[int] = []
        self._records: list[Mapping[str, str | None]] = []
        self._packed: list[pl.DataFrame] = []
        self._places: list[pl.Series] = []

    def add(self, row: int, record: Mapping[str, str | None]) -> None:
        """Take one record; it may bring columns that no record before it had."""
        self._columns.update(dict.fromkeys(record))
        self._rows.append(row)
        self._records.append(record)
        if len(self._records) == _PACK:
            self._pack()

    def sheet(self) -> Sheet:
        """Return everything taken, in order."""
        self._pack()
        return Sheet(self._name, pl.concat(self._packed, how="diagonal"), pl.concat(self._places))

    def _pack(self) -> None:
        cells = {column: [record.get(column) for record in self._records] for column in self._columns}
        self._packed.append(pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String)))
        self._places.append(pl.Series("row", self._rows, dtype=pl.Int64))
        self._rows, self._records = [], []
