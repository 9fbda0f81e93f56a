"""The ways to look at a source: its lines or the records of its documents, bare or out of their envelopes."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from forensics.ingest import documents
from forensics.ingest.acquire import Excerpt
from forensics.ingest.documents import Shape
from forensics.ingest.envelopes import ENVELOPES, SEPARATOR, around, peeled
from forensics.ingest.envelopes.base import Envelope
from forensics.ingest.envelopes.fragments import together
from forensics.ingest.shapes import OTLP

_JSON = frozenset({"docker_json", "journald", "cloudwatch"})


@dataclass(frozen=True)
class View:
    """One way to look at a source, and what its records are then."""

    lines: tuple[str, ...]
    shape: Shape | None = None
    envelopes: tuple[Envelope, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Tell whether the lines are the records."""
        return self.shape is None and not self.envelopes

    @property
    def is_batches(self) -> bool:
        """Tell whether each document holds many records that share what the document says around them."""
        return self.shape is not None and self.shape.member == OTLP and not self.envelopes

    @property
    def is_json_envelope(self) -> bool:
        """Tell whether lines that any JSON format reads are known to be wrapped lines."""
        return bool(self.envelopes) and self.envelopes[-1].name in _JSON

    def named(self, form: str) -> str:
        """Return the name of a format seen this way: `syslog_3164 > combined`."""
        outer = ([str(self.shape)] if self.shape and str(self.shape) else []) + [each.name for each in self.envelopes]
        return SEPARATOR.join([*outer, form])


LINES = View(())  # lines as they stand


def plain(excerpt: Excerpt) -> View:
    """Return the view in which lines are records."""
    return View(tuple(excerpt.lines()))


def wrapped(excerpt: Excerpt) -> Iterator[View]:
    """Yield the other views of a source, the simplest first."""
    yield from _out_of_envelopes(plain(excerpt))
    for shape in documents.shapes(excerpt.head, whole=excerpt.whole):
        view = View(tuple(documents.texts(excerpt.head, shape, whole=excerpt.whole)), shape)
        yield view
        yield from _out_of_envelopes(view)


def _out_of_envelopes(view: View) -> Iterator[View]:
    lines = [line for line in view.lines if line.strip()]
    for chain in around(lines):
        whole = lines if view.shape else together(lines, chain)
        yield View(tuple(_peeled(whole, chain)), view.shape, chain)


def _peeled(lines: list[str], chain: tuple[Envelope, ...]) -> list[str]:
    texts = pl.DataFrame({"text": pl.Series(lines, dtype=pl.String)})
    return list(peeled(texts, chain)["text"])


def split(name: str) -> tuple[str, ...]:
    """Return the parts of `envelope > format`; a text with other parts in it is a name of its own.

    >>> split("cri > combined"), split("$a > $b")
    (('cri', 'combined'), ('$a > $b',))
    """
    *outer, form = name.split(SEPARATOR)
    known = {each.name for each in ENVELOPES}
    return (*outer, form) if all(part in known or part.startswith("json_") for part in outer) else (name,)
