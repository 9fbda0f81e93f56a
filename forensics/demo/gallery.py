"""The story `gallery`: two accounts take prompts and pictures pairwise, and an outage that mostly is not theirs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from forensics.demo import gallery_context, gallery_scenes, gallery_truth
from forensics.demo.draws import Draws
from forensics.demo.gallery_people import population
from forensics.demo.gallery_scenes import OK, PERIOD
from forensics.demo.people import Account
from forensics.demo.visits import DAY_MS
from forensics.demo.write import (
    json_text,
    nginx_escaped,
    rfc3339,
    with_garbage,
    write_gzip,
    write_json,
    write_text,
)

_WEB_GARBAGE = {
    1: {2_001: "198.18.20.7 - u-1033 [06/Mar/2026:11:"},
    3: {1_207: "nginx: worker process 3117 exited on signal 11"},
}
_API_GARBAGE = {4_321: '{"time":"2026-03-07T22:02:11.480Z","api_key":"demo-key-'}
_HELLO = r"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"
_HELLO_MINUTES = (411, 1_730, 2_954, 4_388, 5_102)


def generate(folder: Path) -> None:
    """Write logs, context, truth and page of the story into an existing folder."""
    draws = Draws("gallery")
    people = population(draws)
    rows = _events(draws, people)
    web, api = rows.filter(~pl.col("is_api")), rows.filter("is_api")
    rejects = sum(len(garbage) for garbage in (*_WEB_GARBAGE.values(), _API_GARBAGE))
    for name in ("logs", "context"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    _write_web(folder / "logs", web, people)
    _write_api(folder / "logs" / "api-2026-03.ndjson.gz", draws, api, people)
    gallery_context.write(folder / "context", draws, people)
    numbers = gallery_truth.numbers(rows)
    write_json(folder / "truth.json", gallery_truth.truth(people, rows.height, rejects, numbers))
    write_text(folder / "README.md", gallery_truth.page(people, rows.height, rejects, numbers))


def _events(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Return every request in log order; web times are cut to whole seconds, as the log has them."""
    archive = next(row for row, account in enumerate(people) if account.group == "archive")
    scenes = [
        gallery_scenes.everyday(draws, people),
        gallery_scenes.contest(draws, people),
        gallery_scenes.archive_runs(draws, archive, people[archive].addresses[0]),
    ]
    others = gallery_scenes.with_outage(draws, pl.concat(scenes))
    harvest = gallery_scenes.harvest(draws)
    rows = pl.concat([others, harvest.select(others.columns), _hellos(people).select(others.columns)])
    logged = pl.when("is_api").then("at").otherwise(pl.col("at") // 1_000 * 1_000)
    rows = rows.with_row_index("nth").sort("at", "nth").with_columns(at=logged)
    return pl.concat([rows, _twice(rows)]).sort("at", "nth", maintain_order=True).drop("nth")


def _twice(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one page view of the second day again: two real requests that left equal lines."""
    noon = PERIOD.start + DAY_MS + DAY_MS // 2
    return rows.filter((pl.col("at") >= noon) & (pl.col("path") == "/feed") & (pl.col("status") == OK)).head(1)


def _hellos(people: Sequence[Account]) -> pl.DataFrame:
    """Return TLS greetings sent to the plain-text port: requests without a method, answered with 400."""
    nobody = next(row for row, account in enumerate(people) if account.user_id == "-")
    at = PERIOD.start + np.array(_HELLO_MINUTES, dtype=np.int64) * 60_000 + 17_000
    return pl.DataFrame({"at": at}).with_columns(
        owner=pl.lit(nobody, pl.Int64), address=pl.lit("198.18.250.9"), is_api=pl.lit(value=False),
        method=pl.lit(""), path=pl.lit(""), status=pl.lit(400, pl.Int64), bytes=pl.lit(157, pl.Int64),
        duration_ms=pl.lit(0, pl.Int64), referrer=pl.lit("-"), agent=pl.lit("-"), is_harvest=pl.lit(value=False),
    )  # fmt: skip


def _write_web(folder: Path, web: pl.DataFrame, people: Sequence[Account]) -> None:
    """Write one nginx log in the combined format per day."""
    protocol = pl.when(pl.col("agent").str.starts_with("Mozilla/")).then(pl.lit("2.0")).otherwise(pl.lit("1.1"))
    request = pl.format("{} {} HTTP/{}", "method", "path", protocol)
    lines = web.select(
        "at",
        line=pl.format(
            '{} - {} [{}] "{}" {} {} "{}" "{}"',
            "address",
            pl.Series([account.user_id for account in people]).gather(web["owner"]).alias("user"),
            pl.from_epoch("at", time_unit="ms").dt.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            pl.when(pl.col("method") == "").then(pl.lit(_HELLO)).otherwise(request),
            "status",
            "bytes",
            "referrer",
            _escaped(web["agent"], {agent: nginx_escaped(agent) for agent in web["agent"].unique()}),
        ),
    )
    for day in range(PERIOD.days):
        first = PERIOD.start + day * DAY_MS
        of_day = lines.filter((pl.col("at") >= first) & (pl.col("at") < first + DAY_MS))["line"]
        write_gzip(folder / f"web-2026-03-{5 + day:02}.log.gz", with_garbage(of_day, _WEB_GARBAGE.get(day, {})))


def _write_api(path: Path, draws: Draws, api: pl.DataFrame, people: Sequence[Account]) -> None:
    """Write the gateway's log, one JSON object per line."""
    keys = pl.Series([account.api_key for account in people]).gather(api["owner"]).alias("key")
    agents = _escaped(api["agent"], {agent: json_text(agent) for agent in api["agent"].unique()})
    request = pl.Series(draws.bits("request-id", np.arange(api.height, dtype=np.int64)) >> np.uint64(24))
    lines = api.select(
        line=pl.concat_str(
            pl.lit('{"time":"'), rfc3339("at"),
            pl.lit('","api_key":"'), keys,
            pl.lit('","client_ip":"'), "address",
            pl.lit('","method":"'), "method", pl.lit('","path":"'), "path",
            pl.lit('","status":'), "status", pl.lit(',"bytes":'), "bytes", pl.lit(',"duration_ms":'), "duration_ms",
            pl.lit(',"user_agent":'), agents,
            pl.lit(',"request_id":"req-'), request.cast(pl.String).str.zfill(13).alias("request"), pl.lit('"}'),
        )
    )["line"]  # fmt: skip
    write_gzip(path, with_garbage(lines, _API_GARBAGE))


def _escaped(values: pl.Series, spelling: Mapping[str, str]) -> pl.Series:
    """Replace each value by its spelling in the log."""
    return values.replace_strict(dict(spelling), return_dtype=pl.String).alias("escaped")
