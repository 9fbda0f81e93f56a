"""Expected failures: what happened, where, and what to do about it.

Three kinds of trouble are never mixed. A *record* that does not parse is a row in `rejects`. A *situation*
that the user can change is one of the classes below. A *bug* keeps its traceback and ends with exit code 1.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a finished process says, most urgent first: the first that applies wins."""

    INTEGRITY = 5
    BUG = 1
    USAGE = 2
    TEMPORARY = 75
    PARTIAL = 4
    NOTHING_TO_JUDGE = 6
    GATE = 3
    OK = 0


PRECEDENCE = tuple(ExitCode)  # definition order above is the order of the contract


def first_that_applies(codes: "list[ExitCode]") -> ExitCode:
    """Return the one exit code that a run with several outcomes ends with.

    >>> first_that_applies([ExitCode.GATE, ExitCode.PARTIAL]).name
    'PARTIAL'
    >>> first_that_applies([]).name
    'OK'
    """
    return min(codes, key=PRECEDENCE.index, default=ExitCode.OK)


class ForensicsError(Exception):
    """Base of every expected failure: a message for the user and, where one exists, a way out."""

    exit_code: ExitCode = ExitCode.USAGE

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(ForensicsError):
    """A flag, a setting or a name on the command line cannot be used as given."""


class SourceError(ForensicsError):
    """A log or context file could not be read or recognized at all."""


class ContextError(ForensicsError):
    """An imported side table breaks its contract; the message names row and column."""


class CaseError(ForensicsError):
    """The folder is no case, or a case this version cannot continue."""


class IntegrityError(ForensicsError):
    """Something recorded earlier no longer hashes to the same value."""

    exit_code = ExitCode.INTEGRITY


class BusyError(ForensicsError):
    """Another process holds the case, or disk or memory ran out: try again."""

    exit_code = ExitCode.TEMPORARY
