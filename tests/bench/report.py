"""A case of 24,000 accounts in one cluster: what each format of the report costs, and how fast its page opens.

    python -m tests.bench.report FOLDER [ACCOUNTS [REQUESTS]]

The story of the report's tests, with one cluster of so many accounts (a third of them of one organization), half a
million linked pairs and 5,000 cited lines of a real source. Each format is written by a process of its own.
"""

import hashlib
import json
import sys
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from playwright.sync_api import sync_playwright
from pypdf import PdfReader

from forensics import schema
from forensics.case import Case, write_parquet
from forensics.schema import Table
from tests.bench.running import process
from tests.report.sample_case import PAIR, exhibits, story, tables, write
from tests.report.screens import CHROMIUM

ORGANIZATION, NAME = "northlight", "Northlight Imaging"
_NAME = "'m-' || lpad(CAST({} AS VARCHAR), 5, '0')"
_LINES, _NEIGHBORS = 5_000, 20
_RUNS = (
    ("analyst", "json"), ("analyst", "html"), ("analyst", "md"), ("analyst", "pdf"), ("analyst", "xlsx"),
    ("executive", "pdf"), ("legal", "pdf"), ("public", "html"), ("counterparty", "json"), ("counterparty", "html"),
    ("counterparty", "pdf"),
)  # fmt: skip
_OPENED = """() => {
  const page = performance.getEntriesByType("navigation")[0];
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return { load: page.loadEventEnd, paint: paint ? paint.startTime : 0 };
}"""
_SORTED = """() => {
  const tables = [...document.querySelectorAll("main .scroll > table")].filter((one) => one.querySelector(".sort"));
  const longest = tables.reduce((a, b) => (a.tBodies[0].rows.length >= b.tBodies[0].rows.length ? a : b));
  const begun = performance.now();
  longest.querySelectorAll("button.sort")[2].click();
  longest.getBoundingClientRect();
  return { took: performance.now() - begun, rows: longest.tBodies[0].rows.length };
}"""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def made(table: Table, columns: dict[str, str], source: str) -> pa.Table:
    """Return rows of a table from SQL expressions over one source; a column that is not given is null."""
    chosen = ", ".join(
        f"CAST({columns.get(one.name, 'NULL')} AS {one.sql_type()}) AS {one.name}" for one in table.columns
    )
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        return table.conform(con.sql(f"SELECT {chosen} FROM {source}").to_arrow_table())  # noqa: S608 - ours


