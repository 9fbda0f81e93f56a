"""Real JSON lines against what other parsers make of them.

Where we differ, `docs/formats-differences-json.md` says why.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forensics.case import Case
from forensics.errors import SourceError
from forensics.ingest.formats import by_name
from forensics.ingest.normalize import Terms
from forensics.ingest.parse import Reading, parse_text
from forensics.ingest.sampling import as_records
from forensics.schema import EVENTS, REJECTS, Table

pytestmark = pytest.mark.samples
Rows = Callable[[Case, Table], list[dict[str, Any]]]
Read = Callable[..., Any]
Row = dict[str, Any]


def lines_of(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").split("\n") if line.strip()]


def events(lines: list[str], name: str, *, refused: int = 0) -> list[Row]:
    """The events of lines, all of which but the refused ones are of a format."""
    form = by_name(name)
    reading = Reading("f" * 64, "c" * 64, form, form.bind(lines, {}), Terms(bytes(32)))
    parsed = parse_text(as_records(lines), reading)
    assert set(parsed.events["log_format"]) == {name}
    assert parsed.rejects.height == refused
    return parsed.events.to_dicts()


def oracle(samples: Path, name: str) -> list[Row]:
    return [json.loads(line) for line in lines_of(samples / "oracles" / name)]


def present(value: str | None) -> str | None:
    """An oracle writes absent values as empty text."""
    return value or None


# --- CrowdSec's parsers ----------------------------------------------------------------------------------------

# What the oracles say about the file, the pipeline or the copy of the line, not about the request.
NOT_OURS = {
    *("datasource_path", "datasource_type", "log_type", "service", "program", "message", "sub_type"),
    *("logsource", "machine", "timestamp8601", "tz_part1", "tz_part2"),
}


def compared(row: Row, expected: Row) -> set[str]:
    """Compare an event with every field of an oracle; return the names of the fields that were compared."""
    status = row["http_response_status_code"]
    ours = {
        "http_user_agent": row["user_agent_original"],
        "http_version": row["http_version"],
        "remote_ip": row["source_ip"],
        "source_ip": row["source_ip"],
        "request": row["url_original"],
        "http_path": row["url_original"],
        "verb": row["http_request_method"],
        "http_verb": row["http_request_method"],
        "target_fqdn": row["url_domain"],
        "http_status": "0" if status is None else str(status),  # difference 1: a status of 0 is none
        "body_bytes_sent": str(row["http_response_body_bytes"]),
        "http_referer": row["http_request_referrer"],
        "fastly_timestamp": row["timestamp"].strftime("%Y-%m-%dT%H:%M:%S"),
    }
    fields = {**expected["parsed"], **expected["meta"]}
    names = set(fields) - NOT_OURS
    assert {name: ours[name] for name in names} == {name: present(fields[name]) for name in names}
    return names


def test_caddy_requests_are_what_the_oracle_says(samples: Path) -> None:
    lines = lines_of(samples / "formats" / "caddy" / "hub__caddy-logs__caddy-logs.log")
    rows = events(lines, "caddy_json", refused=1)  # the remark of a handler, which the oracle leaves out, too
    expected = oracle(samples, "caddy__hub__caddy-logs.jsonl")
    assert len(rows) == len(expected) == 10
    names = set.union(*(compared(row, each) for row, each in zip(rows, expected, strict=True)))
    assert {"remote_ip", "source_ip", "http_status", "target_fqdn", "http_user_agent", "verb", "request"} <= names
    assert [row["user_id"] for row in rows] == [None] * 9 + ["Bob"]


def test_caddy_requests_are_what_the_assertions_say(samples: Path) -> None:
    folder = samples / "formats" / "caddy"
    rows = events(lines_of(folder / "hub__caddy-logs__caddy-logs.log"), "caddy_json", refused=1)
    said = re.compile(r'dateparse-enrich"\]\[(\d+)\]\.Evt\.(?:Meta\["timestamp"|Enriched\["MarshaledTime")\] == "(.*)"')
    found = said.findall((folder / "hub__caddy-logs__parser.assert").read_text("utf-8"))
    assert len(found) >= 10
    for place, instant in found:  # difference 2: the oracle cuts seconds where we keep microseconds
        assert rows[int(place)]["timestamp"].strftime("%Y-%m-%dT%H:%M:%S") == instant[:19]


def test_other_caddy_files_are_read(samples: Path, case: Case, read: Read, rows: Rows) -> None:
    read(case, samples / "formats" / "caddy" / "lnav__logfile_caddy_log.1")
    found = rows(case, EVENTS)
    assert [row["log_format"] for row in found] == ["caddy_json"] * 4
    assert [row["source_ip"] for row in found] == ["10.10.10.117", "10.10.10.134", "10.10.10.132", "240e:1:1::1234"]
    assert [row["http_version"] for row in found] == ["2", "2", "2", "3"]
    basic = events(lines_of(samples / "formats" / "caddy" / "hub__caddy-basic-auth-bf__caddy-logs.log"), "caddy_json")
    assert {(row["http_response_status_code"], row["event_duration_us"]) for row in basic} == {(401, 34)}


def test_caddy_behind_docker_compose_has_its_requests_once_the_prefix_is_gone(samples: Path) -> None:
    raw = lines_of(samples / "formats" / "caddy" / "lnav__logfile_caddy_log.0")
    rows = events([line.removeprefix("caddy  | ") for line in raw], "caddy_json", refused=len(raw) - 4)
    assert [row["url_path"] for row in rows] == ["/", "/", "/", "/index.html"]


def test_fastly_requests_are_what_the_oracle_says(samples: Path) -> None:
    raw = lines_of(samples / "formats" / "fastly" / "hub__fastly-logs__fastly-logs.log")
    rows = events([line[line.index("{") :] for line in raw], "fastly_json")  # without the envelope of syslog
    expected = oracle(samples, "fastly__hub__fastly-logs.jsonl")
    names = set.union(*(compared(row, each) for row, each in zip(rows, expected, strict=True)))
    assert names == {
        *("body_bytes_sent", "http_user_agent", "verb", "request", "http_path", "http_status", "source_ip"),
        *("fastly_timestamp", "http_referer"),
    }


# --- Zeek and AWS WAF against OCSF -----------------------------------------------------------------------------


OCSF_LATE = 45_600  # difference 7: the mapped sample is 12 h 40 min later than the line it was made from


def ocsf(row: Row) -> Row:
    """Our event in the words of OCSF 4002, as far as both have a word."""
    return {
        "http_method": row["http_request_method"],
        "hostname": row["url_domain"],
        "path": row["url_path"],
        "referrer": row["http_request_referrer"],
        "user_agent": row["user_agent_original"],
        "version": row["http_version"],
        "ip": row["source_ip"],
        "code": row["http_response_status_code"],
        "time": int(row["timestamp"].timestamp()),
        "x_forwarded_for": row["network_forwarded_ip"],
    }


def test_a_zeek_record_is_what_its_ocsf_mapping_says(samples: Path) -> None:
    folder = samples / "formats" / "zeek_http"
    raw = json.loads((folder / "examples__http_log.raw").read_text("utf-8"))
    said = json.loads((folder / "examples__http_log.ocsf").read_text("utf-8"))
    (row,) = events([json.dumps(raw)], "zeek_json")
    request, response = said["http_request"], said["http_response"]
    assert ocsf(row) == {
        **{name: request[name] for name in ("http_method", "referrer", "user_agent", "version")},
        **request["url"],
        "ip": said["src_endpoint"]["ip"],
        "code": response["code"],
        "time": said["time"] - OCSF_LATE,
        "x_forwarded_for": [request["x_forwarded_for"]],
    }
    assert row["http_response_body_bytes"] == response["length"]  # difference 3: a body length is one of the body
    assert json.loads(row["extra"])["request_body_len"] == request["length"]
    assert row["user_id"] == said["unmapped"]["observables"][0]["value"]
    assert "JSESSIONID=80DF" not in row["extra"]


def test_an_ocsf_document_of_zeek_reads_like_the_zeek_record(samples: Path) -> None:
    folder = samples / "formats" / "zeek_http"
    raw, said = (
        json.dumps(json.loads((folder / f"examples__http_log.{kind}").read_text("utf-8"))) for kind in ("raw", "ocsf")
    )
    (one,), (two,) = events([raw], "zeek_json"), events([said], "ocsf_http")
    assert {**ocsf(one), "time": ocsf(one)["time"] + OCSF_LATE} == ocsf(two)


def test_every_zeek_request_is_an_event_and_agrees_with_the_line(samples: Path) -> None:
    lines = lines_of(samples / "formats" / "zeek_http" / "examples__http.log")
    rows = events(lines, "zeek_json")
    assert len(rows) == len(lines) == 222
    for row, line in zip(rows, lines, strict=True):
        record = json.loads(line)
        assert row["http_request_method"] == record.get("method")
        assert row["source_ip"] == record["id.orig_h"]
        assert row["http_response_body_bytes"] == record["response_body_len"]
        assert row["http_response_status_code"] == (record.get("status_code") or None)
        assert abs(row["timestamp"].timestamp() - record["ts"]) < 1e-6


def test_an_aws_waf_record_is_what_its_ocsf_mapping_says(samples: Path) -> None:
    folder = samples / "formats" / "aws_waf"
    raw = json.loads((folder / "examples__waf.raw").read_text("utf-8"))
    said = json.loads((folder / "examples__waf.ocsf").read_text("utf-8"))
    (row,), (two,) = events([json.dumps(raw)], "aws_waf"), events([json.dumps(said)], "ocsf_http")
    # difference 4: the mapping takes the host of a header, we take the one that WAF says
    assert {**ocsf(row), "hostname": "example.com"} == {**ocsf(two), "version": "1.1"}
    assert row["url_domain"] == raw["httpRequest"]["host"]
    assert row["timestamp"] == two["timestamp"]
    assert row["tls_client_ja4"] == two["tls_client_ja4"] == said["ja4_fingerprint_list"][0]["value"]
    assert (row["network_forwarded_ip"], row["source_ip_origin"]) == (["1.2.3.4"], "peer")


# --- samples without an oracle: the line itself is one ---------------------------------------------------------


def test_cloudflare_lines_agree_with_themselves(samples: Path) -> None:
    folder = samples / "formats" / "cloudflare"
    lines = [*lines_of(folder / "lnav__logfile_cloudflare.1"), *lines_of(folder / "lnav__logfile_cloudflare.json")]
    rows = events(lines, "cloudflare_json")
    for row, line in zip(rows, lines, strict=True):
        record = json.loads(line)
        assert row["source_ip"] == record["ClientIP"]
        assert row["http_response_status_code"] == record["EdgeResponseStatus"]
        assert row["http_response_bytes"] == record["EdgeResponseBytes"]
        assert row["url_original"] == record["ClientRequestURI"]
        assert row["user_agent_original"] == present(record["ClientRequestUserAgent"])
        assert row["source_as_number"] == record.get("ClientASN")
        assert row["parse_flags"] == []
    assert rows[0]["timestamp"].isoformat() == "2024-04-10T23:00:00.100000+00:00"
    assert rows[-1]["timestamp"].isoformat() == "2022-10-30T00:00:02+00:00"


def blocks(text: str, opening: str) -> list[Row]:
    """The logs in a rule's tests that are written as JSON."""
    decoder = json.JSONDecoder()
    places = [match.end() for match in re.finditer(rf"{opening}\s*\n\s*(?=\{{)", text)]
    relaxed = re.sub(r",(\s*[}\]])", r"\1", text)  # YAML lets a comma hang
    assert len(places) == len(re.findall(rf"{opening}\s*\n\s*\{{", relaxed))
    found = [match.end() for match in re.finditer(rf"{opening}\s*\n\s*(?=\{{)", relaxed)]
    return [decoder.raw_decode(relaxed, place)[0] for place in found]


