"""Apache and nginx `combined`."""

from forensics.ingest.formats import clf
from forensics.ingest.formats.base import Family, LineFormat, Sample

COMBINED = LineFormat(
    name="combined",
    title="Apache and nginx combined log",
    reference="https://httpd.apache.org/docs/2.4/logs.html#combined",
    family=Family.CLF,
    bind=clf.bind,
    read=clf.read,
    may_read=clf.may_read,
    cut=clf.cut,
    accepted=(
        Sample(
            '198.18.0.7 - u-17 [02/Mar/2026:04:05:06 +0200] "GET /a?b=1 HTTP/1.1" 200 12 "https://shop.example/" "x/1"',
            {
                "timestamp": "2026-03-02T02:05:06+00:00",
                "timestamp_kind": "unknown",
                "user_id": "u-17",
                "user_id_kind": "user",
                "source_ip": "198.18.0.7",
                "source_range": "198.18.0.0/24",
                "source_ip_origin": "peer",
                "http_request_method": "GET",
                "url_original": "/a?b=1",
                "url_path": "/a",
                "url_query": "b=1",
                "http_version": "1.1",
                "http_response_status_code": 200,
                "http_response_body_bytes": 12,
                "http_request_referrer": "https://shop.example/",
                "user_agent_original": "x/1",
                "parse_flags": [],
                "extra": None,
            },
        ),
        Sample(
            r'2001:db8::1 - - [02/Mar/2026:04:05:06 +0000] "\x16\x03\x01\x02 \x01" 400 157 "-" "-"',
            {
                "source_range": "2001:db8::/48",
                "user_id": None,
                "http_request_method": None,
                "url_path": None,
                "url_original": r"\x16\x03\x01\x02 \x01",
                "http_response_status_code": 400,
                "user_agent_original": None,
                "parse_flags": ["malformed_request"],
            },
        ),
        Sample(
            r'198.18.0.7 - - [02/Mar/2026:04:05:06 +0000] "GET /\"x\" HTTP/2.0" 000 - "-" "a \"b\" \\"',
            {
                "url_path": r"/\"x\"",
                "http_version": "2",
                "http_response_status_code": None,
                "http_response_body_bytes": 0,
                "user_agent_original": r"a \"b\" \\",
                "parse_flags": [],
            },
        ),
        Sample(
            '198.18.0.7 - - [02/Mar/2026:04:05:06 +0000] "GET / HTTP/1.1" 200 1 "-" "x" "198.18.9.9, 198.18.0.7" 0.003',
            {
                "source_ip": "198.18.0.7",
                "network_forwarded_ip": ["198.18.9.9", "198.18.0.7"],
                "extra": '{"trailing":"0.003"}',
                "parse_flags": ["trailing_fields"],
            },
        ),
        Sample(
            '198.18.0.2, 198.18.0.1, 198.19.7.8 - - [02/Mar/2026:04:05:06 +0000] "GET / HTTP/1.1" 200 1 "-" "x"',
            {
                "source_ip": "198.19.7.8",
                "source_ip_origin": "x_forwarded_for",
                "network_forwarded_ip": ["198.18.0.2", "198.18.0.1", "198.19.7.8"],
            },
        ),
        Sample(
            '"198.19.7.8, 198.18.0.1" 198.18.0.9 - - [02/Mar/2026:04:05:06 +0000] "GET / HTTP/1.1" 200 1 "-" "x"',
            {
                "source_ip": "198.18.0.9",
                "source_ip_origin": "peer",
                "network_forwarded_ip": ["198.19.7.8", "198.18.0.1"],
            },
        ),
        Sample(
            '198.18.0.7 - ann of sales [02/Mar/2026:04:05:06 +0000] "" 400 0 "-" "-"',
            {"user_id": "ann of sales", "url_original": "", "parse_flags": ["malformed_request"]},
        ),
        Sample(
            '198.18.0.7 - - [02/Mar/2026:04:05:06 +0000] "GET http://a.example/p?q HTTP/1.0" 200 1 "-" "x"',
            {"url_domain": "a.example", "url_path": "/p", "url_query": "q", "url_original": "http://a.example/p?q"},
        ),
    ),
    rejected=(
        Sample('198.18.0.7 - - [02/Mar/2026:04:05:06 +0000] "GET / HTTP/1.1" OK 1 "-" "x"', reason="not_clf"),
        Sample('198.18.0.7 [02/Mar/2026:04:05:06 +0000] "GET / HTTP/1.1" 200 1 "-" "x"', reason="not_clf"),
        Sample('198.18.0.7 - - [32/Mar/2026:04:05:06 +0000] "GET / HTTP/1.1" 200 1 "-" "x"', reason="no_timestamp"),
        Sample("2026/03/02 04:05:06 [error] 31#31: *46 not found, client: 198.18.0.7", reason="not_clf"),
    ),
)
