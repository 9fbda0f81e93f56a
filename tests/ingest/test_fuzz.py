"""A slice of the campaign of broken files; all of it: python tests/campaigns/fuzz.py."""

from pathlib import Path

from tests.campaigns.fuzz import fuzz


def test_broken_files_crash_nothing_and_lose_no_byte(tmp_path: Path) -> None:
    total = fuzz(50, 3, tmp_path)
    assert total["files"] == 50 == total["read"] + total["refused"] + total["known"]
    assert total["read"] > 10
    assert total["events"] > 100
