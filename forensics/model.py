"""The nouns that have no table: words of likelihood, verdicts, descriptors of signals and findings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Likelihood(StrEnum):
    """The seven bands of ICD 203, in words only; never certainty."""

    ALMOST_NO_CHANCE = "almost no chance"
    VERY_UNLIKELY = "very unlikely"
    UNLIKELY = "unlikely"
    ROUGHLY_EVEN = "roughly even chance"
    LIKELY = "likely"
    VERY_LIKELY = "very likely"
    ALMOST_CERTAIN = "almost certain"


_UPPER_BOUNDS = (
    (0.05, Likelihood.ALMOST_NO_CHANCE),
    (0.20, Likelihood.VERY_UNLIKELY),
    (0.45, Likelihood.UNLIKELY),
    (0.55, Likelihood.ROUGHLY_EVEN),
    (0.80, Likelihood.LIKELY),
    (0.95, Likelihood.VERY_LIKELY),
)


def likelihood(probability: float) -> Likelihood:
    """Return the ICD 203 word for a probability; a bound belongs to the band below it.

    >>> likelihood(0.95).value, likelihood(0.951).value
    ('very likely', 'almost certain')
    """
    return next((word for bound, word in _UPPER_BOUNDS if probability <= bound), Likelihood.ALMOST_CERTAIN)


class Confidence(StrEnum):
    """How good the basis of a judgement is; never in one sentence with a likelihood."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class Severity(StrEnum):
    """How much a finding matters if it is right."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Verdict(StrEnum):
    """What a cluster is, by written rules (docs/method.md)."""

    COORDINATED = "coordinated"
    SHARED_ORGANIZATION = "shared_organization"
    SHARED_INFRASTRUCTURE = "shared_infrastructure"
    AUTHORIZED_AUTOMATION = "authorized_automation"
    UNDECIDED = "undecided"


class Family(StrEnum):
    """Kinds of evidence, fixed in advance; inside a family evidence is averaged, never added."""

    NET = "NET"
    IDENT = "IDENT"
    CLIENT = "CLIENT"
    TEMPLATE = "TEMPLATE"
    TIME = "TIME"
    TARGET = "TARGET"


BEHAVIOR = frozenset({Family.TEMPLATE, Family.TIME, Family.TARGET})


@dataclass(frozen=True)
class Signal:
    """One reason why two accounts may be one operator: a descriptor beside a query of the same name."""

    id: str
    family: Family
    title: str
    rationale: str
    null_model: str
    false_positives: tuple[str, ...]
    source: str
    attributes: tuple[str, ...] = ()  # of account_values: a case with none of them does not have the signal
    needs: tuple[str, ...] = ()  # context the signal is silent without, in words of the report
    weight: int = 1  # of the bet that its family makes, beside the other signals; fixed before looking


@dataclass(frozen=True)
class Sentence:
    """What a finding says about one row: the statement and its qualification."""

    statement: str
    alternative: str
    severity: Severity
    confidence: Confidence
    likelihood: Likelihood | None = None


@dataclass(frozen=True)
class FindingKind:
    """One question about a cluster or the service: a descriptor beside a query of the same name.

    The query (`ID.sql`) returns one row per finding with the columns `cluster_id` and `subject` (either may be
    null), `cite` (a list of at most 12 event ids the row rests on) and any others, which become `detail`.
    `say` turns a row into a sentence. A kind whose tables are empty says "Not assessed: needs …" and nothing else.
    """

    id: str
    question: str
    needs: Mapping[str, str]  # table name -> what a reader must bring, e.g. {"incidents": "an incidents table"}
    rule: str
    cannot_show: str
    say: Callable[[Mapping[str, Any]], Sentence]


@dataclass(frozen=True)
class Progress:
    """How far a step is: what, how much is done of how much (0 = unknown) in which unit.

    `rejects` are those of all sources that the command has read so far.
    """

    step: str
    done: int
    total: int = 0
    unit: str = "bytes"
    rejects: int = 0


Report = Callable[[Progress], None]  # a stage takes one of these, never a console


def silent(_: Progress) -> None:
    """Report progress to nobody."""
