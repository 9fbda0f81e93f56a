"""Scope: what the logs cover, what they cannot see, and whether their clocks can be followed."""

from forensics.analyze.findings.absent import OTHER_NAMES
from forensics.analyze.findings.kind import Kind, Row, Use, numbers
from forensics.analyze.findings.phrases import counted, instant, listed, name, sentences, share
from forensics.model import Confidence, Sentence, Severity

_COLUMNS = {
    "coverage": (
        "files", "bytes_content", "records", "events", "rejects", "comments", "blanks", "duplicates",
        "files_unbalanced", "first_event", "last_event", "hours", "hours_without_events", "longest_silence_hours",
        "requests", "accounts", "requests_anonymous",
    ),
    "files": ("files", "files_incomplete", "incomplete_paths"),
    "our_side": (
        "requests", "requests_direct", "requests_reseller", "requests_channel_unknown", "requests_anonymous",
    ),
    "times": (
        "files", "files_assumed_timezone", "timezones_assumed", "events", "events_outside_window",
        "events_time_kind_unknown", "events_time_start", "events_time_end",
    ),
}  # fmt: skip


def _coverage(row: Row) -> Sentence:
    requests = row["requests"]
    period = (
        f"Events run from {instant(row['first_event'])} to {instant(row['last_event'])};"
        f" {row['hours_without_events']:,} of {counted(row['hours'], 'clock hour')} hold none."
        if requests
        else "No event was read."
    )
    balance = (
        f"In {counted(row['files_unbalanced'], 'file')} the records do not add up."
        if row["files_unbalanced"]
        else "The records of every file add up."
    )
    return Sentence(
        sentences(
            f"Read: {counted(row['files'], 'log file')}, {counted(row['bytes_content'], 'byte')},"
            f" {counted(row['records'], 'record')}: {counted(row['events'], 'event')},"
            f" {counted(row['rejects'], 'reject')} ({share(row['rejects'], row['records'])}),"
            f" {counted(row['comments'], 'comment')}, {counted(row['blanks'], 'blank')} and"
            f" {counted(row['duplicates'], 'duplicate')}.",
            balance,
            period,
            f"The requests name {counted(row['accounts'], 'account')};"
            f" {share(row['requests_anonymous'], requests)} of them name none." if requests else None,
        ),
        alternative="Requests outside these files, or in hours without events, were not seen.",
        severity=Severity.MEDIUM if row["files_unbalanced"] else Severity.INFO,
        confidence=Confidence.HIGH,
    )  # fmt: skip


def _files(row: Row) -> Sentence:
    incomplete = row["files_incomplete"]
    paths = [name(path) for path in row["incomplete_paths"] or []]
    more = f" and {incomplete - len(paths):,} more" if incomplete > len(paths) else ""
    verb = "is" if incomplete == 1 else "are"
    return Sentence(
        f"{incomplete:,} of {counted(row['files'], 'log file')} {verb} truncated or damaged: {', '.join(paths)}{more}."
        " What stood behind the damage was not seen."
        if incomplete
        else f"None of {counted(row['files'], 'log file')} is truncated or damaged.",
        alternative="What is missing may speak for the accounts as well as against them." if incomplete else "",
        severity=Severity.MEDIUM if incomplete else Severity.INFO,
        confidence=Confidence.HIGH,
    )


def _our_side(row: Row) -> Sentence:
    requests, reseller, unknown = row["requests"], row["requests_reseller"], row["requests_channel_unknown"]
    return Sentence(
        sentences(
            "We see only our side:",
            f"of {counted(requests, 'request')}, {share(reseller, requests)} come from accounts of a reseller,"
            f" {share(unknown, requests)} from accounts whose channel is not on record,"
            f" {share(row['requests_anonymous'], requests)} from no account,"
            f" {share(row['requests_direct'], requests)} from direct accounts.",
            "Use through a channel that is not logged here is not in these numbers.",
        ),
        alternative="Several end customers of one reseller can look like one operator.",
        severity=Severity.LOW if reseller or unknown else Severity.INFO,
        confidence=Confidence.HIGH,
    )


def _times(row: Row) -> Sentence:
    assumed, outside, unknown = (
        row["files_assumed_timezone"],
        row["events_outside_window"],
        row["events_time_kind_unknown"],
    )
    zones = listed([name(zone.removeprefix("assumed ")) for zone in row["timezones_assumed"] or []])
    return Sentence(
        sentences(
            f"The time zone of {assumed:,} of {counted(row['files'], 'log file')} was assumed ({zones})."
            if assumed
            else "Every log file says its time zone.",
            f"Outside the first and last time of their own file: {counted(outside, 'event')}."
            if outside
            else "No event lies outside the first and last time of its own file.",
            f"Whether the time is the start or the end of a request is not known for {counted(unknown, 'event')}."
            if unknown
            else None,
        ),
        alternative="A clock that is off moves every order in time that is read from it." if assumed or outside else "",
        severity=Severity.LOW if assumed or outside else Severity.INFO,
        confidence=Confidence.MODERATE if assumed or outside else Confidence.HIGH,
    )


_SAY = {"coverage": _coverage, "files": _files, "our_side": _our_side, "times": _times}


def _say(row: Row) -> Sentence:
    return _SAY[row["subject"]](row)


def _detail(row: Row) -> dict[str, object]:
    return {column: numbers(row)[column] for column in _COLUMNS[row["subject"]]}


def _is_coverage(row: Row) -> bool:
    return bool(row["subject"] == "coverage")


def _is_our_side(row: Row) -> bool:
    return bool(row["subject"] == "our_side")


SCOPE = Kind(
    id="scope",
    question="What do these logs cover, and what can they not show?",
    needs={"log_files": "log files (forensics ingest SOURCE)"},
    rule="Counts from the register of log files and from the events; hours are clock hours in UTC.",
    cannot_show="Requests that were never logged, sampled away, or made through somebody else's logs.",
    innocent="Requests outside these files, or in hours without events, may speak for the accounts.",
    exhibits="None of the coverage; the cited lines that could not be re-read, for the finding about lines.",
    say=_say,
    detail=_detail,
    uses=(
        Use("accounts", "links by payment, phone, device and sign-up", _is_coverage),
        Use("identities", "which names are one account", _is_coverage),
        Use("ip_ranges", "which networks are shared by many", _is_coverage),
        Use("accounts", "channels", _is_our_side),
        OTHER_NAMES._replace(where=_is_our_side),
    ),
)
