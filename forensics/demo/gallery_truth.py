"""What was planted in the story `gallery`, counted from the generator's own rows, and the page that defines it."""

from collections.abc import Mapping, Sequence

import polars as pl

from forensics.demo.gallery_scenes import OK, OUTAGE_END, OUTAGE_START
from forensics.demo.people import Account
from forensics.demo.visits import DAY_MS
from forensics.demo.write import iso

_INNOCENT = ("colleague", "archive", "rare_client", "developer", "carrier", "office", "family")
_MINUTE_MS = 60_000

STATEMENTS = {
    "S-1": "contradicted",  # most of the outage lies after they stopped, and others failed on
    "S-2": "supported",
    "S-3": "not_testable",
    "S-4": "not_testable",
    "S-5": "contradicted",
    "S-6": "supported",
    "S-7": "contradicted",
}
DEFINITIONS = {
    "scrape_first": "time of the first request of the harvest (API log, start of the request)",
    "scrape_last": "time of the last request of the harvest (web log, whole seconds)",
    "requests_by_cluster": "all requests of the two accounts in the four days, everyday use included",
    "requests_before_onset": "requests of the two accounts from scrape_first up to, not including, 22:40:00Z",
    "requests_total_before_onset": "requests of everybody, anonymous included, in that same window",
    "overlap_minutes": "minutes of the outage up to scrape_last",
    "outage_minutes": "minutes from the start to the end of OUT-1",
    "objects_prompts": "distinct job ids whose prompt the two accounts received with status 200 in the harvest",
    "objects_images": "distinct job ids whose picture the two accounts received with status 200 in the harvest",
    "objects_pairs": "distinct job ids of which they received both",
    "cluster_requests_share_total": "[requests of the two accounts, all requests] in the four days",
    "cluster_bytes_share_total": "[response bytes of the two accounts, all response bytes] in the four days",
    "others_5xx_in_outage": "[answers 500-599, requests] of everybody else, anonymous included, during OUT-1",
    "others_5xx_before": "[answers 500-599, requests] of everybody else in the 24 hours before OUT-1",
    "cluster_5xx_in_outage": "[answers 500-599, requests] of the two accounts during OUT-1",
}


def _between(first: int, end: int) -> pl.Expr:
    """Say whether a row lies in [first, end)."""
    return (pl.col("at") >= first) & (pl.col("at") < end)


def _failures(rows: pl.DataFrame) -> list[int]:
    """Return [answers 500-599, requests]."""
    return [rows.filter(pl.col("status").is_between(500, 599)).height, rows.height]


def numbers(rows: pl.DataFrame) -> dict[str, object]:
    """Count what `DEFINITIONS` defines."""
    is_cluster = pl.col("owner").is_in([0, 1])  # the population starts with the two accounts
    cluster, others = rows.filter(is_cluster), rows.filter(~is_cluster)
    taken = rows.filter(pl.col("is_harvest"))
    first, last = int(taken["at"].to_numpy().min()), int(taken["at"].to_numpy().max())
    received = taken.filter(pl.col("status") == OK).with_columns(job=pl.col("path").str.extract(r"/jobs/(\d+)/"))
    prompts = set(received.filter("is_api")["job"])
    images = set(received.filter(~pl.col("is_api"))["job"])
    return {
        "scrape_first": iso(first),
        "scrape_last": iso(last),
        "requests_by_cluster": cluster.height,
        "requests_before_onset": cluster.filter(_between(first, OUTAGE_START)).height,
        "requests_total_before_onset": rows.filter(_between(first, OUTAGE_START)).height,
        "overlap_minutes": (last - OUTAGE_START) // _MINUTE_MS,
        "outage_minutes": (OUTAGE_END - OUTAGE_START) // _MINUTE_MS,
        "objects_prompts": len(prompts),
        "objects_images": len(images),
        "objects_pairs": len(prompts & images),
        "cluster_requests_share_total": [cluster.height, rows.height],
        "cluster_bytes_share_total": [int(cluster["bytes"].sum()), int(rows["bytes"].sum())],
        "others_5xx_in_outage": _failures(others.filter(_between(OUTAGE_START, OUTAGE_END))),
        "others_5xx_before": _failures(others.filter(_between(OUTAGE_START - DAY_MS, OUTAGE_START))),
        "cluster_5xx_in_outage": _failures(cluster.filter(_between(OUTAGE_START, OUTAGE_END))),
    }


def _members(people: Sequence[Account]) -> list[str]:
    """Return the handles of the two accounts."""
    return sorted(account.user_id for account in people if account.group == "scraper")


def truth(people: Sequence[Account], events: int, rejects: int, counted: Mapping[str, object]) -> dict[str, object]:
    """Return the planted truth: who acted together, who never did, and the numbers a report must reach."""
    members = _members(people)
    return {
        "story": "gallery",
        "synthetic": True,
        "clusters": [{"members": members, "verdict": "coordinated", "campaign": "harvest"}],
        "actionable": members,
        "never_actionable": sorted(account.user_id for account in people if account.group in _INNOCENT),
        "log_files": {"events": events, "rejects": rejects},
        "uninvolved": sorted(account.user_id for account in people if account.group == "colleague"),
        "numbers": counted,
        "statements": STATEMENTS,
    }


_PAGE = """
# Lumen Gallery: two accounts and one outage (synthetic)

Everything here is synthetic. Firms, handles and addresses are made up: names end in `.example`, addresses are
from 198.18.0.0/15, 240.0.0.0/4 and 2001:db8::/32, networks from AS64496-64511.

Lumen Gallery makes pictures from prompts. On the night of Saturday, 7 March 2026, two paid accounts of one
person on a rival's data team take prompts (API) and pictures (web) of the same job ids, from 21:30Z to 00:51Z.
At 22:40Z an outage of 24 hours begins, nine minutes after a deploy. 22 of its 24 hours lie after the harvest.

| File | Holds |
| --- | --- |
| `logs/web-2026-03-05.log.gz` to `-08` | nginx, combined format, one file per day, UTC |
| `logs/api-2026-03.ndjson.gz` | API gateway, one JSON object per line; `time` is the start of the request |
| `context/*.csv` | accounts, identities, IP ranges, incidents, statements, terms |
| `truth.json` | what was planted; the tool never reads it while it works |

## What is planted

- One pair of accounts: {members}. Same card, same three addresses, same rare client, same
  ids in the same order, the pictures 2 to 9 s after the prompts (the last pair a little more).
- Not to be touched: 38 colleagues behind the rival's two office addresses (12 on the company's plan); an archive
  that fetches its own originals every night from 02:05Z, with more requests than either of the pair and more bytes
  than both; three strangers with the same rare client; offices, families, and 120 customers behind a carrier's pool.
- A contest on Friday, 18:00Z to 20:00Z, with about as many requests per minute as the harvest, and no outage.
- {rejects} broken lines (rejects), {events} readable ones (events), among them TLS greetings answered with 400, hostile
  client names, and equal lines that are two real requests.

## The numbers in `truth.json`

Times are as logged; windows include their first and exclude their last instant.

| Name | Value | Meaning |
| --- | --- | --- |
{numbers}

`python -m forensics.demo gallery FOLDER` writes these files again, byte for byte after decompression.
"""


def page(people: Sequence[Account], events: int, rejects: int, counted: Mapping[str, object]) -> str:
    """Return the story's page with every number defined."""
    table = "\n".join(f"| `{name}` | {counted[name]} | {meaning} |" for name, meaning in DEFINITIONS.items())
    members = " and ".join(_members(people))
    return _PAGE.format(members=members, rejects=rejects, events=f"{events:,}", numbers=table)
