"""What each reader gets, and what none of them may get."""

import csv
import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import bagit
import openpyxl
import polars as pl
import pyarrow.parquet as pq
import pytest
import stix2

from forensics.audience import AUDIENCES
from forensics.case import Case
from forensics.decisions import decide
from forensics.errors import IntegrityError, UsageError
from forensics.evidence import Exported, export, privacy, redaction, verify
from forensics.names import found_in, mentions
from forensics.schema import ACCOUNT_FEATURES, ACCOUNTS, CLUSTERS, EXHIBITS, FINDINGS, TAKEOVERS
from tests.evidence.conftest import Story, rows

Sent = Callable[..., Path]
OTHER_SIDE = ("executive", "counterparty", "public")  # and whoever reads no line


@pytest.fixture
def sent(people: Story, tmp_path: Path) -> Sent:
    """Export for a reader; a counterparty is org-acme."""

    def packed(audience: str, name: str | None = None) -> Path:
        folder = tmp_path / (name or audience)
        organization = "org-acme" if audience == "counterparty" else None
        report = tmp_path / "report.html"
        report.write_text("<p>one cluster</p>\n")
        files = {"report.html": report} if audience in {"analyst", "legal"} else {}
        queries = {"links.sql": "SELECT 1\n"}
        export(people.case, folder, queries=queries, report_files=files, audience=audience, organization=organization)
        return folder

    return packed


