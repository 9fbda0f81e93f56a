"""Keyed ids: secrets become HMAC-SHA256 values under the key of the case.

A plain hash of a key or an address can be reversed by trying all of them (the whole IPv4 space takes hours on
one core), so every id made from a secret is keyed. The same secret gives the same id everywhere in a case,
and unrelated ids in two cases.
"""

import hashlib
import hmac

SECRET_KINDS = frozenset({"api_key", "authorization", "cookie", "session", "token", "query_secret"})
_ID_HEX = 32


def secret_id(key: bytes, kind: str, value: str) -> str:
    """Return `key:` and 32 hex digits of HMAC-SHA256(key, kind ‖ 0x00 ‖ value).

    >>> secret_id(b"k", "api_key", "abc")
    'key:a41da19194a04bf1e45dece6879bfc17'
    """
    digest = hmac.new(key, kind.encode() + b"\0" + value.encode("utf-8", "surrogateescape"), hashlib.sha256)
    return f"key:{digest.hexdigest()[:_ID_HEX]}"


def identity(key: bytes, kind: str, value: str) -> str:
    """Return the id under which an identity of this kind is stored: verbatim unless it is a secret."""
    return secret_id(key, kind, value) if kind in SECRET_KINDS else value


def key_id(key: bytes) -> str:
    """Return a name for the key itself, safe to print: 16 hex digits of its labeled hash."""
    return hashlib.sha256(b"forensics case key\0" + key).hexdigest()[:16]
