"""From where the accounts came, who else is there, and which shared values link nobody."""

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from forensics.ranges import Network, network
from forensics.report import charts
from forensics.report.blocks import Block, Column, Heading, Kind, Note, Sentence, Text
from forensics.report.material import ROWS_SHOWN, Material, code, integer, only, text
from forensics.report.sections.base import Chapter, findings

_RANGES = {
    "source_range": code("Range"),
    "kind": text("Kind"),
    "as_name": text("Network"),
    "organization": text("Used by"),
    "shared": Column("Shared", Kind.FLAG),
    "addresses": integer("Addresses"),
    "accounts": integer("Accounts of the cluster"),
    "range_accounts": integer("Accounts of the service"),
    "requests": integer("Requests"),
}
_HUBS = {
    "attribute": text("Attribute"),
    "value": code("Value"),
    "accounts": integer("Accounts"),
    "kind": text("Declared kind"),
    "action": text("What was done"),
}
_OWNER = {"kind": pa.string(), "as_name": pa.string(), "organization": pa.string(), "shared": pa.bool_()}
_RULE = (
    "An address or range that many people share is context and links nobody by itself: offices, campuses, mobile "
    "carriers and VPN exits put strangers behind one address."
)


def _write(material: Material) -> Iterator[Block]:
    yield Text((Sentence(_RULE),))
    matrix = material.rows("charts/matrix")
    if matrix:
        yield charts.matrix(matrix, material.exhibits.tables("requests", "cluster_members"))
    elif not material.shown:
        yield Note("Not assessed: ranges are told for clusters, and there is no cluster to tell of.")
    for cluster in material.shown:
        used = only(material.query("sections/infrastructure"), cluster_id=cluster["cluster_id"])
        if used.num_rows:
            caption = f"Ranges used by {cluster['cluster_id']}, with their owner at that time"
            shown = _with_owners(material, used.slice(0, ROWS_SHOWN))
            block = material.table(caption, shown, _RANGES, "requests", "ip_ranges", full="requests")
            yield replace(block, total=used.num_rows)
    if not any(row["given"] for row in material.rows("sections/scope_context") if row["name"] == "ip_ranges"):
        yield Note("Not assessed: who uses a range and whether it is shared. Needs an IP ranges table.")
    yield Heading("Channels")
    used = material.rows("charts/channels")
    if used and used[0]["known"]:
        yield charts.channels(used, material.compared, material.exhibits.tables("requests", "account_features"))
    else:
        yield Note("Not assessed: through which channel requests came. Needs an accounts table with channels.")
    yield Heading("Values shared by many accounts")
    hubs = material.query("sections/infrastructure_hubs")
    if hubs.num_rows:
        yield material.table(
            "Values shared by many accounts, and what was done about each", hubs, _HUBS, "hubs", full="hubs"
        )
    else:
        yield Text((material.say("No value is shared by so many accounts that it was set aside.", "hubs"),))
    yield Heading("Channels")
    yield from findings(material, "channel", needs="an accounts table with channels")


def _with_owners(material: Material, shown: pa.Table) -> pa.Table:
    """Return ranges with the columns of the narrowest declared range that held each, where one did."""
    bounds = [_bounds(value) for value in shown["source_range"].to_pylist()]
    material.engine.register(
        "used_ranges",
        shown.select(["source_range", "first_seen", "last_seen"])
        .append_column("first_address", pa.array([b.first if b else None for b in bounds], pa.string()))
        .append_column("last_address", pa.array([b.last if b else None for b in bounds], pa.string())),
    )
    owners = {row["source_range"]: row for row in material.lookup("sections/infrastructure_owners")}
    for name, kind in _OWNER.items():
        cells = [owners.get(value, {}).get(name) for value in shown["source_range"].to_pylist()]
        shown = shown.append_column(name, pa.array(cells, kind))
    return shown


def _bounds(cidr: str) -> Network | None:
    """Return first and last address of a logged range; a masked form that is no network has none."""
    try:
        return network(cidr)
    except ValueError:
        return None


CHAPTER = Chapter(
    "infrastructure", "Infrastructure and channel", "From where did the requests come, and who else is there?", _write
)
