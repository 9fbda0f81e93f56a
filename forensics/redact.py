"""What each reader may see. First rule, for every reader: a secret is never seen.

Keys, tokens, cookies and signatures inside free text (queries, targets, referrers, rejected lines, unknown
fields) are replaced by their keyed id, so that two lines with the same secret can still be seen to share it.
"""

import re

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
    r'(?i)(?P<name>(?:^|[?&;\s,{"])"?(?:'
    + "|".join(f"(?P<{kind}>{names})" for kind, names in _PARAMETERS.items())
    + r')"?\s*[=:]\s*"?)(?!bearer\s|basic\s)(?P<value>[^&;\s",}#]{4,})'
)
_SCHEME = re.compile(r"(?i)(?P<name>\b(?:bearer|basic)\s+)(?P<value>[a-z0-9._~+/=-]{8,})")
_SHAPED = re.compile(
    r"(?P<name>\b)(?P<value>(?:sk|pk|rk|ghp|gho|xox[abp])[-_][A-Za-z0-9_-]{16,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"
)
_STORED = re.compile(r"(?:key:)?[0-9a-f]{32}")  # what an earlier pattern already replaced
# One cheap pass decides which rows the three exact patterns look at.
_SUSPECT = (
    r"(?i)(?:key|token|jwt|session|sid|sessid|secret|pass|passwd|password|pwd|sig|signature|credential|auth"
    r'|authorization)"?\s*[=:]|bearer\s|basic\s|\b(?:sk|pk|rk|ghp|gho|xox[abp])[-_]|eyJ'
)


def mask_secrets(values: pl.Series, key: bytes) -> pl.Series:
    """Return a text column with every secret replaced by its keyed id; null stays null.

    Only rows that can hold a secret are touched, each distinct value once.
    """
    suspects = values.filter(values.str.contains(_SUSPECT).fill_null(value=False)).unique().sort()
    if suspects.is_empty():
        return values
    masked = pl.Series([mask_text(value, key) for value in suspects], dtype=pl.String)
    return values.replace(suspects, masked)


def mask_text(value: str, key: bytes) -> str:
    """Return one text with every secret replaced by its keyed id.

    >>> mask_text("a=1&api_key=hunter22", b"k")
    'a=1&api_key=key:364819055169cb3a2b860f3dc1a3abfa'
    """

    def replaced(match: re.Match[str]) -> str:
        if _STORED.fullmatch(match["value"]) and "key:" in match[0]:
            return match[0]
        named = match.re is _NAMED and next((kind for kind in _PARAMETERS if match[kind]), None)
        return match["name"] + secret_id(
            key, named or ("token" if match.re is _SHAPED else "authorization"), match["value"]
        )

    for pattern in (_SCHEME, _NAMED, _SHAPED):
        value = pattern.sub(replaced, value)
    return value
