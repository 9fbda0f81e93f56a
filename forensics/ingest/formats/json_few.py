"""A few JSON objects read one by one, as DuckDB reads a column of them: opening a database takes longer.

What would not certainly be read alike is left to DuckDB: escapes, keys that repeat, lists on the way.
"""

import json
import math
import re
from collections.abc import Collection, Sequence
from decimal import Decimal

import polars as pl

from forensics.ingest.formats.json_patch import path

_MOST = 64  # texts
_LONGEST = 1 << 16  # bytes
_ESCAPED = re.compile(r"[\\\x00-\x1f]")
_SMALL, _LARGE = -7, 21  # exponents with which a number is written, and beyond


class _UnlikeError(ValueError):
    """A text that may be read otherwise elsewhere."""


class _Number(str):
    """A number as DuckDB writes it."""

    __slots__ = ()


def few(text: pl.Series, pointers: Sequence[str], removed: Collection[str]) -> pl.DataFrame | None:
    """Return what stands at JSON pointers of each object (`found`), and the object without some members (`extra`).

    Where no member is to be removed, that is the object as logged.

    None where there are many texts, or one that is no object or is left to DuckDB.
    """
    if len(text) > _MOST or text.null_count() or text.str.len_bytes().sum() > _LONGEST:
        return None
    paths = [path(each) for each in pointers]
    try:
        objects = [_object(each) for each in text]
        found = [[_at(each, path) for path in paths] for each in objects]
        left = ({name: value for name, value in each.items() if name not in removed} for each in objects)
        extra = pl.Series([_written(each) for each in left], dtype=pl.String) if removed else text
    except (ValueError, RecursionError):
        return None
    return pl.DataFrame([pl.Series("found", found, dtype=pl.List(pl.String)), extra.alias("extra")])


def _object(text: str) -> dict[str, object]:
    if _ESCAPED.search(text):
        raise _UnlikeError
    held = json.loads(
        text, object_pairs_hook=_members, parse_int=_whole, parse_float=_real, parse_constant=_no_constant
    )
    if not isinstance(held, dict):
        raise _UnlikeError
    return held


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _UnlikeError
    return members


def _whole(number: str) -> _Number:
    if number == "-0":
        raise _UnlikeError
    return _Number(number)


def _real(number: str) -> _Number:
    """Return a number with the fewest digits that tell it from all other doubles; most have no exponent."""
    double = float(number)
    if not math.isfinite(double):
        raise _UnlikeError
    digits, _, exponent = repr(double).partition("e")
    if not exponent:
        return _Number(digits)
    if not _SMALL < int(exponent) < _LARGE:
        return _Number(f"{digits}e{int(exponent)}")
    written = format(Decimal(repr(double)), "f")
    return _Number(written if "." in written else f"{written}.0")


def _no_constant(_: str) -> object:
    raise _UnlikeError


def _at(value: object, path: Sequence[str]) -> str | None:
    """Return what stands at a path: text as it is, of anything else its JSON; None for nothing."""
    for part in path:
        if isinstance(value, list) or not part:
            raise _UnlikeError
        value = value.get(part) if isinstance(value, dict) else None
    return None if value is None else str(value) if isinstance(value, str) else _written(value)


def _written(value: object) -> str:
    """Return a value as compact JSON; no text in it holds what would be escaped."""
    match value:
        case _Number():
            return str(value)
        case str():
            return f'"{value}"'
        case dict():
            return "{" + ",".join(f'"{name}":{_written(each)}' for name, each in value.items()) + "}"
        case list():
            return "[" + ",".join(map(_written, value)) + "]"
        case None:
            return "null"
        case _:
            return "true" if value else "false"
