"""AWS API Gateway access logs as JSON. The format is a template of the customer over `$context`; the usual names count.

`resourcePath` and `routeKey` name a route (`/users/{id}`), not what was asked for; where nothing else is logged they
stand for the path, with the flag `route_template`. `apiKeyId` names a key and is no secret; `apiKey` is the key.
"""

import polars as pl

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Preset, either

_ROUTE = r"^(?:[A-Z]+ )?(/.*)$"


def _settle(logged: pl.DataFrame) -> pl.DataFrame:
    """Let the route stand for the path, and its method for the method, where those are not logged."""
    return logged.with_columns(
        pl.coalesce("url_original", pl.col(".route").str.extract(_ROUTE)).alias("url_original"),
        pl.coalesce("http_request_method", pl.col(".route").str.extract(r"^([A-Z]+) /")).alias("http_request_method"),
    )


AWS_API_GATEWAY = Preset(
    name="aws_api_gateway",
    title="AWS API Gateway access log (JSON)",
    reference="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html",
    claims=either(
        ("/requestId", "/extendedRequestId"),
        ("/requestTime", "/requestTimeEpoch"),
        ("/resourcePath", "/routeKey", "/responseLength", "/httpMethod"),
    ),
    chosen=True,
    settle=_settle,
    roles={
        "timestamp:start": ("/requestTimeEpoch", "/requestTime"),
        "user_id:user": ("/principalId", "/sub", "/cognitoIdentityId", "/userArn", "/user", "/caller"),
        "user_id:api_key_id": ("/apiKeyId",),
        "user_id:api_key": ("/apiKey",),
        "source_ip:peer": ("/ip", "/sourceIp"),
        "http_request_method": ("/httpMethod",),
        "url_original": ("/path", "/rawPath"),
        ".route": ("/resourcePath", "/routeKey"),
        "url_domain": ("/domainName",),
        "http_version": ("/protocol",),
        "http_response_status_code": ("/status",),
        "http_response_body_bytes": ("/responseLength",),
        "event_duration_us:ms": ("/responseLatency",),
        "user_agent_original": ("/userAgent",),
    },
    flags={"route_template": pl.col("url_original").is_null() & pl.col(".route").str.contains(_ROUTE)},
    accepted=(
        Sample(
            '{"requestId":"r-1","ip":"198.18.0.7","caller":"-","user":"-","requestTime":"02/Mar/2026:04:05:06 +0000",'
            '"httpMethod":"GET","resourcePath":"/users/{id}","path":"/prod/users/7","status":"200","protocol":"HTTP/1.1",'
            '"responseLength":"17","apiKeyId":"k-1"}',
            {
                "timestamp": "2026-03-02T04:05:06+00:00",
                "timestamp_kind": "start",
                "user_id": "k-1",
                "user_id_kind": "api_key_id",
                "source_ip_origin": "peer",
                "url_path": "/prod/users/7",
                "http_response_status_code": 200,
                "http_response_body_bytes": 17,
                "parse_flags": [],
            },
        ),
        Sample(
            '{"requestId":"r-1","ip":"198.18.0.7","requestTimeEpoch":"1772424306250","routeKey":"POST /v1/items",'
            '"status":"201","protocol":"HTTP/2","responseLength":"-","responseLatency":"12","apiKey":"demo-0001"}',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "user_id_kind": "api_key",
                "http_request_method": "POST",
                "url_path": "/v1/items",
                "http_version": "2",
                "http_response_body_bytes": None,
                "event_duration_us": 12_000,
                "parse_flags": ["route_template"],
            },
        ),
    ),
    rejected=(Sample('{"requestId":"r-1","requestTime":"-","httpMethod":"GET"}', reason="no_timestamp"),),
)
