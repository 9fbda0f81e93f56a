"""Names that must not occur: found as whole words in any text, also where they are encoded."""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping

import polars as pl

_SHORTEST = 4  # a shorter name stands in too many words to be looked for
_SHORTEST_NUMBER = 6  # and a shorter number is any number
_WORD = r"[0-9A-Za-z_]"
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]")


def searchable(name: str) -> bool:
    """Tell whether a name is long enough to be looked for."""
    return len(name) >= (_SHORTEST_NUMBER if name.isdigit() else _SHORTEST)


def mentions(texts: pl.Series, names: Iterable[str]) -> list[bool]:
    """Tell for each text whether one of the names stands in it as a word of its own.

    All names are looked for in two passes; only texts with a hit are looked at again for where the word ends.
    """
    wanted = sorted(filter(searchable, names))
    if not wanted or texts.is_empty():
        return [False] * len(texts)
    found = [False] * len(texts)
    for place, text, names_in_it in _inside(texts, wanted):
        found[place] = any(_is_word(text, name) for name in names_in_it)
    return found


def found_in(texts: pl.Series, names: Iterable[str]) -> list[str]:
    """Return the names that stand in some of the texts, plain or encoded, sorted."""
    forms = {form: name for name in sorted(filter(searchable, names)) for form in _forms(name)}
    if not forms or texts.is_empty():
        return []
    hits = _inside(texts, sorted(forms))
    return sorted({forms[form] for _, text, inside in hits for form in inside if _is_word(text, form)})


def _inside(texts: pl.Series, names: list[str]) -> Iterator[tuple[int, str, list[str]]]:
    """Yield place, text and names of each text that some name stands in, if only inside a longer word."""
    places = texts.str.contains_any(names).fill_null(value=False).arg_true()
    hits = texts[places]
    found = hits.str.extract_many(names, overlapping=True)
    yield from zip(places.to_list(), hits.to_list(), found.list.unique().list.sort().to_list(), strict=True)


def _is_word(text: str, name: str) -> bool:
    return re.search(rf"(?<!{_WORD}){re.escape(name)}(?!{_WORD})", text) is not None


def rewritten(texts: pl.Series, stands: Mapping[str, str], common: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return the texts in which a name stands, each with what stands for the name instead; longer names first.

    A name too short to be looked for inside a text, or one of the `common` words, is replaced where it is the whole
    text.
    """
    if texts.is_empty() or not stands:
        return {}
    wanted = sorted(set(filter(searchable, stands)) - common, key=lambda name: (-len(name), name))
    distinct = texts.drop_nulls().unique().sort()
    hits = distinct.filter(distinct.str.contains_any(wanted).fill_null(value=False)) if wanted else distinct.head(0)
    found = {text: _swapped(text, wanted, stands) for text in hits}
    found |= {text: stands[text] for text in distinct.filter(distinct.is_in(sorted(stands)))}
    return {text: shown for text, shown in found.items() if text != shown}


def _swapped(text: str, names: list[str], stands: Mapping[str, str]) -> str:
    inside = "|".join(re.escape(name) for name in names if name in text)
    return re.sub(rf"(?<!{_WORD})(?:{inside})(?!{_WORD})", lambda match: stands[match[0]], text)


def _forms(name: str) -> set[str]:
    """Return a name as it is, in a URL, in base64, and an address as a name server is asked for it."""
    octets = name.encode()
    url = "".join(one if _PLAIN.fullmatch(one) else "".join(f"%{octet:02X}" for octet in one.encode()) for one in name)
    encoded = base64.b64encode(octets).decode().rstrip("=")
    parts = name.split(".")
    is_address = len(parts) == 4 and all(part.isdigit() for part in parts)  # noqa: PLR2004 - an IPv4 address
    return {name, url, encoded, *([".".join(reversed(parts))] if is_address else [])}
