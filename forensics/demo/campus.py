"""The story `campus`: nothing is planted but traps, groups of innocents that look like one operator."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from forensics.demo import campus_scenes
from forensics.demo.campus_people import SSO_ORGANIZATIONS, groups, population
from forensics.demo.campus_scenes import PERIOD
from forensics.demo.draws import Draws
from forensics.demo.people import Account
from forensics.demo.tables import write_accounts, write_ip_ranges
from forensics.demo.visits import DAY_MS
from forensics.demo.write import hex_text, json_text, rfc3339, with_garbage, write_gzip, write_json, write_text

_FILES = ((2, 0, 3), (5, 3, 5), (7, 5, 7))  # day of February, first day of the file, day after its last
_GARBAGE = {0: {5_120: '{"timestamp":"2026-02-02T17:40:12.118Z","account_id":"u-2'}}
_OK = 200
_MODELS = ("orion-mini-3", "orion-large-3", "orion-large-2")
_RANGES = """
241.0.0.0/8|64496|Harbor Cable|residential|ZZ||false
242.0.0.0/8|64497|Meadow Fiber|residential|ZZ||false
243.0.0.0/8|64498|Ridge Telecom|residential|ZZ||false
2001:db8::/32|64498|Ridge Telecom|residential|ZZ||false
198.18.60.0/24|64504|Harbor University|education|ZZ|Harbor University|true
198.18.70.0/24|64505|Ledgerline Accounting|corporate|ZZ|Ledgerline Accounting|true
198.18.80.0/24|64499|Metro Business Lines|corporate|ZZ||false
198.18.110.0/24|64502|Skyline Mobile|mobile|ZZ||true
198.18.120.0/24|64506|Curtain Privacy Service|vpn|ZZ||true
198.19.64.0/18|64500|Granite Hosting|hosting|ZZ||false
198.19.90.0/24|64500|Granite Hosting|hosting|ZZ|Fleet Ops|false
"""


def generate(folder: Path) -> None:
    """Write logs, context, truth and page of the story into an existing folder."""
    draws = Draws("campus")
    people = population(draws)
    rows = _events(draws, people)
    for name in ("logs", "context"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    _write_logs(folder / "logs", draws, rows, people)
    write_accounts(folder / "context" / "accounts.csv", draws, people)
    write_ip_ranges(folder / "context" / "ip_ranges.csv", _RANGES)
    truth = _truth(people, rows)
    write_json(folder / "truth.json", truth)
    write_text(folder / "README.md", _page(people, rows.height))


def _events(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Return every request in time order, with what it asked and what it was answered."""
    scenes = (campus_scenes.everyday, campus_scenes.lessons, campus_scenes.builds, campus_scenes.dispatches)
    rows = pl.concat([scene(draws, people) for scene in scenes]).with_row_index("nth").sort("at", "nth")
    index = rows["nth"].to_numpy().astype(np.int64)
    status = np.array([_OK, 429, 400, 500], dtype=np.int64)[draws.choice("status", index, (978, 14, 5, 3))]
    is_answer = (status == _OK) & rows["prompt"].is_not_null().to_numpy()
    asked = np.where(is_answer, draws.heavy("tokens/in", index, 12, 6_000), 0)
    answered = np.where(is_answer, draws.heavy("tokens/out", index, 20, 1_800), 0)
    return rows.drop("nth").with_columns(
        status=status,
        model=draws.choice("model", rows["owner"].to_numpy() * 4 + draws.below("model/mood", index, 4), (6, 3, 1)),
        input_tokens=asked,
        output_tokens=answered,
        duration_ms=40 + answered * 11 + draws.exponential("took", index, 60),
        response_bytes=np.where(is_answer, 320 + answered * 4, 187),
    )


def _write_logs(folder: Path, draws: Draws, rows: pl.DataFrame, people: Sequence[Account]) -> None:
    """Write the gateway's logs, one JSON object per line, a file for two or three days."""
    lines = pl.DataFrame({"at": rows["at"], "line": _lines(draws, rows, people)})
    for file, (day, first, end) in enumerate(_FILES):
        inside = (pl.col("at") >= PERIOD.start + first * DAY_MS) & (pl.col("at") < PERIOD.start + end * DAY_MS)
        of_file = with_garbage(lines.filter(inside)["line"], _GARBAGE.get(file, {}))
        write_gzip(folder / f"chat-2026-02-{day:02}.ndjson.gz", of_file)


