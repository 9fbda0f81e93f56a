"""The first records of an excerpt, as text and as the rows that a format makes of them: nothing of it is kept."""

from collections.abc import Sequence

import polars as pl

from forensics.ingest import documents
from forensics.ingest.acquire import Excerpt
from forensics.ingest.envelopes.fragments import together
from forensics.ingest.formats import Family, LineFormat
from forensics.ingest.formats.delimited import record_texts
from forensics.ingest.views import View


def texts(excerpt: Excerpt, form: LineFormat, view: View) -> list[str]:
    """Return the first records as they stand in the source, in their envelopes."""
    if form.family == Family.DELIMITED:
        return record_texts(excerpt.head, whole=excerpt.whole)
    if view.shape:
        return documents.texts(excerpt.head, view.shape, whole=excerpt.whole)
    return together(excerpt.head_lines(), view.envelopes)


def as_records(lines: Sequence[str]) -> pl.DataFrame:
    """Return texts as records (see `reader.records`) that stand back to back."""
    frame = pl.DataFrame({"text": pl.Series(list(lines), dtype=pl.String)}).with_row_index("log_line", 1)
    size = pl.col("text").str.len_bytes().cast(pl.Int64)
    return frame.with_columns(
        pl.col("log_line").cast(pl.Int64),
        ((size + 1).cum_sum() - size - 1).alias("log_offset"),
        size.alias("log_length"),
        *(pl.lit(value=False).alias(name) for name in ("invalid_utf8", "too_long", "cut", "bom")),
        pl.col("text").str.contains("\0", literal=True).alias("nul"),
    )
