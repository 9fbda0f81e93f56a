"""A tiny case written straight into its tables, without any other stage: rows in, an assessed case out.

Rows are dicts of the columns a test cares about; the rest is null. Account features, events, the register of
log files and the exact bytes of every line follow from the requests.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from forensics.analyze.findings import assess
from forensics.case import Case, write_parquet
from forensics.engine import Engine
from forensics.ranges import address_key
from forensics.schema import (
    ACCOUNT_FEATURES,
    ACCOUNT_VALUES,
    ACCOUNTS,
    ADDRESSES,
    CLUSTER_MEMBERS,
    CLUSTERS,
    EVENTS,
    HUBS,
    INCIDENTS,
    IP_RANGES,
    LOG_FILES,
    REQUESTS,
    STATEMENTS,
    TABLES,
    TERMS,
    Table,
)

Row = dict[str, Any]
NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
CLUSTER = "C-000000000001"


def at(minutes: float = 0, seconds: float = 0) -> datetime:
    """Return a time that many minutes and seconds after noon."""
    return NOON + timedelta(minutes=minutes, seconds=seconds)


def request(when: datetime, user_id: str | None, path: str = "/feed", status: int | None = 200, **more: Any) -> Row:  # noqa: ANN401
    """Return one request; a number in the path is its object."""
    number = next((part for part in path.split("/") if part.isdigit()), None)
    return {
        "timestamp": when,
        "user_id": user_id,
        "http_request_method": "GET",
        "template": "GET " + (path.replace(number, "{id}") if number else path),
        "object_id": int(number) if number else None,
        "http_response_status_code": status,
        "response_bytes": 100,
        "source_range": "198.18.1.0/24",
        "source_ip": "198.18.1.7",
        "url_path": path,
        **more,
    }


def every(seconds: float, begins: datetime, ends: datetime) -> list[datetime]:
    """Return times from `begins`, up to, not including, `ends`."""
    step = timedelta(seconds=seconds)
    return [begins + step * number for number in range(-((begins - ends) // step))]


def outage(begins: datetime, ends: datetime | None, incident_id: str = "OUT-1", kind: str = "outage") -> Row:
    """Return one incident."""
    return {"incident_id": incident_id, "kind": kind, "title": kind, "started_at": begins, "ended_at": ends}


@dataclass
class Story:
    """What a test tells: requests, the accounts of one cluster, and context."""

    requests: Sequence[Row] = ()
    members: Sequence[str] = ("a", "b")
    verdict: str = "coordinated"
    organization_id: str | None = None
    accounts: Sequence[Row] = ()
    incidents: Sequence[Row] = ()
    statements: Sequence[Row] = ()
    terms: Sequence[Row] = ()
    settings: str = ""  # appended to case.toml
    ip_ranges: Sequence[Row] = ()
    account_values: Sequence[Row] = ()
    hubs: Sequence[Row] = ()
    file: Row = field(default_factory=dict)  # what the register of log files says otherwise
    event: Row = field(default_factory=dict)  # what every event says otherwise

    def case(self, folder: Path) -> Case:
        """Write the story as a case, with its one log file beside it."""
        case = Case.create(folder / "case")
        if self.settings:
            (case.folder / "case.toml").write_text(self.settings, encoding="utf-8")
            case = Case.open(case.folder)
        if self.requests:
            self._write_logs(case, folder / "access.log")
        for table, rows in (
            (ACCOUNTS, self.accounts),
            (INCIDENTS, self.incidents),
            (STATEMENTS, self.statements),
            (TERMS, self.terms),
            (IP_RANGES, self.ip_ranges),
            (ACCOUNT_VALUES, self.account_values),
            (HUBS, self.hubs),
        ):
            if rows:
                case.write(table, filled(table, rows))
        if self.members:
            self._write_cluster(case)
        return case

    def _write_logs(self, case: Case, path: Path) -> None:
        rows = sorted(self.requests, key=lambda row: row["timestamp"])
        lines = [
            f"{number} {row['timestamp'].isoformat()} {row['url_path']}".encode() for number, row in enumerate(rows)
        ]
        content = b"".join(line + b"\n" for line in lines)
        path.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        offset = 0
        for number, (row, line) in enumerate(zip(rows, lines, strict=True)):
            row.update(
                event_id=f"e{number:06}", content_sha256=sha256, log_file_sha256=sha256, log_line=number + 1,
                log_offset=offset, log_length=len(line), timestamp_kind="start", parse_flags=[],
            )  # fmt: skip
            row.update(self.event)
            offset += len(line) + 1
        case.write(REQUESTS, filled(REQUESTS, rows))
        case.write(ADDRESSES, filled(ADDRESSES, _addresses(rows)))
        write_parquet(filled(EVENTS, rows), case.folder / "tables" / "events" / "part-0.parquet")
        case.write(ACCOUNT_FEATURES, filled(ACCOUNT_FEATURES, _features(rows, self.accounts)))
        case.write(LOG_FILES, filled(LOG_FILES, [_register(rows, sha256, content) | self.file]))
        case.locate({sha256: str(path)})

    def _write_cluster(self, case: Case) -> None:
        times = [row["timestamp"] for row in self.requests if row["user_id"] in self.members] or [NOON]
        cluster = {
            "first_seen": min(times), "last_seen": max(times), "events": len(times),
            "cluster_id": CLUSTER, "size": len(self.members), "probability": 0.97, "likelihood": "almost certain",
            "confidence": "moderate", "verdict": self.verdict, "signals": ["shared_ip_range", "target_enumeration"],
            "families": ["NET", "TARGET"], "organization_id": self.organization_id,
        }  # fmt: skip
        case.write(CLUSTERS, filled(CLUSTERS, [cluster]))
        members = [
            {"cluster_id": CLUSTER, "user_id": user_id, "probability": 0.97, "role": "member", "actionable": False}
            for user_id in self.members
        ]
        case.write(CLUSTER_MEMBERS, filled(CLUSTER_MEMBERS, members))


def filled(table: Table, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return rows as a table with all its columns; what a row does not say is null."""
    return pa.Table.from_pylist([dict(row) for row in rows], schema=table.arrow())


