"""Case in, sealed package out: a BagIt folder that checks itself with coreutils alone."""

import csv
import errno
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

import polars as pl

from forensics import __version__
from forensics.audience import Disclosure, disclose, withheld_names
from forensics.case import Case
from forensics.custody import Anchor, anchor, deviations, whole_lines
from forensics.decisions import settled
from forensics.engine import Resources
from forensics.errors import BusyError, IntegrityError, UsageError
from forensics.evidence import seals
from forensics.evidence.bag import ALGORITHMS, INFO, NAMESPACE, TOP, digests, seal
from forensics.evidence.bates import allocate
from forensics.evidence.drafts import write_drafts
from forensics.evidence.exchange import write_exchange
from forensics.evidence.extract import REASONS, Extracted, Judge, extract, write_csv
from forensics.evidence.lines import citations, sources
from forensics.evidence.loadfile import write_load_file
from forensics.evidence.outcome import Exported
from forensics.evidence.redaction import check_leaks, texts_of, write_log
from forensics.evidence.tables import Written, write_tables
from forensics.names import found_in, mentions
from forensics.text import visible

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*")
_OURS = {"data", seals.FOLDER, "bagit.txt", INFO} | {
    f"{kind}-{name}.txt" for kind in ("manifest", "tagmanifest") for name in ALGORITHMS
}
_SCRIPTS = ("verify.sh", "repro.sh")
_HASH_COLUMNS = ("seq", "action", "time", "sha256", "prev")
_WHO = {
    "analyst": "This package is for the investigating team. It names accounts, addresses and people's requests.",
    "executive": "This package is for whoever decides on the side that made the case. It names no account.",
    "legal": "This package is for legal counsel of the side that made the case. It names accounts and addresses.",
    "counterparty": "This package is for the organization $organization and names its own accounts only.",
    "public": "This package may be published. It names no account, no address and no organization.",
}


@dataclass(frozen=True)
class About:
    """What the files about a package say: chain, case, reader."""

    chain: Anchor
    date: str
    time: str
    title: str
    run_id: str
    disclosure: Disclosure


def export(
    case: Case,
    package: Path,
    *,
    queries: Mapping[str, str],
    report_files: Mapping[str, Path],
    audience: str = "analyst",
    organization: str | None = None,
    sign: Path | None = None,
    resources: Resources | None = None,
) -> Exported:
    """Write a sealed package of the case for one kind of reader. Same case, reader and key give the same bytes.

    `queries` maps names to SQL text, `report_files` names in the package to files. The case changes only where lines
    are cited for the first time: they get their Bates numbers. The caller holds the lock. Raise `UsageError` if the
    folder cannot be written or is in use, `IntegrityError` if a source, a cited line or the chain of custody is not
    what was recorded, or if the package would show what its reader may not see.
    """
    _refuse(case, package)
    signer = seals.fingerprint(sign) if sign else None
    disclosure = disclose(case, audience, organization, withheld_names(case), resources)
    cited, registered = citations(case, resources), sources(case)
    with _aside(package) as folder:
        bates = allocate(case, registered, cited)
        payload = folder / "data"
        tables = write_tables(case, payload / "tables", disclosure, resources)
        extracted = extract(payload, case, registered, cited, bates, Judge(case, disclosure, resources))
        about = _about(case, disclosure, payload / "custody")
        left_out = _write_texts(payload, about, queries, report_files)
        left_out |= _write_exports(payload, case, about, extracted)
        write_log(payload / "redaction", disclosure, extracted, tables.withheld, left_out)
        _write_read_me(payload, about, extracted, tables)
        check_leaks(payload, disclosure)
        signed = [(seals.KEY_LABEL, signer)] if signer else []
        count, octets = seal(folder, [*_information(about), *signed])
        seals.write(folder, sign)
        sealed = digests(folder / TOP)["sha256"]
    lines = extracted.copied()
    return Exported(count, octets, extracted.lines, lines, extracted.unavailable(), sealed, about.chain)


