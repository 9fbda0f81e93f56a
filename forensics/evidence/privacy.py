"""The people in a case: leave one out, hand one its data, and end the case."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from forensics.audience import WITHHELD
from forensics.case import Case, write_parquet
from forensics.custody import anchor, whole_lines
from forensics.decisions import decisions
from forensics.errors import UsageError
from forensics.keyed import secret_id
from forensics.names import rewritten
from forensics.schema import ACCOUNT_FEATURES, ACCOUNTS, IDENTITIES, LINKS, PAIRS, REQUESTS, TABLES, Table

_KEPT = ("case.toml", "custody.jsonl", ".lock")
_SIDES = ("user_id_a", "user_id_b")


def names_of(case: Case, account: str) -> frozenset[str]:
    """Return an account with its aliases. Raise `UsageError` for an account the case does not know."""
    aliases = case.read(IDENTITIES).select(["alias", "user_id"]).to_pylist()
    owner = next((row["user_id"] for row in aliases if row["alias"] == account), account)
    known = {name for table in (ACCOUNT_FEATURES, ACCOUNTS) for name in case.read(table)["user_id"].to_pylist()}
    names = frozenset({owner, *(row["alias"] for row in aliases if row["user_id"] == owner)})
    if not names & known and owner == account:
        raise UsageError(
            f"no account {account} in this case", hint='forensics sql "SELECT user_id FROM account_features"'
        )
    return names


def withhold(case: Case, account: str, reason: str) -> int:
    """Leave an account out of every package made from now on, and record it. Return how many names it has.

    The chain of custody travels with packages, so it holds the keyed id of the account and not its name.
    """
    names = names_of(case, account)
    key = case.key()
    case.record("withhold", {"accounts": sorted(secret_id(key, WITHHELD, name) for name in names), "reason": reason})
    return len(names)


# --- what one account may have ---------------------------------------------------------------------------------


def export_account(case: Case, account: str, folder: Path) -> dict[str, int]:
    """Write every row about one account into a new folder; return the rows of each table.

    Rows that link it with another account name that one by a pseudonym: it is somebody else's data.
    """
    names = names_of(case, account)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} exists and is not empty", hint="name a new folder")
    if folder.resolve().is_relative_to(case.folder.resolve()):
        raise UsageError(f"{folder} lies inside the case", hint="name a folder outside it")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    counts = {}
    for table in TABLES:
        rows = _about(case, table, names)
        if rows is not None and rows.num_rows:
            write_parquet(rows, folder / f"{table.name}.parquet")
            pl.DataFrame(pl.from_arrow(rows)).write_ndjson(folder / f"{table.name}.ndjson")
            counts[table.name] = rows.num_rows
    decided = list(_decisions(case, names))
    if decided:
        (folder / "decisions.ndjson").write_text("".join(json.dumps(one) + "\n" for one in decided))
        counts["decisions"] = len(decided)
    (folder / "about.json").write_text(json.dumps({"names": sorted(names), "rows": counts}, indent=1) + "\n")
    return counts


def _decisions(case: Case, names: frozenset[str]) -> Iterator[dict[str, object]]:
    """Yield what people decided about an account: labels and notes, other accounts under pseudonyms."""
    for one in decisions(case):
        if not names.intersection((*one.accounts, *one.rest)):
            continue
        others = sorted({*one.accounts, *one.rest} - names)
        stands = {other: secret_id(case.key(), "other account", other) for other in others}
        because = rewritten(pl.Series([one.because], dtype=pl.String), stands).get(one.because, one.because)
        yield {"decision": one.decision, "time": one.time, "because": because, "machine": one.verdict}


def _about(case: Case, table: Table, names: frozenset[str]) -> pa.Table | None:
    """Return the rows of a table that belong to an account; None for a table that is not about accounts."""
    wanted = pa.array(sorted(names), pa.string())
    columns = [name for name in ("user_id", "alias", *_SIDES) if name in table.names()]
    if not columns or table is REQUESTS:
        return None
    found = []
    for part in sorted(case.folder.glob(table.path)):
        with pq.ParquetFile(part) as stream:
            for batch in stream.iter_batches():
                rows = table.conform(pa.Table.from_batches([batch]))
                hit = pc.is_in(rows[columns[0]], wanted)
                for column in columns[1:]:
                    hit = pc.or_(hit, pc.is_in(rows[column], wanted))
                found.append(rows.filter(hit))
    rows = pa.concat_tables(found) if found else table.empty()
    return _without_others(rows, names, case.key()) if table in {LINKS, PAIRS} or _SIDES[0] in columns else rows


def _without_others(rows: pa.Table, names: frozenset[str], key: bytes) -> pa.Table:
    """Return rows about two accounts with the other one under a pseudonym, and without what it shares."""
    for column in _SIDES:
        shown = [name if name in names else secret_id(key, "other account", name) for name in rows[column].to_pylist()]
        rows = rows.set_column(rows.schema.get_field_index(column), column, pa.array(shown, pa.string()))
    hidden = [name for name in ("detail", "value") if name in rows.column_names]
    return rows.drop_columns(hidden)


# --- the end of a case -----------------------------------------------------------------------------------------


def purge(case: Case, *, reason: str, today: str, even_now: bool = False) -> dict[str, int]:
    """Delete everything of a case but its settings and its chain of custody, and record a tombstone.

    The caller holds the lock. Raise `UsageError` before the end of retention unless the caller insists. What was
    deleted stays named by its SHA-256 in the earlier entries: a copy kept elsewhere can still be checked.
    """
    until = case.settings.case.retain_until
    if not even_now and (not until or until > today):
        when = f"retention runs until {until}" if until else "case.toml sets no retain_until"
        raise UsageError(
            f"the case is not due to be deleted: {when}", hint="--now --reason TEXT deletes it all the same"
        )
    gone = [path for path in case.folder.rglob("*") if path.is_file() and path.name not in _KEPT]
    removed = {"files": len(gone), "bytes": sum(path.stat().st_size for path in gone)}
    access = whole_lines(case.folder / "access.jsonl")
    seen = {"entries": len(access), "head": anchor(access).head}
    case.record("purge", {"reason": reason, "retain_until": until, "removed": removed, "access_log": seen})
    for path in sorted(case.folder.iterdir()):
        if path.name not in _KEPT:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return removed


def today() -> str:
    """Return the day in UTC, as `retain_until` is written."""
    return datetime.now(UTC).date().isoformat()
