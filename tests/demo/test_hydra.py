"""The story `hydra`, read a second time from its files alone: the truth counts what the logs hold."""

import csv
import gzip
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from ipaddress import ip_network
from typing import Any

import polars as pl
import pytest

from forensics.cli.truth import Check, read_truth
from forensics.cli.truth_operators import operators
from forensics.demo.embedded import story_folder

FOLDER = story_folder("hydra")
LAUNCH = datetime(2026, 5, 13, 15, tzinfo=UTC)
SIZES = {"lots": 40, "shifts": 200, "patient": 600}


@cache
def accounts() -> dict[str, dict[str, str]]:
    text = (FOLDER / "context" / "accounts.csv").read_text(encoding="utf-8").splitlines()
    return {row["user_id"]: row for row in csv.DictReader(text)}


@cache
def planted() -> dict[str, dict[str, str]]:
    return {row["user_id"]: row for row in read_truth(FOLDER)["operator_accounts"]}


@cache
def logged() -> pl.DataFrame:
    """Every readable line, with the operator of its account."""
    lines = [
        line
        for path in sorted((FOLDER / "logs").iterdir())
        for line in gzip.decompress(path.read_bytes()).splitlines()
        if line.endswith(b"}")
    ]
    rows = pl.read_ndjson(BytesIO(b"\n".join(lines)), infer_schema_length=None)
    whose = pl.DataFrame(
        [(user, row["operator"]) for user, row in planted().items()], ["account_id", "operator"], orient="row"
    )
    at = pl.col("time").str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ", time_unit="ms", time_zone="UTC")
    return rows.with_columns(at=at).join(whose, on="account_id", how="left", maintain_order="left")


def of(operator: str) -> pl.DataFrame:
    return logged().filter(pl.col("operator") == operator)


def strangers() -> pl.DataFrame:
    return logged().filter(pl.col("operator").is_null())


def test_the_truth_counts_the_lines_of_the_logs() -> None:
    truth = read_truth(FOLDER)
    assert truth["log_files"] == {"events": logged().height, "rejects": 1}
    assert {row["name"]: row["accounts"] for row in truth["operators"]} == SIZES
    innocent = set(truth["never_actionable"])
    assert innocent == set(accounts()) - set(planted())
    assert len(innocent) > 4_000


def test_numbers_of_each_account_equal_a_second_reading() -> None:
    day = timedelta(days=1)
    after = (pl.col("at") >= LAUNCH) & (pl.col("at") < LAUNCH + day)
    counted = (
        logged().drop_nulls("operator").group_by("account_id").agg(
            pl.len(), pl.col("input_tokens").sum(), pl.col("output_tokens").sum(),
            ((pl.col("at") >= LAUNCH - day) & (pl.col("at") < LAUNCH)).sum().alias("before"),
            after.sum().alias("after"), (after & (pl.col("model") == "orion-large-5")).sum().alias("new"),
            pl.col("time").min().alias("first"), pl.col("time").max().alias("last"),
        )
    )  # fmt: skip
    names = (
        "requests", "input_tokens", "output_tokens", "day_before_launch", "day_after_launch",
        "day_after_launch_new_model", "first_request", "last_request",
    )  # fmt: skip
    second = {str(user): tuple(map(str, values)) for user, *values in counted.iter_rows()}
    told = {
        user: tuple(row[name] if not name.endswith("request") else spelled(row[name]) for name in names)
        for user, row in planted().items()
    }
    assert told == second


def spelled(moment: str) -> str:
    """Whole seconds have no decimals in the table of the truth; the log has three everywhere."""
    return moment if "." in moment else moment.replace("Z", ".000Z")


@pytest.mark.parametrize("operator", SIZES)
def test_each_account_asks_about_26_times_a_day_and_half_of_it_moves_at_the_launch(operator: str) -> None:
    rows = of(operator)
    assert rows["account_id"].n_unique() == SIZES[operator]
    assert 20 < rows.height / SIZES[operator] / 4 < 30
    later = rows.filter((pl.col("at") >= LAUNCH) & (pl.col("at") < LAUNCH + timedelta(days=1)))
    assert 0.45 < (later["model"] == "orion-large-5").mean() < 0.55  # type: ignore[operator]
    everybody = strangers().filter((pl.col("at") >= LAUNCH) & (pl.col("at") < LAUNCH + timedelta(days=1)))
    assert (everybody["model"] == "orion-large-5").mean() < 0.2  # type: ignore[operator]


def test_the_first_pays_in_small_lots_and_runs_one_build_by_night() -> None:
    cards = [accounts()[user]["payment_fingerprint"] for user, row in planted().items() if row["operator"] == "lots"]
    assert sorted(cards.count(card) for card in set(cards)) == [6, 6, 7, 7, 7, 7]
    paid = [row["payment_fingerprint"] for row in accounts().values()]
    assert all(paid.count(card) == cards.count(card) for card in set(cards))
    assert set(of("lots")["user_agent"]) == {"batchwright/0.4.2 (build 7113)"}
    assert "batchwright/0.4.2 (build 7113)" not in set(strangers()["user_agent"])
    assert of("lots")["at"].dt.hour().to_numpy().max() < 9


