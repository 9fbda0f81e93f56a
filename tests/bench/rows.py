"""Did the others do the same job? Their rows against ours, column by column, as multisets: their order is their own.

    python tests/bench/rows.py CASE OTHER.parquet json|combined

Ours are brought to their form first, as far as that can be done: `url_original` put together again, an absent user as
the dash that was logged. What is left are differences on purpose: secrets are masked here, and what is no HTTP request
has no method and no target there.
"""

import sys
from pathlib import Path

import duckdb

_TARGET = "coalesce(url_original, url_path || CASE WHEN url_query IS NULL THEN '' ELSE '?' || url_query END)"
_USER = "coalesce(user_id, '-')"
_SHARED = {  # ours and theirs
    "source_ip": ("coalesce(source_ip, source_range)", "source_ip"),
    "user_id": (_USER, "user_id"),
    "timestamp": ("epoch_us(timestamp)", "epoch_us(timestamp)"),
    "target": (_TARGET, "split_part(request, ' ', 2)"),
    "method": ("http_request_method", "split_part(request, ' ', 1)"),
    "status": ("http_response_status_code", "TRY_CAST(status AS INTEGER)"),
    "size": ("http_response_body_bytes", "TRY_CAST(size AS BIGINT)"),
    "referrer": ("coalesce(http_request_referrer, '-')", "referrer"),
    "agent": ("coalesce(user_agent_original, '-')", "agent"),
}
_JSON = {
    "source_ip": "client_ip",
    "user_id": "user_id",
    "timestamp": "epoch_us(TRY_CAST(time AS TIMESTAMPTZ))",
    "target": "path",
    "method": "method",
    "status": "status",
    "size": "bytes",
    "referrer": "referer",
    "agent": "user_agent",
}


def differing(case: Path, other: Path, kind: str) -> list[tuple[str, int]]:
    """Return the number of rows of both, of values of each column that only ours have, and of whole rows."""
    con = duckdb.connect()
    con.execute("SET threads = 2; SET memory_limit = '3GB'; SET preserve_insertion_order = false")
    theirs = {name: _JSON[name] if kind == "json" else other_way for name, (_, other_way) in _SHARED.items()}
    columns = ", ".join(f"{own} AS {name}" for name, (own, _) in _SHARED.items())
    con.execute(f"CREATE VIEW ours AS SELECT {columns} FROM read_parquet('{case}/tables/events/*/*.parquet')")  # noqa: S608 - our own
    columns = ", ".join(f"{said} AS {name}" for name, said in theirs.items())
    con.execute(f"CREATE VIEW theirs AS SELECT {columns} FROM read_parquet('{other}')")  # noqa: S608 - as above
    found = [(f"rows {name}", _count(con, f"FROM {name}")) for name in ("ours", "theirs")]
    for name in (*_SHARED, ", ".join(_SHARED)):
        only = _count(con, f"FROM (SELECT {name} FROM ours EXCEPT ALL SELECT {name} FROM theirs)")  # noqa: S608 - as above
        found.append(("whole rows" if "," in name else name, only))
    return found


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    (count,) = con.execute(f"SELECT count(*) {relation}").fetchone() or (0,)
    return int(count)


def told(name: str, found: list[tuple[str, int]]) -> str:
    """Return one line of a report."""
    return f"{name}: " + ", ".join(f"{what} {count:,}" for what, count in found)


if __name__ == "__main__":
    sys.stdout.write(told(sys.argv[2], differing(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])) + "\n")
