"""The raw lines behind the exhibits, read again from their sources and shown as text: sentence, exhibit, line.

A line is shown only if its bytes still hash to what was recorded, and masked as everything else: what is no text is
named, a secret is its keyed id. Where a secret was found when the line was read and masking the line as text does not
find it again, the line is not shown; nor is a line of an account that asked to be left out.
"""

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from forensics.audience import Disclosure
from forensics.case import Case
from forensics.engine import Engine, Resources
from forensics.errors import IntegrityError, SourceError
from forensics.keyed import SECRET_KINDS, secret_id
from forensics.names import mentions
from forensics.redact import mask_members, mask_secrets
from forensics.report.blocks import Line
from forensics.schema import EVENTS, EXHIBITS, LOG_FILES, REQUESTS
from forensics.sources import DAMAGE, ByteRange, compression, in_archive, is_there, read_ranges
from forensics.text import visible

_WIDTH = 4000  # characters of one line that are shown
_ROWS = "parquet"  # its rows have an ordinal, not a byte range
_CUT = "iflag=skip_bytes,count_bytes,fullblock skip={offset} count={length} status=none | sha256sum"
_TOKEN, _PARTS = re.compile(r"[\w.~+/=:-]{4,}"), re.compile(r"[=/+:]")
_UNPACK = {"gzip": "gzip -dc", "bzip2": "bzip2 -dc", "xz": "xz -dc", "zstd": "zstd -dc"}
_MASKED = "Secrets are replaced by keyed ids here; the SHA-256 is that of the bytes on record."
_NOT = {
    "rows": "Not shown: the source has rows, not bytes.",
    "gone": "Not shown: the source was out of reach, or is damaged before this line.",
    "differs": "Not shown: the bytes at this place are not what was recorded (forensics verify).",
    "secret": "Not shown: a secret stood in this line when it was read, and its text does not tell where.",
    "on_request": "Not shown: the account asked to be left out.",
}
_Row = Mapping[str, Any]


def cited_lines(case: Case, disclosure: Disclosure, resources: Resources | None = None) -> tuple[Line, ...]:
    """Return the cited lines of a case in the order of exhibits: the first 500 places."""
    with Engine.over(case, EXHIBITS, EVENTS, LOG_FILES, REQUESTS, resources=resources) as engine:
        rows = engine.rows(files("forensics.report") / "lines.sql").to_pylist()
    places, key = case.locations(), case.key()
    found: dict[tuple[str, ByteRange], bytes] = {}
    for name in sorted({str(row["log_file_sha256"]) for row in rows}):
        mine = [row for row in rows if row["log_file_sha256"] == name and row["log_format"] != _ROWS]
        found.update(_read(name, places.get(name), mine))
    texts = pl.Series([found.get(_key(row), b"").decode("utf-8", "replace") for row in rows], dtype=pl.String)
    masked = mask_secrets(mask_members(texts, key), key)
    named = mentions(texts, disclosure.withheld)
    hidden = [one or row["user_id"] in disclosure.withheld for one, row in zip(named, rows, strict=True)]
    return tuple(
        _line(row, _refusal(row, found.get(_key(row)), shown, key, withheld=withheld), shown,
              places.get(row["log_file_sha256"] or ""), masked=shown != text)
        for row, text, shown, withheld in zip(rows, texts, masked, hidden, strict=True)
    )  # fmt: skip


def _read(name: str, place: str | None, rows: Iterable[_Row]) -> Iterator[tuple[tuple[str, ByteRange], bytes]]:
    """Yield the bytes of each range of one source, in one pass; nothing where the source is out of reach."""
    ranges = {_key(row)[1] for row in rows}
    if not place or not ranges or not _reachable(Path(place)):
        return
    try:
        for at, content in read_ranges(Path(place), ranges):
            yield (name, at), content
    except DAMAGE:
        return
    except (IntegrityError, SourceError):
        return


def _reachable(path: Path) -> bool:
    return is_there(path) and (not path.is_file() or os.access(path, os.R_OK))


def _key(row: _Row) -> tuple[str, ByteRange]:
    return str(row["log_file_sha256"]), ByteRange(row["log_offset"], row["log_length"])


def _refusal(row: _Row, content: bytes | None, shown: str, key: bytes, *, withheld: bool) -> str | None:
    """Return why a line is not shown, or None."""
    if withheld:
        return "on_request"
    if row["log_format"] == _ROWS:
        return "rows"
    if content is None:
        return "gone"
    if sha256(content).hexdigest() != row["line_sha256"]:
        return "differs" if row["line_sha256"] else "gone"
    secrets = row["secrets"] or ()
    return None if all(one in shown for one in secrets) and not _holds(shown, secrets, key) else "secret"


def _holds(shown: str, secrets: Sequence[str], key: bytes) -> bool:
    """Tell whether one of these keyed ids is that of a word of a text: a secret that stands in a line twice."""
    words = {part for token in _TOKEN.findall(shown) for part in (token, *_PARTS.split(token))} if secrets else set()
    return any(secret_id(key, kind, word) in secrets for word in sorted(words) for kind in sorted(SECRET_KINDS))


def _line(row: _Row, refusal: str | None, shown: str, place: str | None, *, masked: bool) -> Line:
    text = visible(shown)
    more = f" … ({len(text) - _WIDTH:,} more characters)" if len(text) > _WIDTH else ""
    number = f", line {row['log_line']:,}" if row["log_line"] else ""
    return Line(
        exhibits=tuple(row["exhibits"]),
        text=f"{text[:_WIDTH]}{more}" if refusal is None else "",
        source=f"{row['path'] or row['content_sha256']}{number}",
        offset=row["log_offset"],
        length=row["log_length"],
        content_sha256=row["content_sha256"],
        line_sha256=row["line_sha256"],
        command="" if refusal in {"rows", "on_request"} else _command(row, place),
        remark=_NOT[refusal] if refusal else _MASKED if masked else "",
    )


def _command(row: _Row, place: str | None) -> str:
    """Return what to type to get the SHA-256 of the line. A name one could misread is SOURCE."""
    path = str(row["path"] or "")
    cut = _CUT.format(offset=row["log_offset"], length=row["log_length"])
    named = path.isprintable() and visible(path) == path and not path.startswith("-")
    member = bool(place) and in_archive(Path(str(place))) is not None
    name = shlex.quote(path) if path and named and not member else "SOURCE"
    kind = compression(Path(place)) if place and _reachable(Path(place)) else "plain"
    return f"{_UNPACK[kind]} {name} | dd {cut}" if kind in _UNPACK else f"dd if={name} {cut}"
