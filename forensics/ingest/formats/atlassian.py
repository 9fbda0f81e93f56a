"""The access log of Confluence and Jira (a Tomcat valve): nothing is quoted, the user agent comes last.

Newer versions log `X-Forwarded-For` in front of the user. The user is the one the application logged in.
"""

from forensics.ingest.formats.base import Family, LineFormat, Sample
from forensics.ingest.formats.pattern import Layout, Pattern
from forensics.ingest.formats.written_times import CLF

_REQUEST = (
    r" (?P<thread>[^ ]*-exec-[0-9]+) (?P<host>[^ ]+) (?P<request>[A-Z]+ .*? HTTP/[0-9.]+|-) (?P<status>[0-9]{3})"
    r" (?P<elapsed>[0-9]+)ms (?P<bytes>[0-9]+|-) (?P<referrer>[^ ]+) (?P<user_agent>.*)$"
)
_LAYOUT = Layout(
    name="atlassian",
    patterns=(
        Pattern(rf"^\[(?P<time>{CLF})\] (?P<user>[^ ]+){_REQUEST}"),
        Pattern(rf"^\[(?P<time>{CLF})\] (?P<forwarded>[^ ]+(?:, [^ ]+)*) (?P<user>[^ ]+){_REQUEST}"),
    ),
    roles=(
        ("timestamp:unknown", "time"),
        ("source_ip:peer", "host"),
        ("network_forwarded_ip", "forwarded"),
        ("user_id:user", "user"),
        ("request_line", "request"),
        ("http_response_status_code", "status"),
        ("http_response_body_bytes", "bytes"),
        ("event_duration_us:ms", "elapsed"),
        ("http_request_referrer", "referrer"),
        ("user_agent_original", "user_agent"),
    ),
)
_END = "GET /index.action?a=1 HTTP/1.1 200 1020ms 7881 http://wiki.example/ x/1 (y; z)"
ATLASSIAN = LineFormat(
    name="atlassian",
    title="Confluence and Jira access log (Tomcat)",
    reference="https://confluence.atlassian.com/doc/configure-access-logs-1044780567.html",
    family=Family.LINES,
    bind=_LAYOUT.bind,
    read=_LAYOUT.read,
    may_read=_LAYOUT.may_read,
    accepted=(
        Sample(
            f"[02/Mar/2026:04:05:06 +0200] ann http-nio-8080-exec-6 198.18.0.7 {_END}",
            {
                "timestamp": "2026-03-02T02:05:06+00:00",
                "timestamp_kind": "unknown",
                "user_id": "ann",
                "source_ip": "198.18.0.7",
                "url_path": "/index.action",
                "url_query": "a=1",
                "http_response_status_code": 200,
                "http_response_body_bytes": 7881,
                "event_duration_us": 1_020_000,
                "http_request_referrer": "http://wiki.example/",
                "user_agent_original": "x/1 (y; z)",
                "parse_flags": [],
                "extra": '{"thread":"http-nio-8080-exec-6"}',
            },
        ),
        Sample(
            f"[02/Mar/2026:04:05:06 +0200] 198.18.9.9, 198.18.9.8 - http-nio-8080-exec-6 0:0:0:0:0:0:0:1 {_END}",
            {"user_id": None, "source_ip": "::1", "network_forwarded_ip": ["198.18.9.9", "198.18.9.8"]},
        ),
    ),
    rejected=(
        Sample("2026-03-02 04:05:06,838 INFO [http-nio-8080-exec-6] [jira.index] started", reason="not_atlassian"),
    ),
)
