"""Spans and log records with OpenTelemetry names (http.*, gen_ai.*), one per line, as exporters and lakes write them.

Attributes stand in an object or in OTLP's list of key and value, under a name that differs by exporter. Names that the
semantic conventions gave up are read like those that replaced them.
"""

import polars as pl

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Mark, Marks, Preset, either
from forensics.ingest.formats.json_text import attributes, renamed

IDS = ("/trace_id", "/traceId", "/TraceId", "/span_id", "/spanId", "/SpanId", "/context/trace_id")
STARTS = ("/startTimeUnixNano", "/start_time_unix_nano", "/start_time", "/startTime")
_TELLING = (
    *("http.request.method", "http.method", "http.response.status_code", "http.status_code", "http.route"),
    *("gen_ai.operation.name", "gen_ai.request.model", "gen_ai.system", "gen_ai.provider.name"),
)
_SPOKEN_OF = r'"(?:http|gen_ai)\.[a-z_.]+"'
_ATTRIBUTES = tuple(Mark(at, _SPOKEN_OF) for at in ("/attributes", "/Attributes", "/SpanAttributes", "/LogAttributes"))


def telling(at: str) -> Marks:
    """Return the attributes of which a request has at least one, where they stand at a pointer."""
    return tuple(f"{at}/{name}" for name in _TELLING)


def roles_at(at: str) -> dict[str, tuple[str, ...]]:
    """Return the roles that attributes at a pointer play."""

    def named(*names: str) -> tuple[str, ...]:
        return tuple(f"{at}/{name}" for name in names)

    return {
        "timestamp:start": STARTS,
        "timestamp:unknown": ("/timeUnixNano", "/Timestamp", "/timestamp", "/time", "/@timestamp"),
        "timestamp:end": ("/endTimeUnixNano", "/end_time_unix_nano", "/end_time", "/endTime"),
        "user_id:user": (*named("user.id", "enduser.id", "user.name"), "/resource/attributes/user.id"),
        "source_ip:field": named("client.address", "http.client_ip", "source.address"),
        "source_ip:peer": named("network.peer.address", "net.sock.peer.addr", "net.peer.ip"),
        "network_forwarded_ip": named("http.request.header.x-forwarded-for", "http.request.header.x_forwarded_for"),
        "http_request_method": named("http.request.method", "http.method"),
        "url_original": named("url.full", "http.url", "http.target", "url.path"),
        "url_query": named("url.query"),
        "url_domain": named("server.address", "http.host", "net.host.name", "http.server_name"),
        "http_version": named("network.protocol.version", "http.flavor"),
        "http_response_status_code": named("http.response.status_code", "http.status_code"),
        "http_response_body_bytes": named("http.response.body.size", "http.response_content_length"),
        "http_response_bytes": named("http.response.size"),
        "http_request_bytes": named("http.request.size"),
        "user_agent_original": named("user_agent.original", "http.user_agent"),
        "http_request_referrer": named("http.request.header.referer"),
        "organization_id": named("organization.id", "tenant.id"),
        "gen_ai_request_model": named("gen_ai.request.model", "llm.request.model", "llm.model_name"),
        "gen_ai_operation_name": named("gen_ai.operation.name"),
        "gen_ai_usage_input_tokens": named(
            *("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"),
            "llm.token_count.prompt",
        ),
        "gen_ai_usage_output_tokens": named(
            *("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"),
            "llm.token_count.completion",
        ),
    }


def settle(logged: pl.DataFrame) -> pl.DataFrame:
    """Take the one value out of a header that is logged as a list of one."""
    referrer = pl.col("http_request_referrer").str.replace_all(r'^\["|"\]$', "")
    return logged.with_columns(referrer.alias("http_request_referrer"))


OPENTELEMETRY_JSON = Preset(
    name="opentelemetry_json",
    title="OpenTelemetry spans and records, one per line (http.*, gen_ai.*)",
    reference="https://opentelemetry.io/docs/specs/semconv/http/http-spans/",
    claims=either((*IDS, *STARTS), _ATTRIBUTES),
    requests=telling("/attributes"),
    shapes=(renamed("(?:Span|Log)?Attributes", "attributes"), attributes("/attributes")),
    elapsed=True,
    settle=settle,
    roles=roles_at("/attributes"),
    accepted=(
        Sample(
            '{"name":"GET /a","context":{"trace_id":"0x1","span_id":"0x2"},"kind":"SpanKind.SERVER","start_time":'
            '"2026-03-02T04:05:06.250000Z","end_time":"2026-03-02T04:05:06.262000Z","attributes":{"http.method":"GET",'
            '"http.target":"/a?b=1","http.host":"shop.example","http.status_code":200,"http.user_agent":"x/1",'
            '"http.client_ip":"198.18.0.7","net.peer.ip":"198.18.0.1","enduser.id":"u-1"}}',
            {
                "timestamp_kind": "start",
                "user_id": "u-1",
                "source_ip": "198.18.0.7",
                "http_request_method": "GET",
                "url_path": "/a",
                "url_query": "b=1",
                "http_response_status_code": 200,
                "event_duration_us": 12_000,
                "user_agent_original": "x/1",
            },
        ),
        Sample(
            '{"traceId":"1","spanId":"2","name":"chat","startTimeUnixNano":"1772424306250000000","endTimeUnixNano":'
            '"1772424308000000000","attributes":[{"key":"gen_ai.system","value":{"stringValue":"p"}},{"key":'
            '"gen_ai.request.model","value":{"stringValue":"m-1"}},{"key":"gen_ai.usage.prompt_tokens","value":'
            '{"intValue":"7"}},{"key":"gen_ai.usage.output_tokens","value":{"intValue":9}},{"key":"user.id","value":'
            '{"stringValue":"u-1"}}]}',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "user_id": "u-1",
                "event_duration_us": 1_750_000,
                "gen_ai_request_model": "m-1",
                "gen_ai_usage_input_tokens": 7,
                "gen_ai_usage_output_tokens": 9,
                "http_request_method": None,
            },
        ),
    ),
    rejected=(
        Sample('{"trace_id":"1","attributes":{"http.request.method":"GET","url.path":"/a"}}', reason="no_timestamp"),
        Sample(
            '{"trace_id":"1","time":"2026-03-02T04:05:06Z","SpanAttributes":{"http.wakeup":"1"}}', reason="non_http"
        ),
    ),
)
