"""The embedded stories are what their truth says, read back from the logs without the generator."""

import csv
import gzip
import json
import re
from functools import cache
from io import BytesIO
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from forensics.demo import STORIES, write
from forensics.demo.__main__ import main
from forensics.demo.draws import Draws
from forensics.demo.embedded import story_folder
from forensics.errors import SourceError, UsageError

SAMPLE_LOGS = Path(__file__).resolve().parents[2] / "sample_logs"
ALLOWED = [ip_network(text) for text in ("198.18.0.0/15", "240.0.0.0/4", "2001:db8::/32")]
COMBINED = (
    r'^(?<ip>\S+) - (?<user>\S+) \[(?<time>[^\]]+)\] "(?<request>[^"]*)" (?<status>\d{3}) (?<bytes>\d+) '
    r'"(?<referrer>[^"]*)" "(?<agent>[^"]*)"$'
)
PINNED = [
    442_856_002_767_995_494,
    10_431_303_262_471_695_990,
]  # splitmix64 as published, from the key of ('test', 'numbers')
ONSET, OUTAGE_END = "2026-03-07T22:40:00Z", "2026-03-08T22:40:00Z"


def content(path: Path) -> bytes:
    stored = path.read_bytes()
    return gzip.decompress(stored) if path.suffix == ".gz" else stored


def lines(story: str, pattern: str) -> pl.Series:
    files = sorted((SAMPLE_LOGS / story / "logs").glob(pattern))
    return pl.Series("line", [line for path in files for line in content(path).decode().splitlines()])


def table(story: str, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((SAMPLE_LOGS / story / "context" / name).read_text(encoding="utf-8").splitlines()))


def truth(story: str) -> dict[str, Any]:
    planted: dict[str, Any] = json.loads((SAMPLE_LOGS / story / "truth.json").read_text(encoding="utf-8"))
    return planted


def read_json(complete: pl.Series) -> pl.DataFrame:
    return pl.read_ndjson(BytesIO("\n".join(complete).encode()), infer_schema_length=None)


@cache
def gallery() -> tuple[pl.DataFrame, int]:
    """All requests as ip, user, at, path, status, bytes, agent, is_api; and the number of broken lines."""
    web_lines, api_lines = lines("gallery", "web-*"), lines("gallery", "api-*")
    web = web_lines.str.extract_groups(COMBINED).struct.unnest()
    is_whole = api_lines.str.ends_with("}")
    keys = {row["alias"]: row["user_id"] for row in table("gallery", "identities.csv")}
    web = web.drop_nulls("ip").select(
        "ip", "user",
        at=pl.col("time").str.to_datetime("%d/%b/%Y:%H:%M:%S %z", time_unit="ms"),
        path=pl.col("request").str.extract(r"^[A-Z]+ (\S+) HTTP/"),
        status=pl.col("status").cast(pl.Int64), bytes=pl.col("bytes").cast(pl.Int64), agent="agent",
        is_api=pl.lit(value=False),
    )  # fmt: skip
    api = read_json(api_lines.filter(is_whole)).select(
        ip="client_ip", user=pl.col("api_key").replace_strict(keys),
        at=pl.col("time").str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ", time_unit="ms", time_zone="UTC"),
        path="path", status="status", bytes="bytes", agent="user_agent", is_api=pl.lit(value=True),
    )  # fmt: skip
    rows = pl.concat([web, api])
    return rows, web_lines.len() + api_lines.len() - rows.height


@cache
def campus() -> tuple[pl.DataFrame, int]:
    """All requests with `at` and `second` (within the half hour), and the number of broken lines."""
    everything = lines("campus", "chat-*")
    whole = everything.filter(everything.str.ends_with("}"))
    at = pl.col("timestamp").str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ", time_unit="ms", time_zone="UTC")
    rows = read_json(whole).with_columns(at=at)
    return rows, everything.len() - rows.height


def instant(text: str) -> pl.Expr:
    return pl.lit(text).str.to_datetime("%Y-%m-%dT%H:%M:%S%#z", time_unit="ms", time_zone="UTC")


def window(rows: pl.DataFrame, first: str, end: str) -> pl.DataFrame:
    return rows.filter((pl.col("at") >= instant(first)) & (pl.col("at") < instant(end)))


def failures(rows: pl.DataFrame) -> list[int]:
    return [rows.filter(pl.col("status") >= 500).height, rows.height]


def pair() -> list[str]:
    members: list[str] = truth("gallery")["actionable"]
    return members


