"""Azure API Management, categories GatewayLogs and GatewayLlmLogs.

The caller's address is the peer, which may be an intermediary. Bodies are logged as JSON in strings, cut at 8 KiB:
where one is whole, the model, the tokens and a keyed hash of the messages come from it. GatewayLlmLogs tell
what a request used that GatewayLogs may tell about, too, but not who sent it: an event of its own, flagged
`usage_only`, which `correlationId` (kept in `extra`) joins to the request. Long messages come in several records; only
the one that counts tokens is an event.
"""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Mark, Preset, below
from forensics.ingest.formats.json_text import unfolded

_IN = "/properties"
_BODIES = below(_IN, "requestBody", "backendRequestBody", "responseBody", "backendResponseBody")
_COUNTED = ("promptTokens", "completionTokens", "totalTokens")
_ASKED, _ANSWERED = _BODIES[:2], _BODIES[2:]


def _in(bodies: tuple[str, ...], *names: str) -> tuple[str, ...]:
    return tuple(pointer for body in bodies for pointer in below(body, *names))


AZURE_API_MANAGEMENT = Preset(
    name="azure_api_management",
    title="Azure API Management gateway log",
    reference="https://learn.microsoft.com/azure/api-management/gateway-log-schema-reference",
    claims=((Mark("/category", "(?i)^Gateway(?:Llm)?Logs$"), _IN),),
    requests=(*below(_IN, "method", "url"), *(Mark(f"{_IN}/{name}", "^[1-9]") for name in _COUNTED)),
    flags={"usage_only": Mark("/category", "(?i)^GatewayLlmLogs$").holds()},
    shapes=(unfolded(_IN, *_BODIES),),
    roles={
        "timestamp:unknown": ("/time",),
        "user_id:user": below(_IN, "userId"),
        "user_id:subscription": below(_IN, "apimSubscriptionId"),
        "source_ip:peer": ("/callerIpAddress", *below(_IN, "callerIpAddress")),
        "http_request_method": below(_IN, "method"),
        "url_original": below(_IN, "url"),
        "http_version": below(_IN, "clientProtocol"),
        "http_response_status_code": below(_IN, "responseCode"),
        "http_response_bytes": below(_IN, "responseSize"),
        "http_request_bytes": below(_IN, "requestSize"),
        "event_duration_us:ms": ("/durationMs", *below(_IN, "totalTime")),
        "gen_ai_request_model": (
            *(_in(_ASKED, "model") + _in(_ANSWERED, "model")),
            *below(_IN, "modelName", "deploymentName"),
        ),
        "gen_ai_usage_input_tokens": (
            *_in(_ANSWERED, "usage/prompt_tokens", "usage/input_tokens"),
            *below(_IN, "promptTokens"),
        ),
        "gen_ai_usage_output_tokens": (
            *_in(_ANSWERED, "usage/completion_tokens", "usage/output_tokens"),
            *below(_IN, "completionTokens"),
        ),
        "gen_ai_prompt_hash": (*_in(_ASKED, "messages", "prompt", "input"), *below(_IN, "requestMessages")),
    },
    accepted=(
        Sample(
            '{"time":"2026-03-02T04:05:06.2500000Z","resourceId":"/SUBSCRIPTIONS/S-1","category":"GatewayLogs",'
            '"operationName":"Microsoft.ApiManagement/GatewayLogs","callerIpAddress":"198.18.0.7","durationMs":12,'
            '"properties":{"method":"POST","url":"https://api.example/v1/chat?a=1","responseCode":200,'
            '"requestSize":99,"responseSize":512,"apiId":"a","apimSubscriptionId":"sub-1","clientProtocol":"HTTP/1.1",'
            '"requestBody":"{\\"model\\":\\"m-1\\",\\"messages\\":[{\\"role\\":\\"user\\",\\"content\\":\\"hi\\"}]}",'
            '"responseBody":"{\\"usage\\":{\\"prompt_tokens\\":7,\\"completion_tokens\\":9}}"}}',
            {
                "user_id": "sub-1",
                "user_id_kind": "subscription",
                "source_ip_origin": "peer",
                "url_domain": "api.example",
                "url_path": "/v1/chat",
                "event_duration_us": 12_000,
                "gen_ai_request_model": "m-1",
                "gen_ai_usage_input_tokens": 7,
                "gen_ai_usage_output_tokens": 9,
            },
        ),
        Sample(
            '{"time":"2026-03-02T04:05:06Z","category":"GatewayLogs","callerIpAddress":"198.18.0.7","properties":'
            '"{\\"method\\":\\"GET\\",\\"url\\":\\"https://api.example/a\\",\\"responseBody\\":\\"{\\\\\\"cut\\"}"}',
            {"url_path": "/a", "gen_ai_request_model": None},
        ),
        Sample(
            '{"time":"2026-03-02T04:05:06Z","category":"GatewayLogs","callerIpAddress":"198.18.0.***","properties":'
            '{"method":"GET","url":"https://api.example/a","responseCode":429}}',
            {"source_ip": None, "source_range": "198.18.0.0/24", "http_response_status_code": 429, "parse_flags": []},
        ),
        Sample(
            '{"time":"2026-03-02T04:05:06Z","category":"GatewayLlmLogs","correlationId":"c-1","properties":'
            '{"sequenceNumber":0,"requestId":"r-1","modelName":"m-1","deploymentName":"d-1","promptTokens":7,'
            '"completionTokens":9,"totalTokens":16,"isStreamCompletion":false}}',
            {
                "user_id": None,
                "source_ip": None,
                "http_request_method": None,
                "gen_ai_request_model": "m-1",
                "gen_ai_usage_input_tokens": 7,
                "gen_ai_usage_output_tokens": 9,
                "parse_flags": ["usage_only"],
                "extra": '{"category":"GatewayLlmLogs","correlationId":"c-1","properties":{"sequenceNumber":0,'
                '"requestId":"r-1","deploymentName":"d-1","totalTokens":16,"isStreamCompletion":false}}',
            },
        ),
    ),
    rejected=(
        Sample(
            '{"time":"2026-03-02T04:05:06Z","category":"GatewayLlmLogs","properties":{"sequenceNumber":1,'
            '"requestMessages":"[]","promptTokens":0,"totalTokens":0}}',
            reason="non_http",
        ),
    ),
)
