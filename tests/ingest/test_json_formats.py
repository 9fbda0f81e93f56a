"""JSON formats as one family: who claims a record, what stays in `extra`, what nobody may be identified by."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forensics.case import Case
from forensics.engine import Engine, Resources
from forensics.errors import SourceError
from forensics.ingest.formats import by_name
from forensics.ingest.formats.json_preset import Preset
from forensics.ingest.formats.json_presets import PRESETS
from forensics.ingest.formats.json_text import Shape, headers, unfolded
from forensics.ingest.normalize import Terms
from forensics.ingest.parse import Reading, parse_text
from forensics.ingest.recognize import explain
from forensics.ingest.sampling import as_records
from forensics.redact import may_hold_secret
from forensics.schema import EVENTS, LOG_FILES, REJECTS, Table

Rows = Callable[[Case, Table], list[dict[str, Any]]]
Read = Callable[..., Any]
KEY = bytes(32)


def read(lines: list[str], name: str = "ndjson", wishes: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Every record as an event or a reject, in order."""
    form = by_name(name)
    reading = Reading("f" * 64, "c" * 64, form, form.bind(lines, wishes or {}), Terms(KEY))
    parsed = parse_text(as_records(lines), reading)
    both = [*parsed.events.to_dicts(), *parsed.rejects.to_dicts()]
    return sorted(both, key=lambda row: int(row["log_offset"]))


def shaped(shape: Shape, *texts: str) -> list[Any]:
    with Engine(Path("/dev/null"), Resources(threads=1)) as engine:
        return [json.loads(text) for text in shape(engine, pl.Series(list(texts)))]


def sample(name: str, number: int = 0) -> str:
    return by_name(name).accepted[number].record


def changed(line: str, **members: object) -> str:
    return json.dumps({**json.loads(line), **members})


# --- who claims a record ---------------------------------------------------------------------------------------

GENERIC = '{"time":"2026-03-02T04:05:06Z","user_id":"u-1","method":"GET","path":"/a"}'
REMARK = '{"time":"2026-03-02T04:05:06Z","level":"info","msg":"configuration loaded"}'


def test_every_record_of_a_mixed_file_is_read_by_its_own_preset() -> None:
    names = [preset.name for preset in PRESETS]
    rows = read([sample(name) for name in names])
    assert [row["log_format"] for row in rows] == names


def test_a_remark_beside_requests_of_a_product_is_no_request() -> None:
    rows = read([sample("traefik_json"), REMARK, GENERIC])
    assert [row.get("log_format", row.get("reason")) for row in rows] == ["traefik_json", "non_http", "ndjson"]
    assert rows[2]["user_id"] == "u-1"


def test_a_remark_in_a_file_of_no_product_is_read_as_before() -> None:
    assert [row["log_format"] for row in read([GENERIC, REMARK])] == ["ndjson", "ndjson"]


def test_a_product_that_appears_after_the_excerpt_is_still_known() -> None:
    form = by_name("azure_front_door")
    binding = form.bind([sample("azure_front_door")], {})
    late = [sample("azure_front_door"), sample("azure_openai"), REMARK]
    parsed = parse_text(as_records(late), Reading("f" * 64, "c" * 64, form, binding, Terms(KEY)))
    assert parsed.events["log_format"].to_list() == ["azure_front_door", "azure_openai"]
    assert parsed.events["user_id"].to_list() == [None, "S-1"]
    assert parsed.rejects["reason"].to_list() == ["non_http"]


def test_broken_records_between_good_ones_say_why() -> None:
    lines = [sample("caddy_json"), '{"level":"info","ts":1', "[1]", '{"ts":NaN}', sample("caddy_json")]
    rows = read(lines, "caddy_json")
    assert [row.get("reason") for row in rows] == [None, "invalid_json", "not_an_object", "invalid_json", None]