@pytest.mark.parametrize("story", STORIES)
def test_a_story_is_generated_again_with_the_committed_bytes(story: str, tmp_path: Path) -> None:
    write(story, tmp_path)
    committed = {path.relative_to(SAMPLE_LOGS / story) for path in (SAMPLE_LOGS / story).rglob("*") if path.is_file()}
    generated = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert generated == committed
    different = [
        str(path) for path in sorted(committed) if content(tmp_path / path) != content(SAMPLE_LOGS / story / path)
    ]
    assert different == []


def test_gzip_headers_carry_no_time() -> None:
    stamps = {path: path.read_bytes()[4:8] for path in SAMPLE_LOGS.rglob("*.gz")}
    assert len(stamps) == 17
    assert set(stamps.values()) == {b"\0\0\0\0"}


def test_all_stories_together_stay_below_nine_megabytes() -> None:
    sizes = [path.stat().st_size for story in STORIES for path in (SAMPLE_LOGS / story).rglob("*") if path.is_file()]
    assert 3_000_000 < sum(sizes) < 9_000_000


def test_every_logged_address_is_from_a_range_nobody_owns() -> None:
    logged = {*gallery()[0]["ip"].unique(), *campus()[0]["client_ip"].unique()}
    assert len(logged) > 1_000
    assert [text for text in sorted(logged) if not any(ip_address(text) in network for network in ALLOWED)] == []


@pytest.mark.parametrize("story", STORIES)
def test_every_listed_range_and_network_is_fictional(story: str) -> None:
    for row in table(story, "ip_ranges.csv"):
        network = ip_network(row["cidr"])
        assert any(network.version == other.version and network.subnet_of(other) for other in ALLOWED)  # type: ignore[arg-type]
        assert 64_496 <= int(row["asn"]) <= 64_511


@pytest.mark.parametrize("story", STORIES)
def test_every_domain_is_an_example(story: str) -> None:
    files = [path for path in (SAMPLE_LOGS / story).rglob("*") if path.is_file()]
    text = b"\n".join(content(path) for path in files).decode()
    hosts = set(re.findall(r"https?://([a-z0-9.-]+)", text)) | {
        row["email_domain"] for row in table(story, "accounts.csv")
    }
    assert [host for host in sorted(hosts) if not host.endswith(".example")] == []
    assert re.findall(r"\b[a-z0-9-]+\.(?:com|net|org|io|ai|dev)\b", text) == []


@pytest.mark.parametrize("story", STORIES)
def test_every_page_and_context_row_says_that_it_is_synthetic(story: str) -> None:
    assert "synthetic" in (SAMPLE_LOGS / story / "README.md").read_text(encoding="utf-8")
    assert truth(story)["synthetic"] is True
    for path in (SAMPLE_LOGS / story / "context").iterdir():
        assert {row["note"] for row in table(story, path.name)} == {"synthetic"}


def test_gallery_truth_counts_the_lines_of_the_logs() -> None:
    rows, broken = gallery()
    assert truth("gallery")["log_files"] == {"events": rows.height, "rejects": broken}
    assert broken == 3
    assert rows.filter(pl.col("path").is_null())["status"].to_list() == [400] * 5  # the TLS greetings


def test_gallery_numbers_equal_a_second_reading() -> None:
    rows = gallery()[0]
    ours = pl.col("user").is_in(pair())
    cluster, others = rows.filter(ours), rows.filter(~ours)
    taken = cluster.filter(pl.col("agent") == "aiohttp/3.9.3 py3.11")
    received = taken.filter(pl.col("status") == 200).with_columns(job=pl.col("path").str.extract(r"/(\d+)/"))
    prompts = set(received.filter(pl.col("path").str.ends_with("/prompt"))["job"])
    images = set(received.filter(pl.col("path").str.ends_with("/image.webp"))["job"])
    first, last = "2026-03-07T21:30:00Z", "2026-03-08T00:51:00Z"
    assert taken.select(pl.col("at").min() == instant(first), end=pl.col("at").max() == instant(last)).row(0) == (
        True,
        True,
    )
    assert truth("gallery")["numbers"] == {
        "scrape_first": first,
        "scrape_last": last,
        "requests_by_cluster": cluster.height,
        "requests_before_onset": window(cluster, first, ONSET).height,
        "requests_total_before_onset": window(rows, first, ONSET).height,
        "overlap_minutes": 131,
        "outage_minutes": 1440,
        "objects_prompts": len(prompts),
        "objects_images": len(images),
        "objects_pairs": len(prompts & images),
        "cluster_requests_share_total": [cluster.height, rows.height],
        "cluster_bytes_share_total": [cluster["bytes"].sum(), rows["bytes"].sum()],
        "others_5xx_in_outage": failures(window(others, ONSET, OUTAGE_END)),
        "others_5xx_before": failures(window(others, "2026-03-06T22:40:00Z", ONSET)),
        "cluster_5xx_in_outage": failures(window(cluster, ONSET, OUTAGE_END)),
    }


