"""Fictional cases for the report: one with a story, one without anything, one where every text is hostile.

The story: two accounts of Northlight Imaging harvest Lumen Gallery around an outage; twelve accounts of a college
share one range and are linked by it, but belong to one organization that says so. All names are fictional.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa

from forensics import schema
from forensics.case import Case
from forensics.schema import Table

TITLE = "Lumen Gallery: harvest before the March outage (synthetic)"
PAIR = "C-3f1d09a2b7c4"
COLLEGE = "C-90ee41d2aa10"
START = datetime(2026, 3, 5, tzinfo=UTC)
ONSET = datetime(2026, 3, 7, 22, 40, tzinfo=UTC)
RECOVERY = datetime(2026, 3, 8, 22, 40, tzinfo=UTC)
FIRST = datetime(2026, 3, 7, 21, 31, 4, tzinfo=UTC)
HARVESTERS = ("u-2001", "u-2002")
STUDENTS = tuple(f"u-30{number:02d}" for number in range(12))
CUSTOMERS = tuple(f"u-1{number:03d}" for number in range(60))
CONTENT = hashlib.sha256(b"edge access log").hexdigest()
SOURCE = hashlib.sha256(b"edge access log, compressed").hexdigest()
SIGNALS = (
    ("shared_range", "NET"), ("handover", "TARGET"), ("synchrony", "TIME"), ("shared_client", "CLIENT"),
)  # fmt: skip
LINES = (
    b'198.18.40.7 - u-2001 [07/Mar/2026:21:31:04 +0000] "GET /prompts/500001 HTTP/2.0" 200 2211',
    b'198.18.40.9 - u-2002 [07/Mar/2026:21:31:05 +0000] "GET /images/500001 HTTP/2.0" 200 41000',
)
Rows = list[dict[str, Any]]
Change = Callable[[Any], Any]


def story(folder: Path, title: str = TITLE, settings: str = "") -> Case:
    """Write the case with one pair, one college and every kind of finding."""
    case = opened(folder, title, settings)
    for table, rows in tables().items():
        write(case, table, rows)
    return case


def silent_case(folder: Path) -> Case:
    """Write a case in which logs were read and analyzed, without context and without any cluster."""
    case = opened(folder, "Quiet week", "")
    content = tables()
    others = [row for row in content[schema.REQUESTS] if row["user_id"] in CUSTOMERS]
    write(case, schema.LOG_FILES, content[schema.LOG_FILES])
    write(case, schema.REQUESTS, others)
    write(case, schema.SETTINGS, content[schema.SETTINGS])
    write(case, schema.HUBS, content[schema.HUBS])
    not_assessed = finding(
        "F-0000000a", "service_impact", "Not assessed: needs an incidents table (forensics ingest FILE --as incidents)",
        None, assessed=False,
    )  # fmt: skip
    write(case, schema.FINDINGS, [not_assessed])
    write(case, schema.EXHIBITS, whole_tables())
    return case


def hostile_case(folder: Path, poison: str, change: Change | None = None) -> Case:
    """Write the story with `poison` after every text that comes from logs, side tables or findings.

    `change` poisons a text instead, the same text always in the same way: names must still be found.
    """
    case = opened(folder, TITLE + poison, f"purpose = {json.dumps('Why? ' + poison)}")
    for table, rows in tables().items():
        write(case, table, [poisoned(table, row, change or (lambda text: text + poison)) for row in rows])
    return case


def poisoned(table: Table, row: Mapping[str, Any], poison: Change) -> dict[str, Any]:
    """Return a row with its texts poisoned; words that queries match on and our own ids keep theirs."""
    kept = {"verdict", "tier", "query_id", "exhibit_id"} | (
        {"kind"} if table.name in {"incidents", "findings"} else set()
    )
    return {name: value if name in kept else _poison(name, value, poison) for name, value in row.items()}


def _poison(name: str, value: object, poison: Change) -> object:
    if name == "detail" and isinstance(value, str):
        return json.dumps(_poison_json(json.loads(value), poison))
    if isinstance(value, str):
        return poison(value) if value else value
    return [poison(item) for item in value] if isinstance(value, list) else value


def _poison_json(value: object, poison: Change) -> object:
    if isinstance(value, dict):
        return {poison(key): _poison_json(inner, poison) for key, inner in value.items()}
    if isinstance(value, list):
        return [_poison_json(item, poison) for item in value]
    return poison(value) if isinstance(value, str) else value


def opened(folder: Path, title: str, settings: str) -> Case:
    """Create a case with a title; `settings` are further lines of its first section."""
    Case.create(folder)
    path = folder / "case.toml"
    text = path.read_text(encoding="utf-8").replace('title = ""', f"title = {json.dumps(title)}")
    if "purpose" in settings:
        text = "\n".join(line for line in text.splitlines() if not line.startswith("purpose"))
    path.write_text(text.replace("[case]", f"[case]\n{settings}"), encoding="utf-8")
    return Case.open(folder)


def write(case: Case, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows; columns a row leaves out are null. Reject rows go into a part file, as ingest writes them."""
    content = pa.Table.from_pylist(list(rows), schema=table.arrow())
    if "**" in table.path:
        from forensics.case import write_parquet  # noqa: PLC0415 - only for part files

        write_parquet(content, case.folder / table.path.replace("**/*", "part-0"))
    else:
        case.write(table, content)


