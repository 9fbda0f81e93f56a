"""What must hold between the rows of a side table."""

import polars as pl

from forensics.context.kinds import Kind
from forensics.context.problems import Problems, quoted
from forensics.schema import IDENTITIES

_SHOWN = 10


def check(frame: pl.DataFrame, kind: Kind, problems: Problems) -> None:
    """Note repeated ids, spans that end before they begin, and identities of two accounts at once."""
    if kind.span:
        _check_span(frame, *kind.span, problems)
    if kind.unique:
        _check_unique(frame, kind.unique, problems)
    if kind.table is IDENTITIES:
        _check_owners(frame, problems)


def check_filled(frame: pl.DataFrame, kind: Kind, problems: Problems) -> None:
    """Note empty cells of columns that every row needs."""
    for column in kind.filled:
        problems.cells(frame.filter(pl.col(column).is_null()), column, "is empty; every row needs one")


def _check_span(frame: pl.DataFrame, start: str, end: str, problems: Problems) -> None:
    wrong = frame.filter(pl.col(end) < pl.col(start))
    problems.cells(wrong.with_columns(pl.col(end).dt.to_string()), end, f"{{}} lies before {start}")


def _check_unique(frame: pl.DataFrame, column: str, problems: Problems) -> None:
    first = pl.col("row").min().over(column)
    again = frame.drop_nulls(column).with_columns(first.alias("first")).filter(pl.col("row") > pl.col("first"))
    for row, value, before in again.select("row", column, "first").sort("row").iter_rows():
        problems.add(row, column, f"{quoted(value)} is already in row {before}")


def _check_owners(frame: pl.DataFrame, problems: Problems) -> None:
    """Note each alias that belongs to two accounts at one time.

    Spans of one account are merged first. Then two spans of an alias overlap exactly if two neighbors do.
    """
    always, still = pl.lit(-(2**62)), pl.lit(2**62)
    claims = frame.select(
        "row",
        "alias",
        "user_id",
        pl.col("valid_from").dt.timestamp("us").fill_null(always).alias("from"),
        pl.col("valid_to").dt.timestamp("us").fill_null(still).alias("to"),
    ).drop_nulls(["alias", "user_id"])
    claims = claims.filter(pl.col("from") < pl.col("to"), pl.col("user_id").n_unique().over("alias") > 1)
    claims = claims.sort("alias", "user_id", "from", "to", "row")
    reached = pl.col("to").cum_max().shift(1).over("alias", "user_id")
    claims = claims.with_columns(
        (pl.col("from") > reached).fill_null(value=True).cum_sum().over("alias", "user_id").alias("part")
    )
    spans = (
        claims.group_by("alias", "user_id", "part", maintain_order=True)
        .agg(pl.col("from").first(), pl.col("to").max(), pl.col("row").first())
        .sort("alias", "from", "to", "user_id")
    )
    before = [pl.col(name).shift(1).over("alias").alias(f"{name}_before") for name in ("user_id", "to", "row")]
    clashes = spans.with_columns(before).filter(pl.col("from") < pl.col("to_before"))
    for row, alias, user, other, place in (
        clashes.select("row", "alias", "user_id", "user_id_before", "row_before").sort("row").head(_SHOWN).iter_rows()
    ):
        text = f"{quoted(alias)} belongs to {quoted(user)} here and to {quoted(other)} in row {place} at the same time"
        problems.add(row, "alias", text)
