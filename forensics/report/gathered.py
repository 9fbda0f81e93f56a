"""What many findings of a section lack, said once: a reader who meets a sentence twenty times stops reading it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from forensics.report.blocks import Block, Finding, Note
from forensics.report.wording import count

NEEDS = "Not assessed: needs "
_CITED = 8  # exhibits of one note


def gathered(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return the blocks of a section with each note, and what several statements end with, said once.

    A repeated note stands where it stood first and says for how many findings it holds. A need that ends at least two
    statements leaves them and follows the last block of the section; nothing else is cut from a statement.
    """
    ends = Counter(need for block in blocks if (need := _split(_words(block))[1]))
    repeated = {need for need, times in ends.items() if times > 1}
    shorter = tuple(_without(block, repeated) for block in blocks)
    last = (Note(f"{need} Holds for {count(ends[need])} findings here.") for need in sorted(repeated))
    return (*_once(shorter), *last)


def _words(block: Block) -> str:
    match block:
        case Finding():
            return block.statement
        case Note():
            return block.text
        case _:
            return ""


def _split(text: str) -> tuple[str, str]:
    """Return a statement and the need it ends with.

    >>> _split("It was read. Not assessed: needs a terms table (clauses).")
    ('It was read.', 'Not assessed: needs a terms table (clauses).')
    >>> _split("Not assessed: needs a terms table (clauses).")
    ('Not assessed: needs a terms table (clauses).', '')
    """
    at = text.rfind(f" {NEEDS}")
    return (text, "") if at < 1 else (text[:at], text[at + 1 :])


def _without(block: Block, repeated: set[str]) -> Block:
    said, need = _split(_words(block))
    if need not in repeated:
        return block
    match block:
        case Finding():
            return replace(block, statement=said)
        case Note():
            return replace(block, text=said)
        case _:
            return block


def _once(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks with equal notes as one, at the place of the first."""
    notes: dict[str, list[Note]] = {}
    for block in blocks:
        if isinstance(block, Note):
            notes.setdefault(block.text, []).append(block)
    for block in blocks:
        if not isinstance(block, Note):
            yield block
        elif same := notes.pop(block.text, None):
            cites = tuple(dict.fromkeys(exhibit for note in same for exhibit in note.cites))
            times = f" Holds for {count(len(same))} findings here." if len(same) > 1 else ""
            yield Note(f"{block.text}{times}", cites[:_CITED])
