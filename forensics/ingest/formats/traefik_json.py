"""Traefik's access log as JSON.

`ClientHost` is Traefik's own decision: the peer, or the `X-Forwarded-For` list of a proxy that Traefik trusts. A
list is resolved like any other: the rightmost address that is no declared proxy. Durations are nanoseconds.
"""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Preset, either

TRAEFIK_JSON = Preset(
    name="traefik_json",
    title="Traefik access log (JSON)",
    reference="https://doc.traefik.io/traefik/observability/access-logs/",
    claims=(
        *either(("/StartUTC", "/StartLocal", "/time"), ("/ClientAddr", "/ClientHost"), ("/DownstreamStatus",)),
        *either(("/RequestMethod",), ("/ClientAddr", "/ClientHost"), ("/StartUTC", "/StartLocal")),
        *either(("/StartUTC",), ("/ClientAddr", "/ClientHost"), ("/RouterName", "/ServiceName", "/entryPointName")),
    ),
    requests=("/RequestMethod", "/RequestPath", "/RequestLine"),
    roles={
        "timestamp:start": ("/StartUTC", "/StartLocal"),
        "timestamp:end": ("/time",),
        "user_id:user": ("/ClientUsername",),
        "user_id:api_key": ("/request_X-Api-Key",),
        "user_id:authorization": ("/request_Authorization",),
        "source_ip:field": ("/ClientHost",),
        "source_ip:peer": ("/ClientAddr",),
        "network_forwarded_ip": ("/request_X-Forwarded-For",),
        "http_request_method": ("/RequestMethod",),
        "url_original": ("/RequestPath",),
        "url_domain": ("/RequestHost", "/RequestAddr"),
        "http_version": ("/RequestProtocol",),
        "http_response_status_code": ("/DownstreamStatus", "/OriginStatus"),
        "http_response_body_bytes": ("/DownstreamContentSize",),
        "event_duration_us:ns": ("/Duration",),
        "user_agent_original": ("/request_User-Agent",),
        "http_request_referrer": ("/request_Referer",),
    },
    accepted=(
        Sample(
            '{"ClientAddr":"198.18.0.1:4711","ClientHost":"240.0.0.9,198.18.0.7","ClientUsername":"-",'
            '"DownstreamContentSize":17,"DownstreamStatus":200,"Duration":1500000,"RequestHost":"shop.example",'
            '"RequestMethod":"GET","RequestPath":"/a?b=1","RequestProtocol":"HTTP/1.1","RouterName":"web@docker",'
            '"StartUTC":"2026-03-02T04:05:06.250Z","level":"info","msg":"","request_User-Agent":"x/1",'
            '"time":"2026-03-02T04:05:07Z"}',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "timestamp_kind": "start",
                "user_id": None,
                "source_ip": "198.18.0.7",
                "source_ip_origin": "x_forwarded_for",
                "network_forwarded_ip": ["240.0.0.9", "198.18.0.7"],
                "url_path": "/a",
                "event_duration_us": 1500,
                "http_response_body_bytes": 17,
                "user_agent_original": "x/1",
                "extra": '{"ClientAddr":"198.18.0.1:4711","RouterName":"web@docker","level":"info","msg":"",'
                '"time":"2026-03-02T04:05:07Z"}',
            },
        ),
        Sample(
            '{"ClientAddr":"198.18.0.7:4711","ClientHost":"198.18.0.7","ClientUsername":"ann","DownstreamStatus":499,'
            '"Duration":-1,"RequestMethod":"GET","RequestPath":"/","time":"2026-03-02T04:05:07Z"}',
            {
                "timestamp_kind": "end",
                "user_id": "ann",
                "source_ip_origin": "field",
                "event_duration_us": None,
                "parse_flags": ["negative_duration"],
            },
        ),
    ),
    rejected=(
        Sample(
            '{"ClientAddr":"198.18.0.7:4711","RouterName":"db@docker","StartUTC":"2026-03-02T04:05:06Z","Duration":5}',
            reason="non_http",
        ),
    ),
)
