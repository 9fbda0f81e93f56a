"""Fastly's log streaming as JSON.

The template is the customer's; the keys of Fastly's own example count, then the usual names.
"""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Preset, either

FASTLY_JSON = Preset(
    name="fastly_json",
    title="Fastly log stream (JSON)",
    reference="https://docs.fastly.com/en/guides/custom-log-formats",
    claims=(
        *either(("/fastly_server", "/fastly_is_edge", "/fastly_info_state", "/fastly_pop", "/fastly_service_id")),
        ("/geo_country", "/response_state", "/request_method"),
    ),
    chosen=True,
    roles={
        "timestamp:start": ("/time_start", "/start_time"),
        "timestamp:unknown": ("/timestamp", "/time"),
        "timestamp:end": ("/time_end",),
        "source_ip:field": ("/client_ip",),
        "http_request_method": ("/request_method", "/method"),
        "url_original": ("/url", "/request_url", "/path"),
        "url_domain": ("/host", "/request_host"),
        "http_version": ("/request_protocol", "/protocol"),
        "http_response_status_code": ("/response_status", "/status"),
        "http_response_body_bytes": ("/response_body_size", "/resp_body_size"),
        "user_agent_original": ("/request_user_agent", "/user_agent"),
        "http_request_referrer": ("/request_referer", "/referer"),
    },
    accepted=(
        Sample(
            '{     "timestamp": "2026-03-02T04:05:06+0000",     "client_ip": "198.18.0.7",     "geo_country": "none",'
            '     "host": "shop.example",     "url": "/a?b=1",     "request_method": "GET",     "request_protocol":'
            ' "HTTP/1.1",     "request_referer": "",     "request_user_agent": "x/1",     "response_state": "MISS",'
            '     "response_status": 404,     "response_body_size": 17,     "fastly_server": "cache-1",'
            '     "fastly_is_edge": true,     "account_id": "a-1"   }',
            {
                "timestamp": "2026-03-02T04:05:06+00:00",
                "timestamp_kind": "unknown",
                "user_id": "a-1",
                "source_ip_origin": "field",
                "url_path": "/a",
                "http_response_status_code": 404,
                "http_response_body_bytes": 17,
                "user_agent_original": "x/1",
                "http_request_referrer": None,
            },
        ),
    ),
    rejected=(Sample('{"fastly_server":"cache-1","timestamp":"","client_ip":"198.18.0.7"}', reason="no_timestamp"),),
)
