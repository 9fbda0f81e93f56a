"""STAGE 2: events → accounts → links → clusters → findings, each step a table that SQL can follow back.

`STEPS` is the order. Every step but the grouping is one `.sql` file that runs unchanged in the DuckDB shell over
the case (`duckdb -init views.sql` in the case folder).
"""

import math
from importlib.resources import files

import polars as pl
import pyarrow as pa

from forensics.analyze.findings import assess
from forensics.analyze.focus import Focus, Tested, tested
from forensics.analyze.group import Grouping
from forensics.analyze.signals import SIGNALS
from forensics.case import Case
from forensics.engine import Engine, Resources
from forensics.model import Progress, Report, Signal, silent
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
    DECOY_PAIRS,
    DECOYS,
    ENUMERATIONS,
    EVENTS,
    EVIDENCE,
    EXHIBITS,
    FINDINGS,
    FOCUS,
    FOCUS_CHOICE,
    GATED,
    HUBS,
    INCIDENCES,
    LINKS,
    LOG_FILES,
    PAIRS,
    PEOPLE,
    RARITY,
    REJECTS,
    REQUESTS,
    ROOMS,
    SCORES,
    SETTINGS,
    SHAREABLE,
    SHARED_VALUES,
    SIGHTINGS,
    SIGNALS_TABLE,
    SYNCHRONY,
    TABLES,
    UNITS,
    WEIGHED,
    Table,
)

_FOLDER = files("forensics.analyze")
_ACCOUNTS = (REQUESTS, ACCOUNT_FEATURES, PEOPLE, ACTIVITY, ENUMERATIONS, ACCOUNT_VALUES)
_SHARING = (UNITS, HUBS, RARITY, SHAREABLE, INCIDENCES, ROOMS, CANDIDATES, SHARED_VALUES, SYNCHRONY)
_WEIGHING = (WEIGHED, SCORES, EVIDENCE)
_NARROWED = (CANDIDATES, SHARED_VALUES, SYNCHRONY)  # what the signals read about pairs
_OTHERS_BITS = 4  # what the other families must bring, however strong one behavioral family is


def analyze(case: Case, resources: Resources, report: Report = silent, focus: Focus | None = None) -> dict[str, int]:
    """Run every step over the tables of the case. Return how many rows each table of the result has."""
    with Engine.over(case, EVENTS, REJECTS, LOG_FILES, *CONTEXT.values(), resources=resources) as engine:
        _steps(case, engine, _ACCOUNTS, report)
        family = tested(case, engine, focus)
        _write(case, engine, FOCUS, family.persons)
        _write(case, engine, FOCUS_CHOICE, family.rows())
        _write(case, engine, SETTINGS, _settings(case, engine, family))
        _write(case, engine, SIGNALS_TABLE, _present(engine, family))
        _write(case, engine, ADDRESSES, _addresses(engine))
        _steps(case, engine, _SHARING, report)
        _sightings(case, engine, report)
        _steps(case, engine, _WEIGHING, report)
        _write(case, engine, LINKS, _links(case, engine))
        grouping = Grouping(engine)
        _write(case, engine, GATED, grouping.gated())
        _worlds(case, engine, report)
        report(Progress("clusters and findings", 0))
        _write(case, engine, DECOYS, grouping.worlds())
        engine.register("members", grouping.members())
        _steps(case, engine, (PAIRS,), report)
        for table, rows in zip((CLUSTERS, CLUSTER_MEMBERS), grouping.clusters(case), strict=True):
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
            "focus": dict(family.choice) if family.choice else None,
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


