"""From where: the client address is a decision, so the decision is stored beside it.

The peer of the connection counts unless it is a proxy the analyst declared: `X-Forwarded-For` is text a client may
write. Behind declared proxies the rightmost forwarded address that is no declared proxy counts.
"""

import polars as pl

from forensics.ingest import compiled
from forensics.ranges import Network, address_key, locate, located_plainly

_ENTRY = r'(?i)^(?:for=)?"?\[?([^\]";]+)'  # RFC 7239 writes for="[v6]:port"
_ABSENT = ("-", "", "unknown")
_ORIGINS = ("field", "peer")
ROLES = ("network_forwarded_ip", *(f"source_ip:{origin}" for origin in _ORIGINS))


def addresses(logged: pl.DataFrame, trusted: tuple[Network, ...]) -> pl.DataFrame:
    """Return `source_ip`, `source_range`, `source_ip_origin`, `network_forwarded_ip` and `source_address` per record.

    `source_address` is what stood in the place of the address where it was none (a host name, a socket).
    """
    if (plain := _plain(logged)) is not None:
        return plain
    text, origin = _stated(logged)
    frame = _located(text).with_columns(origin)
    forwarded = _forwarded(logged)
    frame = frame.with_columns(forwarded)
    consult = frame.select(
        pl.col("network_forwarded_ip").is_not_null()
        & (pl.col("text").is_null() | _is_trusted(frame["source_ip"], trusted))
    ).to_series()
    if consult.any():
        frame = _through_proxies(frame.with_columns(consult.alias("consult")).with_row_index("row"), trusted)
    known = pl.col("source_ip").is_not_null() | pl.col("source_range").is_not_null()
    return frame.select(
        "source_ip",
        "source_range",
        pl.when(known).then("source_ip_origin").alias("source_ip_origin"),
        "network_forwarded_ip",
        pl.when(~known).then("text").alias("source_address"),
        (~known & pl.col("text").is_not_null()).alias("no_address"),
    )


def _plain(logged: pl.DataFrame) -> pl.DataFrame | None:
    """Return the same where each record names one canonical address, all in the same place; None where not."""
    said = [logged[name] for name in ROLES if name in logged.columns and logged[name].null_count() < logged.height]
    if len(said) != 1 or said[0].name == ROLES[0]:
        return None
    if (found := _located_plainly(said[0])) is None:
        return None
    nothing = pl.lit(None, pl.String)
    return found.select(
        "source_ip",
        "source_range",
        pl.lit(said[0].name.partition(":")[2]).alias("source_ip_origin"),
        pl.lit(None, pl.List(pl.String)).alias("network_forwarded_ip"),
        nothing.alias("source_address"),
        pl.lit(value=False).alias("no_address"),
    )


def _located_plainly(said: pl.Series) -> pl.DataFrame | None:
    if compiled.worthwhile(compiled.LOADED):
        from forensics.ingest.layout import dotted

        if (found := dotted.ranges(said)) is not None:
            return pl.DataFrame({"source_ip": said, "source_range": found})
    return located_plainly(said)


def _stated(logged: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Return the address as logged and who says so: a provider's own field before the peer."""
    named = [origin for origin in _ORIGINS if f"source_ip:{origin}" in logged.columns]
    values = [pl.col(f"source_ip:{origin}").replace(list(_ABSENT), None) for origin in named]
    nothing = pl.lit(None, pl.String)
    origins = [pl.when(value.is_not_null()).then(pl.lit(origin)) for value, origin in zip(values, named, strict=True)]
    stated = logged.with_columns(
        pl.coalesce(*values, nothing).alias("text"), pl.coalesce(*origins, nothing).alias("source_ip_origin")
    )
    return stated["text"], stated["source_ip_origin"]


def _forwarded(logged: pl.DataFrame) -> pl.Series:
    """Return the forwarded addresses as logged, as lists. A list in the place of the address is one, too."""
    said = [logged[name].drop_nulls() for name in ROLES if name in logged.columns]
    if not any(len(text) and (text.name == ROLES[0] or text.str.contains(",", literal=True).any()) for text in said):
        return pl.Series(ROLES[0], [None], dtype=pl.List(pl.String)).new_from_index(0, logged.height)
    column = pl.lit(None, pl.String)
    for name in ("network_forwarded_ip", "source_ip:field", "source_ip:peer"):
        if name in logged.columns:
            is_list = pl.col(name).str.contains(",", literal=True) | (name == "network_forwarded_ip")
            column = pl.coalesce(column, pl.when(is_list).then(pl.col(name).replace(list(_ABSENT), None)))
    json_list = pl.when(column.str.starts_with('["')).then(column.str.replace_all(r'[\["\]]', ""))
    lists = pl.coalesce(json_list, column).str.split(",").list.eval(pl.element().str.strip_chars())
    filled = logged.with_columns(pl.when(column.is_not_null()).then(lists).alias("network_forwarded_ip"))
    return filled["network_forwarded_ip"]


def _located(text: pl.Series) -> pl.DataFrame:
    """Return `text`, `source_ip`, `source_range`, reading each distinct address once."""
    single = pl.select(pl.when(~text.str.contains(",", literal=True)).then(text)).to_series().alias("text")
    distinct = single.unique()
    if len(distinct) == len(single):
        return pl.concat([single.to_frame(), locate(single)], how="horizontal")
    table = pl.concat([distinct.to_frame("text"), locate(distinct)], how="horizontal")
    return single.to_frame().join(table, on="text", how="left", maintain_order="left", nulls_equal=True)


def _is_trusted(addresses: pl.Series, trusted: tuple[Network, ...]) -> pl.Series:
    """Return which addresses lie in a declared proxy network; null is in none."""
    if not trusted:
        return pl.repeat(value=False, n=len(addresses), eager=True)
    keys = address_key(addresses).to_frame("key")
    inside = pl.any_horizontal(pl.col("key").is_between(pl.lit(net.first), pl.lit(net.last)) for net in trusted)
    return keys.select(inside.fill_null(value=False)).to_series()


def _through_proxies(frame: pl.DataFrame, trusted: tuple[Network, ...]) -> pl.DataFrame:
    """Replace the address where the forwarded list decides: the rightmost that is no declared proxy, else the first."""
    entries = (
        frame.filter("consult")
        .select("row", pl.col("network_forwarded_ip").alias("entry"))
        .explode("entry")
        .with_columns(pl.col("entry").str.extract(_ENTRY).alias("entry"))
    )
    located = _located(entries["entry"])
    entries = entries.with_columns(located["source_ip"].alias("ip"), located["source_range"].alias("range"))
    entries = entries.filter(pl.col("range").is_not_null())
    entries = entries.with_columns(_is_trusted(entries["ip"], trusted).alias("proxy"))
    client = pl.when(~pl.col("proxy").all()).then(pl.struct("ip", "range").filter(~pl.col("proxy")).last())
    chosen = entries.group_by("row", maintain_order=True).agg(
        client.otherwise(pl.struct("ip", "range").first()).alias("client")
    )
    frame = frame.join(chosen, on="row", how="left", maintain_order="left")
    ip, span = pl.col("client").struct.field("ip"), pl.col("client").struct.field("range")
    found = pl.col("client").is_not_null()
    return frame.with_columns(
        pl.when(found).then(ip).otherwise("source_ip").alias("source_ip"),
        pl.when(found).then(span).otherwise("source_range").alias("source_range"),
        pl.when(found).then(pl.lit("x_forwarded_for")).otherwise("source_ip_origin").alias("source_ip_origin"),
    )