def _refuse(case: Case, package: Path) -> None:
    """Raise `UsageError` for a folder that cannot be used."""
    if package.resolve().is_relative_to(case.folder.resolve()):
        raise UsageError(f"{package} lies inside the case", hint="name a folder outside it")
    if package.exists() and (not package.is_dir() or any(package.iterdir())):
        raise UsageError(f"{package} exists and is not empty", hint="name a new folder: a package is never changed")


@contextmanager
def _aside(package: Path) -> Iterator[Path]:
    """Give a folder beside the package and rename it at the end: a killed export leaves no half package."""
    place = package.resolve()
    aside = place.with_name(f"{place.name}.partial")
    try:
        if aside.exists():
            if not aside.is_dir() or {path.name for path in aside.iterdir()} - _OURS:
                raise UsageError(f"{aside} exists and is no unfinished package", hint="move it away")
            shutil.rmtree(aside)
        aside.mkdir(parents=True, mode=0o700)
        yield aside
        aside.rename(place)
    except OSError as error:
        problem = f"cannot write {package}: {error.strerror}"
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.ENOMEM}:
            raise BusyError(problem, hint="free some space and run again") from None
        raise UsageError(problem, hint="name a folder you can write to") from None


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a file name in a package", hint="use a-z, 0-9, dot, dash, underscore")
    return name


def _write_texts(
    payload: Path, about: About, queries: Mapping[str, str], report_files: Mapping[str, Path]
) -> dict[str, str]:
    """Write queries, report, scripts; return what the reader does not get, and why."""
    profile, left_out = about.disclosure.profile, {}
    if profile.queries:
        _write_queries(payload / "queries", queries)
    else:
        left_out["queries"] = "how accounts are linked is described in the report, not shown as SQL"
    named = _naming(report_files, about.disclosure.withheld)
    _copy_report(payload / "report", {name: path for name, path in report_files.items() if name not in named})
    left_out |= {f"report/{name}": "it names an account that asked to be left out" for name in named}
    if not profile.custody:
        left_out["custody/decisions.jsonl"] = "labels and notes about accounts are for the team and its counsel"
        left_out["custody/custody.jsonl"] = "the entries name people and paths: their hashes are in custody-hashes.csv"
    for script in _SCRIPTS:
        shutil.copyfile(str(files("forensics.evidence") / script), payload / script)
    shutil.copyfile(str(files("forensics.evidence") / "verify_merkle.py"), payload / "proofs" / "verify_merkle.py")
    return left_out


def _write_exports(payload: Path, case: Case, about: About, extracted: Extracted) -> dict[str, str]:
    """Write what other programs and people's hands need; return what the reader does not get, and why."""
    profile, left_out = about.disclosure.profile, {}
    if profile.exchange:
        write_exchange(payload / "exchange", case, about.disclosure, about.time)
    else:
        left_out["exchange"] = "networks and accounts for machines: for those who work on the case"
    if profile.load_file:
        write_load_file(payload, extracted.rows, about.disclosure.profile.tlp)
    else:
        left_out["loadfile"] = "for counsel only"
    if profile.certificates:
        write_drafts(payload / "certificates", case, about.chain, extracted, about.disclosure.withheld)
    else:
        left_out["certificates"] = "drafts for counsel only"
    return left_out


def _naming(report_files: Mapping[str, Path], names: Iterable[str]) -> list[str]:
    """Return the files of a report in which one of the names stands."""
    wanted = frozenset(names)
    if not wanted:
        return []
    return sorted(name for name, path in report_files.items() if any(found_in(one, wanted) for one in texts_of(path)))


def _write_queries(folder: Path, queries: Mapping[str, str]) -> None:
    folder.mkdir()
    for name in sorted(queries):
        path = folder / f"{_checked(name).removesuffix('.sql')}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(queries[name], encoding="utf-8", newline="\n")


