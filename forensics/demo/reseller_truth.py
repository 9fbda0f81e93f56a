"""What was planted in the story `reseller`, counted from the generator's own rows, and the page that defines it."""

from collections.abc import Mapping, Sequence

import polars as pl

from forensics.demo.people import Account
from forensics.demo.reseller_people import RESELLER, members
from forensics.demo.reseller_scenes import LAUNCH, STOPPED
from forensics.demo.visits import DAY_MS
from forensics.demo.write import iso

STATEMENTS = {
    "S-1": "contradicted",
    "S-2": "contradicted",
    "S-3": "supported_in_part",
    "S-4": "supported_in_part",
    "S-5": "not_testable",
    "S-6": "not_testable",
}
DEFINITIONS = {
    "project_first": "time of the first request of the thirteen accounts",
    "project_last": "time of the last",
    "requests_by_cluster": "all requests of the thirteen accounts, the subscription at the reseller included",
    "requests_by_channel": "the same per channel",
    "cluster_share_by_channel": "[requests of the thirteen, all requests] per channel",
    "cluster_requests_share_total": "[requests of the thirteen, all requests]",
    "cluster_output_tokens_share_total": "[output tokens of the thirteen, all output tokens]",
    "cluster_input_tokens_share_total": "[input tokens of the thirteen, all input tokens]",
    "stages": "requests by the shape of their tokens; a refused request has none",
    "requests_day_before_launch": "requests of the thirteen in the 24 hours before LCH-1",
    "requests_day_after_launch": "requests of the thirteen in the 24 hours from LCH-1 on",
    "requests_refused": "requests of the thirteen that the filter declined",
    "requests_after_stop": "requests of the thirteen from 2026-05-01T00:00:00Z on",
    "requests_after_stop_by_channel": "the same per channel",
    "uninvolved_colleagues": "accounts on record with Quarry Labs that are in no cluster",
}


def numbers(rows: pl.DataFrame, people: Sequence[Account]) -> dict[str, object]:
    """Count what `DEFINITIONS` defines."""
    mine = [row for row, account in enumerate(people) if account.group == "rival"]
    cluster = rows.filter(pl.col("owner").is_in(mine))
    later = cluster.filter(pl.col("at") >= STOPPED)
    return {
        "project_first": iso(int(cluster["at"].to_numpy().min())),
        "project_last": iso(int(cluster["at"].to_numpy().max())),
        "requests_by_cluster": cluster.height,
        "requests_by_channel": _by_channel(cluster),
        "cluster_share_by_channel": {
            channel: [number, _by_channel(rows)[channel]] for channel, number in _by_channel(cluster).items()
        },
        "cluster_requests_share_total": [cluster.height, rows.height],
        "cluster_output_tokens_share_total": _share(cluster, rows, "output_tokens"),
        "cluster_input_tokens_share_total": _share(cluster, rows, "input_tokens"),
        "stages": _stages(cluster),
        "requests_day_before_launch": _between(cluster, LAUNCH - DAY_MS, LAUNCH),
        "requests_day_after_launch": _between(cluster, LAUNCH, LAUNCH + DAY_MS),
        "requests_refused": cluster.filter("is_refused").height,
        "requests_after_stop": later.height,
        "requests_after_stop_by_channel": _by_channel(later),
        "uninvolved_colleagues": sum(account.group == "colleague" for account in people),
    }


def _by_channel(rows: pl.DataFrame) -> dict[str, int]:
    resold = rows.filter("is_reseller").height
    return {"direct": rows.height - resold, RESELLER: resold}


def _share(cluster: pl.DataFrame, rows: pl.DataFrame, column: str) -> list[int]:
    return [int(cluster[column].sum()), int(rows[column].sum())]


def _stages(cluster: pl.DataFrame) -> dict[str, int]:
    """Count requests by the shape of their tokens, by the definition of docs/findings.md."""
    asked, answered = pl.col("input_tokens"), pl.col("output_tokens")
    shape = (
        pl.when(answered >= asked).then(pl.lit("generate"))
        .when(answered * 20 <= asked).then(pl.lit("judge"))
        .when(answered * 4 <= asked).then(pl.lit("filter"))
        .otherwise(pl.lit("evaluate"))
    )  # fmt: skip
    found = cluster.filter(answered > 0).group_by(shape.alias("stage")).len().sort("stage")
    return {str(stage): int(number) for stage, number in found.iter_rows()}


def _between(rows: pl.DataFrame, first: int, end: int) -> int:
    return rows.filter((pl.col("at") >= first) & (pl.col("at") < end)).height


def truth(people: Sequence[Account], events: int, rejects: int, counted: Mapping[str, object]) -> dict[str, object]:
    """Return the planted truth: who acted together, who never did, and what a report must reach."""
    rivals = members(people)
    return {
        "story": "reseller",
        "synthetic": True,
        "clusters": [{"members": rivals, "verdict": "coordinated", "campaign": "distillation"}],
        "actionable": rivals,
        "never_actionable": sorted(account.user_id for account in people if account.group != "rival"),
        "uninvolved": sorted(account.user_id for account in people if account.group == "colleague"),
        "log_files": {"events": events, "rejects": rejects},
        "numbers": counted,
        "statements": STATEMENTS,
    }


_PAGE = """
# Orion: a dozen accounts, a reseller, and a statement (synthetic)

Everything here is synthetic. Firms, handles and addresses are made up: names end in `.example`, addresses are
from 198.18.0.0/15, 240.0.0.0/4 and 2001:db8::/32, networks from AS64496-64511.

Orion sells access to language models, directly and through the reseller CloudPort. From January to July 2026
thirteen accounts of one team at Quarry Labs, twelve direct ones and a subscription at CloudPort, evaluate models,
generate answers, filter and judge them. It is a small share of all tokens: three honest customers run larger batches
every night. In May the firm says that use stopped in April. Dozens of requests are later.

| File | Holds |
| --- | --- |
| `logs/api-2026-01.ndjson.gz`, `-03`, `-05`, `-06` | Orion's gateway, one JSON object per line, UTC |
| `logs/cloudport-2026.ndjson.gz` | the reseller's log: subscriptions, addresses without their last part |
| `context/*.csv` | accounts, IP ranges, incidents, statements, terms |
| `truth.json` | what was planted; the tool never reads it while it works |

## What is planted

- One team: {members}. Same templates (hashed), dealt out over the accounts within seconds, at any hour.
- Not to be touched: {colleagues} colleagues at the same firm, behind its office addresses, on its own plan; three batch
  customers; 80 other subscriptions at the reseller; 800 others.
- {rejects} broken lines (rejects), {events} readable ones (events).

## The numbers in `truth.json`

Windows include their first and exclude their last instant.

| Name | Value | Meaning |
| --- | --- | --- |
{numbers}

`python -m forensics.demo reseller FOLDER` writes these files again, byte for byte after decompression.
"""


def page(people: Sequence[Account], events: int, rejects: int, counted: Mapping[str, object]) -> str:
    """Return the story's page with every number defined."""
    table = "\n".join(f"| `{name}` | {counted[name]} | {meaning} |" for name, meaning in DEFINITIONS.items())
    return _PAGE.format(
        members=", ".join(members(people)), colleagues=counted["uninvolved_colleagues"], rejects=rejects,
        events=f"{events:,}", numbers=table,
    )  # fmt: skip
