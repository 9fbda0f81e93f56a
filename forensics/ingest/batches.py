"""OTLP documents hold spans and log records of many requests, and say of whom but once, around them.

Each span is a record with the bytes it stands in. What it is read as is the document as if it held this one only: with
the resource and the scope that stand around the span, and nothing of the others.
"""

import numpy as np
import polars as pl

from forensics.ingest.brackets import Scan, scan
from forensics.ingest.reader import Positions
from forensics.ingest.shapes import Layout, Shape, spans
from forensics.ingest.stretches import cut_out

FLAG = "in_batch"  # resource and scope come from the document around the record
_DEPTHS = {"resource": (3, 4), "scope": (5, 6)}  # depth of the object that holds it, and of itself
_MARKS = (b'"resourceSpans"', b'"resourceLogs"')


def is_batch(head: bytes) -> bool:
    """Tell whether the beginning of a stream can be OTLP."""
    return any(mark in head for mark in _MARKS)


def in_their_document(content: bytes, starts: Positions, text: pl.Series, shape: Shape) -> pl.Series:
    """Return records as documents that hold one record each; what stands in no list stays as it is."""
    found = scan(np.frombuffer(content, np.uint8), 0, lines=shape.layout == Layout.LINES)
    whole = spans(content, shape)
    listed = np.isin(starts, whole.starts[whole.listed])
    begun = text.str.contains(r"^\{\s*\"").fill_null(value=False)
    parts = {name: _around(content, found, starts, name, depths) for name, depths in _DEPTHS.items()}
    frame = pl.DataFrame({"text": text, **parts, "log": _is_log(found, starts, shape)})
    kinds = (("resourceSpans", "scopeSpans", "spans"), ("resourceLogs", "scopeLogs", "logRecords"))
    spoken, logged = (_document(*names) for names in kinds)
    wrapped = frame.select(pl.when("log").then(logged).otherwise(spoken).alias("text"))["text"]
    return wrapped.zip_with(begun & pl.Series(listed), text)


def _document(outer: str, inner: str, name: str) -> pl.Expr:
    return pl.concat_str(
        pl.lit(f'{{"{outer}":[{{'),
        pl.coalesce(pl.format('"resource":{},', "resource"), pl.lit("")),
        pl.lit(f'"{inner}":[{{'),
        pl.coalesce(pl.format('"scope":{},', "scope"), pl.lit("")),
        pl.lit(f'"{name}":['),
        "text",
        pl.lit("]}]}]}"),
    )


def _is_log(found: Scan, starts: Positions, shape: Shape) -> pl.Series:
    """Tell which records stand in a list of log records."""
    lists = found.opens(shape.depth)
    kinds = np.append(found.is_member(lists, "logRecords"), values=False)
    return pl.Series(kinds[np.searchsorted(lists, starts) - 1])  # the last one, at -1: in no list


def _around(content: bytes, found: Scan, starts: Positions, name: str, depths: tuple[int, int]) -> pl.Series:
    """Return the member of that name of the object around each record, null where it has none."""
    holders, opens = found.opens(depths[0]), found.opens(depths[1])
    opens = opens[found.is_member(opens, name)]
    closes = np.append(found.closes(depths[1]), len(content) - 1)
    ends = np.minimum(closes[np.searchsorted(closes, opens)] + 1, len(content))
    texts, _ = cut_out(content, opens, ends)
    place = np.full(len(holders) + 1, -1)
    place[np.searchsorted(holders, opens) - 1] = np.arange(len(opens))
    place[-1] = -1  # no object around it
    held = place[np.searchsorted(holders, starts) - 1]
    return texts.gather(pl.Series(held).replace(-1, None))
