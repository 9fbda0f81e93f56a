"""Channel: direct, through a reseller, or unknown; what each log can show, and moves between channels in time."""

from typing import Any

from forensics.analyze.findings.absent import OTHER_NAMES
from forensics.analyze.findings.kind import Kind, Row, not_assessed, numbers
from forensics.analyze.findings.phrases import counted, instant, listed, name, sentences, share
from forensics.model import Confidence, Sentence, Severity

_SHOWN = (
    ("with_address", "a full source address"),
    ("with_client", "a client name"),
    ("with_status", "a status"),
    ("with_tokens", "output tokens"),
    ("with_prompt_hash", "a prompt hash"),
)
_USED = (
    ("objects", "distinct numbered objects received"), ("bytes", "bytes"), ("input_tokens", "input tokens"),
    ("output_tokens", "output tokens"), ("served_us", "time to serve"),
)  # fmt: skip
_UNSEEN = "Use through a channel whose log is not here is in none of these numbers."


def _say(row: Row) -> Sentence:
    if not row["assessed"]:
        return not_assessed("Not assessed: needs a channel in the accounts table (direct or reseller:NAME).")
    return _coverage(row) if row["subject"] else _moves(row)


def _coverage(row: Row) -> Sentence:
    requests = row["requests"]
    absent = [words for column, words in _SHOWN if not row[column]]
    masked = row["with_masked_address"]
    return Sentence(
        sentences(
            f"Channel {name(row['subject'])}: {counted(requests, 'request')}"
            f" ({share(requests, row['requests_all'])} of all) of {counted(row['accounts'], 'account')}, from"
            f" {instant(row['first_request'])} to {instant(row['last_request'])}.",
            f"Its log masks the address of {counted(masked, 'request')}." if masked else None,
            f"It never shows {listed(absent)}." if absent else None,
            _UNSEEN,
        ),
        alternative="One account of a reseller may stand for many customers." if "reseller" in row["subject"] else "",
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
    )


def _moves(row: Row) -> Sentence:
    parts = [
        f"{name(one['channel'])} {one['requests']:,} ({share(one['requests'], row['requests'])} of theirs,"
        f" {share(one['requests'], one['requests_all'])} of all on it{_measures(one)}, from"
        f" {instant(one['first_request'])} to {instant(one['last_request'])})"
        for one in row["by_channel"]
    ]
    return Sentence(
        sentences(
            f"Of {counted(row['requests'], 'request')} of the cluster, by channel: {'; '.join(parts)}.",
            _change(row),
            _UNSEEN,
        ),
        alternative="Customers add and drop channels for price, region or procurement.",
        severity=Severity.LOW if row["channels"] > 1 else Severity.INFO,
        confidence=Confidence.MODERATE,
    )


def _measures(one: dict[str, Any]) -> str:
    """Return the shares of a channel by the other measures its log carries, e.g. `, 1.2% of its bytes`."""
    return "".join(
        f", {share(one[column], one[f'{column}_all'])} of its {words}"
        for column, words in _USED
        if one[f"{column}_all"]
    )


def _change(row: Row) -> str | None:
    """Return the order in which channels were taken up and left, where there is more than one."""
    found = row["by_channel"]
    if len(found) < 2:  # noqa: PLR2004 - a move needs two
        return "One channel is seen; no move between channels."
    first, last = found[0], max(found, key=lambda one: (one["last_request"], one["channel"]))
    if first["channel"] == last["channel"]:
        return f"It began and ended on {name(first['channel'])}."
    return (
        f"It began on {name(first['channel'])} and ended on {name(last['channel'])}; the last request on"
        f" {name(first['channel'])} is of {instant(first['last_request'])}."
    )


_CLUSTER = ("requests", "requests_all", "channels", "by_channel", "by_month")


def _detail(row: Row) -> dict[str, Any]:
    if not row["assessed"]:
        return {"needs": ["accounts"]}
    kept = numbers(row)
    if row["subject"]:
        return {"channel": row["subject"]} | {
            column: value for column, value in kept.items() if column not in {"channels", "by_channel", "by_month"}
        }
    return {column: kept[column] for column in _CLUSTER}


CHANNEL = Kind(
    id="channel",
    question="Through which channels did requests come, what can each log show, and did these accounts move?",
    needs={"accounts": "an accounts table with channels (forensics ingest FILE --as accounts)"},
    rule=(
        "The channel of a request is that of its account on record: direct, reseller:NAME, or unknown; months are UTC."
        " A channel never shows what no request of it carries."
    ),
    cannot_show="Channels that are not logged here, and who stands behind an account of a reseller.",
    innocent="Customers add and drop channels for price, region or procurement.",
    exhibits="The first and last request of each channel.",
    say=_say,
    detail=_detail,
    uses=(OTHER_NAMES,),
)
