"""`case.toml` of the case: what a person may edit, read into one frozen record.

Nothing else is read: no home directory, no environment. The values in force are recorded in the custody log
by their hash and printed in the method section of the report.
"""

import tomllib
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from forensics.errors import UsageError

TEMPLATE = """\
# Settings of this case. Everything here may be edited; what was in force is recorded with every run.
[case]
title = ""
purpose = ""              # what question the case answers
legal_basis = ""          # why the personal data in it may be processed
trigger = ""              # what started the investigation
retain_until = ""         # YYYY-MM-DD; `forensics status` warns past it
display_timezone = "UTC"  # an IANA name, shown beside UTC in reports

[ingest]
trusted_proxies = []      # CIDRs whose X-Forwarded-For entries are believed

[analysis]                # defaults and reasons: docs/method.md
alpha = 0.05              # chance that any innocent pair at all is called linked
halves = true             # confirm clusters on two halves of the time; doubles the work where there are any
day_draws = 100           # draws of the days of a cluster, to see how firmly each account is in it; 0 = none
free_mail_domains = []    # mail domains where anybody may have an address: sharing one says nothing

[policy]                  # your own terms in numbers, used by findings; never by linking. docs/findings.md
aggressive_requests_per_minute = 60  # a minute with so many requests is faster than a person ...
aggressive_minutes = 5               # ... and from so many such minutes on it is aggressive automation
minimal_percent = 1.0                # the most that a word such as "minimal" may stand for

# The ladder: a step is open when one of its triggers is met; `a+b` needs both. Triggers: automation, harvest,
# distillation, service_impact, terms, coordinated, organization, warned.
suspend = ["coordinated+harvest", "coordinated+distillation", "coordinated+service_impact"]
ban_organization = ["organization+automation", "organization+service_impact"]
appeal = ""                          # how those concerned can answer, printed in every draft notice
"""


LADDER = ("warn", "throttle", "suspend", "demand_changes", "terminate", "ban_organization")
TRIGGERS = frozenset(
    {"automation", "harvest", "distillation", "service_impact", "terms", "coordinated", "organization", "warned"}
)


@dataclass(frozen=True)
class CaseSettings:
    """What the case is about, in the words of the person who runs it."""

    title: str = ""
    purpose: str = ""
    legal_basis: str = ""
    trigger: str = ""
    retain_until: str = ""
    display_timezone: str = "UTC"


@dataclass(frozen=True)
class IngestSettings:
    """How addresses are decided."""

    trusted_proxies: tuple[str, ...] = ()


@dataclass(frozen=True)
class AnalysisSettings:
    """The declared error rate and the few choices of the method, fixed before looking (docs/method.md)."""

    alpha: float = 0.05
    lead_alpha: float = 0.5
    rare_accounts: int = 50
    pair_accounts: int = 64
    ring_neighbors: int = 16
    partners: int = 200  # pairs of an account that are drawn, beside the sure ones
    min_behavior_bits: float = 4.0
    min_family_bits: float = 2.0
    kept_bits: float = 4.0
    least_bits: float = 13.2877  # a likelihood ratio of 10,000: "very strong" on the scale of ENFSI (2015)
    kappa: float = 0.1
    full_volume: int = 100  # requests that give an account its full share of the error budget; 1: equal shares
    decoys: int = 19
    halves: bool = True  # hold-out confirmation: about as much work again
    day_draws: int = 100  # draws of the days of a cluster, with repetition; 0 = none
    authorized_organizations: tuple[str, ...] = ()
    free_mail_domains: tuple[str, ...] = ()  # where anybody may have an address: never evidence


