"""The story `hydra`: three operators of 40, 200 and 600 accounts behind rotating proxies, among thousands of users."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from forensics.demo import hydra_context, hydra_scenes, hydra_truth
from forensics.demo.draws import Draws
from forensics.demo.hydra_people import LOTS, PATIENT, SHIFTS, population
from forensics.demo.hydra_scenes import MODELS, PERIOD
from forensics.demo.people import Account
from forensics.demo.visits import DAY_MS
from forensics.demo.write import (
    hex_text,
    json_text,
    rfc3339,
    with_garbage,
    write_csv,
    write_gzip,
    write_json,
    write_text,
)

_OK = 200
_FIRST_DAY = 11  # of May
_GARBAGE = {1: {6_204: '{"time":"2026-05-12T05:59:58.911Z","account_id":"u-1'}}


def generate(folder: Path) -> None:
    """Write logs, context, truth and page of the story into an existing folder."""
    draws = Draws("hydra")
    people = population(draws)
    rows = _events(draws, people)
    for name in ("logs", "context"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    _write_logs(folder / "logs", draws, rows, people)
    hydra_context.write(folder / "context", draws, people)
    planted = hydra_truth.operator_rows(people, rows)
    write_csv(folder / "operators.csv", hydra_truth.OPERATOR_COLUMNS, planted)
    rejects = sum(len(garbage) for garbage in _GARBAGE.values())
    write_json(folder / "truth.json", hydra_truth.truth(people, planted, rows.height, rejects))
    write_text(folder / "README.md", hydra_truth.page(people, planted, rows.height))


def _events(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Return every request in time order, with what it asked and what it was answered."""
    scenes = (
        hydra_scenes.everyday, hydra_scenes.lessons, hydra_scenes.builds, hydra_scenes.lots, hydra_scenes.shifts,
    )  # fmt: skip
    columns = ("owner", "at", "address", "prompt", "is_opening", "is_work")
    rows = pl.concat([scene(draws, people).select(columns) for scene in scenes])
    rows = rows.filter(pl.col("at") < PERIOD.end).with_row_index("nth").sort("at", "nth")
    rows = hydra_scenes.asked_of(draws, rows, rows["owner"].to_numpy() < LOTS + SHIFTS + PATIENT)
    index = rows["nth"].to_numpy().astype(np.int64)
    status = np.array([_OK, 429, 500], dtype=np.int64)[draws.choice("status", index, (985, 11, 4))]
    answered = pl.when(pl.Series(status) == _OK).then("output_tokens").otherwise(0)
    return rows.with_columns(status=status, output_tokens=answered).with_columns(
        duration_ms=(60 + pl.col("output_tokens") * 9 + draws.exponential("took", index, 50)) // 10 * 10
    )


def _write_logs(folder: Path, draws: Draws, rows: pl.DataFrame, people: Sequence[Account]) -> None:
    """Write the gateway's log, one JSON object per line, a file a day."""
    lines = pl.DataFrame({"at": rows["at"], "line": _lines(draws, rows, people)})
    for day in range(PERIOD.days):
        first = PERIOD.start + day * DAY_MS
        inside = (pl.col("at") >= first) & (pl.col("at") < first + DAY_MS)
        of_day = with_garbage(lines.filter(inside)["line"], _GARBAGE.get(day, {}))
        write_gzip(folder / f"api-2026-05-{_FIRST_DAY + day}.ndjson.gz", of_day)


def _lines(draws: Draws, rows: pl.DataFrame, people: Sequence[Account]) -> pl.Series:
    """Spell each request as Orion's gateway does."""
    hashed = pl.concat_str(
        pl.lit('"'), hex_text(draws.bits("prompt", rows["prompt"].to_numpy()), "prompt_hash"), pl.lit('"')
    )
    return rows.select(
        line=pl.concat_str(
            pl.lit('{"time":"'), rfc3339("at"),
            pl.lit('","account_id":"'), pl.Series([a.user_id for a in people]).gather(rows["owner"]).alias("user"),
            pl.lit('","client_ip":"'), "address",
            pl.lit('","method":"POST","path":"/v1/chat/completions","status":'), "status",
            pl.lit(',"duration_ms":'), "duration_ms",
            pl.lit(',"model":"'), pl.Series(MODELS).gather(rows["model"]).alias("name"),
            pl.lit('","input_tokens":'), "input_tokens", pl.lit(',"output_tokens":'), "output_tokens",
            pl.lit(',"turns":'), "turns",
            pl.lit(',"prompt_hash":'), pl.when("is_opening").then(hashed).otherwise(pl.lit("null")),
            pl.lit(',"user_agent":'), pl.Series([json_text(a.agent) for a in people]).gather(rows["owner"]).alias("ua"),
            pl.lit("}"),
        )
    )["line"]  # fmt: skip
