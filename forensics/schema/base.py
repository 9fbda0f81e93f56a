"""What a table is: where it lives, what one row means, its columns.

Column names are ECS field names with dots turned into underscores. A table is a set of Parquet files in the
case folder; `Table.path` says where, relative to the case.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import pyarrow as pa

TEXT = pa.string()
LIST = pa.list_(pa.string())
REALS = pa.list_(pa.float64())
INT = pa.int64()
SMALL = pa.int16()
REAL = pa.float64()
FLAG = pa.bool_()
TIME = pa.timestamp("us", tz="UTC")


_SQL_NAMES = {
    TEXT: "VARCHAR",
    LIST: "VARCHAR[]",
    REALS: "DOUBLE[]",
    INT: "BIGINT",
    SMALL: "SMALLINT",
    REAL: "DOUBLE",
    FLAG: "BOOLEAN",
    TIME: "TIMESTAMPTZ",
}


@dataclass(frozen=True)
class Column:
    """One column: its name, its Arrow type and what it means."""

    name: str
    type: pa.DataType
    meaning: str

    def sql_type(self) -> str:
        """Return the DuckDB name of the type."""
        return _SQL_NAMES[self.type]


@dataclass(frozen=True)
class Table:
    """One table of a case: where it lives, what one row is, and its columns in order."""

    name: str
    path: str
    grain: str
    columns: tuple[Column, ...]

    def arrow(self) -> pa.Schema:
        """Return the Arrow schema that files of this table are written with."""
        return pa.schema([(column.name, column.type) for column in self.columns])

    def names(self) -> list[str]:
        """Return the column names in order."""
        return [column.name for column in self.columns]

    def part(self, name: str) -> Self:
        """Return one file of a table whose path has a `*`, as a table of its own."""
        return replace(self, path=self.path.replace("*", name))

    def empty(self) -> pa.Table:
        """Return a table without rows."""
        return self.arrow().empty_table()

    def conform(self, table: pa.Table) -> pa.Table:
        """Return `table` with exactly these columns and types; a missing column is an error of ours."""
        return table.select(self.names()).cast(self.arrow())


def columns_of(rows: Iterable[tuple[str, pa.DataType, str]]) -> tuple[Column, ...]:
    """Return columns from (name, type, meaning) rows."""
    return tuple(Column(*row) for row in rows)
