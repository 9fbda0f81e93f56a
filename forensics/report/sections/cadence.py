"""When and how evenly the accounts sent requests, against everybody else."""

from collections.abc import Iterator

from forensics.report import charts
from forensics.report.blocks import Block, Column, Kind, Note, Text
from forensics.report.material import Material, code, integer, only
from forensics.report.sections.base import Chapter
from forensics.report.wording import count, counted, span

_CADENCE = {
    "user_id": code("Account"),
    "gap_median_us": Column("Median gap", Kind.DURATION),
    "gap_mad_us": Column("Median deviation", Kind.DURATION),
    "peak_minute": integer("Busiest minute, requests"),
    "peak_rank": Column("Accounts at most as busy", Kind.SHARE),
    "active_hours": integer("Active hours"),
    "hour_entropy": Column("Hour entropy (1 = around the clock)", Kind.NUMBER),
}


def _write(material: Material) -> Iterator[Block]:
    if not material.shown:
        yield Note("Not assessed: cadence is compared for clusters, and there is no cluster to compare.")
        return
    usual = material.rows("sections/cadence_all")[0]
    if usual["median_gap_us"] is not None:
        yield Text(
            (
                material.say(
                    f"Half of all {counted(usual['accounts'], 'account')} wait {span(usual['median_gap_us'])} or less "
                    f"between requests at their median, and one in a hundred sent more than "
                    f"{count(usual['high_peak'])} requests in its busiest minute.",
                    "account_features",
                ),
            )
        )
    raster = material.rows("charts/raster")
    if raster:
        yield charts.raster(raster, material.exhibits.tables("requests", "cluster_members"))
        yield charts.gaps(
            material.rows("charts/gaps"), material.compared, material.exhibits.tables("requests", "cluster_members")
        )
    for order, cluster in enumerate(material.shown, start=1):
        ticks = only(material.query("charts/periodogram"), cluster_id=cluster["cluster_id"])
        if sum(ticks["requests"].to_pylist()) >= charts.LEAST_REQUESTS:
            yield charts.periodogram(order, ticks, material.exhibits.tables("requests", "cluster_members"))
        rows = only(material.query("sections/cadence"), cluster_id=cluster["cluster_id"])
        caption = f"Cadence of the accounts of {cluster['cluster_id']}"
        yield material.table(caption, rows, _CADENCE, "account_features", full="account_features")


CHAPTER = Chapter("cadence", "Request cadence", "How fast, how evenly and at which hours did requests come?", _write)
