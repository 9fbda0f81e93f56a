"""Elastic Common Schema documents that say so (`ecs.version`), their names nested or with dots.

What says nothing of HTTP is no request: applications log with ECS, too.
"""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Preset, nested_or_flat

ECS_JSON = Preset(
    name="ecs_json",
    title="Elastic Common Schema (JSON)",
    reference="https://www.elastic.co/docs/reference/ecs",
    claims=(("/ecs/version",), ("/ecs.version",)),
    requests=nested_or_flat(
        *("http.request.method", "http.response.status_code", "url.original", "url.path", "url.full"),
    ),
    roles={
        "timestamp:start": nested_or_flat("event.start"),
        "timestamp:unknown": ("/@timestamp",),
        "timestamp:end": nested_or_flat("event.end"),
        "user_id:user": nested_or_flat("user.id", "client.user.id", "source.user.id", "user.name", "user.email"),
        "source_ip:field": nested_or_flat("source.ip", "client.ip", "source.address", "client.address"),
        "source_as_number": nested_or_flat("source.as.number", "client.as.number"),
        "network_forwarded_ip": nested_or_flat("network.forwarded_ip"),
        "http_request_method": nested_or_flat("http.request.method"),
        "url_original": nested_or_flat("url.original", "url.full", "url.path"),
        "url_query": nested_or_flat("url.query"),
        "url_domain": nested_or_flat("url.domain"),
        "http_version": nested_or_flat("http.version"),
        "http_response_status_code": nested_or_flat("http.response.status_code"),
        "http_response_body_bytes": nested_or_flat("http.response.body.bytes"),
        "http_response_bytes": nested_or_flat("http.response.bytes"),
        "http_request_bytes": nested_or_flat("http.request.bytes"),
        "event_duration_us:ns": nested_or_flat("event.duration"),
        "user_agent_original": nested_or_flat("user_agent.original"),
        "http_request_referrer": nested_or_flat("http.request.referrer"),
        "tls_client_ja4": nested_or_flat("tls.client.ja4"),
        "organization_id": nested_or_flat("organization.id"),
        "gen_ai_request_model": nested_or_flat("gen_ai.request.model"),
        "gen_ai_operation_name": nested_or_flat("gen_ai.operation.name"),
        "gen_ai_usage_input_tokens": nested_or_flat("gen_ai.usage.input_tokens"),
        "gen_ai_usage_output_tokens": nested_or_flat("gen_ai.usage.output_tokens"),
    },
    accepted=(
        Sample(
            '{"@timestamp":"2026-03-02T04:05:06.250Z","ecs.version":"8.11","user":{"id":"u-1"},"source":{"ip":'
            '"198.18.0.7","port":4711},"http":{"version":"1.1","request":{"method":"GET"},"response":{"status_code":200,'
            '"body":{"bytes":17}}},"url":{"path":"/a","query":"b=1","domain":"shop.example"},"event":{"duration":1500000},'
            '"user_agent.original":"x/1"}',
            {
                "timestamp_kind": "unknown",
                "user_id": "u-1",
                "source_ip": "198.18.0.7",
                "http_request_method": "GET",
                "url_path": "/a",
                "url_query": "b=1",
                "url_domain": "shop.example",
                "http_response_body_bytes": 17,
                "event_duration_us": 1500,
                "user_agent_original": "x/1",
                "extra": '{"ecs.version":"8.11","source":{"port":4711}}',
            },
        ),
    ),
    rejected=(
        Sample(
            '{"@timestamp":"2026-03-02T04:05:06Z","ecs.version":"8.11","log.level":"info","message":"started"}',
            reason="non_http",
        ),
    ),
)
