"""Secrets never reach Parquet: every value of every written file is searched for them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from forensics.case import Case
from forensics.keyed import secret_id
from forensics.schema import EVENTS, REJECTS, Table

Rows = Callable[[Case, Table], list[dict[str, Any]]]
Read = Callable[..., Any]
TIME = "2026-03-02T04:05:06Z"


def written(case: Case) -> str:
    """Every cell of every table, as one text."""
    tables = [pq.read_table(path).to_pylist() for path in sorted((case.folder / "tables").rglob("*.parquet"))]
    return json.dumps(tables, default=str, ensure_ascii=False) + (case.folder / "custody.jsonl").read_text("utf-8")


JSON_LINES = {
    "the identity": {"api_key": "demo-hush-0001", "path": "/"},
    "the identity, seen again in free text": {
        "api_key": "demo-hush-0002",
        "path": "/x/demo-hush-0002?k=demo-hush-0002",
        "user_agent": "c demo-hush-0002",
        "referer": "https://a.example/?z=demo-hush-0002",
        "note": ["demo-hush-0002"],
    },
    "a second identity": {"user_id": "u-1", "api_key": "demo-hush-0003"},
    "a query parameter": {"path": "/a?api_key=hush-0004-abcdef&b=1"},
    "a bearer token": {"headers": {"Authorization": "Bearer hush0005abcdef"}},
    "cookies": {"headers": {"Cookie": "sid=hush-0006-abcdef; theme=dark", "Set-Cookie": ["a=hush-0006b-abcdef"]}},
    "cookie objects": {"cookies": {"sid": "hush-0007-abcdef"}},
    "odd names": {"x": {"refresh_token": "hush-0008-abcdef", "my-api-key": "hush-0009-abcdef"}},
    "a shape": {"note": "use sk-hush0010abcdefghijk"},
    "userinfo": {"path": "http://ann:hush-0011-abcdef@a.example/"},
    "a path parameter": {"path": "/a;jsessionid=hush-0012-abcdef?x=1"},
}


@pytest.mark.parametrize("fields", JSON_LINES.values(), ids=JSON_LINES)
def test_no_secret_of_a_json_line_is_written(
    fields: dict[str, Any], case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    (tmp_path / "a.ndjson").write_text(json.dumps({"time": TIME, "client_ip": "198.18.0.7", **fields}) + "\n", "utf-8")
    read(case, tmp_path / "a.ndjson")
    assert len(rows(case, EVENTS)) == 1
    assert "hush" not in written(case)
    assert "key:" in written(case)


def test_an_api_key_becomes_the_same_id_everywhere(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    line = {"time": TIME, "api_key": "demo-hush-0001", "path": "/a?api_key=demo-hush-0001"}
    (tmp_path / "a.ndjson").write_text(json.dumps(line) + "\n", "utf-8")
    read(case, tmp_path / "a.ndjson")
    (event,) = rows(case, EVENTS)
    made = secret_id(case.key(), "api_key", "demo-hush-0001")
    assert (event["user_id"], event["user_id_kind"], event["url_query"]) == (made, "api_key", f"api_key={made}")


BROKEN = {
    "cut JSON": '{"time":"2026-03-02T04:05:06Z","api_key":"demo-hush-0001","a":"x',
    "cut in the key": '{"time":"2026-03-02T04:05:06Z","auth":{"k":"demo-hush-0002',
    "JSON without a time": '{"auth":{"k":"demo-hush-0003"},"u":"/?x=demo-hush-0003"}',
    "no JSON": "GET /?access_token=hush-0004-abcdef HTTP/1.1",
    "a header": "Authorization: Bearer hush0005abcdef",
}


def test_no_cookie_of_a_rejected_record_is_written(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    lines = [
        {"timestamp": TIME, "cs-uri-stem": "/", "c-ip": "198.18.0.7"},
        {"cs-uri-stem": "/", "cs(Cookie)": "sid=hush-0001-abcdef"},
        {"headers": [{"name": "Cookie", "value": "sid=hush-0002-abcdef"}]},
    ]
    (tmp_path / "a.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    read(case, tmp_path / "a.ndjson", format="ndjson")
    assert len(rows(case, REJECTS)) == 2
    assert all("key:" in row["raw_masked"] for row in rows(case, REJECTS))
    assert "hush" not in written(case)


WORDS = ("REDACTED", "[REDACTED]", "<masked>", "***", "xxxxxxxx", "Bearer [FILTERED]")


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("field", ["user_id", "api_key", "authorization"])
def test_a_word_that_stands_for_what_is_hidden_is_nobody(
    word: str, field: str, case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    lines = [{"time": TIME, field: value, "path": "/"} for value in (word, "u-17-of-all", word)]
    (tmp_path / "a.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    read(case, tmp_path / "a.ndjson")
    assert [event["user_id"] is None for event in rows(case, EVENTS)] == [True, False, True]


@pytest.mark.parametrize("line", BROKEN.values(), ids=BROKEN)
def test_no_secret_of_a_rejected_line_is_written(line: str, case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    good = json.dumps({"time": TIME, "auth": {"k": "demo-hush-9999"}})
    (tmp_path / "a.ndjson").write_text(f"{good}\n{good}\n{line}\n", "utf-8")
    read(case, tmp_path / "a.ndjson", account="api_key:auth.k")
    assert len(rows(case, REJECTS)) == 1
    assert "hush" not in written(case)


def test_a_broken_row_of_a_file_with_secrets_is_withheld(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    text = f"time,api_key,path\n{TIME},demo-hush-0001,/a\n{TIME},demo-hush-0002,/a,surplus\n"
    (tmp_path / "a.csv").write_text(text, "utf-8")
    read(case, tmp_path / "a.csv")
    assert rows(case, REJECTS)[0]["raw_masked"].startswith("[withheld")
    assert "hush" not in written(case)


def test_the_user_of_a_common_line_can_be_a_key(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    line = '198.18.0.7 - hush-0001-abc [02/Mar/2026:04:05:06 +0000] "GET /hush-0001-abc HTTP/1.1" 200 1'
    (tmp_path / "a.log").write_text(f"{line}\nhush-0001-abc broke\n", "utf-8")
    read(case, tmp_path / "a.log", account="api_key:user")
    assert rows(case, EVENTS)[0]["user_id"] == secret_id(case.key(), "api_key", "hush-0001-abc")
    assert "hush" not in written(case)


def test_counters_with_token_in_their_name_stay_readable(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    line = {"time": TIME, "user_id": "u", "input_tokens": 7, "max_tokens": 4096, "cached_tokens": "12"}
    (tmp_path / "a.ndjson").write_text(json.dumps(line) + "\n", "utf-8")
    read(case, tmp_path / "a.ndjson")
    (event,) = rows(case, EVENTS)
    assert event["gen_ai_usage_input_tokens"] == 7
    assert json.loads(event["extra"]) == {"max_tokens": 4096, "cached_tokens": "12"}


def test_a_prompt_is_stored_as_a_keyed_hash_and_a_hash_as_logged(
    case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    lines = [{"time": TIME, "prompt": "tell me a hush story"}, {"time": TIME, "prompt": "d41d8cd98f00b204"}]
    (tmp_path / "a.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    read(case, tmp_path / "a.ndjson")
    assert [event["gen_ai_prompt_hash"] for event in rows(case, EVENTS)] == [
        secret_id(case.key(), "prompt", "tell me a hush story"),
        "d41d8cd98f00b204",
    ]
    assert "hush" not in written(case)
