"""What an envelope is: something that wrapped each line of a log on its way, and how to take it off.

Syslog daemons, container runtimes and log shippers put their own time and host around what a server wrote. That time
says when the line was carried, not when the request happened: it is kept apart, in `extra.envelope`, and never
becomes the time of an event.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import polars as pl

from forensics.engine import Engine
from forensics.ingest.lookups import lookups

INNER, PARTIAL, JOINED = "inner", "partial", "joined"
Peel = Callable[[pl.Series], pl.DataFrame]


@dataclass(frozen=True)
class Envelope:
    """One kind of envelope.

    `peel` returns one row per line: `inner` (the line that was wrapped, null where this envelope is not around it),
    `partial` (the carrier cut the line into pieces), and one String column per thing the envelope says: `time`,
    `host`, `process` and the like.

    Attributes:
        name: as it stands in front of the format, `syslog_3164 > combined`.
        title: what people call it.
        reference: where it is specified.
        peel: takes it off.
        samples: (line, inner line) pairs that prove it.
    """

    name: str
    title: str
    reference: str
    peel: Peel
    samples: tuple[tuple[str, str], ...]


def by_pattern(pattern: str, partial_tags: str = "") -> Peel:
    """Return a `peel` that reads an anchored pattern with a group `inner`; a group `tag` tells cut lines."""
    return partial(_by_pattern, pattern, partial_tags)


def _by_pattern(pattern: str, partial_tags: str, text: pl.Series) -> pl.DataFrame:
    groups = text.to_frame("text").select(pl.col("text").str.extract_groups(pattern).alias("groups")).unnest("groups")
    tagged = "tag" in groups.columns
    cut = pl.col("tag").str.starts_with(partial_tags).fill_null(value=False) if tagged else pl.lit(value=False)
    return groups.with_columns(cut.alias(PARTIAL)).drop("tag", strict=False)


_LOOK = """
WITH judged AS MATERIALIZED (  -- one look at each text decides whether the others may be taken
    SELECT row, text, coalesce(json_valid(text), false) AS is_json FROM lines
),

objects AS MATERIALIZED (
    SELECT row, text, coalesce(CASE WHEN is_json THEN json_type(text) = 'OBJECT' END, false) AS is_object FROM judged
)

SELECT
    CASE WHEN is_object THEN
        json_type(text, $inner) IN ('VARCHAR', 'ARRAY')
        AND list_has_all(json_keys(text), $needed)
        AND (len($known) = 0 OR list_has_all($known, json_keys(text)))
    END AS fits,
    CASE WHEN is_object THEN json_type(text, $inner) END AS kind,
    CASE WHEN is_object THEN json_extract_string(text, $inner) END AS inner_text,
    CASE WHEN is_object THEN json_extract_string(text, $pointers) END AS found
FROM objects
ORDER BY row
"""
# journald writes a message that is no printable text as a list of its bytes.
_BYTES = """
SELECT CASE WHEN json_type(text) = 'ARRAY' THEN TRY(decode(unhex(array_to_string(list_transform(
    TRY_CAST(json_extract(text, '$') AS UTINYINT[]), lambda byte: printf('%02x', byte)
), '')))) END AS text
FROM lines
ORDER BY row
"""


@dataclass(frozen=True)
class Members:
    """Which members of a JSON object make it an envelope.

    Attributes:
        inner: key of the line that was wrapped.
        needed: keys that must be there.
        said: (what the envelope says, key) pairs.
        known: keys that may be there; any other key makes the object something else. Empty: any key may.
        ended: a line without its line end was cut by the carrier.
    """

    inner: str
    needed: tuple[str, ...]
    said: tuple[tuple[str, str], ...]
    known: tuple[str, ...] = ()
    ended: bool = False


def by_members(members: Members) -> Peel:
    """Return a `peel` that reads one JSON object per line."""
    return partial(_by_members, members)


def _by_members(members: Members, text: pl.Series) -> pl.DataFrame:
    names = [name for name, _ in members.said]
    if not all(_may_hold(text, key) for key in members.needed):  # no engine is started to say that no line does
        nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(text))
        bare = dict.fromkeys((*names, INNER), nothing)
        return pl.DataFrame(bare | {PARTIAL: pl.repeat(value=False, n=len(text), eager=True)})
    params = {
        "inner": "/" + members.inner,
        "needed": list(members.needed),
        "known": list(members.known),
        "pointers": ["/" + key for _, key in members.said],
    }
    with lookups() as engine:
        found = _rows(engine, _LOOK, text, params)
        held = found["kind"] == "ARRAY"
        inner = found["inner_text"]
        if (places := (held & found["fits"]).fill_null(value=False).arg_true()).len():
            inner = inner.scatter(places, _rows(engine, _BYTES, inner.gather(places), None)["text"])
    inner = inner.zip_with(found["fits"].fill_null(value=False), pl.Series([None], dtype=pl.String))
    said = found.select(pl.col("found").list.to_struct(fields=names).struct.unnest()).select(
        pl.col(name).cast(pl.String) for name in names
    )
    return said.with_columns(
        (~inner.str.ends_with("\n") if members.ended else pl.repeat(value=False, n=len(inner), eager=True))
        .fill_null(value=False)
        .alias(PARTIAL),
        inner.str.strip_chars_end("\r\n").alias(INNER),
    )


def _may_hold(text: pl.Series, key: str) -> bool:
    """Tell whether any line may be an object with a key: as it stands, or with characters escaped."""
    return bool(text.str.contains_any([f'"{key}"', "\\u"]).any())


def _rows(engine: Engine, query: str, text: pl.Series, params: Mapping[str, object] | None) -> pl.DataFrame:
    lines = pl.DataFrame({"row": pl.int_range(len(text), eager=True), "text": text})
    engine.register("lines", lines.to_arrow())
    return pl.DataFrame(pl.from_arrow(engine.rows(query, params)))
