"""Azure Front Door access logs: classic, and standard or premium.

`clientIp` heeds `X-Forwarded-For`, `socketIp` is the peer. Numbers are strings. What an origin shield asked of its
own network is logged beside the request of the visitor (`not_eyeball`): one visit would count twice.
`time` is documented as when the edge delivered the content: an end, for a WebSocket when it was closed.
"""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Mark, Preset, below
from forensics.ingest.formats.json_text import unfolded

_IN = "/properties"

AZURE_FRONT_DOOR = Preset(
    name="azure_front_door",
    title="Azure Front Door access log",
    reference="https://learn.microsoft.com/azure/frontdoor/front-door-diagnostics",
    claims=((Mark("/category", "(?i)^FrontDoorAccessLog$"), _IN),),
    shapes=(unfolded(_IN),),
    flags={"not_eyeball": Mark("/properties/isReceivedFromClient", "(?i)^false$").holds()},
    roles={
        "timestamp:end": ("/time",),
        "source_ip:field": below(_IN, "clientIp"),
        "source_ip:peer": below(_IN, "socketIp"),
        "http_request_method": below(_IN, "httpMethod"),
        "url_original": below(_IN, "requestUri"),
        "url_domain": below(_IN, "hostName"),
        "http_version": below(_IN, "httpVersion"),
        "http_response_status_code": below(_IN, "httpStatusCode"),
        "http_response_bytes": below(_IN, "responseBytes"),
        "http_request_bytes": below(_IN, "requestBytes"),
        "event_duration_us:s": below(_IN, "timeTaken"),
        "user_agent_original": below(_IN, "userAgent"),
        "http_request_referrer": below(_IN, "referer", "referrer"),
        "tls_client_ja4": below(_IN, "clientJA4FingerPrint"),
    },
    accepted=(
        Sample(
            '{"time":"2026-03-02T04:05:06.2500000Z","resourceId":"/SUBSCRIPTIONS/S-1","category":"FrontDoorAccessLog",'
            '"operationName":"Microsoft.Cdn/Profiles/AccessLog/Write","properties":{"trackingReference":"t-1",'
            '"httpMethod":"GET","httpVersion":"2.0.0.0","requestUri":"https://shop.example:443/a?b=1",'
            '"requestBytes":"99","responseBytes":"512","userAgent":"x/1","clientIp":"198.18.0.7","clientPort":"4711",'
            '"socketIp":"198.18.0.1","timeTaken":"0.046","httpStatusCode":"200","referer":""}}',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "timestamp_kind": "end",
                "source_ip": "198.18.0.7",
                "source_ip_origin": "field",
                "url_domain": "shop.example",
                "url_path": "/a",
                "http_version": "2",
                "http_response_status_code": 200,
                "event_duration_us": 46_000,
                "user_id": None,
                "parse_flags": [],
            },
        ),
        Sample(
            '{"time":"2026-03-02T04:05:06Z","category":"FrontdoorAccessLog","properties":{"httpMethod":"GET",'
            '"httpVersion":"1.1","requestUri":"https://shop.example:443/a","clientIp":"198.18.0.7",'
            '"isReceivedFromClient":false}}',
            {"http_version": "1.1", "parse_flags": ["not_eyeball"]},
        ),
    ),
    rejected=(Sample('{"category":"FrontDoorAccessLog","properties":{"httpMethod":"GET"}}', reason="no_timestamp"),),
)
