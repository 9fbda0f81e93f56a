"""Helicone: requests to models as its API and its exports return them.

`request_user_id` is what the caller said in a header (`Helicone-User-Id`), taken on trust. The path is the address of
the model's provider. `delay_ms` is the time until the answer was complete.
"""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Preset, either
from forensics.ingest.formats.json_text import unfolded

HELICONE_JSON = Preset(
    name="helicone_json",
    title="Helicone request log",
    reference="https://docs.helicone.ai/rest/request/post-v1requestquery",
    claims=either(("/request_created_at",), ("/request_id",), ("/response_status", "/request_model", "/request_path")),
    shapes=(unfolded("/request_body", "/response_body"),),
    roles={
        "timestamp:start": ("/request_created_at",),
        "user_id:user": ("/request_user_id", "/user_id"),
        "user_id:api_key_id": ("/helicone_api_key_id",),
        "source_ip:field": ("/request_ip",),
        "url_original": ("/request_path", "/target_url"),
        "http_response_status_code": ("/response_status",),
        "event_duration_us:ms": ("/delay_ms", "/latency"),
        "organization_id": ("/organization_id", "/helicone_org_id"),
        "gen_ai_request_model": ("/request_model", "/request_body/model", "/model"),
        "gen_ai_usage_input_tokens": ("/prompt_tokens",),
        "gen_ai_usage_output_tokens": ("/completion_tokens",),
        "gen_ai_prompt_hash": ("/request_body/messages", "/request_body/prompt"),
    },
    accepted=(
        Sample(
            '{"request_id":"r-1","request_created_at":"2026-03-02T04:05:06.25+00:00","request_user_id":"u-1",'
            '"request_path":"https://api.model.example/v1/chat","request_model":"m-1","response_status":200,'
            '"delay_ms":1500,"prompt_tokens":7,"completion_tokens":9,"request_properties":{"app":"a"},'
            '"organization_id":"o-1"}',
            {
                "timestamp_kind": "start",
                "user_id": "u-1",
                "url_domain": "api.model.example",
                "event_duration_us": 1_500_000,
                "organization_id": "o-1",
                "gen_ai_request_model": "m-1",
                "gen_ai_usage_input_tokens": 7,
                "gen_ai_usage_output_tokens": 9,
                "http_request_method": None,
                "extra": '{"request_id":"r-1","request_properties":{"app":"a"}}',
            },
        ),
    ),
    rejected=(Sample('{"request_id":"r-1","request_created_at":"soon","response_status":200}', reason="no_timestamp"),),
)
