"""`purge`, `withhold`, `account-data`: ending a case, leaving an account out, handing an account its data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from forensics.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("purge")(purge)
    app.command("withhold")(withhold)
    app.command("account-data")(account_data)


def purge(
    context: typer.Context,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it stays in the chain of custody.")] = "retention",
    now: Annotated[bool, typer.Option("--now", help="Also before retention ends.")] = False,
) -> None:
    """Delete the data of a case whose retention ended; the chain of custody keeps a tombstone."""
    from forensics.evidence import privacy

    session: Session = context.obj
    case = session.open()
    with case.locked():
        removed = privacy.purge(case, reason=reason, today=privacy.today(), even_now=now)
    session.console.line(f"purged: {removed['files']:,} files, {removed['bytes']:,} bytes; custody.jsonl says so")
    session.console.line("packages, log files and backups outside the case were not touched")
    session.finish("purge", removed)


def withhold(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Account or one of its aliases.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it stays in the chain of custody.")],
) -> None:
    """Leave an account out of every package made from now on, and record it."""
    from forensics.evidence import privacy

    session: Session = context.obj
    case = session.open()
    with case.locked():
        names = privacy.withhold(case, account, reason)
    session.console.line(f"withheld: the account with its {names:,} names is in no package made from now on")
    session.console.line("packages made before hold it still, and so does the case")
    session.finish("withhold", {"names": names})


def account_data(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Account or one of its aliases.")],
    folder: Annotated[Path, typer.Argument(help="Folder to make.")],
) -> None:
    """Write every row about one account into a folder; other accounts in it are pseudonyms."""
    from forensics.evidence import privacy

    session: Session = context.obj
    case = session.open()
    rows = privacy.export_account(case, account, folder)
    case.looked("account-data", {"tables": rows})
    session.console.table("rows", ("table", "rows"), list(rows.items()))
    session.console.line(f"written: {folder}")
    session.finish("account-data", {"folder": str(folder), "rows": rows})
