"""A world as a case: the events as ingest leaves them, context read by the real import, the truth beside the case.

The events are written straight into the case, in the schema of `forensics.schema`: what is measured here is linking,
and parsing is measured in `tests/bench/ingest.py`. The context tables go through `forensics.context.load`.
"""

import hashlib
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from forensics.case import Case, write_parquet
from forensics.context import load
from forensics.schema import EVENTS, LOG_FILES

from . import network
from .draw import Ints, mixed, popular, stream
from .living import US
from .people import APP, ORGANIZATION_MAIL, OWN, VANITY_MAIL
from .population import Made
from .requests import CHAT, ITEM, PATHS

START_S = 1_777_852_800  # Monday 2026-05-04, 00:00 UTC
_ROWS = 2_000_000  # of one file of events
_SCHEMA = EVENTS.arrow()


def write(made: Made, folder: Path) -> Case:
    """Write `case/` and `truth.parquet` into a folder; return the case, ready to be analyzed."""
    folder.mkdir(parents=True, exist_ok=True)
    made.truth.write_parquet(folder / "truth.parquet")
    key = folder / "key"
    key.write_text("ab" * 32)
    case = Case.create(folder / "case", key)
    content = hashlib.sha256(f"world {made.world.seed}".encode()).hexdigest()
    count = len(made.requests)
    for part, first in enumerate(range(0, count, _ROWS)):
        rows = _events(made, first, min(first + _ROWS, count), content)
        write_parquet(rows, case.folder / f"tables/events/world/{part:03}.parquet")
    case.write(LOG_FILES, pa.Table.from_pylist([_log_file(content, count)], schema=LOG_FILES.arrow()))
    (folder / "accounts.csv").write_bytes(_accounts(made).write_csv().encode())
    (folder / "ip_ranges.csv").write_text("\n".join(network.ranges(made.cast.sites)) + "\n", encoding="utf-8")
    load(case, "accounts", folder / "accounts.csv")
    load(case, "ip-ranges", folder / "ip_ranges.csv")
    return case