def _lines(draws: Draws, rows: pl.DataFrame, people: Sequence[Account]) -> pl.Series:
    """Spell each request; `organization_id` stands only where the tenant signs in through its own directory."""
    owner = rows["owner"]
    tenants = [
        f',"organization_id":{json_text(a.organization_id)}' if a.organization_id in SSO_ORGANIZATIONS else ""
        for a in people
    ]
    prompt_hash = _quoted_hash(draws, rows["prompt"])
    chat = pl.concat_str(
        pl.lit(',"model":"'), pl.Series(_MODELS).gather(rows["model"]).alias("name"),
        pl.lit('","input_tokens":'), "input_tokens", pl.lit(',"output_tokens":'), "output_tokens",
        pl.lit(',"prompt_hash":'), pl.when("is_opening").then(prompt_hash).otherwise(pl.lit("null")),
    )  # fmt: skip
    is_chat = pl.col("prompt").is_not_null()
    return rows.select(
        line=pl.concat_str(
            pl.lit('{"timestamp":"'), rfc3339("at"),
            pl.lit('","account_id":"'), pl.Series([a.user_id for a in people]).gather(owner).alias("user"),
            pl.lit('","client_ip":"'), "address",
            pl.lit('","method":"'), pl.when(is_chat).then(pl.lit("POST")).otherwise(pl.lit("GET")),
            pl.lit('","path":"'), pl.when(is_chat).then(pl.lit("/v1/chat/completions")).otherwise(pl.lit("/v1/models")),
            pl.lit('","status":'), "status", pl.lit(',"duration_ms":'), "duration_ms",
            pl.when(is_chat).then(chat).otherwise(pl.lit("")),
            pl.lit(',"user_agent":'), pl.Series([json_text(a.agent) for a in people]).gather(owner).alias("agent"),
            pl.Series(tenants).gather(owner).alias("tenant"),
            pl.lit(',"response_bytes":'), "response_bytes", pl.lit("}"),
        )
    )["line"]  # fmt: skip


def _quoted_hash(draws: Draws, prompts: pl.Series) -> pl.Expr:
    """Return the gateway's keyed hash of each prompt, 32 hex digits in quotes."""
    numbers = prompts.fill_null(0).to_numpy()
    halves = [hex_text(draws.bits(f"prompt/{half}", numbers), half) for half in ("left", "right")]
    return pl.concat_str(pl.lit('"'), *halves, pl.lit('"'))


def _truth(people: Sequence[Account], rows: pl.DataFrame) -> Mapping[str, object]:
    """Return the planted truth: nobody acted together, whatever it looks like."""
    return {
        "story": "campus",
        "synthetic": True,
        "clusters": [],
        "actionable": [],
        "never_actionable": sorted(account.user_id for account in people),
        "groups": groups(people),
        "log_files": {"events": rows.height, "rejects": sum(len(garbage) for garbage in _GARBAGE.values())},
    }


_MEANING = {
    "campus": "students behind two university addresses, most at machines with one image, in term-time hours",
    "carrier": "customers of a mobile carrier, each hopping over 3 to 9 of its 16 addresses",
    "ci_farm": "build jobs of 25 firms at full and half hours, from cloud addresses, with one client",
    "classroom": "the students of two lab sessions who send the same six prompts within the same minutes",
    "corporate": "employees of one firm: one /24, one browser image, office hours",
    "fleet": "service accounts one customer declared: one plan, payment, /24 and client, every 15 minutes",
    "household": "families of two or three behind one address; every fourth home pays with one card",
    "ordinary": "everybody else",
    "prompt_pack": "the employees who use the firm's own collection of prompts",
    "travel_agents": "a couple with one agency, machine, card and set of forms",
    "vpn": "people behind the 8 exits of a privacy service",
}
_PAGE = """
# Orion Chat: a week in which nobody did anything (synthetic)

Everything here is synthetic. Firms, handles and addresses are made up: names end in `.example`, addresses are
from 198.18.0.0/15, 240.0.0.0/4 and 2001:db8::/32, networks from AS64496-64511.

Orion Chat sells access to a language model. From Monday, 2 February to Sunday, 8 February 2026 its gateway logged
{events} requests of {accounts} accounts, and one line that broke off (1 reject). No account here works for another's
ends. Every group shares something that careless tools take for proof.

| File | Holds |
| --- | --- |
| `logs/chat-2026-02-02.ndjson.gz`, `-05`, `-07` | API gateway, one JSON object per line, UTC |
| `context/*.csv` | accounts, IP ranges; there are no incidents |
| `truth.json` | the groups below; the tool never reads it while it works |

| Group | Accounts | Who they are |
| --- | --- | --- |
{groups}

`prompt_hash` is a keyed hash; it is null where the gateway did not hash a follow-up in a conversation.
`classroom` is a part of `campus`, `prompt_pack` a part of `corporate`. Expected: no actionable account at all.

`python -m forensics.demo campus FOLDER` writes these files again, byte for byte after decompression.
"""


def _page(people: Sequence[Account], events: int) -> str:
    """Return the story's page."""
    table = "\n".join(f"| `{name}` | {len(ids)} | {_MEANING[name]} |" for name, ids in groups(people).items())
    return _PAGE.format(events=f"{events:,}", accounts=len(people), groups=table)
