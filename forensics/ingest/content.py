"""The bytes of a source, read once and never taken on trust: hashed as they pass, or compared with what they were."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from isal import isal_zlib

from forensics import sources
from forensics.errors import SourceError


class Border(NamedTuple):
    """What stands before a border of a stream: every `sources.BLOCK` bytes, and its end.

    Attributes:
        sha256: of all bytes up to the border.
        crc32: of the bytes since the border before it. It lets a reader who begins there tell what he reads.
    """

    sha256: str
    crc32: int


class Content:
    """The decompressed stream of one file, read once: its blocks, its hash, and whether it was whole.

    Given the borders of a stream that was read before, it yields nothing that is not the same up to the border behind
    it, and raises `SourceError` instead. Without `hashed` only CRC-32 tells, and `sha256` is of nothing: enough for a
    file whose stamp did not change either (docs/adr/0012). `start` leaves out what is before it; then `sha256` is of
    what was read.
    """

    def __init__(
        self,
        path: Path,
        limit: int | None = None,
        *,
        expected: Sequence[Border] = (),
        start: int = 0,
        hashed: bool = True,
    ) -> None:
        self._path, self._limit, self._expected = path, limit, expected
        self._digest = hashlib.sha256()
        self._start, self._crc32 = start, 0
        self.size = start // sources.BLOCK * sources.BLOCK
        self._hashed = hashed
        self.proven = hashed and not self.size  # that `sha256` is of the whole stream
        self.settled = self.size  # the last border: with `expected`, all before it is the same
        self.borders: list[Border] = []
        self.complete = True

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of what was read so far."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        try:
            for block in sources.blocks(self._path, self.size):
                kept = block if self._limit is None else block[: self._limit - self.size]
                begin = self.size
                self._hash(kept)
                if wanted := kept[max(0, self._start - begin) :]:
                    yield wanted
                if self._limit is not None and self.size >= self._limit:
                    break
        except sources.DamagedError:
            self.complete = False
        if self.settled < self.size or not self.size:
            self._border()
        if self._expected and self.size != self._limit:
            raise _changed()

    def _hash(self, block: bytes) -> None:
        view, done = memoryview(block), 0
        while done < len(view):
            piece = view[done : done + sources.BLOCK - self.size % sources.BLOCK]
            if self._hashed:
                self._digest.update(piece)
            self._crc32 = isal_zlib.crc32(piece, self._crc32)
            self.size += len(piece)
            done += len(piece)
            if self.size % sources.BLOCK == 0 or self.size == self._limit:
                self._border()

    def _border(self) -> None:
        """Note a border, or compare it."""
        border, self._crc32, self.settled = Border(self.sha256, self._crc32), 0, self.size
        if not self._expected:
            self.borders.append(border)
            return
        number = -(-self.size // sources.BLOCK) - 1
        expected = self._expected[max(0, number)]
        if border != expected and (self.proven or border.crc32 != expected.crc32):
            raise _changed()


def _changed() -> SourceError:
    return SourceError("it changed while it was read", hint="copy it first, and ingest the copy")


def border(borders: Sequence[Border], end: int) -> tuple[int, str]:
    """Return the number of the first border at or behind a byte, and the SHA-256 of all bytes up to there."""
    number = max(0, -(-end // sources.BLOCK) - 1)
    return number, borders[number].sha256
