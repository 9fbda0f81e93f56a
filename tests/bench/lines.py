"""Seeded log lines for benchmarks and campaigns: the same bytes on every machine, written by whole columns.

What the cost of ingest depends on is drawn as real logs have it: accounts and addresses come from long tails, a few
hundred user agents repeat, times advance by fractions of a second, some queries carry secrets, some lines are junk.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

_BATCH = 500_000
_AGENTS = 400
_START = 1_772_424_306  # 2026-03-02T04:05:06Z
_PER_SECOND = 60


def _draws(count: int, first: int, seed: int) -> pl.DataFrame:
    """Return what is drawn for the lines `first` to `first + count`: numbers only."""
    random = np.random.default_rng([seed, first])
    return pl.DataFrame(
        {
            "account": random.zipf(1.3, count) % 20_000,
            "address": random.zipf(1.2, count) % 60_000,
            "agent": random.zipf(1.4, count) % _AGENTS,
            "page": random.zipf(1.1, count) % 200_000,
            "size": random.integers(200, 60_000, count),
            "took": random.integers(1, 4_000_000, count),
            "kind": random.integers(0, 1000, count),
            "second": _START + (np.arange(first, first + count) + random.integers(0, 30, count)) // _PER_SECOND,
        }
    )


def _fields(drawn: pl.DataFrame) -> pl.DataFrame:
    address, page, agent, kind = (pl.col(name).cast(pl.Int64) for name in ("address", "page", "agent", "kind"))
    query = (
        pl.when(kind < 2)
        .then(pl.format("?api_key=sk-{}abcdefghijklmnop", pl.col("account")))
        .when(kind < 300)
        .then(pl.format("?page={}&sort=date&lang=en", page % 50))
        .otherwise(pl.lit(""))
    )
    return drawn.select(
        pl.format("198.{}.{}.{}", 18 + address % 2, address // 256 % 256, address % 256).alias("ip"),
        pl.when(kind < 400).then(pl.lit("-")).otherwise(pl.format("acct-{}", pl.col("account"))).alias("user"),
        pl.format("/v1/catalog/{}/items/{}{}", page % 97, page, query).alias("target"),
        pl.when(kind < 900).then(200).when(kind < 980).then(404).otherwise(429).alias("status"),
        pl.col("size"),
        (pl.col("took") / 1_000_000).alias("took"),
        pl.format("https://shop.example/catalog/{}", page % 500).alias("referrer"),
        pl.format(
            "Mozilla/5.0 (X11; Linux x86_64; rv:{}.0) Gecko/20100101 Firefox/{}.{}", agent, agent, agent % 7
        ).alias("agent"),
        pl.from_epoch("second", time_unit="s").alias("time"),
        pl.when(kind == 999).then(pl.lit("POST")).otherwise(pl.lit("GET")).alias("method"),
        (kind == 998).alias("junk"),
    )


def combined(count: int, first: int = 0, seed: int = 7) -> bytes:
    """Return so many lines of the combined format, about 200 bytes each."""
    fields = _fields(_draws(count, first, seed))
    line = pl.format(
        '{} - {} [{}] "{} {} HTTP/1.1" {} {} "{}" "{}"\n',
        "ip", "user", pl.col("time").dt.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "method", "target", "status", "size", "referrer", "agent",
    )  # fmt: skip
    junk = pl.format(
        '{} - - [{}] "\\x16\\x03\\x01" 400 0 "-" "-"\n', "ip", pl.col("time").dt.strftime("%d/%b/%Y:%H:%M:%S +0000")
    )
    return _joined(fields.select(pl.when("junk").then(junk).otherwise(line)).to_series())


def ndjson(count: int, first: int = 0, seed: int = 7) -> bytes:
    """Return so many JSON lines of an API gateway, about 330 bytes each."""
    fields = _fields(_draws(count, first, seed))
    line = pl.format(
        '{{"time":"{}","client_ip":"{}","user_id":"{}","method":"{}","path":"{}","status":{},"bytes":{},'
        '"duration":{},"referer":"{}","user_agent":"{}","request_id":"{}","upstream":"10.0.0.{}"}}\n',
        pl.col("time").dt.strftime("%Y-%m-%dT%H:%M:%SZ"), "ip", "user", "method", "target", "status", "size", "took",
        "referrer", "agent", pl.int_range(first, first + count), pl.col("size") % 8,
    )  # fmt: skip
    return _joined(fields.select(line).to_series())


def _joined(lines: pl.Series) -> bytes:
    buffers = lines.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()
    return memoryview(buffers[2]).tobytes()[: int(lines.str.len_bytes().sum())]


def write(path: Path, count: int, make: Callable[[int, int], bytes] = combined) -> None:
    """Write a file of so many lines, unless it is there."""
    if path.exists():
        return
    aside = path.with_suffix(".aside")
    with aside.open("wb") as stream:
        for first in range(0, count, _BATCH):
            stream.write(make(min(_BATCH, count - first), first))
    aside.replace(path)


if __name__ == "__main__":  # FILE COUNT: in a process of its own, so that its memory is not counted as that of others
    write(Path(sys.argv[1]), int(sys.argv[2]), ndjson if sys.argv[1].endswith(".ndjson") else combined)
