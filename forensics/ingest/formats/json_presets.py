"""The presets, explicit; where two could claim a record, the first one does."""

from forensics.ingest.formats.aws_api_gateway import AWS_API_GATEWAY
from forensics.ingest.formats.aws_waf import AWS_WAF
from forensics.ingest.formats.azure_api_management import AZURE_API_MANAGEMENT
from forensics.ingest.formats.azure_application_gateway import AZURE_APPLICATION_GATEWAY
from forensics.ingest.formats.azure_front_door import AZURE_FRONT_DOOR
from forensics.ingest.formats.azure_openai import AZURE_OPENAI
from forensics.ingest.formats.caddy_json import CADDY_JSON
from forensics.ingest.formats.cloudflare_json import CLOUDFLARE_JSON
from forensics.ingest.formats.cloudfront_json import CLOUDFRONT_JSON
from forensics.ingest.formats.ecs_json import ECS_JSON
from forensics.ingest.formats.envoy_json import ENVOY_JSON
from forensics.ingest.formats.fastly_json import FASTLY_JSON
from forensics.ingest.formats.gcp_load_balancer import GCP_LOAD_BALANCER
from forensics.ingest.formats.helicone_json import HELICONE_JSON
from forensics.ingest.formats.kong_json import KONG_JSON
from forensics.ingest.formats.litellm_json import LITELLM_JSON
from forensics.ingest.formats.nginx_json import NGINX_JSON
from forensics.ingest.formats.ocsf_http import OCSF_HTTP
from forensics.ingest.formats.openai_audit import OPENAI_AUDIT
from forensics.ingest.formats.opentelemetry_flat import OPENTELEMETRY_FLAT
from forensics.ingest.formats.opentelemetry_json import OPENTELEMETRY_JSON
from forensics.ingest.formats.otlp_json import OTLP_JSON
from forensics.ingest.formats.traefik_json import TRAEFIK_JSON
from forensics.ingest.formats.zeek_json import ZEEK_JSON

PRESETS = (
    CADDY_JSON,
    TRAEFIK_JSON,
    ENVOY_JSON,
    NGINX_JSON,
    ZEEK_JSON,
    CLOUDFRONT_JSON,
    AWS_WAF,
    AWS_API_GATEWAY,
    CLOUDFLARE_JSON,
    FASTLY_JSON,
    GCP_LOAD_BALANCER,
    AZURE_FRONT_DOOR,
    AZURE_APPLICATION_GATEWAY,
    AZURE_API_MANAGEMENT,
    AZURE_OPENAI,
    LITELLM_JSON,
    KONG_JSON,
    HELICONE_JSON,
    OPENAI_AUDIT,
    OCSF_HTTP,
    OTLP_JSON,
    OPENTELEMETRY_JSON,
    ECS_JSON,
    OPENTELEMETRY_FLAT,
)
