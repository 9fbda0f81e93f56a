"""What people decide stands beside what the machine found, survives the next analysis, and changes none of it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from forensics import schema
from forensics.case import Case
from forensics.decisions import FILE, decide, decisions, standing
from forensics.errors import IntegrityError, UsageError
from forensics.report import report
from tests.report.page import Page
from tests.report.sample_case import COLLEGE, HARVESTERS, PAIR, STUDENTS, story, tables, write

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def case(folder: Path) -> Case:
    return story(folder)


def regrouped(case: Case, members: dict[str, tuple[str, ...]]) -> None:
    """Write the clusters of another analysis."""
    model = tables()[schema.CLUSTERS][0]
    rows = [
        {**model, "cluster_id": name, "size": len(names), "verdict": "undecided"} for name, names in members.items()
    ]
    write(case, schema.CLUSTERS, rows)
    joined = [{"cluster_id": name, "user_id": one, "role": "member", "actionable": False}
              for name, names in members.items() for one in names]  # fmt: skip
    write(case, schema.CLUSTER_MEMBERS, joined)


def test_a_label_stands_beside_the_verdict_in_the_report(case: Case) -> None:
    before = (case.folder / "analysis" / "clusters.parquet").read_bytes()
    decide(case, "benign-shared", [PAIR], "a studio with two desks <b>=1+1</b>")
    assert (case.folder / "analysis" / "clusters.parquet").read_bytes() == before
    paths = report(case)
    blocks = [block for part in json.loads(paths["json"].read_bytes())["sections"] for block in part["blocks"]]
    (table,) = (block for block in blocks if block.get("caption", "").startswith("Decisions recorded"))
    about, accounts, then, now, person, because, *_, state = table["rows"][0]
    assert [about, accounts, then, now, person, state] == [
        PAIR, 2, "coordinated", "coordinated", "benign-shared", "the same group of accounts now",
    ]  # fmt: skip
    assert because == "a studio with two desks <b>=1+1</b>"
    page = Page(paths["html"].read_text(encoding="utf-8"))
    assert because in page.text()
    assert not any(tag == "b" and "=1+1" in text for tag, text in page.texts)


def test_a_label_finds_its_accounts_after_the_clusters_changed(case: Case) -> None:
    decide(case, "confirm", [PAIR], "reviewed")
    regrouped(case, {"C-new": (*HARVESTERS, "u-1001"), "C-other": STUDENTS})
    (one,) = standing(case)
    assert (one.decision.cluster_id, one.decision.verdict) == (PAIR, "coordinated")
    assert (one.clusters, one.verdicts, one.state) == (("C-new",), ("undecided",), "2 of 2 in a cluster now")
    regrouped(case, {"C-other": STUDENTS})
    assert standing(case)[0].state == "none of these accounts is in a cluster now"


def test_a_split_and_a_merge_say_whether_the_analysis_follows(case: Case) -> None:
    decide(case, "split", [STUDENTS[0]], "own flat")
    decide(case, "merge", [PAIR, STUDENTS[1]], "same payment")
    assert [one.state for one in standing(case)] == ["still together in the analysis", "apart in the analysis"]
    regrouped(case, {"C-1": (*HARVESTERS, STUDENTS[1]), "C-2": STUDENTS[2:]})
    assert [one.state for one in standing(case)] == ["none of these accounts is in a cluster now", "in one cluster now"]
    regrouped(case, {"C-1": STUDENTS[:1], "C-2": STUDENTS[2:]})
    assert standing(case)[0].state == "apart now"


def test_subjects_and_words_that_fit_nothing_are_refused(case: Case) -> None:
    for word, subjects, message in (
        ("ban", [PAIR], "'ban' is no label"),
        ("confirm", ["nobody"], "no cluster and no account nobody"),
        ("split", [PAIR], "takes some accounts of one cluster apart"),
        ("merge", ["u-2001"], "needs two accounts or clusters"),
        ("confirm", [*STUDENTS[:3]], "about a cluster, an account or a pair"),
    ):
        with pytest.raises(UsageError, match=message):
            decide(case, word, subjects, "x")
    assert list(decisions(case)) == []


def test_a_changed_removed_or_reordered_decision_is_noticed(case: Case) -> None:
    decide(case, "confirm", [PAIR], "one")
    decide(case, "note", [COLLEGE], "two")
    path = case.folder / FILE
    whole = path.read_bytes()
    first, second = whole.splitlines(keepends=True)
    for content in (whole.replace(b"one", b"One"), first, second + first, b""):
        path.write_bytes(content)
        with pytest.raises(IntegrityError, match="is not what the chain of custody recorded"):
            report(case, formats=("md",))
    path.write_bytes(whole)
    assert [one.because for one in decisions(case)] == ["one", "two"]


def test_a_line_that_the_chain_does_not_know_is_no_decision(case: Case) -> None:
    decide(case, "confirm", [PAIR], "one")
    path = case.folder / FILE
    with path.open("ab") as stream:
        stream.write(path.read_bytes().replace(b'"one"', b'"forged"'))
    assert [one.because for one in decisions(case)] == ["one"]
    decide(case, "reject", [PAIR], "two")
    assert [one.because for one in decisions(case)] == ["one", "two"]
    assert b"forged" not in path.read_bytes()


def test_commands_record_list_and_say_what_to_do_next(case: Case, forensics: Run) -> None:
    done = forensics("label", "confirm", PAIR, "--because", "reviewed", "-C", case.folder)
    assert done.returncode == 0, done.stderr
    assert f"recorded: confirm about {PAIR}; what the machine found stays beside it" in done.stdout
    done = forensics("note", "u-2001", "asked the owner", "-C", case.folder, "--json")
    assert json.loads(done.stdout)["data"]["because"] == "asked the owner"
    listed = json.loads(forensics("runs", "list", "-C", case.folder, "--json").stdout)
    assert json.loads((case.folder / "access.jsonl").read_text().splitlines()[-1])["action"] == "runs"
    assert listed["schema"] == "forensics/runs/1"
    assert [one["decision"] for one in listed["data"]["decisions"]] == ["confirm", "note"]
    assert listed["data"]["current"] is False
    assert forensics("label", "ban", PAIR, "--because", "x", "-C", case.folder).returncode == 2
    assert forensics("runs", "replay", "-C", case.folder).returncode == 2


LINE = '198.18.0.{n} - u-{n} [02/Mar/2026:04:05:{s:02d} +0000] "GET /items/{i} HTTP/1.1" 200 12 "-" "x/1"\n'


def test_a_run_is_repeated_in_a_copy_and_a_changed_result_is_found(forensics: Run, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text("".join(LINE.format(n=i % 9 + 1, s=i % 60, i=1000 + i) for i in range(200)))
    case = tmp_path / "case"
    assert forensics("run", log, "-C", case).returncode == 0
    done = forensics("runs", "replay", "--check", "-C", case)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tables are as recorded on" in done.stdout
    assert not list(case.glob(".replay-*"))
    toml = case / "case.toml"
    toml.write_text(toml.read_text().replace("alpha = 0.05", "alpha = 0.01"))
    assert forensics("runs", "replay", "--check", "-C", case).returncode == 2
    assert forensics("analyze", "-C", case).returncode == 0
    told = json.loads(forensics("runs", "diff", 1, 2, "-C", case, "--json").stdout)["data"]["differences"]
    assert {"what": "settings", "name": "analysis.alpha", "first": "0.05", "second": "0.01"} in told
    assert not [row for row in told if row["what"] in {"input", "software"}]
    lines = (case / "custody.jsonl").read_text().splitlines()
    last = json.loads(lines[-1])
    last["detail"]["outputs"]["analysis/pairs.parquet"] = "0" * 64
    (case / "custody.jsonl").write_text(
        "\n".join([*lines[:-1], json.dumps(last, sort_keys=True, separators=(",", ":"))]) + "\n"
    )
    done = forensics("runs", "replay", "--check", "-C", case)
    assert done.returncode == 5
    assert "DIFFERS  analysis/pairs.parquet" in done.stdout
