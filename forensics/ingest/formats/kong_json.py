"""Kong Gateway's log plugins (file-log, http-log, …), with the figures of its AI proxy.

A consumer is whom Kong authenticated; `authenticated_entity` names the credential. Sizes count headers, too. Headers
of the request are logged, credentials among them.
"""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Preset, either

_HEADERS = "/request/headers"
_AI = tuple(f"/ai/{space}" for space in ("proxy", "ai-proxy", "ai-proxy-advanced", "ai-llm"))


def _ai(*names: str) -> tuple[str, ...]:
    return tuple(f"{space}/{name}" for space in _AI for name in names)


KONG_JSON = Preset(
    name="kong_json",
    title="Kong Gateway log (JSON)",
    reference="https://developer.konghq.com/gateway/audit-logs/",
    claims=either(("/latencies",), ("/request/method", "/client_ip"), ("/started_at", "/service", "/route")),
    requests=("/request/method",),
    roles={
        "timestamp:start": ("/started_at",),
        "user_id:user": ("/consumer/id", "/consumer/username", "/consumer/custom_id"),
        "user_id:api_key_id": ("/authenticated_entity/id",),
        "user_id:api_key": (f"{_HEADERS}/x-api-key", f"{_HEADERS}/apikey", f"{_HEADERS}/api-key"),
        "user_id:authorization": (f"{_HEADERS}/authorization",),
        "source_ip:field": ("/client_ip",),
        "network_forwarded_ip": (f"{_HEADERS}/x-forwarded-for",),
        "http_request_method": ("/request/method",),
        "url_original": ("/request/uri",),
        "url_domain": (f"{_HEADERS}/host",),
        "http_response_status_code": ("/response/status",),
        "http_response_bytes": ("/response/size",),
        "http_request_bytes": ("/request/size",),
        "event_duration_us:ms": ("/latencies/request",),
        "user_agent_original": (f"{_HEADERS}/user-agent",),
        "http_request_referrer": (f"{_HEADERS}/referer",),
        "gen_ai_request_model": _ai("meta/request_model"),
        "gen_ai_usage_input_tokens": _ai("usage/prompt_tokens"),
        "gen_ai_usage_output_tokens": _ai("usage/completion_tokens"),
    },
    accepted=(
        Sample(
            '{"request":{"method":"POST","uri":"/v1/chat?a=1","url":"https://api.example:8443/v1/chat","size":"99",'
            '"headers":{"host":"api.example","user-agent":"x/1","authorization":"Bearer demo-0001-token"}},'
            '"response":{"status":200,"size":"512","headers":{}},"latencies":{"request":12,"proxy":10,"kong":2},'
            '"client_ip":"198.18.0.7","started_at":1772424306250,"consumer":{"id":"c-1","username":"ann"},'
            '"authenticated_entity":{"id":"e-1"},"ai":{"proxy":{"meta":{"request_model":"m-1"},"usage":'
            '{"prompt_tokens":7,"completion_tokens":9}}},"route":{"id":"r"}}',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "timestamp_kind": "start",
                "user_id": "c-1",
                "user_id_kind": "user",
                "source_ip_origin": "field",
                "url_path": "/v1/chat",
                "url_domain": "api.example",
                "http_response_bytes": 512,
                "http_request_bytes": 99,
                "event_duration_us": 12_000,
                "gen_ai_request_model": "m-1",
                "gen_ai_usage_input_tokens": 7,
                "gen_ai_usage_output_tokens": 9,
            },
        ),
    ),
    rejected=(
        Sample(
            '{"latencies":{"session":5},"client_ip":"198.18.0.7","started_at":1772424306250,"service":{"id":"s"}}',
            reason="non_http",
        ),
    ),
)
