r"""What journals, cloud services and spreadsheets put around a line."""

import polars as pl

from forensics.ingest.envelopes.base import INNER, PARTIAL, Envelope, Members, by_members, by_pattern
from forensics.ingest.envelopes.syslog import ISO_TIME

_TIME_CELL = r'(?:"?(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]+(?:Z|[+-][0-9:]+)?)"?[,;\t])?'
_CELL = by_pattern(rf'^{_TIME_CELL}"(?P<inner>(?:[^"]|"")*)"$')

JOURNALD = Envelope(
    name="journald",
    title="journalctl --output=json",
    reference="https://systemd.io/JOURNAL_EXPORT_FORMATS/",
    peel=by_members(
        Members(
            inner="MESSAGE",
            needed=("MESSAGE", "__REALTIME_TIMESTAMP"),
            said=(("time", "__REALTIME_TIMESTAMP"), ("host", "_HOSTNAME"), ("process", "SYSLOG_IDENTIFIER")),
        )
    ),
    samples=(
        ('{"__REALTIME_TIMESTAMP":"1772424306000000","MESSAGE":"198.18.0.7 - -"}', "198.18.0.7 - -"),
        ('{"MESSAGE":[27,195,169,97],"__REALTIME_TIMESTAMP":"1"}', "\x1béa"),
    ),
)
CLOUDWATCH = Envelope(
    name="cloudwatch",
    title="Log events of CloudWatch Logs, one per line or in a subscription document",
    reference="https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_OutputLogEvent.html",
    peel=by_members(
        Members(
            inner="message",
            needed=("message", "timestamp"),
            said=(("time", "timestamp"), ("host", "logStreamName"), ("stream", "logStream"), ("group", "logGroup")),
            known=(
                *("message", "timestamp", "id", "eventId", "ingestionTime", "logStreamName", "logStream", "logGroup"),
                *("extractedFields", "owner"),
            ),
        )
    ),
    samples=(('{"id":"3","timestamp":1772424306000,"message":"198.18.0.7 - -"}', "198.18.0.7 - -"),),
)
STAMPED = Envelope(
    name="stamped",
    title="A full time in front of each line (CloudWatch export to S3, kubectl logs --timestamps)",
    reference="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html",
    peel=by_pattern(rf"^(?P<time>{ISO_TIME}) (?P<inner>.*)$"),
    samples=(("2026-03-02T04:05:06.003Z 198.18.0.7 - -", "198.18.0.7 - -"),),
)


def _unquoted(text: pl.Series) -> pl.DataFrame:
    return _CELL(text).with_columns(pl.col(INNER).str.replace_all('""', '"', literal=True), pl.col(PARTIAL))


QUOTED = Envelope(
    name="quoted",
    title="Lines exported as cells of a CSV file, alone or behind a time",
    reference="https://www.rfc-editor.org/rfc/rfc4180",
    peel=_unquoted,
    samples=(
        ('"198.18.0.7 ""GET / HTTP/1.1"" 200"', '198.18.0.7 "GET / HTTP/1.1" 200'),
        ('2026-03-02 04:05:06.000,"198.18.0.7 - -"', "198.18.0.7 - -"),
    ),
)