def _addresses(rows: Sequence[Row]) -> list[Row]:
    """Every address and range of some requests with its sortable key, as the analysis writes them."""
    values = sorted({row[name] for row in rows for name in ("source_ip", "source_range") if row.get(name)})
    keys = address_key(pl.Series([value.split("/")[0] for value in values], dtype=pl.String)).to_list()
    return [{"value": value, "key": key} for value, key in zip(values, keys, strict=True)]


def _features(rows: Sequence[Row], accounts: Sequence[Row]) -> list[Row]:
    """Return one row per account with requests, as analysis makes them."""
    known = {account["user_id"]: account for account in accounts}
    named = sorted((row for row in rows if row["user_id"]), key=lambda row: row["user_id"])
    return [
        {
            "organization_id": min(filter(None, (row.get("organization_id") for row in own)), default=None),
            **{name: value for name, value in known.get(user_id, {}).items() if value is not None},
            "user_id": user_id,
            "events": len(own),
            "response_bytes": sum(row["response_bytes"] or 0 for row in own),
        }
        for user_id, own in (
            (user_id, list(group)) for user_id, group in groupby(named, key=lambda row: row["user_id"])
        )
    ]


def _register(rows: Sequence[Row], sha256: str, content: bytes) -> Row:
    times = [row["timestamp"] for row in rows]
    return {
        "log_file_sha256": sha256, "content_sha256": sha256, "path": "access.log", "lines": len(rows),
        "records": len(rows), "events": len(rows), "rejects": 0, "comments": 0, "blanks": 0, "duplicates": 0,
        "bytes_on_disk": len(content), "bytes_content": len(content), "first_timestamp": min(times),
        "last_timestamp": max(times), "complete": True, "timezone": "explicit",
    }  # fmt: skip


@dataclass(frozen=True)
class Assessed:
    """The findings and exhibits of a case, easy to look things up in."""

    findings: list[Row]
    exhibits: list[Row]

    def one(self, kind: str, subject: str | None = None) -> Row:
        """Return the one finding of a kind about a subject, its detail read from JSON."""
        (found,) = [row for row in self.findings if (row["kind"], row["subject"]) == (kind, subject)]
        return found | {"detail": json.loads(found["detail"])}


def assessed(case: Case) -> Assessed:
    """Assess a case."""
    with Engine.over(case, *TABLES) as engine:
        findings, exhibits = assess(case, engine)
    return Assessed(findings.to_pylist(), exhibits.to_pylist())
