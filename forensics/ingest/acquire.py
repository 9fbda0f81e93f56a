"""The identify pass: what a file is, before anything in it is believed.

One stream over the file gives both hashes, the sizes, the number of lines and an excerpt for recognition. Memory is
bounded, and the result depends on the content alone: a file and its compressed copy give the same excerpt.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from forensics import sources
from forensics.errors import BusyError, SourceError
from forensics.ingest.gather import Named
from forensics.ingest.reader import Content

_HEAD_LINES, _PIECE, _PIECE_LINES = 400, 64 << 10, 60


@dataclass(frozen=True)
class Excerpt:
    """Parts of a stream: its first block, blocks at the 1st, 2nd, 4th, 8th … MiB, and its end."""

    head: bytes
    pieces: tuple[bytes, ...]
    whole: bool  # the head is all there is

    def head_lines(self) -> list[str]:
        """Return the first lines, the last one only if it is whole."""
        cut = None if self.whole else self.head.rfind(b"\n") + 1 or None
        return _decoded(self.head[:cut])[:_HEAD_LINES]

    def lines(self) -> list[str]:
        """Return whole lines from everywhere in the stream."""
        inner = [line for piece in self.pieces for line in _decoded(piece)[1:-1][:_PIECE_LINES]]
        return self.head_lines() + inner

    def sampled(self) -> bytes:
        """Return all sampled bytes."""
        return self.head[:_PIECE] + b"".join(self.pieces)


def _decoded(piece: bytes) -> list[str]:
    lines = piece.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
    return [line.removesuffix("\r") for line in (lines[:-1] if lines[-1] == "" else lines)]


@dataclass(frozen=True)
class Acquired:
    """One file, identified."""

    named: Named
    compression: str
    log_file_sha256: str
    content_sha256: str
    bytes_on_disk: int
    bytes_content: int
    lines: int
    complete: bool
    excerpt: Excerpt

    @property
    def is_parquet(self) -> bool:
        """Tell whether records are rows, not byte ranges."""
        return self.compression == "parquet"


def acquire(named: Named) -> Acquired:
    """Identify one file. Raise `SourceError` if it cannot be opened."""
    try:
        kind = sources.compression(named.file)
        size = named.file.stat().st_size
        content = Content(named.file, limit=size if kind in {"plain", "parquet"} else None)
        lines, excerpt = _examine(content)
        on_disk = content.sha256 if kind in {"plain", "parquet"} else sources.file_sha256(named.file)
        rows = pq.read_metadata(named.file).num_rows if kind == "parquet" else lines
    except OSError as error:
        raise SourceError(f"it cannot be read: {error.strerror or error}", hint="check its permissions") from None
    except pa.ArrowException as error:
        raise SourceError(f"its Parquet cannot be read: {error}", hint="copy the file again") from None
    return Acquired(named, kind, on_disk, content.sha256, size, content.size, rows, content.complete, excerpt)


def _examine(content: Content) -> tuple[int, Excerpt]:
    """Read the stream once; return its number of lines and an excerpt."""
    newlines, last, head, tail = 0, b"", b"", b""
    pieces: list[bytes] = []
    for number, block in enumerate(_even(content)):
        newlines += block.count(b"\n")
        if number == 0:
            head = block
        elif number & (number - 1) == 0:
            pieces.append(block[:_PIECE])
        last, tail = block[-1:], block
    whole = content.size == len(head)
    if not whole:
        pieces.append(tail[-_PIECE:] + (b"" if tail.endswith(b"\n") else b"\n"))
    return newlines + (last not in {b"\n", b""}), Excerpt(head, tuple(pieces), whole)


def _even(content: Content) -> Iterator[bytes]:
    """Yield blocks of exactly `BLOCK` bytes: codecs return what they like, and the excerpt must not depend on it."""
    held = bytearray()
    for block in content:
        if not held and len(block) == sources.BLOCK:
            yield block
            continue
        held += block
        while len(held) >= sources.BLOCK:
            yield bytes(held[: sources.BLOCK])
            del held[: sources.BLOCK]
    if held:
        yield bytes(held)


def spool(stream: BinaryIO, folder: Path) -> Named:
    """Keep the bytes of stdin in the case, so that its events can be re-read. Raise `BusyError` if they do not fit."""
    folder.mkdir(mode=0o700, exist_ok=True)
    aside = folder / f".stdin-{os.getpid()}"
    try:
        with aside.open("wb") as copy:
            while block := stream.read(sources.BLOCK):
                copy.write(block)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise BusyError(f"cannot keep stdin in the case: {error.strerror}", hint="free some space, run again") from None
    name = f"stdin-{sources.file_sha256(aside)[:16]}"
    aside.replace(folder / name)
    return Named(folder / name, name)
