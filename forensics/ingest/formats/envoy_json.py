"""Envoy's access log as JSON: the default of Envoy, Istio and Envoy Gateway, whose keys may be renamed.

`downstream_remote_address` is Envoy's own decision; the peer of the connection is `downstream_direct_remote_address`.
`bytes_sent` counts the body only, and so does `bytes_received`, which is left in `extra`.
"""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Preset, either

ENVOY_JSON = Preset(
    name="envoy_json",
    title="Envoy access log (JSON; Istio, Envoy Gateway)",
    reference="https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage",
    claims=either(
        ("/start_time",), ("/response_flags", "/upstream_host", "/downstream_remote_address"), ("/response_code",)
    ),
    requests=("/method", "/:method", "/path", "/x-envoy-origin-path"),
    chosen=True,
    roles={
        "timestamp:start": ("/start_time",),
        "source_ip:field": ("/downstream_remote_address",),
        "source_ip:peer": ("/downstream_direct_remote_address",),
        "network_forwarded_ip": ("/x_forwarded_for", "/x-forwarded-for"),
        "http_request_method": ("/method", "/:method"),
        "url_original": ("/path", "/x-envoy-origin-path", "/x-envoy-original-path", "/:path"),
        "url_domain": ("/authority", "/:authority"),
        "http_version": ("/protocol",),
        "http_response_status_code": ("/response_code",),
        "http_response_body_bytes": ("/bytes_sent",),
        "http_request_bytes": (),
        "event_duration_us:ms": ("/duration",),
        "user_agent_original": ("/user_agent", "/user-agent"),
        "http_request_referrer": ("/referer", "/referrer"),
    },
    accepted=(
        Sample(
            '{"start_time":"2026-03-02T04:05:06.250Z","method":"POST","path":"/v1/x?a=1","protocol":"HTTP/2",'
            '"response_code":200,"response_flags":"-","bytes_received":5,"bytes_sent":17,"duration":12,'
            '"x_forwarded_for":null,"user_agent":"x/1","request_id":"r-1","authority":"api.example",'
            '"upstream_host":"198.18.9.9:80","downstream_remote_address":"198.18.0.7:4711"}',
            {
                "timestamp_kind": "start",
                "source_ip": "198.18.0.7",
                "source_ip_origin": "field",
                "http_request_method": "POST",
                "url_domain": "api.example",
                "http_version": "2",
                "http_response_body_bytes": 17,
                "http_request_bytes": None,
                "event_duration_us": 12_000,
                "extra": '{"response_flags":"-","bytes_received":5,"x_forwarded_for":null,"request_id":"r-1",'
                '"upstream_host":"198.18.9.9:80"}',
            },
        ),
        Sample(
            '{"start_time":"2026-03-02T04:05:06Z",":authority":"api.example","method":"GET","response_code":404,'
            '"x-envoy-origin-path":"/a","x-forwarded-for":"198.18.0.7","user-agent":"x/1","upstream_host":"-",'
            '"account_id":"a-1"}',
            {"user_id": "a-1", "url_path": "/a", "source_ip": "198.18.0.7", "source_ip_origin": "x_forwarded_for"},
        ),
    ),
    rejected=(
        Sample(
            '{"start_time":"2026-03-02T04:05:06Z","method":null,"path":null,"response_code":0,"response_flags":"UF",'
            '"bytes_sent":9}',
            reason="non_http",
        ),
    ),
)
