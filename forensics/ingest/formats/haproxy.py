"""HAProxy `option httplog`, bare or behind syslog. The time is when the request began, without a zone.

HAProxy writes `"`, `#`, `{`, `|` and `}` inside requests and captured headers as `#HH`, so quotes and braces end
where they seem to end. Captured headers have no names in the log; they stay together in `extra`.
"""

from forensics.ingest.formats.base import Family, LineFormat, Sample
from forensics.ingest.formats.pattern import TAIL, Layout, Pattern
from forensics.ingest.formats.written_times import CLF, from_clf

_SYSLOG = r"(?P<syslog>[^\[]*?haproxy(?:\[[0-9]+\])?: )"
_CORE = (
    rf"(?P<client>[^ ]+:[0-9]+) \[(?P<time>{CLF})\] (?P<frontend>[^ ]+) (?P<backend>[^ ]+)"
    r" (?P<timers>-?[0-9]+/-?[0-9]+/-?[0-9]+/-?[0-9]+)/(?P<active>\+?-?[0-9]+) (?P<status>-?[0-9]+|-)"
    r" (?P<bytes>\+?[0-9]+) (?P<captured_request_cookie>[^ ]+) (?P<captured_response_cookie>[^ ]+)"
    r" (?P<termination>[^ ]{4}) (?P<connections>\+?[0-9]+/[0-9]+/[0-9]+/[0-9]+/\+?[0-9]+) (?P<queues>[0-9]+/[0-9]+)"
    r" (?:(?P<captured_headers>\{[^}]*\}) )?(?:(?P<captured_response_headers>\{[^}]*\}) )?"
)
_REQUEST = r'"(?P<request>[^"]*)"'
_CUT = r'"(?P<request>[^"]*)$'
_LAYOUT = Layout(
    name="haproxy",
    patterns=(
        Pattern(f"^{_CORE}{_REQUEST}{TAIL}"),
        Pattern(f"^{_SYSLOG}{_CORE}{_REQUEST}{TAIL}"),
        Pattern(f"^{_CORE}{_CUT}", flag="cut_by_syslog"),
        Pattern(f"^{_SYSLOG}{_CORE}{_CUT}", flag="cut_by_syslog"),
    ),
    roles=(
        ("timestamp:start", "time"),
        ("source_ip:peer", "client"),
        ("request_line", "request"),
        ("http_response_status_code", "status"),
        ("http_response_bytes", "bytes"),
        ("event_duration_us:ms", "active"),
    ),
    refused=(
        (r"haproxy(?:\[[0-9]+\])?: ", "non_http"),
        (rf"^[^ ]+:[0-9]+ \[{CLF}\] ", "non_http"),
    ),
    refine=lambda fields: fields.with_columns(from_clf("time").alias("time")),
)
_LINE = "198.18.0.7:2817 [02/Mar/2026:04:05:06.789] web~ jobs/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0"
HAPROXY = LineFormat(
    name="haproxy",
    title="HAProxy HTTP log",
    reference="https://docs.haproxy.org/3.0/configuration.html#8.2.3",
    family=Family.LINES,
    bind=_LAYOUT.bind,
    read=_LAYOUT.read,
    may_read=_LAYOUT.may_read,
    accepted=(
        Sample(
            f'Mar  2 04:05:06 lb1 haproxy[7]: {_LINE} {{a.example|x/1 (y z)}} {{}} "GET /a?b=1 HTTP/1.1"',
            {
                "timestamp": "2026-03-02T04:05:06.789000+00:00",
                "timestamp_kind": "start",
                "source_ip": "198.18.0.7",
                "url_path": "/a",
                "url_query": "b=1",
                "http_response_status_code": 200,
                "http_response_bytes": 2750,
                "event_duration_us": 109_000,
                "parse_flags": ["timezone_assumed"],
                "extra": '{"frontend":"web~","backend":"jobs/srv1","timers":"10/0/30/69","termination":"----",'
                '"connections":"1/1/1/1/0","queues":"0/0","captured_headers":"{a.example|x/1 (y z)}",'
                '"captured_response_headers":"{}","syslog":"Mar  2 04:05:06 lb1 haproxy[7]: "}',
            },
        ),
        Sample(
            f'{_LINE} "GET /a#22b HTTP/1.1"',
            {"url_path": "/a#22b", "http_version": "1.1", "parse_flags": ["timezone_assumed"]},
        ),
        Sample(
            "[2001:db8::7]:2817 [02/Mar/2026:04:05:06.789] web web/<NOSRV> -1/-1/-1/-1/+50 400 +187 - - PR--"
            ' 0/0/0/0/3 0/0 "<BADREQ>"',
            {
                "source_ip": "2001:db8::7",
                "url_original": "<BADREQ>",
                "http_request_method": None,
                "event_duration_us": 50_000,
                "parse_flags": ["malformed_request", "timezone_assumed"],
            },
        ),
        Sample(
            f'{_LINE} "GET /very/lo',
            {"url_path": "/very/lo", "http_version": None, "parse_flags": ["cut_by_syslog", "timezone_assumed"]},
        ),
    ),
    rejected=(
        Sample("Mar  2 04:05:06 lb1 haproxy[7]: Proxy web started.", reason="non_http"),
        Sample(
            "198.18.0.7:2817 [02/Mar/2026:04:05:06.789] tcp-in db/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0", reason="non_http"
        ),
        Sample("Mar  2 04:05:06 lb1 sshd[7]: Accepted publickey for ann", reason="not_haproxy"),
    ),
)
