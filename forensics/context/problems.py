"""What is wrong with a file, collected cell by cell and raised once."""

from collections.abc import Iterable
from typing import NoReturn

import polars as pl

from forensics.errors import ContextError
from forensics.text import shorten

_SHOWN = 10
_VALUE_WIDTH = 60


def quoted(value: str) -> str:
    """Return a cell's value as a message shows it: visible, in quotes, cut to one line."""
    return f"'{shorten(value, _VALUE_WIDTH)}'"


class Problems:
    """Up to ten problems of one file in the order of its rows, and how many there are in all."""

    def __init__(self, name: str, columns: Iterable[str] = ()) -> None:
        self._name = shorten(name, _VALUE_WIDTH)
        self._order = {column: position for position, column in enumerate(columns)}
        self._found: list[tuple[int, int, str]] = []
        self._count = 0

    def add(self, row: int, column: str | None, what: str) -> None:
        """Note one problem; `row` is the line of the file where the record begins."""
        place = f", column {column}" if column else ""
        self._found.append((row, self._order.get(column or "", -1), f"{self._name} row {row}{place}: {what}"))
        self._count += 1

    def cells(self, frame: pl.DataFrame, column: str, what: str) -> None:
        """Note a problem for each row of a frame that has `row` and `column`; `{}` in `what` is the value."""
        shown = frame.sort("row").head(_SHOWN)
        for row, value in zip(shown["row"], shown[column], strict=True):
            self.add(row, column, what.replace("{}", quoted(value or "")))
        self._count += frame.height - shown.height

    def stop(self) -> None:
        """Raise `ContextError` if anything was noted."""
        if self._found:
            self._stop()

    def _stop(self) -> NoReturn:
        lines = [text for _, _, text in sorted(self._found)[:_SHOWN]]
        if self._count > len(lines):
            lines.append(f"and {self._count - len(lines):,} more")
        raise ContextError("\n".join(lines), hint="nothing was imported: correct the file and run again")
