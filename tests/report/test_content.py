"""What the report says, and what it must not say."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from forensics import schema
from forensics.case import Case
from forensics.errors import UsageError
from forensics.report import report
from forensics.report.sections import SECTIONS
from tests.report.conftest import Rendered, rendered
from tests.report.page import Page
from tests.report.sample_case import PAIR, START, finding, request, story, tables, write

ORDER = [
    "summary", "scope", "accounts", "timeline", "behavior", "cadence", "infrastructure", "service_impact",
    "materiality", "alternatives", "statements", "steps", "method", "evidence_index",
]  # fmt: skip


def section(case: Rendered, name: str) -> dict[str, Any]:
    return next(one for one in json.loads(case.json)["sections"] if one["section_id"] == name)


def said(case: Rendered, name: str) -> str:
    """Return all sentences, statements and notes of a section."""
    words: list[str] = []
    for block in section(case, name)["blocks"]:
        words += [sentence["text"] for sentence in block.get("sentences", ())]
        words += [block[key] for key in ("statement", "text") if key in block]
    return " ".join(words)


def table(case: Rendered, name: str, caption: str) -> dict[str, Any]:
    return next(
        block for block in section(case, name)["blocks"] if block["block"] == "table" and caption in block["caption"]
    )


def test_sections_stand_in_reading_order(told: Rendered, quiet: Rendered) -> None:
    assert [chapter.id for chapter in SECTIONS] == ORDER
    for case in (told, quiet):
        assert [one["section_id"] for one in json.loads(case.json)["sections"]] == ORDER
        assert re.findall(r'<section id="(\w+)"', case.html) == ORDER


def test_summary_begins_with_the_verdict(told: Rendered) -> None:
    first = section(told, "summary")["blocks"][0]
    assert first["lead"] is True
    assert first["sentences"][0]["text"] == (
        "1 cluster with 2 accounts is called coordinated at the declared error rate of 5.0%: for a person to review, "
        "not a ban list."
    )


def test_summary_answers_the_eight_questions(told: Rendered) -> None:
    blocks = section(told, "summary")["blocks"]
    answers = {block["label"]: " ".join(one["text"] for one in block["sentences"]) for block in blocks[1:]}
    assert list(answers) == [
        "What was found", "By which accounts", "How much", "When", "Effect on the service", "How sure",
        "What is not known", "Looked at and declined", "For a person to decide",
    ]  # fmt: skip
    assert answers["By which accounts"] == f"{PAIR}: u-2001 and u-2002; 2 of 2 ready for review."
    assert answers["How much"] == (
        f"{PAIR}: 3,800 requests (38.3% of all), 1,900 distinct objects asked for, 69.1 MiB sent to them."
    )
    assert answers["When"] == f"{PAIR}: 2026-03-07 21:31:04Z to 2026-03-07 23:40:50Z."
    assert "consistent with contributing to OUT-1" in answers["Effect on the service"]
    assert "12 accounts: shared organization" in answers["Looked at and declined"]


def test_case_without_clusters_says_so_and_is_no_clean_bill(quiet: Rendered) -> None:
    summary = said(quiet, "summary")
    assert summary.startswith("Nothing was found that passes the declared error rate of 5.0%.")
    assert "This is not a clean bill." in summary
    assert "No table was given for: accounts, identities, ip ranges, incidents, statements and terms." in summary
    assert "2 values shared by many accounts (up to 212) served as context only." in summary
    assert "Not assessed: needs an incidents table" in said(quiet, "service_impact")
    for name in ("behavior", "cadence", "infrastructure", "materiality", "alternatives"):
        assert "Not assessed" in said(quiet, name), name


def test_case_without_any_table_still_has_every_section(folder: Path) -> None:
    case = rendered(Case.create(folder))
    assert [one["section_id"] for one in json.loads(case.json)["sections"]] == ORDER
    assert "Not assessed: no log source was read." in said(case, "scope")
    assert "Untitled case" in case.html
    assert "Synthetic" not in case.html


def test_likelihood_and_confidence_never_share_a_sentence_or_a_cell(told: Rendered) -> None:
    judged = re.compile(r"likel|roughly even|almost no chance|almost certain", re.IGNORECASE)
    sure = re.compile(r"confidence", re.IGNORECASE)
    document = json.loads(told.json)
    sentences = [
        one["text"] for part in document["sections"] for block in part["blocks"] for one in block.get("sentences", ())
    ]
    sentences += re.findall(r"[^.\n|]+", told.md)
    assert sum(bool(judged.search(one)) for one in sentences) > 3
    assert [one for one in sentences if judged.search(one) and sure.search(one)] == []
    cells = [text for tag, text in Page(told.html).texts if tag in {"td", "dd", "th", "p", "li"}]
    assert [cell for cell in cells if judged.search(cell) and sure.search(cell)] == []


def test_finding_is_rendered_with_both_judgements_apart(told: Rendered) -> None:
    assert "- Likelihood: very likely.\n- Confidence: moderate, because the links rest on 3 families" in told.md


def test_scope_prints_the_balance_of_each_source(told: Rendered) -> None:
    balance = table(told, "scope", "Balance of each source")
    names = [column["name"] for column in balance["columns"]]
    assert names[2:] == ["Lines", "Records", "Events", "Rejects", "Comments", "Blanks", "Duplicates", "Difference"]
    assert balance["rows"] == [["edge/access.log.gz", "combined", 9925, 9925, 9920, 2, 1, 0, 2, 0]]
    assert "Every source balances." in said(told, "scope")


def test_scope_says_when_a_source_does_not_balance(folder: Path) -> None:
    case = story(folder)
    (row,) = tables()[schema.LOG_FILES]
    write(case, schema.LOG_FILES, [{**row, "records": row["records"] + 7, "complete": False}])
    shown = rendered(case)
    assert table(shown, "scope", "Balance")["rows"][0][-1] == 7
    assert "Out of balance: 1 source." in said(shown, "scope")
    assert "1 source truncated or damaged" in said(shown, "scope")


def test_scope_lists_the_hours_without_an_event(told: Rendered) -> None:
    gaps = table(told, "scope", "Whole hours")
    assert gaps["rows"][0] == ["2026-03-05T22:00:00.000000Z", "2026-03-06T06:00:00.000000Z", 8]
    assert [row[2] for row in gaps["rows"]] == [8, 8, 6]


def test_declined_clusters_stand_in_the_overview_with_their_rule(told: Rendered) -> None:
    rows = table(told, "accounts", "Clusters")["rows"]
    assert [(row[1], row[3]) for row in rows] == [(2, "coordinated"), (12, "shared organization")]
    assert rows[1][7] == "All members declare one organization that owns the range they share."


def test_no_member_of_a_declined_cluster_is_named_as_an_account_of_one(told: Rendered) -> None:
    """Students stand nowhere in the report: they are counted, and only counted."""
    for content in (told.html, told.md, told.json):
        assert "u-30" not in content


def test_layers_three_and_four_are_never_claimed(told: Rendered) -> None:
    layers = table(told, "accounts", "four layers")["rows"]
    assert layers[2][2] == "not assessed: not testable from logs"
    assert layers[3][2].startswith("intent not testable from logs")
    assert {
        "block": "note",
        "cites": ["E-0004"],
        "text": "L3 (the organization directed it): not testable from logs.",
    } in (section(told, "accounts")["blocks"])


def test_timeline_is_in_order_and_names_its_sources(told: Rendered) -> None:
    rows = table(told, "timeline", "in order")["rows"]
    assert [row[2] for row in rows] == [
        "first request", "busiest minute", "deploy begins", "deploy ends", "outage begins", "last request",
        "outage ends", "statement",
    ]  # fmt: skip
    assert rows[4][1:4] == [
        "2026-03-07T22:40:00.000000Z",
        "outage begins",
        "OUT-1: Elevated server errors across web and API",
    ]
    assert [row[5] for row in rows][-1] == "TAB-statements"


def test_a_range_has_the_narrowest_owner_that_held_it(told: Rendered) -> None:
    rows = table(told, "infrastructure", "Ranges used")["rows"]
    assert rows == [
        ["198.18.40.0/24", "corporate", "Northlight Imaging (AS64501)", "Northlight Imaging", True, 1, 2, 2, 3800]
    ]


def test_measures_the_log_lacks_are_absent_and_not_zero(told: Rendered) -> None:
    rows = table(told, "materiality", "Amounts")["rows"]
    assert rows[1] == [PAIR, "requests", 3800, 9920, 0.383065]
    assert rows[4] == [PAIR, "input tokens (not in this log)", None, None, None]


def test_hypotheses_become_a_table_of_their_own(told: Rendered) -> None:
    block = table(told, "alternatives", "Hypotheses")
    assert [column["name"] for column in block["columns"]] == ["Hypothesis", "For", "Against", "Missing"]
    assert block["rows"][0][0] == "Own deploy or fault of the service"


def test_a_finding_of_any_kind_is_told_somewhere(folder: Path) -> None:
    case = story(folder)
    kinds = ["distillation", "automation", "channel", "statement", "terms", "action", "a_kind_of_tomorrow"]
    more = [finding(f"F-1000000{place}", kind, f"Said of {kind}.", None) for place, kind in enumerate(kinds)]
    write(case, schema.FINDINGS, [*tables()[schema.FINDINGS], *more])
    shown = rendered(case)
    for kind in kinds:
        assert shown.html.count(f"Said of {kind}.") == 1, kind


def test_long_tables_are_cut_counted_and_their_full_table_is_named(folder: Path) -> None:
    case = story(folder)
    crowd = [
        {"cluster_id": PAIR, "user_id": f"m-{place:05d}", "probability": 0.9, "role": "member", "actionable": True}
        for place in range(24_000)
    ]
    write(case, schema.CLUSTER_MEMBERS, crowd)
    write(case, schema.REQUESTS, [
        request(f"m-{place:05d}", START, "198.18.40.0/24", "GET /gallery", None, 200, 10)
        for place in range(0, 24_000, 4)
    ])  # fmt: skip
    shown = rendered(case)
    members = table(shown, "accounts", "Accounts of")
    assert (len(members["rows"]), members["total"], members["full"]) == (
        200,
        24_000,
        "analysis/cluster_members.parquet",
    )
    assert "23,800 of 24,000 rows are not shown; full table: analysis/cluster_members.parquet." in shown.html
    assert "and 23,994 more; 24,000 of 24,000 ready for review." in shown.html
    assert "5,940 more accounts" in shown.html
    assert len(shown.html) < 600_000


def test_times_show_the_time_zone_of_the_case_where_it_differs(folder: Path) -> None:
    case = story(folder)
    path = folder / "case.toml"
    path.write_text(path.read_text().replace('display_timezone = "UTC"', 'display_timezone = "Asia/Tokyo"'))
    shown = rendered(Case.open(case.folder))
    assert "2026-03-07 22:40:00Z (2026-03-08 07:40 +09:00)" in Page(shown.html).text()
    assert "2026-03-07T22:40:00.000000Z" in shown.json


def test_synthetic_cases_say_so_in_banner_title_footer_and_print(told: Rendered, quiet: Rendered) -> None:
    text = Page(told.html).text()
    assert "Synthetic data. Every firm, person and address in this report is fictional." in re.sub(r"\s+", " ", text)
    assert '@top-right { content: "Draft for human review · synthetic"; }' in told.html
    assert told.md.splitlines()[2].startswith("> **Synthetic data.**")
    assert "Synthetic" not in quiet.html


def test_cover_names_status_period_run_and_version(told: Rendered) -> None:
    facts = dict(json.loads(told.json)["facts"])
    assert facts["Status"] == "Draft for human review"
    assert facts["Period of the records"] == "2026-03-05 06:00:00Z to 2026-03-08 21:59:16Z"
    assert facts["Run ID"] == told.case.run_id()
    assert re.fullmatch(r"forensics \d+\.\d+\.\d+", facts["Made with"])


def test_an_open_outage_and_a_null_time_break_nothing(folder: Path) -> None:
    case = story(folder)
    open_outage = {"incident_id": "OUT-9", "kind": "outage", "started_at": datetime(2026, 3, 8, 12, tzinfo=UTC)}
    write(case, schema.INCIDENTS, [open_outage, {"incident_id": "OUT-0", "kind": "outage"}])
    shown = rendered(case)
    assert "Load and server errors around OUT-9" in shown.json
    assert "Load and server errors around OUT-0" not in shown.json


@pytest.mark.parametrize("audience", ["everybody", "nobody"])
def test_an_audience_this_version_lacks_is_refused(told: Rendered, audience: str) -> None:
    with pytest.raises(UsageError, match=f"audience '{audience}' is not available in this version"):
        report(told.case, audience=audience)


def test_a_format_this_version_lacks_is_refused(told: Rendered) -> None:
    with pytest.raises(UsageError, match="format 'docx' is not available in this version"):
        report(told.case, formats=("html", "docx"))


def test_only_the_formats_asked_for_are_written_and_nothing_is_left_aside(folder: Path) -> None:
    case = story(folder)
    custody = (folder / "custody.jsonl").read_bytes()
    paths = report(case, formats=("md",))
    assert paths == {"md": folder / "report" / "analyst" / "report.md"}
    assert sorted(path.name for path in (folder / "report" / "analyst").iterdir()) == ["redaction-log.csv", "report.md"]
    assert (folder / "custody.jsonl").read_bytes() == custody
