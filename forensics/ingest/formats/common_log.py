"""The Common Log Format of NCSA httpd and Apache: no referrer, no user agent."""

from forensics.ingest.formats import clf
from forensics.ingest.formats.base import Family, LineFormat, Sample

COMMON = LineFormat(
    name="common",
    title="Common Log Format",
    reference="https://httpd.apache.org/docs/2.4/logs.html#common",
    family=Family.CLF,
    bind=clf.bind,
    read=clf.read,
    may_read=clf.may_read,
    cut=clf.cut,
    accepted=(
        Sample(
            '198.18.0.7 - ann@firm.example [02/Mar/2026:04:05:06 -0100] "HEAD /a HTTP/1.0" 304 -',
            {
                "timestamp": "2026-03-02T05:05:06+00:00",
                "user_id": "ann@firm.example",
                "http_request_method": "HEAD",
                "http_response_status_code": 304,
                "http_response_body_bytes": 0,
                "user_agent_original": None,
                "parse_flags": [],
            },
        ),
        Sample(
            '::1 - - [26/Dec/2016:16:16:48 +0200] "-" 408 -',
            {"url_original": "-", "http_request_method": None, "parse_flags": ["malformed_request"]},
        ),
        Sample(
            'host-7.firm.example - - [02/Mar/2026:04:05:06 +0000] "GET /s?x=<b>"t"</b> HTTP/1.0" 404 11',
            {
                "source_ip": None,
                "url_query": 'x=<b>"t"</b>',
                "extra": '{"source_address":"host-7.firm.example"}',
                "parse_flags": ["no_address", "unescaped_quote"],
            },
        ),
        Sample(
            '198.18.0.7 - - [02/Mar/2026:04:05:06 +0000] "GET / HTTP/1.1" 200 235 "-" "Mozilla/5.0 (cut of',
            {"extra": r'{"trailing":"\"-\" \"Mozilla/5.0 (cut of"}', "parse_flags": ["trailing_fields"]},
        ),
    ),
    rejected=(
        Sample('198.18.0.7 - - 02/Mar/2026:04:05:06 "GET /a HTTP/1.0" 304 -', reason="not_clf"),
        Sample('198.18.0.7 - - [02/Mrz/2026:04:05:06 +0000] "GET /a HTTP/1.0" 304 -', reason="no_timestamp"),
    ),
)