def table(package: Path, name: str) -> list[dict[str, str]]:
    with (package / "data" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def everything(package: Path) -> str:
    """Return all text of a package, decoded."""
    parts = []
    for path in sorted((package / "data").rglob("*")):
        if path.suffix == ".parquet":
            parts.append(str(pq.read_table(path).to_pylist()))
        elif path.is_file():
            parts.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(parts)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_package_for_each_reader_is_a_bag_that_two_verifiers_accept(sent: Sent, audience: str) -> None:
    package = sent(audience)
    bagit.Bag(str(package)).validate()
    assert verify(package).problems == ()
    done = subprocess.run(["sh", package / "data/verify.sh"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (0, "all as sealed", "")
    checker = ["python3", "-I", "-S", str(package / "data/proofs/verify_merkle.py")]
    assert subprocess.run(checker, capture_output=True, text=True, check=True).stdout.endswith("all proofs hold\n")


@pytest.mark.parametrize("audience", AUDIENCES)
def test_same_case_and_reader_give_the_same_bytes(sent: Sent, audience: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sent(audience, "one")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    second = sent(audience, "two")
    monkeypatch.undo()
    time.tzset()
    for path in sorted(first.rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (second / path.relative_to(first)).read_bytes(), path


@pytest.mark.parametrize("audience", AUDIENCES)
def test_line_with_a_secret_is_shown_to_nobody(sent: Sent, audience: str) -> None:
    """E-0009 is `gz three` and E-0003 `nul …`: their events keep the keyed id of a secret that stood in the line."""
    package = sent(audience)
    rows = {row["exhibit_id"]: row for row in table(package, "evidence/evidence-index.csv")}
    assert {rows["E-0009"]["extract"], rows["E-0003"]["extract"]} == {""}
    assert "gz three" not in everything(package)
    assert bool(rows["E-0009"]["line_sha256"]) == (audience not in OTHER_SIDE), "a bare hash could be tried out"


def test_secret_in_the_bytes_alone_is_found_too(people: Story, tmp_path: Path) -> None:
    """No event tells of it: a rejected line, or a rule that came later."""
    from forensics.audience import disclose  # noqa: PLC0415 - the judge alone
    from forensics.evidence.extract import Judge  # noqa: PLC0415 - the same

    judge = Judge(people.case, disclose(people.case, "legal", None, ()), None)
    lines = [b"GET /?api_key=hunter2222 HTTP/1.1", b"GET /?q=1", b'{"cookie":"abcdefgh"}', b"\xff\xfe"]
    assert judge.hides(lines) == ["secret", None, "secret", None]
    assert tmp_path.exists()


def test_counterparty_sees_its_own_lines_and_the_leaf_of_every_other(sent: Sent, people: Story) -> None:
    package = sent("counterparty")
    rows = {row["exhibit_id"]: row for row in table(package, "evidence/evidence-index.csv")}
    shown = {name for name, row in rows.items() if row["extract"]}
    assert shown == {"E-0007", "E-0008", "E-0010"}, "the third cites the first line again"
    assert rows["E-0011"] | {"bates": "", "path": "", "log_file_sha256": "", "content_sha256": ""} == {
        **dict.fromkeys(rows["E-0011"], ""),
        "exhibit_id": "E-0011", "finding_id": "F-12345678", "source": "S0003", "compression": "bzip2",
        "withheld": "other_account",
    }  # fmt: skip
    assert (package / "data/evidence/raw/S0002.lines").read_bytes() == b"gz one\ngz two, with comma\n"
    leaves = table(package, "proofs/S0002.leaves.csv")
    assert [(row["index"], bool(row["salt"]), bool(row["leaf"])) for row in leaves] == [
        ("0", True, False), ("1", True, False), ("2", False, True),
    ]  # fmt: skip
    internal = {row["source"]: row["merkle_root"] for row in table(sent("legal"), "evidence/sources.csv")}
    assert internal == {row["source"]: row["merkle_root"] for row in table(package, "evidence/sources.csv")}
    assert people.case.key().hex() not in everything(package)


def test_counterparty_gets_what_its_management_needs_and_nothing_of_others(sent: Sent) -> None:
    package = sent("counterparty")
    assert {row["user_id"] for row in table(package, "tables/accounts.csv")} == {"acme-1", "acme-2"}
    assert {row["source_ip"] for row in table(package, "tables/networks.csv")} == {"198.18.7.1", "198.18.7.2"}
    (cluster,) = table(package, "tables/clusters.csv")
    assert (cluster["accounts"], cluster["accounts_of_others"]) == ("acme-1; acme-2", "fewer than 5")
    assert [row["finding_id"] for row in table(package, "tables/findings.csv")] == ["F-1", "F-3"]
    text = everything(package)
    for hidden in ("other-1", "203.0.113.9", "org-other", "Othe Ltd"):
        assert hidden not in text
    left_out = {row["item"]: row for row in table(package, "redaction/redaction-log.csv")}
    assert (left_out["findings"]["reason"], left_out["findings"]["count"]) == ("names_other", "1")
    assert {"queries", "loadfile", "certificates", "custody/custody.jsonl"} <= set(left_out)


def test_public_gets_pseudonyms_ranges_and_round_numbers(sent: Sent) -> None:
    package = sent("public")
    accounts = table(package, "tables/accounts.csv")
    assert len(accounts) == 3
    assert all(re.fullmatch("ACC-[A-Z2-7]{16}", row["account"]) for row in accounts)
    assert {row["requests_about"] for row in accounts} == {"4700"}
    assert [row["source_range"] for row in table(package, "tables/networks.csv")] == ["198.18.7.0/24"]
    text = everything(package)
    for hidden in ("acme-1", "acme-2", "other-1", "198.18.7.1", "203.0.113", "org-acme", "gz one", "first line"):
        assert hidden not in text
    assert not (package / "data/evidence/raw").exists() or not any((package / "data/evidence/raw").iterdir())


def test_counsel_gets_drafts_with_facts_and_blanks_and_no_conclusions(sent: Sent, people: Story) -> None:
    package = sent("legal")
    folder = package / "data/certificates"
    drafts = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(drafts) == {
        "fre-902-13.draft.md", "fre-902-14.draft.md", "dsa-art-17.draft.md", "dsa-statement.draft.json",
    }  # fmt: skip
    assert f"`{bag_info(package)['Custody-Chain-Head']}`" in drafts["fre-902-13.draft.md"]
    assert "[ signature ]" in drafts["fre-902-14.draft.md"]
    raw = sum(path.read_bytes().count(b"\n") for path in (package / "data/evidence/raw").iterdir())
    index = table(package, "evidence/evidence-index.csv")
    copied = {(row["extract"], row["extract_offset"]) for row in index if row["extract"]}
    citing = [row for row in index if row["extract"]]
    assert raw == len(copied) < len(citing), "a line that two exhibits cite is there once"
    assert f"holds {len(copied)} lines copied" in drafts["fre-902-14.draft.md"]
    assert f"It holds {len(copied)} lines: " in (package / "data/00-READ-ME-FIRST.txt").read_text()
    assert "access\\.log\\.1\\.gz" in drafts["fre-902-14.draft.md"]
    assert "The best innocent explanation: A shared tool\\." in drafts["dsa-art-17.draft.md"]
    assert "No \\*bulk\\* download" in drafts["dsa-art-17.draft.md"], "text of others does not act"
    assert json.loads(drafts["dsa-statement.draft.json"])["decision"] is None
    assert people.case.settings.case.title == ""


def bag_info(package: Path) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in (package / "bag-info.txt").read_text().splitlines())


@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_package_says_what_a_court_will_think(sent: Sent, audience: str) -> None:
    assert re.findall(r"(?i)\b(?:in)?admissib\w*|\bproves\b|tamper-proof", everything(sent(audience))) == []


def test_hidden_name_that_slips_through_stops_the_export(
    people: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second guard: somebody adds a query that shows too much."""
    leaking = tmp_path / "leaking"
    leaking.mkdir()
    report = leaking / "report.html"
    report.write_text("<p>and b3RoZXItMQ== did it</p>")  # other-1 in base64
    with pytest.raises(IntegrityError, match=r"data/report/report\.html would show .*: other-1$"):
        export(
            people.case, tmp_path / "package", queries={}, report_files={"report.html": report},
            audience="counterparty", organization="org-acme",
        )  # fmt: skip
    assert not (tmp_path / "package").exists()
    monkeypatch.setattr(redaction, "found_in", lambda *_: [])
    assert not (tmp_path / "package.partial" / "bagit.txt").exists()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x acme-1 y", True), ("acme-1", True), ("acme-12", False), ("xacme-1", False), ("u=acme-1&b", True),
        ("1.7.18.198.in-addr.arpa", False), ("9.113.0.203.in-addr.arpa", True), ("YWNtZS0x", True),
        ("org%2Fwith", False), ("a%2Fb%20c", True), ("nothing", False),
    ],
)  # fmt: skip
def test_names_are_found_as_whole_words_and_in_their_encoded_forms(text: str, *, found: bool) -> None:
    names = ["acme-1", "203.0.113.9", "a/b c", "abc", "12345"]
    assert bool(found_in(pl.Series([text]), names)) is found
    assert mentions(pl.Series(["12345 abc", "acme-1"]), names) == [False, True], "short names are in every text"


def test_account_called_like_one_of_our_own_words_does_not_stop_an_export(people: Story, tmp_path: Path) -> None:
    known = people.case.read(ACCOUNTS).to_pylist()
    people.case.write(ACCOUNTS, rows(ACCOUNTS, [*known, {"user_id": "package"}, {"user_id": "zz9"}]))
    package = tmp_path / "p"
    export(people.case, package, queries={}, report_files={}, audience="counterparty", organization="org-acme")
    profile = json.loads((package / "data/redaction/profile.json").read_text())
    assert profile["names_too_short_or_too_common_to_look_for"] == 2
    assert profile["names_looked_for"] >= 2


def test_counterparty_must_be_named_and_must_have_accounts(people: Story, tmp_path: Path) -> None:
    for audience, organization in (("counterparty", None), ("legal", "org-acme")):
        with pytest.raises(UsageError, match="--organization says whose accounts"):
            export(
                people.case, tmp_path / "p", queries={}, report_files={}, audience=audience, organization=organization
            )
    with pytest.raises(UsageError, match="no account of organization 'org-none' is in a cluster"):
        export(
            people.case, tmp_path / "p", queries={}, report_files={}, audience="counterparty", organization="org-none"
        )
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("audience", AUDIENCES)
def test_account_that_asked_to_be_left_out_is_in_no_new_package(sent: Sent, people: Story, audience: str) -> None:
    (event,) = (row["event_id"] for row in people.case.read(EXHIBITS).to_pylist() if row["exhibit_id"] == "E-0008")
    people.case.write(TAKEOVERS, rows(TAKEOVERS, [{"cluster_id": "C-1", "last_before_id": event}]))
    privacy.withhold(people.case, "acme-alias", "request of 2026-11-20")
    package = sent(audience)
    text = everything(package)
    assert "acme-2" not in text
    assert "acme-alias" not in text
    assert "gz two" not in text
    (cited,) = (row for row in people.case.read(EXHIBITS).to_pylist() if row["exhibit_id"] == "E-0008")
    assert str(cited["line_sha256"]) not in text, "a bare hash can be tried out"
    assert str(cited["event_id"]) not in text, "an id is a place in a log file"
    log = table(package, "redaction/redaction-log.csv")
    assert {"place": "evidence", "item": "EVD-0000007", "reason": "on_request",
            "rule": "the account asked to be left out", "count": "1"} in log  # fmt: skip
    assert json.loads((package / "data/redaction/profile.json").read_text())["accounts_withheld_on_request"] == 2
    entry = next(entry for entry in people.case.entries() if entry["action"] == "withhold")
    assert entry["detail"]["reason"] == "request of 2026-11-20"
    assert all(re.fullmatch("key:[0-9a-f]{32}", one) for one in entry["detail"]["accounts"])
    assert verify(package).problems == ()


def test_report_that_names_a_withheld_account_is_left_out(people: Story, tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    report.write_text("acme-2 and others\n")
    privacy.withhold(people.case, "acme-2", "asked")
    made: Exported = export(people.case, tmp_path / "p", queries={}, report_files={"report.md": report})
    assert made.lines > 0
    assert not (tmp_path / "p/data/report/report.md").exists()
    assert "report/report.md" in {row["item"] for row in table(tmp_path / "p", "redaction/redaction-log.csv")}
    assert people.case.read(FINDINGS).num_rows == 3, "the case itself keeps everything"
    assert people.case.read(EXHIBITS).num_rows > 0


def test_decisions_travel_with_the_chain_that_knows_them_to_the_team_and_counsel_only(
    people: Story, sent: Sent
) -> None:
    decide(people.case, "note", ["acme-1"], "spoke with them")
    decide(people.case, "note", ["other-1"], "asked to be left out later")
    made = {audience: sent(audience) / "data/custody/decisions.jsonl" for audience in AUDIENCES}
    assert [audience for audience, path in made.items() if path.exists()] == ["analyst", "legal"]
    assert made["legal"].read_bytes() == (people.case.folder / "decisions.jsonl").read_bytes()
    privacy.withhold(people.case, "other-1", "asked")
    kept = sent("legal", "less")
    assert [json.loads(line)["about"] for line in (kept / "data/custody/decisions.jsonl").read_text().splitlines()] == [
        "acme-1"
    ]
    assert verify(kept).problems == ()
    path = made["legal"]
    path.write_text(path.read_text().replace("spoke with them", "never spoke"))
    wrong = "data/custody/decisions.jsonl line 1 is no decision that the chain of custody knows"
    assert wrong in verify(path.parents[2]).problems


def test_whoever_decides_gets_statements_and_numbers_and_no_account(sent: Sent, people: Story) -> None:
    package = sent("executive")
    accounts = set(people.case.read(ACCOUNT_FEATURES)["user_id"].to_pylist())
    assert mentions(pl.Series([everything(package)]), accounts) == [False]
    assert len(table(package, "tables/clusters.csv")) == people.case.read(CLUSTERS).num_rows
    shown = {row["finding_id"] for row in table(package, "tables/findings.csv")}
    assert shown
    assert shown < set(people.case.read(FINDINGS)["finding_id"].to_pylist()), "one names an account"
    absent = {row["item"] for row in table(package, "redaction/redaction-log.csv") if row["place"] == "package"}
    assert absent == {
        "certificates",
        "custody/custody.jsonl",
        "custody/decisions.jsonl",
        "exchange",
        "loadfile",
        "queries",
    }


def workbook(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.create_sheet("Table 1").append(["account", "acme-2"])
    book.save(folder / "report.xlsx")
    return folder / "report.xlsx"


def page(folder: Path) -> Path:
    (folder / "report.html").write_text("<td>acme&#45;2</td>")
    return folder / "report.html"


def escaped(folder: Path) -> Path:
    (folder / "report.md").write_text("acme\\-2 and others\n")
    return folder / "report.md"


def as_json(folder: Path) -> Path:
    (folder / "report.json").write_text('{"account": "acme\\u002d2"}')
    return folder / "report.json"


@pytest.mark.parametrize("make", [workbook, page, escaped, as_json])
def test_name_is_found_where_a_rendering_packs_or_escapes_it(
    people: Story, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path)
    with pytest.raises(IntegrityError, match=f"data/report/{path.name} would show .*: acme-2"):
        export(people.case, tmp_path / "q", queries={}, report_files={path.name: path}, audience="public")
    privacy.withhold(people.case, "acme-2", "asked")
    export(people.case, tmp_path / "p", queries={}, report_files={path.name: path}, audience="legal")
    assert list((tmp_path / "p/data/report").iterdir()) == []
    assert f"report/{path.name}" in {row["item"] for row in table(tmp_path / "p", "redaction/redaction-log.csv")}
    notice = (tmp_path / "p/data/certificates/dsa-art-17.draft.md").read_text()
    assert "other\\-1 did it first" in notice
    assert "acme\\-2" not in notice


@pytest.mark.parametrize("audience", ["analyst", "legal", "public"])
def test_case_in_which_nothing_was_found_gives_a_package_all_the_same(
    case: Case, tmp_path: Path, audience: str
) -> None:
    empty = Case.create(tmp_path / "empty")
    for number, one in enumerate((case, empty)):
        package = tmp_path / f"package-{number}"
        made = export(one, package, queries={}, report_files={}, audience=audience)
        assert verify(package).problems == ()
        assert made.exhibits == (15 if one is case and audience != "public" else 0)
        done = subprocess.run(["sh", package / "data/verify.sh"], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        again = subprocess.run(["sh", package / "data/repro.sh", tmp_path], capture_output=True, text=True, check=False)
        assert again.stderr == ""
        assert bagit.Bag(str(package)).validate()
        if audience == "public":
            assert table(package, "tables/accounts.csv") == []
            assert stix2.parse((package / "data/exchange/bundle.stix.json").read_text()).objects
