"""What a kind of finding is here: the shared descriptor, and what of a row becomes `detail`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from forensics.model import Confidence, FindingKind, Sentence, Severity

Row = Mapping[str, Any]

NOT_NUMBERS = frozenset({"cluster_id", "subject", "cite", "assessed"})


def numbers(row: Row) -> dict[str, Any]:
    """Return the columns of a row that its statement may rest on."""
    return {name: value for name, value in row.items() if name not in NOT_NUMBERS}


@dataclass(frozen=True, kw_only=True)
class Kind(FindingKind):
    """A finding kind whose query may also say, in a column `assessed`, that a row could not be judged.

    `innocent` is the best innocent explanation of what it reports, in general; a row may have a better one.
    `exhibits` says which lines it cites. `detail` returns what is kept of a row as JSON: by default every number.
    """

    innocent: str
    exhibits: str
    detail: Callable[[Row], Mapping[str, Any]] = numbers


def not_assessed(statement: str) -> Sentence:
    """Return the sentence of a row that nothing was judged about."""
    return Sentence(statement, alternative="", severity=Severity.INFO, confidence=Confidence.LOW)
