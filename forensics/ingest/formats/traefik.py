"""Traefik's text log: a combined line with the number of the request, its router and server, and how long it took."""

from forensics.ingest.formats import clf
from forensics.ingest.formats.base import Family, LineFormat, Sample

TRAEFIK = LineFormat(
    name="traefik",
    title="Traefik access log (CLF)",
    reference="https://doc.traefik.io/traefik/observability/access-logs/",
    family=Family.CLF,
    bind=clf.bind,
    read=clf.read,
    may_read=clf.may_read,
    cut=clf.cut,
    accepted=(
        Sample(
            '198.18.0.7 - ann [02/Mar/2026:04:05:06 +0000] "GET /a HTTP/1.1" 200 19 "-" "x/1" 17 "jobs@file"'
            ' "http://198.19.0.1:80" 12ms',
            {
                "timestamp": "2026-03-02T04:05:06+00:00",
                "timestamp_kind": "start",
                "user_id": "ann",
                "source_ip": "198.18.0.7",
                "url_path": "/a",
                "http_response_status_code": 200,
                "http_response_body_bytes": 19,
                "event_duration_us": 12_000,
                "user_agent_original": "x/1",
                "parse_flags": [],
                "extra": '{"request":"17","router":"jobs@file","server":"http://198.19.0.1:80"}',
            },
        ),
        Sample(
            '2001:db8::7 - - [02/Mar/2026:04:05:06 +0000] "GET / HTTP/2.0" 404 19 "-" "-" 18 "-" "-" 0ms',
            {
                "user_agent_original": None,
                "event_duration_us": 0,
                "extra": '{"request":"18","router":"-","server":"-"}',
            },
        ),
    ),
    rejected=(
        Sample('198.18.0.7 - - [02/Mar/2026:04:05:06] "GET / HTTP/1.1" 200 1 "-" "x" 1 "-" "-" 0ms', reason="not_clf"),
    ),
)