@dataclass(frozen=True)
class PolicySettings:
    """The service's own terms in numbers and words, used by findings only (docs/findings.md)."""

    aggressive_requests_per_minute: int = 60
    aggressive_minutes: int = 5
    rest_hours: int = 3  # a pause this long is a rest
    sleepless_hours: int = 20  # hours at work without a rest that no person reaches
    backoff_seconds: int = 10  # a client that heeds a refusal waits longer
    backoff_refusals: int = 20  # refusals from which heeding them is judged
    backoff_ignored_percent: int = 50
    harvest_objects: int = 100
    distillation_requests: int = 500
    distillation_signs: int = 4
    minimal_percent: float = 1.0
    automation_words: tuple[str, ...] = ("automat", "bot ", "script")
    harvest_words: tuple[str, ...] = ("collect", "scrap", "crawl", "extract")
    distillation_words: tuple[str, ...] = ("train", "distil", "competing model")
    service_impact_words: tuple[str, ...] = ("impair", "disrupt", "overload", "interfere")
    warn: tuple[str, ...] = ("automation", "harvest", "distillation", "terms")
    throttle: tuple[str, ...] = ("automation", "service_impact")
    suspend: tuple[str, ...] = ("coordinated+harvest", "coordinated+distillation", "coordinated+service_impact")
    demand_changes: tuple[str, ...] = ("organization+terms",)
    terminate: tuple[str, ...] = ("coordinated+terms+warned",)
    ban_organization: tuple[str, ...] = ("organization+automation", "organization+service_impact")
    appeal: str = ""
    canaries: tuple[str, ...] = ()  # numbers of marked objects


@dataclass(frozen=True)
class Settings:
    """All settings of a case."""

    case: CaseSettings = field(default_factory=CaseSettings)
    ingest: IngestSettings = field(default_factory=IngestSettings)
    analysis: AnalysisSettings = field(default_factory=AnalysisSettings)
    policy: PolicySettings = field(default_factory=PolicySettings)

    def record(self) -> dict[str, Any]:
        """Return all values in force as plain JSON types."""
        return asdict(self)


_SECTIONS: dict[str, type] = {
    "case": CaseSettings,
    "ingest": IngestSettings,
    "analysis": AnalysisSettings,
    "policy": PolicySettings,
}


def read(path: Path) -> Settings:
    """Read `case.toml`. Raise `UsageError` naming the section and key that cannot be used."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name} is not valid TOML: {error}", hint="edit the file and run again") from None
    if unknown := sorted(set(document) - set(_SECTIONS)):
        raise UsageError(f"{path.name}: unknown section [{unknown[0]}]", hint=f"known: {', '.join(_SECTIONS)}")
    settings = Settings(**{name: _section(path.name, name, document.get(name, {})) for name in _SECTIONS})
    timezone(settings.case.display_timezone)
    _check_ladder(path.name, settings.policy)
    if not 0 < settings.analysis.alpha < settings.analysis.lead_alpha < 1:
        raise UsageError(f"{path.name}: [analysis] needs 0 < alpha < lead_alpha < 1", hint="the default alpha is 0.05")
    return settings


def _check_ladder(file: str, policy: PolicySettings) -> None:
    for step in LADDER:
        for trigger in getattr(policy, step):
            if unknown := sorted(set(trigger.split("+")) - TRIGGERS):
                raise UsageError(
                    f"{file}: [policy] {step} names an unknown trigger {unknown[0]!r}",
                    hint=f"known: {', '.join(sorted(TRIGGERS))}; join them with + where both are needed",
                )


def _section(file: str, name: str, values: dict[str, Any]) -> Any:  # noqa: ANN401 - one of the four records above
    kind = _SECTIONS[name]
    defaults = {entry.name: getattr(kind(), entry.name) for entry in fields(kind)}
    for key, value in values.items():
        if key not in defaults:
            raise UsageError(f"{file}: unknown key {key!r} in [{name}]", hint=f"known: {', '.join(defaults)}")
        if not _fits(value, defaults[key]):
            wanted = "a list of strings" if isinstance(defaults[key], tuple) else type(defaults[key]).__name__
            raise UsageError(f"{file}: [{name}] {key} must be {wanted}", hint=f"the default is {defaults[key]!r}")
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})


def _fits(value: object, default: object) -> bool:
    if isinstance(default, tuple):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)


def timezone(name: str) -> ZoneInfo:
    """Return the IANA time zone of that name. Raise `UsageError` for a name nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError):
        raise UsageError(f"unknown time zone {name!r}", hint="use an IANA name such as Europe/Paris or UTC") from None
