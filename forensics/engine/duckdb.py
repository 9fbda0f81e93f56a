"""DuckDB, offline, confined to the case, deterministic.

DuckDB installs and loads extensions from the network by default and may read any file. Here it may read the
case folder and nothing else, and its configuration is locked before the first query. Names of tables reach it
through the relational interface and values as parameters: no text is ever pasted into SQL.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from forensics.case import Case
from forensics.errors import BusyError, UsageError
from forensics.schema import Table

_OFFLINE = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "preserve_insertion_order": "true",
}


_BATCH_ROWS = 65_536
_PAIRS = 1 << 24  # of accounts in one part of a statement: what they share fits into a few GB
_PARTS = """
    SELECT min(a) AS first
    FROM (SELECT a, (sum(count(*)) OVER (ORDER BY a) - count(*)) // $pairs AS part FROM candidates GROUP BY a)
    GROUP BY part
    ORDER BY first
"""
_SPILL = re.compile(r"duckdb_temp_([0-9]+)_")  # DuckDB puts the number of its process into the names of its files


@dataclass(frozen=True)
class Resources:
    """What a run may use: cores and a memory limit such as `4GB`; None leaves DuckDB's default."""

    threads: int | None = None
    memory_limit: str | None = None


class Engine:
    """A throw-away database whose views are the tables of a case."""

    def __init__(self, folder: Path, resources: Resources | None = None) -> None:
        """Open an in-memory database that can read and write below `folder` and nothing else."""
        import duckdb  # noqa: PLC0415 - not every command opens a database, and loading it takes a twentieth of a second

        self._library = duckdb
        resources = resources or Resources()
        scratch = folder / ".scratch"
        threads = {"threads": str(resources.threads)} if resources.threads else {}  # later it starts and ends threads
        self._connection = duckdb.connect(config={**_OFFLINE, **threads})
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
        self._set("allowed_directories", [str(folder.resolve())])
        for name in ("temp_directory", "extension_directory", "home_directory", "secret_directory"):
            self._set(name, str(scratch))
        if resources.memory_limit:
            self._set("memory_limit", resources.memory_limit)
        self._set("enable_external_access", value=False)
        self._set("lock_configuration", value=True)

    @classmethod
    def over(cls, case: Case, *tables: Table, resources: Resources | None = None) -> Self:
        """Open the database with these tables of the case as views; a table never written is empty."""
        engine = cls(case.folder, resources)
        for table in tables:
            engine.view(case, table)
        return engine

    def beside(self) -> Self:
        """Return another connection to the same database, for another thread; what is registered in one is its own.

        To open a database, DuckDB hands back all free memory of the process (`malloc_trim`), wherever that was used.
        """
        other = copy(self)
        other._connection = self._connection.cursor()  # noqa: SLF001 - of this class
        return other

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def view(self, case: Case, table: Table) -> None:
        """Make one table of the case visible under its name."""
        if case.has(table):
            self._connection.unregister(table.name)  # an empty stand-in would hide the view
            self._connection.read_parquet(case.glob(table), hive_partitioning=False).create_view(
                table.name, replace=True
            )
        else:
            self.register(table.name, table.empty())

    def among(self, case: Case, table: Table, pairs: Table) -> None:
        """Show only the rows of a table of pairs (`a`, `b`) that another table of pairs has; `view` undoes it.

        They are picked once: many queries read them.
        """
        self._connection.read_parquet(case.glob(table)).create_view(f"whole_{table.name}", replace=True)
        picked = f"SELECT * FROM whole_{table.name} SEMI JOIN {pairs.name} USING (a, b)"  # noqa: S608 - our own names
        self._connection.sql(picked).create(f"picked_{table.name}")
        self._connection.table(f"picked_{table.name}").create_view(table.name, replace=True)

    def where(self, case: Case, table: Table, condition: str) -> None:
        """Show only the rows of a table for which a condition of ours holds; `view` undoes it."""
        self.view(case, table)
        if case.has(table):
            whole = self._connection.read_parquet(case.glob(table), hive_partitioning=False)
            whole.filter(condition).create_view(table.name, replace=True)

    def narrow(self, case: Case, table: Table, column: str, values: Iterable[str]) -> None:
        """Make only those rows of a table visible whose column has one of the values; no query sees the rest."""
        self.view(case, table)
        wanted = f"{table.name}_wanted"
        self.register(wanted, pa.table({column: pa.array(sorted(values), pa.string())}))
        if case.has(table):
            whole = self._connection.read_parquet(case.glob(table), hive_partitioning=False)
            whole.join(self._connection.table(wanted), column, how="semi").create_view(table.name, replace=True)

    def register(self, name: str, rows: pa.Table) -> None:
        """Make Arrow rows visible under a name."""
        self._connection.register(name, rows)

    def rows(self, query: str | Traversable, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Run one SELECT and return its rows. DuckDB itself refuses missing and unused parameters."""
        text = query if isinstance(query, str) else query.read_text(encoding="utf-8")
        try:
            return self._connection.sql(text, params=dict(params or {})).to_arrow_table()
        except self._library.OutOfMemoryException as error:
            raise BusyError(f"out of memory: {error}", hint="raise --memory-limit or close other programs") from None

    def save(self, case: Case, table: Table, query: str | Traversable, params: Mapping[str, Any] | None = None) -> None:
        """Run one SELECT, write its rows as a table of the case, in bounded memory, and make it visible."""
        text = query if isinstance(query, str) else query.read_text(encoding="utf-8")
        try:
            case.write(table, self._connection.sql(text, params=dict(params or {})).to_arrow_reader(_BATCH_ROWS))
        except self._library.OutOfMemoryException as error:
            raise BusyError(f"out of memory: {error}", hint="raise --memory-limit or close other programs") from None
        self.view(case, table)

    def save_by_pairs(
        self, case: Case, table: Table, query: str | Traversable, told: tuple[Table, ...], pairs: int = _PAIRS
    ) -> None:
        """Save the rows of a SELECT that tells every pair of accounts (`a`, `b`) by itself, some pairs after others.

        `told` are the tables that it reads pairs from; rows are in order of `a`. They are those of one SELECT over all
        pairs, in memory that does not grow with their number.
        """
        text = query if isinstance(query, str) else query.read_text(encoding="utf-8")
        firsts = self.rows(_PARTS, {"pairs": pairs})["first"].to_pylist()[1:]
        lower, upper = ["true", *(f"a >= {first}" for first in firsts)], [*(f"a < {first}" for first in firsts), "true"]

        def readers() -> Iterator[pa.RecordBatchReader]:
            for bounds in zip(lower, upper, strict=True):
                for each in told if firsts else ():
                    self.where(case, each, " AND ".join(bounds))
                yield self._connection.sql(text).to_arrow_reader(_BATCH_ROWS)

        try:
            first, later = next(parts := readers()), chain.from_iterable(parts)
            case.write(table, pa.RecordBatchReader.from_batches(first.schema, chain(first, later)))
        except self._library.OutOfMemoryException as error:
            raise BusyError(f"out of memory: {error}", hint="raise --memory-limit or close other programs") from None
        for each in (table, *told):
            self.view(case, each)

    def one(self, query: str | Traversable, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run a SELECT of exactly one row and return it."""
        (row,) = self.rows(query, params).to_pylist()
        return dict(row)

    def ask(self, query: str) -> pa.Table:
        """Run a query a person typed. Raise `UsageError` with DuckDB's own words if it does not run."""
        try:
            relation = self._connection.sql(query)
            if relation is None:
                raise UsageError("that statement returns no rows", hint="`forensics sql` runs one SELECT")
            return relation.to_arrow_table()
        except self._library.Error as error:
            raise UsageError(str(error), hint="`forensics schema` lists tables and columns") from None

    def _set(self, name: str, value: object) -> None:
        # SET takes no parameter for its name; every name above is a literal of this file.
        self._connection.execute(f"SET {name} = $value", {"value": value})


def forget_spills(folder: Path) -> None:
    """Remove what processes that were killed had spilled to the disk below `folder`.

    DuckDB does so itself, but not before it has to spill again. What a living process spills stays.
    """
    for path in sorted((folder / ".scratch").glob("duckdb_temp_*")):
        owner = _SPILL.match(path.name)
        if owner and not _is_alive(int(owner[1])):
            path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's, or no number of a process
        return True
    return True
