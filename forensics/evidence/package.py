"""Case in, sealed package out: a BagIt folder that checks itself with coreutils alone."""

import csv
import errno
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from string import Template

from forensics import __version__
from forensics.case import Case, check_custody
from forensics.custody import Anchor
from forensics.engine import Resources
from forensics.errors import BusyError, UsageError
from forensics.evidence import seals
from forensics.evidence.bag import ALGORITHMS, INFO, TOP, digests, seal
from forensics.evidence.lines import citations, extract, sources
from forensics.evidence.outcome import Exported
from forensics.evidence.tables import write_tables
from forensics.text import visible

AUDIENCES = ("analyst",)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*")
_OURS = {"data", seals.FOLDER, "bagit.txt", INFO} | {
    f"{kind}-{name}.txt" for kind in ("manifest", "tagmanifest") for name in ALGORITHMS
}


def export(
    case: Case,
    package: Path,
    *,
    queries: Mapping[str, str],
    report_files: Mapping[str, Path],
    audience: str = "analyst",
    sign: Path | None = None,
    resources: Resources | None = None,
) -> Exported:
    """Write a sealed package of the case into a new folder. The same case gives the same bytes.

    `queries` maps names to SQL text, `report_files` names in the package to files. Nothing is recorded: an export
    does not change the case. Raise `UsageError` if the folder cannot be written or is in use, `IntegrityError` if
    a source, a cited line or the chain of custody is not what was recorded.
    """
    _refuse(case, package, audience)
    signer = seals.fingerprint(sign) if sign else None
    cited, registered = citations(case, resources), sources(case)
    with _aside(package) as folder:
        payload = folder / "data"
        absent = write_tables(case, payload / "tables", resources)
        lines, unavailable = extract(payload / "evidence", registered, cited)
        _write_queries(payload / "queries", queries)
        _copy_report(payload / "report", report_files)
        custody = _copy_custody(case, payload / "custody")
        shutil.copyfile(str(files("forensics.evidence") / "verify.sh"), payload / "verify.sh")
        counts = {"lines": f"{lines:,}", "unavailable": f"{unavailable:,}", "absent": ", ".join(absent) or "none"}
        about = {**custody, "title": visible(case.settings.case.title) or "(none)", "run_id": case.run_id()}
        about |= {"version": __version__, "audience": audience}
        _write_read_me(payload, {**about, **counts})
        signed = [(seals.KEY_LABEL, signer)] if signer else []
        count, octets = seal(folder, [*_information(about), *signed])
        seals.write(folder, sign)
        sealed = digests(folder / TOP)["sha256"]
    chain = Anchor(int(custody["custody_length"]), custody["custody_head"])
    return Exported(count, octets, lines, unavailable, sealed, chain)


def _refuse(case: Case, package: Path, audience: str) -> None:
    """Raise `UsageError` for an audience or a folder that cannot be served."""
    if audience not in AUDIENCES:
        raise UsageError(
            f"audience {audience!r} is not available in this version", hint=f"available: {', '.join(AUDIENCES)}"
        )
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


def _copy_custody(case: Case, folder: Path) -> dict[str, str]:
    """Copy the whole lines of the custody log; return length, head and the date of the last one.

    A half line that a crash left is not an entry. Raise `IntegrityError` if the chain is broken.
    """
    folder.mkdir()
    path = folder / "custody.jsonl"
    content = (case.folder / "custody.jsonl").read_bytes()
    path.write_bytes(content[: content.rfind(b"\n") + 1])
    length, head = check_custody(path)
    last = json.loads(path.read_bytes().splitlines()[-1])
    return {"custody_length": str(length), "custody_head": head, "date": str(last["time"])[:10]}


def _information(about: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the fields of `bag-info.txt`. The date is that of the last custody entry: no clock is read."""
    return [
        ("Audience", about["audience"]),
        ("Bag-Software-Agent", f"forensics {about['version']}"),
        ("Bagging-Date", about["date"]),
        ("Custody-Chain-Head", about["custody_head"]),
        ("Custody-Chain-Length", about["custody_length"]),
        ("External-Description", about["title"]),
        ("External-Identifier", about["run_id"]),
    ]


def _write_read_me(payload: Path, fields: Mapping[str, str]) -> None:
    """Write the first file to read."""
    template = Template((files("forensics.evidence") / "read_me.txt").read_text(encoding="utf-8"))
    text = template.substitute(fields, example=_example(payload / "evidence" / "evidence-index.csv"))
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
