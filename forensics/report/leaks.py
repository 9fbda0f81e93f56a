"""The second guard: every rendering is decoded to the text its reader gets, and searched for what must not be there."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from html import unescape
from typing import Any

import polars as pl
import pyarrow as pa

from forensics.engine import Engine
from forensics.errors import IntegrityError
from forensics.names import found_in
from forensics.report.pdf import BREAK
from forensics.report.redaction import ADDRESS, Redactor

_MOST_NAMED = 5
_BACKSLASH = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~$&:/@^=])")
_TAG = re.compile(r"<[^>]*>")
_REAL = "SELECT DISTINCT source_ip AS address FROM requests JOIN suspects ON suspects.address = source_ip ORDER BY 1"


def check_leaks(
    renderings: Mapping[str, bytes], hidden: Iterable[str], redactor: Redactor, whole: Callable[[], Engine]
) -> None:
    """Raise `IntegrityError` if a rendering shows a hidden name, or in an edition that leaves the house an address.

    `whole` opens the requests of everybody: an address of this copy that nobody used is a pseudonym, not a leak.
    """
    wanted = frozenset(hidden)
    for name, content in renderings.items():
        lines = [line for text in decoded(name, content) for line in text.splitlines()]
        found = found_in(pl.Series(lines, dtype=pl.String), wanted)
        if redactor.edition.leaves_the_house:
            seen = {match for line in lines for match in ADDRESS.findall(line)} - redactor.made
            found += _in_use(sorted(seen), whole)
        if found:
            more = "" if len(found) <= _MOST_NAMED else f" and {len(found) - _MOST_NAMED} more"
            raise IntegrityError(
                f"report.{name} would show what this reader may not see: {', '.join(found[:_MOST_NAMED])}{more}",
                hint="no report was written; report it, with the section that it stands in",
            )


def decoded(name: str, content: bytes) -> list[str]:
    """Return the texts that a reader of a rendering gets, in every way its lines could be joined."""
    if name == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return [unescape(_TAG.sub("\n", book.read(part).decode("utf-8"))) for part in sorted(book.namelist())]
    if name == "pdf":
        return _pdf(content)
    text = content.decode("utf-8")
    if name == "json":
        return list(_strings(json.loads(text)))
    return (
        [unescape(_TAG.sub("\n", text)), unescape(text)] if name == "html" else [_BACKSLASH.sub(r"\1", unescape(text))]
    )


def _pdf(content: bytes) -> list[str]:
    """Return the text of each page, its lines apart and joined: a name may be broken across two lines."""
    from pypdf import PdfReader  # noqa: PLC0415 - an optional package

    reader = PdfReader(io.BytesIO(content))
    pages = [page.extract_text() for page in reader.pages]
    pages = [page.replace(BREAK, "") for page in pages]
    about = " ".join(str(value) for value in (reader.metadata or {}).values())
    return [about, *pages, *(page.replace("\n", "") for page in pages), *(page.replace("\n", " ") for page in pages)]


def _strings(value: Any) -> Iterable[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in (*value, *value.values()):
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _in_use(addresses: list[str], whole: Callable[[], Engine]) -> list[str]:
    """Return which of these addresses a request of the case came from."""
    if not addresses:
        return []
    with whole() as engine:
        engine.register("suspects", pa.table({"address": pa.array(addresses, pa.string())}))
        return list(engine.rows(_REAL)["address"].to_pylist())
