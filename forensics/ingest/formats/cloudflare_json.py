"""Cloudflare Logpush, data set `http_requests`: any subset of its fields, times in any of its formats.

`ClientIP` is the visitor's address. Requests that a Worker made are logged beside those of visitors
(`not_eyeball`): one visit would count twice.
"""

import polars as pl

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Mark, Preset, either

_BY_A_WORKER = Mark("/WorkerSubrequest", "(?i)^true$").holds() | Mark("/ClientRequestSource", "(?i)^edge").holds()


def _settle(logged: pl.DataFrame) -> pl.DataFrame:
    """Leave out an unknown network, which is logged as 0."""
    number = pl.col("source_as_number")
    return logged.with_columns(pl.when(number != "0").then(number).alias("source_as_number"))


CLOUDFLARE_JSON = Preset(
    name="cloudflare_json",
    title="Cloudflare Logpush, HTTP requests",
    reference="https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/zone/http_requests/",
    claims=either(
        ("/EdgeStartTimestamp", "/EdgeEndTimestamp"),
        (
            "/ClientIP",
            "/ClientRequestURI",
            "/ClientRequestHost",
            "/ClientRequestMethod",
            "/RayID",
            "/EdgeResponseStatus",
        ),
    ),
    void=r"^(?:-|unknown)?$",
    flags={"not_eyeball": _BY_A_WORKER},
    settle=_settle,
    roles={
        "timestamp:start": ("/EdgeStartTimestamp",),
        "timestamp:end": ("/EdgeEndTimestamp",),
        "user_id:api_key": ("/RequestHeaders/x-api-key",),
        "user_id:authorization": ("/RequestHeaders/authorization",),
        "source_ip:field": ("/ClientIP",),
        "source_as_number": ("/ClientASN",),
        "network_forwarded_ip": ("/RequestHeaders/x-forwarded-for",),
        "http_request_method": ("/ClientRequestMethod",),
        "url_original": ("/ClientRequestURI", "/ClientRequestPath"),
        "url_domain": ("/ClientRequestHost",),
        "http_version": ("/ClientRequestProtocol",),
        "http_response_status_code": ("/EdgeResponseStatus",),
        "http_response_body_bytes": ("/EdgeResponseBodyBytes",),
        "http_response_bytes": ("/EdgeResponseBytes",),
        "http_request_bytes": ("/ClientRequestBytes",),
        "user_agent_original": ("/ClientRequestUserAgent",),
        "http_request_referrer": ("/ClientRequestReferer",),
        "tls_client_ja4": ("/JA4",),
    },
    accepted=(
        Sample(
            '{"ClientIP":"198.18.0.7","ClientASN":64496,"ClientRequestHost":"shop.example","ClientRequestMethod":"GET",'
            '"ClientRequestURI":"/a?b=1","ClientRequestProtocol":"HTTP/3","ClientRequestUserAgent":"x/1",'
            '"ClientRequestReferer":"","ClientRequestBytes":99,"EdgeStartTimestamp":1772424306250000000,'
            '"EdgeEndTimestamp":1772424306260000000,"EdgeResponseStatus":200,"EdgeResponseBytes":512,'
            '"EdgeResponseBodyBytes":17,"RayID":"8f","JA4":"t13d","WorkerSubrequest":false}',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "timestamp_kind": "start",
                "source_ip_origin": "field",
                "source_as_number": 64496,
                "http_version": "3",
                "http_response_bytes": 512,
                "http_response_body_bytes": 17,
                "http_request_bytes": 99,
                "event_duration_us": None,
                "tls_client_ja4": "t13d",
                "extra": '{"EdgeEndTimestamp":1772424306260000000,"RayID":"8f","WorkerSubrequest":false}',
                "parse_flags": [],
            },
        ),
        Sample(
            '{"ClientIP":"2001:db8::7","ClientASN":0,"ClientRequestURI":"","ClientRequestPath":"/a",'
            '"ClientRequestProtocol":"unknown","EdgeStartTimestamp":"2026-03-02T04:05:06Z","WorkerSubrequest":true}',
            {
                "timestamp": "2026-03-02T04:05:06+00:00",
                "source_as_number": None,
                "url_path": "/a",
                "http_version": None,
                "parse_flags": ["not_eyeball"],
            },
        ),
        Sample(
            '{"EdgeStartTimestamp":"1772424306","ClientIP":"198.18.0.7"}', {"timestamp": "2026-03-02T04:05:06+00:00"}
        ),
    ),
    rejected=(Sample('{"ClientIP":"198.18.0.7","EdgeStartTimestamp":"soon"}', reason="no_timestamp"),),
)
