"""One sheet of text in, the rows of one side table out."""

import polars as pl

from forensics.context.arrange import arrange
from forensics.context.checks import check, check_filled
from forensics.context.convert import typed
from forensics.context.extra import extra
from forensics.context.kinds import Kind
from forensics.context.problems import Problems
from forensics.context.secrets import keyed
from forensics.context.sheet import Sheet
from forensics.context.special import networks, only_domain, tidy, words


def build(sheet: Sheet, kind: Kind, key: bytes) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the rows of a side table in total order, and what was assumed on the way.

    Raise `ContextError` naming every cell that cannot be what its column says.
    """
    problems = Problems(sheet.name, kind.columns())
    notes = list(sheet.warnings)
    known, unknown = arrange(sheet, kind, notes)
    known = tidy(known, sheet.name, kind, notes)
    check_filled(known, kind, problems)
    known = keyed(known, kind, key, problems)
    known = only_domain(known)
    known, originals = words(known, sheet.name, kind, notes)
    frame = typed(known, sheet.name, kind, problems, notes)
    frame = networks(frame, problems)
    check(frame, kind, problems)
    problems.stop()
    frame = frame.with_columns(extra([*unknown.get_columns(), *originals], frame.height, key)).select(
        kind.table.names()
    )
    distinct = frame.unique().sort(kind.table.names())
    if repeated := frame.height - distinct.height:
        notes.append(f"{sheet.name}: rows that repeat another row are stored once ({repeated:,})")
    return distinct, tuple(notes)
