"""A full disk at every place that writes: the command says so and ends with 75, and the next one makes it good."""

import errno
import gzip
import io
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pyarrow.parquet as pq
import pytest

from forensics.case import Case
from forensics.cli.app import run
from forensics.errors import ExitCode
from forensics.evidence.check_case import verify_case
from forensics.ingest import memory, source
from tests.ingest.test_resume import contents

Lines = Callable[[int], bytes]
PART = 20_000


class Disk:
    """A disk that is full from one act of writing on. Half of what is written at that moment still fits."""

    def __init__(self, folder: Path, full_at: int) -> None:
        self.folder, self.full_at = folder, full_at
        self.acts: list[str] = []

    def act(self, kind: str, path: object) -> bool:
        """Note one act on a file of the case; tell whether the disk is full now."""
        if not str(path).startswith(str(self.folder)):
            return False
        inside = os.path.relpath(str(path), self.folder)
        self.acts.append(kind + " " + re.sub(r"[0-9a-f]{16}|[0-9]+", "N", inside))
        return len(self.acts) > self.full_at

    def check(self, kind: str, path: object) -> None:
        """Note one act. Raise `OSError` if the disk is full now."""
        if self.act(kind, path):
            raise full()

    @contextmanager
    def used(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Write to this disk."""
        opened, replace, mkdir, write_table = io.open, os.replace, os.mkdir, pq.ParquetWriter.write_table

        def opens(path: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            if not set(mode) & set("wax") or isinstance(path, int):
                return opened(path, mode, *args, **kwargs)
            self.check("open", path)
            return _Stream(self, opened(path, mode, *args, **kwargs), path)

        def replaces(one: Any, two: Any, **kwargs: Any) -> None:  # noqa: ANN401
            self.check("rename", two)
            replace(one, two, **kwargs)

        def makes(path: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            if not Path(path).exists():
                self.check("mkdir", path)
            mkdir(path, *args, **kwargs)

        def writes(writer: pq.ParquetWriter, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            self.check("rows", writer.where)
            write_table(writer, *args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(io, "open", opens)
            patch.setattr("builtins.open", opens)
            patch.setattr(os, "replace", replaces)
            patch.setattr(os, "mkdir", makes)
            patch.setattr(pq.ParquetWriter, "write_table", writes)
            yield


class _Stream:
    """A file on such a disk."""

    def __init__(self, disk: Disk, stream: Any, path: object) -> None:  # noqa: ANN401
        self.disk, self.stream, self.path = disk, stream, path

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self.stream, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def write(self, content: Any) -> None:  # noqa: ANN401
        if self.disk.act("write", self.path):
            self.stream.write(content[: len(content) // 2])
            self.stream.flush()
            raise full()
        self.stream.write(content)


def full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_wherever_the_disk_is_full_the_command_ends_with_75_and_the_next_one_makes_it_good(
    combined: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source.read, "__kwdefaults__", {**(source.read.__kwdefaults__ or {}), "chunk_size": PART})
    monkeypatch.setattr(memory, "LEAST", PART)
    logs, key = tmp_path / "logs", tmp_path / "key"
    logs.mkdir()
    key.write_text("ab" * 32)
    lines = combined(500).splitlines(keepends=True)
    (logs / "access.log.1").write_bytes(b"".join(lines[:200]))
    (logs / "access.log").write_bytes(b"".join(lines[190:]) + b"junk\n")
    (logs / "b.log").write_bytes(b"".join(lines[:50]).replace(b"u-", b"v-"))
    copy = tmp_path / "a.gz"
    copy.write_bytes(gzip.compress((logs / "b.log").read_bytes()))

    def ingest(case: Path, what: Path) -> int:
        return run(["-q", "--threads", "1", "--case-key", str(key), "ingest", str(what), "-C", str(case)])

    undisturbed = tmp_path / "undisturbed"
    assert [ingest(undisturbed, what) for what in (logs / "b.log", copy, logs)] == [0, 0, 0]
    expected = contents(Case.open(undisturbed))
    begun = tmp_path / "begun"
    assert ingest(begun, logs / "b.log") == 0
    case = tmp_path / "case"
    tried: list[str] = []
    for what in (logs, copy):
        shutil.copytree(begun, case)
        with (disk := Disk(case, 10**9)).used(monkeypatch):
            assert ingest(case, what) == 0
        places = {act: number for number, act in enumerate(disk.acts)}  # the last act of each kind at each place
        for number in sorted(number for act, number in places.items() if act not in tried):
            shutil.rmtree(case)
            shutil.copytree(begun, case)
            with (broken := Disk(case, number)).used(monkeypatch):
                code = ingest(case, what)
            assert code == ExitCode.TEMPORARY, disk.acts[number]
            assert broken.acts[: number + 1] == disk.acts[: number + 1]
            assert [ingest(case, each) for each in (copy, logs)] == [0, 0], disk.acts[number]
            assert contents(Case.open(case)) == expected, disk.acts[number]
            assert verify_case(case).problems == (), disk.acts[number]
            tried.append(disk.acts[number])
        shutil.rmtree(case)
    wanted = {
        "write custody.jsonl", "write private/identified.jsonl", "rename tables/log_files.parquet",
        "rename private/locations.json", "rows tables/.staging/N/N/events/.N.parquet.N", "mkdir tables/.staging",
        "write private/resume/.N.head.N", "rename tables/events/N", "rows tables/.log_hours.parquet.N",
    }  # fmt: skip
    assert wanted <= set(tried)