def test_cloudflare_records_of_a_rule_are_read(samples: Path) -> None:
    path = samples / "formats" / "cloudflare" / "panther-analysis__cloudflare_httpreq_bot_high_volume.yml"
    records = blocks(path.read_text("utf-8"), "Log:")
    rows = events([json.dumps(record) for record in records], "cloudflare_json")
    assert len(rows) == 2
    for row in rows:
        assert row["timestamp"].isoformat() == "2022-05-07T18:53:12+00:00"
        assert (row["url_path"], row["source_as_number"], row["http_request_bytes"]) == (None, 63949, 2407)
        assert row["parse_flags"] == ["timezone_assumed"]  # difference 5: the rule's copy has no zone


def outline(text: str, opening: str) -> list[Row]:
    """The logs in a rule's tests that are written as indented YAML: mappings and lists of plain values."""
    found = []
    for block in re.findall(rf"^ +{opening}:\n((?: {{6,}}.*\n)+)", text, re.MULTILINE):
        root: Row = {}
        stack: list[tuple[int, Any]] = [(0, root)]
        for line in filter(str.strip, block.split("\n")):
            depth, body = len(line) - len(line.lstrip()), line.strip()
            while len(stack) > 1 and depth < stack[-1][0]:
                stack.pop()
            parent = stack[-1][1]
            if body.startswith("- "):
                parent.setdefault("", []).append(body[2:].strip('"'))
                continue
            key, _, value = body.partition(":")
            child: Row = {}
            bare = value.strip()
            parent[key.strip('"')] = scalar(bare) if bare else child
            if not bare:
                stack.append((depth + 1, child))
        found.append(root)
    return found


