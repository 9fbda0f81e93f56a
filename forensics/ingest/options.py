"""What the command line says, checked once, and what a run answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import polars as pl
import pyarrow as pa

from forensics import settings
from forensics.case import Case
from forensics.errors import UsageError
from forensics.ingest.account import account
from forensics.ingest.acquire import Acquired
from forensics.ingest.archives import MOST_EXPANSION
from forensics.ingest.formats import FORMATS, MIXED, Wishes, by_names
from forensics.ingest.formats.aliases import wishes
from forensics.ingest.mixed import check
from forensics.ingest.normalize import Terms
from forensics.ingest.recognize import Recognition
from forensics.ingest.views import split
from forensics.ranges import Network, network

_NO_KEY = bytes(32)


@dataclass(frozen=True)
class Orders:
    """Options after checking: ready to be carried out on any source."""

    format: str
    wishes: Wishes
    terms: Terms
    zone_given: bool
    max_reject_rate: float


@dataclass(frozen=True)
class Options:
    """What the command line says about the sources.

    Attributes:
        format: `auto`, the name of a format or its directive, or up to three joined by ` + `, asked line by line.
        mapping: columns of `events` to the field that fills them (CSV header, JSON key or dotted path, column).
        account: the logged field that is the account, `field` or `kind:field`; `user` or `ident` in the CLF family;
            `query.NAME`, `cookie.NAME` or `header.NAME` where it is part of the request.
        timezone: IANA zone of times without an offset.
        trusted_proxies: networks whose `X-Forwarded-For` entries are believed, besides those of `case.toml`.
        max_reject_rate: share of rejected records above which a source counts as partly read.
        max_expansion: times its own size to which a file of more than 1 GiB content may unpack.
    """

    format: str = "auto"
    mapping: Mapping[str, str] = field(default_factory=dict)
    account: str | None = None
    timezone: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    max_reject_rate: float = 0.05
    max_expansion: int = MOST_EXPANSION

    def orders(self, case: Case | None) -> Orders:
        """Return the checked options. Raise `UsageError` naming the one that cannot be used."""
        if self.format != "auto":
            check(by_names(split(self.format)[-1]))
        if not 0 <= self.max_reject_rate <= 1:
            raise UsageError("--max-reject-rate is a share between 0 and 1", hint="the default is 0.05")
        if self.max_expansion < 1:
            raise UsageError("--max-expansion is a number, 1 or more", hint=f"the default is {MOST_EXPANSION:,}")
        declared = case.settings.ingest.trusted_proxies if case else ()
        asked = wishes(self.mapping, self.account)
        role = next((role for role in asked if role.startswith("user_id:")), None)
        chosen = account(self.account, role)
        if chosen and role and chosen.place != "field":
            del asked[role]
        terms = Terms(
            key=case.key() if case else _NO_KEY,
            zone=_zone(self.timezone or "UTC"),
            trusted=tuple(_network(cidr) for cidr in dict.fromkeys((*declared, *self.trusted_proxies))),
            account=chosen,
        )
        return Orders(self.format, MappingProxyType(asked), terms, self.timezone is not None, self.max_reject_rate)

    def record(self) -> dict[str, object]:
        """Return the options as the chain of custody keeps them."""
        return {
            "format": self.format,
            "directive": self._directive(),
            "mapping": dict(sorted(self.mapping.items())),
            "account": self.account,
            "timezone": self.timezone,
            "trusted_proxies": list(self.trusted_proxies),
            "max_reject_rate": self.max_reject_rate,
            "max_expansion": self.max_expansion,
        }

    def _directive(self) -> str | None:
        """Return the text of a compiled format: the file that held it may change, the chain of custody must not."""
        inner = split(self.format)[-1]
        known = {"auto", *(form.name for form in FORMATS)}
        if inner in known:
            return None
        asked = [form for form in by_names(inner) if form.name not in known]
        return MIXED.join(form.reference for form in asked) or None


def _zone(name: str) -> str:
    settings.timezone(name)
    try:
        pl.Series([0]).cast(pl.Datetime("us")).dt.replace_time_zone(name)
    except pl.exceptions.PolarsError:  # a file of the system that is no zone of the tz database
        raise UsageError(f"unknown time zone {name!r}", hint="use an IANA name such as Europe/Paris or UTC") from None
    return name


def _network(cidr: str) -> Network:
    try:
        return network(cidr)
    except ValueError:
        raise UsageError(
            f"trusted proxy {cidr!r} is no network", hint="write it as 198.18.0.0/15 or 2001:db8::/32"
        ) from None


@dataclass(frozen=True)
class Outcome:
    """What one ingest did.

    Attributes:
        files: rows of `log_files` that this command added, by first timestamp, then content hash.
        known: names of sources whose content was in the case already (or came twice in this command).
        warnings: one sentence per thing an analyst must know.
        partial: some source was unreadable, damaged, or over the reject rate.
        clock: one sentence per file whose clock behaved oddly.
    """

    files: pa.Table
    known: tuple[str, ...]
    warnings: tuple[str, ...]
    partial: bool
    clock: tuple[str, ...] = ()


@dataclass(frozen=True)
class Planned:
    """What `ingest` would do with one file."""

    path: str
    bytes_on_disk: int
    state: Literal["new", "known", "refused"]
    format: str | None = None
    match_rate: float | None = None
    runner_up: str | None = None
    runner_up_rate: float | None = None
    reason: str | None = None
    hint: str | None = None

    @classmethod
    def of(cls, acquired: Acquired, state: Literal["new", "known"], chosen: Recognition) -> "Planned":
        """Return the plan for a recognized file."""
        second = chosen.runner_up
        return cls(
            acquired.named.name,
            acquired.bytes_on_disk,
            state,
            chosen.name,
            chosen.rate,
            second.name if second else None,
            second.rate if second else None,
            hint="; ".join((*chosen.remarks, *filter(None, [chosen.doubt]))) or None,
        )
