"""Everything a person sees: tables, progress, messages; and the one JSON document for programs.

Results go to stdout, progress and messages to stderr. In a pipe a table is tab-separated and never cut. Log text
passes `text.visible` here, so that no value can act on the terminal.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from forensics.errors import ExitCode
from forensics.model import Progress as Step
from forensics.model import Report, silent
from forensics.text import shorten, visible

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.progress import TaskID

_CELL_WIDTH = 240  # characters of a cell on a terminal, where it is folded; in a pipe it is never cut
_STEP_WIDTH = 60
_ASCII = str.maketrans({"…": "...", "·": "|"})  # signs of ours, for --ascii
_FORCED = ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")  # rich may take a pipe for a terminal
_HEARTBEAT_SECONDS = 60.0  # one plain line a minute keeps a cron mail short
_STATUS = {ExitCode.OK: "ok", ExitCode.PARTIAL: "partial", ExitCode.NOTHING_TO_JUDGE: "nothing to judge"}


@dataclass
class Console:
    """The terminal of one command: how much to say, and in which form."""

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    ascii_only: bool = False
    is_inner: bool = False
    warnings: list[str] = field(default_factory=list)

    def within(self) -> "Console":
        """Return a console for a command run inside another: same form, but the outer one prints the document."""
        return replace(self, is_inner=True)

    @property
    def width(self) -> int | None:
        """Return the columns of the terminal; None where results go to a pipe or a file."""
        terminal = _terminal()
        return terminal.width if terminal else None

    def line(self, text: str = "") -> None:
        """Print one line of result; nothing in JSON mode, where the document says it all."""
        if not self.as_json:
            shown = visible(text)
            sys.stdout.write((shown.translate(_ASCII) if self.ascii_only else shown) + "\n")

    def say(self, text: str) -> None:
        """Print a message for a person on stderr, unless quiet."""
        if not self.quiet and not self.as_json:
            sys.stderr.write(visible(text) + "\n")

    def warn(self, text: str) -> None:
        """Keep a warning for the JSON document and print it on stderr."""
        self.warnings.append(text)
        if not self.as_json:
            sys.stderr.write(f"warning: {visible(text)}\n")

    def table(self, title: str, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a table: framed on a terminal, tab-separated and complete in a pipe."""
        if self.as_json:
            return
        terminal = _terminal()
        if terminal is None:
            for row in (headers, *rows):
                sys.stdout.write("\t".join(visible(cell(value)) for value in row) + "\n")
            return
        from rich.table import Table  # noqa: PLC0415 - for a terminal only
        from rich.text import Text  # noqa: PLC0415 - as above

        box = Table(title=Text(title), title_justify="left", safe_box=self.ascii_only)
        for index, header in enumerate(headers):
            numeric = bool(rows) and all(isinstance(row[index], int | float) for row in rows)
            box.add_column(Text(header), justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            box.add_row(*(Text(shorten(cell(value), _CELL_WIDTH)) for value in row))
        terminal.print(box)

    @contextmanager
    def progress(self) -> Iterator[Report]:
        """Give a callback for a stage: a bar with rate and remaining time on a terminal, a line a minute otherwise."""
        if self.quiet or self.as_json:
            yield silent
        elif terminal := _terminal(stderr=True):
            with _bar(terminal) as report:
                yield report
        else:
            yield _heartbeat()

    def document(self, command: str, case: str | None, run_id: str | None, code: ExitCode, content: object) -> None:
        """Print the one JSON document of a command, if JSON was asked for. ASCII, so that nothing in it can act."""
        if not self.as_json or self.is_inner:
            return
        envelope: Mapping[str, Any] = {
            "schema": f"forensics/{command}/1",
            "case": case,
            "run_id": run_id,
            "status": _STATUS.get(code, "gate" if code is ExitCode.GATE else "error"),
            "exit_code": int(code),
            "warnings": self.warnings,
            "data": content,
        }
        sys.stdout.write(json.dumps(envelope, indent=2, ensure_ascii=True, default=cell) + "\n")


def moment(value: object) -> str:
    """Return a UTC time as text with its offset; an absent one as a dash."""
    return value.isoformat(sep=" ") if hasattr(value, "isoformat") else "-"


def cell(value: object) -> str:
    """Return a value as the text of one cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value)
    return moment(value) if hasattr(value, "isoformat") else str(value)


def _terminal(*, stderr: bool = False) -> "RichConsole | None":
    """Return the terminal that stdout or stderr leads to; None where it leads to none: then rich is not loaded."""
    stream = sys.stderr if stderr else sys.stdout
    if not stream.isatty() and not any(map(os.environ.get, _FORCED)):
        return None
    from rich.console import Console as RichConsole  # noqa: PLC0415 - for a terminal only

    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    found = RichConsole(stderr=stderr, highlight=False, markup=False, emoji=False, no_color=plain)
    return found if found.is_terminal else None


@contextmanager
def _bar(console: "RichConsole") -> Iterator[Report]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - as above

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[amount]}", markup=False),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        shown: dict[str, TaskID] = {}  # the step at work, and no other: a list of finished ones is noise

        def report(step: Step) -> None:
            if step.step not in shown:
                for task in shown.values():
                    bars.remove_task(task)
                shown.clear()
                shown[step.step] = bars.add_task(shorten(step.step, _STEP_WIDTH), total=step.total or None, amount="")
            task = shown[step.step]
            speed = bars.tasks[bars.task_ids.index(task)].speed
            bars.update(task, completed=step.done, amount=_amount(step, speed))

        yield report


def _amount(step: Step, speed: float | None) -> str:
    """Return how much is done, how fast, and how much of it was refused: `120 of 210 MB, 36.2 MB/s, 4 rejects`."""
    scale, unit, places = (1_000_000, "MB", 1) if step.unit == "bytes" else (1, step.unit, 0)
    done = f"{step.done / scale:,.0f}" + (f" of {step.total / scale:,.0f} {unit}" if step.total else f" {unit}")
    rate = f"{speed / scale:,.{places}f} {unit}/s" if speed else ""
    return ", ".join(filter(None, (done, rate, _refused(step))))


def _refused(step: Step) -> str:
    return f"{step.rejects:,} reject{'s' if step.rejects > 1 else ''}" if step.rejects else ""


def _heartbeat() -> Report:
    last = time.monotonic()

    def report(step: Step) -> None:
        nonlocal last
        if time.monotonic() - last >= _HEARTBEAT_SECONDS:
            last = time.monotonic()
            share = f" of {step.total:,}" if step.total else ""
            refused = f", {_refused(step)}" if step.rejects else ""
            sys.stderr.write(f"{visible(step.step)}: {step.done:,}{share} {step.unit}{refused}\n")

    return report