def crowd(case: Case, accounts: int, requests: int) -> None:
    """Put one cluster of so many accounts in place of the pair of the story."""
    name, other = _NAME.format("i % " + str(accounts)), _NAME.format("i")
    case.write(schema.REQUESTS, made(schema.REQUESTS, {
        "user_id": name, "timestamp": "TIMESTAMPTZ '2026-03-05 00:00:00Z' + to_microseconds(i * 238000)",
        "source_ip": "'198.18.' || (i % 240) || '.' || (i % 200)", "source_range": "'198.18.' || (i % 240) || '.0/24'",
        "http_request_method": "'GET'", "template": "'GET /images/{id}'", "object_id": "500000 + i // 3",
        "http_response_status_code": "CASE WHEN i % 50 = 0 THEN 503 ELSE 200 END", "response_bytes": "2000 + i % 977",
        "event_duration_us": "1000 + i % 5000", "event_id": "'e-' || i",
    }, f"range({requests}) AS t(i) ORDER BY i"))  # fmt: skip
    owner = f"CASE WHEN i % 3 = 0 THEN '{ORGANIZATION}' END"
    case.write(schema.ACCOUNT_FEATURES, made(schema.ACCOUNT_FEATURES, {
        "user_id": other, "organization_id": owner, "organization_name": f"CASE WHEN i % 3 = 0 THEN '{NAME}' END",
        "events": str(requests // accounts), "first_seen": "TIMESTAMPTZ '2026-03-05 00:00:00Z'", "channel": "'direct'",
        "last_seen": "TIMESTAMPTZ '2026-03-09 00:00:00Z'", "objects": "20", "gap_median_us": "1420000 + i",
        "peak_minute": "40 + i % 9", "ranges": "1", "addresses": "1", "hour_entropy": "0.98", "active_hours": "90",
        "response_bytes": "100000 + i", "errors_4xx": "0", "errors_5xx": "1",
    }, f"range({accounts}) AS t(i) ORDER BY i"))  # fmt: skip
    case.write(schema.ACCOUNTS, made(schema.ACCOUNTS, {
        "user_id": other, "organization_id": owner, "channel": "'direct'",
    }, f"range({accounts}) AS t(i) ORDER BY i"))  # fmt: skip
    case.write(schema.CLUSTER_MEMBERS, made(schema.CLUSTER_MEMBERS, {
        "cluster_id": f"'{PAIR}'", "user_id": other, "probability": "0.95", "role": "'member'", "actionable": "true",
    }, f"range({accounts}) AS t(i) ORDER BY i"))  # fmt: skip
    both = f"range({accounts}) AS a(i), range({_NEIGHBORS}) AS b(k)"
    pairs = f"(SELECT i, i + 1 + k AS j FROM {both} WHERE i + 1 + k < {accounts})"  # noqa: S608 - ours
    a, b = _NAME.format("i"), _NAME.format("j")
    case.write(schema.PAIRS, made(schema.PAIRS, {
        "user_id_a": a, "user_id_b": b, "bits": "20 + (i * 7 + j) % 12", "volume_bits": "1", "probability": "0.95",
        "families": "['NET', 'TIME']", "behavior_bits": "12", "tier": "'linked'",
    }, f"{pairs} ORDER BY i, j"))  # fmt: skip
    case.write(schema.LINKS, made(schema.LINKS, {
        "user_id_a": a, "user_id_b": b, "signal": "'synchrony'", "family": "'TIME'", "bits": "12",
        "detail": "'{\"shared\": ' || j || '}'",
    }, f"{pairs} ORDER BY i, j"))  # fmt: skip
    pair, *others = tables()[schema.CLUSTERS]
    write(case, schema.CLUSTERS, [{**pair, "size": accounts, "events": requests}, *others])


def cite(case: Case, folder: Path) -> None:
    """Write a source of 5,000 lines and cite every one of them."""
    lines = [b'198.18.%d.7 - m-%05d "GET /images/%d" 200' % (at % 240, at, at) for at in range(_LINES)]
    content = b"\n".join(lines) + b"\n"
    path = folder / "access.log"
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    register = {**tables()[schema.LOG_FILES][0], "log_file_sha256": digest, "content_sha256": digest, "path": path.name}
    write(case, schema.LOG_FILES, [register])
    case.locate({digest: str(path)})
    found, at = [], 0
    findings = [row["finding_id"] for row in tables()[schema.FINDINGS]]
    for number, line in enumerate(lines):
        found.append({
            "exhibit_id": f"E-{number + 1000:04d}", "finding_id": findings[number % len(findings)],
            "query_id": "findings/harvest.sql", "content_sha256": digest, "log_offset": at, "log_length": len(line),
            "line_sha256": hashlib.sha256(line).hexdigest(), "title": f"Line {number + 1} of access.log",
        })  # fmt: skip
        at += len(line) + 1
    write(case, schema.EXHIBITS, [*exhibits(tables()[schema.FINDINGS]), *found])
    write_parquet(schema.EVENTS.empty(), case.folder / "tables" / "events" / "0" / "0.parquet")


def opened(page: Path) -> dict[str, Any]:
    """Return milliseconds until a page has loaded and painted, and until its longest table is sorted."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": 1280, "height": 900})
        window.goto(page.resolve().as_uri())
        window.wait_for_function("performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
        found = {**window.evaluate(_OPENED), **window.evaluate(_SORTED)}
        browser.close()
    return found


def make(folder: Path, accounts: int, requests: int) -> None:
    """Write the case."""
    case = story(folder / "case")
    crowd(case, accounts, requests)
    cite(case, folder)


def main(folder: Path, accounts: int = 24_000, requests: int = 1_450_000) -> None:
    folder.mkdir(parents=True)
    maker = get_context("spawn").Process(target=make, args=(folder, accounts, requests))
    maker.start()  # apart: a process begins with the largest memory of the one that starts it
    maker.join()
    case = Case.open(folder / "case")
    pairs = case.read(schema.PAIRS).num_rows
    say(f"{accounts:,} accounts, {requests:,} requests, {pairs:,} pairs, {_LINES:,} cited lines")
    say("\n| Edition | Format | CPU, s | Wall, s | MiB | File, MB |\n| --- | --- | ---: | ---: | ---: | ---: |")
    for audience, form in _RUNS:
        command = [sys.executable, "-m", "forensics", "-q", "report", "-C", str(case.folder), "--format", form]
        command += ["--audience", audience]
        command += ["--organization", ORGANIZATION] if audience == "counterparty" else []
        cost = process(command)
        path = case.folder / "report" / audience / f"report.{form}"
        size = path.stat().st_size / 1e6
        say(f"| {audience} | {form} | {cost.cpu:.1f} | {cost.wall:.1f} | {cost.memory:,} | {size:.2f} |")
    page = opened(case.folder / "report" / "analyst" / "report.html")
    say(f"\nchromium: painted after {page['paint']:.0f} ms, loaded after {page['load']:.0f} ms; "
        f"a table of {page['rows']} rows sorted in {page['took']:.0f} ms")  # fmt: skip
    report = case.folder / "report" / "analyst"
    model = json.loads((report / "report.json").read_text(encoding="utf-8"))
    blocks = [block for section in model["sections"] for block in section["blocks"] if block["block"] == "table"]
    index = next(block for block in blocks if block["caption"] == "Exhibits")
    pages = len(PdfReader(report / "report.pdf").pages)
    say(f"exhibits: {len(index['rows']):,} of {index['total']:,} in the JSON; the PDF has {pages} pages")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:4]))
