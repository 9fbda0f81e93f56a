"""Materiality: how much a cluster used, by every measure, those that favor `minimal` included."""

from forensics.analyze.findings.absent import OTHER_NAMES
from forensics.analyze.findings.kind import Kind, Row, Use
from forensics.analyze.findings.phrases import counted, instant, listed, sentences, share
from forensics.model import Confidence, Sentence, Severity

_MEASURES = (
    ("requests", "requests"),
    ("objects", "distinct numbered objects received"),
    ("bytes", "bytes sent"),
    ("input_tokens", "input tokens"),
    ("output_tokens", "output tokens"),
    ("served_us", "time to serve in microseconds"),
)
_RANKED = {
    "requests": "requests", "bytes": "bytes", "output_tokens": "output tokens", "served_us": "time to serve",
}  # fmt: skip
_HIGH, _MEDIUM = 10, 1  # percent of any measure over the whole period


def _say(row: Row) -> Sentence:
    period = _shares(row, "")
    active = None
    if row["runs"]:
        active = f"While active ({instant(row['active_from'])} to {instant(row['active_until'])}): "
        active += f"{_shares(row, 'active_')}. {_ranks(row, 'active_')}"
    missing = [words for column, words in _MEASURES if not row[f"{column}_all"]]
    return Sentence(
        sentences(
            f"Over the whole period the {counted(row['accounts'], 'account')} together made up {period}.",
            _ranks(row, ""),
            active,
            f"Not assessed, because the logs do not carry them: {', '.join(missing)}." if missing else None,
        ),
        alternative="A heavy customer is not thereby an improper one; by the lowest of these shares use is small.",
        severity=_severity(row),
        confidence=Confidence.HIGH,
    )


def _shares(row: Row, prefix: str) -> str:
    """Return every measure the logs carry, e.g. `30.7% of the requests (22,610 of 73,729)`."""
    parts = []
    for column, words in _MEASURES:
        whole = row[f"{prefix}{column}_all"] or 0
        if whole:
            part = row[f"{prefix}{column}"] or 0
            parts.append(f"{share(part, whole)} of the {words} ({part:,} of {whole:,})")
    return ", ".join(parts)


def _ranks(row: Row, prefix: str) -> str:
    """Return where the cluster, taken as one, stands among the other accounts and organizations."""
    among = [("accounts", "account")]
    if row[f"{prefix}organizations_ranked"] > 1:
        among.append(("organizations", "organization"))
    return sentences(
        *(
            f"Taken as one {noun}, it ranks"
            f" {listed([_rank(row, prefix, column, plural) for column in _RANKED if row[f'{prefix}{column}_all']])}"
            f" among {row[f'{prefix}{plural}_ranked']:,} {plural}."
            for plural, noun in among
        )
    )


def _rank(row: Row, prefix: str, column: str, plural: str) -> str:
    return f"{row[f'{prefix}rank_{column}_{plural}']:,} by {_RANKED[column]}"


def _severity(row: Row) -> Severity:
    percent = max(100 * (row[column] or 0) // (row[f"{column}_all"] or 1) for column, _ in _MEASURES)
    return Severity.HIGH if percent >= _HIGH else Severity.MEDIUM if percent >= _MEDIUM else Severity.LOW


MATERIALITY = Kind(
    id="materiality",
    question="How much did these accounts use, by every measure, and how does that compare with others?",
    needs={},
    rule=(
        "Shares of everything in the logs, anonymous requests included, for the whole period and for the runs (as in"
        " harvest); the same by channel stand in the finding about channels. The cluster is ranked as if it were one"
        " account, and one organization; 1 = nobody used more."
        f" Severity: high from {_HIGH} percent of any measure over the whole period, medium from {_MEDIUM}."
    ),
    cannot_show=(
        "Cost in money (time to serve and tokens stand for it), use through"
        " channels that are not in these logs, and whether a share is too much."
    ),
    innocent="A heavy customer is not thereby an improper one.",
    exhibits="First and last request, and those of the busiest hour.",
    say=_say,
    uses=(Use("accounts", "rank among organizations"), OTHER_NAMES),
)