def _events(made: Made, first: int, end: int, content: str) -> pa.Table:
    """Return these events in the columns of the contract."""
    held = made.requests.take(np.arange(first, end))
    random = stream(made.world.seed, f"answers/{first}")
    count = len(held)
    addresses, at = np.unique(held.address, return_inverse=True)
    places = network.spelled(addresses)[at.astype(np.uint32)]
    is_chat, is_item = pl.Series(held.kind == CHAT), pl.Series(held.kind == ITEM)
    status = np.where(held.failed > 0, 503, np.array([200, 429, 404, 500])[(random.random(count) > np.array(
        [[0.985], [0.993], [0.999]])).sum(axis=0)])  # fmt: skip
    answered = 20 + popular(random, count, 1800)
    rows = pl.DataFrame(
        {
            "number": pl.int_range(first, end, eager=True),
            "timestamp": pl.Series(held.time + START_S * US).cast(pl.Datetime("us", "UTC")),
            "user_id": made.names[held.account.astype(np.uint32)],
            "kind": held.kind,
            "item": held.item,
            "status": status.astype(np.int16),
            "tokens": answered,
            "took": 40_000 + popular(random, count, 900_000),
            "prompt": _prompt_hash(held.prompt),
        }
    ).with_columns(*places.get_columns(), *_clients(made, held.client, held.account).get_columns())
    path = pl.Series(PATHS).gather(rows["kind"].cast(pl.UInt32))
    ready = (
        rows.select(
            event_id=pl.format("{}-{}", pl.lit(content[:16]), pl.col("number").cast(pl.String).str.zfill(15)),
            timestamp="timestamp",
            timestamp_kind=pl.lit("end"),
            user_id="user_id",
            user_id_kind=pl.lit("user"),
            source_ip="source_ip",
            source_range="source_range",
            source_ip_origin=pl.lit("field"),
            http_request_method=pl.when(is_chat).then(pl.lit("POST")).otherwise(pl.lit("GET")),
            url_path=pl.when(is_item).then(pl.format("/v1/items/{}", "item")).otherwise(path),
            http_response_status_code="status",
            http_response_body_bytes=pl.when(is_chat)
            .then(320 + pl.col("tokens") * 4)
            .otherwise(900 + pl.col("took") % 77),
            event_duration_us=pl.when(is_chat).then(pl.col("tokens") * 11_000).otherwise("took"),
            user_agent_original="agent",
            tls_client_ja4="ja4",
            organization_id=_signed_in(made)[held.account.astype(np.uint32)],
            gen_ai_request_model=pl.when(is_chat).then(pl.lit("orion-large-3")),
            gen_ai_operation_name=pl.when(is_chat).then(pl.lit("chat")),
            gen_ai_usage_input_tokens=pl.when(is_chat).then(pl.col("tokens") // 2 + 12),
            gen_ai_usage_output_tokens=pl.when(is_chat).then("tokens"),
            gen_ai_prompt_hash=pl.when(is_chat).then("prompt"),
            log_file_sha256=pl.lit(content),
            content_sha256=pl.lit(content),
            log_line=pl.col("number") + 1,
            log_offset="number",
            log_length=pl.lit(1),
            log_format=pl.lit("ndjson"),
        )
        .with_columns(url_original="url_path")
        .to_arrow()
    )
    absent = {name for name in _SCHEMA.names if name not in ready.column_names}
    for name in sorted(absent):
        ready = ready.append_column(name, pa.nulls(count, _SCHEMA.field(name).type))
    return EVENTS.conform(ready)


def _prompt_hash(prompts: Ints) -> pl.Series:
    """Return the gateway's hash of each prompt; none where it hashed none."""
    unique, at = np.unique(prompts, return_inverse=True)
    both = np.stack([mixed(unique, 71), mixed(unique, 73)], axis=1).astype(">i8")
    digits = np.array([f"{byte:02x}".encode() for byte in range(256)], dtype="S2")
    text = np.ascontiguousarray(digits[both.view(np.uint8).reshape(len(unique), 16)]).view("S32").ravel()
    spelled = pa.array(text, pa.binary()).cast(pa.string())
    hashes = pl.DataFrame({"prompt": pl.Series(spelled), "is_none": unique < 0})
    shown = hashes.select(pl.when(~pl.col("is_none")).then("prompt").alias("prompt")).to_series()
    return shown[at.astype(np.uint32)]


def _clients(made: Made, clients: Ints, account: Ints) -> pl.DataFrame:
    """Return user agent and JA4, one fingerprint for many agents; of some people neither is logged."""
    unique, at = np.unique(clients, return_inverse=True)
    agent = pl.Series("agent", [_agent(int(client)) for client in unique])[at.astype(np.uint32)]
    ja4 = pl.Series("ja4", [_ja4(int(client)) for client in unique])[at.astype(np.uint32)]
    has_agent, has_ja4 = mixed(made.world.seed, account, 79) % 100 > 1, mixed(made.world.seed, account, 83) % 100 > 25
    return pl.DataFrame({"agent": agent, "ja4": ja4}).select(
        agent=pl.when(pl.lit(pl.Series(has_agent))).then("agent"), ja4=pl.when(pl.lit(pl.Series(has_ja4))).then("ja4")
    )


def _agent(client: int) -> str:
    if client >= OWN - 200:
        return f"client-{client % 97}/{client % 11}.{client}"
    if client >= 500_000:
        return f"fetcher/{client % 10}.{client // 10 % 1000}"
    if client >= 2 * APP:
        return ("orion-python", "python-requests", "okhttp", "Go-http-client", "axios")[client % 5] + f"/{client % 7}.1"
    if client >= APP:
        return f"OrionApp/{5 + client % 3}.{client % 20} ({'iOS 18' if client % 2 else 'Android 16'}.{client % 5})"
    return (
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/{140 - client // 8}.0.{client % 8} "
        f"Safari/537.36{' Edg' if client % 5 == 3 else ''}"
    )


def _ja4(client: int) -> str:
    """Return the fingerprint of the library under the client: few, and shared by many."""
    family = client % 20 if client < APP else 20 + client % 6 if client < 2 * APP else 26 + client % 9
    return f"t13d{1500 + family}h2_{int(mixed(family, 89)) % (1 << 48):012x}_{int(mixed(family, 97)) % (1 << 48):012x}"


def _signed_in(made: Made) -> pl.Series:
    """Return the organization that the log itself names: every second tenant has a directory of its own."""
    number = pl.Series("organization", made.people.organization)
    return (
        pl.DataFrame({"n": number})
        .select(pl.when((pl.col("n") >= 0) & (pl.col("n") % 2 == 0)).then(pl.format("org-{}", "n")))
        .to_series()
    )


def _accounts(made: Made) -> pl.DataFrame:
    """Return the table of accounts as the service would export it."""
    people, known = made.people, pl.col("organization") >= 0
    created = pl.Series((START_S - people.created * 86_400) * US).cast(pl.Datetime("us", "UTC"))
    rows = pl.DataFrame(
        {
            "user_id": made.names, "mail": people.mail, "organization": people.organization, "created_at": created,
            "payment": people.payment, "telephone": people.telephone, "device": people.device,
        }
    )  # fmt: skip
    mail = pl.col("mail")
    return rows.select(
        user_id="user_id",
        email_domain=pl.when(mail < ORGANIZATION_MAIL)
        .then(pl.format("mail-{}.example", "mail"))
        .when(mail < VANITY_MAIL)
        .then(pl.format("firm-{}.example", "mail"))
        .otherwise(pl.format("v{}.example", "mail")),
        organization_id=pl.when(known).then(pl.format("org-{}", "organization")),
        organization_name=pl.when(known).then(pl.format("Employer {}", "organization")),
        plan=pl.when(known).then(pl.lit("team")).otherwise(pl.lit("standard")),
        created_at=pl.col("created_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        payment_fingerprint=_fingerprint("pf", "payment"),
        phone_fingerprint=_fingerprint("ph", "telephone"),
        device_fingerprint=_fingerprint("dv", "device"),
        channel=pl.lit("direct"),
        status=pl.lit("active"),
    ).sort("user_id")


def _fingerprint(prefix: str, column: str) -> pl.Expr:
    return pl.when(pl.col(column) >= 0).then(pl.format(prefix + "-{}", column))


def _log_file(content: str, count: int) -> dict[str, object]:
    return {
        "log_file_sha256": content, "content_sha256": content, "path": "world.ndjson", "log_format": "ndjson",
        "lines": count, "records": count, "events": count, "rejects": 0, "comments": 0, "blanks": 0, "duplicates": 0,
        "bytes_on_disk": count, "bytes_content": count, "complete": True, "timezone": "explicit", "out_of_order": 0,
        "largest_gap_s": 0,
    }  # fmt: skip
