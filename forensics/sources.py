"""Read a source again: the decompressed stream of a file, and any byte range in it.

Every event cites a byte range of the decompressed stream. Nothing here parses: bytes in, bytes out. The readers
are those that report truncation and damage (others lose data silently, docs/adr/0004).
"""

import bz2
import gzip
import hashlib
import lzma
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from isal import igzip, isal_zlib

from forensics.errors import IntegrityError, SourceError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BLOCK = 1 << 20
DAMAGE: tuple[type[Exception], ...] = (
    EOFError,
    OSError,
    zlib.error,
    cast("type[Exception]", isal_zlib.error),
    lzma.LZMAError,
    zstd.ZstdError,
    gzip.BadGzipFile,
)
_MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"PAR1", "parquet"),
)


class ByteRange(NamedTuple):
    """Where a record lies in the decompressed stream."""

    offset: int
    length: int


def compression(path: Path) -> str:
    """Return gzip | bzip2 | xz | zstd | parquet | plain, by the first bytes, never by the name."""
    with path.open("rb") as stream:
        head = stream.read(8)
    return next((name for magic, name in _MAGIC if head.startswith(magic)), "plain")


def open_content(path: Path) -> BinaryIO:
    """Open the decompressed stream of a file. Reading raises one of `DAMAGE` where the file is broken."""
    match compression(path):
        case "gzip":
            return cast("BinaryIO", igzip.IGzipFile(path, "rb"))  # type: ignore[no-untyped-call]
        case "bzip2":
            return cast("BinaryIO", bz2.open(path, "rb"))
        case "xz":
            return cast("BinaryIO", lzma.open(path, "rb"))
        case "zstd":
            return cast("BinaryIO", zstd.open(path, "rb"))
        case _:
            return path.open("rb")


class DamagedError(Exception):
    """A stream is broken; everything before the damage was read."""


def blocks(path: Path) -> Iterator[bytes]:
    """Yield the decompressed stream in blocks. Raise `DamagedError` after the last byte that a broken file holds."""
    position = 0
    try:
        with open_content(path) as stream:
            while block := stream.read(BLOCK):
                yield block
                position += len(block)
    except DAMAGE as error:
        if saved := _salvage(path, position):
            yield saved
        raise DamagedError(str(error)) from None


def _salvage(path: Path, position: int) -> bytes:
    """Return what a broken stream still holds after `position`: reading byte by byte loses nothing.

    The fast gzip reader drops its last buffer when it fails, the one of the standard library does not.
    """
    saved = bytearray()
    with gzip.open(path) if compression(path) == "gzip" else open_content(path) as stream, suppress(*DAMAGE):
        for _ in range(position // BLOCK):
            stream.read(BLOCK)
        while piece := stream.read(1):
            saved += piece
    return bytes(saved)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of the bytes on disk."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_ranges(path: Path, ranges: Iterable[ByteRange]) -> Iterator[tuple[ByteRange, bytes]]:
    """Yield the bytes of each range in ascending order: one pass, whatever the compression.

    Raise `IntegrityError` where the stream ends before a range does.
    """
    ordered = sorted(set(ranges))
    found = _seek(path, ordered) if compression(path) == "plain" else _sweep(path, ordered)
    for wanted, content in found:
        if len(content) != wanted.length:
            raise IntegrityError(
                f"{path.name} ends before byte {wanted.offset + wanted.length:,}",
                hint="the file is not the one that was ingested: find the original by its SHA-256",
            )
        yield wanted, content


def _seek(path: Path, ordered: list[ByteRange]) -> Iterator[tuple[ByteRange, bytes]]:
    with path.open("rb") as stream:
        for wanted in ordered:
            stream.seek(wanted.offset)
            yield wanted, stream.read(wanted.length)


def _sweep(path: Path, ordered: list[ByteRange]) -> Iterator[tuple[ByteRange, bytes]]:
    """Read a compressed stream once, holding no more than the range that is being filled."""
    stream = blocks(path)
    start, held = 0, b""  # `held` begins at byte `start` of the content
    for wanted in ordered:
        with suppress(DamagedError):
            while start + len(held) < wanted.offset + wanted.length and (block := next(stream, b"")):
                skip = min(len(held), max(0, wanted.offset - start))
                start, held = start + skip, held[skip:] + block
        begin = wanted.offset - start
        yield wanted, held[begin : begin + wanted.length]


def check(path: Path, sha256: str) -> None:
    """Raise `IntegrityError` if a file is not the one that was acquired; `SourceError` if it is gone."""
    if not path.is_file():
        raise SourceError(f"the source {path.name} is not where it was read", hint=f"put it back: {path}")
    if file_sha256(path) != sha256:
        raise IntegrityError(
            f"{path.name} changed since it was ingested (SHA-256 differs)",
            hint="restore the original, or open a new case for the new file",
        )
