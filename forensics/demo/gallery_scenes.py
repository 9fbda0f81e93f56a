"""What happens at Lumen Gallery: everyday use, a contest, a nightly archive run, a harvest, an outage.

A scene is a table with one row per request: owner, at, address, is_api, method, path, status, bytes,
duration_ms, referrer, agent, is_harvest.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from forensics.demo.draws import Bools, Draws, Ints
from forensics.demo.gallery_people import ARCHIVE_AGENT, SCRAPER_ADDRESSES, SCRAPER_AGENT
from forensics.demo.people import Account, zipf
from forensics.demo.visits import DAY_MS, Period, visits

PERIOD = Period(start=1_772_668_800_000, days=4, weekday=3)  # 2026-03-05T00:00Z, a Thursday
HARVEST_START = 1_772_919_000_000  # 2026-03-07T21:30Z
HARVEST_END = HARVEST_START + 201 * 60_000  # 2026-03-08T00:51Z
OUTAGE_START = HARVEST_START + 70 * 60_000  # 2026-03-07T22:40Z
OUTAGE_END = OUTAGE_START + DAY_MS
CONTEST_START = PERIOD.start + DAY_MS + 18 * 3_600_000  # 2026-03-06T18:00Z
CONTEST_LENGTH = 2 * 3_600_000
FIRST_JOB = 481_516

OK, MISSING, UNAVAILABLE = 200, 404, 503

_IMAGINE = 3  # the last of the four pages: feed, job, image, imagine
_NO_PROMPT, _NO_IMAGE, _BOTH = 10, 20, 999  # of a thousand ids, the first ten lack the one, the next ten the other
_PAUSE_AFTER = (900, 2300, 3700, 4600, 6000)  # ids taken before each common pause of A and B


def _counter(size: int) -> Ints:
    """Return 0, 1, 2 … as the index of a stream."""
    return np.arange(size, dtype=np.int64)


def image_bytes(draws: Draws, job: Ints) -> Ints:
    """Return the size of a job's picture; the same job always has the same size."""
    return 60_000 + draws.below("image/bytes", job, 2_400) * 101


