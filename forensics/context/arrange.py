"""Columns of a file under the names of the table; the rest is kept aside."""

import polars as pl

from forensics.context.delimited import canonical_name
from forensics.context.kinds import Kind
from forensics.context.sheet import Sheet
from forensics.errors import ContextError
from forensics.text import shorten

_SHOWN = 20
_REMARKS = {"note", "notes", "comment", "comments", "remark"}  # expected beside any table: no warning
_NAME_WIDTH = 40


def arrange(sheet: Sheet, kind: Kind, notes: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return `row` and all known columns (absent ones null), and the unknown ones under their own names.

    Raise `ContextError` for a required column that is missing, or one that stands there under two spellings.
    """
    known = kind.columns()
    places: dict[str, str] = {}
    for column in sheet.cells.columns:
        name = canonical_name(column)
        if name in known and name in places:
            raise ContextError(f"{sheet.name}: column '{name}' stands twice in the header", hint="rename one")
        if name in known:
            places[name] = column
    for column in kind.required:
        if column not in places:
            hint = f"columns seen: {_listed(sheet.cells.columns)}"
            raise ContextError(f"{sheet.name}: missing column '{column}'", hint=hint)
    nothing = pl.lit(None, dtype=pl.String)
    cells = [(pl.col(places[name]) if name in places else nothing).alias(name) for name in known]
    unknown = sheet.cells.drop(places.values())
    if surprising := [column for column in unknown.columns if canonical_name(column) not in _REMARKS]:
        notes.append(f"{sheet.name}: columns this table does not have are kept in extra: {_listed(surprising)}")
    return sheet.cells.select(sheet.rows.alias("row"), *cells), unknown


def _listed(names: list[str]) -> str:
    shown = [shorten(name, _NAME_WIDTH) for name in names[:_SHOWN]]
    return ", ".join(shown) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
