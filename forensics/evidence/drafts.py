"""Drafts for a person to complete and sign, or not: certificates and a notice of reasons.

Facts that the case recorded are filled in; everything that only a person can know is a blank. Nothing is concluded:
whether a court takes a record, and whether a step is justified, is not for a program to say.
"""

import json
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import polars as pl

from forensics import __version__
from forensics.case import Case
from forensics.custody import Anchor, software
from forensics.evidence.extract import Extracted
from forensics.names import mentions
from forensics.schema import FINDINGS, LOG_FILES, TERMS
from forensics.text import markdown

_DRAFTS = ("fre-902-13.draft.md", "fre-902-14.draft.md", "dsa-art-17.draft.md")


def write_drafts(folder: Path, case: Case, chain: Anchor, extracted: Extracted, withheld: Iterable[str]) -> None:
    """Write the drafts, and the fields of the notice as JSON."""
    folder.mkdir()
    fields = _fields(case, chain, extracted, withheld)
    for name in _DRAFTS:
        template = Template((files("forensics.evidence") / "drafts" / name).read_text(encoding="utf-8"))
        (folder / name).write_text(template.substitute(fields), encoding="utf-8", newline="\n")
    notice = {
        "decision": None, "decision_ground": None, "incompatible_content_ground": None,
        "facts": "see the findings in tables/findings.csv, each with its alternative",
        "automated_detection": True, "automated_decision": False, "redress": None, "signed_by": None,
    }  # fmt: skip
    (folder / "dsa-statement.draft.json").write_text(json.dumps(notice, indent=1, sort_keys=True) + "\n")


def _fields(case: Case, chain: Anchor, extracted: Extracted, withheld: Iterable[str]) -> dict[str, str]:
    """Return what the case recorded, as Markdown."""
    log_files = case.read(LOG_FILES).sort_by([("path", "ascending"), ("content_sha256", "ascending")]).to_pylist()
    sources = [
        f"| {markdown(row['path'])} | `{row['log_file_sha256']}` | {row['bytes_on_disk']:,} | {row['lines']:,} |"
        for row in log_files
    ]
    entries = [
        f"| {entry['seq']} | {markdown(str(entry['time']))} | {markdown(str(entry['operator']))} "
        f"| {markdown(str(entry['action']))} | {markdown(str(entry['tool']))} |"
        for entry in case.entries()
    ]
    findings = [
        f"- {markdown(row['statement'])} (finding {row['finding_id']})\n"
        f"  The best innocent explanation: {markdown(row['alternative'] or 'none recorded')}"
        for row in _findings(case, frozenset(withheld))
        if row["cluster_id"]
    ]
    clauses = [
        "- version {version}, clause {clause}: {text}".format_map(
            {name: markdown(row[name] or "") for name in ("version", "clause", "text")}
        )
        for row in case.read(TERMS).to_pylist()
    ]
    return {
        "version": __version__,
        "run_id": case.run_id(),
        "length": str(chain.length),
        "head": chain.head,
        "lines": f"{extracted.copied():,}",
        "exhibits": f"{extracted.lines:,}",
        "sources": "\n".join(sources),
        "entries": "\n".join(entries),
        "software": "\n".join(f"| {markdown(name)} | {markdown(what)} |" for name, what in software()),
        "findings": "\n".join(findings) or "- (no finding speaks of a cluster)",
        "clauses": "\n".join(clauses) or "- (the case holds no terms: name the clause and its version)",
    }


def _findings(case: Case, withheld: frozenset[str]) -> list[dict[str, Any]]:
    """Return the findings that name no account that asked to be left out, as the tables of the package have them."""
    rows = case.read(FINDINGS).sort_by("finding_id").to_pylist()
    texts = pl.Series([f"{row['statement']} {row['alternative']}" for row in rows], dtype=pl.String)
    named = mentions(texts, withheld) if withheld and rows else [False] * len(rows)
    return [row for row, names in zip(rows, named, strict=True) if not names]