def everyday(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Let everybody look, download and create by their own rhythm; key owners use the API now and then."""
    rows = visits(draws, people, PERIOD)
    index, owner = _counter(rows.height), rows["owner"].to_numpy()
    has_key = np.array([bool(account.api_key) and account.group != "scraper" for account in people], dtype=np.bool_)
    is_api = has_key[owner] & draws.chance("api/session", rows["session"].to_numpy(), 550)
    return _browse(draws, people, rows, is_api, draws.choice("page", index, (30, 28, 34, 8)), "everyday")


def contest(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Bring a crowd to the spring contest: as many requests per minute as the harvest, no errors."""
    crowd = np.flatnonzero([account.group in {"ordinary", "carrier", "family"} for account in people])
    size = 4_800
    index = _counter(size)
    session = index // 8
    owner = crowd[draws.below("contest/who", session, crowd.size)]
    half = CONTEST_LENGTH // 2 - 300_000
    arrival = draws.below("contest/in", session, half) + draws.below("contest/out", session, half)
    stay = draws.below("contest/stay", index, 600_000)
    addresses = pl.Series([account.addresses[0] for account in people]).gather(owner)
    rows = pl.DataFrame({"owner": owner, "session": session, "at": CONTEST_START + arrival + stay})
    rows = rows.with_columns(address=addresses)
    page = draws.choice("contest/page", index, (45, 10, 15, 30))
    return _browse(draws, people, rows, np.zeros(size, dtype=np.bool_), page, "contest")


def _browse(
    draws: Draws, people: Sequence[Account], rows: pl.DataFrame, is_api: Bools, page: Ints, scene: str
) -> pl.DataFrame:
    """Turn visits into requests for pages, pictures and API objects; popular jobs are much more popular."""
    index, owner = _counter(rows.height), rows["owner"].to_numpy()
    job = 300_000 + draws.order("popular", 900)[draws.choice(f"{scene}/job", index, zipf(900))] * 187
    feed = "/events/spring-contest" if scene == "contest" else "/feed"
    web_paths = [
        pl.lit(feed),
        pl.format("/jobs/{}", "job"),
        pl.format("/jobs/{}/image.webp", "job"),
        pl.lit("/imagine"),
    ]
    api_paths = [
        pl.format("/api/v1/jobs/{}", "job"),
        pl.format("/api/v1/jobs/{}/prompt", "job"),
        pl.format("/api/v1/jobs/{}", "job"),
        pl.lit("/api/v1/imagine"),
    ]
    page_bytes = np.stack(
        [
            18_400 + 16 * draws.below("feed", index, 40),
            9_200 + job % 97,
            image_bytes(draws, job),
            np.full_like(job, 310),
        ]
    )
    sizes = np.where(is_api, 240 + job % 613, page_bytes[page, index])
    agents = [pl.Series([getattr(a, field) for a in people]).gather(owner) for field in ("agent", "api_agent")]
    return rows.with_columns(
        is_api=is_api, page=page, job=job, bytes=sizes, web_agent=agents[0], api_agent=agents[1], is_harvest=False,
        duration_ms=20 + draws.exponential(f"{scene}/took", index, 45) + (page == _IMAGINE) * 900,
        status=np.where(draws.chance(f"{scene}/404", index, 9), MISSING, OK),
    ).select(
        "owner", "at", "address", "is_api",
        method=pl.when(pl.col("page") == _IMAGINE).then(pl.lit("POST")).otherwise(pl.lit("GET")),
        path=_by_page(api_paths, web_paths),
        status="status", bytes=pl.when(pl.col("status") == MISSING).then(153).otherwise("bytes"),
        duration_ms="duration_ms",
        referrer=pl.when(pl.col("page") == 0).then(pl.lit("-")).otherwise(pl.lit(f"https://lumen-gallery.example{feed}")),
        agent=pl.when("is_api").then("api_agent").otherwise("web_agent"),
        is_harvest="is_harvest",
    )  # fmt: skip


def _by_page(api_paths: Sequence[pl.Expr], web_paths: Sequence[pl.Expr]) -> pl.Expr:
    """Choose a path by channel and page number."""
    path = pl.lit("/feed")
    for number, (api_path, web_path) in enumerate(zip(api_paths, web_paths, strict=True)):
        chosen = pl.when("is_api").then(api_path).otherwise(web_path)
        path = pl.when(pl.col("page") == number).then(chosen).otherwise(path)
    return path


def archive_runs(draws: Draws, owner: int, address: str) -> pl.DataFrame:
    """Fetch the archive's own originals from 02:05 every night, about one per second, in its own order."""
    size = 13_600
    index = _counter(size)
    night, nth = index // (size // PERIOD.days), index % (size // PERIOD.days)
    at = PERIOD.start + night * DAY_MS + 7_500_000 + nth * 980 + draws.below("archive/jitter", index, 250)
    return pl.DataFrame({"owner": np.full(size, owner), "at": at, "job": 120_000 + index * 17}).select(
        "owner", "at",
        address=pl.lit(address), is_api=pl.lit(value=False), method=pl.lit("GET"),
        path=pl.format("/jobs/{}/original.png", "job"), status=pl.lit(OK, pl.Int64),
        bytes=pl.Series(900_000 + draws.below("archive/bytes", index, 64) * 7_919),
        duration_ms=pl.lit(400, pl.Int64), referrer=pl.lit("-"), agent=pl.lit(ARCHIVE_AGENT),
        is_harvest=pl.lit(value=False),
    )  # fmt: skip


def harvest(draws: Draws, pace_ms: int = 1_300) -> pl.DataFrame:
    """Take prompts (account row 0, API) and pictures (row 1, web) of one range of ids, pairwise by id."""
    index = _counter(HARVEST_END // 1_000 - HARVEST_START // 1_000)
    gaps = draws.between("harvest/gap", index, pace_ms // 2, pace_ms * 3 // 2)
    gaps[list(_PAUSE_AFTER)] += draws.between("harvest/pause", _counter(len(_PAUSE_AFTER)), 40_000, 90_000)
    prompts_at = HARVEST_START + np.cumsum(gaps) - gaps[0]
    index = index[prompts_at <= HARVEST_END - 9_000]
    prompts_at = prompts_at[: index.size]
    drift = np.cumsum(draws.between("harvest/drift", index, -600, 600))
    images_at = prompts_at + 2_000 + np.abs(drift % 14_000 - 7_000)
    images_at[-1] = HARVEST_END
    job = FIRST_JOB + np.cumsum(
        1 + draws.chance("harvest/skip", index, 100) * draws.between("harvest/hole", index, 1, 4)
    )

    lost = draws.below("harvest/lost", index, 1_000)
    lost[[0, -1]] = _BOTH
    is_gone = draws.chance("harvest/gone", index, 30) & (lost < _BOTH)  # the first and the last exist
    has_prompt, has_image = lost >= _NO_PROMPT, (lost < _NO_PROMPT) | (lost >= _NO_IMAGE)
    prompts = _attempts(draws, "prompt", job[has_prompt], prompts_at[has_prompt], is_gone[has_prompt])
    images = _attempts(draws, "image", job[has_image], images_at[has_image], is_gone[has_image])
    return pl.concat([_harvest_rows(draws, prompts, is_api=True), _harvest_rows(draws, images, is_api=False)])


def _attempts(draws: Draws, stream: str, job: Ints, at: Ints, is_gone: Bools) -> pl.DataFrame:
    """Ask for each job, and at once again after a 503, up to four times: `job`, `at`, `status`."""
    rounds = []
    for attempt in range(4):
        can_fail = (at >= OUTAGE_START) & (at < HARVEST_END - 10_000)
        failed = can_fail & draws.chance(f"harvest/{stream}/503/{attempt}", job, 300)
        status = np.where(failed, UNAVAILABLE, np.where(is_gone, MISSING, OK))
        rounds.append(pl.DataFrame({"job": job, "at": at, "status": status}))
        job, is_gone = job[failed], is_gone[failed]
        at = at[failed] + draws.between(f"harvest/{stream}/again/{attempt}", job, 150, 450)
    return pl.concat(rounds).sort("at", "job")


def _harvest_rows(draws: Draws, attempts: pl.DataFrame, *, is_api: bool) -> pl.DataFrame:
    """Complete the harvest's requests; both accounts rotate over the same three addresses."""
    job, status = attempts["job"].to_numpy(), attempts["status"].to_numpy()
    size = 180 + draws.below("prompt/bytes", job, 720) if is_api else image_bytes(draws, job)
    turn = draws.below(f"harvest/address/{is_api}", _counter(job.size), len(SCRAPER_ADDRESSES))
    return attempts.with_columns(
        address=pl.Series(SCRAPER_ADDRESSES).gather(turn),
        bytes=np.where(status == UNAVAILABLE, 112, np.where(status == MISSING, 153, size)),
        duration_ms=35 + draws.exponential("harvest/took", _counter(job.size), 40) + (status == UNAVAILABLE) * 1_900,
    ).select(
        "at", "address", "status", "bytes", "duration_ms",
        owner=pl.lit(0 if is_api else 1, pl.Int64), is_api=pl.lit(is_api), method=pl.lit("GET"),
        path=pl.format("/api/v1/jobs/{}/prompt" if is_api else "/jobs/{}/image.webp", "job"),
        referrer=pl.lit("-"), agent=pl.lit(SCRAPER_AGENT), is_harvest=pl.lit(value=True),
    )  # fmt: skip


def with_outage(draws: Draws, rows: pl.DataFrame) -> pl.DataFrame:
    """Let others fail: 0.4 percent always, 30 percent in the outage, where a third of the requests stay away."""
    index, at = _counter(rows.height), rows["at"].to_numpy()
    in_outage = (at >= OUTAGE_START) & (at < OUTAGE_END)
    stays_away = in_outage & draws.chance("outage/leave", index, 330)
    fails = draws.chance("outage/fail", index, np.where(in_outage, 300, 4))
    status = np.array([UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, 502, 504], dtype=np.int64)[
        draws.below("outage/kind", index, 5)
    ]
    return rows.with_columns(fails=fails, failure=status).filter(~stays_away).with_columns(
        status=pl.when("fails").then("failure").otherwise("status"),
        bytes=pl.when("fails").then(197).otherwise("bytes"),
        duration_ms=pl.when("fails").then(pl.col("duration_ms") + 2_000).otherwise("duration_ms"),
    ).drop("fails", "failure")  # fmt: skip
