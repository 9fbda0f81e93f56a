"""A small case with sources of every sort, its tables written directly: no other stage is imported."""

import bz2
import gzip
import hashlib
import lzma
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forensics.case import Case, write_parquet
from forensics.evidence import Exported, export
from forensics.schema import (
    ACCOUNT_FEATURES,
    ACCOUNTS,
    CLUSTER_MEMBERS,
    CLUSTERS,
    EVENTS,
    EXHIBITS,
    FINDINGS,
    IDENTITIES,
    INCIDENTS,
    LOG_FILES,
    REJECTS,
    REQUESTS,
    TERMS,
    Table,
)

TIME = datetime(2026, 3, 7, 22, 40, tzinfo=UTC)
KEY = bytes(range(32))
Pack = Callable[[Path], Exported]
LINES = {
    'a, "b"/access\'$(id).log': [
        b"first line",
        b"carriage return\r",
        b"nul \0 and \xff\xfe bytes",
        b"=HYPERLINK(1)",
        b"end",
    ],
    "edge/access.log.1.gz": [b"gz one", b"gz two, with comma", b"gz three"],
    "edge/access.log.2.bz2": [b"bz one"],
    "edge/access.log.3.xz": [b"xz one", b""],
    "lost.log": [b"never to be found", b"nor this"],
}
PACK = {".gz": lambda content: gzip.compress(content, mtime=0), ".bz2": bz2.compress, ".xz": lzma.compress}


@dataclass
class Story:
    """A case, the folder its sources lie in, and the exhibits that cite their lines."""

    case: Case
    logs: Path
    cited: dict[str, bytes] = field(default_factory=dict)