def tables() -> dict[Table, Rows]:
    """Return every table of the story."""
    requests = sorted(every_request(), key=lambda row: (row["timestamp"], row["event_id"]))
    findings = every_finding()
    return {
        schema.LOG_FILES: [
            {
                "log_file_sha256": SOURCE, "content_sha256": CONTENT, "path": "edge/access.log.gz",
                "log_format": "combined", "lines": len(requests) + 5, "records": len(requests) + 5,
                "events": len(requests), "rejects": 2, "comments": 1, "blanks": 0, "duplicates": 2,
                "bytes_on_disk": 180_412, "bytes_content": 1_804_120, "first_timestamp": requests[0]["timestamp"],
                "last_timestamp": requests[-1]["timestamp"], "complete": True, "timezone": "explicit",
            }
        ],
        schema.REJECTS: [
            {"log_file_sha256": SOURCE, "content_sha256": CONTENT, "log_offset": 900 + at, "reason": "no timestamp"}
            for at in (0, 80)
        ],
        schema.ACCOUNTS: [{"user_id": name, "channel": "direct"} for name in (*HARVESTERS, *STUDENTS, *CUSTOMERS)],
        schema.IP_RANGES: ranges(),
        schema.INCIDENTS: incidents(),
        schema.STATEMENTS: [
            {
                "statement_id": "S-1", "made_at": datetime(2026, 3, 9, 17, 20, tzinfo=UTC),
                "source": "Northlight Imaging, chief executive", "subject": "Northlight Imaging",
                "claim": "not_ordered",
                "verbatim": "Nobody at the company asked for this.",
            }
        ],
        schema.SETTINGS: [
            {
                "accounts": 74, "alpha": 0.05, "lead_alpha": 0.5, "rare_accounts": 50, "pair_accounts": 200,
                "ring_neighbors": 16, "min_behavior_bits": 4.0, "min_family_bits": 2.0, "kappa": 0.1,
                "behavior_cap_bits": 10.2, "linked_floor_bits": 15.7212, "lead_floor_bits": 12.3993, "decoys": 3,
                "aggressive_requests_per_minute": 60,
            }
        ],
        schema.REQUESTS: requests,
        schema.ACCOUNT_FEATURES: features(requests),
        schema.HUBS: [
            {"attribute": "source_range", "value": "198.18.100.0/24", "accounts": 212, "kind": "mobile",
             "action": "context_only"},
            {"attribute": "user_agent", "value": "Mozilla/5.0 (X11; Linux x86_64)", "accounts": 60, "kind": None,
             "action": "context_only"},
        ],
        schema.LINKS: links(),
        schema.SIGNALS_TABLE: [{"signal": name, "family": family} for name, family in SIGNALS],
        schema.EVIDENCE: evidence(),
        schema.PAIRS: [
            {"user_id_a": "u-2001", "user_id_b": "u-2002", "bits": 32.0035, "volume_bits": 0.5, "probability": 0.93,
             "families": ["NET", "TIME", "TARGET"], "behavior_bits": 14.1, "tier": "linked"},
            {"user_id_a": "u-3000", "user_id_b": "u-3001", "bits": 17.2, "volume_bits": 0.25, "probability": 0.71,
             "families": ["NET", "IDENT"], "behavior_bits": 4.4, "tier": "linked"},
        ],
        schema.DECOYS: [
            {"replicate": 1, "strongest_bits": 11.2, "linked": 0, "leads": 0},
            {"replicate": 2, "strongest_bits": 13.7, "linked": 0, "leads": 1},
            {"replicate": 3, "strongest_bits": 0.0, "linked": 0, "leads": 0},
        ],
        schema.CLUSTERS: clusters(requests),
        schema.CLUSTER_MEMBERS: [
            *({"cluster_id": PAIR, "user_id": name, "probability": 0.93, "role": "member", "actionable": True}
              for name in HARVESTERS),
            *({"cluster_id": COLLEGE, "user_id": name, "probability": 0.71, "role": "member", "actionable": False}
              for name in STUDENTS),
        ],
        schema.FINDINGS: findings,
        schema.EXHIBITS: exhibits(findings),
    }  # fmt: skip