def test_where_a_file_is_cut_changes_nothing() -> None:
    lines = [sample(preset.name, number) for preset in PRESETS for number in range(len(preset.accepted))]
    form = by_name("ndjson")
    binding = form.bind(lines, {})
    whole = form.read(pl.Series(lines), binding)
    halves = [form.read(pl.Series(part), binding) for part in (lines[:9], lines[9:])]
    columns = sorted(set(whole.columns))
    together = pl.concat(halves, how="diagonal").select(columns)
    assert together.equals(whole.select(columns))


def test_a_forced_format_that_no_record_is_of_is_refused_with_the_keys_it_would_have(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no sampled record is of aws_waf \(it would have webaclId, httpRequest\)"):
        by_name("aws_waf").bind([GENERIC], {})
    (tmp_path / "a.json").write_text(GENERIC + "\n", "utf-8")
    assert explain(tmp_path / "a.json", "aws_waf").format is None


def test_remarks_of_a_product_never_become_events_however_many_there_are() -> None:
    remark = '{"level":"info","ts":1772424306.2,"logger":"tls.obtain","msg":"lock acquired"}'
    bare = '{"level":"info","ts":1772424306.2,"msg":"serving initial configuration"}'
    rows = read([remark, bare] * 9 + [sample("caddy_json")])
    assert [row.get("reason") for row in rows] == ["non_http"] * 18 + [None]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_no_claim_rests_on_nothing_and_every_role_has_a_place(preset: Preset) -> None:
    assert preset.told_by()
    assert all(pointer.startswith("/") for pointers in preset.roles.values() for pointer in pointers)
    columns = {role.partition(":")[0] for role in preset.roles if not role.startswith(".")}
    assert columns - set(EVENTS.names()) <= {"request_line"}


# --- what the analyst wishes -----------------------------------------------------------------------------------


def test_a_wish_beats_the_preset_and_the_rest_stays() -> None:
    line = changed(sample("cloudflare_json"), Cookies={"uid": "u-9"}, RayID="8f")
    (row,) = read([line], "cloudflare_json", {"user_id:user": "Cookies.uid"})
    assert (row["user_id"], row["user_id_kind"], row["source_ip"]) == ("u-9", "user", "198.18.0.7")
    (row,) = read([sample("caddy_json")], "caddy_json", {"user_id:user": "request.headers.Referer"})
    assert row["user_id"] == "https://a.example/"  # the one element of a list


def test_a_wish_that_no_sampled_record_grants_is_a_warning() -> None:
    binding = by_name("kong_json").bind([sample("kong_json")], {"user_id:user": "consumer.nick"})
    assert binding.warnings == ("no sampled record has the key 'consumer.nick'",)


def test_names_that_a_customer_chose_are_bound_beside_those_of_the_template() -> None:
    line = changed(sample("nginx_json"), user_id="u-7", model="m-1", remote_user="")
    (row,) = read([line], "nginx_json")
    assert (row["user_id"], row["gen_ai_request_model"], row["timestamp_kind"]) == ("u-7", "m-1", "end")


# --- whom nobody may be taken for ------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", ["REDACTED", "[redacted]", "***", "<masked>", "-", ""])
def test_what_a_product_wrote_in_place_of_a_key_is_nobodys_identity(hidden: str) -> None:
    line = changed(sample("traefik_json"), **{"request_Authorization": hidden, "request_X-Api-Key": hidden})
    (row,) = read([line])
    assert (row["user_id"], row["user_id_kind"]) == (None, None)


def test_the_default_user_of_a_gateway_is_not_one_account() -> None:
    (row,) = read([changed(sample("litellm_json"), user="default_user_id", metadata={}, api_key="")])
    assert row["user_id"] is None


def test_a_customer_named_by_the_caller_is_no_account() -> None:
    (row,) = read([changed(sample("litellm_json"), metadata={}, api_key="")])
    assert row["user_id"] is None
    assert json.loads(row["extra"])["end_user"] == "said"


def test_ids_of_keys_are_verbatim_and_keys_are_not() -> None:
    by_id, by_key = read([sample("aws_api_gateway", 0), sample("aws_api_gateway", 1)])
    assert (by_id["user_id"], by_id["user_id_kind"]) == ("k-1", "api_key_id")
    assert by_key["user_id"].startswith("key:")
    assert "demo-0001" not in str(by_key)


def test_masked_addresses_are_ranges_without_an_address() -> None:
    (row,) = read([sample("azure_openai")])
    assert (row["source_ip"], row["source_range"], "no_address" in row["parse_flags"]) == (None, "198.18.0.0/24", False)


# --- shapes ----------------------------------------------------------------------------------------------------


def test_properties_mean_the_same_as_an_object_and_as_a_string() -> None:
    as_text = json.loads(sample("azure_openai"))
    as_object = json.dumps({**as_text, "properties": json.loads(as_text["properties"])})
    one, two = read([sample("azure_openai"), as_object])
    unlike = {"event_id", "log_line", "log_offset", "log_length", "extra"}
    assert {k: v for k, v in one.items() if k not in unlike} == {k: v for k, v in two.items() if k not in unlike}
    assert json.loads(one["extra"]) == json.loads(two["extra"])


# No text, so that no drawn text is JSON by chance; null members are lost on purpose.
LEAVES = st.integers(-(2**53), 2**53) | st.booleans() | st.text(max_size=6).map(lambda text: f"~{text}")
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(OBJECTS, OBJECTS), min_size=1, max_size=8))
def test_json_in_a_string_becomes_what_it_says(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    folded = [json.dumps({**outer, "properties": json.dumps(inner)}) for outer, inner in pairs]
    assert shaped(unfolded("/properties"), *folded) == [{**outer, "properties": inner} for outer, inner in pairs]


@pytest.mark.parametrize("text", ["{cut", '{"a":NaN}', "[1,]", "plain", "", "12"])
def test_what_is_no_whole_json_stays_a_string(text: str) -> None:
    assert shaped(unfolded("/a"), json.dumps({"a": text, "b": 1})) == [{"a": text, "b": 1}]


NAMES = st.text(st.characters(codec="ascii", categories=["Lu", "Ll"]), min_size=1, max_size=2)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.tuples(NAMES, st.text(max_size=5)), max_size=6), min_size=1, max_size=8))
def test_headers_become_members_and_no_value_is_lost(records: list[list[tuple[str, str]]]) -> None:
    listed = [json.dumps({"a": {"h": [{"name": name, "value": value} for name, value in pairs]}}) for pairs in records]
    expected = []
    for pairs in records:
        members: dict[str, list[str]] = {}
        for name, value in pairs:
            members.setdefault(name.lower(), []).append(value)
        expected.append({"a": {"h": {name: ", ".join(values) for name, values in members.items()}}})
    assert shaped(headers("/a/h"), *listed) == expected


