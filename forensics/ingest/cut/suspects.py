"""A compiled loop that tells which texts may hold a secret: all others need not be looked at by `redact`'s expressions.

It looks for what those cannot match without (`redact._SUSPECT_JSON`, of which `_SUSPECT` is a part): a word that names
a secret before `=` or `:`, a scheme before a blank, the beginning of a key or token, a password before a host. It may
say so too often, never too rarely: a byte beyond ASCII may stand for a letter where case is ignored, so it is one.
"""

from collections.abc import Iterable

import numpy as np

from forensics.ingest.compiled import kernel, part
from forensics.ingest.compiled_words import WIDE, Bytes, below_or_foreign, equal, lowest, word
from forensics.ingest.cut.kernels import Words

_WORD, _INLINED, _ASCII = 8, 12, 0x80
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_CASE = 0x20
_LOWER = np.uint64(0x2020202020202020)
_QUOTE, _BACKSLASH, _CLOSING, _SLASH, _COLON = (ord(each) for each in '"\\)/:')
_EQUALS, _AT_SIGN, _HYPHEN, _UNDERLINE, _J, _SMALL_J, _VISIBLE = (ord(each) for each in "=@-_Jj!")
_1, _ALL = np.uint64(1), np.uint64((1 << WIDE) - 1)
_NOTHING, _NAMING, _BLANK, _DASH, _AT, _LETTER, _FOREIGN = range(7)
_KINDS = np.zeros(256, np.uint8)
for _kind, _bytes in ((_NAMING, b"=:"), (_BLANK, b"\t\n\v\f\r "), (_DASH, b"-_"), (_AT, b"@"), (_LETTER, b"jJ")):
    _KINDS[list(_bytes)] = _kind
_KINDS[_ASCII:] = _FOREIGN


def _endings(words: Iterable[bytes]) -> Words:
    """Return the last bytes of each word, at most eight, as they stand at the end of eight, and which bytes count."""
    last = [each[-_WORD:] for each in words]
    values = [int.from_bytes(each.rjust(_WORD, b"\0"), "little") for each in last]
    masks = [int.from_bytes((b"\xff" * len(each)).rjust(_WORD, b"\0"), "little") for each in last]
    return np.array([[value | int(_LOWER) & mask, mask] for value, mask in zip(values, masks, strict=True)], np.uint64)


_NAMES = _endings(
    [
        *(
            b"key",
            b"token",
            b"jwt",
            b"session",
            b"session_id",
            b"session-id",
            b"sessionid",
            b"sid",
            b"sessid",
            b"secret",
        ),
        *(b"pass", b"passwd", b"password", b"pwd", b"sig", b"signature", b"credential", b"auth", b"authorization"),
    ]
)
_MEMBERS = _endings([b"cookie", b"cookies", b"value", b")"])  # before a quote only
_SCHEMES = _endings([b"bearer", b"basic"])
_KEYS = _endings([b"sk", b"pk", b"rk", b"ghp", b"gho", b"xoxa", b"xoxb", b"xoxp"])
_TOKENS = _endings([b"ey"])


@kernel
def mark(content: Bytes, views: Words, held: Bytes, found: Bytes) -> None:
    """Write 1 for each text that may hold a secret, or a part of one that goes on in another text, 0 for all others.

    `held` are the bytes of the views, which hold short texts themselves.
    """
    for line in range(len(views)):
        size = np.int64(views[line, 0] & _LOW)
        if size <= _INLINED:
            begin = 2 * _WORD * line + 4
            found[line] = is_suspect(held, begin, begin + size, False)
    for line in range(len(views)):
        size, begin = np.int64(views[line, 0] & _LOW), np.int64(views[line, 1] >> _HALF)
        if size > _INLINED:
            is_here = views[line, 1] & _LOW == 0 and begin + size <= len(content)
            found[line] = not is_here or is_suspect(content, begin, begin + size, False)


@part
def is_suspect(content: Bytes, begin: int, end: int, alone: bool) -> bool:
    """Tell whether a text may hold a secret; not `alone`: or `://` or `@`, what stands around one that goes on."""
    has_scheme, place = False, begin
    while place < end:
        odd = _ALL >> np.uint64(WIDE - min(WIDE, end - place))
        if place + WIDE <= len(content):
            odd &= _odd(content, place)
        while odd:
            at = place + lowest(odd)
            odd &= odd - _1
            kind = _KINDS[content[at]]
            if kind == _NAMING:
                if _is_naming(content, begin, at):
                    return True
                if content[at] == _COLON and at + 2 < end:
                    has_scheme |= content[at + 1] == _SLASH and content[at + 2] == _SLASH
                    if has_scheme and not alone:
                        return True
            elif kind == _BLANK:
                if _ends(content, at, _SCHEMES):
                    return True
            elif kind == _DASH:
                if _ends(content, at, _KEYS):
                    return True
            elif kind == _LETTER:
                if _ends(content, at, _TOKENS):
                    return True
            elif kind == _FOREIGN or (kind == _AT and (has_scheme or not alone)):
                return True
        place += WIDE
    return False


@part
def _odd(content: Bytes, place: int) -> np.uint64:
    """Return which of `WIDE` bytes are of a kind; controls may be of none."""
    naming = equal(content, place, _EQUALS) | equal(content, place, _COLON) | equal(content, place, _AT_SIGN)
    dashes = equal(content, place, _HYPHEN) | equal(content, place, _UNDERLINE)
    letters = equal(content, place, _J) | equal(content, place, _SMALL_J)
    return naming | dashes | letters | below_or_foreign(content, place, _VISIBLE)


@part
def _is_naming(content: Bytes, begin: int, place: int) -> bool:
    """Tell whether the name of a secret stands before a sign, perhaps in quotes that are escaped."""
    while place > begin and _KINDS[content[place - 1]] == _BLANK:
        place -= 1
    if place == begin or content[place - 1] != _QUOTE:
        return _ends(content, place, _NAMES)
    place -= 1
    while place > begin and content[place - 1] == _BACKSLASH:
        place -= 1
    return _ends(content, place, _NAMES) or _ends(content, place, _MEMBERS)


@part
def _ends(content: Bytes, place: int, endings: Words) -> bool:
    """Tell whether one of some words stands before a place, whatever its case; what stands before a text may count."""
    if place < _WORD:
        return True
    last, found = word(content, place - _WORD) | _LOWER, False
    for number in range(len(endings)):
        found |= (last ^ endings[number, 0]) & endings[number, 1] == 0
    return found
