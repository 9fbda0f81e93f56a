"""Azure OpenAI (Cognitive Services) diagnostic logs, category RequestResponse.

`properties` is an object or an object in a string. Addresses end in `***`: a range without an address. Times in there
are .NET ticks. `objectId` is there only where Entra ID authenticated; with API keys the account is the subscription
of the resource, which is the customer. Prompts and tokens are not logged.
"""

import polars as pl

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Mark, Preset, below
from forensics.ingest.formats.json_text import unfolded

_IN = "/properties"
_RESOURCE = Mark("/resourceId", "(?i)/PROVIDERS/MICROSOFT.COGNITIVESERVICES/")
_TICKS_AT_EPOCH, _TICKS_PER_MICROSECOND = 621_355_968_000_000_000, 10  # ticks of 100 ns since the year 1


def _settle(logged: pl.DataFrame) -> pl.DataFrame:
    """Bring ticks to microseconds since 1970, and name the subscription of the resource."""
    ticks = pl.col("timestamp:start").cast(pl.Int64, strict=False)
    micro = (ticks - _TICKS_AT_EPOCH) // _TICKS_PER_MICROSECOND
    started = pl.when(ticks > _TICKS_AT_EPOCH).then(micro.cast(pl.String)).otherwise("timestamp:start")
    subscription = pl.col("user_id:subscription").str.extract("(?i)^/SUBSCRIPTIONS/([^/]+)")
    return logged.with_columns(started.alias("timestamp:start"), subscription.alias("user_id:subscription"))


AZURE_OPENAI = Preset(
    name="azure_openai",
    title="Azure OpenAI request and response log",
    reference="https://learn.microsoft.com/azure/ai-services/openai/monitor-openai-reference",
    claims=((Mark("/category", "(?i)^(?:RequestResponse|Audit|Trace)$"), _RESOURCE),),
    requests=(Mark("/category", "(?i)^RequestResponse$"),),
    shapes=(unfolded(_IN),),
    settle=_settle,
    roles={
        "timestamp:start": below(_IN, "requestTime"),
        "timestamp:unknown": ("/time",),
        "user_id:user": below(_IN, "objectId"),
        "user_id:subscription": ("/resourceId",),
        "source_ip:field": ("/callerIpAddress", "/CallerIPAddress", "/callerIPAddress"),
        "http_response_status_code": ("/resultSignature",),
        "http_response_body_bytes": below(_IN, "responseLength"),
        "event_duration_us:ms": ("/durationMs", "/DurationMs"),
        "gen_ai_request_model": below(_IN, "modelName", "modelDeploymentName"),
        "gen_ai_operation_name": ("/operationName",),
    },
    accepted=(
        Sample(
            '{"time":"2026-03-02T04:05:09.0000000Z","resourceId":"/SUBSCRIPTIONS/S-1/RESOURCEGROUPS/R/PROVIDERS/'
            'MICROSOFT.COGNITIVESERVICES/ACCOUNTS/A","category":"RequestResponse","operationName":'
            '"ChatCompletions_Create","callerIpAddress":"198.18.0.***","durationMs":"2100","resultSignature":"200",'
            '"properties":"{\\"requestTime\\":639080211062500000,\\"responseTime\\":639080211083500000,\\"objectId\\":'
            '\\"\\",\\"modelName\\":\\"m-1\\",\\"modelDeploymentName\\":\\"d-1\\",\\"requestLength\\":99,'
            '\\"responseLength\\":512}"}',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "timestamp_kind": "start",
                "user_id": "S-1",
                "user_id_kind": "subscription",
                "source_ip": None,
                "source_range": "198.18.0.0/24",
                "source_ip_origin": "field",
                "http_request_method": None,
                "http_response_status_code": 200,
                "http_response_body_bytes": 512,
                "event_duration_us": 2_100_000,
                "gen_ai_request_model": "m-1",
                "gen_ai_operation_name": "ChatCompletions_Create",
                "parse_flags": [],
            },
        ),
        Sample(
            '{"time":"2026-03-02T04:05:09Z","resourceId":"/subscriptions/S-1/resourceGroups/R/providers/'
            'Microsoft.CognitiveServices/accounts/A","category":"RequestResponse","operationName":"Embeddings_Create",'
            '"callerIpAddress":"198.18.0.***","durationMs":-7,"properties":{"objectId":"o-1"}}',
            {
                "timestamp": "2026-03-02T04:05:09+00:00",
                "timestamp_kind": "unknown",
                "user_id": "o-1",
                "user_id_kind": "user",
                "event_duration_us": None,
                "parse_flags": ["negative_duration"],
            },
        ),
    ),
    rejected=(
        Sample(
            '{"time":"2026-03-02T04:05:09Z","resourceId":"/SUBSCRIPTIONS/S-1/RESOURCEGROUPS/R/PROVIDERS/'
            'MICROSOFT.COGNITIVESERVICES/ACCOUNTS/A","category":"Audit","operationName":"ListKeys","properties":{}}',
            reason="non_http",
        ),
    ),
)
