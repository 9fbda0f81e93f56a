"""Numbers, times and shares as text: one form everywhere, whatever the locale, the time zone or the machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from forensics.report.blocks import Cell, Kind

ABSENT = "–"  # noqa: RUF001 - an en dash is what typography uses for an empty cell
_UNITS = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
_SPANS = ((86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s"), (1_000, "ms"))
_SMALLEST = 0.0005  # rounds to zero at three decimals
_SMALL_SHARE = 0.001


def count(value: int) -> str:
    """Return an integer with thousands separators.

    >>> count(1234567)
    '1,234,567'
    """
    return f"{value:,}"


def counted(value: int, noun: str, plural: str = "") -> str:
    """Return a number and its noun in agreement.

    >>> counted(1, "account"), counted(2, "address", "addresses")
    ('1 account', '2 addresses')
    """
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


def share(value: float) -> str:
    """Return a share as a percentage; something is never rounded to nothing, and not quite all never to all.

    >>> share(0.2481), share(0.00001), share(0), share(0.9999), share(1)
    ('24.8%', '<0.1%', '0.0%', '>99.9%', '100.0%')
    """
    if 0 < value < _SMALL_SHARE:
        return "<0.1%"
    return ">99.9%" if 1 - _SMALL_SHARE < value < 1 else f"{value * 100:.1f}%"


def size(value: int) -> str:
    """Return bytes in binary units with one decimal.

    >>> size(1536), size(12)
    ('1.5 KiB', '12 B')
    """
    return next((f"{value / unit:,.1f} {name}" for unit, name in _UNITS if value >= unit), f"{value:,} B")


def span(microseconds: int) -> str:
    """Return a length of time in its largest fitting unit.

    >>> span(1_420_000), span(90_000_000_000), span(12)
    ('1.4 s', '1.0 d', '12 µs')
    """
    return next(
        (f"{microseconds / unit:,.1f} {name}" for unit, name in _SPANS if microseconds >= unit),
        f"{microseconds:,} µs",
    )


def number(value: float) -> str:
    """Return a number without noise: integers whole, others with three decimals at most, a small one never as zero.

    >>> number(33.125), number(2.0), number(1234), number(0.00005)
    ('33.125', '2', '1,234', '<0.001')
    """
    if 0 < value < _SMALLEST:
        return "<0.001"
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def words(name: str) -> str:
    """Return a machine word as people write it.

    >>> words("shared_organization")
    'shared organization'
    """
    return name.replace("_", " ")


def listed(names: Sequence[str], limit: int = 6) -> str:
    """Return names as a phrase; beyond the limit they are counted, not named.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c", "d"], limit=2)
    ('a, b and c', 'a, b and 2 more')
    """
    if len(names) > limit:
        return f"{', '.join(names[:limit])} and {len(names) - limit:,} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "none"


def phrase(value: object) -> str:
    """Return a value of a JSON detail in words: names and values, nested ones in a row.

    >>> phrase({"kind": "schedule", "seen": [{"bits": 3.5, "at": None}], "is_rare": True})
    'kind: schedule; seen: bits: 3.5; is rare: yes'
    """
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return number(value)
        case int():
            return count(value)
        case dict():
            said = ((words(str(name)), phrase(inner)) for name, inner in value.items())
            return "; ".join(f"{name}: {text}" for name, text in said if text)
        case list():
            return " / ".join(filter(None, map(phrase, value)))
        case _:
            return "" if value is None else str(value)


@dataclass(frozen=True)
class Clock:
    """Writes times in UTC, and beside it in the time zone of the case where that differs."""

    zone: ZoneInfo

    def time(self, value: datetime) -> str:
        """Return a moment to the second, cut, never rounded up.

        >>> Clock(ZoneInfo("UTC")).time(datetime(2026, 3, 7, 22, 40, tzinfo=UTC))
        '2026-03-07 22:40:00Z'
        >>> Clock(ZoneInfo("Asia/Tokyo")).time(datetime(2026, 3, 7, 22, 40, tzinfo=UTC))
        '2026-03-07 22:40:00Z (2026-03-08 07:40 +09:00)'
        """
        moment = value.astimezone(UTC)
        utc = f"{moment:%Y-%m-%d %H:%M:%S}Z"
        local = moment.astimezone(self.zone)
        if not local.utcoffset():
            return utc
        offset = f"{local:%z}"
        day = "" if local.date() == moment.date() else f"{local:%Y-%m-%d} "
        return f"{utc} ({day}{local:%H:%M} {offset[:3]}:{offset[3:5]})"

    def period(self, first: datetime | None, last: datetime | None) -> str:
        """Return the period between two moments, in words."""
        return f"{self.time(first)} to {self.time(last)}" if first and last else "no dated event"

    def shown(self, cell: Cell, kind: Kind) -> str:
        """Return a cell as the text a reader sees; not yet made safe for any output."""
        match cell:
            case None:
                return ABSENT
            case bool():
                return "yes" if cell else "no"
            case datetime():
                return self.time(cell)
            case str():
                return cell
            case _:
                return _FORMS.get(kind, number)(cell)


def _whole(value: float) -> str:
    return count(int(value))


def _size(value: float) -> str:
    return size(int(value))


def _span(value: float) -> str:
    return span(int(value))


_FORMS = {Kind.COUNT: _whole, Kind.SHARE: share, Kind.BYTES: _size, Kind.DURATION: _span}
