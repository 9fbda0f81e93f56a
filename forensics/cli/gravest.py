"""Which findings stand on one screen: some of every kind, the gravest first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from forensics.model import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_GRAVEST = [*reversed(Severity)]


def gravity(finding: Mapping[str, Any]) -> int:
    """Return the place of a finding by its severity: 0 for the gravest."""
    return _GRAVEST.index(finding["severity"])


def some_of_each_kind(rows: Sequence[Mapping[str, Any]], most: int) -> list[Mapping[str, Any]]:
    """Return so many rows, in their order: the first of each kind, then the second of each, and so on."""
    met: Counter[str] = Counter()
    places = []
    for at, row in enumerate(rows):
        places.append((met[row["kind"]], at))
        met[row["kind"]] += 1
    return [rows[at] for at in sorted(at for _, at in sorted(places)[:most])]
