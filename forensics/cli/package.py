"""`export` and `verify`: the evidence package, and whether anything in it differs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from forensics.case import Case
    from forensics.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("export")(export)
    app.command("verify")(verify)
    app.command("timestamp")(timestamp)


def export(
    context: typer.Context,
    package: Annotated[Path, typer.Argument(help="Folder to make.")],
    audience: Annotated[
        str, typer.Option(metavar="analyst|executive|legal|counterparty|public", help="Who will read it.")
    ] = "analyst",
    organization: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose accounts a counterparty may see.")
    ] = None,
    sign: Annotated[Path | None, typer.Option(metavar="KEY", help="OpenSSH key (Ed25519) to sign with.")] = None,
) -> None:
    """Write a BagIt package: report, tables, queries, cited lines, custody log, and a script that checks them."""
    from forensics.evidence import export as write

    session: Session = context.obj
    case = session.open()
    session.run_id = case.run_id()
    files = _report_files(case, audience, organization)
    with case.locked():  # tables, report and chain of one moment
        written = write(
            case,
            package,
            queries=dict(queries()),
            report_files=files,
            audience=audience,
            organization=organization,
            sign=sign,
            resources=session.resources(),
        )
    chain = {"custody_length": written.chain.length, "custody_head": written.chain.head}
    made = {"files": written.files, "bytes": written.bytes, "seal": written.seal}
    case.looked("export", {"audience": audience, "organization": organization, **made, **chain})
    if not files:
        session.console.warn(
            f"no report for {audience} yet: run `forensics report --audience {audience}` and export again to include it"
        )
    if written.unavailable:
        session.console.warn(
            f"{written.unavailable:,} exhibits cite lines that could not be read again: their sources are gone"
        )
    held = f"{written.files:,} files; {written.exhibits:,} exhibits cite the {written.lines:,} log lines in it"
    session.console.line(f"package: {package} ({held})")
    session.console.line(f"seal: {written.seal} (note it apart from the package: it names every byte of it)")
    session.console.line(f"next: forensics verify {package}, or: sh {package}/data/verify.sh")
    content = {
        "package": str(package),
        "files": written.files,
        "exhibits": written.exhibits,
        "lines": written.lines,
        "seal": written.seal,
    }
    session.finish("export", content)


def _report_files(case: Case, audience: str, organization: str | None) -> dict[str, Path]:
    """Return the report for a reader: its own; counsel reads the analysts' where there is no other."""
    from forensics.audience import AUDIENCES, report_folder

    named = (audience, "analyst") if audience == "legal" else (audience,)
    folders = [report_folder(case, name, organization) for name in named if name in AUDIENCES]
    found = ({path.name: path for path in sorted(folder.glob("report.*"))} for folder in folders)
    return next(filter(None, found), {})


def verify(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="PACKAGE_OR_CASE", help="Folder.")],
    expect_length: Annotated[int | None, typer.Option(min=1, help="Length of the chain of custody you noted.")] = None,
    expect_head: Annotated[str | None, typer.Option(metavar="SHA256", help="Its head, noted with the length.")] = None,
    signer: Annotated[Path | None, typer.Option(metavar="FILE", help="Key you expect: .pub, allowed_signers.")] = None,
    tsa_chain: Annotated[Path | None, typer.Option(metavar="FILE", help="Authorities of time you trust (PEM).")] = None,
) -> None:
    """Recompute every hash and name everything that differs."""
    from forensics.case import Case
    from forensics.custody import Anchor
    from forensics.evidence import NOT_SHOWN, Expected
    from forensics.evidence import verify as check

    session: Session = context.obj
    if (expect_length is None) != (expect_head is None):
        raise UsageError("--expect-length and --expect-head belong together", hint="both stand in bag-info.txt")
    chain = Anchor(expect_length, expect_head.lower()) if expect_length and expect_head else None
    found = check(target, Expected(chain, signer, tsa_chain))
    if found.kind == "case":
        Case.open(target).looked(
            "verify", {"problems": len(found.problems), "files": found.files, "lines": found.lines}
        )
    for note in found.notes:
        session.console.say(f"note: {note}")
    for problem in found.problems:
        session.console.line(f"DIFFERS  {problem}")
    checked = f"{found.files:,} files and {found.lines:,} citations of lines checked"
    if found.problems:
        session.console.line(
            f"VERDICT  the {found.kind} is not as it was made: {len(found.problems)} deviations ({checked})."
        )
    else:
        session.console.line(f"VERDICT  the {found.kind} is as it was made: {checked}.")
    for limit in NOT_SHOWN[found.kind]:
        session.console.line(f"NOT SHOWN  {limit}")
    content = {"kind": found.kind, "files": found.files, "lines": found.lines, "problems": list(found.problems)}
    content |= {"notes": list(found.notes), "not_shown": list(NOT_SHOWN[found.kind])}
    session.finish("verify", content, *([ExitCode.INTEGRITY] if found.problems else []))


def timestamp(
    context: typer.Context,
    package: Annotated[Path, typer.Argument(help="Folder of a package.")],
    reply: Annotated[Path, typer.Argument(metavar="REPLY", help="What the authority answered (.tsr).")],
    tsa_chain: Annotated[Path, typer.Option(metavar="FILE", help="Certificates of the authority (PEM).")],
) -> None:
    """Put the answer of a time-stamping authority into a package, if it fits."""
    from forensics.evidence import attach

    session: Session = context.obj
    said = attach(package, reply, tsa_chain)
    session.console.line(f"time stamp attached: {said}")
    session.finish("timestamp", {"package": str(package), "says": said})


def queries() -> Iterator[tuple[str, str]]:
    """Yield name and text of every query of the tool, in the order of their names."""
    from importlib.resources import files

    yield from sorted(_below(files("forensics"), ""))


def _below(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _below(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".sql"):
            yield f"{prefix}{entry.name}", entry.read_text(encoding="utf-8")
