r"""Syslog as servers send it and as daemons write it to files.

The stamp of RFC 3164 has neither year nor zone, which is one more reason why it is nobody's event time.
"""

from forensics.ingest.envelopes.base import Envelope, by_pattern

_PRIORITY = r"<[0-9]{1,3}>"
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_BSD_TIME = rf"(?P<time>(?:{_MONTHS}) [ 0-9][0-9] [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:\.[0-9]+)?)"
ISO_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_PROCESS = r"(?P<process>[^ :\[\]{]{1,128}(?:\[[0-9]+\])?)"
_VALUE = r'"(?:[^"\\]|\\.)*"'
_ELEMENT = rf'\[(?:[^"\]]|{_VALUE})*\]'

SYSLOG_3164 = Envelope(
    name="syslog_3164",
    title="BSD syslog",
    reference="https://www.rfc-editor.org/rfc/rfc3164",
    peel=by_pattern(rf"^(?:{_PRIORITY})?{_BSD_TIME} (?P<host>[^ ]+) {_PROCESS}: ?(?P<inner>.*)$"),
    samples=(
        ("Mar  2 04:05:06 web-1 nginx: 198.18.0.7 - -", "198.18.0.7 - -"),
        ("<190>Mar 12 04:05:06 web-1 httpd[31]: a: b", "a: b"),
    ),
)
SYSLOG_5424 = Envelope(
    name="syslog_5424",
    title="Syslog, with or without octet counts",
    reference="https://www.rfc-editor.org/rfc/rfc5424",
    peel=by_pattern(
        rf"^(?:[0-9]{{1,7}} )?{_PRIORITY}1 (?P<time>[^ ]+) (?P<host>[^ ]+) (?P<process>[^ ]+) [^ ]+ [^ ]+"
        rf" (?:-|(?:{_ELEMENT})+)(?: \x{{FEFF}}?(?P<inner>.*))?$"
    ),
    samples=(
        ("<165>1 2026-03-02T04:05:06.003Z web-1 nginx 31 ID47 - 198.18.0.7 - -", "198.18.0.7 - -"),
        (r'87 <165>1 - - httpd - - [ex@64496 a="\]"][b@64496 c="\"]"] {"a":1}', '{"a":1}'),
    ),
)
SYSLOG_FILE = Envelope(
    name="syslog_file",
    title="Syslog as rsyslog and syslog-ng write it to files, with a full time",
    reference="https://www.rsyslog.com/doc/configuration/templates.html (RSYSLOG_FileFormat)",
    peel=by_pattern(rf"^(?P<time>{ISO_TIME}) (?P<host>[^ ]+) (?:{_PROCESS}:)? *(?P<inner>.*)$"),
    samples=(
        ("2026-03-02T04:05:06.613304+00:00 web-1 nginx[7]: 198.18.0.7 - -", "198.18.0.7 - -"),
        ('2026-03-02T04:05:06+00:00 198.18.0.1  {  "a": 1 }', '{  "a": 1 }'),
    ),
)
