"""Redaction on the model: names are replaced in what queries return and in the finished document, never in a page.

Three rules, in this order: a name this reader may not see becomes a keyed pseudonym; in editions that leave the house
an address becomes another one with the same shared prefixes (or, for the public, a mark), and a secret its keyed id.
Afterwards every rendering is decoded and searched again (`leaks.py`): the second guard.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl
import pyarrow as pa

from forensics.audience import Disclosure
from forensics.case import Case
from forensics.keyed import address_pseudonym, pseudonym, reader_key
from forensics.names import found_in, rewritten
from forensics.redact import mask_text
from forensics.report.blocks import Document
from forensics.report.editions import Edition
from forensics.schema import ACCOUNT_FEATURES, ACCOUNTS, IDENTITIES
from forensics.text import guard_cell

LOG_COLUMNS = ("place", "item", "reason", "rule", "count")
_V4 = r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d]|\.\d|/\d)"
_V6 = r"(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){2,7}(?::|(?::?[0-9A-Fa-f]{1,4}){1,6})(?![\w:]|/\d)"
ADDRESS = re.compile(rf"{_V4}|{_V6}")
_RULES = {
    "name": "a name this reader may not see became a keyed pseudonym",
    "address": "a full address became a pseudonym that keeps shared prefixes",
    "address_public": "a full address was taken out",
    "secret": "a secret became its keyed id",
    "left_out": "a table this reader does not see",
    "on_request": "names of accounts that asked to be left out",
    "narrowed": "rows about accounts this reader does not hear of",
}
_NOT_CONTENT = frozenset({"section_id", "finding_id", "name", "number", "kind", "cites", "lines", "full"})


@dataclass
class Redactor:
    """Replaces what one reader may not see, and counts what it replaced: texts per place and reason."""

    edition: Edition
    stands: Mapping[str, str]
    reader: bytes
    case_key: bytes
    common: frozenset[str] = frozenset()  # names that are words this stage writes: replaced where they stand alone
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    made: set[str] = field(default_factory=set)  # addresses that stand for others in this copy

    def table(self, rows: pa.Table, place: str) -> pa.Table:
        """Return the rows of a query with names replaced in every column of text."""
        if not self.stands:
            return rows
        for index, column in enumerate(rows.columns):
            listed = pa.types.is_list(column.type) and pa.types.is_string(column.type.value_type)
            if not (listed or pa.types.is_string(column.type)):
                continue
            values = pl.Series(pl.from_arrow(column))
            found = rewritten(values.explode(empty_as_null=True) if listed else values, self.stands, self.common)
            if found:
                self.counts[place, "name"] += len(found)
                shown = values.list.eval(pl.element().replace(found)) if listed else values.replace(found)
                rows = rows.set_column(index, rows.schema.field(index), shown.to_arrow().cast(column.type))
        return rows

    def document(self, document: Document) -> Document:
        """Return the document with everything replaced that its reader may not see."""
        texts = pl.Series(sorted(set(_texts(document))), dtype=pl.String)
        found = rewritten(texts, self.stands, self.common)
        self.counts["document", "name"] += len(found)
        if self.edition.leaves_the_house:
            for text in texts:
                shown = self._without_secrets(self._without_addresses(found.get(text, text)))
                if shown != text:
                    found[text] = shown
        return _with(document, found) if found else document

    def _without_addresses(self, text: str) -> str:
        for_public = self.edition.name == "public"

        def stood(match: re.Match[str]) -> str:
            try:
                other = address_pseudonym(self.reader, match[0])
            except ValueError:  # digits and colons that are no address, such as a time
                return match[0]
            self.made.add(other)
            return "[address]" if for_public else other

        shown = ADDRESS.sub(stood, text)
        self.counts["document", "address_public" if for_public else "address"] += shown != text
        return shown

    def _without_secrets(self, text: str) -> str:
        shown = mask_text(text, self.case_key)
        self.counts["document", "secret"] += shown != text
        return shown

    def log(self, left_out: Iterator[tuple[str, str, int | None]]) -> str:
        """Return the redaction log as guarded CSV: what was replaced or left out, by which rule; no name."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(LOG_COLUMNS)
        for table, reason, count in left_out:
            writer.writerow([table, "rows", reason, _RULES[reason], count])
        for (place, reason), count in sorted(self.counts.items()):
            if count:
                writer.writerow([guard_cell(place), "texts", reason.removesuffix("_public"), _RULES[reason], count])
        return stream.getvalue()


def redactor(case: Case, edition: Edition, disclosure: Disclosure) -> Redactor:
    """Return what replaces names for one reader; the pseudonyms are those of a package for the same reader."""
    key = reader_key(case.key(), disclosure.key_label())
    tables = ((ACCOUNT_FEATURES, "user_id"), (ACCOUNTS, "user_id"), (IDENTITIES, "alias"), (IDENTITIES, "user_id"))
    accounts = {name for table, column in tables for name in case.read(table)[column].to_pylist()}
    stands = {
        name: pseudonym(key, "account" if name in accounts else "name", name)
        for name in sorted(disclosure.hidden)
        if not ADDRESS.fullmatch(name)  # addresses have a rule of their own
    }
    common = frozenset(found_in(own_words(), stands))
    return Redactor(edition, stands, key, case.key(), common)


@cache
def own_words() -> pl.Series:
    """Return the texts that reports are made from: an account called `review` is in all of them."""
    folder = files("forensics.report")
    places = [one for part in ("", "sections", "charts", "templates") for one in (folder / part).iterdir()]
    texts = [one.read_text(encoding="utf-8") for one in places if one.name.endswith((".py", ".j2", ".typ", ".js"))]
    return pl.Series([line for text in texts for line in text.split("\n")], dtype=pl.String)


def _texts(value: object) -> Iterator[str]:
    """Yield every text of a document that may come from the case."""
    if isinstance(value, Enum):
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for entry in fields(value):
            if entry.name not in _NOT_CONTENT or type(value).__name__ == "Column":
                yield from _texts(getattr(value, entry.name))


def _with(value: Any, found: Mapping[str, str]) -> Any:  # noqa: ANN401 - the same type as it was given
    """Return a part of a document with some of its texts replaced."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return found.get(value, value)
    if isinstance(value, tuple):
        return tuple(_with(item, found) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        column = type(value).__name__ == "Column"
        changed = {
            entry.name: _with(getattr(value, entry.name), found)
            for entry in fields(value)
            if entry.name not in _NOT_CONTENT or column
        }
        return replace(value, **changed)
    return value
