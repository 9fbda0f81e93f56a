"""A compiled loop over the request lines, or targets, that a pass found new: their parts, numbered, while in the cache.

Import this only where `compiled.worthwhile()` says so. Bytes are hostile: a byte is read only where it lies within its
text, or, of eight at once, within `content`.
"""

import numpy as np

from forensics.ingest.compiled import kernel, part
from forensics.ingest.compiled_words import Bytes, word
from forensics.ingest.cut.coding import BLOCK, Tables, number
from forensics.ingest.cut.kernels import Numbers, until
from forensics.ingest.cut.suspects import is_suspect

Found = tuple[Numbers, Numbers, Bytes, Bytes]
METHOD, TARGET, PATH, QUERY, VERSION = range(5)
PARTS = 5
_BLANK, _QUESTION, _SLASH, _DOT, _HYPHEN, _UNDERLINE = (ord(each) for each in " ?/.-_")
_ZERO, _TWO, _THREE, _NINE, _A, _Z, _CASE = (*(ord(each) for each in "0239az"), 0x20)
_LONGEST_METHOD, _PROTOCOL = 32, 5
_BLANKS, _QUESTIONS = (np.uint64(byte * 0x0101010101010101) for byte in b" ?")
_HTTP = np.uint64(int.from_bytes(b"HTTP/", "little"))
_CONNECT = np.uint64(int.from_bytes(b"CONNECT", "little"))
_FIVE, _SEVEN = np.uint64((1 << 40) - 1), np.uint64((1 << 56) - 1)
_CONNECTING, _WITH_VERSION = 7, 9  # bytes


@part
def part_and_code(
    content: Bytes,
    starts: Numbers,
    stops: Numbers,
    first: int,
    last: int,
    are_lines: bool,
    found: Found,
    tables: Tables,
) -> None:
    """Take apart some distinct texts, which stand at `starts` to `stops`, and number each part.

    `found`: where the parts begin and end (parts x texts; -1 for no query), which texts are plain (a method, a target
    and a protocol with one blank between them, and a target that begins with `/`), which may hold a secret. `tables`:
    see `coding`, with a row for each part.
    """
    begins, ends, plain, suspect = found
    for text in range(first, last):
        begin, end = np.int64(starts[text]), np.int64(stops[text])
        good = begin >= 0
        if good and are_lines:
            good = _around(content, begin, end, begins, ends, text)
            begin, end = begins[TARGET, text], ends[TARGET, text]
        good = good and begin < end and content[begin] == _SLASH
        if good:
            begins[TARGET, text], ends[TARGET, text] = begin, end
            good = _target(content, begin, end, are_lines, begins, ends, text)
        if not good:
            for each in range(PARTS):
                begins[each, text] = ends[each, text] = -1
        plain[text] = good
        suspect[text] = good and is_suspect(content, begin, end, True)
    for each in range(PARTS):
        if are_lines or PATH <= each <= QUERY:  # targets that come alone are distinct
            number(content, begins[each], ends[each], first, last, each, tables)


@part
def _around(content: Bytes, begin: int, end: int, begins: Numbers, ends: Numbers, text: int) -> bool:
    """Find the method, the target and the version of a request line; tell whether they are plain."""
    p = begin
    while p < end and content[p] != _BLANK:
        letter = content[p] | _CASE
        if not _A <= letter <= _Z and (p == begin or (content[p] != _HYPHEN and content[p] != _UNDERLINE)):
            return False
        p += 1
    version = end - 1
    while version > p and content[version] != _BLANK:
        version -= 1
    if p == begin or p - begin > _LONGEST_METHOD or version <= p or not _is_protocol(content, version + 1, end):
        return False
    if p - begin == _CONNECTING and word(content, begin) & _SEVEN == _CONNECT:
        return False
    begins[METHOD, text], ends[METHOD, text] = begin, p
    begins[TARGET, text], ends[TARGET, text] = p + 1, version
    begins[VERSION, text], ends[VERSION, text] = version + 1 + _PROTOCOL, end
    major = content[end - 3]
    if end - version == _WITH_VERSION and content[end - 1] == _ZERO and (major == _TWO or major == _THREE):
        ends[VERSION, text] = end - 2  # 2.0 is 2
    return True


@part
def _target(content: Bytes, begin: int, end: int, are_lines: bool, begins: Numbers, ends: Numbers, text: int) -> bool:
    """Find the path and the query of a target; tell whether it holds no blank, where it stands in a line."""
    p = until(content, begin, end, _QUESTIONS, _QUESTIONS if not are_lines else _BLANKS, _QUESTIONS)
    begins[PATH, text], ends[PATH, text] = begin, p
    begins[QUERY, text], ends[QUERY, text] = -1, -1
    if p < end and content[p] == _QUESTION:
        begins[QUERY, text], ends[QUERY, text] = p + 1, end
        p = until(content, p + 1, end, _BLANKS, _BLANKS, _BLANKS) if are_lines else end
    return p == end


@part
def _is_protocol(content: Bytes, begin: int, end: int) -> bool:
    """Tell whether `HTTP/` and a version of one digit, or of two with a point between them, stand there."""
    size = end - begin
    if size != _PROTOCOL + 1 and size != _PROTOCOL + 3:
        return False
    if begin + _CONNECTING >= len(content) or word(content, begin) & _FIVE != _HTTP:
        return False
    good = bool(_ZERO <= content[begin + _PROTOCOL] <= _NINE)
    if size == _PROTOCOL + 3:
        good &= content[begin + _PROTOCOL + 1] == _DOT and _ZERO <= content[end - 1] <= _NINE
    return good


@kernel
def take_apart(content: Bytes, starts: Numbers, stops: Numbers, found: Found, tables: Tables) -> None:
    """Take apart distinct targets, see `part_and_code`."""
    for first in range(0, len(starts), BLOCK):
        part_and_code(content, starts, stops, first, min(len(starts), first + BLOCK), False, found, tables)
