"""STAGE 2: events → accounts → links → clusters → findings, each step a table that SQL can follow back.

`STEPS` is the order. Every step but the grouping is one `.sql` file that runs unchanged in the DuckDB shell over
the case (`duckdb -init views.sql` in the case folder).
"""

import math
from importlib.resources import files

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from forensics.analyze.findings import assess
from forensics.analyze.group import clusters
from forensics.analyze.signals import SIGNALS
from forensics.case import Case
from forensics.engine import Engine, Resources
from forensics.model import Progress, Report, silent
from forensics.ranges import address_key
from forensics.schema import (
    ACCOUNT_FEATURES,
    ACCOUNT_VALUES,
    ACTIVITY,
    ADDRESSES,
    ANALYSIS,
    CANDIDATES,
    CLUSTER_MEMBERS,
    CLUSTERS,
    CONTEXT,
    DECOYS,
    ENUMERATIONS,
    EVENTS,
    EVIDENCE,
    EXHIBITS,
    FINDINGS,
    HUBS,
    LINKS,
    LOG_FILES,
    PAIRS,
    RARITY,
    REJECTS,
    REQUESTS,
    ROOMS,
    SETTINGS,
    SHARED_VALUES,
    SIGNALS_TABLE,
    SYNCHRONY,
    TABLES,
    Table,
)

_FOLDER = files("forensics.analyze")
_ACCOUNTS = (REQUESTS, ACCOUNT_FEATURES, ACTIVITY, ENUMERATIONS, ACCOUNT_VALUES)
_SHARING = (HUBS, RARITY, ROOMS, CANDIDATES, SHARED_VALUES, SYNCHRONY)
_WEIGHING = (EVIDENCE, DECOYS, PAIRS)
_BEHAVIOR_MARGIN_BITS = 4  # a behavioral family may count for log2(accounts) and this: never for a pair alone


def analyze(case: Case, resources: Resources, report: Report = silent) -> dict[str, int]:
    """Run every step over the tables of the case. Return how many rows each table of the result has."""
    with Engine.over(case, EVENTS, REJECTS, LOG_FILES, *CONTEXT.values(), resources=resources) as engine:
        _steps(case, engine, _ACCOUNTS, report)
        _write(case, engine, SETTINGS, _settings(case, engine))
        _write(case, engine, SIGNALS_TABLE, pa.table(
            {"signal": [signal.id for signal in SIGNALS], "family": [signal.family.value for signal in SIGNALS]}
        ))  # fmt: skip
        _write(case, engine, ADDRESSES, _addresses(engine))
        _steps(case, engine, _SHARING, report)
        _write(case, engine, LINKS, _links(engine, report))
        _steps(case, engine, _WEIGHING, report)
        report(Progress("clusters and findings", 0))
        for table, rows in zip((CLUSTERS, CLUSTER_MEMBERS), clusters(case, engine), strict=True):
            _write(case, engine, table, rows)
        for table, rows in zip((FINDINGS, EXHIBITS), assess(case, engine), strict=True):
            _write(case, engine, table, rows)
        results = (ACCOUNT_FEATURES, LINKS, PAIRS, CLUSTERS, CLUSTER_MEMBERS, FINDINGS, EXHIBITS)
        counts = {table.name: case.read(table).num_rows for table in results}
    (case.folder / "views.sql").write_text(views(case), encoding="utf-8")
    case.record(
        "analyze",
        {
            "run_id": case.run_id(),
            "rows": counts,
            "settings": case.settings.record(),
            "inputs": case.outputs(EVENTS, REJECTS, LOG_FILES, *CONTEXT.values()),
            "outputs": case.outputs(*ANALYSIS),
        },
    )
    return counts


def views(case: Case) -> str:
    """Return the SQL that shows every table of the case under its name in the DuckDB shell, started in its folder."""
    lines = ["SET TimeZone = 'UTC';"]
    for table in TABLES:
        source = f"SELECT * FROM read_parquet('{table.path}', hive_partitioning = false)"  # noqa: S608 - our own names
        if not case.has(table):
            columns = ", ".join(f"CAST(NULL AS {column.sql_type()}) AS {column.name}" for column in table.columns)
            source = f"SELECT {columns} WHERE false"
        lines.append(f"CREATE OR REPLACE VIEW {table.name} AS {source};")
    return "\n".join(lines) + "\n"


def _steps(case: Case, engine: Engine, tables: tuple[Table, ...], report: Report) -> None:
    for table in tables:
        report(Progress(table.name, 0))
        engine.save(case, table, _FOLDER / f"{table.name}.sql")


def _write(case: Case, engine: Engine, table: Table, rows: pa.Table) -> None:
    case.write(table, rows)
    engine.view(case, table)


def _settings(case: Case, engine: Engine) -> pa.Table:
    """Return the one row of parameters. The floors depend on the number of accounts only, never on the evidence."""
    chosen = case.settings.analysis
    accounts = engine.one("SELECT count(*) AS accounts FROM account_features")["accounts"]
    pairs = max(1, accounts * (accounts - 1) // 2)
    row = {
        "accounts": accounts,
        "alpha": float(chosen.alpha),
        "lead_alpha": float(chosen.lead_alpha),
        "rare_accounts": chosen.rare_accounts,
        "pair_accounts": chosen.pair_accounts,
        "ring_neighbors": chosen.ring_neighbors,
        "min_behavior_bits": float(chosen.min_behavior_bits),
        "min_family_bits": float(chosen.min_family_bits),
        "kappa": float(chosen.kappa),
        "behavior_cap_bits": round(math.log2(max(2, accounts)) + _BEHAVIOR_MARGIN_BITS, 4),
        "linked_floor_bits": round(math.log2(pairs / chosen.alpha), 4),
        "lead_floor_bits": round(math.log2(pairs / chosen.lead_alpha), 4),
        "decoys": chosen.decoys,
        "aggressive_requests_per_minute": case.settings.policy.aggressive_requests_per_minute,
    }
    return pa.Table.from_pylist([row], schema=SETTINGS.arrow())


def _addresses(engine: Engine) -> pa.Table:
    """Return every address and range with the sortable key that DuckDB has no type for."""
    values = pl.from_arrow(
        engine.rows(
            "SELECT DISTINCT value FROM account_values WHERE attribute IN ('source_ip', 'source_range') ORDER BY value"
        )
    )
    value = pl.DataFrame(values)["value"].cast(pl.String)
    first = value.str.split("/").list.first()
    return pl.DataFrame({"value": value, "key": address_key(first)}).to_arrow()


def _links(engine: Engine, report: Report) -> pa.Table:
    """Return the links of all signals; the descriptor adds its name and family to the rows of its query."""
    parts = []
    for signal in SIGNALS:
        report(Progress(signal.id, 0))
        rows = engine.rows(_FOLDER / "signals" / f"{signal.id}.sql")
        rows = rows.filter(pc.field("bits") > 0)  # an e-value below 1 is counted as 0: less evidence, never more
        count = rows.num_rows
        rows = rows.append_column("signal", pa.array([signal.id] * count, pa.string()))
        rows = rows.append_column("family", pa.array([signal.family.value] * count, pa.string()))
        parts.append(LINKS.conform(rows))
    return pa.concat_tables(parts).sort_by(
        [("user_id_a", "ascending"), ("user_id_b", "ascending"), ("signal", "ascending")]
    )
