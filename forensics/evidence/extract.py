"""Cited lines into a package: verbatim where nothing needs masking, else only as a leaf of the sealed file."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import polars as pl

from forensics.audience import Disclosure
from forensics.case import Case
from forensics.engine import Engine, Resources
from forensics.errors import IntegrityError
from forensics.evidence.bates import Place
from forensics.evidence.lines import Citation, Source, reread
from forensics.evidence.merkle import Commitment, Leaf, commit, salt_key
from forensics.evidence.verify_merkle import COLUMNS as LEAF_COLUMNS
from forensics.names import mentions
from forensics.redact import mask_members, mask_secrets
from forensics.schema import EVENTS, EXHIBITS, REQUESTS
from forensics.sources import ByteRange, DamagedError, blocks
from forensics.text import guard_cell

# What verify.sh reads comes first; what people wrote comes last, because a path may hold a comma.
INDEX_COLUMNS = (
    "exhibit_id", "finding_id", "source", "extract", "extract_offset", "length", "line_sha256", "offset", "log_line",
    "compression", "log_file_sha256", "content_sha256", "event_id", "bates", "withheld", "path", "title",
)  # fmt: skip
SOURCE_COLUMNS = (
    "source", "log_file_sha256", "bytes_on_disk", "compression", "content_sha256", "merkle_lines", "merkle_root",
    "path",
)  # fmt: skip
REASONS = {
    "secret": "a key, token, cookie or password stands in the line",
    "other_account": "the line is not of an account this reader may see",
    "names_other": "the line names somebody this reader may not see",
    "audience": "this reader gets no lines",
    "on_request": "the account asked to be left out",
    "unavailable": "the source was out of reach at export, or is damaged before the line",
    "rows": "the source has rows, not bytes",
}


@dataclass(frozen=True)
class Extracted:
    """What became of the cited lines: how many exhibits show theirs, why the others are not, by reason."""

    lines: int
    withheld: Mapping[str, int]
    rows: tuple[dict[str, object], ...]

    def copied(self) -> int:
        """Return how many lines are there: one that several exhibits cite is there once."""
        return len({(row["extract"], row["extract_offset"]) for row in self.rows if row["extract"]})

    def unavailable(self) -> int:
        """Return how many lines nobody could read."""
        return self.withheld.get("unavailable", 0)


class Judge:
    """Decides line by line what a reader may see verbatim."""

    def __init__(self, case: Case, disclosure: Disclosure, resources: Resources | None) -> None:
        self._disclosure, self._key = disclosure, case.key()
        self.outside = not disclosure.profile.whole_tables
        with Engine.over(case, EXHIBITS, EVENTS, REQUESTS, resources=resources) as engine:
            rows = engine.rows(files("forensics.evidence") / "cited_accounts.sql").to_pylist()
        self._accounts = {row["event_id"]: row["user_id"] for row in rows}
        self._secret = {row["event_id"] for row in rows if row["has_secret"]}

    def withholds(self, citation: Citation) -> str | None:
        """Return why a line is not shown, as far as that does not depend on its bytes."""
        account = self._accounts.get(citation.event_id)
        profile = self._disclosure.profile
        if account in self._disclosure.withheld:
            return "on_request"
        if not profile.verbatim:
            return "audience"
        if profile.own_lines and account not in self._disclosure.accounts:
            return "other_account"
        return "secret" if citation.event_id in self._secret else None

    def hides(self, content: Iterable[bytes]) -> list[str | None]:
        """Return for each line why its bytes may not be shown, or None."""
        lines = pl.Series([line.decode("utf-8", "replace") for line in content], dtype=pl.String)
        secret = (mask_members(lines, self._key) != lines) | (mask_secrets(lines, self._key) != lines)
        others = mentions(lines, self._disclosure.hidden)
        return ["secret" if one else "names_other" if two else None for one, two in zip(secret, others, strict=True)]


def extract(
    payload: Path,
    case: Case,
    registered: list[Source],
    cited: list[Citation],
    bates: Mapping[Place, str],
    judge: Judge,
) -> Extracted:
    """Write raw lines, proofs, their index and the register of sources below `data/`.

    A reader of the other side gets neither hash nor place of a hidden line (a bare hash can be tried out), only
    its leaf. Raise `IntegrityError` for a source or a line that does not hash to what was recorded.
    """
    for name in ("evidence/raw", "proofs"):
        (payload / name).mkdir(parents=True)
    by_content: dict[str, list[Citation]] = {}
    for citation in cited:
        by_content.setdefault(citation.content_sha256, []).append(citation)
    rows: dict[str, dict[str, object]] = {}
    register = []
    for source in registered:
        mine = by_content.get(source.content_sha256, [])
        shown, withheld = _one(payload, source, mine, judge)
        made = _prove(payload, case, source, mine, shown)
        register.append(_source_row(source, made))
        for one in mine:
            reason = withheld.get(one.exhibit_id)
            row = _row(source, one, shown.get(one.range) if reason is None else None)
            row |= {"bates": bates.get((one.content_sha256, one.range)), "withheld": reason}
            hidden = reason not in {None, "rows"} and (judge.outside or reason == "on_request")
            rows[one.exhibit_id] = row | (_HIDDEN if hidden else {})
    write_csv(payload / "evidence" / "evidence-index.csv", INDEX_COLUMNS, (rows[one.exhibit_id] for one in cited))
    write_csv(payload / "evidence" / "sources.csv", SOURCE_COLUMNS, register)
    reasons = [str(row["withheld"]) for row in rows.values() if row["withheld"]]
    counts = {reason: reasons.count(reason) for reason in REASONS if reason in reasons}
    return Extracted(len(rows) - len(reasons), counts, tuple(rows[one.exhibit_id] for one in cited))


_HIDDEN = dict.fromkeys(("length", "line_sha256", "offset", "log_line", "event_id", "title"))


def _one(
    payload: Path, source: Source, cited: list[Citation], judge: Judge
) -> tuple[dict[ByteRange, tuple[int, str]], dict[str, str]]:
    """Write the lines of one source that may be seen, each followed by a line end; return their places.

    Also return why the others are not there, by exhibit.
    """
    withheld: dict[str, str] = {}
    for one in cited:
        if reason := "rows" if not one.addressable else judge.withholds(one):
            withheld[one.exhibit_id] = reason
    found = list(reread(source, cited))
    hidden = dict(zip((at for at, _ in found), judge.hides(content for _, content in found), strict=True))
    hashes = {at: sha256(content).hexdigest() for at, content in found}
    for one in cited:
        if one.addressable and one.line_sha256 not in {None, hashes.get(one.range, one.line_sha256)}:
            raise IntegrityError(
                f"the line of exhibit {one.exhibit_id} does not hash to what was recorded",
                hint="run forensics verify on the case to see everything that differs",
            )
        if one.exhibit_id not in withheld and (reason := hidden.get(one.range, "unavailable")):
            withheld[one.exhibit_id] = reason
    wanted = {one.range for one in cited if one.exhibit_id not in withheld}
    shown: dict[ByteRange, tuple[int, str]] = {}
    position = 0
    if wanted:
        with (payload / "evidence" / "raw" / f"{source.name}.lines").open("wb") as stream:
            for at, content in found:
                if at in wanted:
                    stream.write(content + b"\n")
                    shown[at] = (position, hashes[at])
                    position += len(content) + 1
    return shown, withheld


def _prove(
    payload: Path, case: Case, source: Source, cited: list[Citation], shown: Mapping[ByteRange, tuple[int, str]]
) -> Commitment | None:
    """Write the proof that the cited lines are lines of the source; None for a source out of reach, or of rows."""
    if not source.has_lines() or source.place is None:
        return None
    made = commit(_readable(source.place), salt_key(case.key(), source.content_sha256), {one.range for one in cited})
    folder = payload / "proofs"
    about = {"source": source.name, "lines": made.lines, "root": made.root.hex(), "hash": "sha256"}
    text = json.dumps(about | {"content_sha256": source.content_sha256}, sort_keys=True, indent=1)
    (folder / f"{source.name}.merkle.json").write_text(text + "\n", encoding="ascii")
    (folder / f"{source.name}.proof").write_bytes(made.proof)
    write_csv(folder / f"{source.name}.leaves.csv", LEAF_COLUMNS, (_leaf_row(leaf, shown) for leaf in made.leaves))
    return made


def _readable(place: Path) -> Iterator[bytes]:
    with suppress(DamagedError):
        yield from blocks(place)


def _leaf_row(leaf: Leaf, shown: Mapping[ByteRange, tuple[int, str]]) -> dict[str, object]:
    """Return a line that can be recomputed from the extract, else only its leaf."""
    if leaf.range in shown:
        place = {"extract_offset": shown[leaf.range][0], "length": leaf.range.length, "leaf": None}
        return {"index": leaf.number, "salt": leaf.salt.hex(), **place}
    return {"index": leaf.number, "salt": None, "extract_offset": None, "length": None, "leaf": leaf.digest.hex()}


def _row(source: Source, citation: Citation, extracted: tuple[int, str] | None) -> dict[str, object]:
    """Return one row of the index."""
    return {
        "exhibit_id": citation.exhibit_id,
        "finding_id": citation.finding_id,
        "source": source.name,
        "extract": f"raw/{source.name}.lines" if extracted else None,
        "extract_offset": extracted[0] if extracted else None,
        "length": citation.range.length,
        "line_sha256": extracted[1] if extracted else citation.line_sha256,
        "offset": citation.range.offset,
        "log_line": citation.log_line,
        "compression": source.compression(),
        "log_file_sha256": source.log_file_sha256,
        "content_sha256": source.content_sha256,
        "event_id": citation.event_id,
        "path": source.path,
        "title": citation.title,
    }


def _source_row(source: Source, made: Commitment | None) -> dict[str, object]:
    return {
        "source": source.name,
        "log_file_sha256": source.log_file_sha256,
        "bytes_on_disk": source.bytes_on_disk,
        "compression": source.compression(),
        "content_sha256": source.content_sha256,
        "merkle_lines": made.lines if made else None,
        "merkle_root": made.root.hex() if made else None,
        "path": source.path,
    }


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows for people: RFC 4180 quotes, no cell that a spreadsheet would run."""
    names = tuple(columns)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(names)
        for row in rows:
            writer.writerow([guard_cell(cell) if isinstance(cell := row[name], str) else cell for name in names])