def every_request() -> Iterator[dict[str, Any]]:
    """Yield requests of customers all day, of the pair around the outage, and of students at one college."""
    for place, name in enumerate(CUSTOMERS):
        yield from visits(name, f"243.0.{place % 20}.0/24", place, 90)
    for place, name in enumerate(STUDENTS):
        yield from visits(name, "198.18.20.0/24", 70 + place, 60)
    for place, name in enumerate(HARVESTERS):
        yield from harvest(name, place)


def visits(name: str, source_range: str, seed: int, number: int) -> Iterator[dict[str, Any]]:
    """Yield a person's visits over four days, mostly by day; one in five fails during the outage."""
    for step in range(number):
        day, slot = step % 4, (seed * 7919 + step * 104_729) % 57_600
        moment = START + timedelta(days=day, hours=6, seconds=slot, milliseconds=(seed * 31 + step * 17) % 1000)
        failed = ONSET <= moment < RECOVERY and (seed + step) % 5 == 0
        yield request(name, moment, source_range, "GET /gallery", None, 503 if failed else 200, 18_000)


def harvest(name: str, place: int) -> Iterator[dict[str, Any]]:
    """Yield one half of the harvest: one account takes prompts, the other the images of the same works."""
    for step in range(1900):
        moment = FIRST + timedelta(milliseconds=4_100 * step + 700 * place + (step * 37) % 220)
        failed = moment >= ONSET and step % 4 == 0
        what, volume = ("GET /prompts/{id}", 2_211) if place == 0 else ("GET /images/{id}", 41_000)
        yield request(
            name, moment, "198.18.40.0/24", what, 500_001 + step, 503 if failed else 200, 0 if failed else volume
        )


def request(
    name: str, moment: datetime, source_range: str, template: str, object_id: int | None, status: int, volume: int
) -> dict[str, Any]:
    """Return one request."""
    return {
        "user_id": name, "timestamp": moment, "source_ip": source_range.replace("0/24", "7"),
        "source_range": source_range, "http_request_method": "GET", "template": template, "object_id": object_id,
        "http_response_status_code": status, "response_bytes": volume, "content_sha256": CONTENT,
        "event_id": hashlib.sha256(f"{name} {moment.isoformat()}".encode()).hexdigest()[:24],
    }  # fmt: skip


