"""nginx `log_format` with `escape=json`, keys named after the variables they hold.

Bytes above 0x7F are not escaped, so a line may be no UTF-8 (flag `invalid_utf8`), and a variable without a value is
the empty text, so a number written without quotes may be missing: `"upstream_time":,` (flag `missing_value`).
"""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Preset, either

NGINX_JSON = Preset(
    name="nginx_json",
    title="nginx access log (escape=json)",
    reference="https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format",
    claims=either(
        ("/remote_addr",), ("/time_iso8601", "/time_local", "/msec"), ("/request", "/request_uri", "/status")
    ),
    chosen=True,
    # A key followed by nothing: inside a text the quotes around it would be escaped.
    repairs=((r'([{,]\s*"[A-Za-z0-9_.-]+"\s*:)(\s*[,}])', "${1}null${2}"),),
    roles={
        "timestamp:end": ("/msec", "/time_iso8601", "/time_local"),
        "source_ip:peer": ("/remote_addr",),
        "network_forwarded_ip": ("/http_x_forwarded_for", "/proxy_add_x_forwarded_for", "/x_forwarded_for"),
        "request_line": ("/request",),
        "http_request_method": ("/request_method",),
        "url_original": ("/request_uri", "/uri"),
        "url_query": ("/args", "/query_string"),
        "url_domain": ("/host", "/http_host", "/server_name"),
        "http_version": ("/server_protocol",),
        "http_response_status_code": ("/status",),
        "http_response_body_bytes": ("/body_bytes_sent",),
        "http_response_bytes": ("/bytes_sent",),
        "http_request_bytes": ("/request_length",),
        "event_duration_us:s": ("/request_time",),
        "user_agent_original": ("/http_user_agent",),
        "http_request_referrer": ("/http_referer",),
        "user_id:api_key": ("/http_x_api_key", "/arg_api_key"),
        "user_id:authorization": ("/http_authorization",),
    },
    accepted=(
        Sample(
            '{"time_iso8601":"2026-03-02T04:05:06+01:00","msec":"1772420706.250","remote_addr":"198.18.0.7",'
            '"remote_user":"ann","request":"GET /a?b=1 HTTP/1.1","status":"200","body_bytes_sent":"17",'
            '"request_length":"90","request_time":"0.030","http_referer":"","http_user_agent":"x/1",'
            '"http_x_forwarded_for":"","upstream_response_time":"0.028"}',
            {
                "timestamp": "2026-03-02T03:05:06.250000+00:00",
                "timestamp_kind": "end",
                "user_id": "ann",
                "source_ip_origin": "peer",
                "http_request_method": "GET",
                "url_path": "/a",
                "http_response_body_bytes": 17,
                "http_request_bytes": 90,
                "event_duration_us": 30_000,
                "http_request_referrer": None,
                "network_forwarded_ip": None,
                "extra": '{"time_iso8601":"2026-03-02T04:05:06+01:00","upstream_response_time":"0.028"}',
            },
        ),
        Sample(
            '{"time_local":"02/Mar/2026:04:05:06 +0000","remote_addr":"198.18.0.7","remote_user":"","request":"",'
            '"status":400,"body_bytes_sent":0,"request_time":0.001,"upstream_response_time":,"user_id":"u-1"}',
            {
                "user_id": "u-1",
                "http_response_status_code": 400,
                "parse_flags": ["missing_value"],
            },
        ),
    ),
    rejected=(
        Sample('{"time_local":"soon","remote_addr":"198.18.0.7","status":400,"request":"-"}', reason="no_timestamp"),
    ),
)
