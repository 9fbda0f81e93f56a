"""Zeek's http.log in JSON: names keep their dots, unset fields are left out.

The time is when the request was first seen. Body lengths are of bodies only: the one of the response has a column,
the one of the request stays in `extra`. Other Zeek logs in the same stream (conn, dns, …) are no requests.
"""

import polars as pl

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Preset

_VIA = r"(?i)(?:x-forwarded-for|forwarded) -> ([^\"\\]+)"


def _settle(logged: pl.DataFrame) -> pl.DataFrame:
    """Read forwarded addresses out of the list of proxy headers: `X-FORWARDED-FOR -> 198.18.0.7`."""
    forwarded = pl.col("network_forwarded_ip").str.extract(_VIA)
    return logged.with_columns(forwarded.alias("network_forwarded_ip"))


ZEEK_JSON = Preset(
    name="zeek_json",
    title="Zeek http.log (JSON)",
    reference="https://docs.zeek.org/en/master/logs/http.html",
    claims=(("/id.orig_h", "/uid"),),
    requests=("/trans_depth",),
    void=r"^(?:-|\(empty\)|<empty>)?$",
    settle=_settle,
    roles={
        "timestamp:start": ("/ts",),
        "user_id:user": ("/username",),
        "source_ip:peer": ("/id.orig_h",),
        "network_forwarded_ip": ("/proxied",),
        "http_request_method": ("/method",),
        "url_original": ("/uri",),
        "url_domain": ("/host",),
        "http_version": ("/version",),
        "http_response_status_code": ("/status_code",),
        "http_response_body_bytes": ("/response_body_len",),
        "user_agent_original": ("/user_agent",),
        "http_request_referrer": ("/referrer",),
    },
    accepted=(
        Sample(
            '{"ts":1772424306.25,"uid":"C1","id.orig_h":"198.18.0.7","id.orig_p":4711,"id.resp_h":"198.18.9.9",'
            '"id.resp_p":80,"trans_depth":1,"method":"GET","host":"shop.example","uri":"/a?b=1","version":"1.1",'
            '"user_agent":"x/1","request_body_len":3,"response_body_len":17,"status_code":200,"username":"ann",'
            '"proxied":["VIA -> 1.1 p","X-FORWARDED-FOR -> 240.0.0.9, 240.0.0.8"],"tags":[]}',
            {
                "timestamp_kind": "start",
                "user_id": "ann",
                "source_ip": "198.18.0.7",
                "source_ip_origin": "peer",
                "network_forwarded_ip": ["240.0.0.9", "240.0.0.8"],
                "url_query": "b=1",
                "http_version": "1.1",
                "http_response_body_bytes": 17,
                "http_request_bytes": None,
            },
        ),
        Sample(
            '{"ts":"2026-03-02T04:05:06.250000Z","uid":"C1","id.orig_h":"2001:db8::7","trans_depth":2,'
            '"status_code":0,"username":"-"}',
            {
                "http_request_method": None,
                "http_response_status_code": None,
                "user_id": None,
                "extra": '{"uid":"C1","trans_depth":2}',
            },
        ),
    ),
    rejected=(
        Sample(
            '{"ts":1772424306.25,"uid":"C1","id.orig_h":"198.18.0.7","id.resp_h":"198.18.9.9","proto":"udp",'
            '"service":"dns","duration":0.1}',
            reason="non_http",
        ),
    ),
)
