"""The story `reseller`, read a second time from its files alone: the truth counts what the logs hold."""

import csv
import gzip
import json
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_network
from typing import Any

import polars as pl

from forensics.demo.embedded import story_folder

FOLDER = story_folder("reseller")
LAUNCH = datetime(2026, 3, 10, 14, tzinfo=UTC)
STOPPED = datetime(2026, 5, 1, tzinfo=UTC)


def truth() -> dict[str, Any]:
    planted: dict[str, Any] = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))
    return planted


def accounts() -> dict[str, dict[str, str]]:
    text = (FOLDER / "context" / "accounts.csv").read_text(encoding="utf-8").splitlines()
    return {row["user_id"]: row for row in csv.DictReader(text)}


@cache
def logged() -> tuple[pl.DataFrame, int]:
    """Every readable line as user, time, tokens, prompt and channel; and how many are not readable."""
    rows, broken = [], 0
    for path in sorted((FOLDER / "logs").iterdir()):
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            try:
                one = json.loads(line)
            except ValueError:
                broken += 1
                continue
            rows.append(
                {
                    "user": one.get("account_id") or one["subscription_id"],
                    "at": datetime.fromisoformat(one.get("time") or one["timestamp"]),
                    "ip": one["client_ip"],
                    "asked": one["input_tokens"],
                    "answered": one["output_tokens"],
                    "prompt": one["prompt_hash"],
                    "channel": "reseller:CloudPort" if "subscription_id" in one else "direct",
                    "refused": one["finish_reason"] == "content_filter",
                }
            )
    return pl.DataFrame(rows), broken


def team() -> pl.DataFrame:
    return logged()[0].filter(pl.col("user").is_in(truth()["clusters"][0]["members"]))


def by_channel(rows: pl.DataFrame) -> dict[str, int]:
    return dict(rows.group_by("channel").len().sort("channel").iter_rows())


def test_the_truth_counts_the_lines_of_the_logs() -> None:
    rows, broken = logged()
    assert truth()["log_files"] == {"events": rows.height, "rejects": broken}
    assert broken == 2


def test_the_numbers_equal_a_second_reading() -> None:
    rows, mine, planted = logged()[0], team(), truth()["numbers"]
    later = mine.filter(pl.col("at") >= STOPPED)
    assert planted["requests_by_cluster"] == mine.height
    assert planted["requests_by_channel"] == by_channel(mine)
    assert planted["cluster_share_by_channel"] == {
        name: [number, by_channel(rows)[name]] for name, number in by_channel(mine).items()
    }
    assert planted["cluster_requests_share_total"] == [mine.height, rows.height]
    assert planted["cluster_output_tokens_share_total"] == [mine["answered"].sum(), rows["answered"].sum()]
    assert planted["cluster_input_tokens_share_total"] == [mine["asked"].sum(), rows["asked"].sum()]
    assert planted["requests_refused"] == mine.filter("refused").height
    assert planted["requests_after_stop"] == later.height
    assert planted["requests_after_stop_by_channel"] == by_channel(later)
    hours = (mine["at"] - LAUNCH).dt.total_hours()
    seconds = (mine["at"] - LAUNCH).dt.total_seconds()
    assert planted["requests_day_before_launch"] == ((seconds < 0) & (seconds >= -86_400)).sum()
    assert planted["requests_day_after_launch"] == ((seconds >= 0) & (hours < 24)).sum()


def test_it_is_a_small_share_of_tokens_and_dozens_of_requests_are_later() -> None:
    planted = truth()["numbers"]
    mine, everybody = planted["cluster_output_tokens_share_total"]
    assert mine * 50 < everybody
    assert 24 <= planted["requests_after_stop"] <= 100
    assert min(planted["requests_after_stop_by_channel"].values()) > 0


def test_a_dozen_direct_accounts_and_one_subscription_share_templates() -> None:
    members = truth()["clusters"][0]["members"]
    assert sorted(name.startswith("sub-") for name in members) == [False] * 12 + [True]
    shared = team().group_by("prompt").agg(pl.col("user").n_unique().alias("users"))
    assert shared["users"].to_numpy().min() >= 2
    strangers = logged()[0].filter(~pl.col("user").is_in(members))
    assert set(strangers["prompt"]) & set(shared["prompt"]) == set()


def test_the_resellers_log_masks_every_address() -> None:
    resold = logged()[0].filter(pl.col("channel") != "direct")
    assert resold["ip"].str.ends_with(".xxx").all()
    assert resold["user"].n_unique() == 81
    assert all(row["channel"] == "reseller:CloudPort" for name, row in accounts().items() if name.startswith("sub-"))


def test_honest_batch_customers_are_larger_by_far() -> None:
    use = logged()[0].group_by("user").agg(pl.col("answered").sum()).sort("answered", descending=True)
    largest = use["user"][:3].to_list()
    assert not set(largest) & set(truth()["clusters"][0]["members"])
    assert use["answered"][2] > 10 * team()["answered"].sum()


def test_colleagues_are_on_record_and_uninvolved() -> None:
    staff = {name for name, row in accounts().items() if row["organization_id"] == "org-quarry"}
    uninvolved = set(truth()["uninvolved"])
    assert len(uninvolved) == 25
    assert uninvolved < staff
    assert uninvolved <= set(truth()["never_actionable"])
    assert set(logged()[0].filter(pl.col("user").is_in(uninvolved))["ip"]) == {"198.18.44.10", "198.18.44.11"}


def test_every_logged_address_and_domain_is_fictional() -> None:
    allowed = [ip_network("198.18.0.0/15"), ip_network("240.0.0.0/4"), ip_network("2001:db8::/32")]
    for text in logged()[0]["ip"].unique():
        one = ip_network(text.replace(".xxx", ".0"))
        assert any(one.version == net.version and one.subnet_of(net) for net in allowed), text  # type: ignore[arg-type]
    assert all(row["email_domain"].endswith(".example") for row in accounts().values())
