"""What logged text means: times, addresses, requests, identities."""

import datetime as dt
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.ingest.address import addresses
from forensics.ingest.identity import identities
from forensics.ingest.request import requests
from forensics.ingest.times import instants
from forensics.keyed import secret_id
from forensics.ranges import network

TIMES = {
    "02/Mar/2026:04:05:06 +0200": "2026-03-02T02:05:06",
    "[02/Mar/2026:04:05:06 +0200]": "2026-03-02T02:05:06",
    "02/Mar/2026:04:05:06.25 +0200": "2026-03-02T02:05:06.250000",
    "02/mar/2026:04:05:06 -0330": "2026-03-02T07:35:06",
    "02/Mär/2026:04:05:06 +0200": None,
    "31/Feb/2026:04:05:06 +0200": None,
    "2026-03-02T04:05:06.1234567Z": "2026-03-02T04:05:06.123456",
    "2026-03-02 04:05:06,5+0130": "2026-03-02T02:35:06.500000",
    "2026-03-02T04:05:06-08": "2026-03-02T12:05:06",
    "2026-03-02T24:05:06Z": None,
    "2026-13-02T04:05:06Z": None,
    "1772424306": "2026-03-02T04:05:06",
    "1772424306.000001": "2026-03-02T04:05:06.000001",
    "1772424306250": "2026-03-02T04:05:06.250000",
    "1772424306250001": "2026-03-02T04:05:06.250001",
    "1772424306250001999": "2026-03-02T04:05:06.250001",
    "1.772424306e9": "2026-03-02T04:05:06",
    "99999999999999999999": None,
    "yesterday": None,
    "": None,
}


@pytest.mark.parametrize(("text", "instant"), TIMES.items())
def test_a_time_is_read_whatever_stands_beside_it(text: str, instant: str | None) -> None:
    alone = instants(pl.Series([text]), "UTC")["timestamp"][0]
    among = instants(pl.Series([*TIMES]), "UTC")["timestamp"][list(TIMES).index(text)]
    assert alone == among
    assert (alone.replace(tzinfo=None).isoformat() if alone else None) == instant


