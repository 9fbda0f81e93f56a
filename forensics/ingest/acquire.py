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
from forensics.ingest import archives, compiled, encoding
from forensics.ingest.content import Border, Content
from forensics.ingest.gather import Named
from forensics.ingest.stamp import Stamp

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
    borders: tuple[Border, ...] = ()
    encoding: str | None = None  # utf-16-le | utf-16-be, by its byte order mark; None for bytes that are ASCII or UTF-8
    stamp: Stamp | None = None  # None where the file system does not tell whether the file changed

    @property
    def is_parquet(self) -> bool:
        """Tell whether records are rows, not byte ranges."""
        return self.compression == "parquet"


def acquire(named: Named, most_expansion: int = archives.MOST_EXPANSION) -> Acquired:
    """Identify one file. Raise `SourceError` if it cannot be opened."""
    try:
        stamp = Stamp.of(named.file)
        kind = sources.compression(named.file)
        size = sources.file_size(named.file)
        content = Content(named.file, limit=size if kind in {"plain", "parquet"} else None)
        compiled.ready(size if kind == "plain" else 0)
        if sources.archive(named.file):
            raise SourceError("it is an archive that was not given as a file", hint="unpack it first")
        if kind == "parquet" and not named.file.is_file():
            raise SourceError("it is Parquet in an archive", hint="unpack it first")
        lines, excerpt, coded = _examine(content, max(archives.LARGE, most_expansion * size))
        on_disk = content.sha256 if kind in {"plain", "parquet"} else sources.file_sha256(named.file)
        rows = pq.read_metadata(named.file).num_rows if kind == "parquet" else lines
        stamp = stamp if stamp == Stamp.of(named.file) else None
    except sources.DAMAGE as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"it cannot be read: {reason}", hint="check its permissions") from None
    except pa.ArrowException as error:
        raise SourceError(f"its Parquet cannot be read: {error}", hint="copy the file again") from None
    return Acquired(
        named,
        kind,
        on_disk,
        content.sha256,
        size,
        content.size,
        rows,
        content.complete,
        excerpt,
        tuple(content.borders),
        coded,
        stamp,
    )


def _examine(content: Content, bound: int) -> tuple[int, Excerpt, str | None]:
    """Read the stream once; return its number of lines, an excerpt in UTF-8, and its encoding if it is another.

    Raise `SourceError` for a stream that grows past a bound: a few bytes can unpack to any number.
    """
    newlines, head, tail, coded = 0, b"", b"", None
    pieces: list[bytes] = []
    for number, block in enumerate(_even(content)):
        if number == 0:
            head, coded = block, encoding.encoding(block)
        elif number & (number - 1) == 0:
            pieces.append(encoding.as_utf8(block[:_PIECE], coded))
        newlines += encoding.line_ends(block, coded)
        if content.size > bound:
            raise SourceError(
                f"it unpacks to more than {bound:,} bytes, far more than a log would",
                hint="if that is what it is, allow more: --max-expansion N",
            )
        tail = block
    whole = content.size == len(head)
    ended = not tail or encoding.ends_line(tail, coded)
    if not whole:
        end = max(0, len(tail) - _PIECE) & ~1  # an even place: a code unit of UTF-16 may begin there
        pieces.append(encoding.as_utf8(tail[end:], coded) + (b"" if ended else b"\n"))
    return newlines + (not ended), Excerpt(encoding.as_utf8(head, coded), tuple(pieces), whole), coded


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
