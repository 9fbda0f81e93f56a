"""Records with OpenTelemetry names as flat keys beside a trace or span id: `"http.request.method":"GET"`."""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Preset, either
from forensics.ingest.formats.opentelemetry_json import IDS, STARTS, roles_at, settle, telling

OPENTELEMETRY_FLAT = Preset(
    name="opentelemetry_flat",
    title="OpenTelemetry names as flat keys (http.*, gen_ai.*)",
    reference="https://opentelemetry.io/docs/specs/semconv/gen-ai/",
    claims=either((*IDS, *STARTS), telling("")),
    requests=telling(""),
    elapsed=True,
    settle=settle,
    roles=roles_at(""),
    accepted=(
        Sample(
            '{"timestamp":"2026-03-02T04:05:06Z","trace_id":"1","http.request.method":"POST","url.path":"/a",'
            '"url.query":"b=1","client.address":"198.18.0.7","http.response.status_code":201,'
            '"network.protocol.version":"2"}',
            {"url_path": "/a", "url_query": "b=1", "http_version": "2", "extra": '{"trace_id":"1"}'},
        ),
    ),
    rejected=(Sample('{"trace_id":"1","http.request.method":"GET","url.path":"/a"}', reason="no_timestamp"),),
)
