"""Harvest: which numbered objects a cluster took, in which order, and what it did when refused."""

from forensics.analyze.findings.absent import OTHER_NAMES
from forensics.analyze.findings.kind import Kind, Row, not_assessed
from forensics.analyze.findings.phrases import counted, instant, name, sentences, share
from forensics.model import Confidence, Sentence, Severity

_MANY, _SOME = 1_000, 100  # distinct objects from which a harvest is of high, of medium severity
_TEMPLATES_NAMED = 3


def _say(row: Row) -> Sentence:
    if not row["assessed"]:
        return not_assessed("Not assessed: needs object numbers in the logged paths.")
    if not row["objects_asked"]:
        return Sentence(
            f"No harvest is seen: in no busy minute did the {counted(row['accounts'], 'account')} ask for a numbered"
            " object.",
            alternative="Objects without a number in the path would not be seen.",
            severity=Severity.INFO,
            confidence=Confidence.LOW,
        )
    objects = row["objects"]
    return Sentence(
        sentences(_taken(row), _pairs(row), _order(row), _refusals(row)),
        alternative="An archive of own content, an agreed crawler or a quality check takes numbered objects alike.",
        severity=Severity.HIGH if objects >= _MANY else Severity.MEDIUM if objects >= _SOME else Severity.LOW,
        confidence=Confidence.MODERATE if row["files_incomplete"] else Confidence.HIGH,
    )


def _taken(row: Row) -> str:
    span = f"From {instant(row['active_from'])} to {instant(row['active_until'])}"
    if row["runs"] > 1:
        span += f", in {row['runs']:,} runs, the largest from {instant(row['largest_run_from'])}"
        span += f" to {instant(row['largest_run_until'])}"
    who = f"the {counted(row['accounts'], 'account')}"
    if not row["object_requests_answered"]:
        return (
            f"{span}, {who} asked for {counted(row['objects_asked'], 'distinct numbered object')};"
            " the logs carry no status, so what was received is not known."
        )
    named = "; ".join(
        f"{counted(one['objects'], 'object')} under {name(one['template'])}"
        f" ({share(one['objects'], one['object_id_span'])} of the id range"
        f" {one['object_id_min']} to {one['object_id_max']})"
        for one in row["by_template"][:_TEMPLATES_NAMED]
    )
    rest = row["templates"] - _TEMPLATES_NAMED
    more = f"; {counted(rest, 'further template')}" if rest > 0 else ""
    return (
        f"{span}, {who} received {counted(row['objects'], 'distinct numbered object')} (2xx)"
        + (f": {named}{more}." if named else ".")
        + (f" At the peak: {counted(row['peak_hour_objects'], 'object')} in one hour." if row["objects"] else "")
    )


def _pairs(row: Row) -> str | None:
    if not row["pairs"]:
        return None
    return (
        f"Received under two templates or more: {counted(row['pairs'], 'object')},"
        f" {row['pairs_split']:,} split between accounts, {row['pairs_one_account']:,} by one account alone."
    )


def _order(row: Row) -> str | None:
    if not row["steps"]:
        return None
    return (
        f"Of {counted(row['steps'], 'step')} from one object request to the next of the same account and template,"
        f" {row['steps_increasing']:,} ({share(row['steps_increasing'], row['steps'])}) led to a higher number,"
        f" {row['steps_repeated']:,} to the same."
        + (
            f" After a pause it went on where it had stopped {counted(row['resumptions'], 'time')}."
            if row["resumptions"]
            else ""
        )
    )


def _refusals(row: Row) -> str | None:
    if not row["refusals"]:
        return None
    return (
        f"Answered 403, 404, 429 or 503: {counted(row['refusals'], 'request')};"
        f" {row['refusals_retried']:,} of them were sent again within 60 seconds."
    )


HARVEST = Kind(
    id="harvest",
    question="Which numbered objects did these accounts take, how completely, and in which order?",
    needs={},
    rule=(
        "A cluster is active in runs of busy minutes (five requests for objects, or of any kind where it never makes"
        " five for objects; edges of a minute included; a pause of more than an hour ends a run; runs with less than a"
        " tenth of the requests of the largest are everyday use). Objects count once, inside the runs, if answered 2xx."
        " A retry is the same account, template and object within 60 seconds."
        f" Severity: high from {_MANY:,} objects, medium from {_SOME:,}."
    ),
    cannot_show=(
        "What was done with the objects, whose they are, and that equal numbers under two templates name one thing."
    ),
    innocent="An archive of own content, an agreed crawler or a quality check takes numbered objects alike.",
    exhibits="First and last object taken, one per template, a pair, a retry, the peak hour.",
    say=_say,
    uses=(OTHER_NAMES,),
)