@given(st.datetimes(dt.datetime(1996, 1, 1), dt.datetime(2099, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_iso_times_mean_what_the_standard_library_says(naive: dt.datetime, minutes: int) -> None:
    logged = naive.replace(tzinfo=dt.timezone(dt.timedelta(minutes=minutes)))
    assert instants(pl.Series([logged.isoformat()]), "UTC")["timestamp"][0] == logged


@given(st.datetimes(dt.datetime(1996, 1, 1), dt.datetime(2035, 1, 1)))  # noqa: DTZ001
def test_a_bare_time_is_local_in_the_zone_given(naive: dt.datetime) -> None:
    row = instants(pl.Series([naive.isoformat()]), "Europe/Paris").row(0, named=True)
    assert row["assumed"]
    expected = naive.replace(tzinfo=ZoneInfo("Europe/Paris")).astimezone(dt.UTC)
    assert row["ambiguous"] or row["timestamp"] == expected


def test_the_hour_that_came_twice_and_the_hour_that_never_came_are_flagged() -> None:
    rows = instants(pl.Series(["2026-10-25 02:30:00", "2026-03-29 02:30:00", "2026-07-01 02:30:00"]), "Europe/Paris")
    assert rows["ambiguous"].to_list() == [True, True, False]
    assert [str(each) for each in rows["timestamp"]] == [
        "2026-10-25 00:30:00+00:00",
        "2026-03-29 01:30:00+00:00",
        "2026-07-01 00:30:00+00:00",
    ]


def decided(peer: str | None, forwarded: str | None, *trusted: str) -> tuple[object, ...]:
    logged = pl.DataFrame(
        {"source_ip:peer": [peer], "network_forwarded_ip": [forwarded]},
        schema={"source_ip:peer": pl.String, "network_forwarded_ip": pl.String},
    )
    row = addresses(logged, tuple(network(each) for each in trusted)).row(0, named=True)
    return row["source_ip"], row["source_range"], row["source_ip_origin"]


def test_what_a_client_writes_about_itself_is_not_believed() -> None:
    assert decided("198.18.0.7", "240.0.0.1") == ("198.18.0.7", "198.18.0.0/24", "peer")


def test_behind_a_declared_proxy_the_rightmost_stranger_is_the_client() -> None:
    list_ = "240.0.0.9, 240.0.0.1, 198.18.0.6"
    assert decided("198.18.0.7", list_, "198.18.0.0/24") == ("240.0.0.1", "240.0.0.0/24", "x_forwarded_for")


def test_of_declared_proxies_only_the_leftmost_is_the_client() -> None:
    assert decided("198.18.0.7", "198.18.0.5, 198.18.0.6", "198.18.0.0/24")[0] == "198.18.0.5"


def test_an_unreadable_forwarded_list_leaves_the_peer() -> None:
    assert decided("198.18.0.7", "unknown, _hidden", "198.18.0.0/24") == ("198.18.0.7", "198.18.0.0/24", "peer")


@pytest.mark.parametrize(
    ("logged", "ip", "range_"),
    [
        ("198.18.0.7:8080", "198.18.0.7", "198.18.0.0/24"),
        ("::ffff:198.18.0.7", "198.18.0.7", "198.18.0.0/24"),
        ("[2001:db8:0:0::7]:443", "2001:db8::7", "2001:db8::/48"),
        ("2001:db8::7%eth0", "2001:db8::7", "2001:db8::/48"),
        ("198.18.0.***", None, "198.18.0.0/24"),
        ("unix:", None, None),
        ("-", None, None),
    ],
)
def test_addresses_are_canonical_and_masked_ones_keep_their_range(
    logged: str, ip: str | None, range_: str | None
) -> None:
    assert decided(logged, None)[:2] == (ip, range_)


def test_rfc_7239_elements_are_read() -> None:
    assert decided("198.18.0.7", 'for="[2001:db8::9]:80";proto=https', "198.18.0.0/24")[0] == "2001:db8::9"


@pytest.mark.parametrize(
    ("line", "method", "path", "query", "malformed"),
    [
        ("GET /a?b?c HTTP/1.1", "GET", "/a", "b?c", False),
        ("GET /a? HTTP/1.1", "GET", "/a", "", False),
        ("GET /a b HTTP/1.1", "GET", "/a b", None, False),
        ("GET /a%3Fb HTTP/2.0", "GET", "/a%3Fb", None, False),
        ("GET /", "GET", "/", None, False),
        ("OPTIONS * HTTP/1.1", "OPTIONS", "*", None, False),
        ("CONNECT a.example:443 HTTP/1.1", "CONNECT", None, None, False),
        ("HELP", None, None, None, True),
        (r"\x16\x03\x01", None, None, None, True),
        ("lv|'|'|Win XP|'|'|", None, None, None, True),
        ("-", None, None, None, True),
    ],
)
def test_a_request_line_is_split_or_malformed(
    line: str, method: str | None, path: str | None, query: str | None, malformed: bool
) -> None:
    row = requests(pl.DataFrame({"request_line": [line]})).row(0, named=True)
    assert (row["http_request_method"], row["url_path"], row["url_query"], row["malformed_request"]) == (
        *(method, path, query),
        malformed,
    )


def test_a_secret_identity_is_keyed_and_a_name_is_verbatim() -> None:
    logged = pl.DataFrame(
        {
            "user_id:user": ["ann", "-", "None", "null"],
            "user_id:api_key": ["k-123456", "k-123456", None, ""],
            "user_id:authorization": [None, None, "Bearer tok-1234", None],
        }
    )
    found = identities(logged, b"key")
    assert found.columns["user_id"].to_list() == [
        "ann",
        secret_id(b"key", "api_key", "k-123456"),
        secret_id(b"key", "authorization", "tok-1234"),
        None,
    ]
    assert found.columns["user_id_kind"].to_list() == ["user", "api_key", "authorization", None]


def test_a_user_name_that_looks_like_a_key_is_a_token() -> None:
    logged = pl.DataFrame({"user_id:user": ["sk-abcdefghijklmnopqrst"]})
    row = identities(logged, b"key").columns.row(0)
    assert row == (secret_id(b"key", "token", "sk-abcdefghijklmnopqrst"), "token")
