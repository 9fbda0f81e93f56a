"""What each reader may see. First rule, for every reader: a secret is never seen.

Keys, tokens, cookies and signatures inside free text (queries, targets, referrers, rejected lines, unknown
fields) are replaced by their keyed id, so that two lines with the same secret can still be seen to share it.
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import polars as pl

from forensics.keyed import secret_id

_PARAMETERS = {
    "api_key": r"api[_-]?key|apikey|x-api-key|key",
    "token": r"(?:access|refresh|id|auth|csrf)?[_-]?token|jwt|x-amz-security-token",
    "session": r"session(?:[_-]?id)?|sid|phpsessid|jsessionid",
    "query_secret": r"(?:client[_-]?)?secret|pass(?:word|wd)?|pwd|sig(?:nature)?"
    r"|x-(?:amz|goog)-(?:signature|credential)",
    "authorization": r"auth(?:orization)?",
}
_NAMED = re.compile(
    r'(?i)(?P<name>(?:^|[?&;\s,{"])(?:\\*")?(?:'
    + "|".join(f"(?P<{kind}>{names})" for kind, names in _PARAMETERS.items())
    + r')(?:\\*")?\s*[=:]\s*(?:\\*")?)(?!bearer\s|basic\s)(?P<value>(?:[^&;\s",}#\\]|\\[^"\\]){4,})'
)
# No key or token holds a `?`: a second query may begin there. A password may hold one, and is taken whole.
_NEVER_ASKING = frozenset({"api_key", "token", "session", "authorization"})
_ASKED_AGAIN = re.compile(r"(?<=.{4})\?(?:$|[\w.\[\]-]+=.*$)", re.DOTALL)
_BARE_MEMBER = re.compile(r'(\\*")\s*:\s*$')
_LEAST = 4  # characters of a secret
_SCHEME = re.compile(r"(?i)(?P<name>\b(?:bearer|basic)\s+)(?P<value>[a-z0-9._~+/=-]{8,})")
_SHAPED = re.compile(
    r"(?P<name>\b)(?P<value>(?:sk|pk|rk|ghp|gho|xox[abp])[-_][A-Za-z0-9_-]{16,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"
)
# A password in front of a host: `https://name:password@host/`.
_USERINFO = re.compile(r"(?P<name>://)(?P<value>[^/?#@\s\"]+:[^/?#@\s\"]+)(?=@)")
# A member of a JSON object whose name says that its value is a secret: text, a list, or an object (of cookies, say)
# that nests three deep; one that nests deeper is taken apart as JSON.
_TELLING_NAME = (
    r'(?i)"[^"\\]*(?:authorization|cookies?|token|api[_-]?key|secret|passwd|password|session[_-]?id|sessid)\)?"\s*:\s*'
)
_MEMBER = _TELLING_NAME + r'(?:"(?:[^"\\]|\\.)*"?|\[[^\[\]]*\]?|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}?)'
_DEEP = _TELLING_NAME + r"(?:\[[^\[\]]*\[|\{[^{}]*\{[^{}]*\{[^{}]*\{)"
_MEMBER_PARTS = re.compile(r'(?s)(?P<name>"(?P<word>[^"]*)"\s*:\s*)(?P<value>.*)')
_MEMBER_KINDS = (("authorization", "authorization"), ("cookie", "cookie"), ("key", "api_key"), ("token", "token"))
# The same as a pair, as HAR, AWS and OTLP write headers: {"name":"Cookie","value":"..."}, in either order.
_PAIR_NAME = r'"(?:name|key)"\s*:\s*' + _TELLING_NAME.removeprefix("(?i)").removesuffix(r"\s*:\s*")
_PAIR_VALUE = r'"value"\s*:\s*(?:"(?:[^"\\]|\\.)*"?|\[[^\[\]]*\]?|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}?)'
_PAIR = rf"(?i)(?:{_PAIR_NAME}\s*,\s*{_PAIR_VALUE}|{_PAIR_VALUE}\s*,\s*{_PAIR_NAME})"
_SHORT = 1_000  # characters: longer texts are not remembered, for a log may be full of them
_STORED = re.compile(r"(?:key:)?[0-9a-f]{32}")  # what an earlier pattern already replaced
# One cheap pass decides which rows the three exact patterns look at.
_SUSPECT = (
    r"(?i)(?:key|token|jwt|session(?:[_-]?id)?|sid|sessid|secret|pass|passwd|password|pwd|sig|signature|credential|auth"
    r'|authorization)(?:\\*")?\s*[=:]|bearer\s|basic\s|\b(?:sk|pk|rk|ghp|gho|xox[abp])[-_]|eyJ|://[^/@\s]*:[^/@\s]*@'
)

# Nor does a JSON text hold a telling name without it: such names end in one of its words and a quote, in a parenthesis
# or stand beside a value.
_SUSPECT_JSON = rf'{_SUSPECT}|cookies?"\s*:|\)"\s*:|"value"\s*:'


def mask_secrets(values: pl.Series, key: bytes) -> pl.Series:
    """Return a text column with every secret replaced by its keyed id; null stays null.

    Only rows that can hold a secret are touched, each distinct value once.
    """

    def masked(suspects: pl.Series) -> pl.Series:
        each = suspects.unique().sort()
        return suspects.replace(each, pl.Series([mask_text(value, key) for value in each], dtype=pl.String))

    return _where(values, _SUSPECT, masked)


def may_hold_secret(text: str) -> bool:
    """Tell whether `mask_json` would look at a text more than once."""
    return bool(pl.Series([text]).str.contains(_SUSPECT_JSON)[0])


def mask_members(values: pl.Series, key: bytes) -> pl.Series:
    """Return a column of JSON texts with the values of secret-named members replaced by keyed ids; null stays null.

    Each distinct member is replaced once per column, so the cost follows the number of secrets, not of rows.
    """
    return _where(_mask_pairs(values, key), _MEMBER, lambda suspects: _members_masked(suspects, key))


def mask_json(values: pl.Series, key: bytes) -> pl.Series:
    """Return a column of JSON texts without secrets: in members whose names tell, then anywhere in the text.

    One look at each row decides whether it can hold either.
    """
    return _where(values, _SUSPECT_JSON, lambda suspects: mask_secrets(mask_members(suspects, key), key))


def _where(values: pl.Series, pattern: str, function: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Return values with those that match a pattern replaced by what a function makes of them."""
    places = values.str.contains(pattern).arg_true()
    if places.is_empty():
        return values
    order = np.arange(len(values))
    order[places] = np.arange(len(values), len(values) + len(places))
    return pl.concat([values, function(values[places])], rechunk=True)[order].alias(values.name)


