"""Lines that a container runtime cut into pieces: one record again, with the bytes from its first piece to its last.

Runtimes cut at 16 KiB, which the record of one model call easily fills. CRI tags a piece that is continued with `P`;
Docker leaves out the line end. Pieces are put together where the next line goes on with the same stream. Where another
line lies between, or the whole would be too long to hold, each piece stays a record of its own, flagged as cut.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from forensics.ingest.envelopes.base import Envelope
from forensics.ingest.envelopes.syslog import ISO_TIME
from forensics.ingest.reader import LONGEST, Ends, Positions

_Bytes = npt.NDArray[np.uint8]
_NEWLINE, _BLANK, _BACKSLASH, _QUOTE, _COMMA = b'\n \\",'
_NO_STREAM = 0
_SHORTEST_TIME, _LONGEST_TIME = len("2026-03-02T04:05:06Z"), len("2026-03-02T04:05:06.000000001+00:00")


class Lines(NamedTuple):
    """What lines say of themselves: which stream they are of (0: no line of the envelope), and if they go on."""

    streams: npt.NDArray[np.uint8]
    continued: npt.NDArray[np.bool_]


Look = Callable[[_Bytes, Positions, Positions], Lines]


def ends_of(envelopes: Sequence[Envelope]) -> Ends | None:
    """Return where records end whose outer envelope may hold pieces of lines; None where each line is whole."""
    look = _LOOKS.get(envelopes[0].name) if envelopes else None
    return partial(_ends, look) if look else None


def together(lines: Sequence[str], envelopes: Sequence[Envelope]) -> list[str]:
    """Return sampled lines with the pieces of one put together, as records of their source are."""
    ends = ends_of(envelopes)
    if ends is None:
        return list(lines)
    content = "\n".join(lines).encode("utf-8", "replace")
    final = True
    stops = [*ends(np.frombuffer(content, np.uint8), final).tolist(), len(content)]
    starts = [0, *(stop + 1 for stop in stops)]
    return [content[start:stop].decode() for start, stop in zip(starts, stops, strict=False) if start < stop]


def mended(text: pl.Series, envelope: Envelope) -> pl.Series:
    """Return records of several pieces as the one line that was cut, still in its envelope."""
    mend = _MENDS.get(envelope.name)
    rows = text.str.contains("\n", literal=True).fill_null(value=False).arg_true() if mend else None
    if mend is None or rows is None or rows.is_empty():
        return text
    return text.scatter(rows, mend(text.gather(rows)))


def _ends(look: Look, content: _Bytes, final: bool) -> Positions:
    """Return where each record ends: at the line end of its last piece."""
    newlines = np.flatnonzero(content == _NEWLINE)
    if not len(newlines):
        return newlines
    starts = np.concatenate([np.zeros(1, np.int64), newlines + 1])
    stops = np.append(newlines, len(content))  # the last line has no end here; it may be empty
    seen = look(content, starts, stops)
    goes_on = seen.continued[:-1] & (seen.streams[1:] == seen.streams[:-1])
    if not final:  # what is not here yet may go on
        goes_on[-1] = seen.continued[-2]
    elif starts[-1] == len(content):
        goes_on[-1] = False
    first = np.flatnonzero(np.append(True, ~goes_on))  # lines that begin a record
    sizes = np.diff(np.append(starts[first], len(content) + 1))
    too_long = np.repeat(sizes > LONGEST, np.diff(np.append(first, len(starts))))
    return np.asarray(newlines[~goes_on | too_long[:-1]])


def _cri(content: _Bytes, starts: Positions, stops: Positions) -> Lines:
    """Look at `<time> <stream> <tag> …`: the tag begins with P or F, more tags follow a colon."""
    padded = np.concatenate([content, np.zeros(_LONGEST_TIME + 5, np.uint8)])
    blanks = np.append(np.flatnonzero(content == _BLANK), [len(content)] * 3)
    one, two, three = (blanks[np.searchsorted(blanks[:-2], starts) + step] for step in range(3))
    fits = (three < stops) & (one - starts >= _SHORTEST_TIME) & (one - starts <= _LONGEST_TIME)
    fits &= (padded[starts + 4] == ord("-")) & (padded[starts + 10] == ord("T")) & (two - one == len(" stdout"))
    for step, byte in enumerate(b" std"):
        fits &= padded[one + step] == byte
    tags = padded[two + 1]
    fits &= np.isin(tags, [ord("P"), ord("F")]) & ((three - two == len(" P")) | (padded[two + 2] == ord(":")))
    streams = np.where(fits, padded[one + 4], _NO_STREAM).astype(np.uint8)
    return Lines(streams, fits & (tags == ord("P")))


_LOG, _STREAM = b'{"log":"', b'","stream":"std'


def _docker(content: _Bytes, starts: Positions, stops: Positions) -> Lines:
    r"""Look at `{"log":"…","stream":"…"…}`: a whole line ends with `\n` inside its text."""
    padded = np.concatenate([content, np.zeros(len(_STREAM) + 1, np.uint8)])
    marks = np.flatnonzero(content == _COMMA) - 1
    marks = marks[marks >= 0]
    for step, byte in enumerate(_STREAM):
        marks = marks[padded[marks + step] == byte]
    at = np.append(marks, len(content))[np.searchsorted(marks, starts)]
    fits = at < stops
    for step, byte in enumerate(_LOG):
        fits &= padded[starts + step] == byte
    streams = np.where(fits, padded[np.minimum(at, len(content)) + len(_STREAM)], _NO_STREAM).astype(np.uint8)
    before = np.maximum(at - 1, 0)
    ended = (padded[before] == ord("n")) & _escaped(content, before)
    return Lines(streams, fits & ~ended)


def _escaped(content: _Bytes, places: Positions) -> npt.NDArray[np.bool_]:
    """Tell which places have an odd number of backslashes before them."""
    slashes = np.flatnonzero(content == _BACKSLASH)
    if not len(slashes):
        return np.zeros(len(places), np.bool_)
    numbers = np.arange(len(slashes))
    begins = np.append(True, np.diff(slashes) != 1)
    run = numbers - np.maximum.accumulate(np.where(begins, numbers, 0)) + 1
    last = np.searchsorted(slashes, places) - 1
    return np.asarray((last >= 0) & (slashes[last] == places - 1) & (run[last] % 2 == 1))


_HEAD = rf"{ISO_TIME} std(?:out|err) "


def _mended_cri(text: pl.Series) -> pl.Series:
    """Return the pieces as one line with the time of the first and the tag of the last."""
    last = text.str.extract(rf"(?s)^.*\n{_HEAD}([PF])")
    joined = text.str.replace_all(rf"\r?\n{_HEAD}[PF](?::[^ ]*)? ", "")
    whole = joined.str.replace(rf"^({_HEAD})P", "${1}F")
    return whole.zip_with((last == "F").fill_null(value=False), joined)


def _mended_docker(text: pl.Series) -> pl.Series:
    """Return the pieces as one object with the time of the last; no bare quote stands inside a text."""
    return text.str.replace_all(r'","stream":"std(?:out|err)"[^\n]*\n\{"log":"', "")


_LOOKS: dict[str, Look] = {"cri": _cri, "docker_json": _docker}
_MENDS: dict[str, Callable[[pl.Series], pl.Series]] = {"cri": _mended_cri, "docker_json": _mended_docker}