def test_the_second_deals_one_queue_in_turns_to_crews_on_shift() -> None:
    rows = of("shifts").sort("at")
    gaps = rows["at"].diff().dt.total_seconds().drop_nulls()
    assert gaps.median() == pytest.approx(16, abs=2)
    own = rows.group_by("account_id", maintain_order=True).agg(pl.col("at").diff().dt.total_minutes().alias("gap"))
    assert own.explode("gap")["gap"].median() == pytest.approx(17, abs=2)
    begun = rows.group_by("account_id").agg(((pl.col("at").dt.hour() + 24) // 8).mode().len().alias("shifts"))
    assert set(begun["shifts"]) == {1}
    assert rows["user_agent"].n_unique() == 1
    assert rows["user_agent"][0] in set(strangers()["user_agent"])
    cards = [accounts()[user]["payment_fingerprint"] for user in rows["account_id"].unique()]
    assert len(set(cards)) == 200


def test_the_third_lives_like_people_and_a_third_of_it_shares_telephones() -> None:
    mine = [accounts()[user] for user, row in planted().items() if row["operator"] == "patient"]
    assert len({row["payment_fingerprint"] for row in mine}) == 600
    phones = [row["phone_fingerprint"] for row in mine if row["phone_fingerprint"]]
    assert sorted(phones.count(phone) for phone in set(phones) if phones.count(phone) > 1) == [16] * 4 + [17] * 8
    assert of("patient")["user_agent"].n_unique() > 20
    assert set(of("patient")["at"].dt.hour()) == set(range(24))
    often = of("patient").group_by("prompt_hash").len().filter(pl.col("len") > 50)
    assert len(set(often["prompt_hash"]) - set(strangers()["prompt_hash"])) == 60


def test_exits_of_the_proxies_are_homes_of_users_and_serve_two_operators() -> None:
    patient, lots = (set(of(name)["client_ip"]) for name in ("patient", "lots"))
    assert len(patient & lots) > 300
    assert len(patient & set(strangers()["client_ip"])) > 200
    assert set(of("shifts")["client_ip"]) & set(strangers()["client_ip"]) == set()


def test_operators_and_strangers_use_prompts_of_one_published_collection() -> None:
    prompts = {name: set(of(name).drop_nulls("prompt_hash")["prompt_hash"]) for name in SIZES}
    public = set(strangers().drop_nulls("prompt_hash")["prompt_hash"])
    assert len(prompts["lots"] & prompts["shifts"]) == 1
    assert len((prompts["lots"] | prompts["shifts"]) & public) == 4


def test_class_fleet_and_office_look_like_one_operator_each() -> None:
    fleet = logged().filter(pl.col("user_agent") == "cinder-ci/3.1.0")
    assert fleet["account_id"].n_unique() == 30
    assert {accounts()[user]["organization_id"] for user in fleet["account_id"]} == {"org-cinder"}
    lesson = logged().filter((pl.col("client_ip") == "198.18.61.5") & (pl.col("at").dt.day() == 12))
    tasks = lesson.group_by("prompt_hash").agg(pl.col("account_id").n_unique().alias("students"))
    assert tasks.filter(pl.col("students") == 30).height == 5
    office = logged().filter(pl.col("client_ip").str.starts_with("198.18.71."))
    assert office["account_id"].n_unique() == 45


def test_every_address_is_fictional() -> None:
    allowed = [ip_network("198.18.0.0/15"), ip_network("240.0.0.0/4"), ip_network("2001:db8::/32")]
    for text in logged()["client_ip"].unique():
        one = ip_network(text)
        assert any(one.version == net.version and one.subnet_of(net) for net in allowed), text  # type: ignore[arg-type]


def compared(members: list[dict[str, Any]]) -> dict[str, Check]:
    """Compare with the truth a case that found nothing but these members of one cluster."""
    held = [planted()[row["user_id"]] for row in members if row["user_id"] in planted()]
    seen = [datetime.fromisoformat(row[name]) for row in held for name in ("first_request", "last_request")]
    cluster = {"cluster_id": "C-1", "first_seen": min(seen), "last_seen": max(seen)}
    sums = {name: sum(int(row[name]) for row in held) for name in ("requests", "input_tokens", "output_tokens")}
    findings = [{"kind": "materiality", "cluster_id": "C-1", "detail": json.dumps(sums)}]
    return {check.what: check for check in operators(read_truth(FOLDER), members, {"C-1": cluster}, findings)}


def member(user: str) -> dict[str, Any]:
    return {"cluster_id": "C-1", "user_id": user, "actionable": True}


def test_part_of_an_operator_is_compared_by_what_its_accounts_did() -> None:
    mine = [user for user, row in planted().items() if row["operator"] == "lots"][:37]
    found = compared([member(user) for user in mine])
    assert found["lots: of 40 accounts (40 leave traces) actionable"].met
    assert found["lots: output tokens of those found"].met
    assert found["lots: first and last request of those found"].met
    assert not found["lots: day after launch of those found"].met  # this case has no finding that says it
    assert not found["shifts: of 200 accounts (200 leave traces) actionable"].met
    assert found["clusters with accounts of two operators"].met


def test_a_merged_operator_or_an_innocent_member_is_a_missed_truth() -> None:
    two = [next(user for user, row in planted().items() if row["operator"] == name) for name in ("lots", "shifts")]
    innocent = next(user for user in accounts() if user not in planted())
    found = compared([member(user) for user in (*two, innocent)])
    assert not found["clusters with accounts of two operators"].met
    assert not found["innocent accounts in coordinated clusters"].met
