"""The command line as users meet it: one line, a hint, the right exit code; results on stdout, talk on stderr."""

import fcntl
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from forensics import console
from forensics.model import Progress

LINE = '198.18.0.{n} - u-{n} [02/Mar/2026:04:05:{s:02d} +0000] "GET /items/{i} HTTP/1.1" 200 12 "-" "x/1"\n'
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_text("".join(LINE.format(n=i % 9 + 1, s=i % 60, i=1000 + i) for i in range(200)))
    return path


def told(done: "subprocess.CompletedProcess[str]", code: int) -> str:
    """Return the error line of a command that ended as it should: one line, one hint, no traceback."""
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith(("error:", "hint:"))]
    assert [line.split(":")[0] for line in lines] == ["error", "hint"]
    return lines[0]


def test_missing_empty_binary_and_unreadable_files_are_refused_with_the_reason(forensics: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.log").write_bytes(b"")
    (tmp_path / "noise.log").write_bytes(bytes(range(256)) * 64)
    (tmp_path / "prose.log").write_text("dear diary,\nnothing happened today\n" * 20)
    for name in ("missing.log", "empty.log", "noise.log", "prose.log"):
        done = forensics("ingest", tmp_path / name, "-C", tmp_path / f"case-{name}")
        assert name in told(done, 2)


def test_a_folder_where_a_file_should_be_readable_says_so(forensics: Run, tmp_path: Path) -> None:
    done = forensics("ingest", tmp_path / "nothing-*.log", "-C", tmp_path / "case")
    assert "nothing-" in told(done, 2)


def test_wrong_names_on_the_command_line_are_usage_errors(forensics: Run, tmp_path: Path, log: Path) -> None:
    case = tmp_path / "case"
    assert "Mars/Olympus" in told(forensics("ingest", log, "-C", case, "--timezone", "Mars/Olympus"), 2)
    assert "klingon" in told(forensics("ingest", log, "-C", case, "--format", "klingon"), 2)
    assert "nonsense" in told(forensics("ingest", log, "-C", case, "--map", "nonsense"), 2)
    assert "--as gossip" in told(forensics("ingest", log, "-C", case, "--as", "gossip"), 2)
    assert forensics("ingest", log, "-C", case, "--no-such-flag").returncode == 2


def test_a_context_table_without_its_column_names_the_column(forensics: Run, tmp_path: Path, log: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account,email_domain\nu-1,a.example\n")
    (tmp_path / "incidents.csv").write_text("incident_id,kind,started_at\nO-1,outage,yesterday\n")
    case = tmp_path / "case"
    assert "user_id" in told(forensics("run", log, "-C", case, "--accounts", tmp_path / "accounts.csv"), 2)
    message = told(forensics("ingest", tmp_path / "incidents.csv", "-C", case, "--as", "incidents"), 2)
    assert "row 2" in message
    assert "started_at" in message


def test_a_folder_that_is_no_case_is_left_alone(forensics: Run, tmp_path: Path, log: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.txt").write_text("a cat")
    told(forensics("ingest", log, "-C", tmp_path / "photos"), 2)
    told(forensics("status", "-C", tmp_path / "photos"), 2)
    assert sorted(path.name for path in (tmp_path / "photos").iterdir()) == ["cat.txt"]


def test_a_case_of_another_program_is_refused(forensics: Run, tmp_path: Path, log: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "case.toml").write_text("[case]\n")
    (tmp_path / "other" / "custody.jsonl").write_text('{"seq":1,"detail":{"case_format":99}}\n')
    told(forensics("ingest", log, "-C", tmp_path / "other"), 2)


def test_settings_that_cannot_be_used_name_section_and_key(forensics: Run, tmp_path: Path, log: Path) -> None:
    case = tmp_path / "case"
    assert forensics("ingest", log, "-C", case).returncode == 0
    (case / "case.toml").write_text('[analysis]\nalpha = "low"\n')
    assert "[analysis] alpha" in told(forensics("analyze", "-C", case), 2)


def test_a_locked_case_asks_to_try_again(forensics: Run, tmp_path: Path, log: Path) -> None:
    case = tmp_path / "case"
    assert forensics("ingest", log, "-C", case).returncode == 0
    with (case / ".lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        told(forensics("analyze", "-C", case), 75)
    assert forensics("analyze", "-C", case).returncode == 0


def test_no_accounts_is_nothing_to_judge_and_still_writes_the_report(forensics: Run, tmp_path: Path) -> None:
    log = tmp_path / "anonymous.log"
    log.write_text("".join(LINE.format(n=1, s=i, i=i).replace("u-1", "-") for i in range(50)))
    done = forensics("run", log, "-C", tmp_path / "case")
    assert done.returncode == 6
    assert (tmp_path / "case" / "report" / "analyst" / "report.html").is_file()


def test_too_many_rejects_are_partial_and_keep_what_could_be_read(forensics: Run, tmp_path: Path, log: Path) -> None:
    log.write_text(log.read_text() + "not a log line at all\n" * 8)
    done = forensics("ingest", log, "-C", tmp_path / "case", "--max-reject-rate", "0.01", "--json")
    assert done.returncode == 4, done.stderr
    (row,) = json.loads(done.stdout)["data"]["files"]
    assert (row["events"], row["rejects"], row["records"]) == (200, 8, 208)


def test_recognition_names_winner_and_runner_up_and_refuses_what_is_ambiguous(forensics: Run, tmp_path: Path) -> None:
    line = '198.18.0.1 - - [01/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "x/1"\n'
    event = '{"time": "2026-03-01T10:00:00Z", "client_ip": "198.18.0.2", "method": "GET", "path": "/"}\n'
    (tmp_path / "mixed.log").write_text((line + line + event) * 9, encoding="utf-8")
    verdict = "VERDICT  combined + ndjson, reads 100.0% of the sampled records; runner-up: ndjson, 33.3%"
    assert verdict in forensics("formats", "test", tmp_path / "mixed.log").stdout
    cells = "2026-03-01T10:00:00Z,198.18.0.1\t2026-04-01T10:00:00Z\n"
    table = tmp_path / "a.csv"
    table.write_text("timestamp,ip\ttimestamp\n" + cells * 9, encoding="utf-8")
    for command in (("formats", "test"), ("ingest", "--dry-run"), ("ingest", "-C", tmp_path / "case")):
        done = forensics(*command, table)
        assert done.returncode == 2
        assert "ambiguous: tsv and csv each read 100.0% of the sampled lines" in done.stdout + done.stderr
        assert "--format tsv, or --format csv" in done.stdout + done.stderr


def test_the_json_document_has_the_envelope_of_the_contract(forensics: Run, tmp_path: Path, log: Path) -> None:
    done = forensics("run", log, "-C", tmp_path / "case", "--json")
    document = json.loads(done.stdout)
    assert set(document) == {"schema", "case", "run_id", "status", "exit_code", "warnings", "data"}
    assert document["schema"] == "forensics/run/1"
    assert document["exit_code"] == done.returncode == 0
    assert len(document["run_id"]) == 64
    assert done.stdout.isascii()


def test_errors_are_a_document_too(forensics: Run, tmp_path: Path) -> None:
    done = forensics("status", "-C", tmp_path / "nowhere", "--json")
    document = json.loads(done.stdout)
    assert done.returncode == document["exit_code"] == 2
    assert document["data"]["hint"]


def test_a_pipe_gets_plain_complete_lines(forensics: Run, tmp_path: Path, log: Path) -> None:
    case = tmp_path / "case"
    forensics("ingest", log, "-C", case)
    done = forensics("sql", "SELECT event_id, user_agent_original FROM events ORDER BY 1", "-C", case)
    lines = done.stdout.splitlines()
    assert len(lines) == 201
    assert lines[0] == "event_id\tuser_agent_original"
    assert "\x1b" not in done.stdout


def test_log_text_cannot_act_on_the_terminal(forensics: Run, tmp_path: Path) -> None:
    log = tmp_path / "a.ndjson"
    agent = "\\u001b]0;owned\\u0007\\u202e\\u009b2J"
    log.write_text(
        "".join(
            f'{{"time":"2026-03-02T04:05:{i:02d}Z","user_id":"u","client_ip":"198.18.0.1","method":"GET","path":"/",'
            f'"status":200,"user_agent":"{agent}"}}\n'
            for i in range(20)
        )
    )
    case = tmp_path / "case"
    assert forensics("ingest", log, "-C", case).returncode == 0
    done = forensics("sql", "SELECT DISTINCT user_agent_original FROM events", "-C", case)
    assert done.stdout.splitlines()[1] == "<U+001B>]0;owned<U+0007><U+202E><U+009B>2J"


def test_the_case_is_found_from_the_environment_and_from_a_parent_folder(
    forensics: Run, tmp_path: Path, log: Path
) -> None:
    case = tmp_path / "case"
    forensics("ingest", log, "-C", case)
    assert forensics("status", env={"FORENSICS_CASE": str(case)}).returncode == 0
    # the checkout is not below the case, so python must find the package from there
    root = Path(__file__).resolve().parents[1]
    assert forensics("status", cwd=case / "tables", env={"PYTHONPATH": str(root)}).returncode == 0


def test_stdin_is_spooled_and_its_lines_stay_addressable(forensics: Run, tmp_path: Path, log: Path) -> None:
    case = tmp_path / "case"
    done = forensics("ingest", "-", "-C", case, stdin=log.read_bytes())
    assert done.returncode == 0, done.stderr
    assert [path.read_bytes() for path in (case / "sources").iterdir()] == [log.read_bytes()]


def test_the_case_key_never_appears_outside_private(forensics: Run, tmp_path: Path, log: Path) -> None:
    case = tmp_path / "case"
    forensics("run", log, "-C", case)
    forensics("export", tmp_path / "package", "-C", case)
    key = (case / "private" / "case.key").read_bytes().strip()
    for folder in (case, tmp_path / "package"):
        holders = [path for path in folder.rglob("*") if path.is_file() and key in path.read_bytes()]
        assert all(path.parent.name == "private" for path in holders)
    assert oct((case / "private" / "case.key").stat().st_mode)[-3:] == "600"
    assert oct(case.stat().st_mode)[-3:] == "700"


def test_fail_on_is_opt_in(forensics: Run, tmp_path: Path, log: Path) -> None:
    case = tmp_path / "case"
    forensics("ingest", log, "-C", case)
    assert forensics("analyze", "-C", case, "--fail-on", "very-likely").returncode == 0
    assert "perhaps" in told(forensics("analyze", "-C", case, "--fail-on", "perhaps"), 2)


def test_progress_tells_bytes_and_rejects(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(console, "_HEARTBEAT_SECONDS", 0)
    with console.Console().progress() as report:
        report(Progress("read", 5_000_000, 10_000_000, rejects=3))
    assert capsys.readouterr().err == "read: 5,000,000 of 10,000,000 bytes, 3 rejects\n"
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("FORCE_COLOR", "1")
    with console.Console().progress() as report:
        report(Progress("read", 5_000_000, 10_000_000, rejects=3))
    assert "5 of 10 MB, 3 rejects" in capsys.readouterr().err
