"""Bytes in, one sheet of text cells out: CSV with `,` `;` or tab, NDJSON, Parquet, IP-to-ASN tables.

Every cell stays the text it was, with the line its record begins at, so that a problem can be named exactly.
"""

from pathlib import Path

from forensics.context import columnar, delimited, ndjson
from forensics.context.kinds import Kind
from forensics.context.sheet import Sheet
from forensics.errors import ContextError, SourceError
from forensics.sources import DAMAGE, compression, open_content

_SAMPLE = 1 << 16
_MMDB_MARK = b"\xab\xcd\xefMaxMind.com"
_MMDB_TAIL = 128 << 10


def read(path: Path, kind: Kind) -> Sheet:
    """Read a side table as text cells.

    Raise `SourceError` for a file that is empty, binary or damaged, `ContextError` for one whose rows have no
    shape.
    """
    if compression(path) == "parquet":
        return columnar.read(path)
    text, warnings = _decode(path.name, _content(path))
    match text.lstrip()[:1]:
        case "":
            raise SourceError(f"{path.name} is empty", hint="name a file with a header and at least one row")
        case "{":
            sheet = ndjson.read(path.name, text)
        case "[":
            raise ContextError(f"{path.name} is a JSON array", hint="write one object per line (NDJSON)")
        case _:
            sheet = delimited.read(path.name, text, kind)
    return sheet.with_warnings(warnings)


def _content(path: Path) -> bytes:
    """Return the decompressed bytes of a file that can be text."""
    try:
        with open_content(path) as stream:
            content = stream.read()
    except DAMAGE as error:
        raise SourceError(f"{path.name} is damaged: {error}", hint="copy it again from where it came from") from None
    if _MMDB_MARK in content[-_MMDB_TAIL:]:
        raise SourceError(
            f"{path.name} is a MaxMind database, which this version does not read",
            hint="export it as CSV with the columns cidr, asn, as_name, kind, country",
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(f"{path.name} is UTF-16", hint="save it as CSV in UTF-8")
    if b"\0" in content[:_SAMPLE]:
        raise SourceError(f"{path.name} is binary, not a table", hint="name a CSV, NDJSON or Parquet file")
    return content


def _decode(name: str, content: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file and what had to be assumed about its encoding."""
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        at = error.start
    try:
        return content.decode("cp1252"), (f"{name} is not UTF-8 (byte {at:,}): read as Windows-1252",)
    except UnicodeDecodeError:
        raise SourceError(f"{name} is neither UTF-8 nor Windows-1252", hint="save it as CSV in UTF-8") from None
