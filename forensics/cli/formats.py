"""`formats list|show|test|explain`: what can be read, and why a line is read as it is."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from forensics.cli.session import Session

_SHOWN = 5  # candidates: the winner, the runner-up, and enough to see how far behind the rest is

formats = typer.Typer(help="What can be read, and why a line is read as it is.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(formats, name="formats")


@formats.command("list")
def list_(context: typer.Context) -> None:
    """List the formats."""
    from forensics.ingest import FORMATS

    session: Session = context.obj
    rows = [(one.name, one.title, one.reference) for one in FORMATS]
    session.console.table("formats", ("name", "title", "reference"), rows)
    session.finish("formats-list", [dict(zip(("name", "title", "reference"), row, strict=True)) for row in rows])


@formats.command()
def show(context: typer.Context, name: Annotated[str, typer.Argument(help="A format.")]) -> None:
    """Show a format with the samples that prove it."""
    from forensics.ingest.formats import by_name

    session: Session = context.obj
    chosen = by_name(name)
    session.console.line(f"{chosen.name}: {chosen.title}")
    session.console.line(f"reference: {chosen.reference}")
    for sample in chosen.accepted:
        session.console.line(f"reads     {sample.record}")
    for sample in chosen.rejected:
        session.console.line(f"refuses   {sample.record}   ({sample.reason})")
    samples = [
        {**asdict(sample), "accepted": sample in chosen.accepted} for sample in chosen.accepted + chosen.rejected
    ]
    session.finish("formats-show", {"name": chosen.name, "title": chosen.title, "samples": samples})


@formats.command()
def test(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A log file.")],
    format_: Annotated[str, typer.Option("--format", metavar="auto|NAME")] = "auto",
) -> None:
    """Say which format a file is in, how well each one fits, and show its first events.

    A file that would be refused ends with 2, as `ingest` does.
    """
    from forensics.errors import ExitCode
    from forensics.ingest import explain as examine

    session: Session = context.obj
    found = examine(path, format_)
    rates = [(name, f"{rate:.1%}") for name, rate in found.candidates[:_SHOWN]]
    session.console.table(f"{found.name}: share of sampled records each format reads", ("format", "share"), rates)
    if found.refused:
        session.outcomes.append(ExitCode.USAGE)
        session.console.line(f"VERDICT  refused: {found.refused}" + (f" ({found.hint})" if found.hint else ""))
    else:
        second = "none" if found.runner_up is None else f"{found.runner_up[0]}, {found.runner_up[1]:.1%}"
        read = f"{found.format}, reads {found.rate:.1%} of the sampled records"
        session.console.line(f"VERDICT  {read}; runner-up: {second}")
        for note in (*found.warnings, *filter(None, [found.hint])):
            session.console.say(note)
        for event in found.first[:1]:
            _fields(session, event)
    session.finish("formats-test", asdict(found))


@formats.command()
def explain(context: typer.Context, line: Annotated[str, typer.Argument(help="One log line, quoted.")]) -> None:
    """Show field by field what is read from a line, or why no format reads it."""
    from forensics.ingest import explain_line

    session: Session = context.obj
    answers = explain_line(line)
    for answer in answers:
        name = answer.candidates[0][0]
        if answer.format:
            session.console.line(f"{name} reads it")
            _fields(session, answer.first[0])
        else:
            where = f" (fails at column {answer.failed_at}: {answer.expected})" if answer.failed_at else ""
            session.console.line(f"{name} does not: {answer.refused}{where}")
    session.finish("formats-explain", [asdict(answer) for answer in answers])


def _fields(session: Session, event: dict[str, object]) -> None:
    rows = [(name, value) for name, value in event.items() if value not in (None, [], "{}")]
    session.console.table("", ("field", "value"), rows)