def test_the_pair_takes_rising_ids_and_the_pictures_follow_within_seconds() -> None:
    taken = gallery()[0].filter(pl.col("user").is_in(pair()) & pl.col("agent").str.starts_with("aiohttp"))
    asked = (
        taken.with_columns(job=pl.col("path").str.extract(r"/(\d+)/").cast(pl.Int64))
        .group_by("job", "is_api")
        .agg(pl.col("at").min(), pl.len())
    )
    prompts, images = (asked.filter(pl.col("is_api") == side).sort("at", "job") for side in (True, False))
    assert (prompts["job"].diff().drop_nulls() > 0).all()
    assert (images["job"].diff().drop_nulls() > 0).all()
    both = prompts.join(images, on="job", suffix="_image").sort("job")[:-1]
    lag = (both["at_image"] - both["at"]).dt.total_milliseconds()
    assert lag.to_numpy().min() > 1_000  # the web log cuts its time to the second
    assert lag.to_numpy().max() <= 9_000
    pauses = prompts["at"].diff().dt.total_seconds()
    assert pauses.filter(pauses >= 40).len() == 5
    assert set(taken["ip"]) == {"198.19.77.21", "198.19.77.84", "198.19.77.146"}


def test_the_pair_pays_alike_and_nobody_else_pays_so() -> None:
    accounts = {row["user_id"]: row for row in table("gallery", "accounts.csv")}
    cards = {accounts[user]["payment_fingerprint"] for user in pair()}
    assert len(cards) == 1
    assert sorted(user for user, row in accounts.items() if row["payment_fingerprint"] in cards) == pair()
    staff = [user for user, row in accounts.items() if row["organization_id"] == "org-northlight"]
    assert len(staff) == 40
    assert sum(accounts[user]["payment_fingerprint"] == "pf-nl-team" for user in staff) == 12
    assert set(staff) - set(pair()) <= set(truth("gallery")["never_actionable"])


def test_the_pair_is_neither_alone_in_being_new_nor_in_its_plan() -> None:
    accounts = table("gallery", "accounts.csv")
    opened = sorted(row["created_at"] for row in accounts if row["user_id"] in pair())
    assert opened == ["2026-02-21T19:12:40Z", "2026-02-21T19:32:40Z"]
    assert sum(row["created_at"] > opened[1] for row in accounts) > 10
    assert sum(row["plan"] == "pro" for row in accounts) > 50


def test_colleagues_come_from_the_office_on_weekdays_only() -> None:
    rows = gallery()[0]
    staff = [row["user_id"] for row in table("gallery", "accounts.csv") if row["organization_id"] == "org-northlight"]
    colleagues = rows.filter(pl.col("user").is_in(staff) & ~pl.col("user").is_in(pair()))
    assert colleagues["user"].n_unique() == 38
    assert set(colleagues["at"].dt.weekday()) == {4, 5}
    assert set(colleagues["ip"]) == {"198.18.40.10", "198.18.40.11"}


def test_the_rare_client_belongs_to_the_pair_and_three_strangers() -> None:
    users = gallery()[0].filter(pl.col("agent").str.starts_with("aiohttp"))["user"].unique()
    accounts = {row["user_id"]: row["organization_id"] for row in table("gallery", "accounts.csv")}
    assert sorted(accounts[user] for user in users) == ["", "", "", "org-northlight", "org-northlight"]


