"""What every command shares: the global options, the case it works on, and how it ends."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.console import Console
from forensics.errors import CaseError, ExitCode, UsageError, first_that_applies

if TYPE_CHECKING:
    from forensics.case import Case
    from forensics.engine import Resources

_ANYWHERE = (
    "-C/--case FOLDER",
    "--json",
    "-q",
    "-v",
    "--threads N",
    "--memory-limit SIZE",
    "--case-key FILE",
    "--ascii",
)
GLOBAL_HELP = f"Anywhere on the line: {', '.join(_ANYWHERE)}."


@dataclass
class Session:
    """One command: its options, its console, and the outcomes that decide its exit code."""

    console: Console
    case_folder: Path | None = None
    case_key: Path | None = None
    threads: int | None = None
    memory_limit: str | None = None
    outcomes: list[ExitCode] = field(default_factory=list)
    case_name: str | None = None
    run_id: str | None = None

    def folder(self) -> Path:
        """Return the case folder: `-C`, else $FORENSICS_CASE, else the nearest parent with a `case.toml`."""
        if self.case_folder:
            return self.case_folder
        if named := os.environ.get("FORENSICS_CASE"):
            return Path(named)
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / "case.toml").is_file():
                return folder
        raise CaseError("no case: none is named and no parent folder has a case.toml", hint="name one with -C FOLDER")

    def has_case(self) -> bool:
        """Tell whether a case is named and exists."""
        try:
            return (self.folder() / "case.toml").is_file()
        except CaseError:
            return False

    def open(self) -> "Case":
        """Open the existing case."""
        from forensics.case import Case

        if self.case_key:
            raise UsageError("--case-key is for the command that makes the case", hint="leave it out")
        return self._named(Case.open(self.folder()))

    def create(self) -> "Case":
        """Open the case, or make it."""
        from forensics.case import Case

        return self._named(Case.create(self.folder(), self.case_key))

    def resources(self) -> "Resources":
        """Return what the run may use; the number of threads never changes a result."""
        from forensics.engine import Resources

        return Resources(threads=self.threads, memory_limit=self.memory_limit)

    def finish(self, command: str, content: object, *outcomes: ExitCode) -> None:
        """Print the JSON document, if asked for, and keep the outcomes of the command."""
        self.outcomes.extend(outcomes)
        self.console.document(command, self.case_name, self.run_id, self.exit_code(), content)

    def exit_code(self) -> ExitCode:
        """Return the exit code that the outcomes so far amount to."""
        return first_that_applies(self.outcomes)

    def _named(self, case: "Case") -> "Case":
        self.case_name = str(case.folder)
        return case


def hoist(args: Sequence[str]) -> list[str]:
    """Return the arguments with the global options in front: they may stand anywhere on the line.

    >>> hoist(["status", "-C", "x", "--json"])
    ['-C', 'x', '--json', 'status']
    """
    takes_value = {"-C", "--case", "--threads", "--memory-limit", "--case-key"}
    flags = {"--json", "-q", "--quiet", "-v", "--verbose", "--ascii"}
    front: list[str] = []
    rest: list[str] = []
    remaining = iter(args)
    for arg in remaining:
        if arg == "--":
            rest += [arg, *remaining]
        elif arg in takes_value:
            front += [arg, *([value] if (value := next(remaining, None)) is not None else [])]
        elif arg in flags or any(arg.startswith(f"{name}=") for name in takes_value if name.startswith("--")):
            front.append(arg)
        else:
            rest.append(arg)
    return front + rest