def features(requests: Rows) -> Rows:
    """Return one row per account, with the columns the report shows."""
    found: Rows = []
    for name in (*CUSTOMERS, *HARVESTERS, *STUDENTS):
        own = [row for row in requests if row["user_id"] == name]
        moments = [row["timestamp"] for row in own]
        gaps = sorted((after - before) // timedelta(microseconds=1) for before, after in pairwise(moments))
        minutes = [moment.replace(second=0, microsecond=0) for moment in moments]
        found.append(
            {
                "user_id": name, "events": len(own), "first_seen": moments[0], "last_seen": moments[-1],
                "objects": len({row["object_id"] for row in own if row["object_id"]}),
                "gap_median_us": gaps[len(gaps) // 2], "gap_mad_us": 41_000, "hour_entropy": 0.412,
                "peak_minute": max(minutes.count(minute) for minute in set(minutes)),
                "active_hours": len({moment.replace(minute=0, second=0, microsecond=0) for moment in moments}),
                "created_at": datetime(2025, 11, 3, tzinfo=UTC), "plan": "pro", "channel": "direct",
                "organization_name": "Northlight Imaging" if name == "u-2001" else None,
                "email_domain": "northlight.example" if name in HARVESTERS else "mail.example",
            }
        )  # fmt: skip
    return found


def ranges() -> Rows:
    """Return the declared ranges: a small company, a college, an access network around both."""
    declared = (
        ("198.18.0.0/16", "c6120000", "c612ffff", 112, 64499, "Metro Business Lines", "corporate", None, False),
        ("198.18.40.0/24", "c6122800", "c61228ff", 120, 64501, "Northlight Imaging", "corporate",
         "Northlight Imaging", True),
        ("198.18.20.0/24", "c6121400", "c61214ff", 120, 64499, "Metro Business Lines", "education",
         "Fern College", True),
    )  # fmt: skip
    mapped = "00000000000000000000ffff"
    return [
        {"cidr": cidr, "first_address": mapped + first, "last_address": mapped + last, "prefix_length": length,
         "asn": asn, "as_name": name, "kind": kind, "organization": owner, "shared": shared}
        for cidr, first, last, length, asn, name, kind, owner, shared in declared
    ]  # fmt: skip


def incidents() -> Rows:
    """Return an outage and the deploy just before it."""
    return [
        {"incident_id": "DEP-7", "kind": "deploy", "title": "Release 2026.10 of the gallery front end", "scope": "web",
         "started_at": ONSET - timedelta(minutes=9), "ended_at": ONSET - timedelta(minutes=4)},
        {"incident_id": "OUT-1", "kind": "outage", "title": "Elevated server errors across web and API",
         "scope": "web,api", "started_at": ONSET, "ended_at": RECOVERY},
    ]  # fmt: skip


def clusters(requests: Rows) -> Rows:
    """Return the pair, called coordinated, and the college, linked and explained."""
    own = [row["timestamp"] for row in requests if row["user_id"] in HARVESTERS]
    college = [row["timestamp"] for row in requests if row["user_id"] in STUDENTS]
    return [
        {
            "cluster_id": PAIR, "size": 2, "probability": 0.93, "likelihood": "very likely", "confidence": "moderate",
            "verdict": "coordinated", "campaign": "harvest", "first_seen": min(own), "last_seen": max(own),
            "events": len(own), "signals": ["shared_range", "handover", "synchrony"],
            "families": ["NET", "TARGET", "TIME"], "weakest_bits": 31.5035, "carried_by": ["TARGET"],
            "organization_id": "northlight",
            "organization_share": 0.5, "reason": "Behavior and network agree, and no declared fleet explains it.",
        },
        {
            "cluster_id": COLLEGE, "size": 12, "probability": 0.71, "likelihood": "likely", "confidence": "low",
            "verdict": "shared_organization", "first_seen": min(college), "last_seen": max(college),
            "events": len(college), "signals": ["shared_range"], "families": ["NET", "IDENT"], "weakest_bits": 17.2,
            "carried_by": [],
            "organization_id": "fern", "organization_share": 1.0,
            "reason": "All members declare one organization that owns the range they share.",
        },
    ]  # fmt: skip


def links() -> Rows:
    """Return what links the pair and two of the students."""
    pair = {"user_id_a": "u-2001", "user_id_b": "u-2002"}
    return [
        {**pair, "signal": "handover", "family": "TARGET", "bits": 14.1,
         "detail": json.dumps({"objects_in_common": 1900, "expected": 3.2})},
        {**pair, "signal": "shared_range", "family": "NET", "bits": 8.8,
         "detail": json.dumps({"range": "198.18.40.0/24", "accounts": 2})},
        {**pair, "signal": "synchrony", "family": "TIME", "bits": 12.6,
         "detail": json.dumps({"minutes_together": 131, "expected": 0.4})},
        {"user_id_a": "u-3000", "user_id_b": "u-3001", "signal": "shared_range", "family": "NET", "bits": 8.8,
         "detail": json.dumps({"range": "198.18.20.0/24"})},
    ]  # fmt: skip


def evidence() -> Rows:
    """Return the bits per family; what a family adds is log2((1 + e) / 2), and CLIENT shows nothing."""
    pair = {"user_id_a": "u-2001", "user_id_b": "u-2002"}
    bits = {"NET": 8.8, "TARGET": 14.1, "TIME": 12.6}
    return [{**pair, "family": family, "bits": value} for family, value in bits.items()]


def finding(
    finding_id: str, kind: str, statement: str, cluster_id: str | None, **more: str | bool | Mapping[str, Any]
) -> dict[str, Any]:
    """Return one finding; what `more` leaves out is the least a finding can say."""
    least = {"likelihood": None, "confidence": "low", "severity": "info", "alternative": "", "assessed": True}
    said = {"finding_id": finding_id, "kind": kind, "cluster_id": cluster_id, "statement": statement}
    return {**least, **said, **more, "detail": json.dumps(more.get("detail", {}), sort_keys=True)}


def every_finding() -> Rows:
    """Return one finding of each kind the first issue makes."""
    rivals = [
        {"hypothesis": "Own deploy or fault of the service", "for": "Release 2026.10 began 9 minutes before onset.",
         "against": "Errors rose 4 minutes after the release had ended.", "missing": "capacity and deploy log"},
        {"hypothesis": "Crawler or archive of own content", "for": "Objects were taken in order.",
         "against": "No robot name in the user agent.", "missing": "ownership of the works"},
        {"hypothesis": "Stolen key or lent account", "for": "None in the rows.",
         "against": "Both accounts used this network before.", "missing": "sign-in records"},
    ]  # fmt: skip
    return [
        finding("F-00000001", "scope", "The logs cover 4 days; 2 of 9,927 records could not be read.", None,
                confidence="high", detail={"records": 9927, "rejects": 2}),
        finding("F-00000002", "attribution", "u-2001 and u-2002 act as one operator (L1).", PAIR, subject="L1",
                likelihood="very likely", confidence="moderate", severity="medium",
                alternative="Two colleagues at one desk who share a task.", detail={"bits": 31.5035, "accounts": 2}),
        finding("F-00000003", "attribution", "L2 is not established: one ground, the e-mail domain.", PAIR,
                subject="L2", severity="low", alternative="The domain was typed in and not checked.",
                detail={"grounds": ["email_domain"], "uninvolved_accounts": 3}),
        finding("F-00000004", "attribution", "L3 (the organization directed it): not testable from logs.", PAIR,
                subject="L3", assessed=False),
        finding("F-00000005", "harvest", "The accounts obtained 1,900 works of which 1,614 as prompt and image.", PAIR,
                confidence="high", severity="medium", alternative="A backup of own works.",
                detail={"objects": 1900, "pairs": 1614, "range_share": 1.0, "per_template": {"prompts": 1900}}),
        finding("F-00000006", "service_impact", "The activity is consistent with contributing to OUT-1: it began 68 "
                "minutes before onset and errors of others rose after it. It overlaps 61 of 1,440 minutes of the "
                "outage; others' errors went on for 23 hours after it had ended.", PAIR, subject="OUT-1",
                likelihood="roughly even chance", severity="medium",
                alternative="The release that began 9 minutes before onset.",
                detail={"overlap_minutes": 61, "outage_minutes": 1440, "others_error_share_before": 0.0}),
        finding("F-00000007", "materiality", "The cluster sent 38.3 % of all requests of the period.", PAIR,
                confidence="high", severity="low", alternative="A period chosen around the activity inflates shares.",
                detail={"rank_by_requests": 1}),
        finding("F-00000008", "alternative", "Three rival explanations were examined; none is excluded.", PAIR,
                severity="low", detail={"hypotheses": rivals}),
    ]  # fmt: skip


def whole_tables() -> Rows:
    """Return one exhibit per table of a case."""
    return [
        {"exhibit_id": f"TAB-{table.name}", "query_id": f"table:{table.name}",
         "title": f"Table {table.name}: {table.grain}"}
        for table in sorted(schema.TABLES, key=lambda table: table.name)
    ]  # fmt: skip


def exhibits(findings: Rows) -> Rows:
    """Return the rows behind each finding, two raw lines behind the harvest, and the whole tables."""
    found: Rows = []
    for row in findings:
        query = f"findings/{row['kind']}.sql"
        found.append({"finding_id": row["finding_id"], "query_id": query, "title": f"Rows of {query}"})
        if row["kind"] == "harvest":
            offset = 0
            for line in LINES:
                found.append(
                    {"finding_id": row["finding_id"], "query_id": query, "content_sha256": CONTENT,
                     "log_offset": offset, "log_length": len(line), "event_id": "e",
                     "line_sha256": hashlib.sha256(line).hexdigest(), "title": "Cited request"}
                )  # fmt: skip
                offset += len(line) + 1
    return [{**row, "exhibit_id": f"E-{number:04d}"} for number, row in enumerate(found, start=1)] + whole_tables()
