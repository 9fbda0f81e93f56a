"""Envoy's default text log and Istio's, compiled from their format strings. No peer address unless Istio logs it.

Without one the address comes from `X-Forwarded-For`, and says so. Envoy escapes nothing: a line whose values hold
quotes is read as well as it can be, and flagged.
"""

from forensics.ingest.formats.base import Family, LineFormat, Sample
from forensics.ingest.formats.compile import layout_of
from forensics.ingest.formats.compile.envoy import ENVOY as DIALECT
from forensics.ingest.formats.compile.envoy import parse

_REQUEST = (
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS%'
)
_SIZES = "%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"
_HEADERS = '"%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"'
_DEFAULT = f"{_REQUEST} {_SIZES} {_HEADERS}"
_ISTIO = (
    f"{_REQUEST} %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS%"
    f' "%UPSTREAM_TRANSPORT_FAILURE_REASON%" {_SIZES} {_HEADERS} %UPSTREAM_CLUSTER% %UPSTREAM_LOCAL_ADDRESS%'
    " %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%"
)
_LAYOUT = layout_of("envoy", (parse(_DEFAULT, ""), parse(_ISTIO, "")), DIALECT)
_LINE = (
    '[2026-03-02T04:05:06.310Z] "POST /a?b=1 HTTP/2" 204 - 154 7 226 100 "198.18.9.9,198.18.0.7" "x/1 (y)" "cc21d9b0"'
)
ENVOY = LineFormat(
    name="envoy",
    title="Envoy and Istio default text log",
    reference="https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage",
    family=Family.LINES,
    bind=_LAYOUT.bind,
    read=_LAYOUT.read,
    may_read=_LAYOUT.may_read,
    accepted=(
        Sample(
            f'{_LINE} "shop.example" "198.19.0.1:80"',
            {
                "timestamp": "2026-03-02T04:05:06.310000+00:00",
                "timestamp_kind": "start",
                "source_ip": "198.18.0.7",
                "source_ip_origin": "x_forwarded_for",
                "network_forwarded_ip": ["198.18.9.9", "198.18.0.7"],
                "http_request_method": "POST",
                "url_original": "/a?b=1",
                "url_domain": "shop.example",
                "http_version": "2",
                "http_response_status_code": 204,
                "http_response_body_bytes": 7,
                "event_duration_us": 226_000,
                "user_agent_original": "x/1 (y)",
                "parse_flags": [],
                "extra": '{"request_body_bytes":"154","sent_http_x_envoy_upstream_service_time":"100",'
                '"http_x_request_id":"cc21d9b0","upstream_host":"198.19.0.1:80"}',
            },
        ),
        Sample(
            '[2026-03-02T04:05:06.310Z] "GET /a HTTP/1.1" 200 - via_upstream - "-" 0 5 3 2 "-" "x/1" "cc21d9b0"'
            ' "shop.example" "198.19.0.1:80" outbound|80||shop 198.19.0.2:1 198.19.0.3:80 198.18.0.7:5512 - default',
            {"source_ip": "198.18.0.7", "source_ip_origin": "peer", "url_path": "/a", "parse_flags": []},
        ),
        Sample(
            _LINE.replace("x/1 (y)", 'x"1') + ' "shop.example" "-"',
            {"user_agent_original": 'x"1', "parse_flags": ["unescaped_quote"]},
        ),
        Sample(
            '[2026-03-02T04:05:06.310Z] "- - HTTP/1.1" 400 DPE 0 11 0 - "-" "-" "-" "-" "-"',
            {"http_request_method": None, "url_path": None, "source_ip": None, "http_response_status_code": 400},
        ),
    ),
    rejected=(
        Sample('[2026-03-02T04:05:06.310Z] "- - -" 0 UF,URX 0 0', reason="not_envoy"),
        Sample("[2026-03-02 04:05:06.310][1][info][main] starting main dispatch loop", reason="not_envoy"),
    ),
)
