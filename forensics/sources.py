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
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from isal import igzip, isal_zlib

from forensics.errors import IntegrityError, SourceError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BLOCK = 1 << 20
DAMAGE = (EOFError, OSError, zlib.error, isal_zlib.error, lzma.LZMAError, zstd.ZstdError, gzip.BadGzipFile)
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


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of the bytes on disk."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_ranges(path: Path, ranges: Iterable[ByteRange]) -> Iterator[tuple[ByteRange, bytes]]:
    """Yield the bytes of each range in ascending order: one pass, whatever the compression.

    Raise `IntegrityError` where the stream ends before a range does.
    """
    seekable = compression(path) == "plain"
    with open_content(path) as stream:
        position, held = 0, b""  # `held` are the last bytes read, so that ranges may overlap
        for wanted in sorted(set(ranges)):
            if seekable:
                stream.seek(wanted.offset)
                content = stream.read(wanted.length)
            else:
                position, held = _advance(stream, position, held, wanted)
                start = wanted.offset - (position - len(held))
                content = held[start : start + wanted.length]
            if len(content) != wanted.length:
                raise IntegrityError(
                    f"{path.name} ends before byte {wanted.offset + wanted.length:,}",
                    hint="the file is not the one that was ingested: find the original by its SHA-256",
                )
            yield wanted, content


def _advance(stream: BinaryIO, position: int, held: bytes, wanted: ByteRange) -> tuple[int, bytes]:
    """Read on until `held`, which ends at `position`, covers the wanted range or the stream ends."""
    end = wanted.offset + wanted.length
    while position < end:
        block = stream.read(BLOCK)
        if not block:
            break
        keep = max(0, wanted.offset - (position - len(held))) if wanted.offset < position else len(held)
        held = held[keep:] + block
        position += len(block)
    return position, held


def check(path: Path, sha256: str) -> None:
    """Raise `IntegrityError` if a file is not the one that was acquired; `SourceError` if it is gone."""
    if not path.is_file():
        raise SourceError(f"the source {path.name} is not where it was read", hint=f"put it back: {path}")
    if file_sha256(path) != sha256:
        raise IntegrityError(
            f"{path.name} changed since it was ingested (SHA-256 differs)",
            hint="restore the original, or open a new case for the new file",
        )
