"""Compiled loop over request lines. Import this only where `compiled.worthwhile()` says so.

A line is *plain* if it is a method, a target that is a path, and a protocol, in printable ASCII with single blanks, and
if nothing in it can be a secret: everything that `redact` would look at twice is not plain, and more.
"""

import numpy as np

from forensics.ingest.compiled import kernel, part
from forensics.ingest.compiled_words import Bytes
from forensics.ingest.cut.kernels import Numbers, Words

METHOD, TARGET, PATH, QUERY, VERSION = range(5)
PARTS = 5
_LOW_HALF, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_INLINED, _LONGEST_METHOD, _CASE = 12, 32, 0x20
_BLANK, _BEYOND = 0x20, 0x7F
_LOWER_A, _LOWER_Z, _ZERO, _NINE = 97, 122, 48, 57
_SLASH, _ASKED, _EQUALS, _COLON, _AT, _DOT = 47, 63, 61, 58, 64, 46
_QUOTE, _BACKSLASH, _HYPHEN, _UNDERSCORE = 34, 92, 45, 95
# What the names of secrets end with: key token jwt session authorization secret pass passwd password pwd sig signature
# credential auth; and sid, session_id. What tokens begin with: sk pk rk, (g)hp (g)ho, (xo)xa (xo)xb (xo)xp.
_TELLING = tuple(
    int.from_bytes(end.encode())
    for end in ("key", "ken", "jwt", "ion", "ret", "ass", "swd", "ord", "pwd", "sig", "ure", "ial", "uth")
)
_ID, _EY = (int.from_bytes(end.encode()) for end in ("id", "ey"))
_PREFIXES = tuple(int.from_bytes(end.encode()) for end in ("sk", "pk", "rk", "hp", "ho", "xa", "xb", "xp"))
_SMALL_J = 106
# The bytes of a target that are looked at closer.
_MARKS = np.array([not _BLANK < byte < _BEYOND or chr(byte) in "?=:-_@jJ" for byte in range(256)], np.uint8)
_HTTP = (72, 84, 84, 80, 47)
_CONNECT = (67, 79, 78, 78, 69, 67, 84)


@kernel
def plain_requests(content: Bytes, views: Words, marks: Numbers, plain: Bytes) -> None:
    """Take apart request lines, which are string views of `content`, and tell which of them are plain.

    `marks` (two for each part x lines) gets the places of the parts, -1 where there is no query.
    """
    for line in range(len(views)):
        size = np.int64(views[line, 0] & _LOW_HALF)
        start = np.int64(views[line, 1] >> _HALF)
        plain[line] = 0
        if size > _INLINED and views[line, 1] & _LOW_HALF == 0 and start + size <= len(content):
            plain[line] = _plain(content, start, start + size, marks, line)


@part
def _plain(content: Bytes, p: int, end: int, marks: Numbers, line: int) -> int:
    begin = p
    while p < end and (_is_letter(content[p]) or (p > begin and (content[p] == _HYPHEN or content[p] == _UNDERSCORE))):
        p += 1
    if p == begin or p - begin > _LONGEST_METHOD or p + 1 >= end or content[p] != _BLANK or content[p + 1] != _SLASH:
        return 0
    if _stands(content, begin, p, _CONNECT) and p - begin == len(_CONNECT):
        return 0
    marks[2 * METHOD, line], marks[2 * METHOD + 1, line] = begin, p
    target, query, colon = p + 1, -1, False
    p = target
    while True:
        while p < end and not _MARKS[content[p]]:
            p += 1
        if p >= end:
            return 0
        byte = content[p]
        if byte == _BLANK:
            break
        if byte == _ASKED:
            query = p + 1 if query < 0 else query
        elif byte == _EQUALS or byte == _COLON:
            colon = colon or byte == _COLON
            if _is_telling(content, target, p):
                return 0
        elif byte == _HYPHEN or byte == _UNDERSCORE:
            if _last_letters(content, target, p, 2) in _PREFIXES:
                return 0
        elif byte | _CASE == _SMALL_J:
            if _last_letters(content, target, p, 2) == _EY:
                return 0
        elif byte != _AT or colon:
            return 0
        p += 1
    version = p + 1 + len(_HTTP)
    if not (version + 1 == end or (version + 3 == end and content[version + 1] == _DOT)):
        return 0
    if not _stands(content, p + 1, end, _HTTP) or not _is_digit(content[version]) or not _is_digit(content[end - 1]):
        return 0
    marks[2 * TARGET, line], marks[2 * TARGET + 1, line] = target, p
    marks[2 * PATH, line], marks[2 * PATH + 1, line] = target, p if query < 0 else query - 1
    marks[2 * QUERY, line], marks[2 * QUERY + 1, line] = query, p
    marks[2 * VERSION, line], marks[2 * VERSION + 1, line] = version, end
    return 1


@part
def _is_letter(byte: int) -> bool:
    return _LOWER_A <= byte | _CASE <= _LOWER_Z


@part
def _is_digit(byte: int) -> bool:
    return _ZERO <= byte <= _NINE


@part
def _stands(content: Bytes, p: int, end: int, word: tuple[int, ...]) -> bool:
    if p + len(word) > end:
        return False
    for number in range(len(word)):
        if content[p + number] != word[number]:
            return False
    return True


@part
def _last_letters(content: Bytes, begin: int, p: int, count: int) -> int:
    """Return so many bytes before a place as one number, letters of any case as small ones; 0 where there are fewer."""
    if p - count < begin:
        return 0
    letters = 0
    for number in range(count):
        letters = letters << 8 | np.int64(content[p - count + number] | _CASE)
    return letters


@part
def _is_telling(content: Bytes, begin: int, p: int) -> bool:
    """Tell whether the name of a secret may end before a place: by its last letters."""
    while p > begin and (content[p - 1] == _QUOTE or content[p - 1] == _BACKSLASH):
        p -= 1
    return _last_letters(content, begin, p, 3) in _TELLING or _last_letters(content, begin, p, 2) == _ID
