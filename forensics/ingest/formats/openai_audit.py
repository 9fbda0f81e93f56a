"""OpenAI organization audit log: what people and keys did to the organization, not to a model (`control_plane`).

There is no HTTP request in it. A session has an address and a user agent, an API key has neither. The member
`actor.api_key` describes a key and holds none; it is read as `api_key_actor`, so that it is not hidden as a secret.
"""

import polars as pl

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Mark, Preset
from forensics.ingest.formats.json_text import renamed

OPENAI_AUDIT = Preset(
    name="openai_audit",
    title="OpenAI audit log",
    reference="https://platform.openai.com/docs/api-reference/audit-logs",
    claims=((Mark("/object", r"^organization\.audit_log$"),), ("/effective_at", "/actor/type", "/type")),
    shapes=(renamed("api_key", "api_key_actor"),),
    flags={"control_plane": pl.lit(value=True)},
    roles={
        "timestamp:unknown": ("/effective_at",),
        "user_id:user": (
            *("/actor/session/user/id", "/actor/api_key_actor/user/id", "/actor/api_key_actor/service_account/id"),
            *("/actor/session/user/email", "/actor/api_key_actor/user/email"),
        ),
        "user_id:api_key_id": ("/actor/api_key_actor/id",),
        "source_ip:field": ("/actor/session/ip_address",),
        "user_agent_original": ("/actor/session/user_agent",),
        "tls_client_ja4": ("/actor/session/ja4",),
    },
    accepted=(
        Sample(
            '{"id":"a-1","object":"organization.audit_log","type":"login.succeeded","effective_at":1772424306,"actor":'
            '{"type":"session","session":{"user":{"id":"user-1","email":"ann@firm.example"},"ip_address":"198.18.0.7",'
            '"user_agent":"x/1","ja4":"t13d"}}}',
            {
                "timestamp": "2026-03-02T04:05:06+00:00",
                "timestamp_kind": "unknown",
                "user_id": "user-1",
                "user_id_kind": "user",
                "source_ip": "198.18.0.7",
                "http_request_method": None,
                "tls_client_ja4": "t13d",
                "parse_flags": ["control_plane"],
            },
        ),
        Sample(
            '{"id":"a-1","type":"api_key.created","effective_at":1772424306,"actor":{"type":"api_key","api_key":'
            '{"type":"user","id":"key_1"}},"api_key.created":{"id":"key_2"}}',
            {
                "user_id": "key_1",
                "user_id_kind": "api_key_id",
                "source_ip": None,
                "parse_flags": ["control_plane"],
                "extra": '{"id":"a-1","type":"api_key.created","api_key.created":{"id":"key_2"},'
                '"actor":{"type":"api_key","api_key_actor":{"type":"user"}}}',
            },
        ),
    ),
    rejected=(
        Sample('{"object":"organization.audit_log","type":"x","actor":{"type":"session"}}', reason="no_timestamp"),
    ),
)
