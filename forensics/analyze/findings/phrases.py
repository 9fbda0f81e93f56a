"""Numbers, shares and times as words: exact integers in, the same text on every machine out."""

from collections.abc import Sequence
from datetime import UTC, datetime

from forensics.text import shorten

_NAME_WIDTH = 80
_TENTHS = 1_000  # of a percent in a whole


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun.

    >>> counted(1, "account"), counted(24_000, "account")
    ('1 account', '24,000 accounts')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def share(part: int, whole: int) -> str:
    """Return a share in percent, rounded half up to a tenth; never a round 0 or 100 that is none.

    >>> share(131, 1440), share(1, 10**6), share(10**6 - 1, 10**6), share(0, 0)
    ('9.1%', '<0.1%', '>99.9%', 'none')
    """
    if not whole:
        return "none"
    tenths = (2 * part * _TENTHS + whole) // (2 * whole)
    if not tenths and part:
        return "<0.1%"
    if tenths == _TENTHS and part != whole:
        return ">99.9%"
    return f"{tenths // 10}.{tenths % 10}%"


def instant(moment: datetime) -> str:
    """Return a time in UTC, to the second.

    >>> instant(datetime(2026, 3, 7, 22, 40, tzinfo=UTC))
    '2026-03-07 22:40:00Z'
    """
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def listed(words: Sequence[str]) -> str:
    """Return words joined as in a sentence.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def name(text: str | None) -> str:
    """Return a name from logs or context, cut and with nothing in it that could act."""
    return shorten(text or "", _NAME_WIDTH)


def sentences(*parts: str | None) -> str:
    """Return the parts that say something, one after the other."""
    return " ".join(part for part in parts if part)
