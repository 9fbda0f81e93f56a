"""Addresses as numbers, and how they are spelled: homes, carriers, VPN exits, sites with few addresses, hosting.

All are from 240.0.0.0/4 and 2001:db8::/32, which nobody has. A v6 address is 2^40 and up.
"""

import numpy as np
import polars as pl

from .draw import Bools, Ints, mixed

PROVIDERS, CARRIERS, CARRIER_POOL, VPNS, EXITS = 8, 4, 16, 5, 8
_V6 = 1 << 40
_HOME, _CARRIER, _VPN, _SITE, _HOST = (octet << 24 for octet in (241, 243, 244, 245, 246))


def region(people: int) -> int:
    """Return how many addresses a provider deals in: several /24 for every customer of the service."""
    return 1 << max(16, min(22, (people * 48).bit_length()))


def home(seed: int, provider: Ints, line: Ints, lease: Ints, has_v6: Bools, span: int) -> Ints:
    """Return the address of a line during one lease; a v6 line keeps its network and changes the host part."""
    v4 = _HOME + (provider << 22) + mixed(seed, provider, line, lease) % span
    network = mixed(seed, line, 61) % (1 << 24)
    v6 = _V6 + (network << 16) + 1 + mixed(seed, line, lease, 67) % 65_000
    return np.where(has_v6, v6, v4)


def carrier(company: Ints, area: Ints, position: Ints) -> Ints:
    """Return an address of the pool that a carrier puts the subscribers of one area behind."""
    return _CARRIER + company * 65_536 + (area % 250) * 256 + 16 + position % CARRIER_POOL


def vpn(company: Ints, position: Ints) -> Ints:
    """Return an exit of a privacy service."""
    return _VPN + company * 256 + 10 + position % EXITS


def site(place: Ints | int, position: Ints) -> Ints:
    """Return an address that a campus or an office shows the world."""
    return _SITE + np.asarray(place) * 256 + 4 + position


def hosting(number: Ints, span: int = 1 << 16) -> Ints:
    """Return an address rented at a hosting company."""
    return _HOST + number % span


def spelled(addresses: Ints) -> pl.DataFrame:
    """Return `source_ip` and `source_range` of unique addresses, as ingest would write them."""
    value = pl.col("value")
    octets = [(value // (1 << shift)) % 256 for shift in (24, 16, 8, 0)]
    groups = ((value // (1 << 24)) % (1 << 16), (value // (1 << 16)) % (1 << 8), value % (1 << 16))
    hexed = [_hex(each) for each in groups]
    is_v6 = value >= _V6
    return pl.DataFrame({"value": addresses}).select(
        source_ip=pl.when(is_v6)
        .then(pl.format("2001:db8:{}:{}::{}", *hexed))
        .otherwise(pl.format("{}.{}.{}.{}", *octets)),
        source_range=pl.when(is_v6)
        .then(pl.format("2001:db8:{}::/48", hexed[0]))
        .otherwise(pl.format("{}.{}.{}.0/24", *octets[:3])),
    )


def _hex(number: pl.Expr) -> pl.Expr:
    """Spell a number below 65,536 in hex digits without leading zeros; zero becomes one, so no run is compressed."""
    digits = [f"{value:x}" for value in range(65_536)]
    spelled_digits = pl.lit(pl.Series("hex", digits))
    return spelled_digits.gather(number.clip(1, 65_535))


def ranges(declared_sites: list[tuple[int, str, str]]) -> list[str]:
    """Return the rows of ip_ranges.csv; sites that nobody declared are simply not in it."""
    rows = ["cidr,asn,as_name,kind,country,organization,shared"]
    rows += [
        f"{241 + (i >> 2) % 2}.{(i % 4) * 64}.0.0/10,{64_496 + i},Provider {i},residential,ZZ,,false" for i in range(8)
    ]
    rows += [f"243.{c}.0.0/16,{64_508 + c},Carrier {c},mobile,ZZ,,true" for c in range(CARRIERS)]
    rows += [f"244.0.{v}.0/24,{64_520 + v},Privacy {v},vpn,ZZ,,true" for v in range(VPNS - 1)]  # the last is unknown
    rows.append("246.0.0.0/8,64530,Granite Hosting,hosting,ZZ,,false")
    rows += [
        f"245.{place >> 8}.{place & 255}.0/24,64531,Business Lines,{kind},ZZ,{name},{str(kind == 'education').lower()}"
        for place, kind, name in declared_sites
    ]
    return rows
