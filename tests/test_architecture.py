"""The rules of the house, as tests: layers, size, style, types, names."""

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import forensics as package
from forensics.analyze.findings import FINDINGS
from forensics.analyze.signals import SIGNALS
from forensics.ask import DOSSIERS, QUESTIONS
from forensics.engine import Engine
from forensics.model import Signal
from forensics.schema import TABLES

ROOT = Path(__file__).resolve().parents[1]
BANNED = {"utils", "helpers", "common", "misc", "manager", "handler", "processor"}
BANNED_WORDS = (" df =", "except Exception", "pytest.skip(", "TODO", "FIXME")


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports", "--no-cache"],
    ],
    ids=" ".join,
)
def test_gate_passes(command: list[str]) -> None:
    program = Path(sys.executable).parent / command[0]
    done = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_help_starts_no_engine() -> None:
    """`--help` and completion answer at once: nothing heavy is imported for them."""
    heavy = ("duckdb", "polars", "pyarrow", "numpy", "jinja2", "isal")
    script = (
        "import sys; from forensics.cli.app import run; run(['--help']);"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def sources() -> list[Path]:
    return sorted((ROOT / "forensics").rglob("*.py"))


def test_modules_stay_small_and_are_named_for_what_they_hold() -> None:
    long = {str(path): lines for path in sources() if (lines := len(path.read_text().splitlines())) > 300}
    assert long == {}
    assert [str(path) for path in sources() if path.stem in BANNED] == []


def test_no_banned_words_in_the_code() -> None:
    found = [f"{path}: {word}" for path in sources() for word in BANNED_WORDS if word in path.read_text()]
    assert found == []


def test_every_query_belongs_to_something_and_is_one_select() -> None:
    """SQL kept in two places drifts, and SQL nobody runs rots: each file is named by a table, signal or finding."""
    used = {table.name for table in TABLES} | {signal.id for signal in SIGNALS} | {kind.id for kind in FINDINGS}
    for path in sorted((ROOT / "forensics" / "analyze").rglob("*.sql")):
        text = path.read_text(encoding="utf-8")
        parts = {"robustness", "cited_lines", "campaigns", "focus_choices"}
        assert path.stem in used | parts, f"{path} is read by nothing"
        assert "-- reads " in text and "-- grain " in text, f"{path} does not say what it reads and its grain"
        statement = re.sub(r"--.*", "", text).strip()
        assert ";" not in statement and statement.split()[0] in {"SELECT", "WITH"}, f"{path} is not one SELECT"
        assert statement.rstrip().split("\n")[-1].lstrip().startswith("ORDER BY") or "ORDER BY" in statement


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.id)
def test_signal_says_what_it_could_get_wrong(signal: Signal) -> None:
    assert signal.false_positives
    assert signal.null_model
    assert signal.source


def test_examples_in_docstrings_hold() -> None:
    failed = 0
    for module in pkgutil.walk_packages(package.__path__, "forensics."):
        if not module.name.endswith("__main__"):
            failed += doctest.testmod(importlib.import_module(module.name)).failed
    assert failed == 0


def test_engine_reads_the_case_and_nothing_else(tmp_path: Path) -> None:
    from forensics.errors import UsageError  # noqa: PLC0415 - named beside its use

    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n")
    inside = tmp_path / "case"
    inside.mkdir()
    with Engine(inside) as engine:
        for query in (
            f"SELECT * FROM read_csv('{outside}')",  # noqa: S608 - the attempt is the test
            "SELECT * FROM read_csv('https://example.org/x.csv')",
            "INSTALL inet",
            "SET enable_external_access = true",
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
        ):
            with pytest.raises(UsageError):
                engine.ask(query)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("path", sorted((ROOT / "forensics" / "analyze").rglob("*.sql")), ids=lambda path: path.stem)
def test_a_query_says_which_tables_it_reads(path: Path) -> None:
    """The header is what a reader trusts, so it is compared with the query below it."""
    text = path.read_text(encoding="utf-8")
    header = "".join(line.lstrip("- ") + " " for line in text.split("-- grain")[0].splitlines())
    said = set(re.split(r"[,\s]+", header.split("reads ", 1)[1].split("params ")[0].strip()))
    query = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    tables = {table.name for table in TABLES} | {"members"}
    named = set(re.findall(r"\b(?:FROM|JOIN)\s+([a-z_]+)", query)) & tables
    defined = set(re.findall(r"\b([a-z_]+) AS \(", query))
    assert said == named - defined


def test_every_question_has_one_query_and_every_query_of_the_folder_a_question() -> None:
    folder = ROOT / "forensics" / "ask"
    assert [one.id for one in QUESTIONS] == [f"Q{number:02}" for number in range(1, 31)]
    assert sorted(path.name for path in (folder / "questions").iterdir()) == sorted(one.query for one in QUESTIONS)
    parts = {f"{kind}_{part}.sql" for kind, parts in DOSSIERS.items() for part in parts}
    assert {path.name for path in (folder / "dossiers").iterdir()} == parts
    for path in sorted(folder.rglob("*.sql")):
        text = path.read_text(encoding="utf-8")
        assert "-- reads " in text and "-- grain " in text, f"{path} does not say what it reads and its grain"
        assert "ORDER BY" in text, f"{path} has no total order"