def test_the_archive_is_larger_than_the_pair_but_not_during_the_harvest() -> None:
    rows = gallery()[0]
    use = rows.group_by("user").agg(pl.len().alias("requests"), pl.col("bytes").sum()).sort("requests", descending=True)
    archive = use.row(0, named=True)
    ours = use.filter(pl.col("user").is_in(pair()))
    assert archive["user"] in truth("gallery")["never_actionable"]
    assert archive["requests"] > ours["requests"].to_numpy().max()
    assert archive["bytes"] > 5 * ours["bytes"].sum()
    nights = (
        rows.filter(pl.col("user") == archive["user"])
        .group_by(pl.col("at").dt.date())
        .agg(pl.col("at").min().alias("first"))
    )
    assert nights.sort("at")["first"].dt.strftime("%d %H:%M").to_list() == [
        "05 02:05",
        "06 02:05",
        "07 02:05",
        "08 02:05",
    ]
    night = (
        window(rows, "2026-03-07T21:30:00Z", "2026-03-08T00:51:00Z").group_by("user").len().sort("len", descending=True)
    )
    assert sorted(night["user"][:2]) == pair()


def test_others_begin_to_fail_at_the_onset_and_not_before() -> None:
    others = gallery()[0].filter(~pl.col("user").is_in(pair()))
    errors_before, requests_before = failures(window(others, "2026-03-07T21:40:00Z", ONSET))
    errors_after, requests_after = failures(window(others, ONSET, "2026-03-07T23:40:00Z"))
    assert errors_before / requests_before < 0.02
    assert errors_after / requests_after > 0.2
    errors_late, requests_late = failures(window(others, "2026-03-08T20:00:00Z", OUTAGE_END))
    assert errors_late / requests_late > 0.2


def test_the_contest_is_as_busy_as_the_harvest_and_hardly_fails() -> None:
    rows = gallery()[0]
    contest = window(rows, "2026-03-06T18:40:00Z", "2026-03-06T19:20:00Z")
    harvest = window(rows, "2026-03-07T21:40:00Z", "2026-03-07T22:20:00Z")
    assert 0.7 < contest.height / harvest.height < 1.4
    errors, requests = failures(contest)
    assert errors / requests < 0.01


def test_gallery_has_households_hostile_clients_anonymous_visitors_and_equal_lines() -> None:
    rows = gallery()[0]
    agents = set(rows["agent"])
    assert {
        "<script>alert(1)</script>",
        '=HYPERLINK("http://x.example")',
        "\x1b[31mred\x1b[0m",
        "photo\u202egnp.exe",
    } <= agents
    assert {r"=HYPERLINK(\x22http://x.example\x22)", r"\x1B[31mred\x1B[0m", r"photo\xE2\x80\xAEgnp.exe"} <= agents
    everyday = rows.filter(~pl.col("agent").str.contains("aiohttp|Deepstack"))
    anonymous = everyday.filter(pl.col("user") == "-").height / everyday.height
    assert 0.05 < anonymous < 0.2
    feeds = (
        lines("gallery", "web-2026-03-06*").to_frame().filter(pl.col("line").str.contains("GET /feed", literal=True))
    )
    assert feeds.filter(feeds.is_duplicated()).height >= 2
    keys = {row["user_id"] for row in table("gallery", "identities.csv")}
    assert 0.08 < len(keys) / len(table("gallery", "accounts.csv")) < 0.16


def test_campus_truth_counts_the_lines_of_the_logs() -> None:
    rows, broken = campus()
    planted = truth("campus")
    assert planted["log_files"] == {"events": rows.height, "rejects": broken}
    assert broken == 1
    assert planted["clusters"] == []
    assert planted["actionable"] == []
    assert planted["never_actionable"] == sorted(row["user_id"] for row in table("campus", "accounts.csv"))
    sizes = {name: len(ids) for name, ids in planted["groups"].items()}
    assert sizes | {"household": 0} == {
        "campus": 220, "carrier": 150, "ci_farm": 40, "classroom": 30, "corporate": 60, "fleet": 24, "household": 0,
        "ordinary": 104, "prompt_pack": 25, "travel_agents": 2, "vpn": 100,
    }  # fmt: skip


def members(group: str) -> pl.DataFrame:
    return campus()[0].filter(pl.col("account_id").is_in(truth("campus")["groups"][group]))


def test_build_jobs_keep_the_clock_and_belong_to_25_firms() -> None:
    rows = members("ci_farm")
    into = rows["at"].dt.epoch("ms") % 1_800_000
    assert into.to_numpy().max() < 5_000
    assert rows["user_agent"].unique().to_list() == ["orion-python/1.14.2"]
    firms = {row["user_id"]: row["organization_id"] for row in table("campus", "accounts.csv")}
    assert len({firms[user] for user in rows["account_id"]}) == 25
    assert rows["account_id"].n_unique() == 40


