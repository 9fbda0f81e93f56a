"""Real lines against the expected parses of other projects: every field agrees, or is a difference with a reason.

The reasons stand in docs/formats-differences.md.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from forensics.ingest import explain, reader
from forensics.ingest.formats import by_name
from forensics.ingest.normalize import Terms
from forensics.ingest.parse import Parsed, Reading, parse_text

pytestmark = pytest.mark.samples
ROOT = Path(__file__).resolve().parents[2]
Event = dict[str, Any]
Get = Callable[[Event], object]

PIPELINE = {  # labels of the pipeline that made the expected parse; none of them is in the log
    *("program", "message", "log_type", "service", "datasource_type", "datasource_path"),
}
ERROR_LOG = {  # fields of lines of error logs, which are no requests
    *("tid", "pid", "cid", "loglevel", "log_level", "module", "client", "clientport", "errorcode", "username", "misc"),
    *("proxy_errorcode", "proxy_errormessage", "target_uri", "sub_type", "vhost", "client_ip"),
}


def read(path: Path, form: str) -> Parsed:
    """Read a file in a given format, in one chunk."""
    content = path.read_bytes()
    lines = content.decode("utf-8", "replace").split("\n")
    chosen = by_name(form)
    binding = chosen.bind([line for line in lines if line], {})
    (chunk,) = reader.chunks([content])
    reading = Reading("f" * 64, "c" * 64, chosen, binding, Terms(bytes(32)))
    return parse_text(reader.records(chunk), reading, newlines=chunk.newlines)


def column(name: str) -> Get:
    return lambda event: event[name]


def extra(name: str) -> Get:
    return lambda event: json.loads(event["extra"] or "{}").get(name)


def logged_status(event: Event) -> str | None:
    status = event["http_response_status_code"]
    return None if status is None else str(status)


def text_of(name: str) -> Get:
    return lambda event: None if event[name] is None else str(event[name])


def _size(event: Event) -> str:
    """Return the column of the size: `vhost_combined` with a port logs bytes with headers."""
    return "http_response_body_bytes" if event["http_response_bytes"] is None else "http_response_bytes"


def target(event: Event) -> str | None:
    """Return path and query, whatever stood before them."""
    if event["url_path"] is None:
        return str(event["url_original"])
    query = "" if event["url_query"] is None else f"?{event['url_query']}"
    return f"{event['url_path']}{query}"


COMBINED: Mapping[str, Get] = {
    **dict.fromkeys(("clientip", "remote_addr", "source_ip"), column("source_ip")),
    **dict.fromkeys(("auth", "remote_user"), column("user_id")),
    **dict.fromkeys(("response", "status", "http_status"), logged_status),
    **dict.fromkeys(("bytes", "body_bytes_sent"), lambda event: str(event[_size(event)])),
    **dict.fromkeys(("referrer", "http_referer"), column("http_request_referrer")),
    **dict.fromkeys(("verb", "http_verb"), column("http_request_method")),
    **dict.fromkeys(("httpversion", "http_version"), column("http_version")),
    **dict.fromkeys(("request", "rawrequest", "http_path"), target),
    **dict.fromkeys(("target_fqdn",), column("url_domain")),
    "http_user_agent": column("user_agent_original"),
}
ALB: Mapping[str, Get] = {
    **{name: extra(name) for name in ("type", "elb", "domain_name", "chosen_cert_arn", "matched_rule_priority")},
    **{
        name: extra(name) for name in ("actions_executed", "redirect_url", "error_reason", "classification", "trace_id")
    },
    **{name: extra(name) for name in ("classification_reason", "conn_trace_id", "target_group_arn", "ssl_cipher")},
    **{name: extra(name) for name in ("ssl_protocol", "target_status_code", "target_status_code_list")},
    **{name: extra(name) for name in ("request_processing_time", "target_processing_time", "response_processing_time")},
    **{name: extra(name) for name in ("transformed_host", "transformed_uri", "request_transform_status")},
    **dict.fromkeys(("remote_addr", "source_ip"), column("source_ip")),
    **dict.fromkeys(("http_method", "http_verb"), column("http_request_method")),
    **dict.fromkeys(("host", "http_host"), column("url_domain")),
    **dict.fromkeys(("request", "http_path"), target),
    **dict.fromkeys(("elb_status_code", "http_status"), logged_status),
    "target_list": extra("target_port_list"),
    "time": extra("time"),
    "received_bytes": text_of("http_request_bytes"),
    "sent_bytes": text_of("http_response_bytes"),
    "http_user_agent": column("user_agent_original"),
    "http_version": column("http_version"),
}
CLOUDFRONT: Mapping[str, Get] = {
    **{name.replace("-", "_"): extra(name) for name in ("x-edge-location", "x-edge-result-type", "x-edge-request-id")},
    **{name.replace("-", "_"): extra(name) for name in ("cs-protocol", "ssl-protocol", "ssl-cipher", "fle-status")},
    **{name.replace("-", "_"): extra(name) for name in ("x-edge-response-result-type", "fle-encrypted-fields")},
    **{name.replace("-", "_"): extra(name) for name in ("c-port", "time-to-first-byte", "x-edge-detailed-result-type")},
    **{name.replace("-", "_"): extra(name) for name in ("sc-content-type", "sc-content-len", "sc-range-start")},
    **dict.fromkeys(("c_ip", "source_ip"), column("source_ip")),
    **dict.fromkeys(("cs_method", "http_verb"), column("http_request_method")),
    **dict.fromkeys(("cs_user_agent", "http_user_agent"), column("user_agent_original")),
    **dict.fromkeys(("sc_status", "http_status"), logged_status),
    "cs_host": extra("cs_Host"),
    "x_host_header": column("url_domain"),
    "cs_cookie": extra("cs_Cookie"),
    "cs_uri_stem": column("url_path"),
    "cs_uri_query": column("url_query"),
    "http_path": column("url_original"),
    "cs_referer": column("http_request_referrer"),
    "sc_bytes": text_of("http_response_bytes"),
    "cs_bytes": text_of("http_request_bytes"),
    "x_forwarded_for": lambda event: ",".join(event["network_forwarded_ip"] or []) or None,
    "time_taken": lambda event: f"{event['event_duration_us'] / 1_000_000:.3f}",
    "year": lambda event: f"{event['timestamp']:%Y}",
    "month": lambda event: f"{event['timestamp']:%m}",
    "day": lambda event: f"{event['timestamp']:%d}",
    "time": lambda event: f"{event['timestamp']:%H:%M:%S}",
}
DIFFERENT = {
    "combined": {"ident", "timestamp", "time_local", "time", "port"},  # compared as instants below, or not kept
    "aws_alb": {
        "remote_port",
        "target_addr",
        "target_port",
        "port",
        "protocol",
        "http_port",
        "request_creation_time",
        "time",
    },
    "aws_cloudfront": {"cs_protocol_version"},
}
SPELLED = {"2.0": "2", "-": None, "000": None, "": None}
REFUSED = {("nginx__hub__nginx_http-logs", 8)}  # a combined line with one field too few in front of its time
ORACLES = [
    ("apache__hub__apache2-logs", "apache/hub__apache2-logs__apache2-logs.log", "combined", COMBINED),
    ("apache__hub__apache2-malformed", "apache/hub__apache2-malformed__apache2-logs.log", "combined", COMBINED),
    ("nginx__hub__nginx_http-logs", "nginx/hub__nginx_http-logs__nginx_http-logs.log", "combined", COMBINED),
    ("nginx__hub__nginx-http-malformed", "nginx/hub__nginx-http-malformed__nginx_http-logs.log", "combined", COMBINED),
    ("litespeed__hub__litespeed-logs", "litespeed/hub__litespeed-logs__litespeed-logs.log", "combined", COMBINED),
    ("aws_alb__hub__aws-alb-logs", "aws_alb/hub__aws-alb-logs__aws-alb-logs.log", "aws_alb", ALB),
    (
        "aws_cloudfront__hub__aws-cloudfront-logs",
        "aws_cloudfront/hub__aws-cloudfront-logs__aws-cloudfront-logs.log",
        "aws_cloudfront",
        CLOUDFRONT,
    ),
]


@pytest.mark.parametrize(("oracle", "log", "form", "fields"), ORACLES, ids=[each[0] for each in ORACLES])
def test_every_field_of_an_expected_parse_agrees_or_is_a_stated_difference(
    oracle: str, log: str, form: str, fields: Mapping[str, Get], samples: Path
) -> None:
    parsed = read(samples / "formats" / log, form)
    events = {event["log_line"]: event for event in parsed.events.to_dicts()}
    expected = [json.loads(line) for line in (samples / "oracles" / f"{oracle}.jsonl").read_text().splitlines()]
    compared = 0
    for number, row in enumerate(sorted(expected, key=lambda row: int(row["index"])), 1):
        both = [*row["parsed"].items(), *row["meta"].items()]
        if number not in events:
            assert number in parsed.rejects["log_line"].to_list()
            is_error_log = bool(ERROR_LOG & {name for name, _ in both})
            assert is_error_log or (oracle, number) in REFUSED
            continue
        for name, value in both:
            if name in PIPELINE | DIFFERENT[form]:
                continue
            assert fields[name](events[number]) == SPELLED.get(value, value), f"line {number}: {name}"
            compared += 1
    assert compared > len(events) * 5


@pytest.mark.parametrize(
    ("log", "form", "events", "rejects"),
    [
        ("iis_w3c/plaso__iis_without_date.log", "w3c", 11, {}),
        ("iis_w3c/plaso__iis10_edge_cases.log", "w3c", 15, {}),
        ("iis_w3c/plaso__iis10_cookies.log", "w3c", 3, {}),
        ("iis_w3c/plaso__iis7_sqli.log", "w3c", 2, {}),
        ("iis_w3c/plaso__iis7_owa.log", "w3c", 3, {}),
        ("iis_w3c/plaso__iis6.log", "w3c", 12, {}),
        ("iis_w3c/lnav__logfile_w3c_big.0", "w3c", 210, {}),
        ("iis_w3c/lnav__logfile_w3c.1", "w3c", 1, {}),
        ("iis_w3c/lnav__logfile_w3c.3", "w3c", 3, {}),
        ("iis_w3c/lnav__logfile_w3c.4", "w3c", 2, {}),
        ("iis_w3c/lnav__logfile_w3c.5", "w3c", 1, {}),
        ("haproxy/lnav__logfile_haproxy.0", "haproxy", 13, {"non_http": 4}),
        ("zeek_http/lnav__logfile_bro_http.log.0", "zeek_http", 197, {}),
        ("aws_alb/hub__bad-ua__aws-alb-http-bad-user-agent.log", "aws_alb", 4, {}),
        ("aws_alb/plaso__aws_elb_access.log", "aws_alb", 10, {"not_aws_alb": 6}),
        ("app_access_custom/plaso__confluence_access.log", "atlassian", 3, {}),
        ("app_access_custom/plaso__confluence_access_post7.11.log", "atlassian", 1, {}),
        ("app_access_custom/plaso__jira_access.log", "atlassian", 4, {}),
        (
            "app_access_custom/plaso__atlassian-bitbucket-access.log",
            "bitbucket",
            *(5, {"non_http": 2, "request_start": 1}),
        ),
    ],
)
def test_real_files_are_recognized_and_accounted_for(
    log: str, form: str, events: int, rejects: dict[str, int], samples: Path
) -> None:
    path = samples / "formats" / log
    assert explain(path).format == form
    counts = read(path, form).counts
    assert (counts.events, dict(counts.reasons)) == (events, rejects)
    assert counts.bytes_content == path.stat().st_size


@pytest.mark.parametrize("log", ["iis_w3c/lnav__logfile_w3c.2", "zeek_http/lnav__logfile_bro_conn.log.0"])
def test_logs_of_other_protocols_are_refused(log: str, samples: Path) -> None:
    assert explain(samples / "formats" / log).format is None


def test_the_classic_half_of_a_mixed_file_is_read_when_forced(samples: Path) -> None:
    parsed = read(samples / "formats" / "aws_alb/plaso__aws_elb_access.log", "aws_elb")
    assert parsed.counts.events >= 2
    assert set(parsed.counts.reasons) <= {"not_aws_elb", "non_http"}


def test_iis_agrees_with_beats(samples: Path) -> None:
    folder = samples / "formats" / "iis_w3c"
    events = read(folder / "beats__iis-access__test.log", "w3c").events.to_dicts()
    expected = json.loads((folder / "beats__iis-access__test.log-expected.json").read_text())
    names = {
        "url": "url_path", "query_string": "url_query", "method": "http_request_method", "user_name": "user_id",
        "remote_ip": "source_ip", "hostname": "url_domain", "referrer": "http_request_referrer",
    }  # fmt: skip
    numbers = {"response_code": "http_response_status_code"}
    for event, row in zip(events, expected, strict=True):
        theirs = {name.removeprefix("iis.access."): value for name, value in row.items()}
        assert f"{event['timestamp']:%Y-%m-%dT%H:%M:%S.000Z}" == row["@timestamp"]
        for name, ours in names.items():
            assert SPELLED.get(theirs.get(name, "-"), theirs.get(name)) == event[ours], name
        for name, ours in numbers.items():
            assert int(theirs[name]) == event[ours], name


def test_every_difference_is_written_down() -> None:
    page = (ROOT / "docs" / "formats-differences.md").read_text(encoding="utf-8")
    for name in (
        "request_creation_time",
        "remote_port",
        "target_addr",
        "protocol",
        "http_version",
        "program",
        "sub_type",
        "one field too few",
    ):
        assert name in page


def test_a_file_of_nothing_known_is_refused_with_a_reason(samples: Path) -> None:
    found = explain(samples / "formats" / "iis_w3c/hub__iis-xml-logs__iis-logs.log")
    assert found.format is None
    assert found.refused and found.hint
