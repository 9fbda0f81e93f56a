"""Writers: rows of text to log files and tables whose bytes depend on the rows alone."""

import csv
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

_PRINTABLE = range(0x20, 0x7F)
_GZIP_LEVEL = 9


def write_gzip(path: Path, lines: pl.Series) -> None:
    """Write lines to a gzip file without a time stamp in its header."""
    text = ("\n".join(lines.to_list()) + "\n").encode()
    path.write_bytes(gzip.compress(text, compresslevel=_GZIP_LEVEL, mtime=0))


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write a table; each row says it is synthetic in the column `note`."""
    text = StringIO()
    writer = csv.DictWriter(text, [*columns, "note"], lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows({**row, "note": "synthetic"} for row in rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="\n")


def write_json(path: Path, document: Mapping[str, object]) -> None:
    """Write a JSON document a person can read."""
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8", newline="\n")


def write_text(path: Path, text: str) -> None:
    """Write a page with one newline at its end, on every platform."""
    path.write_text(text.strip() + "\n", encoding="utf-8", newline="\n")


def nginx_escaped(value: str) -> str:
    r"""Escape a logged variable as nginx does by default.

    >>> nginx_escaped('=A("\x1b")')
    '=A(\\x22\\x1B\\x22)'
    """
    return "".join(
        chr(byte) if byte in _PRINTABLE and chr(byte) not in '"\\' else f"\\x{byte:02X}" for byte in value.encode()
    )


def json_text(value: str) -> str:
    r"""Return a JSON string literal in ASCII, quotes included.

    >>> print(json_text("a\u202eb"))
    "a\u202eb"
    """
    return json.dumps(value)


def hex_text(numbers: npt.NDArray[np.uint64], name: str) -> pl.Expr:
    """Spell 64-bit numbers as 16 hex digits each, in a column of that name."""
    digits = np.array([f"{byte:02x}" for byte in range(256)])
    octets = [digits[((numbers >> np.uint64(shift)) & np.uint64(255)).astype(np.int64)] for shift in range(56, -8, -8)]
    return pl.concat_str(*(pl.lit(pl.Series(f"{name}/{place}", octet)) for place, octet in enumerate(octets)))


def rfc3339(column: str) -> pl.Expr:
    """Format milliseconds since 1970 as RFC 3339 in UTC with three decimals."""
    return pl.from_epoch(pl.col(column), time_unit="ms").dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")


def iso(at: int) -> str:
    """Format one instant in milliseconds since 1970; decimals only where there are any.

    >>> iso(1_772_919_000_000), iso(1_772_919_000_250)
    ('2026-03-07T21:30:00Z', '2026-03-07T21:30:00.250Z')
    """
    text = str(pl.select(pl.from_epoch(pl.lit(at), time_unit="ms").dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")).item())
    return text.replace(".000Z", "Z")


def with_garbage(lines: pl.Series, garbage: Mapping[int, str]) -> pl.Series:
    """Insert broken lines at the given positions of the result."""
    for position in sorted(garbage):
        broken = pl.Series(lines.name, [garbage[position]])
        lines = pl.concat([lines[:position], broken, lines[position:]])
    return lines
