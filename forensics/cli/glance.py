"""`status`, `overview`, `clusters`, `timeline`, `chart` on a terminal: one screen each, verdict last.

In a pipe and in JSON these commands give every row; here they show what fits, and say what is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from forensics.cli import glyphs
from forensics.cli.gravest import gravity, some_of_each_kind
from forensics.console import cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from forensics.cli.session import Session
    from forensics.engine import Engine
    from forensics.report.blocks import Chart

_LABEL = 18
_FACT = 32
_ROWS = 16  # rows of any list on a screen
_FINDINGS = 30  # where the list is all there is
_EXHIBITS = 8
_TURNS_P = 0.05
_TURNS_SPREAD = 0.5  # of what chance gives; a judgment (docs/method.md)
Row: TypeAlias = "Mapping[str, Any]"


@dataclass(frozen=True)
class Screen:
    """One command on a terminal."""

    session: Session

    @property
    def ascii_only(self) -> bool:
        """Tell whether glyphs are ASCII."""
        return self.session.console.ascii_only

    def line(self, label: str, text: object = "") -> None:
        """Print one line: what it is, and what there is to say."""
        self.session.console.line(f"{label:<{_LABEL}} {text}".rstrip())

    def listed(self, rows: Sequence[str], total: int | None = None, most: int = _ROWS) -> None:
        """Print rows up to what fits, and how many more there are."""
        for row in rows[:most]:
            self.session.console.line(f"  {row}")
        left = (len(rows) if total is None else total) - len(rows[:most])
        if left > 0:
            self.session.console.line(f"  … {left:,} more: in a pipe, or with --json")

    def sources(self, rows: Sequence[Row]) -> None:
        """Print one line for each log file."""
        self.session.console.line(f"{len(rows):,} log files")
        told = []
        for row in rows:
            rejects = f", {row['rejects']:,} rejected" if row["rejects"] else ""
            broken = "" if row["complete"] else "  INCOMPLETE"
            period = f"{day(row['first_timestamp'])[:10]} to {day(row['last_timestamp'])[:10]}"
            events = f"{row['events']:>9,} events{rejects}"
            told.append(f"{_cut(row['path'], 24):<24} {period}  {events}{broken}")
        self.listed(told)

    def facts(self, pairs: Sequence[tuple[str, object]]) -> None:
        """Print numbers with what they count."""
        for name, value in pairs:
            self.session.console.line(f"{name:<{_FACT}} {_plain(value)}")

    def activity(self, engine: Engine) -> None:
        """Print requests over time: of everybody, of the clusters, and when outages were declared."""
        rows = _asked(engine, "charts/activity")
        if not rows:
            return
        starts = [row["bin_start"] for row in rows]
        every = glyphs.pooled([row["cluster_requests"] + row["other_requests"] for row in rows])
        own = glyphs.pooled([row["cluster_requests"] for row in rows])
        most = max(every)
        self.line("requests", f"{day(starts[0])} to {day(starts[-1])}, at most {most:,.0f} in one column")
        self.line("  all", glyphs.spark(every, ascii_only=self.ascii_only, most=most))
        self.line("  clusters", glyphs.spark(own, ascii_only=self.ascii_only, most=most))
        each = -(-len(rows) // glyphs.WIDTH)
        for outage in _asked(engine, "sections/service_impact"):
            if outage["kind"] == "outage" and outage["started_at"]:
                ended = outage["ended_at"] or datetime.max.replace(tzinfo=UTC)
                last = [starts[min(at + each, len(starts)) - 1] for at in range(0, len(starts), each)]
                began = outage["started_at"].timestamp() - rows[0]["bin_seconds"]
                inside = [
                    first.timestamp() < ended.timestamp() and final.timestamp() > began
                    for first, final in zip(starts[::each], last, strict=True)
                ]
                name = _cut(outage["incident_id"], _LABEL - 3)
                self.line(f"  {name}", glyphs.shaded(inside, ascii_only=self.ascii_only))

    def clusters(self, rows: Sequence[Row]) -> None:
        """Print one line for each cluster."""
        told = [
            f"{row['cluster_id']:<14} {row['size']:>6,} accounts {row['events'] or 0:>9,} requests  "
            f"{_words(row['verdict'])}{', ' + row['likelihood'] if row['likelihood'] else ''}"
            for row in rows
        ]
        self.listed(told)

    def findings(self, rows: Sequence[Row]) -> None:
        """Print the beginning of each finding, the gravest first; of many some of every kind."""
        assessed = sorted((row for row in rows if row["assessed"]), key=gravity)
        self.session.console.line(f"{len(assessed):,} findings: id, severity, what is said")
        chosen = sorted(some_of_each_kind(assessed, _FINDINGS), key=gravity)
        told = [_cut(f"{row['finding_id']}  {row['severity']:<8} {row['statement']}", 78) for row in chosen]
        self.listed(told, len(assessed), _FINDINGS)
        if missing := sorted({_words(row["kind"]) for row in rows if not row["assessed"]}):
            said = f"{len(rows) - len(assessed):,} not assessed, for want of data: {', '.join(missing)}"
            for part in _folded(said, 78):
                self.session.console.line(part)

    def finding(self, row: Row, exhibits: Sequence[Row]) -> None:
        """Print what one finding says and the lines it rests on; its numbers are in JSON."""
        for said in _folded(row["statement"], 78):
            self.session.console.line(said)
        for name in ("kind", "severity", "likelihood", "confidence", "alternative"):
            for at, said in enumerate(_folded(_words(row[name]) if row[name] else "none", 78 - _LABEL)):
                self.line("" if at else name, said)
        self.session.console.line(f"{len(exhibits):,} exhibits: id, what, offset and length in its source, SHA-256")
        told = []
        for one in exhibits:
            digest = one["line_sha256"]  # none where the exhibit is a query
            place = f"{one['log_offset']}+{one['log_length']}  {digest[:12]}…" if digest else ""
            told.append(f"{one['exhibit_id']}  {_cut(one['title'], 34):<34}  {place}".rstrip())
        self.listed(told, most=_EXHIBITS)

    def members(self, engine: Engine, cluster: Row, members: Sequence[Row]) -> None:
        """Print what one cluster did and when each of its accounts was active, the busiest first."""
        self.line("verdict", _words(cluster["verdict"]))
        for at, said in enumerate(_folded(cluster["reason"] or "no rule recorded", 78 - _LABEL)):
            self.line("" if at else "by the rule", said)
        if cluster["likelihood"]:
            self.line("one operator", f"{cluster['likelihood']}")
        self.line("confidence", cluster["confidence"])
        for at, said in enumerate(_folded(cluster["hold_out"] or "not asked", 78 - _LABEL)):
            self.line("" if at else "confirmed", said)
        for at, said in enumerate(_folded(cluster["day_draws"] or "not asked", 78 - _LABEL)):
            self.line("" if at else "other days", said)
        if cluster["merged_regularity_p"] is not None:
            self.line("takes turns", _turns(cluster["merged_regularity_p"], cluster["merged_spread"]))
        self.line("pattern", _words(cluster["campaign"] or "none of the campaigns this tool knows"))
        ready = sum(bool(one["actionable"]) for one in members)
        self.line("accounts", f"{cluster['size']:,}, {ready:,} ready for review")
        self.line("active", f"{day(cluster['first_seen'])} to {day(cluster['last_seen'])}")
        self.line("requests", f"{cluster['events'] or 0:,}")
        weakest = f", the weakest of {cluster['weakest_bits']:.1f} bits" if cluster["weakest_bits"] else ""
        self.line("links", f"{cluster['links'] or 0:,}{weakest}")
        self.line("evidence", ", ".join(cluster["families"] or ()) or "none")
        if cluster["organization_id"]:
            share = f"{100 * (cluster['organization_share'] or 0):.0f}% of its accounts say so"
            self.line("organization", f"{_cut(cluster['organization_id'], 30)} ({share})")
        bins = [row for row in _asked(engine, "charts/raster") if row["cluster_id"] == cluster["cluster_id"]]
        self._raster(bins, members)

    def _raster(self, bins: Sequence[Row], members: Sequence[Row]) -> None:
        if not bins:
            self.listed([_cut(one["user_id"], 40) for one in members], len(members))
            return
        first, span = min(row["bin_start"] for row in bins), bins[0]["bin_seconds"]
        columns = 1 + max(_place(row, first, span) for row in bins)
        self.session.console.line(f"when each account was active, from {day(first)} on; higher is more requests")
        accounts = list(dict.fromkeys(row["user_id"] for row in bins))
        for name in accounts[:_ROWS]:
            values = [0.0] * columns
            for row in bins:
                if row["user_id"] == name:
                    values[_place(row, first, span)] += row["requests"]
            self.line(f"  {_cut(name, _LABEL - 3)}", glyphs.spark(glyphs.pooled(values), ascii_only=self.ascii_only))
        if len(members) > len(accounts[:_ROWS]):
            self.line(f"  and {len(members) - len(accounts[:_ROWS]):,} more", "in a pipe, or with --json")

    def timeline(self, engine: Engine, rows: Sequence[Row]) -> None:
        """Print when clusters were active: the busiest stretches in order, and what lies over them."""
        self.activity(engine)
        stretches, others = _stretches(rows)
        busiest = sorted(stretches, key=lambda one: -one[2])[:_ROWS]
        shown = sorted([*((at, text) for at, text, _ in busiest), *others[:_ROWS]], key=lambda one: one[0])
        part = f", the {_ROWS} busiest" if len(stretches) > _ROWS else ""
        noun = "stretch" if len(stretches) == 1 else "stretches"
        self.session.console.line(f"{len(stretches):,} {noun} of activity{part}")
        for _, text in shown[: 2 * _ROWS - 6]:
            self.session.console.line(f"  {text}")
        left = len(stretches) + len(others) - len(shown[: 2 * _ROWS - 6])
        if left:
            self.session.console.line(f"  {left:,} more: in a pipe, or with --json")

    def chart(self, chart: Chart) -> None:
        """Print one chart of the report in glyphs, from the table that says the same."""
        self.session.console.line(chart.title)
        twin = chart.twin
        numbers = [at for at, column in enumerate(twin.columns) if column.numeric]
        numbers.sort(key=lambda at: sum(row[at] is None for row in twin.rows))  # the one that speaks of every row
        names = [at for at, column in enumerate(twin.columns) if not column.numeric]
        if len(twin.rows) > _ROWS + 4 and len(names) <= 1:
            for at in numbers:
                values = glyphs.pooled([float(row[at] or 0) for row in twin.rows])  # type: ignore[arg-type]
                self.line(_cut(twin.columns[at].name, _LABEL), glyphs.spark(values, ascii_only=self.ascii_only))
            ends = [_end(twin.rows[at][names[0]]) for at in (0, -1)] if names else []
            self.line("", " to ".join(ends))
        else:
            self._bars(twin.rows, names, numbers[:1])
        for said in _folded(chart.description, 78):
            self.session.console.line(said)

    def _bars(self, rows: Sequence[Sequence[Any]], names: list[int], numbers: list[int]) -> None:
        values = [float(row[at] or 0) for row in rows for at in numbers]
        most = max(map(abs, values), default=0)
        for row, value in zip(rows[:_ROWS], values, strict=False):
            label = _cut(" ".join(cell(row[at]) for at in names if not isinstance(row[at], datetime)), 30)
            sign = "-" if value < 0 else " "
            drawn = glyphs.bar(abs(value), most, 36, ascii_only=self.ascii_only)
            self.session.console.line(f"{label:<30} {sign}{drawn} {value:,.6g}")
        if len(rows) > _ROWS:
            self.session.console.line(f"{len(rows) - _ROWS:,} more: in the report")


def day(value: object) -> str:
    """Return a time to the minute, in UTC, as short as it can be and stay clear.

    >>> day(datetime(2026, 3, 7, 22, 40, tzinfo=UTC)), day(None)
    ('2026-03-07 22:40Z', '-')
    """
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%MZ}" if isinstance(value, datetime) else "-"


def _stretches(rows: Sequence[Row]) -> tuple[list[tuple[datetime, str, int]], list[tuple[datetime, str]]]:
    """Return stretches of activity with their requests, each one line, and everything else."""
    stretches: list[tuple[datetime, str, int]] = []
    others: list[tuple[datetime, str]] = []
    begun: dict[str, int] = {}  # the last stretch of each cluster
    for row in rows:
        cluster = str(row["concerns"])
        if row["what"] == "activity ends" and cluster in begun:
            at, text, requests = stretches[begun[cluster]]
            stretches[begun[cluster]] = (at, text.replace("…", f"to {day(row['moment'])}", 1), requests)
        elif row["what"] == "activity begins":
            begun[cluster] = len(stretches)
            requests = int(row["requests"] or 0)
            text = f"{day(row['moment'])} …  {cluster:<14} {requests:>8,} requests"
            stretches.append((row["moment"], text, requests))
        else:
            what = _cut(f"{row['what']}: {cell(row['concerns'])}", 56)
            others.append((row["moment"], f"{day(row['moment'])}  {what}"))
    return stretches, others


def _asked(engine: Engine, name: str) -> list[dict[str, Any]]:
    """Return the rows of a query of the report: the terminal and the page show the same numbers."""
    from importlib.resources import files

    return list(engine.rows(files("forensics.report") / f"{name}.sql").to_pylist())


def _end(value: object) -> str:
    return day(value) if isinstance(value, datetime) else cell(value)


def _plain(value: object) -> str:
    text = str(value)
    return f"{int(text):,}" if text.isdecimal() else text[:16] + "Z" if text[10:11] == " " else text


def _place(row: Row, first: datetime, span: int) -> int:
    return int((row["bin_start"] - first).total_seconds()) // int(span)


def _cut(text: object, width: int) -> str:
    from forensics.text import shorten

    return shorten(str(text), width)


def _turns(chance: float, spread: float) -> str:
    """Say whether the accounts share the work out in turn: unlikely by chance, and half as uneven at most."""
    known = "yes" if chance <= _TURNS_P and spread <= _TURNS_SPREAD else "not seen"
    return f"{known}: gaps {spread:.2f} times as uneven as by chance (p {chance:.3f})"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _folded(text: str, width: int) -> Iterator[str]:
    from textwrap import wrap

    yield from wrap(text, width)