def scalar(value: str) -> object:
    return int(value) if re.fullmatch(r"[0-9]+", value) else value.strip('"')


def test_openai_audit_events_of_rules_are_control_plane(samples: Path) -> None:
    folder = samples / "formats" / "openai_audit"
    texts = [path.read_text("utf-8") for path in sorted(folder.glob("*.yml"))]
    records = [record for text in texts for record in outline(text, "Log")]
    rows = events([json.dumps(record) for record in records], "openai_audit")
    assert len(rows) == len(records) == sum(text.count(" Log:") for text in texts) == 12
    for row, record in zip(rows, records, strict=True):
        actor = record["actor"]
        session, key = actor.get("session", {}), actor.get("api_key", {})
        assert row["user_id"] == {**session, **key}["user"]["id"]
        assert row["source_ip"] == session.get("ip_address")
        assert row["timestamp"].timestamp() == record["effective_at"]
        assert (row["http_request_method"], row["parse_flags"]) == (None, ["control_plane"])
        assert json.loads(row["extra"])["type"] == record["type"]


def test_load_balancer_records_of_rules_are_read(samples: Path) -> None:
    folder = samples / "formats" / "gcp_http_lb"
    texts = [path.read_text("utf-8") for path in sorted(folder.glob("*.yml"))]
    records = [record for text in texts for record in outline(text, "Log")]
    # One rule's copies have their names in lower case (difference 6); Cloud Logging writes them as here.
    proper = {"httprequest": "httpRequest", "jsonpayload": "jsonPayload"}
    named = [{proper.get(name, name): value for name, value in record.items()} for record in records]
    balanced = [record for record in named if record["resource"]["type"] == "http_load_balancer"]
    assert (len(named), len(balanced)) == (6, 5)
    rows = events([json.dumps(record) for record in balanced], "gcp_load_balancer", refused=1)  # one has no time
    timed = [record for record in balanced if "timestamp" in record]
    for row, record in zip(rows, timed, strict=True):
        request = record["httpRequest"]
        assert row["source_ip"] == request["remoteIp"]
        assert row["url_original"] == request["requestUrl"]
        assert row["http_response_status_code"] == request["status"]
        assert row["http_response_bytes"] == request.get("responseSize")
        assert row["event_duration_us"] == (48_180 if "latency" in request else None)


