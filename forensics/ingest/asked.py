"""What was asked, without secrets: from the parts that a compiled pass took apart where it did, by `request` elsewhere.

Both give the same. With parts, each distinct piece is looked at once, and only those that may hold a secret are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import polars as pl

from forensics.ingest import compiled
from forensics.ingest.cut.parts import METHOD, PATH, QUERY, TARGET, VERSION, Parts, nothing, taken_apart
from forensics.ingest.distinct import Coded, Text, encoded, firsts
from forensics.ingest.layout.lines import Mask, Places, woven
from forensics.ingest.logged import Logged, joined
from forensics.ingest.request import ROLES, requests
from forensics.redact import mask_secrets

_LINE, _TARGET, _METHOD = "request_line", "url_original", "http_request_method"
_FEW, _SHORT = 16, 1 << 12  # texts that are not plain, and their bytes: so many are remembered
_NO_SECRETS = pl.DataFrame(schema={"secret": pl.String, "id": pl.String})
_PARTS = {
    "http_request_method": METHOD,
    "url_original": TARGET,
    "url_path": PATH,
    "url_query": QUERY,
    "http_version": VERSION,
}


@dataclass(frozen=True)
class Asked:
    """What was asked in each record: text by its distinct values, and `malformed_request` row by row."""

    known: Mapping[str, Text]
    malformed: pl.Series

    def texts(self) -> Mapping[str, Text]:
        """Return the text columns."""
        return self.known

    def uncoded(self) -> pl.DataFrame:
        """Return all other columns."""
        return self.malformed.to_frame()


def asked(logged: Logged, secrets: pl.DataFrame, key: bytes) -> Asked | Coded:
    """Return method, target, domain, path, query, version and `malformed_request` of each record, cleaned of secrets.

    `secrets` are those known from identities: `secret`, `id`.
    """
    if secrets.is_empty():
        if logged.parts and logged.texts[_LINE].repeats() and _says_only(logged, (_LINE,)):
            return _of_parts(logged.texts[_LINE], logged.parts, _LINE, key)
        if _TARGET in logged.texts and _says_only(logged, (_TARGET, _METHOD)) and (found := _of_targets(logged, key)):
            return found
    return logged.once(ROLES).then(requests).then(lambda rows: cleaned(rows, secrets, key))


def _says_only(logged: Logged, names: Sequence[str]) -> bool:
    """Tell whether nothing is said in all other roles."""
    others = [name for name in ROLES if name not in names and name in logged.columns]
    return all(logged[name].null_count() == logged.frame.height for name in others)


def _of_targets(logged: Logged, key: bytes) -> Asked | None:
    """Return what was asked where targets are known by their distinct values, and methods, too."""
    method = logged.texts.get(_METHOD)
    if method is None or "CONNECT" in method.values or not compiled.worthwhile(compiled.LOADED):
        return None
    unusual = len(method.codes) - int(np.bincount(method.codes).max(initial=0))  # so many more pairs at most
    if not method.repeats() or not logged.texts[_TARGET].repeats(unusual):
        return None
    if (parts := taken_apart(logged.texts[_TARGET].values)) is None:
        return None
    found = _of_parts(logged.texts[_TARGET], parts, _TARGET, key)
    return replace(found, known={**found.known, _METHOD: method})


def _of_parts(lines: Text, parts: Parts, role: str, key: bytes) -> Asked:
    """Return what was asked in lines, or targets, whose parts are known; those that are not plain are read for all."""
    odd = ~parts.plain
    rest = _read(lines.values.filter(pl.Series(odd)).alias(role), key)
    order = np.empty(len(odd), np.int64)
    order[parts.plain], order[odd] = np.arange(len(odd) - len(rest)), np.arange(len(odd) - len(rest), len(odd))
    held = {name: _told(parts, part, rest[name], order, key) for name, part in _PARTS.items()}
    held["url_domain"] = joined(nothing(len(odd) - len(rest)), rest["url_domain"], order)[0]
    malformed = np.zeros(len(odd), np.bool_)
    malformed[odd] = rest["malformed_request"].to_numpy()
    texts = {name: Text(text.values.alias(name), text.codes.take(lines.codes)) for name, text in held.items()}
    return Asked(texts, pl.Series("malformed_request", malformed.take(lines.codes)))


def _read(odd: pl.Series, key: bytes) -> pl.DataFrame:
    """Return what was asked in lines, or targets, that are not plain."""
    if len(odd) <= _FEW and odd.str.len_bytes().sum() <= _SHORT:
        return _remembered(odd.name, tuple(odd), key)
    return cleaned(requests(pl.DataFrame([odd])), _NO_SECRETS, key)


@lru_cache(maxsize=64)  # what scanners send comes again in every chunk
def _remembered(role: str, odd: tuple[str | None, ...], key: bytes) -> pl.DataFrame:
    return cleaned(requests(pl.DataFrame({role: odd}, schema={role: pl.String})), _NO_SECRETS, key)


def _told(parts: Parts, part: int, rest: pl.Series, order: Places, key: bytes) -> Text:
    """Return one part of all texts without secrets; `rest` is that of those that are not plain."""
    if rest.null_count() == len(rest) and (whole := parts.whole(part)):
        return _clean(whole.compact(), parts.suspect, part, key)
    return joined(_clean(parts.text(part).compact(), parts.suspect[parts.plain], part, key), rest, order)[0]


def _clean(text: Text, suspect: Mask, part: int, key: bytes) -> Text:
    """Return one part of some texts without secrets."""
    if part in (METHOD, VERSION) or not suspect.any():
        return text
    marked = np.zeros(len(text.values), np.bool_)
    marked[text.codes[suspect]] = True
    if part == TARGET:  # path and query are cleaned each for itself
        halves = text.values.filter(pl.Series(marked)).str.splitn("?", 2).struct
        path, query = (mask_secrets(halves.field(name), key) for name in ("field_0", "field_1"))
        clean = pl.select(pl.concat_str(path, pl.coalesce("?" + query, pl.lit("")))).to_series()
    else:
        clean = mask_secrets(text.values.filter(pl.Series(marked)), key)
    return _replaced(text, marked, clean)


def _replaced(text: Text, marked: Mask, new: pl.Series) -> Text:
    """Return a text with new values in the places of those that may hold a secret, those that are equal being one."""
    if new.equals(text.values.filter(pl.Series(marked))):
        return text
    values = woven(len(marked), [(np.arange(len(marked)), text.values), (np.flatnonzero(marked), new)])
    if new.n_unique() == len(new):  # an id looks like a secret itself: it equals none of the texts that do not
        return Text(values, text.codes)
    codes = encoded(values)
    return Text(values.gather(firsts(codes)), codes[text.codes])


def masked(values: pl.Series, secrets: pl.DataFrame, key: bytes) -> pl.Series:
    """Return free text without the secrets of this chunk's records and without anything that looks like one."""
    return mask_secrets(without(values, secrets), key)


def without(values: pl.Series, secrets: pl.DataFrame) -> pl.Series:
    """Return text with every known secret replaced by its id."""
    if secrets.is_empty():
        return values
    return values.str.replace_many(secrets["secret"].implode(), secrets["id"].implode(), leftmost=True)


def cleaned(rows: pl.DataFrame, secrets: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return what was asked without secrets, `url_original` put together again where it had parts."""
    rows = rows.with_columns(
        mask_secrets(rows["url_scheme"], key),
        *(masked(rows[name], secrets, key) for name in ("url_original", "url_path", "url_query")),
    )
    query = pl.when(pl.col("url_query").is_not_null()).then("?" + pl.col("url_query")).otherwise(pl.lit(""))
    whole = pl.concat_str(pl.coalesce("url_scheme", pl.lit("")), pl.coalesce("url_path", pl.lit("")), query)
    has_parts = (
        pl.col("url_path").is_not_null() | pl.col("url_scheme").is_not_null() | pl.col("url_query").is_not_null()
    )
    target = pl.coalesce("url_original", pl.when(has_parts).then(whole)).alias("url_original")
    return rows.with_columns(target).drop("url_scheme")
