"""The account where the analyst says it is, and the choice written to each event."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forensics.case import Case
from forensics.errors import UsageError
from forensics.keyed import secret_id
from forensics.schema import EVENTS, REJECTS, Table

Rows = Callable[[Case, Table], list[dict[str, Any]]]
Read = Callable[..., Any]
KEY = bytes.fromhex("ab" * 32)
LINE = '198.18.0.7 - ann [02/Mar/2026:04:05:06 +0000] "GET /a?{} HTTP/1.1" 200 12 "-" "x/1"\n'


def lines(*queries: str) -> str:
    return "".join(LINE.format(query) for query in queries)


def test_a_query_parameter_can_be_the_account(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(lines("x=1&user=u-1", "user=b%40firm.example", "xuser=u-3", "user="), "utf-8")
    read(case, tmp_path / "a.log", account="query.user")
    events = rows(case, EVENTS)
    assert [event["user_id"] for event in events] == ["u-1", "b@firm.example", None, None]
    assert [event["user_id_kind"] for event in events] == ["user", "user", None, None]
    assert json.loads(events[0]["extra"]) == {"user_id_field": "query.user"}
    assert events[2]["extra"] is None


def test_a_secret_query_parameter_is_keyed_wherever_it_stands(
    case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_text(lines("k=hunter22hunter22") + "no line k=hunter22hunter22\n", "utf-8")
    read(case, tmp_path / "a.log", account="api_key:query.k")
    (event,) = rows(case, EVENTS)
    keyed = secret_id(KEY, "api_key", "hunter22hunter22")
    assert (event["user_id"], event["user_id_kind"], event["url_query"]) == (keyed, "api_key", f"k={keyed}")
    assert "hunter22" not in json.dumps([rows(case, EVENTS), rows(case, REJECTS)], default=str)


RECORDS = {
    "cookie.sid": ({"http_cookie": "a=1; sid=hunter22hunter22; b=2"}, "cookie", "hunter22hunter22"),
    "header.X-Account": ({"headers": {"X-Account": ["u-17"]}}, "user", "u-17"),
    "user:header.X-Account": ({"http_x_account": "u-17"}, "user", "u-17"),
}


@pytest.mark.parametrize(("account", "expected"), RECORDS.items(), ids=RECORDS)
def test_a_cookie_or_header_can_be_the_account(
    account: str, expected: tuple[dict[str, Any], str, str], case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    logged, kind, value = expected
    line = json.dumps({"time": "2026-03-02T04:05:06Z", "path": "/a", **logged})
    (tmp_path / "a.json").write_text(f"{line}\n", "utf-8")
    read(case, tmp_path / "a.json", account=account)
    (event,) = rows(case, EVENTS)
    stored = secret_id(KEY, kind, value) if kind == "cookie" else value
    assert (event["user_id"], event["user_id_kind"]) == (stored, kind)
    assert json.loads(event["extra"])["user_id_field"] == account.removeprefix("user:")
    assert "hunter22" not in event["extra"]


def test_a_client_cannot_pass_for_another_by_writing_json_into_a_header(
    case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    forged = {"agent_note": '","x_account":"victim","', "path": '/a"x_account":"victim"', "x_account": "u-17"}
    line = json.dumps({"time": "2026-03-02T04:05:06Z", **forged})
    (tmp_path / "a.json").write_text(f"{line}\n", "utf-8")
    read(case, tmp_path / "a.json", account="header.X-Account")
    assert [event["user_id"] for event in rows(case, EVENTS)] == ["u-17"]


def test_a_field_that_was_named_is_recorded_too(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    line = json.dumps({"time": "2026-03-02T04:05:06Z", "path": "/a", "login": "u-17"})
    (tmp_path / "a.json").write_text(f"{line}\n", "utf-8")
    read(case, tmp_path / "a.json", account="login")
    (event,) = rows(case, EVENTS)
    assert (event["user_id"], json.loads(event["extra"])) == ("u-17", {"user_id_field": "login"})


def test_a_place_without_a_name_is_a_usage_error(case: Case, read: Read, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it names no query"):
        read(case, tmp_path, account="query.")
