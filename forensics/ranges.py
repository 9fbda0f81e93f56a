"""Addresses to canonical text, to ranges (/24, /48) and to sortable keys, over whole columns.

DuckDB's `inet` type is a downloaded extension and its 128-bit integers do not survive Parquet, so address
arithmetic happens here, once, and SQL compares text: 32 hex digits sort like the addresses they stand for.
"""

import ipaddress
from typing import NamedTuple

import polars as pl

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_CANONICAL_V4 = rf"^(?:{_OCTET}\.){{3}}{_OCTET}$"
_V4 = r"^(?:::ffff:)?([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})(?::[0-9]{1,5})?$"
_MASKED_V4 = r"^(\d{1,3}\.\d{1,3}\.\d{1,3})\.(?:\*+|x+)$"
_OCTET_MAX = 255
_V4_MAPPED = "00000000000000000000ffff"
_V4_IN_V6 = 96


class Network(NamedTuple):
    """One network in the 128-bit space: canonical text, first and last address as 32 hex digits, length."""

    cidr: str
    first: str
    last: str
    prefix_length: int


def network(cidr: str) -> Network:
    """Return a network by its text. Raise `ValueError` for text that is none.

    >>> network("198.18.4.0/22").last[-8:]
    'c61207ff'
    """
    parsed = ipaddress.ip_network(cidr.strip(), strict=False)
    shift = _V4_IN_V6 if parsed.version == 4 else 0  # noqa: PLR2004 - the IP version
    first, last = int(parsed.network_address), int(parsed.broadcast_address)
    if shift:
        first, last = first | (0xFFFF << 32), last | (0xFFFF << 32)
    return Network(str(parsed), f"{first:032x}", f"{last:032x}", parsed.prefixlen + shift)


def locate(logged: pl.Series) -> pl.DataFrame:
    """Return `source_ip`, `source_range` for a column of logged addresses, row by row.

    IPv4-mapped addresses, ports and zones are folded away; a masked last octet gives a range without an
    address; anything else that is no address gives nulls. Canonical IPv4 is taken as it stands, IPv4 of other
    forms is read column-wise, the rest once per distinct value.
    """
    logged = logged.cast(pl.String).alias("logged")
    canonical = logged.str.contains(_CANONICAL_V4).fill_null(value=False)
    frame = pl.DataFrame([logged, canonical.alias("canonical")])
    span = pl.col("logged").str.strip_chars_end("0123456789") + "0/24"
    plain = frame.select(
        pl.when("canonical").then("logged").alias("source_ip"), pl.when("canonical").then(span).alias("source_range")
    )
    if canonical.sum() + logged.null_count() == len(logged):
        return plain
    others = _other_addresses(logged.filter(~canonical & logged.is_not_null()).unique())
    return (
        plain.with_columns(logged)
        .join(others, on="logged", how="left", maintain_order="left")
        .select(
            pl.coalesce("source_ip", "ip").alias("source_ip"),
            pl.coalesce("source_range", "range").alias("source_range"),
        )
    )


def located_plainly(logged: pl.Series) -> pl.DataFrame | None:
    """Return what `locate` does, by one look, where all are canonical IPv4; None where one is not."""
    if logged.null_count() or not logged.str.contains(_CANONICAL_V4).all():
        return None
    span = logged.str.strip_chars_end("0123456789") + "0/24"
    return pl.DataFrame([logged.alias("source_ip"), span.alias("source_range")])


def _other_addresses(logged: pl.Series) -> pl.DataFrame:
    """Return `logged`, `ip` and `range` of distinct values that are no canonical IPv4."""
    frame = (
        pl.DataFrame({"logged": logged}).with_columns(pl.col("logged").str.extract_groups(_V4).alias("v4")).unnest("v4")
    )
    numbers = [pl.col(str(position)).cast(pl.UInt16) for position in range(1, 5)]
    valid = pl.all_horizontal(number <= _OCTET_MAX for number in numbers)
    parts = [number.cast(pl.String) for number in numbers]
    frame = frame.select(
        "logged",
        pl.when(valid).then(pl.concat_str(parts, separator=".")).alias("ip"),
        pl.when(valid).then(pl.concat_str([*parts[:3], pl.lit("0/24")], separator=".")).alias("range"),
    )
    left = frame.filter(pl.col("ip").is_null())["logged"].sort()
    read = [(value, *_locate_one(value)) for value in left]
    table = pl.DataFrame(read, schema={"logged": pl.String, "ip": pl.String, "range": pl.String}, orient="row")
    return pl.concat([frame.filter(pl.col("ip").is_not_null()), table])


def _locate_one(value: str) -> tuple[str | None, str | None]:
    """Return canonical address and range of one value that is not plain IPv4."""
    if masked := pl.Series([value]).str.extract(_MASKED_V4)[0]:
        return None, _range_or_none(f"{masked}.0/24")
    bare = value.strip().removeprefix("[").split("]")[0].split("%")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None, None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    length = 24 if isinstance(address, ipaddress.IPv4Address) else 48
    return str(address), _range_or_none(f"{address}/{length}")


def _range_or_none(cidr: str) -> str | None:
    try:
        return str(ipaddress.ip_network(cidr, strict=False))
    except ValueError:
        return None


def address_key(addresses: pl.Series) -> pl.Series:
    """Return canonical addresses as 32 hex digits that sort like addresses; null stays null."""
    distinct = addresses.drop_nulls().unique().sort()
    keys = [_key(value) for value in distinct]
    return addresses.replace_strict(distinct, pl.Series(keys, dtype=pl.String), default=None)


def _key(value: str) -> str:
    address = ipaddress.ip_address(value)
    packed = address.packed.hex()
    return packed if address.version == 6 else _V4_MAPPED + packed  # noqa: PLR2004 - the IP version
