"""The story `reseller`: a rival trains on answers through a dozen accounts and a reseller, and says that it stopped."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from forensics.demo import reseller_context, reseller_scenes, reseller_truth
from forensics.demo.draws import Draws
from forensics.demo.people import Account
from forensics.demo.reseller_people import is_reseller, population
from forensics.demo.reseller_scenes import MODELS, PERIOD
from forensics.demo.write import json_text, rfc3339, with_garbage, write_gzip, write_json, write_text

_OK, _FILTERED = 200, "content_filter"
_MONTHS = ((1, 0), (3, 59), (5, 120), (6, 151), (8, 212))  # the direct log is cut at these months
_GARBAGE = {0: {3_301: '{"time":"2026-01-19T08:14:31.204Z","account_id":"u-3'}}
_RESELLER_GARBAGE = {1_207: "-- gateway restarted, journal replayed --"}


def generate(folder: Path) -> None:
    """Write logs, context, truth and page of the story into an existing folder."""
    draws = Draws("reseller")
    people = population(draws)
    rows = _events(draws, people)
    for name in ("logs", "context"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    rejects = _write_logs(folder / "logs", draws, rows, people)
    reseller_context.write(folder / "context", draws, people)
    numbers = reseller_truth.numbers(rows, people)
    write_json(folder / "truth.json", reseller_truth.truth(people, rows.height, rejects, numbers))
    write_text(folder / "README.md", reseller_truth.page(people, rows.height, rejects, numbers))


def _events(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Return every request in log order, with what it was answered."""
    scenes = (reseller_scenes.everyday, reseller_scenes.batches, reseller_scenes.project)
    rows = pl.concat([scene(draws, people) for scene in scenes], how="vertical_relaxed")
    rows = rows.filter(pl.col("at") < PERIOD.end).with_row_index("nth").sort("at", "nth")
    index = rows["nth"].to_numpy().astype(np.int64)
    failed = draws.chance("failed", index, 9) & ~rows["is_project"].to_numpy()
    status = np.where(failed, np.array([429, 500, 503])[draws.below("failed/kind", index, 3)], _OK)
    flags = np.array([is_reseller(account) for account in people], dtype=np.bool_)
    return rows.drop("nth").with_columns(
        status=status,
        output_tokens=pl.when(pl.Series(failed) | pl.col("is_refused")).then(0).otherwise("output_tokens"),
        is_reseller=flags[rows["owner"].to_numpy()],
    ).with_columns(
        duration_ms=60 + pl.col("output_tokens") * 9 + draws.exponential("took", index, 50),
        response_bytes=pl.when(pl.col("status") == _OK).then(300 + pl.col("output_tokens") * 4).otherwise(187),
    )  # fmt: skip


def _write_logs(folder: Path, draws: Draws, rows: pl.DataFrame, people: Sequence[Account]) -> int:
    """Write the gateway's logs in four files, and the reseller's in one. Return how many lines are broken."""
    rejects = 0
    for file, ((month, first), (_, end)) in enumerate(pairwise(_MONTHS)):
        begins, ends = (PERIOD.start + day * 86_400_000 for day in (first, end))
        part = rows.filter(~pl.col("is_reseller") & (pl.col("at") >= begins) & (pl.col("at") < ends))
        garbage = _GARBAGE.get(file, {})
        rejects += len(garbage)
        write_gzip(folder / f"api-2026-{month:02}.ndjson.gz", with_garbage(_direct(draws, part, people), garbage))
    resold = _resold(draws, rows.filter("is_reseller"), people)
    write_gzip(folder / "cloudport-2026.ndjson.gz", with_garbage(resold, _RESELLER_GARBAGE))
    return rejects + len(_RESELLER_GARBAGE)


def _direct(draws: Draws, rows: pl.DataFrame, people: Sequence[Account]) -> pl.Series:
    """Spell each request as Orion's gateway does."""
    limit = pl.when(pl.col("max_tokens") > 0).then(pl.format(',"max_tokens":{}', "max_tokens")).otherwise(pl.lit(""))
    return rows.select(
        line=pl.concat_str(
            pl.lit('{"time":"'), rfc3339("at"),
            pl.lit('","account_id":"'), _of(people, rows, "user_id"),
            pl.lit('","client_ip":"'), "address",
            pl.lit('","method":"POST","path":"/v1/chat/completions","status":'), "status",
            *_usage(draws, rows), limit,
            pl.lit(',"turns":'), "turns", _finish("finish_reason"),
            pl.lit(',"user_agent":'), pl.Series([json_text(a.agent) for a in people]).gather(rows["owner"]).alias("ua"),
            pl.lit("}"),
        )
    )["line"]  # fmt: skip


def _resold(draws: Draws, rows: pl.DataFrame, people: Sequence[Account]) -> pl.Series:
    """Spell each request as the reseller does: a subscription, an address without its last part, no limit."""
    return rows.select(
        line=pl.concat_str(
            pl.lit('{"timestamp":"'), rfc3339("at"),
            pl.lit('","subscription_id":"'), _of(people, rows, "user_id"),
            pl.lit('","client_ip":"'), "address",
            pl.lit('","method":"POST","path":"/openai/deployments/orion/chat","status":'), "status",
            *_usage(draws, rows), _finish("finish_reason"),
            pl.lit(',"user_agent":'), pl.Series([json_text(a.agent) for a in people]).gather(rows["owner"]).alias("ua"),
            pl.lit("}"),
        )
    )["line"]  # fmt: skip


def _of(people: Sequence[Account], rows: pl.DataFrame, field: str) -> pl.Series:
    return pl.Series([getattr(account, field) for account in people]).gather(rows["owner"]).alias(field)


def _usage(draws: Draws, rows: pl.DataFrame) -> tuple[pl.Expr | pl.Series | str, ...]:
    """Return model, tokens and the keyed hash of the prompt's template."""
    names = {int(number): draws.hex("prompt", int(number), 16) for number in rows["prompt"].unique().sort()}
    hashes = rows["prompt"].replace_strict(names, return_dtype=pl.String).alias("prompt_hash")
    return (
        pl.lit(',"duration_ms":'), "duration_ms",
        pl.lit(',"model":"'), pl.Series(MODELS).gather(rows["model"]).alias("name"),
        pl.lit('","input_tokens":'), "input_tokens", pl.lit(',"output_tokens":'), "output_tokens",
        pl.lit(',"response_bytes":'), "response_bytes",
        pl.lit(',"prompt_hash":"'), hashes, pl.lit('"'),
    )  # fmt: skip


def _finish(key: str) -> pl.Expr:
    reason = pl.when("is_refused").then(pl.lit(_FILTERED)).otherwise(pl.lit("stop"))
    return pl.concat_str(pl.lit(f',"{key}":"'), reason, pl.lit('"'))