def _settings(case: Case, engine: Engine, family: Tested) -> pa.Table:
    """Return the one row of parameters. The floors depend on what is tested only, never on the evidence."""
    chosen = case.settings.analysis
    accounts = engine.one("SELECT count(*) AS accounts FROM account_features")["accounts"]
    alpha, lead_alpha = float(chosen.alpha) / family.charge, float(chosen.lead_alpha) / family.charge
    least = float(chosen.least_bits) if family.choice else 0.0
    linked, lead = (max(least, math.log2(family.pairs / rate)) for rate in (alpha, lead_alpha))
    row = {
        "accounts": accounts,
        "pairs": family.pairs,
        "alpha": alpha,
        "lead_alpha": lead_alpha,
        "rare_accounts": chosen.rare_accounts,
        "pair_accounts": chosen.pair_accounts,
        "ring_neighbors": chosen.ring_neighbors,
        "partners": chosen.partners,
        "min_behavior_bits": float(chosen.min_behavior_bits),
        "min_family_bits": float(chosen.min_family_bits),
        "kept_bits": float(chosen.kept_bits),
        "least_bits": float(chosen.least_bits),
        "kappa": float(chosen.kappa),
        "behavior_cap_bits": round(linked - _OTHERS_BITS, 4),
        "linked_floor_bits": round(linked, 4),
        "lead_floor_bits": round(lead, 4),
        "decoys": chosen.decoys,
        "aggressive_requests_per_minute": case.settings.policy.aggressive_requests_per_minute,
    }
    return pa.Table.from_pylist([row], schema=SETTINGS.arrow())


def _present(engine: Engine, family: Tested) -> pa.Table:
    """Return the signals this case has data for: one that cannot fire must not thin out its family."""
    known = set(engine.rows("SELECT DISTINCT attribute FROM account_values")["attribute"].to_pylist())
    present = [
        signal
        for signal in SIGNALS
        if signal.id not in family.silent and (not signal.attributes or known.intersection(signal.attributes))
    ]
    return pa.Table.from_pylist(
        [{"signal": signal.id, "family": signal.family.value, "weight": signal.weight} for signal in present],
        schema=SIGNALS_TABLE.arrow(),
    )


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


def _sightings(case: Case, engine: Engine, report: Report) -> None:
    """Write the strength of every link of every signal; an e-value below 1 is counted as 0: less, never more."""
    case.forget("analysis/sightings")
    for signal in SIGNALS:
        report(Progress(signal.id, 0))
        query = f"SELECT $signal AS signal, a, b, bits FROM ({_text(signal)}) WHERE bits > 0"  # noqa: S608 - our own file
        engine.save(case, SIGHTINGS.part(signal.id), query, {"signal": signal.id})
    engine.view(case, SIGHTINGS)


def _worlds(case: Case, engine: Engine, report: Report) -> None:
    """Write the pairs of the permuted worlds, world by world: memory does not grow with their number."""
    case.forget("analysis/decoy_pairs")
    worlds = case.settings.analysis.decoys
    for replicate in range(1, worlds + 1):
        report(Progress(DECOY_PAIRS.name, replicate, worlds, "worlds"))
        part = DECOY_PAIRS.part(f"{replicate:04}")
        engine.save(case, part, _FOLDER / f"{DECOY_PAIRS.name}.sql", {"replicate": replicate})
    engine.view(case, DECOY_PAIRS)


def _links(case: Case, engine: Engine) -> pa.Table:
    """Return what was observed, for the pairs that are kept: words are made for these only."""
    parts = []
    for table in _NARROWED:
        engine.among(case, table, SCORES)
    for signal in SIGNALS:
        query = f"""
            SELECT a.user_id AS user_id_a, b.user_id AS user_id_b, $signal AS signal, $family AS family, bits, detail
            FROM ({_text(signal)}) AS link
            SEMI JOIN scores USING (a, b)
            JOIN people AS a ON a.person = link.a
            JOIN people AS b ON b.person = link.b
            WHERE bits > 0 AND $signal IN (SELECT signal FROM signals)
        """  # noqa: S608 - our own file
        parts.append(LINKS.conform(engine.rows(query, {"signal": signal.id, "family": signal.family.value})))
    for table in _NARROWED:
        engine.view(case, table)
    return pa.concat_tables(parts).sort_by(
        [("user_id_a", "ascending"), ("user_id_b", "ascending"), ("signal", "ascending")]
    )


def _text(signal: Signal) -> str:
    return (_FOLDER / "signals" / f"{signal.id}.sql").read_text(encoding="utf-8")