def test_a_list_of_something_else_stays_a_list() -> None:
    others: list[object] = [["x"], [{"value": "x"}], "x", {"name": "x"}, None]
    assert shaped(headers("/h"), *(json.dumps({"h": other}) for other in others)) == [{"h": other} for other in others]


# --- what stays in extra ---------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.lists(st.dictionaries(NAMES.map(lambda name: f"x{name}"), VALUES, max_size=4), min_size=1, max_size=6))
def test_every_member_without_a_column_is_in_extra_and_no_other(records: list[dict[str, Any]]) -> None:
    assume(not any(may_hold_secret(json.dumps(record)) for record in records))
    rows = read([changed(sample("cloudflare_json"), **record) for record in records], "cloudflare_json")
    kept = json.loads('{"EdgeEndTimestamp":1772424306260000000,"RayID":"8f","WorkerSubrequest":false}')
    assert [json.loads(row["extra"]) for row in rows] == [{**kept, **record} for record in records]


def test_the_peer_stays_beside_the_address_that_a_proxy_decided() -> None:
    (row,) = read([sample("caddy_json")])
    request = json.loads(row["extra"])["request"]
    assert (row["source_ip"], request["remote_ip"]) == ("198.18.0.7", "198.18.0.1")
    assert "client_ip" not in request


