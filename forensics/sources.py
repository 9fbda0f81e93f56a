"""Read a source again: the decompressed stream of a file, and any byte range in it.

Every event cites a byte range of the decompressed stream. Nothing here parses: bytes in, bytes out. The readers
are those that report truncation and damage (others lose data silently, docs/adr/0004). The path of a file in a zip
or tar archive leads through the archive: `logs.zip/access.log` is a member, and is read like any other file.
"""

import bz2
import gzip
import hashlib
import io
import lzma
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple, cast

from isal import igzip, isal_zlib

from forensics.errors import IntegrityError, SourceError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BLOCK = 1 << 20
HELD = 256 << 20  # bytes: the largest zip in another archive that is read where it is
DAMAGE: tuple[type[Exception], ...] = (
    EOFError, OSError, zlib.error, cast("type[Exception]", isal_zlib.error), lzma.LZMAError, zstd.ZstdError,
    gzip.BadGzipFile, zipfile.BadZipFile, tarfile.TarError,
)  # fmt: skip
_MAGIC = (
    (b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"PAR1", "parquet"),
)  # fmt: skip
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


class ByteRange(NamedTuple):
    """Where a record lies in the decompressed stream."""

    offset: int
    length: int


class _Owned(io.RawIOBase):
    """A stream that closes what it is read from: readers of a file object leave that to their caller."""

    def __init__(self, stream: BinaryIO, *below: BinaryIO | tarfile.TarFile) -> None:
        self._stream, self._below = stream, below

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return what the stream returns for as many bytes."""
        return self._stream.read(size)

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Fill a buffer and return how much of it."""
        content = self._stream.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        """Close the stream and what is below it."""
        for each in (self._stream, *self._below):
            each.close()
        super().close()


def compression(path: Path) -> str:
    """Return gzip | bzip2 | xz | zstd | parquet | plain, by the first bytes, never by the name."""
    with open_file(path) as stream:
        head = stream.read(8)
    return next((name for magic, name in _MAGIC if head.startswith(magic)), "plain")


def open_content(path: Path) -> BinaryIO:
    """Open the decompressed stream of a file. Reading raises one of `DAMAGE` where the file is broken."""
    kind = compression(path)
    if path.is_file():
        return _opened(kind, path)
    stored = open_file(path)
    return stored if kind in {"plain", "parquet"} else cast("BinaryIO", _Owned(_opened(kind, stored), stored))


def _opened(kind: str, stored: Path | BinaryIO) -> BinaryIO:
    """Open what is stored in a file, or in a stream that stays open behind it."""
    match kind:
        case "gzip" if isinstance(stored, Path):
            return cast("BinaryIO", igzip.IGzipFile(stored, "rb"))  # type: ignore[no-untyped-call]
        case "gzip":
            return cast("BinaryIO", igzip.IGzipFile(fileobj=stored))  # type: ignore[no-untyped-call]
        case "bzip2":
            return cast("BinaryIO", bz2.open(stored, "rb"))
        case "xz":
            return cast("BinaryIO", lzma.open(stored, "rb"))
        case "zstd":
            return cast("BinaryIO", zstd.open(stored, "rb"))
        case _:
            return stored.open("rb") if isinstance(stored, Path) else stored


def archive(path: Path) -> str | None:
    """Return zip | tar for an archive, whatever it is called and however a tar is compressed; None for another file."""
    with open_file(path) as stream:
        if stream.read(4) in _ZIP:
            return "zip"
    try:
        with open_content(path) as stream:
            return "tar" if stream.read(512)[257:262] == b"ustar" else None
    except DAMAGE:
        return None


def member_name(name: str) -> str | None:
    """Return the relative path of an archive's member; None for a name that leads out of the archive.

    >>> member_name("./logs//a.log"), member_name("../a.log"), member_name("/etc/passwd")
    ('logs/a.log', None, None)
    """
    path = PurePosixPath(name)
    hostile = path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name or "\0" in name
    return None if hostile else path.as_posix()


def in_archive(path: Path) -> tuple[Path, str] | None:
    """Return the archive and the member that a path leads to; None for a path that leads through no file."""
    outer = next((parent for parent in path.parents if parent.is_file()), None)
    return (outer, path.relative_to(outer).as_posix()) if outer else None


def open_file(path: Path) -> BinaryIO:
    """Open the bytes of a file, or of a member of an archive (in an archive). Raise `FileNotFoundError` for neither."""
    place = None if path.is_file() else in_archive(path)
    if place is None:
        return path.open("rb")
    parts = PurePosixPath(place[1]).parts
    for holder in (place[0].joinpath(*parts[:count]) for count in range(len(parts))):
        with suppress(FileNotFoundError):
            if kind := archive(holder):
                return _zip_member(path, holder) if kind == "zip" else _tar_member(path, holder)
    raise FileNotFoundError(path)


