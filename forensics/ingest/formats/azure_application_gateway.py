"""Azure Application Gateway access logs, v1 and v2.

`timeTaken` is milliseconds in v1, whose instances are named `ApplicationGatewayRole_IN_…`, and seconds in v2. The
`requestQuery` of v1 holds remarks of the gateway and stays in `extra`.
"""

import polars as pl

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Mark, Preset, below
from forensics.ingest.formats.json_text import unfolded

_IN = "/properties"


def _settle(logged: pl.DataFrame) -> pl.DataFrame:
    """Read the duration in the unit of the version."""
    is_first = pl.col(".instance").str.starts_with("ApplicationGatewayRole").fill_null(value=False)
    taken = pl.col("event_duration_us:s")
    return logged.with_columns(
        pl.when(is_first).then(taken).alias("event_duration_us:ms"),
        pl.when(~is_first).then(taken).alias("event_duration_us:s"),
    )


AZURE_APPLICATION_GATEWAY = Preset(
    name="azure_application_gateway",
    title="Azure Application Gateway access log",
    reference="https://learn.microsoft.com/azure/application-gateway/monitor-application-gateway-reference",
    claims=((Mark("/category", "(?i)^ApplicationGatewayAccessLog$"), _IN),),
    shapes=(unfolded(_IN),),
    settle=_settle,
    roles={
        "timestamp:unknown": ("/timeStamp", "/time"),
        ".instance": below(_IN, "instanceId"),
        "source_ip:field": below(_IN, "clientIP", "clientIp"),
        "http_request_method": below(_IN, "httpMethod"),
        "url_original": below(_IN, "originalRequestUriWithArgs", "requestUri"),
        "url_domain": below(_IN, "originalHost", "host"),
        "http_version": below(_IN, "httpVersion"),
        "http_response_status_code": below(_IN, "httpStatus"),
        "http_response_bytes": below(_IN, "sentBytes"),
        "http_request_bytes": below(_IN, "receivedBytes"),
        "event_duration_us:s": below(_IN, "timeTaken"),
        "user_agent_original": below(_IN, "userAgent"),
    },
    accepted=(
        Sample(
            '{"timeStamp":"2026-03-02T04:05:06+00:00","resourceId":"/SUBSCRIPTIONS/S-1","operationName":'
            '"ApplicationGatewayAccess","category":"ApplicationGatewayAccessLog","properties":{"instanceId":"appgw_1",'
            '"clientIP":"198.18.0.7","clientPort":4711,"httpMethod":"GET","originalRequestUriWithArgs":"\\/a?b=1",'
            '"requestUri":"\\/z","requestQuery":"","userAgent":"x\\/1","httpStatus":200,"httpVersion":"HTTP\\/1.1",'
            '"receivedBytes":99,"sentBytes":512,"timeTaken":0.034,"originalHost":"shop.example","host":"b.example"}}',
            {
                "timestamp": "2026-03-02T04:05:06+00:00",
                "source_ip": "198.18.0.7",
                "url_path": "/a",
                "url_query": "b=1",
                "url_domain": "shop.example",
                "http_response_bytes": 512,
                "http_request_bytes": 99,
                "event_duration_us": 34_000,
                "user_agent_original": "x/1",
            },
        ),
        Sample(
            '{"time":"2026-03-02T04:05:06Z","category":"ApplicationGatewayAccessLog","properties":{"instanceId":'
            '"ApplicationGatewayRole_IN_0","clientIP":"198.18.0.7","httpMethod":"GET","requestUri":"/a",'
            '"requestQuery":"SERVER-STATUS=404","userAgent":"-","httpStatus":404,"timeTaken":205}}',
            {"url_path": "/a", "url_query": None, "user_agent_original": None, "event_duration_us": 205_000},
        ),
    ),
    rejected=(
        Sample('{"category":"ApplicationGatewayAccessLog","properties":{"httpMethod":"GET"}}', reason="no_timestamp"),
    ),
)