def _copy_report(folder: Path, report_files: Mapping[str, Path]) -> None:
    folder.mkdir()
    for name in sorted(report_files):
        if not report_files[name].is_file():
            raise UsageError(f"the report {report_files[name]} does not exist", hint="run forensics report first")
        path = folder / _checked(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(report_files[name], path)


def _about(case: Case, disclosure: Disclosure, folder: Path) -> About:
    """Write the chain of custody, or its hashes where the reader gets no more; return what the package says of it.

    A half line that a crash left is not an entry. Raise `IntegrityError` if the chain is broken.
    """
    folder.mkdir()
    lines = whole_lines(case.folder / "custody.jsonl")
    if problems := deviations(lines):
        raise IntegrityError(f"custody.jsonl {problems[0]}", hint="run forensics verify on the case")
    if disclosure.profile.custody:
        (folder / "custody.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
        _write_decisions(folder, case, disclosure)
    entries = [json.loads(line) for line in lines]
    rows = [entry | {"sha256": anchor([line]).head} for line, entry in zip(lines, entries, strict=True)]
    write_csv(folder / "custody-hashes.csv", _HASH_COLUMNS, rows)
    time = str(entries[-1]["time"])
    title = visible(case.settings.case.title) if disclosure.profile.in_house else ""
    return About(anchor(lines), time[:10], time, title or "(none)", case.run_id(), disclosure)


def _write_decisions(folder: Path, case: Case, disclosure: Disclosure) -> None:
    """Write what people decided, line by line as the chain of custody knows it; none of an account left out."""
    lines = settled(case)
    texts = pl.Series([line.decode("utf-8", "replace") for line in lines], dtype=pl.String)
    kept = [line for line, named in zip(lines, mentions(texts, disclosure.withheld), strict=True) if not named]
    if kept:
        (folder / "decisions.jsonl").write_bytes(b"".join(line + b"\n" for line in kept))


def _information(about: About) -> list[tuple[str, str]]:
    """Return the fields of `bag-info.txt`. The date is that of the last custody entry: no clock is read."""
    return [
        ("Audience", about.disclosure.profile.name),
        ("Bag-Software-Agent", f"forensics {__version__}"),
        ("Bagging-Date", about.date),
        ("Custody-Chain-Head", about.chain.head),
        ("Custody-Chain-Length", str(about.chain.length)),
        ("External-Description", about.title),
        ("External-Identifier", about.run_id),
        ("TLP", about.disclosure.profile.tlp),
    ]


def _write_read_me(payload: Path, about: About, extracted: Extracted, tables: Written) -> None:
    """Write the first file to read."""
    template = Template((files("forensics.evidence") / "read_me.txt").read_text(encoding="utf-8"))
    who = Template(_WHO[about.disclosure.profile.name]).substitute(
        organization=visible(about.disclosure.organization or "")
    )
    hidden = "\n".join(f"  {count:,} are not: {REASONS[reason]}." for reason, count in extracted.withheld.items())
    text = template.substitute(
        version=__version__, audience=about.disclosure.profile.name, who=who, title=about.title, run_id=about.run_id,
        custody_length=about.chain.length, custody_head=about.chain.head, lines=f"{extracted.lines:,}",
        copied=f"{extracted.copied():,}",
        hidden=hidden or "  None is left out.", absent=", ".join(tables.absent) or "none", namespace=NAMESPACE,
        example=_example(payload / "evidence" / "evidence-index.csv"),
    )  # fmt: skip
    (payload / "00-READ-ME-FIRST.txt").write_text(text, encoding="utf-8", newline="\n")


def _example(index: Path) -> str:
    """Return the command that checks the first cited line, and what it must print."""
    with index.open(encoding="utf-8", newline="") as stream:
        row = next((row for row in csv.DictReader(stream) if row["extract"]), None)
    if row is None:
        return ""
    place = f"if=data/evidence/{row['extract']} bs=1 skip={row['extract_offset']} count={row['length']}"
    return (
        f"     for exhibit {row['exhibit_id']}:\n       dd {place} | sha256sum\n"
        f"     must print\n       {row['line_sha256']}\n"
    )