def _zip_member(path: Path, outer: Path) -> BinaryIO:
    name = path.relative_to(outer).as_posix()
    with open_zip(outer) as packed:
        for info in packed.infolist():
            if member_name(info.filename) == name:
                return cast("BinaryIO", packed.open(info))
    raise FileNotFoundError(path)


def open_zip(path: Path) -> zipfile.ZipFile:
    """Open a zip archive. One in another archive is held in memory: its table is at its end."""
    if path.is_file():
        return zipfile.ZipFile(path)
    with open_file(path) as stream:
        held = stream.read(HELD + 1)
    if len(held) > HELD:
        raise zipfile.BadZipFile(f"a zip of more than {HELD >> 20} MiB in another archive")
    return zipfile.ZipFile(io.BytesIO(held))


def _tar_member(path: Path, outer: Path) -> BinaryIO:
    """Open a member of a tar archive: what stands before it is read, nothing is unpacked."""
    stream, name = open_content(outer), path.relative_to(outer).as_posix()
    try:
        packed = tarfile.open(fileobj=stream, mode="r|")  # noqa: SIM115 - lives as long as the member
        for entry in packed:
            if entry.isreg() and member_name(entry.name) == name and (found := packed.extractfile(entry)):
                return cast("BinaryIO", _Owned(cast("BinaryIO", found), packed, stream))
    except DAMAGE:
        stream.close()
        raise
    stream.close()
    raise FileNotFoundError(path)


def file_size(path: Path) -> int:
    """Return the bytes of a file, or of a member as it is packed in its archive."""
    if path.is_file():
        return path.stat().st_size
    with open_file(path) as stream:
        return sum(len(block) for block in iter(lambda: stream.read(BLOCK), b""))


def is_there(path: Path) -> bool:
    """Tell whether a file, or the archive it is in, is where it was."""
    return path.is_file() or in_archive(path) is not None


class DamagedError(Exception):
    """A stream is broken; everything before the damage was read."""


def blocks(path: Path, start: int = 0) -> Iterator[bytes]:
    """Yield the decompressed stream in blocks. Raise `DamagedError` after the last byte that a broken file holds.

    From byte `start` on: what is before it in a plain file is not read at all, in any other it is unpacked only.
    """
    position = start
    try:
        with open_content(path) as stream:
            if start and path.is_file() and compression(path) in {"plain", "parquet"}:
                stream.seek(start)
            else:
                _skip(stream, start)
            while block := stream.read(BLOCK):
                yield block
                position += len(block)
    except DAMAGE as error:
        if saved := _salvage(path, position):
            yield saved
        raise DamagedError(str(error)) from None


def _skip(stream: BinaryIO, count: int) -> None:
    while count and (block := stream.read(min(count, BLOCK))):
        count -= len(block)


def _salvage(path: Path, position: int) -> bytes:
    """Return what a broken stream still holds after `position`: reading byte by byte loses nothing.

    The fast gzip reader drops its last buffer when it fails, the one of the standard library does not.
    """
    saved = bytearray()
    stored = open_file(path) if compression(path) == "gzip" else None
    careful = stored and cast("BinaryIO", _Owned(cast("BinaryIO", gzip.open(stored)), stored))  # noqa: SIM115 - closed below
    stream = careful or open_content(path)
    with stream, suppress(*DAMAGE):
        _skip(stream, position)
        while piece := stream.read(1):
            saved += piece
    return bytes(saved)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of the bytes on disk, or of a member as it is packed in its archive."""
    digest = hashlib.sha256()
    with open_file(path) as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def read_ranges(path: Path, ranges: Iterable[ByteRange]) -> Iterator[tuple[ByteRange, bytes]]:
    """Yield the bytes of each range in ascending order: one pass, whatever the compression.

    Raise `IntegrityError` where the stream ends before a range does.
    """
    ordered = sorted(set(ranges))
    found = _seek(path, ordered) if path.is_file() and compression(path) == "plain" else _sweep(path, ordered)
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
    if not is_there(path):
        raise SourceError(f"the source {path.name} is not where it was read", hint=f"put it back: {path}")
    if file_sha256(path) != sha256:
        raise IntegrityError(
            f"{path.name} changed since it was ingested (SHA-256 differs)",
            hint="restore the original, or open a new case for the new file",
        )
