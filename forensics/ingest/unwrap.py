"""Records out of what surrounds them: bytes that a crash left behind, and envelopes; what was taken off is kept.

Records in (see `reader.records`), the same records with the text that a server wrote, and what stood around it.
"""

from collections.abc import Sequence

import polars as pl

from forensics.ingest.envelopes import peeled
from forensics.ingest.envelopes.base import JOINED, PARTIAL, Envelope

NUL_FILLED, PARTIAL_LINE, JOINED_LINE = "nul_filled", "partial_line", "joined_line"
_NUL = "\0"


def unwrapped(records: pl.DataFrame, envelopes: Sequence[Envelope]) -> pl.DataFrame:
    """Return records with bare `text`, `envelope` (JSON or null), `partial`, `joined` and `nul_filled`.

    A file that a crash cut short, or that was truncated under its writer, has stretches of NUL bytes.
    """
    filled = records["nul"]
    if filled.any():
        bare = records["text"].str.strip_chars(_NUL)
        filled = bare != records["text"]
        records = records.with_columns(bare.alias("text"))
    return peeled(records, envelopes).with_columns(filled.fill_null(value=False).alias(NUL_FILLED))


def marked(logged: pl.DataFrame, records: pl.DataFrame, flags: Sequence[str]) -> pl.DataFrame:
    """Return what a format read, with the envelope of each record in `extra` and with flags for what was odd."""
    columns = {NUL_FILLED: NUL_FILLED, PARTIAL_LINE: PARTIAL, JOINED_LINE: JOINED}
    odd = [pl.when(column).then(pl.lit(flag)) for flag, column in columns.items() if records[column].any()]
    if odd or flags:
        listed = pl.concat_list(*odd, *(pl.lit(flag) for flag in flags)).list.drop_nulls().alias("own")
        own = records.with_columns(listed)["own"]
        logged = logged.with_columns(pl.select(pl.concat_list(logged["flags"], own)).to_series().alias("flags"))
    if records["envelope"].null_count() == records.height:
        return logged
    member = '"envelope":' + records["envelope"] + "}"
    extra = (
        logged["extra"]
        if "extra" in logged.columns
        else pl.Series([None], dtype=pl.String).new_from_index(0, len(member))
    )
    joined = (extra.str.strip_suffix("}") + ",").str.replace(r"^\{,$", "{") + member
    return logged.with_columns(pl.select(pl.coalesce(joined, "{" + member, extra)).to_series().alias("extra"))
