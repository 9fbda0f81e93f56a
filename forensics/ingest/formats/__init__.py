"""The formats, explicit and most specific first: of two that read a line equally well the first one is meant."""

from forensics.errors import UsageError
from forensics.ingest.formats.atlassian import ATLASSIAN
from forensics.ingest.formats.aws_alb import AWS_ALB
from forensics.ingest.formats.aws_elb import AWS_ELB
from forensics.ingest.formats.aws_s3 import AWS_S3
from forensics.ingest.formats.base import KNOWN_REMARKS, MIXED, Binding, Family, Field, LineFormat, Sample, Wishes
from forensics.ingest.formats.bitbucket import BITBUCKET
from forensics.ingest.formats.cloudfront import CLOUDFRONT
from forensics.ingest.formats.combined import COMBINED
from forensics.ingest.formats.common_log import COMMON
from forensics.ingest.formats.compile import compiled, looks_like_one, stands_alone
from forensics.ingest.formats.delimited import CSV, TSV
from forensics.ingest.formats.envoy import ENVOY
from forensics.ingest.formats.haproxy import HAPROXY
from forensics.ingest.formats.json_family import JSON_FORMATS
from forensics.ingest.formats.nginx_proxy_manager import NGINX_PROXY_MANAGER
from forensics.ingest.formats.parquet import PARQUET
from forensics.ingest.formats.squid import SQUID
from forensics.ingest.formats.traefik import TRAEFIK
from forensics.ingest.formats.vhost_combined import VHOST_COMBINED
from forensics.ingest.formats.w3c import W3C
from forensics.ingest.formats.zeek_http import ZEEK_HTTP

FORMATS = (
    *(TRAEFIK, VHOST_COMBINED, COMBINED, COMMON),
    *(W3C, CLOUDFRONT, ZEEK_HTTP),
    *(HAPROXY, ENVOY, SQUID, AWS_ALB, AWS_ELB, AWS_S3, ATLASSIAN, BITBUCKET, NGINX_PROXY_MANAGER),
    *JSON_FORMATS,
    *(TSV, CSV, PARQUET),
)


def by_name(name: str) -> LineFormat:
    """Return the format of that name, or of a log format directive. Raise `UsageError` for what is neither."""
    for each in FORMATS:
        if each.name == name:
            return each
    if looks_like_one(name):
        return compiled(name)
    known = ", ".join(each.name for each in FORMATS)
    raise UsageError(
        f"unknown format {name!r}", hint=f"known formats: auto, {known}; or a log format directive, or FILE#NAME"
    )


def by_names(name: str) -> tuple[LineFormat, ...]:
    """Return the formats of `NAME + NAME`; a directive that holds a plus is one format."""
    known = {each.name for each in FORMATS}
    parts = name.split(MIXED)
    if not all(part in known or stands_alone(part) for part in parts):
        parts = [name]
    return tuple(by_name(part) for part in parts)


__all__ = [
    "FORMATS",
    "KNOWN_REMARKS",
    "MIXED",
    "Binding",
    "Family",
    "Field",
    "LineFormat",
    "Sample",
    "Wishes",
    "by_name",
    "by_names",
]
