"""The envelopes, explicit and most specific first; they may stand in each other."""

from collections.abc import Sequence

import polars as pl

from forensics.ingest.envelopes.base import INNER, JOINED, PARTIAL, Envelope
from forensics.ingest.envelopes.carriers import CLOUDWATCH, JOURNALD, QUOTED, STAMPED
from forensics.ingest.envelopes.containers import COMPOSE, CRI, DOCKER_JSON
from forensics.ingest.envelopes.fragments import mended
from forensics.ingest.envelopes.syslog import SYSLOG_3164, SYSLOG_5424, SYSLOG_FILE

ENVELOPES = (
    *(DOCKER_JSON, JOURNALD, CLOUDWATCH, CRI, SYSLOG_5424, SYSLOG_3164, SYSLOG_FILE, STAMPED, COMPOSE, QUOTED),
)
SEPARATOR = " > "
_MOST = 0.5  # share of sampled lines that must stand in an envelope
_DEEPEST = 3


def around(lines: Sequence[str]) -> tuple[tuple[Envelope, ...], ...]:
    """Return the ways in which most of these lines stand in envelopes, outermost first; the shortest way first."""
    found: list[tuple[Envelope, ...]] = []
    level: list[tuple[tuple[Envelope, ...], pl.Series]] = [((), pl.Series(list(lines), dtype=pl.String))]
    for _ in range(_DEEPEST):
        level = [longer for outer, text in level for longer in _next(outer, text)]
        found += [chain for chain, _ in level]
    return tuple(found)


def _next(outer: tuple[Envelope, ...], text: pl.Series) -> list[tuple[tuple[Envelope, ...], pl.Series]]:
    """Return the chains that are one envelope longer, with what is left of the lines."""
    longer = []
    for envelope in ENVELOPES:
        inner = envelope.peel(text)[INNER]
        if len(inner) - inner.null_count() > _MOST * len(text):
            longer.append(((*outer, envelope), inner.drop_nulls()))
    return longer


def peeled(records: pl.DataFrame, chain: Sequence[Envelope]) -> pl.DataFrame:
    """Return records with `text` out of its envelopes, `envelope` (JSON, null for none), `partial` and `joined`.

    A record that does not stand in an envelope keeps its text: a file may hold both kinds.
    """
    frame = records.with_columns(
        pl.lit(None, pl.String).alias("envelope"), pl.lit(value=False).alias(PARTIAL), pl.lit(value=False).alias(JOINED)
    )
    for envelope in chain:
        whole = mended(frame["text"], envelope)
        frame = frame.with_columns(whole, pl.col(JOINED) | (pl.Series(whole != frame["text"])))
        off = envelope.peel(frame["text"])
        said = off.select(pl.lit(envelope.name).alias("kind"), pl.exclude(INNER, PARTIAL))
        is_in = off[INNER].is_not_null()
        frame = frame.with_columns(
            pl.coalesce(off[INNER], "text").alias("text"),
            (pl.col(PARTIAL) | (off[PARTIAL] & is_in)).alias(PARTIAL),
            _nested(frame["envelope"], said, is_in).alias("envelope"),
        )
    return frame


def _nested(outer: pl.Series, said: pl.DataFrame, is_in: pl.Series) -> pl.Series:
    """Return what all envelopes say so far: the inner one stands in the outer one as `inside`."""
    own = said.select(pl.when(is_in).then(pl.struct(pl.all()).struct.json_encode())).to_series()
    own = own.str.replace_all(r',"[a-z]+":null', "")
    both = outer.str.strip_suffix("}") + ',"inside":' + own + "}"
    return pl.select(pl.coalesce(both, outer, own)).to_series()