def test_members_that_fill_a_column_in_some_records_only_are_taken_out_there_only() -> None:
    first, second = read([sample("caddy_json", 0), sample("caddy_json", 1)])
    assert "remote_ip" in first["extra"]
    assert "remote_addr" not in second["extra"]


# --- times, durations, requests --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "logged",
    [1772424306, "1772424306", 1772424306000, 1772424306000000000, "1772424306000000000", "2026-03-02T04:05:06Z"],
)
def test_cloudflare_times_are_told_by_their_size(logged: object) -> None:
    (row,) = read([changed(sample("cloudflare_json"), EdgeStartTimestamp=logged)])
    assert row["timestamp"].isoformat() == "2026-03-02T04:05:06+00:00"


def test_a_negative_duration_is_no_duration_and_says_so() -> None:
    (row,) = read([changed(sample("azure_openai"), durationMs="-2100")])
    assert (row["event_duration_us"], row["parse_flags"]) == (None, ["negative_duration"])


def test_coarse_times_give_no_duration() -> None:
    (row,) = read([changed(sample("cloudflare_json"), EdgeEndTimestamp="2026-03-02T04:05:07Z")])
    assert row["event_duration_us"] is None


def test_one_visit_logged_twice_by_a_network_is_told_apart() -> None:
    rows = read([sample("cloudflare_json", 0), sample("cloudflare_json", 1), sample("azure_front_door", 1)])
    assert ["not_eyeball" in row["parse_flags"] for row in rows] == [False, True, True]


# --- nginx -----------------------------------------------------------------------------------------------------


