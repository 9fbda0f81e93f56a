"""The end of a case, and what one account may ask for."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from forensics.case import Case
from forensics.decisions import decide
from forensics.errors import CaseError, UsageError
from forensics.evidence import privacy, verify
from forensics.schema import LINKS, PAIRS
from tests.conftest import Run
from tests.evidence.conftest import Story, rows


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def retain(case: Case, until: str) -> Case:
    path = case.folder / "case.toml"
    path.write_text(path.read_text().replace('retain_until = ""', f'retain_until = "{until}"'))
    return Case.open(case.folder)


def test_purge_leaves_settings_and_a_chain_with_a_tombstone(people: Story) -> None:
    case = retain(people.case, "2026-11-21")
    case.looked("sql", {"query": "SELECT 1"})
    size = sum((case.folder / name).stat().st_size for name in names(case.folder) if name not in privacy._KEPT)
    removed = privacy.purge(case, reason="retention", today="2026-11-22")
    assert names(case.folder) <= {"case.toml", "custody.jsonl", ".lock"}
    assert removed["bytes"] == size
    entry = list(case.entries())[-1]
    assert (entry["action"], entry["detail"]["removed"]) == ("purge", removed)
    assert entry["detail"]["access_log"]["entries"] == 1
    found = verify(case.folder)
    assert found.problems == ()


@pytest.mark.parametrize(("until", "said"), [("", "sets no retain_until"), ("2026-11-23", "runs until 2026-11-23")])
def test_purge_before_its_time_is_refused_unless_one_insists(people: Story, until: str, said: str) -> None:
    case = retain(people.case, until)
    before = names(case.folder)
    with pytest.raises(UsageError, match=said):
        privacy.purge(case, reason="x", today="2026-11-22")
    assert names(case.folder) == before
    privacy.purge(case, reason="order of 2026-11-20", today="2026-11-22", even_now=True)
    assert list(case.entries())[-1]["detail"]["reason"] == "order of 2026-11-20"


def test_purged_case_cannot_be_continued(people: Story) -> None:
    privacy.purge(people.case, reason="x", today="", even_now=True)
    with pytest.raises(CaseError, match="its data was purged"):
        Case.open(people.case.folder).key()


def test_tombstone_cannot_be_taken_out(people: Story) -> None:
    privacy.purge(people.case, reason="x", today="", even_now=True)
    people.case.record("open", {"case_format": 1})
    path = people.case.folder / "custody.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:-2], lines[-1]]))
    assert verify(people.case.folder).problems == (
        f"custody.jsonl line {len(lines) - 1} was removed before line {len(lines) - 1}",
    )


def test_account_gets_its_rows_under_all_its_names_and_nobody_elses(people: Story, tmp_path: Path) -> None:
    pair = {"user_id_a": "acme-2", "user_id_b": "other-1", "bits": 9.0}
    link = pair | {"signal": "shared_payment", "family": "IDENT", "detail": '{"card": "x"}'}
    people.case.write(LINKS, rows(LINKS, [link, link | {"user_id_a": "acme-1"}]))
    people.case.write(PAIRS, rows(PAIRS, [pair]))
    counts = privacy.export_account(people.case, "acme-alias", tmp_path / "out")
    assert counts | {} == {
        "events": 1, "accounts": 1, "identities": 1, "account_features": 1, "links": 1, "pairs": 1,
        "cluster_members": 1,
    }  # fmt: skip
    (event,) = pq.read_table(tmp_path / "out/events.parquet").to_pylist()
    assert event["user_id"] == "acme-2"
    (mine,) = [json.loads(line) for line in (tmp_path / "out/links.ndjson").read_text().splitlines()]
    assert (mine["user_id_a"], mine["user_id_b"][:4], "detail" in mine) == ("acme-2", "key:", False)
    text = "".join(path.read_bytes().decode("latin-1") for path in (tmp_path / "out").iterdir())
    assert "other-1" not in text
    assert "acme-1" not in text


def test_account_gets_what_people_decided_about_it_and_nobody_elses_name(people: Story, tmp_path: Path) -> None:
    decide(people.case, "unsure", ["acme-1", "acme-2"], "acme-1 and acme-2 may share a desk")
    decide(people.case, "note", ["acme-1"], "asked by phone")
    privacy.export_account(people.case, "acme-2", tmp_path / "out")
    (told,) = [json.loads(line) for line in (tmp_path / "out/decisions.ndjson").read_text().splitlines()]
    assert told["decision"] == "unsure"
    assert "acme-2 may share a desk" in told["because"]
    assert "acme-1" not in told["because"]


def test_account_nobody_knows_and_folder_in_use_are_refused(people: Story, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no account nobody in this case"):
        privacy.export_account(people.case, "nobody", tmp_path / "out")
    with pytest.raises(UsageError, match="no account nobody in this case"):
        privacy.withhold(people.case, "nobody", "x")
    (tmp_path / "mine").write_text("x")
    with pytest.raises(UsageError, match="exists and is not empty"):
        privacy.export_account(people.case, "acme-1", tmp_path)
    with pytest.raises(UsageError, match="lies inside the case"):
        privacy.export_account(people.case, "acme-1", people.case.folder / "out")


def test_commands_do_the_same_and_looking_is_logged(forensics: Run, people: Story, tmp_path: Path) -> None:
    folder = people.case.folder
    assert forensics("account-data", "acme-1", tmp_path / "out", "-C", folder).returncode == 0
    assert json.loads((folder / "access.jsonl").read_text().splitlines()[-1])["action"] == "account-data"
    assert forensics("withhold", "acme-1", "--reason", "asked", "-C", folder).returncode == 0
    refused = forensics("purge", "-C", folder)
    assert (refused.returncode, "sets no retain_until" in refused.stderr) == (2, True)
    done = forensics("purge", "--now", "--reason", "order", "-C", folder)
    assert done.returncode == 0, done.stderr
    assert forensics("verify", folder).returncode == 0
    assert forensics("export", tmp_path / "p", "-C", folder).returncode == 2