def test_azure_application_gateway_lines_agree_with_themselves(samples: Path) -> None:
    lines = lines_of(samples / "formats" / "azure_appgw" / "plaso__azure_application_gateway_access.json")
    rows = events(lines, "azure_application_gateway")
    assert [row["http_response_status_code"] for row in rows] == [200, 400]
    for row in rows:
        assert (row["source_ip"], row["url_path"], row["url_domain"]) == ("185.42.129.24", "/", "20.110.30.194")
        assert (row["event_duration_us"], row["http_response_bytes"], row["http_request_bytes"]) == (34_000, 466, 184)


def test_a_litellm_row_is_read(samples: Path) -> None:
    record = json.loads((samples / "formats" / "litellm" / "litellm__spend_logs_payload.json").read_text("utf-8"))
    (row,) = events([json.dumps(record)], "litellm_json")
    assert row["timestamp"].isoformat() == "2025-01-24T09:20:46.847371+00:00"
    assert (row["user_id"], row["source_ip"], row["organization_id"]) == (None, None, None)
    assert (row["gen_ai_request_model"], row["gen_ai_operation_name"]) == ("gpt-4o", "acompletion")
    assert (row["gen_ai_usage_input_tokens"], row["gen_ai_usage_output_tokens"]) == (10, 20)
    assert row["event_duration_us"] == 4583
    assert json.loads(row["extra"])["cache_hit"] == "None"
    assert json.loads(row["extra"])["metadata"]["usage_object"]["total_tokens"] == 30


@pytest.mark.parametrize("name", ["ecs_json/lnav__logfile_ecs_log.json", "otel/lnav__logfile_otel_collector.jsonl"])
def test_logs_of_applications_are_no_access_logs(name: str, samples: Path, case: Case, read: Read, rows: Rows) -> None:
    with pytest.raises(SourceError, match="no format reads more than 40%"):
        read(case, samples / "formats" / name)
    assert rows(case, EVENTS) == rows(case, REJECTS) == []


def test_the_differences_are_written_down() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "formats-differences-json.md").read_text("utf-8")
    said = {int(number) for number in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    named = {int(number) for number in re.findall(r"difference (\d+)", Path(__file__).read_text("utf-8"))}
    assert named == said
