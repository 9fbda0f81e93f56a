"""Apache `vhost_combined`: the virtual host, with or without its port, in front of a combined line."""

from forensics.ingest.formats import clf
from forensics.ingest.formats.base import Family, LineFormat, Sample

VHOST_COMBINED = LineFormat(
    name="vhost_combined",
    title="Apache combined log with virtual host",
    reference="https://httpd.apache.org/docs/2.4/logs.html#virtualhost",
    family=Family.CLF,
    bind=clf.bind,
    read=clf.read,
    may_read=clf.may_read,
    cut=clf.cut,
    accepted=(
        Sample(
            'shop.example:443 198.18.0.7 - u-17 [02/Mar/2026:04:05:06 +0000] "GET /a HTTP/1.1" 200 512 "-" "x/1"',
            {
                "url_domain": "shop.example",
                "source_ip": "198.18.0.7",
                "user_id": "u-17",
                "url_path": "/a",
                "http_response_body_bytes": None,
                "http_response_bytes": 512,
                "user_agent_original": "x/1",
            },
        ),
        Sample(
            'shop.example 2001:db8::7 - - [02/Mar/2026:04:05:06 +0000] "GET /a HTTP/1.1" 200 512 "-" "x/1" 116075',
            {
                "url_domain": "shop.example",
                "source_ip": "2001:db8::7",
                "http_response_body_bytes": 512,
                "extra": '{"trailing":"116075"}',
            },
        ),
    ),
    rejected=(
        Sample('shop.example:443 198.18.0.7 - - [02/Mar/2026] "GET / HTTP/1.1" 200 1 "-" "x/1"', reason="not_clf"),
    ),
)