def _members_masked(values: pl.Series, key: bytes) -> pl.Series:
    deep = values.filter(values.str.contains(_DEEP).fill_null(value=False)).unique().sort()
    if not deep.is_empty():
        values = values.replace(deep, pl.Series([_without_depth(text) for text in deep], dtype=pl.String))
    members = values.str.extract_all(_MEMBER).explode(empty_as_null=True).drop_nulls().unique().sort(descending=True)
    masked = pl.Series([_masked_member(member, key) for member in members], dtype=pl.String)
    return values.str.replace_many(members.implode(), masked.implode(), leftmost=True)


def _mask_pairs(values: pl.Series, key: bytes) -> pl.Series:
    """Return JSON texts with the value of every `{"name": …, "value": …}` of a secret's name replaced by its id."""
    suspects = values.filter(values.str.contains('"value"', literal=True).fill_null(value=False))
    pairs = suspects.str.extract_all(_PAIR).explode(empty_as_null=True).drop_nulls().unique().sort(descending=True)
    if pairs.is_empty():
        return values
    masked = pl.Series([_masked_pair(pair, key) for pair in pairs], dtype=pl.String)
    return values.str.replace_many(pairs.implode(), masked.implode(), leftmost=True)


def _masked_pair(pair: str, key: bytes) -> str:
    """Return one pair as the member that it stands for would be masked; OTLP's typed value counts by its text."""
    name, value = re.search(_PAIR_NAME, pair, re.IGNORECASE), re.search(_PAIR_VALUE, pair, re.IGNORECASE)
    if name is None or value is None:
        return pair
    held = value[0].partition(":")[2].lstrip()
    typed = re.fullmatch(r'\{\s*"\w+Value"\s*:\s*("(?:[^"\\]|\\.)*"?)\s*\}?', held)
    word = name[0].partition(":")[2].strip()
    hidden = _masked_member(f"{word}:{typed[1] if typed else held}", key).removeprefix(f"{word}:")
    return pair.replace(value[0], f'"value":{hidden}')


