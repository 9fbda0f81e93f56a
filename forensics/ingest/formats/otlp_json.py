"""OTLP/JSON as the file exporter of the OpenTelemetry collector writes it: one document per line.

Each span and each log record of a document is an event with its own bytes (`ingest/batches.py`); what the document says
around them, its resource and scope, is read with each. Out of an envelope a line is one record: where it holds several
spans, it is refused.
"""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Mark, Preset
from forensics.ingest.formats.json_text import attributes, lifted
from forensics.ingest.formats.opentelemetry_json import roles_at, settle, telling

_SPANS = ("resourceSpans", "scopeSpans", "spans")
_RECORDS = ("resourceLogs", "scopeLogs", "logRecords")

OTLP_JSON = Preset(
    name="otlp_json",
    title="OpenTelemetry protocol, one document per line (OTLP/JSON)",
    reference="https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/",
    claims=(("/resourceSpans",), ("/resourceLogs",)),
    requests=telling("/attributes"),
    refusals={"several_spans": Mark("/resourceSpans"), "several_log_records": Mark("/resourceLogs")},
    shapes=(
        lifted(*_SPANS),
        lifted(*_RECORDS),
        attributes("/attributes"),
        attributes("/resource/attributes"),
    ),
    elapsed=True,
    settle=settle,
    roles=roles_at("/attributes"),
    accepted=(
        Sample(
            '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"api"}}]},'
            '"scopeSpans":[{"scope":{"name":"s"},"spans":[{"traceId":"1","spanId":"2","kind":2,"startTimeUnixNano":'
            '"1772424306250000000","endTimeUnixNano":"1772424306262000000","attributes":[{"key":"http.request.method",'
            '"value":{"stringValue":"GET"}},{"key":"url.path","value":{"stringValue":"/a"}},{"key":"client.address",'
            '"value":{"stringValue":"198.18.0.7"}},{"key":"http.response.status_code","value":{"intValue":"200"}}]}]}]}]}',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "timestamp_kind": "start",
                "source_ip": "198.18.0.7",
                "http_request_method": "GET",
                "url_path": "/a",
                "http_response_status_code": 200,
                "event_duration_us": 12_000,
            },
        ),
    ),
    rejected=(
        Sample(
            '{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[{"timeUnixNano":'
            '"1772424306250000000","body":{"stringValue":"started"}}]}]}]}',
            reason="non_http",
        ),
        Sample(
            '{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{"traceId":"1"},{"traceId":"2"}]}]}]}',
            reason="several_spans",
        ),
    ),
)
