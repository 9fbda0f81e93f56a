"""NDJSON: one object per line. Numbers stay the text they were; nested values become JSON text."""

import json
from typing import Any

from forensics.case import canonical
from forensics.context.problems import Problems
from forensics.context.sheet import Gathering, Sheet


class _RepeatedKeyError(ValueError):
    """An object names a key twice: which of the two values is meant cannot be known."""


def read(name: str, text: str) -> Sheet:
    """Read one object per line. Raise `ContextError` for lines that are none."""
    problems = Problems(name)
    gathering = Gathering(name)
    for row, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        record = _record(line)
        if isinstance(record, str):
            problems.add(row, None, record)
        else:
            gathering.add(row, record)
    problems.stop()
    return gathering.sheet()


def _record(line: str) -> dict[str, str | None] | str:
    """Return one object as text values, or what is wrong with the line."""
    try:
        value = json.loads(line, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_once)
    except _RepeatedKeyError as error:
        return f"the key {error} stands twice"
    except (ValueError, RecursionError):
        return "not JSON"
    if not isinstance(value, dict):
        return "not a JSON object"
    return {_whole(key): _text(item) for key, item in value.items()}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose keys are distinct."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKeyError(repr(next(key for place, key in enumerate(keys) if key in keys[:place])))
    return found


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else _whole(value)
    return canonical(value)


def _whole(text: str) -> str:
    """Return text that UTF-8 can hold: half of a surrogate pair becomes its escape."""
    return text.encode("utf-8", "backslashreplace").decode()