def test_the_fleet_is_declared_regular_and_in_one_range() -> None:
    rows = members("fleet")
    assert rows["account_id"].n_unique() == 24
    assert (rows["at"].dt.epoch("ms") % 900_000).to_numpy().max() < 8_000
    assert rows["client_ip"].str.starts_with("198.19.90.").all()
    assert set(rows["organization_id"]) == {"org-fleet-ops"}
    ids = set(rows["account_id"])
    fleet = [row for row in table("campus", "accounts.csv") if row["user_id"] in ids]
    assert {(row["plan"], row["payment_fingerprint"]) for row in fleet} == {("enterprise", "pf-fleet-ops")}


def test_a_class_sends_the_same_six_prompts_within_the_same_minutes() -> None:
    rows = members("classroom")
    for day in ("2026-02-03", "2026-02-05"):
        lesson = window(rows, f"{day}T13:00:00Z", f"{day}T14:30:00Z")
        prompts = lesson.group_by("prompt_hash").agg(
            pl.col("account_id").n_unique().alias("students"),
            spread=(pl.col("at").max() - pl.col("at").min()).dt.total_seconds(),
        )
        shared = prompts.filter((pl.col("students") >= 24) & pl.col("prompt_hash").is_not_null())
        assert shared.height == 6
        assert shared["spread"].to_numpy().max() <= 150


def test_shared_networks_hide_many_accounts() -> None:
    carrier = members("carrier").group_by("account_id").agg(pl.col("client_ip").n_unique())["client_ip"]
    assert carrier.to_numpy().max() <= 9
    assert members("carrier")["client_ip"].n_unique() == 16
    campus_users = members("campus").filter(pl.col("client_ip").is_in(["198.18.60.5", "198.18.60.6"]))
    assert campus_users["account_id"].n_unique() == 220
    assert members("corporate")["client_ip"].str.starts_with("198.18.70.").all()
    assert members("vpn").filter(pl.col("client_ip").str.starts_with("198.18.120."))["client_ip"].n_unique() == 8
    assert members("travel_agents")["client_ip"].unique().to_list() == ["198.18.80.14"]
    homes = members("household").group_by("client_ip").agg(pl.col("account_id").n_unique().alias("people"))
    assert homes.height == 80
    assert set(homes["people"]) <= {1, 2, 3}


def test_a_prompt_pack_is_used_by_25_colleagues_alone() -> None:
    pack = members("prompt_pack").drop_nulls("prompt_hash")
    shared = (
        pack.group_by("prompt_hash").agg(pl.col("account_id").n_unique().alias("users")).filter(pl.col("users") >= 8)
    )
    assert shared.height >= 6
    others = campus()[0].join(pack.select("account_id").unique(), on="account_id", how="anti")
    pack_only = shared.join(others.select("prompt_hash").unique(), on="prompt_hash", how="anti")
    assert pack_only.height >= 6


def test_draws_are_pinned_and_the_same_one_by_one() -> None:
    draws = Draws("test")
    index = np.arange(5, dtype=np.int64)
    assert draws.below("numbers", index, 1_000).tolist() == [draws.one("numbers", i, 1_000) for i in range(5)]
    assert draws.bits("numbers", index[:2]).tolist() == PINNED
    assert draws.bits("other", index[:2]).tolist() != PINNED


def test_draws_follow_their_laws() -> None:
    draws, index = Draws("test"), np.arange(100_000, dtype=np.int64)
    assert draws.exponential("wait", index, 1_000).mean() == pytest.approx(1_000, rel=0.02)
    assert draws.chance("coin", index, 300).mean() == pytest.approx(0.3, abs=0.01)
    assert np.bincount(draws.choice("pick", index, (1, 0, 3))).tolist() == pytest.approx([25_000, 0, 75_000], rel=0.03)
    assert sorted(draws.order("deal", 50).tolist()) == list(range(50))


def test_an_unknown_story_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no story 'atlantis'"):
        write("atlantis", tmp_path)
    with pytest.raises(SourceError, match="'atlantis' are not installed"):
        story_folder("atlantis")


def test_embedded_stories_are_found() -> None:
    assert story_folder("campus") == SAMPLE_LOGS / "campus"


def test_the_module_explains_its_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err == "usage: python -m forensics.demo gallery|reseller|hydra|campus FOLDER\n"
    assert main(["atlantis", "nowhere"]) == 2
    assert "hint: stories are: gallery, reseller, hydra, campus" in capsys.readouterr().err
