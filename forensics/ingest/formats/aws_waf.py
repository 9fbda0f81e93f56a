"""AWS WAF logs: what the web ACL decided about a request, in front of CloudFront, a load balancer or API Gateway.

Headers come as a list of name and value and are read as an object. There is no response: a status only where WAF
itself answered.
"""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Preset
from forensics.ingest.formats.json_text import headers

_HEADERS = "/httpRequest/headers"

AWS_WAF = Preset(
    name="aws_waf",
    title="AWS WAF log",
    reference="https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html",
    claims=(("/webaclId", "/httpRequest"),),
    shapes=(headers(_HEADERS),),
    roles={
        "timestamp:unknown": ("/timestamp",),
        "user_id:api_key": (f"{_HEADERS}/x-api-key",),
        "user_id:authorization": (f"{_HEADERS}/authorization",),
        "source_ip:peer": ("/httpRequest/clientIp",),
        "source_as_number": ("/clientAsn",),
        "network_forwarded_ip": (f"{_HEADERS}/x-forwarded-for",),
        "http_request_method": ("/httpRequest/httpMethod",),
        "url_original": ("/httpRequest/uri",),
        "url_query": ("/httpRequest/args",),
        "url_domain": ("/httpRequest/host", f"{_HEADERS}/host"),
        "http_version": ("/httpRequest/httpVersion",),
        "http_response_status_code": ("/responseCodeSent",),
        "user_agent_original": (f"{_HEADERS}/user-agent",),
        "http_request_referrer": (f"{_HEADERS}/referer",),
        "tls_client_ja4": ("/ja4Fingerprint",),
    },
    accepted=(
        Sample(
            '{"timestamp":1772424306250,"formatVersion":1,"webaclId":"arn:demo","action":"BLOCK",'
            '"responseCodeSent":403,"httpRequest":{"clientIp":"198.18.0.7","country":"XX","headers":[{"name":"Host",'
            '"value":"shop.example"},{"name":"User-Agent","value":"x/1"},{"name":"X-Forwarded-For","value":"240.0.0.9"},'
            '{"name":"X-Forwarded-For","value":"240.0.0.8"},{"name":"Cookie","value":"sid=demo-0001"}],"uri":"/a",'
            '"args":"b=1","httpVersion":"HTTP/1.1","httpMethod":"GET","requestId":"r-1"},"ja4Fingerprint":"t13d"}',
            {
                "timestamp_kind": "unknown",
                "source_ip": "198.18.0.7",
                "network_forwarded_ip": ["240.0.0.9", "240.0.0.8"],
                "url_path": "/a",
                "url_query": "b=1",
                "url_domain": "shop.example",
                "http_response_status_code": 403,
                "user_agent_original": "x/1",
                "tls_client_ja4": "t13d",
            },
        ),
    ),
    rejected=(Sample('{"webaclId":"arn:demo","httpRequest":{"clientIp":"198.18.0.7"}}', reason="no_timestamp"),),
)
