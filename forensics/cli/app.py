"""The command line as a whole, and the only place where errors become exit codes."""

import errno
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from forensics import __version__
from forensics.cli import (
    charts,
    decisions,
    demo,
    formats,
    inquire,
    judging,
    look,
    package,
    privacy,
    respond,
    stages,
    why,
)
from forensics.cli.session import GLOBAL_HELP, Session, hoist
from forensics.console import Console
from forensics.errors import BusyError, ForensicsError
from forensics.text import visible

app = typer.Typer(
    name="forensics",
    help="Offline log forensics: which accounts are one actor, how sure, and by which rows.",
    epilog=GLOBAL_HELP,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (demo, stages, judging, package, privacy, formats, look, why, inquire, charts, respond, decisions):
    group.register(app)


@app.callback()
def options(
    context: typer.Context,
    case: Annotated[Path | None, typer.Option("-C", "--case", help="The case folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress and no messages.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more.")] = False,
    threads: Annotated[int | None, typer.Option(min=1, help="Cores to use; results do not depend on it.")] = None,
    memory_limit: Annotated[str | None, typer.Option(help="Memory for queries, such as 4GB.")] = None,
    case_key: Annotated[Path | None, typer.Option(help="File with the hex key of a case to be made.")] = None,
    ascii_only: Annotated[bool, typer.Option("--ascii", help="Plain ASCII frames.")] = False,
) -> None:
    """Keep the global options for the command that follows."""
    session: Session = context.obj
    session.console = Console(as_json=as_json, quiet=quiet, verbose=verbose, ascii_only=ascii_only)
    session.case_folder, session.case_key = case, case_key
    session.threads, session.memory_limit = threads, memory_limit


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"forensics {__version__}")


def run(args: Sequence[str]) -> int:
    """Run one command line and return its exit code. A bug keeps its traceback and ends with 1."""
    _signals()
    session = Session(Console())
    try:
        app(hoist(args), prog_name="forensics", obj=session)
    except SystemExit as ended:  # how typer ends: 0 when all went well, 2 for a wrong command line
        code = ended.code if isinstance(ended.code, int) else 0
        return code or session.exit_code()
    except ForensicsError as error:
        return _failed(session, error)
    except MemoryError:
        return _failed(session, BusyError("out of memory", hint="close other programs, or set --memory-limit"))
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        return _failed(session, BusyError("the disk is full", hint="free some space and run again"))
    return session.exit_code()


def _failed(session: Session, error: ForensicsError) -> int:
    """Say what happened and what to do about it; the document of a program says the same."""
    sys.stderr.write(f"error: {visible(str(error))}\n")
    if error.hint:
        sys.stderr.write(f"hint: {visible(error.hint)}\n")
    session.outcomes.append(error.exit_code)
    code = session.exit_code()
    session.console.document("error", session.case_name, None, code, {"message": str(error), "hint": error.hint})
    return code


def _signals() -> None:
    """End quietly when a pipe closes, and with 143 when asked to stop, so that files are left whole."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)

    def stop(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, stop)
