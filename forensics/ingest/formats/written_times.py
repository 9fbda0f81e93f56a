"""Times as servers write them, to the ISO 8601 text that `ingest/times.py` reads; English months in any locale."""

import re

import polars as pl

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBERS = {name: f"{number:02d}" for number, name in enumerate(_MONTHS, 1)}
_CLF = r"^([0-9]{1,2})/([A-Za-z]{3})/([0-9]{4}):([0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?) ?([+-][0-9]{4})?$"
CLF = r"[0-9]{1,2}/[A-Za-z]{3}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?(?: [+-][0-9]{4})?"
ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?(?: ?(?:Z|[+-][0-9]{2}:?[0-9]{2}))?"
UTC = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z"

# What a conversion of strftime(3) prints, as a pattern; one that is not here cannot be read back.
_PRINTED = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "[0-9]{2}",
    "d": "[0-9]{2}",
    "e": "[ 0-9][0-9]",
    "j": "[0-9]{3}",
    "H": "[0-9]{2}",
    "I": "[0-9]{2}",
    "M": "[0-9]{2}",
    "S": "[0-9]{2}",
    "p": "[AaPp][Mm]",
    "s": "[0-9]{9,11}",
    "b": "[A-Za-z]{3}",
    "h": "[A-Za-z]{3}",
    "B": "[A-Za-z]{3,9}",
    "a": "[A-Za-z]{3}",
    "A": "[A-Za-z]{6,9}",
    "z": "[+-][0-9]{4}",
    "3f": "[0-9]{3}",
    "6f": "[0-9]{6}",
    "9f": "[0-9]{9}",
    "%": "%",
}
_COMPOUND = {"T": "%H:%M:%S", "F": "%Y-%m-%d", "D": "%m/%d/%y", "R": "%H:%M", "n": "\n", "t": "\t"}
_CONVERSION = re.compile(r"%(?:E[fF]?)?(?P<name>[369]f|[A-Za-z%])")


def from_clf(column: str) -> pl.Expr:
    """Return a column of `02/Mar/2026:04:05:06.789 [+0000]` as ISO text, without a zone where there is none."""
    part = pl.col(column).str.extract_groups(_CLF).struct
    month = part[1].replace_strict(_NUMBERS, default=None, return_dtype=pl.String)
    date = pl.concat_str(part[2], month, part[0].str.zfill(2), separator="-")
    return pl.concat_str(date, pl.lit("T"), part[3], part[4].fill_null(""))


def spelled_out(form: str) -> str:
    """Return a strftime format without its abbreviations (`%T` is `%H:%M:%S`)."""
    return re.sub(r"%([TFDRnt])", lambda match: _COMPOUND[match[1]], form)


def printed(form: str) -> str | None:
    """Return the pattern of what a spelled-out strftime format prints; None if it cannot be read back.

    >>> printed("%H:%M")
    '[0-9]{2}:[0-9]{2}'
    """
    pieces, position = [], 0
    for match in _CONVERSION.finditer(form):
        if match["name"] not in _PRINTED:
            return None
        pieces += [re.escape(form[position : match.start()]), _PRINTED[match["name"]]]
        position = match.end()
    return "".join([*pieces, re.escape(form[position:])])


def from_strftime(column: str, form: str) -> pl.Expr:
    """Return a column printed by a spelled-out strftime format as ISO text or seconds since 1970."""
    if form == "%s":
        return pl.col(column)
    zoned = "%z" in form or "%s" in form
    read = pl.col(column).str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC" if zoned else None)
    return read.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f" + ("Z" if zoned else ""))
