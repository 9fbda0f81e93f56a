"""CloudFront standard logs (v2) and real-time logs as JSON: the field names of the W3C log, any subset of them.

User agents are percent-encoded and are decoded, as in the text log. A line is written when the response was sent: the
time is an end. Delivery is best effort, so a missing line proves nothing.
"""

import polars as pl

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.cloudfront import decoded_agents
from forensics.ingest.formats.json_preset import Preset, either
from forensics.ingest.formats.json_text import renamed

_NAMES = ("/x-edge-location", "/x-edge-result-type", "/x-edge-request-id", "/x-edge-detailed-result-type")


def _settle(logged: pl.DataFrame) -> pl.DataFrame:
    """Put date and time together, which are UTC, and decode what the text log decodes, too."""
    together = pl.concat_str(".date", pl.lit("T"), ".time", pl.lit("Z"))
    return logged.with_columns(
        pl.coalesce("timestamp:end", together).alias("timestamp:end"),
        pl.col("network_forwarded_ip").str.replace_all("%20", "", literal=True),
        decoded_agents(logged["user_agent_original"]).alias("user_agent_original"),
    )


CLOUDFRONT_JSON = Preset(
    name="cloudfront_json",
    title="Amazon CloudFront access log (JSON)",
    reference="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html",
    claims=either(_NAMES, ("/c-ip", "/cs-method", "/sc-status", "/cs-uri-stem")),
    shapes=(renamed(r"cs\(Cookie\)", "cs-cookie"),),  # a name by which it is known to hold secrets
    settle=_settle,
    roles={
        "timestamp:end": ("/timestamp(ms)", "/timestamp"),
        ".date": ("/date",),
        ".time": ("/time",),
        "source_ip:peer": ("/c-ip",),
        "source_as_number": ("/asn",),
        "network_forwarded_ip": ("/x-forwarded-for",),
        "http_request_method": ("/cs-method",),
        "url_original": ("/cs-uri-stem",),
        "url_query": ("/cs-uri-query",),
        "url_domain": ("/x-host-header", "/cs-host", "/cs(Host)"),
        "http_version": ("/cs-protocol-version",),
        "http_response_status_code": ("/sc-status",),
        "http_response_bytes": ("/sc-bytes",),
        "http_request_bytes": ("/cs-bytes",),
        "event_duration_us:s": ("/time-taken",),
        "user_agent_original": ("/cs(User-Agent)", "/cs-user-agent"),
        "http_request_referrer": ("/cs(Referer)", "/cs-referer"),
    },
    accepted=(
        Sample(
            '{"date":"2026-03-02","time":"04:05:06","x-edge-location":"FRA2-C1","sc-bytes":"512","c-ip":"198.18.0.7",'
            '"cs-method":"GET","cs(Host)":"d1.cdn.example","cs-uri-stem":"/a","sc-status":"200","cs(Referer)":"-",'
            '"cs(User-Agent)":"x/1%20(y)","cs-uri-query":"b=1","cs(Cookie)":"sid=demo-0001","x-edge-result-type":"Hit",'
            '"x-host-header":"shop.example","cs-bytes":"99","time-taken":"0.012","x-forwarded-for":"-",'
            '"cs-protocol-version":"HTTP/2.0"}',
            {
                "timestamp": "2026-03-02T04:05:06+00:00",
                "timestamp_kind": "end",
                "source_ip_origin": "peer",
                "url_path": "/a",
                "url_query": "b=1",
                "url_domain": "shop.example",
                "http_response_bytes": 512,
                "http_request_bytes": 99,
                "event_duration_us": 12_000,
                "http_request_referrer": None,
                "network_forwarded_ip": None,
                "http_version": "2",
                "user_agent_original": "x/1 (y)",
                "parse_flags": [],
            },
        ),
        Sample(
            '{"timestamp(ms)":"1772424306250","c-ip":"2001:db8::7","cs-method":"GET","cs-uri-stem":"/a?b=1",'
            '"sc-status":"000","x-edge-detailed-result-type":"Error","asn":"64496"}',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "source_as_number": 64496,
                "url_query": "b=1",
                "http_response_status_code": None,
                "extra": '{"x-edge-detailed-result-type":"Error"}',
            },
        ),
    ),
    rejected=(Sample('{"c-ip":"198.18.0.7","x-edge-location":"FRA2-C1","time":"04:05:06"}', reason="no_timestamp"),),
)
