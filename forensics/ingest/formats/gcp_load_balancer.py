"""Google Cloud HTTP(S) load balancers, as Cloud Logging exports them.

The time is when the load balancer received the request. Sizes count headers, too. An `insertId` may come back for
another request, so it proves no duplicate. Other products that log an `httpRequest` are read by the names of its keys.
"""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Mark, Preset

_RESOURCES = r"^(?:http_load_balancer|https?_lb_rule|(?:internal|http_external_regional)_http_lb_rule|l7_lb_rule)$"

GCP_LOAD_BALANCER = Preset(
    name="gcp_load_balancer",
    title="Google Cloud HTTP(S) load balancer",
    reference="https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring",
    claims=(
        ("/httpRequest", Mark("/resource/type", _RESOURCES)),
        ("/httpRequest", Mark("/jsonPayload/@type", "LoadBalancerLogEntry$")),
    ),
    roles={
        "timestamp:start": ("/timestamp",),
        "source_ip:field": ("/httpRequest/remoteIp", "/jsonPayload/remoteIp"),
        "http_request_method": ("/httpRequest/requestMethod",),
        "url_original": ("/httpRequest/requestUrl",),
        "http_version": ("/httpRequest/protocol",),
        "http_response_status_code": ("/httpRequest/status",),
        "http_response_bytes": ("/httpRequest/responseSize",),
        "http_request_bytes": ("/httpRequest/requestSize",),
        "event_duration_us:s": ("/httpRequest/latency",),
        "user_agent_original": ("/httpRequest/userAgent",),
        "http_request_referrer": ("/httpRequest/referer",),
    },
    accepted=(
        Sample(
            '{"httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.example/a?b=1","requestSize":"99",'
            '"status":200,"responseSize":"512","userAgent":"x/1","remoteIp":"198.18.0.7:4711","latency":"0.123456s",'
            '"protocol":"HTTP/1.1"},"insertId":"i-1","jsonPayload":{"@type":"type.googleapis.com/google.cloud.'
            'loadbalancing.type.LoadBalancerLogEntry","statusDetails":"response_sent_by_backend"},"resource":{"type":'
            '"http_load_balancer","labels":{"project_id":"p"}},"timestamp":"2026-03-02T04:05:06.250123456Z"}',
            {
                "timestamp": "2026-03-02T04:05:06.250123+00:00",
                "timestamp_kind": "start",
                "source_ip": "198.18.0.7",
                "url_domain": "shop.example",
                "url_original": "https://shop.example/a?b=1",
                "url_path": "/a",
                "url_query": "b=1",
                "http_response_bytes": 512,
                "http_request_bytes": 99,
                "event_duration_us": 123_456,
            },
        ),
    ),
    rejected=(
        Sample(
            '{"httpRequest":{"requestMethod":"GET","remoteIp":"198.18.0.7"},"insertId":"i-1","resource":{"type":'
            '"http_load_balancer"}}',
            reason="no_timestamp",
        ),
    ),
)
