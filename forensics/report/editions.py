"""Who a report is written for: which chapters an edition has, and what of the case its writer may look into.

The two editions that leave the house see narrowed tables: rows of the accounts they may hear of and no others, and
tables that are not named here are empty for them. A chapter cannot print what its edition cannot ask for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from forensics import schema
from forensics.audience import Disclosure
from forensics.case import Case
from forensics.engine import Engine, Resources
from forensics.report.sections import SECTIONS, Chapter, counterparty, executive, public
from forensics.schema import Table

TABLES = (
    schema.LOG_FILES, schema.LOG_HOURS, schema.REJECTS, schema.ACCOUNTS, schema.IDENTITIES, schema.IP_RANGES,
    schema.INCIDENTS,
    schema.STATEMENTS, schema.TERMS, schema.SETTINGS, schema.FOCUS_CHOICE, schema.REQUESTS, schema.ACCOUNT_FEATURES,
    schema.HUBS,
    schema.SIGNALS_TABLE, schema.EVIDENCE, schema.LINKS, schema.PAIRS, schema.DECOYS, schema.CLUSTERS,
    schema.CLUSTER_MEMBERS, schema.FINDINGS, schema.EXHIBITS,
)  # fmt: skip
_BY_ACCOUNT = (schema.REQUESTS, schema.ACCOUNT_FEATURES, schema.CLUSTER_MEMBERS)
# What another party may read about its own accounts: what they did, the clause it concerns, the innocent explanations.
_KINDS_DISCLOSED = frozenset({"harvest", "distillation", "automation", "terms", "alternative"})


@dataclass(frozen=True)
class Edition:
    """One kind of reader: the chapters in reading order and what the cover says about the copy."""

    name: str
    label: str
    chapters: tuple[Chapter, ...]
    title: str = ""  # instead of that of the case, which is written for the house
    leaves_the_house: bool = False  # narrowed tables; addresses and secrets are replaced in every text
    is_interactive: bool = False  # HTML sorts and filters its tables; it can be read without
    shows_lines: bool = False  # cited lines stand in it as text
    is_brief: bool = False  # one page: no contents, no marks of exhibits


EDITIONS: Mapping[str, Edition] = {
    one.name: one
    for one in (
        Edition(
            "analyst",
            "Analyst: names and addresses in clear, for the investigating team only",
            SECTIONS,
            is_interactive=True,
            shows_lines=True,
        ),
        Edition(
            "executive",
            "Executive: one page for whoever decides; every number is backed in the analyst edition",
            executive.CHAPTERS,
            is_brief=True,
        ),
        Edition("legal", "Legal: the whole report, for counsel; confidential", SECTIONS),
        Edition(
            "counterparty",
            "For one organization about its own accounts; nobody else is named",
            counterparty.CHAPTERS,
            title="An inquiry about your accounts",
            leaves_the_house=True,
        ),
        Edition(
            "public",
            "Public: rounded numbers, pseudonyms, no address",
            public.CHAPTERS,
            title="What was found, in rounded numbers",
            leaves_the_house=True,
        ),
    )
}


def for_organization(organization: str) -> Edition:
    """Return the edition for one organization; `disclose` refuses the name with any other audience."""
    return replace(EDITIONS["counterparty"], label=f"For {organization}, about its own accounts; nobody else is named")


def opened(case: Case, edition: Edition, disclosure: Disclosure, resources: Resources | None) -> Engine:
    """Open the tables an edition may look into."""
    if not edition.leaves_the_house:
        return Engine.over(case, *TABLES, resources=resources)
    engine = Engine(case.folder, resources)
    for table in TABLES:
        engine.register(table.name, table.empty())
    for table in _BY_ACCOUNT:
        engine.narrow(case, table, "user_id", disclosure.accounts)
    members = case.read(schema.CLUSTER_MEMBERS).select(["cluster_id", "user_id"]).to_pylist()
    clusters = {row["cluster_id"] for row in members if row["user_id"] in disclosure.accounts}
    engine.narrow(case, schema.CLUSTERS, "cluster_id", clusters)
    shared = {row["cluster_id"] for row in members if row["user_id"] not in disclosure.accounts}
    findings = _disclosed(case, clusters - shared)
    engine.narrow(case, schema.FINDINGS, "finding_id", findings)
    engine.narrow(case, schema.EXHIBITS, "finding_id", findings)
    return engine


def _disclosed(case: Case, clusters: set[str]) -> frozenset[str]:
    """Return the findings about groups whose accounts the reader all hears of: the others speak of somebody else."""
    rows = case.read(schema.FINDINGS).select(["finding_id", "kind", "cluster_id"]).to_pylist()
    return frozenset(
        row["finding_id"] for row in rows if row["cluster_id"] in clusters and row["kind"] in _KINDS_DISCLOSED
    )


def tables_seen(edition: Edition) -> tuple[Table, ...]:
    """Return the tables whose rows an edition may see at all, narrowed or whole."""
    return (*_BY_ACCOUNT, schema.CLUSTERS, schema.FINDINGS, schema.EXHIBITS) if edition.leaves_the_house else TABLES
