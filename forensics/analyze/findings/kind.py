"""What a kind of finding is here: the shared descriptor, and what of a row becomes `detail`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from forensics.model import Confidence, FindingKind, Sentence, Severity

Row = Mapping[str, Any]

NOT_NUMBERS = frozenset({"cluster_id", "subject", "cite", "assessed", "lacks"})


def numbers(row: Row) -> dict[str, Any]:
    """Return the columns of a row that its statement may rest on."""
    return {name: value for name, value in row.items() if name not in NOT_NUMBERS}


def always(_: Row) -> bool:
    """Tell that a use is not bound to any row."""
    return True


class Use(NamedTuple):
    """What a table of context adds to findings of a kind, and to which of them.

    `if_mixed`: only where the logs name accounts in more than one way, such as a name and an API key.
    """

    table: str
    adds: str
    where: Callable[[Row], bool] = always
    if_mixed: bool = False


@dataclass(frozen=True, kw_only=True)
class Kind(FindingKind):
    """A finding kind whose query may also say, in a column `assessed`, that a row could not be judged.

    `innocent` is the best innocent explanation of what it reports, in general; a row may have a better one.
    `exhibits` says which lines it cites. `detail` returns what is kept of a row as JSON: by default every number.
    `uses` are tables it can do without: a finding that lacks one says so; its row has their names in `lacks`.
    """

    innocent: str
    exhibits: str
    detail: Callable[[Row], Mapping[str, Any]] = numbers
    uses: tuple[Use, ...] = ()


def not_assessed(statement: str) -> Sentence:
    """Return the sentence of a row that nothing was judged about."""
    return Sentence(statement, alternative="", severity=Severity.INFO, confidence=Confidence.LOW)
