"""What was left out of a package, by which rule; and the check that nothing hidden stands in it after all."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from forensics.audience import Disclosure
from forensics.errors import IntegrityError
from forensics.evidence.bag import files_below
from forensics.evidence.extract import REASONS, Extracted, write_csv
from forensics.evidence.tables import Withheld
from forensics.names import found_in, searchable
from forensics.renderings import decoded

COLUMNS = ("place", "item", "reason", "rule", "count")
_ROW_REASONS = {"names_other": "a row that names somebody this reader may not see", "on_request": REASONS["on_request"]}
_MOST_NAMED = 5
_ESCAPED = {".html", ".json", ".md", ".pdf", ".xlsx"}  # what stands there is not what a reader gets


def write_log(
    folder: Path,
    disclosure: Disclosure,
    extracted: Extracted,
    tables: tuple[Withheld, ...],
    left_out: Mapping[str, str],
) -> None:
    """Write `redaction-log.csv` and the profile. A withheld line is named by its Bates number, never by its account."""
    folder.mkdir()
    rows: list[dict[str, object]] = [
        {"place": "evidence", "item": row["bates"], "reason": row["withheld"], "rule": REASONS[str(row["withheld"])],
         "count": 1}
        for row in extracted.rows
        if row["withheld"]
    ]  # fmt: skip
    rows += [
        {
            "place": "tables",
            "item": one.table,
            "reason": one.reason,
            "rule": _ROW_REASONS[one.reason],
            "count": one.rows,
        }
        for one in tables
    ]
    rows += [{"place": "package", "item": item, "reason": "audience", "rule": rule, "count": None}
             for item, rule in sorted(left_out.items())]  # fmt: skip
    write_csv(folder / "redaction-log.csv", COLUMNS, rows)
    profile = {**asdict(disclosure.profile), "organization": disclosure.organization}
    looked_for = len(_looked_for(disclosure))
    profile |= {"accounts_withheld_on_request": len(disclosure.withheld), "names_looked_for": looked_for}
    profile |= {"names_too_short_or_too_common_to_look_for": len(disclosure.hidden) - looked_for}
    (folder / "profile.json").write_text(json.dumps(profile, sort_keys=True, indent=1) + "\n", encoding="utf-8")


def _looked_for(disclosure: Disclosure) -> list[str]:
    """Return the hidden names that are looked for: long enough, and no words that we write ourselves."""
    names = sorted(filter(searchable, disclosure.hidden))
    return sorted(set(names) - set(found_in(_own_words(), names)))


@cache
def _own_words() -> pl.Series:
    """Return the texts that files of a package are made from: an account called `report` is in all of them."""
    folder = files("forensics.evidence")
    places = [
        one
        for part in ("", "drafts", "disclosed/counterparty", "disclosed/executive", "disclosed/public")
        for one in (folder / part).iterdir()
    ]
    texts = [
        one.read_text(encoding="utf-8") for one in places if one.name.endswith((".py", ".sh", ".sql", ".txt", ".md"))
    ]
    return pl.Series([line for text in texts for line in text.split("\n")], dtype=pl.String)


def check_leaks(payload: Path, disclosure: Disclosure) -> None:
    """Raise `IntegrityError` if a hidden name stands in a file of the package, also decoded from Parquet.

    Names are looked for as they are, in URLs, in base64 and as reversed addresses. This is the second guard: the
    first is that nothing is written that the profile does not name.
    """
    hidden = _looked_for(disclosure)
    for name in files_below(payload) if hidden else ():
        for texts in texts_of(payload / name):
            if found := found_in(texts, hidden):
                more = "" if len(found) <= _MOST_NAMED else f" and {len(found) - _MOST_NAMED} more"
                raise IntegrityError(
                    f"data/{name} would show what this reader may not see: {', '.join(found[:_MOST_NAMED])}{more}",
                    hint="no package was written; report it, with the table or file that it names",
                )


def texts_of(path: Path) -> Iterator[pl.Series]:
    """Yield all text of a file: as it stands, and as a reader gets it."""
    if path.suffix != ".parquet":
        content = path.read_bytes()
        yield pl.Series(content.decode("utf-8", "replace").split("\n"), dtype=pl.String)
        if path.suffix in _ESCAPED:
            texts = decoded(path.suffix[1:], content)
            yield pl.Series([line for text in texts for line in text.split("\n")], dtype=pl.String)
        return
    for column in pq.read_table(path).columns:
        if pa.types.is_string(column.type) or pa.types.is_list(column.type):
            values = pl.Series(pl.from_arrow(column)).drop_nulls()
            yield values.explode().drop_nulls() if isinstance(values.dtype, pl.List) else values
