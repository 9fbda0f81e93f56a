"""From a sentence to its exhibit to the raw line: read again, checked, masked; and what is never shown."""

import gzip
import subprocess
from pathlib import Path

import pytest

from forensics.audience import disclose
from forensics.evidence import privacy
from forensics.keyed import secret_id
from forensics.report.blocks import Line
from forensics.report.lines import _holds, cited_lines
from forensics.schema import EXHIBITS
from forensics.text import visible
from tests.evidence.conftest import Story, build, rows, sha256, with_people

GONE = "Not shown: the source was out of reach, or is damaged before this line."


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return with_people(build(tmp_path_factory.mktemp("lines")))


def lines(story: Story) -> dict[str, Line]:
    shown = cited_lines(story.case, disclose(story.case, "analyst", None, ()))
    return {name: line for line in shown for name in line.exhibits}


def test_each_line_is_its_bytes_as_text_once_however_often_it_is_cited(people: Story) -> None:
    shown = {name: line for name, line in lines(people).items() if line.text}
    for name, line in shown.items():
        assert line.text == visible(people.cited[name].decode("utf-8", "replace")), name
        assert (line.length, line.line_sha256) == (len(people.cited[name]), sha256(people.cited[name])), name
    assert shown["E-0007"] is shown["E-0010"]
    assert lines(people)["E-0009"].text == "", "a secret stood in it, and its text does not tell where"
    assert lines(people)["E-9000"].remark == "Not shown: the source has rows, not bytes."
    assert {lines(people)[name].remark for name, line in people.cited.items() if line.startswith(b"n")} >= {GONE}


def test_the_command_prints_the_hash_in_any_shell_whatever_the_file_is_called(people: Story) -> None:
    checked = 0
    for line in lines(people).values():
        if not line.text:
            continue
        done = subprocess.run(["sh", "-c", line.command], cwd=people.logs, capture_output=True, text=True, check=True)
        assert done.stdout.split()[0] == line.line_sha256, line.command
        checked += 1
    assert checked > 10


def test_a_changed_source_shows_nothing(tmp_path: Path) -> None:
    story = with_people(build(tmp_path))
    path = story.logs / "edge" / "access.log.1.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"one", b"two"), mtime=0))
    assert lines(story)["E-0007"].text == ""
    assert lines(story)["E-0007"].remark.startswith("Not shown: the bytes at this place are not what was recorded")
    assert lines(story)["E-0008"].text == "gz two, with comma"


def test_a_line_of_an_account_that_asked_to_be_left_out_is_not_shown(tmp_path: Path) -> None:
    story = with_people(build(tmp_path))
    privacy.withhold(story.case, "acme-2", "asked")
    shown = {
        name: line
        for line in cited_lines(story.case, disclose(story.case, "analyst", None, ["acme-2", "acme-alias"]))
        for name in line.exhibits
    }
    assert (shown["E-0008"].text, shown["E-0008"].command) == ("", "")
    assert shown["E-0008"].remark == "Not shown: the account asked to be left out."
    assert shown["E-0007"].text == "gz one"


def test_a_secret_in_a_line_is_its_keyed_id(tmp_path: Path) -> None:
    story = build(tmp_path)
    secret = b"GET /?api_key=hunter2222 HTTP/1.1"
    path = story.logs / "edge" / "access.log.1.gz"
    content = gzip.decompress(path.read_bytes()).ljust(len(secret))
    path.write_bytes(gzip.compress(secret + content[len(secret) :], mtime=0))
    exhibits = story.case.read(EXHIBITS).to_pylist()
    place = next((row["content_sha256"], 0) for row in exhibits if row["exhibit_id"] == "E-0007")
    now = {"log_length": len(secret), "line_sha256": sha256(secret)}
    changed = [row | (now if (row["content_sha256"], row["log_offset"]) == place else {}) for row in exhibits]
    story.case.write(EXHIBITS, rows(EXHIBITS, changed))
    line = lines(story)["E-0007"]
    assert line.text.startswith("GET /?api_key=key:")
    assert "hunter2222" not in line.text
    assert line.line_sha256 == sha256(secret)
    assert line.remark.startswith("Secrets are replaced by keyed ids here")


def test_a_secret_that_stands_in_a_line_twice_is_found_where_no_pattern_finds_it() -> None:
    key, word = bytes(32), "hunter2222"
    secrets = [secret_id(key, "session", word)]
    assert _holds(f"GET /?sid={secrets[0]} and again /path/{word}/x", secrets, key)
    assert _holds(f"cookie {word}", secrets, key)
    assert not _holds(f"GET /?sid={secrets[0]} HTTP/1.1", secrets, key)
