"""AWS S3 server access logs. The requester is a canonical user or an ARN; records come in no particular order."""

import polars as pl

from forensics.ingest.formats.base import Family, LineFormat, Sample
from forensics.ingest.formats.pattern import QUOTED, TAIL, Layout, Pattern
from forensics.ingest.formats.written_times import CLF

_NUMBER = "[0-9]+|-"
_CORE = (
    rf"^(?P<bucket_owner>[^ ]+) (?P<bucket>[^ ]+) \[(?P<time>{CLF})\] (?P<remote_ip>[^ ]+) (?P<requester>[^ ]+)"
    r" (?P<request_id>[^ ]+) (?P<operation>[A-Z0-9]+\.[A-Za-z0-9_.]+) (?P<key>[^ ]+)"
)
_COUNTS = (
    rf" (?P<status>[0-9]{{3}}|-) (?P<error_code>[^ ]+) (?P<bytes_sent>{_NUMBER}) (?P<object_size>{_NUMBER})"
    rf" (?P<total_time>{_NUMBER}) (?P<turn_around_time>{_NUMBER})(?P<_rest> .*)?$"
)


def _rest(quoted: str) -> str:
    later = ("host_id", "signature_version", "cipher_suite", "authentication_type", "host_header", "tls_version")
    newest = ("access_point_arn", "acl_required")
    grown = "".join(f" (?P<{name}>[^ ]+)" for name in later)
    steps = "".join(f"(?: (?P<{name}>[^ ]+)" for name in newest) + ")?" * len(newest)
    ends = rf"^ (?:\"(?P<referrer>{quoted})\"|-) (?:\"(?P<user_agent>{quoted})\"|-) (?P<version_id>[^ \"]+)"
    return f"{ends}(?:{grown}{steps})?{TAIL}"


def _refined(fields: pl.DataFrame) -> pl.DataFrame:
    """Split what follows the times: strictly, else with quotes that were not escaped."""
    later = fields["_rest"].str.extract_groups(_rest(QUOTED)).struct.unnest()
    missed = fields["_rest"].is_not_null() & later["version_id"].is_null()
    if missed.any():
        stray = fields["_rest"].filter(missed).str.extract_groups(_rest(".*?")).struct.unnest()
        later = later.with_columns(later[name].scatter(missed.arg_true(), stray[name]) for name in stray.columns)
    return pl.concat([fields, later], how="horizontal")


_LAYOUT = Layout(
    name="aws_s3",
    patterns=(
        Pattern(rf'{_CORE} (?:"(?P<request_uri>{QUOTED})"|-){_COUNTS}'),
        Pattern(rf'{_CORE} "(?P<request_uri>.*?)"{_COUNTS}', flag="unescaped_quote"),
    ),
    roles=(
        ("timestamp:start", "time"),
        ("source_ip:peer", "remote_ip"),
        ("user_id:user", "requester"),
        ("request_line", "request_uri"),
        ("url_domain", "host_header"),
        ("http_response_status_code", "status"),
        ("http_response_body_bytes", "bytes_sent"),
        ("event_duration_us:ms", "total_time"),
        ("http_request_referrer", "referrer"),
        ("user_agent_original", "user_agent"),
    ),
    refine=_refined,
)
_OWNER = "79a5" * 16
_LINE = f"{_OWNER} jobs [02/Mar/2026:04:05:06 +0000] 198.18.0.7 arn:aws:iam::000000000000:user/ann 3E57427F3EXAMPLE"
_END = "9vKBE6vMhrNiWHZmb2L0mXOcqPGzQOI5XLnCtZNPxev+Hf+7tpT6sxDwDty4LHBU= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader"
AWS_S3 = LineFormat(
    name="aws_s3",
    title="AWS S3 server access log",
    reference="https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html",
    family=Family.LINES,
    bind=_LAYOUT.bind,
    read=_LAYOUT.read,
    may_read=_LAYOUT.may_read,
    accepted=(
        Sample(
            f'{_LINE} REST.GET.OBJECT a/b.json "GET /a/b.json?x=1 HTTP/1.1" 200 - 113 113 7 6 "-" "x/1" - {_END}'
            " jobs.s3.example TLSv1.3 - -",
            {
                "timestamp": "2026-03-02T04:05:06+00:00",
                "timestamp_kind": "start",
                "user_id": "arn:aws:iam::000000000000:user/ann",
                "source_ip": "198.18.0.7",
                "url_domain": "jobs.s3.example",
                "url_path": "/a/b.json",
                "url_query": "x=1",
                "http_response_status_code": 200,
                "http_response_body_bytes": 113,
                "event_duration_us": 7000,
                "user_agent_original": "x/1",
                "http_request_referrer": None,
                "parse_flags": [],
            },
        ),
        Sample(
            f"{_LINE} BATCH.DELETE.OBJECT a/b.json - 204 - - 113 - - - - -",
            {"http_request_method": None, "url_path": None, "user_agent_original": None, "parse_flags": []},
        ),
        Sample(
            f'{_LINE} REST.GET.OBJECT a/b.json "GET /a/b.json HTTP/1.1" 200 - 113 113 7 6 "-" "x "y" z" -',
            {"user_agent_original": 'x "y" z', "url_domain": None},
        ),
    ),
    rejected=(
        Sample(f"{_LINE} REST.GET.OBJECT a/b.json", reason="not_aws_s3"),
        Sample(
            f'{_OWNER} jobs [02/Mar/2026] 198.18.0.7 - 3E5 REST.GET.OBJECT a "GET /a HTTP/1.1"', reason="not_aws_s3"
        ),
    ),
)