def _without_depth(text: str) -> str:
    """Return a JSON text whose secret-named members hold text only, so that one pattern finds their end."""

    def flat(value: object) -> object:
        if isinstance(value, list):
            return [flat(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {
            name: json.dumps(one, sort_keys=True) if isinstance(one, dict | list) and _is_secret(name) else flat(one)
            for name, one in value.items()
        }

    try:
        return json.dumps(flat(json.loads(text)), ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return "{}"  # a broken record that hides a secret too deep: its text is withheld, its bytes stay cited


def _is_secret(name: str) -> bool:
    return re.match(_TELLING_NAME, f'"{name}":') is not None


def _masked_member(member: str, key: bytes) -> str:
    """Return one `"name":value` with its value as a keyed id; an id stays as it is."""
    parts = _MEMBER_PARTS.match(member)
    if parts is None:
        return member
    bare = re.sub(r"(?i)^(?:bearer|basic)\s+", "", parts["value"].strip('[]"'))
    if not bare or (_STORED.fullmatch(bare) and bare.startswith("key:")):
        return member
    word = parts["word"].lower()
    kind = next((kind for part, kind in _MEMBER_KINDS if part in word), "session" if "ses" in word else "query_secret")
    return f'{parts["name"]}"{secret_id(key, kind, bare)}"'


def mask_text(value: str, key: bytes) -> str:
    """Return one text with every secret replaced by its keyed id.

    >>> mask_text("a=1&api_key=hunter22", b"k")
    'a=1&api_key=key:364819055169cb3a2b860f3dc1a3abfa'
    """
    return _remembered(value, key) if len(value) <= _SHORT else _mask_text(value, key)


@lru_cache(maxsize=4096)  # the same come again in every chunk, and in several columns
def _remembered(value: str, key: bytes) -> str:
    return _mask_text(value, key)


def _mask_text(value: str, key: bytes) -> str:
    def replaced(match: re.Match[str]) -> str:
        if _STORED.fullmatch(match["value"]) and "key:" in match[0]:
            return match[0]
        named = match.re is _NAMED and next((kind for kind in _PARAMETERS if match[kind]), None)
        name, value, tail = match["name"], match["value"], ""
        if named and (member := _BARE_MEMBER.search(name)):  # a number, or a list of some: JSON has ids in quotes
            core = value.lstrip("[{").rstrip("]")
            if len(core) < _LEAST:
                return match[0]
            before, behind = value.split(core)
            name, value, tail = f"{name}{before}{member[1]}", core, f"{member[1]}{behind}"
        if named in _NEVER_ASKING and (end := _ASKED_AGAIN.search(value)):
            value, tail = value[: end.start()], mask_text(end[0], key)
        return name + secret_id(key, named or ("token" if match.re is _SHAPED else "authorization"), value) + tail

    for pattern in (_USERINFO, _SCHEME, _NAMED, _SHAPED):
        value = pattern.sub(replaced, value)
    return value