def rows(table: Table, given: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return rows of a table; what is not given is null."""
    blank = dict.fromkeys(table.names())
    return pa.Table.from_pylist([blank | dict(row) for row in given], schema=table.arrow())


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def build(folder: Path) -> Story:
    """Write the case below `folder`: five byte sources, one of them gone, and one of rows."""
    key_file = folder / "key"
    key_file.parent.mkdir(parents=True, exist_ok=True)
    key_file.write_text(KEY.hex())
    story = Story(Case.create(folder / "case", key_file), folder / "logs")
    log_files, exhibits, places = [], [], {}
    for path, lines in LINES.items():
        content = b"\n".join(lines)
        stored = PACK.get(Path(path).suffix, bytes)(content)
        place = story.logs / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(stored)
        places[sha256(stored)] = str(place)
        log_files.append(_register(path, content, stored, lines))
        exhibits += _cite(story, content, lines)
    log_files.append(_rows_source(story, places, exhibits))
    (story.logs / "lost.log").unlink()
    story.case.write(LOG_FILES, rows(LOG_FILES, sorted(log_files, key=lambda row: row["path"])))
    story.case.locate(places)
    _write_events(story.case, exhibits)
    story.case.write(
        EXHIBITS, rows(EXHIBITS, [{"exhibit_id": "TAB-clusters", "query_id": "table:clusters"}, *exhibits])
    )
    _write_analysis(story.case)
    story.case.record("analyze", {"note": "one"})
    return story


def _register(path: str, content: bytes, stored: bytes, lines: list[bytes]) -> dict[str, Any]:
    counts = {"records": len(lines), "events": len(lines), "rejects": 0, "comments": 0, "blanks": 0, "duplicates": 0}
    return {
        "log_file_sha256": sha256(stored),
        "content_sha256": sha256(content),
        "path": path,
        "log_format": "combined",
        "lines": len(lines),
        **counts,
        "bytes_on_disk": len(stored),
        "bytes_content": len(content),
        "complete": True,
    }


def _cite(story: Story, content: bytes, lines: list[bytes]) -> list[dict[str, Any]]:
    """Cite every line of a source, and its first line twice."""
    exhibits, offset = [], 0
    for number, line in enumerate([*lines, lines[0]], start=1):
        if number > len(lines):
            offset = 0
        exhibit_id = f"E-{len(story.cited) + 1:04d}"
        story.cited[exhibit_id] = line
        exhibits.append(
            {
                "exhibit_id": exhibit_id,
                "finding_id": "F-12345678",
                "content_sha256": sha256(content),
                "log_offset": offset,
                "log_length": len(line),
                "line_sha256": sha256(line),
                "title": '=cmd|"/C calc"!A0, a title',
                "event_id": f"{sha256(content)[:16]}-{offset:015d}",
            }
        )
        offset += len(line) + 1
    return exhibits


def _rows_source(story: Story, places: dict[str, str], exhibits: list[dict[str, Any]]) -> dict[str, Any]:
    """Write a Parquet source: its rows have an ordinal and no bytes to cite."""
    place = story.logs / "rows.parquet"
    pq.write_table(pa.table({"a": [1]}), place)
    stored = place.read_bytes()
    places[sha256(stored)] = str(place)
    exhibit = {"exhibit_id": "E-9000", "content_sha256": sha256(stored), "log_offset": 0, "log_length": 0}
    exhibits.append(exhibit | {"event_id": f"{sha256(stored)[:16]}-{0:015d}"})
    return _register("rows.parquet", stored, stored, [b"row"]) | {"log_format": "parquet"}


def _write_events(case: Case, exhibits: list[dict[str, Any]]) -> None:
    by_source: dict[str, dict[str, dict[str, Any]]] = {}
    for exhibit in exhibits:
        event = {
            "event_id": exhibit["event_id"],
            "timestamp": TIME,
            "user_agent_original": "=1+1",
            "content_sha256": exhibit["content_sha256"],
            "log_line": 1,
            "log_offset": exhibit["log_offset"],
            "log_length": exhibit["log_length"],
            "parse_flags": ["crlf", "invalid_utf8"],
        }
        by_source.setdefault(exhibit["content_sha256"], {})[exhibit["event_id"]] = event
    for content, events in by_source.items():
        part = case.folder / "tables" / "events" / content[:16] / "00000.parquet"
        write_parquet(rows(EVENTS, sorted(events.values(), key=lambda event: event["log_offset"])), part)
    for number in (1, 2):
        part = case.folder / "tables" / "rejects" / f"{number:016d}" / "00000.parquet"
        write_parquet(rows(REJECTS, []), part)


def _write_analysis(case: Case) -> None:
    hostile = "@SUM(1+1)*cmd\u202e|\x1b[31m"
    case.write(REQUESTS, rows(REQUESTS, [{"user_id": "u-1"}]))
    case.write(
        CLUSTERS,
        rows(
            CLUSTERS,
            [
                {"cluster_id": "C-1", "size": 2, "probability": 0.975, "signals": ["a", "b"], "first_seen": TIME},
                {"cluster_id": "C-2", "size": -2, "reason": hostile, "organization_id": "'quoted"},
            ],
        ),
    )
    case.write(FINDINGS, rows(FINDINGS, [{"finding_id": "F-12345678", "statement": 'He said "a, b"\nand left'}]))
    case.write(INCIDENTS, rows(INCIDENTS, [{"incident_id": "OUT-1", "kind": "outage", "started_at": TIME}]))


# Whose line each exhibit cites, in the story of several accounts. E-0009 and E-0003 hold a secret.
OWNERS = {"E-0007": "acme-1", "E-0008": "acme-2", "E-0009": "acme-1", "E-0011": "other-1", "E-0001": "other-1"}


def with_people(story: Story) -> Story:
    """Give the lines to accounts of two organizations, put some of them into a cluster, and hide a secret in two."""
    exhibits = story.case.read(EXHIBITS).to_pylist()
    owners = {row["event_id"]: OWNERS[row["exhibit_id"]] for row in exhibits if row["exhibit_id"] in OWNERS}
    secret = {row["event_id"] for row in exhibits if row["exhibit_id"] in {"E-0003", "E-0009"}}
    for part in (story.case.folder / "tables" / "events").rglob("*.parquet"):
        events = pq.read_table(part).to_pylist()
        for event in events:
            event["url_query"] = f"api_key=key:{'0' * 32}" if event["event_id"] in secret else "q=1"
            event["user_id"] = owners.get(event["event_id"])
        write_parquet(rows(EVENTS, events), part)
    addresses = {"acme-1": "198.18.7.1", "acme-2": "198.18.7.2", "other-1": "203.0.113.9"}
    made = [
        {"user_id": owner, "event_id": event, "timestamp": TIME, "source_ip": addresses[owner],
         "source_range": addresses[owner].rsplit(".", 1)[0] + ".0/24", "user_agent_original": "agent/1.0"}
        for event, owner in sorted(owners.items())
    ]  # fmt: skip
    story.case.write(REQUESTS, rows(REQUESTS, made))
    features = [
        {"user_id": name, "organization_id": f"org-{name.split('-')[0]}",
         "organization_name": f"{name[:4].title()} Ltd", "events": 4711, "first_seen": TIME, "last_seen": TIME}
        for name in sorted(addresses)
    ]  # fmt: skip
    story.case.write(ACCOUNT_FEATURES, rows(ACCOUNT_FEATURES, features))
    story.case.write(
        ACCOUNTS, rows(ACCOUNTS, [{"user_id": name, "email_domain": "acme.example"} for name in addresses])
    )
    story.case.write(IDENTITIES, rows(IDENTITIES, [{"alias": "acme-alias", "alias_kind": "user", "user_id": "acme-2"}]))
    members = [{"cluster_id": "C-1", "user_id": name, "role": "member"} for name in sorted(addresses)]
    story.case.write(CLUSTER_MEMBERS, rows(CLUSTER_MEMBERS, members))
    cluster = {"cluster_id": "C-1", "size": 3, "verdict": "coordinated", "likelihood": "likely", "confidence": "low"}
    story.case.write(CLUSTERS, rows(CLUSTERS, [cluster | {"first_seen": TIME, "last_seen": TIME}]))
    statements = {"F-1": "Three accounts act alike.", "F-2": "other-1 did it first.", "F-3": "acme-1 and acme-2 agree."}
    findings = [
        {"finding_id": name, "kind": "harvest", "cluster_id": "C-1", "statement": text, "alternative": "A shared tool."}
        for name, text in statements.items()
    ]
    story.case.write(FINDINGS, rows(FINDINGS, findings))
    story.case.write(TERMS, rows(TERMS, [{"version": "2026-01", "clause": "4.2", "text": "No *bulk* download."}]))
    story.case.record("analyze", {"note": "people"})
    return story


@pytest.fixture
def people(tmp_path: Path) -> Story:
    """Return the story with accounts: acme-1 and acme-2 of org-acme, other-1 of org-other, in one cluster."""
    return with_people(build(tmp_path / "people"))


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return build(tmp_path / "story")


@pytest.fixture
def case(story: Story) -> Case:
    return story.case


@pytest.fixture
def logs(story: Story) -> Path:
    return story.logs


@pytest.fixture
def cited(story: Story) -> dict[str, bytes]:
    """Return the exact bytes of each line, by the exhibit that cites it."""
    return story.cited


@pytest.fixture
def pack(case: Case, tmp_path: Path) -> Pack:
    """Export the case into a folder."""
    report = tmp_path / "report.html"
    report.write_text("<p>report</p>\n")

    def packed(folder: Path) -> Exported:
        queries = {"findings/harvest": "SELECT 1\n", "clusters.sql": "SELECT 2\n"}
        return export(case, folder, queries=queries, report_files={"report.html": report})

    return packed


@pytest.fixture
def package(pack: Pack, tmp_path: Path) -> Path:
    """Return a sealed package of the case."""
    pack(tmp_path / "package")
    return tmp_path / "package"
