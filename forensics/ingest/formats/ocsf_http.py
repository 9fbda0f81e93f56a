"""OCSF class 4002, HTTP Activity: what security lakes turn other products' logs into."""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Mark, Preset
from forensics.ingest.formats.json_text import headers

_HEADERS = "/http_request/http_headers"

OCSF_HTTP = Preset(
    name="ocsf_http",
    title="OCSF HTTP Activity (class 4002)",
    reference="https://schema.ocsf.io/classes/http_activity",
    claims=((Mark("/class_uid", "^4002$"),),),
    requests=("/http_request", "/http_response", "/http_status"),
    shapes=(headers(_HEADERS), headers("/http_response/http_headers"), headers("/http_cookies")),
    roles={
        "timestamp:start": ("/start_time",),
        "timestamp:unknown": ("/time", "/time_dt"),
        "timestamp:end": ("/end_time",),
        "user_id:user": ("/actor/user/uid", "/actor/user/name", "/actor/user/email_addr"),
        "user_id:api_key_id": ("/actor/user/credential_uid",),
        "user_id:authorization": (f"{_HEADERS}/authorization",),
        "source_ip:field": ("/src_endpoint/ip",),
        "source_as_number": ("/src_endpoint/autonomous_system/number",),
        "network_forwarded_ip": ("/http_request/x_forwarded_for", f"{_HEADERS}/x-forwarded-for"),
        "http_request_method": ("/http_request/http_method",),
        "url_original": ("/http_request/url/path", "/http_request/url/url_string"),
        "url_query": ("/http_request/url/query_string", "/http_request/args"),
        "url_domain": ("/http_request/url/hostname",),
        "http_version": ("/http_request/version",),
        "http_response_status_code": ("/http_response/code", "/http_status"),
        "http_response_body_bytes": ("/http_response/body_length",),
        "http_response_bytes": ("/http_response/length", "/traffic/bytes_out"),
        "http_request_bytes": ("/http_request/length", "/traffic/bytes_in"),
        "event_duration_us:ms": ("/duration",),
        "user_agent_original": ("/http_request/user_agent",),
        "http_request_referrer": ("/http_request/referrer",),
        "tls_client_ja4": ("/ja4_fingerprint_list/0/value", "/tls/ja4_fingerprint_list/0/value"),
        "organization_id": ("/actor/user/org/uid",),
        "gen_ai_request_model": ("/ai_model/name",),
        "gen_ai_usage_input_tokens": ("/message_context/prompt_tokens",),
        "gen_ai_usage_output_tokens": ("/message_context/completion_tokens",),
    },
    accepted=(
        Sample(
            '{"class_uid":4002,"category_uid":4,"activity_id":3,"time":1772424306250,"actor":{"user":{"uid":"u-1"}},'
            '"src_endpoint":{"ip":"198.18.0.7","port":4711},"http_request":{"http_method":"GET","version":"1.1",'
            '"url":{"hostname":"shop.example","path":"/a","query_string":"b=1"},"user_agent":"x/1","x_forwarded_for":'
            '["240.0.0.9"],"http_headers":[{"name":"Cookie","value":"sid=demo-0001"},{"name":"Accept","value":"*/*"}]},'
            '"http_response":{"code":200,"length":512},"duration":12,"ja4_fingerprint_list":[{"value":"t13d"}]}',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "timestamp_kind": "unknown",
                "user_id": "u-1",
                "source_ip": "198.18.0.7",
                "network_forwarded_ip": ["240.0.0.9"],
                "url_path": "/a",
                "url_query": "b=1",
                "http_response_status_code": 200,
                "http_response_bytes": 512,
                "event_duration_us": 12_000,
                "tls_client_ja4": "t13d",
            },
        ),
    ),
    rejected=(Sample('{"class_uid":4002,"time":1772424306250,"metadata":{"version":"1.5.0"}}', reason="non_http"),),
)
