"""STAGE 2: events → accounts → links → clusters → findings, each step a table that SQL can follow back.

Every step but the grouping is one `.sql` file that runs unchanged in the DuckDB shell over the case
(`duckdb -init views.sql` in the case folder).
"""

from importlib.resources import files

from forensics.analyze.bootstrap import day_bootstrap
from forensics.analyze.findings import assess
from forensics.analyze.focus import Focus, tested
from forensics.analyze.group import Grouping
from forensics.analyze.halves import Whole, forget_halves, hold_out
from forensics.analyze.merged import merged_streams
from forensics.analyze.resampled import beside
from forensics.analyze.scoring import scored, signal_query, steps, write
from forensics.analyze.signals import SIGNALS
from forensics.case import Case
from forensics.engine import Engine, Resources, forget_spills
from forensics.model import Progress, Report, silent
from forensics.schema import (
    ACCOUNT_FEATURES,
    ANALYSIS,
    BYSTANDERS,
    CANDIDATES,
    CLUSTER_MEMBERS,
    CLUSTERS,
    CONTEXT,
    DECOY_PAIRS,
    DECOYS,
    EVENTS,
    EVIDENCE,
    EXHIBITS,
    FINDINGS,
    GATED,
    LINKS,
    LOG_FILES,
    PAIRS,
    REJECTS,
    REQUESTS,
    SCORES,
    SHARED_VALUES,
    SYNCHRONY,
    TABLES,
    Table,
)

_FOLDER = files("forensics.analyze")
_NARROWED = (CANDIDATES, SHARED_VALUES, SYNCHRONY)  # what the signals read about pairs
_INPUTS = (EVENTS, REJECTS, LOG_FILES, *CONTEXT.values())
_GROUPED = ANALYSIS[: ANALYSIS.index(CLUSTERS)]  # what is written before a half is looked at
_ASIDE_FOLDER = ".scratch/links"
_ASIDE = Table(
    "links_of_signals",
    f"{_ASIDE_FOLDER}/*.parquet",
    "one link, before accounts have names",
    (*CANDIDATES.columns[:2], *LINKS.columns[2:]),
)
_NAMED = """
    SELECT of_a.user_id AS user_id_a, of_b.user_id AS user_id_b, signal, family, bits, detail
    FROM links_of_signals AS link
    JOIN people AS of_a ON of_a.person = link.a
    JOIN people AS of_b ON of_b.person = link.b
    ORDER BY link.a, link.b, signal
"""


def analyze(case: Case, resources: Resources, report: Report = silent, focus: Focus | None = None) -> dict[str, int]:
    """Run every step over the tables of the case. Return how many rows each table of the result has."""
    forget_halves(case)  # of a run that was killed
    forget_spills(case.folder)
    with Engine.over(case, *_INPUTS, resources=resources) as engine:
        steps(case, engine, (REQUESTS,), report)
        family = scored(case, engine, lambda known: tested(case, known, focus), report)
        steps(case, engine, (EVIDENCE,), report)
        _links(case, engine)
        grouping = Grouping(engine)
        write(case, engine, GATED, grouping.gated())
        _worlds(case, engine, report)
        report(Progress("clusters", 0))
        write(case, engine, DECOYS, grouping.worlds())
        engine.register("members", grouping.members())
        steps(case, engine, (PAIRS, BYSTANDERS), report)
        whole = Whole.of(engine, family, grouping.together())
    held = hold_out(case, whole, resources, report)  # with an engine of its own: this one would keep its memory
    with Engine.over(case, *_INPUTS, *_GROUPED, resources=resources) as engine:
        report(Progress("findings", 0))
        engine.register("members", grouping.members())
        streams = merged_streams(engine, whole.groups)
        judged = grouping.clusters(case, engine, held, streams)
        judged = beside(judged, day_bootstrap(engine, grouping, case.settings.analysis.day_draws))
        for table, rows in zip((CLUSTERS, CLUSTER_MEMBERS), judged, strict=True):
            write(case, engine, table, rows)
        for table, rows in zip((FINDINGS, EXHIBITS), assess(case, engine), strict=True):
            write(case, engine, table, rows)
        results = (ACCOUNT_FEATURES, LINKS, PAIRS, CLUSTERS, CLUSTER_MEMBERS, FINDINGS, EXHIBITS)
        counts = {table.name: case.count(table) for table in results}
    (case.folder / "views.sql").write_text(views(case), encoding="utf-8")
    case.record(
        "analyze",
        {
            "run_id": case.run_id(),
            "rows": counts,
            "settings": case.settings.record(),
            "focus": dict(family.choice) if family.choice else None,
            "inputs": case.outputs(*_INPUTS),
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


def _worlds(case: Case, engine: Engine, report: Report) -> None:
    """Write the pairs of the permuted worlds, world by world: memory does not grow with their number."""
    case.forget("analysis/decoy_pairs")
    worlds = case.settings.analysis.decoys
    for replicate in range(1, worlds + 1):
        report(Progress(DECOY_PAIRS.name, replicate, worlds, "worlds"))
        part = DECOY_PAIRS.part(f"{replicate:04}")
        engine.save(case, part, _FOLDER / f"{DECOY_PAIRS.name}.sql", {"replicate": replicate})
    engine.view(case, DECOY_PAIRS)


def _links(case: Case, engine: Engine) -> None:
    """Write what was observed, for the pairs that are kept: words are made for these only.

    Signal by signal to the disk, and together from there: memory does not grow with their number.
    """
    for table in _NARROWED:
        engine.among(case, table, SCORES)
    case.forget(_ASIDE_FOLDER)
    for signal in SIGNALS:
        query = f"""
            SELECT a, b, $signal AS signal, $family AS family, bits, detail
            FROM ({signal_query(signal)}) SEMI JOIN scores USING (a, b)
            WHERE bits > 0 AND $signal IN (SELECT signal FROM signals)
        """  # noqa: S608 - our own file
        engine.save(case, _ASIDE.part(signal.id), query, {"signal": signal.id, "family": signal.family.value})
    engine.view(case, _ASIDE)
    engine.save(case, LINKS, _NAMED)
    case.forget(_ASIDE_FOLDER)
    for table in _NARROWED:
        engine.view(case, table)
