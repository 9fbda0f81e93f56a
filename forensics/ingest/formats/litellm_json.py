"""LiteLLM proxy spend logs: one row per call, exported as JSON.

`user` is the proxy's own user; `end_user` is what the caller says about its customer and stays in `extra`. `api_key`
is the hash of a virtual key and is kept as a keyed id. Times have no zone: the proxy writes its local time. Absent
values are the text `None` or empty.
"""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Preset, either
from forensics.ingest.formats.json_text import unfolded

LITELLM_JSON = Preset(
    name="litellm_json",
    title="LiteLLM spend log",
    reference="https://docs.litellm.ai/docs/proxy/spend_logs_deletion",
    claims=either(
        ("/request_id",), ("/call_type",), ("/startTime",), ("/spend", "/custom_llm_provider", "/model_group")
    ),
    shapes=(unfolded("/metadata", "/proxy_server_request", "/response"),),
    void=r"^(?:-|None|null|default_user_id|\{\}|\[\])?$",
    elapsed=True,
    roles={
        "timestamp:start": ("/startTime",),
        "timestamp:end": ("/endTime",),
        "user_id:user": ("/user", "/metadata/user_api_key_user_id"),
        "user_id:api_key": ("/api_key", "/metadata/user_api_key"),
        "source_ip:field": ("/requester_ip_address", "/metadata/requester_ip_address"),
        "user_agent_original": ("/metadata/user_agent",),
        "organization_id": ("/organization_id", "/metadata/user_api_key_org_id", "/team_id"),
        "gen_ai_request_model": ("/model_group", "/model"),
        "gen_ai_operation_name": ("/call_type",),
        "gen_ai_usage_input_tokens": ("/prompt_tokens",),
        "gen_ai_usage_output_tokens": ("/completion_tokens",),
        "gen_ai_prompt_hash": ("/messages", "/proxy_server_request/messages"),
    },
    accepted=(
        Sample(
            '{"request_id":"c-1","call_type":"acompletion","api_key":"88dc28d0f0","spend":0.0002,"total_tokens":16,'
            '"prompt_tokens":7,"completion_tokens":9,"startTime":"2026-03-02 04:05:06.250000","endTime":'
            '"2026-03-02 04:05:08.000000","model":"m-1","model_group":"","custom_llm_provider":"p","user":"",'
            '"metadata":"{\\"user_api_key_user_id\\":\\"u-1\\",\\"user_agent\\":\\"x/1\\",\\"status\\":null}",'
            '"cache_hit":"None","team_id":"t-1","organization_id":"","end_user":"said","requester_ip_address":'
            '"198.18.0.7","messages":"{}","response":"{}"}',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "timestamp_kind": "start",
                "user_id": "u-1",
                "user_id_kind": "user",
                "source_ip": "198.18.0.7",
                "event_duration_us": 1_750_000,
                "organization_id": "t-1",
                "user_agent_original": "x/1",
                "gen_ai_request_model": "m-1",
                "gen_ai_operation_name": "acompletion",
                "gen_ai_usage_input_tokens": 7,
                "gen_ai_usage_output_tokens": 9,
                "gen_ai_prompt_hash": None,
                "http_response_status_code": None,
                "parse_flags": ["timezone_assumed"],
            },
        ),
        Sample(
            '{"request_id":"c-1","call_type":"aembedding","api_key":"88dc28d0f0","spend":0,"startTime":'
            '"2026-03-02T04:05:06Z","endTime":"2026-03-02T04:05:05Z","model":"m-1","user":"default_user_id",'
            '"metadata":{},"organization_id":"None"}',
            {
                "user_id_kind": "api_key",
                "organization_id": None,
                "event_duration_us": None,
                "parse_flags": ["negative_duration"],
            },
        ),
    ),
    rejected=(
        Sample('{"request_id":"c-1","call_type":"acompletion","spend":0,"startTime":"now"}', reason="no_timestamp"),
    ),
)