def test_bytes_that_are_no_utf8_make_no_line_of_nginx_a_reject(
    case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    raw = sample("nginx_json").encode().replace(b'"x/1"', b'"caf\xe9 \xff"')
    (tmp_path / "a.json").write_bytes(raw + b"\n")
    read(case, tmp_path / "a.json")
    (event,) = rows(case, EVENTS)
    assert (event["log_format"], event["user_agent_original"]) == ("nginx_json", "caf\ufffd \ufffd")
    assert event["parse_flags"] == ["invalid_utf8"]


def test_a_missing_number_of_nginx_is_mended_and_texts_are_left_alone() -> None:
    plain = sample("nginx_json")
    broken = plain.replace('"200"', "").replace("x/1", r"a\"b\":,{\"c\":}")
    first, second = read([plain, broken], "nginx_json")
    assert first["parse_flags"] == []
    assert second["parse_flags"] == ["missing_value"]
    assert second["http_response_status_code"] is None
    assert second["user_agent_original"] == 'a"b":,{"c":}'


def test_other_broken_lines_stay_broken() -> None:
    rows = read([sample("nginx_json"), '{"remote_addr":,"a"', '{"a":,"b":1}'], "nginx_json")
    assert [row.get("reason") for row in rows] == [None, "invalid_json", "invalid_json"]


# --- secrets ---------------------------------------------------------------------------------------------------

SECRETS = {
    "a cookie in a list of headers": changed(
        sample("aws_waf"),
        httpRequest={
            "clientIp": "198.18.0.7",
            "headers": [
                {"name": "Cookie", "value": "a=hush-0001; b=hush-0002"},
                {"name": "Authorization", "value": "Basic aHVzaC0wMDAz"},
                {"name": "X-Api-Key", "value": "hush-0004-abc"},
            ],
            "uri": "/?x=hush-0004-abc",
        },
    ),
    "a cookie whose name is in brackets": changed(sample("cloudfront_json"), **{"cs(Cookie)": "tracker=hush-0005"}),
    "cookies as pairs": changed(sample("ocsf_http"), http_cookies=[{"name": "q", "value": "hush-0006"}]),
    "a header of a gateway": sample("kong_json").replace("demo-0001-token", "hush-0007-token"),
    "JSON in a string": changed(sample("litellm_json"), metadata=json.dumps({"user_api_key": "hush-0008-abc"})),
    "a body in a string": changed(
        sample("azure_api_management"),
        properties={"method": "POST", "url": "/a", "requestBody": json.dumps({"api_key": "hush-0009-abc"})},
    ),
    "a list of one": sample("caddy_json", 1).replace("demo-0001", "hush-0010-abc"),
    "a custom header": changed(sample("cloudflare_json"), RequestHeaders={"authorization": "Bearer hush-0011-abc"}),
}


@pytest.mark.parametrize("line", SECRETS.values(), ids=SECRETS)
def test_no_secret_of_a_preset_is_written(line: str, case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(line + "\n", "utf-8")
    read(case, tmp_path / "a.json")
    assert len(rows(case, EVENTS)) == 1
    tables = [pq.read_table(path).to_pylist() for path in sorted((case.folder / "tables").rglob("*.parquet"))]
    assert "hush" not in json.dumps(tables, default=str)
    assert "aHVzaC0wMDAz" not in json.dumps(tables, default=str)
    assert "key:" in json.dumps(tables, default=str)


def test_a_prompt_is_a_keyed_hash_and_equal_prompts_are_equal() -> None:
    said = [{"role": "user", "content": "a long enough hush question"}]
    lines = [changed(sample("litellm_json"), messages=said, end_user=name) for name in ("a", "b")]
    one, two = read(lines)
    assert one["gen_ai_prompt_hash"] == two["gen_ai_prompt_hash"]
    assert one["gen_ai_prompt_hash"].startswith("key:")
    assert "hush" not in one["extra"]


# --- whole files -----------------------------------------------------------------------------------------------


def test_a_file_is_called_after_the_format_of_most_of_its_records(
    case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    lines = [sample("azure_openai"), sample("azure_openai", 1), sample("azure_front_door"), REMARK]
    (tmp_path / "PT1H.json").write_text("\n".join(lines) + "\n", "utf-8")
    outcome = read(case, tmp_path / "PT1H.json", max_reject_rate=0.5)
    (file,) = rows(case, LOG_FILES)
    assert (file["log_format"], file["events"], file["rejects"]) == ("azure_openai", 3, 1)
    assert [row["reason"] for row in rows(case, REJECTS)] == ["non_http"]
    assert not outcome.partial


OWN_REMARK = '{"level":"info","ts":1772424306.2,"logger":"tls.obtain","msg":"lock acquired"}'


def test_a_log_of_mostly_remarks_is_read_where_the_format_knows_them(
    case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    lines = [OWN_REMARK] * 30 + [sample("caddy_json")] * 2
    (tmp_path / "a.log").write_text("\n".join(lines) + "\n", "utf-8")
    assert (explain(tmp_path / "a.log").format, explain(tmp_path / "a.log").rate) == ("caddy_json", 1.0)
    read(case, tmp_path / "a.log")
    (file,) = rows(case, LOG_FILES)
    assert (file["log_format"], file["events"], file["rejects"]) == ("caddy_json", 2, 30)


def test_remarks_without_a_request_and_remarks_of_no_product_do_not_make_a_log(tmp_path: Path) -> None:
    (tmp_path / "own.log").write_text(f"{OWN_REMARK}\n" * 9, "utf-8")
    (tmp_path / "others.log").write_text("\n".join([REMARK] * 30 + [sample("caddy_json")]) + "\n", "utf-8")
    assert explain(tmp_path / "own.log").format is None
    assert explain(tmp_path / "others.log").format is None
