"""CSV with a header, separated by `,` `;` or tab; and headerless IP-to-ASN tables.

Spreadsheets write all of these; which separator it is follows from the header alone.
"""

import csv
import io
import ipaddress
import re
from collections.abc import Iterator, Sequence

from forensics.context.kinds import Kind
from forensics.context.problems import Problems
from forensics.context.sheet import Gathering, Sheet
from forensics.errors import ContextError
from forensics.schema import IP_RANGES
from forensics.text import shorten

_DELIMITERS = (",", ";", "\t")
_EXCEL_HINT = re.compile(r"sep=(.)\r?\n")  # a first line that Excel writes for itself
_ASN_COLUMNS = ("cidr", "asn", "country", "as_name")
_ASN_CELLS = 5


def read(name: str, text: str, kind: Kind) -> Sheet:
    """Read a delimited table. Raise `ContextError` for a bad header or a record that does not fit it."""
    first = text.lstrip().split("\n", 1)[0]
    if kind.table is IP_RANGES and _is_asn_row(first.split("\t")):
        return _read_asn(name, text)
    records = _records(name, text, _delimiter(text, kind))
    _, header = next(records)
    names = _column_names(name, header)
    problems = Problems(name)
    gathering = Gathering(name, names)
    for row, record in records:
        fitted = _fit(record, len(names))
        if fitted is None:
            problems.add(row, None, f"{len(record)} cells where the header has {len(names)}")
        elif any(fitted):
            gathering.add(row, dict(zip(names, fitted, strict=True)))
    problems.stop()
    return gathering.sheet()


def _records(name: str, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not blank, with the line it begins at. A quoted cell may hold line ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for record in reader:
            if record and not (begins == 1 and _EXCEL_HINT.match(text)):
                yield begins, record
            begins = reader.line_num + 1
    except csv.Error as error:
        raise ContextError(f"{name} row {begins}: {error}", hint="check the quotes around it") from None


def _delimiter(text: str, kind: Kind) -> str:
    """Return the separator under which the header names most columns of this kind, then most columns at all."""
    if declared := _EXCEL_HINT.match(text):
        return declared[1]
    header = text.lstrip("\r\n").split("\n", 1)[0]
    known = set(kind.columns())

    def fit(delimiter: str) -> tuple[int, int]:
        names = [cell.strip(' "\r') for cell in header.split(delimiter)]
        return len(known.intersection(map(canonical_name, names))), len(names)

    return max(_DELIMITERS, key=fit)


def canonical_name(name: str) -> str:
    """Return a column name as tables spell it.

    >>> canonical_name(" User ID ")
    'user_id'
    """
    return re.sub(r"[\s-]+", "_", name.strip().casefold())


def _column_names(name: str, header: Sequence[str]) -> list[str]:
    """Return the names of the columns; a column without one is named after its place."""
    names = [cell.strip() or f"column {place}" for place, cell in enumerate(header, start=1)]
    twice = next((cell for place, cell in enumerate(names) if cell in names[:place]), None)
    if twice is not None:
        raise ContextError(f"{name}: column '{shorten(twice, 60)}' stands twice in the header", hint="rename one")
    return names


def _fit(record: list[str], width: int) -> list[str] | None:
    """Return a record at the width of the header: surplus cells may go if they are empty, none may be missing."""
    return record[:width] if len(record) >= width and not any(record[width:]) else None


def _is_asn_row(cells: Sequence[str]) -> bool:
    """Tell whether cells begin with a first and a last address."""
    if len(cells) != _ASN_CELLS:
        return False
    try:
        return ipaddress.ip_address(cells[0]) <= ipaddress.ip_address(cells[1])  # type: ignore[operator]
    except (ValueError, TypeError):
        return False


def _read_asn(name: str, text: str) -> Sheet:
    """Read lines of `first TAB last TAB asn TAB country TAB name`, as iptoasn.com publishes them."""
    problems = Problems(name)
    gathering = Gathering(name, _ASN_COLUMNS)
    unrouted = 0
    for row, line in enumerate(text.split("\n"), start=1):
        parts = line.rstrip("\r").split("\t", _ASN_CELLS - 1)
        if parts == [""]:
            continue
        if not _is_asn_row(parts):
            problems.add(row, None, "expected first address, last address, AS number, country, name")
            continue
        first, last, number, country, title = parts
        if number == "0":  # not announced by anybody: it says nothing about an address
            unrouted += 1
            continue
        for cidr in _networks(first, last):
            gathering.add(row, dict(zip(_ASN_COLUMNS, (cidr, number, country, title), strict=True)))
    problems.stop()
    note = (f"{name}: ranges that nobody routes (AS 0) are left out ({unrouted:,})",) if unrouted else ()
    return gathering.sheet().with_warnings(note)


def _networks(first: str, last: str) -> list[str]:
    """Return the networks that together are the addresses from first to last."""
    start, end = ipaddress.ip_address(first), ipaddress.ip_address(last)
    return [str(network) for network in ipaddress.summarize_address_range(start, end)]
