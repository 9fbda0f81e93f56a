"""What ingest writes: events, rejects and the register of log files."""

from forensics.schema.base import FLAG, INT, LIST, SMALL, TEXT, TIME, Table, columns_of

_PROVENANCE = (
    ("log_file_sha256", TEXT, "SHA-256 of the bytes on disk (of the copy with the smallest path)"),
    ("content_sha256", TEXT, "SHA-256 of the decompressed stream: the key of provenance"),
    ("log_line", INT, "1-based line in the decompressed stream; null where lines mean nothing"),
    ("log_offset", INT, "byte offset in the decompressed stream (row ordinal where not byte-addressable)"),
    ("log_length", INT, "length in bytes, line end excluded"),
)

EVENTS = Table(
    "events",
    "tables/events/**/*.parquet",
    "one parsed request",
    columns_of(
        [
            ("event_id", TEXT, "content hash prefix and offset: equal for the same bytes, whatever their name"),
            ("timestamp", TIME, "when the request happened, UTC"),
            ("timestamp_kind", TEXT, "start | end | unknown: what the logged time means"),
            ("user_id", TEXT, "identity as logged; a secret is a keyed id"),
            ("user_id_kind", TEXT, "user | api_key | session | subscription | authorization | cookie"),
            ("source_ip", TEXT, "client address, canonical text (RFC 5952, IPv4-mapped folded)"),
            ("source_range", TEXT, "/24, /48, or the logged prefix where the address was masked"),
            ("source_ip_origin", TEXT, "peer | x_forwarded_for | field: how the address was decided"),
            ("network_forwarded_ip", LIST, "the whole forwarded list as logged"),
            ("source_as_number", INT, "autonomous system, where the log says it"),
            ("http_request_method", TEXT, "method; null in a malformed request"),
            ("url_original", TEXT, "request target as logged (secrets masked), or the malformed request"),
            ("url_domain", TEXT, "virtual host"),
            ("url_path", TEXT, "path, escapes as logged"),
            ("url_query", TEXT, "query without `?`, secrets masked"),
            ("http_version", TEXT, "1.0 | 1.1 | 2 | 3"),
            ("http_response_status_code", SMALL, "status"),
            ("http_response_body_bytes", INT, "body bytes sent"),
            ("http_response_bytes", INT, "bytes sent with headers"),
            ("http_request_bytes", INT, "bytes received"),
            ("event_duration_us", INT, "time to serve, microseconds"),
            ("user_agent_original", TEXT, "user agent as logged"),
            ("http_request_referrer", TEXT, "referrer, secrets masked"),
            ("tls_client_ja4", TEXT, "JA4 fingerprint"),
            ("organization_id", TEXT, "tenant or organization, where the log says it"),
            ("gen_ai_request_model", TEXT, "model asked for"),
            ("gen_ai_operation_name", TEXT, "chat | embeddings | …"),
            ("gen_ai_usage_input_tokens", INT, "tokens in"),
            ("gen_ai_usage_output_tokens", INT, "tokens out"),
            ("gen_ai_prompt_hash", TEXT, "hash of prompt or template, as logged or keyed"),
            *_PROVENANCE,
            ("log_format", TEXT, "name of the format that read the record"),
            ("parse_flags", LIST, "what was unusual about the record"),
            ("extra", TEXT, "JSON text of fields without a column, secrets masked"),
        ]
    ),
)

REJECTS = Table(
    "rejects",
    "tables/rejects/**/*.parquet",
    "one record that no format could read",
    columns_of(
        [
            *_PROVENANCE,
            ("reason", TEXT, "reason code"),
            ("raw_masked", TEXT, "the record, secrets masked, at most 2,000 characters"),
        ]
    ),
)

LOG_FILES = Table(
    "log_files",
    "tables/log_files.parquet",
    "one acquired source",
    columns_of(
        [
            ("log_file_sha256", TEXT, "SHA-256 of the bytes on disk"),
            ("content_sha256", TEXT, "SHA-256 of the decompressed stream"),
            ("path", TEXT, "POSIX path relative to the SOURCE given; the smallest among copies"),
            ("log_format", TEXT, "format that read most records; several, joined by ` + `, that read it line by line"),
            ("lines", INT, "lines in the decompressed stream"),
            ("records", INT, "events + rejects + comments + blanks + duplicates"),
            ("events", INT, "requests parsed"),
            ("rejects", INT, "records no format could read"),
            ("comments", INT, "header and comment lines"),
            ("blanks", INT, "empty lines"),
            ("duplicates", INT, "records of a rotated copy already read"),
            ("bytes_on_disk", INT, "size of the file"),
            ("bytes_content", INT, "size of the decompressed stream"),
            ("first_timestamp", TIME, "earliest event"),
            ("last_timestamp", TIME, "latest event"),
            ("complete", FLAG, "false where truncated or damaged"),
            ("timezone", TEXT, "explicit | assumed ZONE: where the offset of the times came from"),
            ("out_of_order", INT, "events earlier than the event before them in the file"),
            ("largest_gap_s", INT, "longest time without an event, seconds; 0 below a minute, null without events"),
        ]
    ),
)

LOG_HOURS = Table(
    "log_hours",
    "tables/log_hours.parquet",
    "one hour of one source that holds events",
    columns_of(
        [
            ("content_sha256", TEXT, "SHA-256 of the decompressed stream"),
            ("hour", TIME, "begin of the hour, UTC"),
            ("events", INT, "events in it with a plausible time"),
            ("out_of_order", INT, "those earlier than the event before them in the file"),
            ("largest_step_back_s", INT, "largest such step, seconds, begun ones count"),
            ("largest_gap_s", INT, "longest time without an event that begins in it, seconds; 0 below a minute"),
            ("zone_assumed", INT, "events whose time had no offset"),
            ("zone_ambiguous", INT, "events whose local time a clock change made ambiguous, or skipped"),
        ]
    ),
)
