"""Keyed ids: secrets become HMAC-SHA256 values under the key of the case.

A plain hash of a key or an address can be reversed by trying all of them (the whole IPv4 space takes hours on
one core), so every id made from a secret is keyed. The same secret gives the same id everywhere in a case,
and unrelated ids in two cases.
"""

import base64
import hashlib
import hmac
import ipaddress

SECRET_KINDS = frozenset({"api_key", "authorization", "cookie", "session", "token", "query_secret"})
_ID_HEX = 32
_PSEUDONYM_LETTERS = 16  # 80 bits in base32
_MARKS = {"account": "ACC"}


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


def reader_key(key: bytes, label: bytes) -> bytes:
    """Return the key of one kind of reader of one case; it never leaves the case."""
    return hmac.new(key, b"forensics pseudonyms\0" + label, hashlib.sha256).digest()


def pseudonym(key: bytes, kind: str, value: str) -> str:
    """Return a name that stands for another: the same value under the same key has the same one.

    >>> pseudonym(b"k", "account", "u-17"), pseudonym(b"k", "name", "Fern College")
    ('ACC-PGNOQPPSQF3EXB5E', 'NAME-OSFMZ7KPHTMFOQET')
    """
    digest = hmac.new(key, f"{kind}\0{value}".encode(), hashlib.sha256).digest()
    return f"{_MARKS.get(kind, kind.upper())}-{base64.b32encode(digest).decode()[:_PSEUDONYM_LETTERS]}"


def address_pseudonym(key: bytes, address: str) -> str:
    """Return another address: two addresses share as many leading bits as before, and nothing else can be told.

    Source: Fan, Xu, Ammar, Moon, "Prefix-preserving IP address anonymization" (2004), with HMAC-SHA256 as the
    function of the prefix. A reader who knows one address under both names knows the prefixes it shares with others.

    >>> address_pseudonym(b"k", "198.18.40.7"), address_pseudonym(b"k", "198.18.40.9")
    ('226.231.35.177', '226.231.35.187')
    """
    known = ipaddress.ip_address(address)
    bits = f"{int(known):0{known.max_prefixlen}b}"
    flips = (
        hmac.new(key, f"address\0{known.version}\0{bits[:length]}".encode(), hashlib.sha256).digest()[0] & 1
        for length in range(known.max_prefixlen)
    )
    shown = "".join(str(int(bit) ^ flip) for bit, flip in zip(bits, flips, strict=True))
    return str(ipaddress.ip_address(int(shown, 2).to_bytes(known.max_prefixlen // 8, "big")))
