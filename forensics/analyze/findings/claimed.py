"""What the value of a claim says in numbers: a quantity, a duration, a number of persons."""

import re

_SCALES = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000, "bn": 10**9, "billion": 10**9}
_NUMBER = re.compile(r"(\d[\d,_ ]*(?:\.\d+)?)\s*(k|thousand|million|billion|bn|m)?\b", re.IGNORECASE)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)[\s-]*(d|day|h|hour|min|minute|m)s?\b", re.IGNORECASE)
_MINUTES = {"d": 1_440, "day": 1_440, "h": 60, "hour": 60, "min": 1, "minute": 1, "m": 1}
_COUNTED = {"one": 1, "a": 1, "an": 1, "single": 1, "sole": 1, "lone": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_PERSONS = re.compile(
    r"(?:\b(\d+|" + "|".join(_COUNTED) + r")\s+(?:[a-z-]+\s+){0,3})"
    r"(?:person|people|employee|individual|contractor|engineer|developer|researcher|intern|man|woman|staff member)s?\b",
    re.IGNORECASE,
)


def quantity(text: str | None) -> tuple[float, bool] | None:
    """Return the number a text claims, and whether it is a share in percent; None for a word such as minimal.

    >>> quantity("about 12,500 requests"), quantity("0.5 %"), quantity("minimal"), quantity("2 million tokens")
    ((12500.0, False), (0.5, True), None, (2000000.0, False))
    """
    found = _NUMBER.search(text or "")
    if not found:
        return None
    number = float(re.sub(r"[,_ ]", "", found[1])) * _SCALES.get((found[2] or "").lower(), 1)
    return number, "%" in (text or "") or "percent" in (text or "").lower()


def minutes(text: str | None) -> int | None:
    """Return a claimed duration in minutes.

    >>> minutes("24 h"), minutes("a 90-minute outage"), minutes("long")
    (1440, 90, None)
    """
    found = _DURATION.search(text or "")
    return round(float(found[1]) * _MINUTES[found[2].lower()]) if found else None


def persons(text: str | None) -> int | None:
    """Return the number of persons a text speaks of; None where it speaks of accounts, or of nobody.

    >>> persons("one of our employees"), persons("2 people"), persons("a former contractor")
    (1, 2, 1)
    >>> persons("2 accounts of one man"), persons("3")
    (None, None)
    """
    found = _PERSONS.search(text or "")
    if not found or "account" in (text or "").lower():
        return None
    return _COUNTED.get(found[1].lower()) or int(found[1])
