"""A column of JSON texts, those told apart that share a few shapes, and what readers make of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from forensics.ingest import compiled
from forensics.ingest.distinct import Text, encoded
from forensics.ingest.layout import arithmetic
from forensics.ingest.layout.lines import Mask, Places, woven
from forensics.ingest.layout.shape import Alike

_MANY = 2_000  # lines: fewer are an excerpt that many formats look at


@dataclass(frozen=True)
class Objects:
    """A column of texts, those of them that share a few shapes, and the rows of all others."""

    text: pl.Series
    alike: tuple[Alike, ...]
    rest: Places

    @property
    def asked(self) -> pl.Series:
        """Return what a reader has to read: a template for each shape, and every other text."""
        templates = pl.Series([each.shape.template for each in self.alike], dtype=pl.String)
        return pl.concat([templates, self.text.gather(self.rest)])

    def told(self, answers: pl.Series) -> pl.Series:
        """Return what a reader said about what it was asked, for all texts and with their own values."""
        filled = [each.filled(answer) for each, answer in zip(self.alike, answers, strict=False)]
        parts = [(each.rows, column) for each, column in zip(self.alike, filled, strict=True)]
        if len(self.rest) or not parts:
            parts.append((self.rest, answers[len(parts) :]))
        return woven(len(self.text), parts).alias(answers.name)

    def suspects(self, answers: pl.Series) -> Mask:
        """Return in which of the texts that `told` returns a secret may stand."""
        found = np.ones(len(self.text), np.bool_)
        for each, answer in zip(self.alike, answers, strict=False):
            found[each.rows] = each.suspects(answer)
        return found

    def coded(self, answers: pl.Series) -> Text | None:
        """Return the same by its distinct values; None where these are not known."""
        known = [each.coded(answer) for each, answer in zip(self.alike, answers, strict=False)]
        texts = [text for text in known if text is not None]
        if not texts or len(texts) < len(known):
            return None
        if not len(self.rest) and len(texts) == 1:
            return Text(texts[0].values.alias(answers.name), texts[0].codes)
        rest = answers[len(texts) :]
        rows = [*(each.rows for each in self.alike), self.rest]
        return _together(answers.name, rows, [*texts, Text(rest, np.arange(len(rest), dtype=np.uint32))])

    def gather(self, rows: Places) -> "Objects":
        """Return some of the texts; their rows ascend."""
        if len(rows) == len(self.text):
            return self
        place = np.full(len(self.text), -1)
        place[rows] = np.arange(len(rows))
        alike = tuple(each.where(place[each.rows] >= 0, place) for each in self.alike)
        rest = place[self.rest]
        return Objects(self.text.gather(rows), tuple(each for each in alike if len(each.rows)), rest[rest >= 0])

    def by(self, keys: pl.Series) -> tuple["Objects", pl.Series]:
        """Return the texts with shapes told apart by a key of each text, too, and the key of each that is asked."""
        alike: list[Alike] = []
        asked: list[str | None] = []
        for each in self.alike:
            own = keys.gather(each.rows)
            for key in own.unique(maintain_order=True):
                alike.append(each.where(own.eq_missing(key).to_numpy(), np.arange(len(self.text))))
                asked.append(key)
        others = keys.gather(self.rest)
        return Objects(self.text, tuple(alike), self.rest), pl.concat([pl.Series(asked, dtype=pl.String), others])


def _together(name: str, rows: Sequence[Places], texts: Sequence[Text]) -> Text:
    """Return one column of several, each with the rows that it fills; all of them are filled."""
    from forensics.ingest.layout.onepass import renumbered

    values, stand = texts[0].values.alias(name), np.empty(sum(map(len, rows)), np.int64)
    stand[rows[0]] = texts[0].codes
    for own, text in zip(rows[1:], texts[1:], strict=True):
        more = text.values.alias(name)
        known = values.is_in(more.implode(), nulls_equal=True).arg_true().to_numpy()
        kinds = encoded(pl.concat([values.gather(known), more]))[len(known) :]
        places, new = np.append(known, np.arange(len(values), len(values) + len(more))), kinds >= len(known)
        stand[own] = places[kinds][text.codes]
        values = pl.concat([values, more.filter(new).unique(maintain_order=True)], rechunk=True)
    codes, firsts = renumbered(stand, len(values))
    return Text(values.gather(firsts), codes)


def told_apart(text: pl.Series) -> Objects:
    """Return texts with those that share a few shapes told from the others."""
    if compiled.worthwhile(compiled.WORTH if len(text) >= _MANY else compiled.LOADED):
        from forensics.ingest.layout import onepass

        return Objects(text, *onepass.told_apart(text))
    return Objects(text, *arithmetic.told_apart(text))
