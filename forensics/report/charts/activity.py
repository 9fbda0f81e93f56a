"""When the traffic came: requests per hour of the clusters and of everybody else, outages shaded."""

from forensics.report.blocks import Chart, Column, Kind, Table
from forensics.report.charts.frame import WIDTH, Rows, bin_name, stacked
from forensics.report.charts.svg import Drawing
from forensics.report.wording import counted


def activity(rows: Rows, outages: Rows, who: str, cites: tuple[str, ...]) -> Chart:
    """Draw the bins of `activity.sql`, at least one."""
    each = bin_name(rows)
    title = f"Requests per {each}, {who} against all others"
    total = sum(row["cluster_requests"] for row in rows)
    others = sum(row["other_requests"] for row in rows)
    description = (
        f"Bars per {each} (UTC). {who.capitalize()} sent {total:,} requests, all others {others:,}. "
        f"{counted(len(outages), 'outage') + ' shaded' if outages else 'No outage is on record'}."
    )
    drawing = Drawing("activity", title, description, WIDTH, 262)
    stacked(drawing, rows, (42, 226), outages, who)
    twin = Table(
        f"Requests per {each} (UTC)",
        (
            Column(f"From ({each})", Kind.TIME),
            Column(who.capitalize(), Kind.COUNT),
            Column("All others", Kind.COUNT),
        ),
        tuple((row["bin_start"], row["cluster_requests"], row["other_requests"]) for row in rows),
        cites,
        total=len(rows),
    )
    return Chart("activity", title, description, drawing.svg(), twin)
