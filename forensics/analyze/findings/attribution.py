"""Attribution in layers: L1 one operator, L2 its organization, L3 direction, L4 what was meant.

Logs support L1, part of L2, and never L3 or L4. Colleagues who are not in the cluster are counted apart, and
an account used from networks it never used before, or from many places at once, may be a victim's.
"""

from collections.abc import Callable
from typing import NamedTuple

from forensics.analyze.findings.absent import OTHER_NAMES
from forensics.analyze.findings.kind import Kind, Row, Use, not_assessed
from forensics.analyze.findings.phrases import counted, instant, listed, name, sentences, share
from forensics.model import Confidence, Likelihood, Sentence, Severity

_GROUNDS_NEEDED, _GROUNDS_FOR_MODERATE = 2, 3


class _Ground(NamedTuple):
    """One independent reason to name an organization, and the columns it is read from."""

    name: str
    words: str
    accounts: str
    others: str
    available: str
    needs: str


_GROUNDS = (
    _Ground("registration", "e-mail domain or organization in the registration record", "registration_accounts",
            "registration_other_accounts", "has_registration", "an accounts table"),
    _Ground("tenant", "organization logged by the service with each request", "tenant_accounts",
            "tenant_other_accounts", "has_tenants", "an organization in the logs"),
    _Ground("payment", "payment instrument shared with other accounts of the organization", "payment_accounts",
            "payment_other_accounts", "has_payments", "payment fingerprints"),
    _Ground("network", "owner of the networks used, as of the time", "network_accounts",
            "network_other_accounts", "has_networks", "IP ranges with an organization"),
)  # fmt: skip


def grounds(row: Row) -> list[str]:
    """Return the grounds that hold for at least half of the accounts."""
    return [ground.name for ground in _GROUNDS if 2 * row[ground.accounts] >= row["accounts"] > 0]


def disagreeing(row: Row) -> list[str]:
    """Return the grounds that name another organization for at least half of the accounts."""
    return [ground.name for ground in _GROUNDS if 2 * row[ground.others] >= row["accounts"] > 0]


def is_established(row: Row) -> bool:
    """Tell whether an organization may be named: two independent grounds that agree, and none that disagrees."""
    return len(grounds(row)) >= _GROUNDS_NEEDED and not disagreeing(row)


def _operator(row: Row) -> Sentence:
    how_likely = f"it is {row['likelihood']} that" if row["likelihood"] else "it is not estimated how likely it is that"
    return Sentence(
        sentences(
            f"L1 (accounts): {how_likely} the {counted(row['accounts'], 'account')} act as one operator;"
            f" they are linked by {counted(len(row['signals']), 'signal')} of"
            f" {counted(len(row['families']), 'family', 'families')} ({', '.join(map(name, row['families']))}).",
            f"{counted(row['bridges'], 'account')} of them only bridge two parts of the cluster."
            if row["bridges"]
            else None,
        ),
        alternative="Independent people with the same tool, network and habits, or one account lent to others.",
        severity=Severity.MEDIUM if row["verdict"] == "coordinated" else Severity.LOW,
        confidence=Confidence(row["confidence"]),
        likelihood=Likelihood(row["likelihood"]) if row["likelihood"] else None,
    )


def _organization(row: Row) -> Sentence:
    if not row["assessed"]:
        return not_assessed("Not assessed: L2 (organization) needs an organization that most of the accounts declare.")
    held, other = grounds(row), disagreeing(row)
    organization = f"{name(row['organization_name'] or row['organization_id'])} ({name(row['organization_id'])})"
    found = "; ".join(_ground_words(row, ground) for ground in _GROUNDS if ground.name in held)
    missing = [ground.needs for ground in _GROUNDS if not row[ground.available]]
    if is_established(row):
        claim = (
            f"the records tie the accounts to {organization} on {len(held)} independent grounds that agree ({found})."
        )
    elif other:
        claim = f"L2 is not established for {organization}: the grounds disagree ({listed(other)} name another)."
    else:
        number = {0: "no ground", 1: "one ground"}[len(held)]
        claim = f"L2 is not established for {organization}: {number}{f' ({found})' if found else ''}."
    return Sentence(
        sentences(
            f"L2 (organization): {claim}",
            "E-mail domain and declared organization stand in one record and count as one ground."
            if "registration" in held
            else None,
            "Most requests in the activity came from networks the accounts had not used before: the grounds speak of"
            " the accounts, not of who used them then."
            if held and _is_mostly_new(row)
            else None,
            f"Grounds not assessed, for want of {listed(missing)}." if missing else None,
        ),
        alternative="A former or borrowed address, a guest network, or one person acting alone.",
        severity=Severity.MEDIUM if is_established(row) else Severity.INFO,
        confidence=Confidence.MODERATE
        if is_established(row) and len(held) >= _GROUNDS_FOR_MODERATE
        else Confidence.LOW,
    )


def _ground_words(row: Row, ground: _Ground) -> str:
    return f"{ground.words}: {row[ground.accounts]:,} of {counted(row['accounts'], 'account')}"


def _is_mostly_new(row: Row) -> bool:
    return bool(2 * row["requests_new_networks"] > row["requests_compared"])


def _direction(_: Row) -> Sentence:
    return not_assessed("L3 (direction): whether an organization directed it is not testable from logs.")


def _meaning(_: Row) -> Sentence:
    return not_assessed("L4 (intent): whether it was meant is not testable from logs; only order in time is.")


def _colleagues(row: Row) -> Sentence:
    if not row["assessed"]:
        return not_assessed("Not assessed: colleagues outside the cluster need an organization that it declares.")
    number = row["colleagues"]
    return Sentence(
        f"{counted(number, 'other account')} of organization {name(row['organization_id'])}"
        f" {'is' if number == 1 else 'are'} not in the cluster, {row['colleagues_with_requests']:,} of them with"
        " requests in these logs: nothing found here speaks of them.",
        alternative="",
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
    )


def _takeover(row: Row) -> Sentence:
    if not row["assessed"]:
        return not_assessed(
            "Not assessed: whether the accounts were taken over needs requests from before the activity."
        )
    new, compared = row["requests_new_networks"], row["requests_compared"]
    mostly = _is_mostly_new(row)
    return Sentence(
        sentences(
            f"Of {counted(compared, 'request')} in the activity, {new:,} ({share(new, compared)}) came from networks"
            f" that the same account had never used before it in these logs ({row['accounts_new_networks']:,} of"
            f" {counted(row['accounts_with_history'], 'account')} with earlier requests).",
            "The owner of an account need not be who used it: a stolen, lent or sold key stays open."
            if mostly
            else "Most came from networks known before.",
        ),
        alternative="A stolen, lent or sold key or account." if new else "",
        severity=Severity.LOW if mostly else Severity.INFO,
        confidence=Confidence.LOW,
    )


def _at_once(row: Row) -> Sentence:
    if not row["assessed"]:
        return not_assessed("Not assessed: whether a key is used from many places at once needs source addresses.")
    several = row["accounts_at_once"]
    return Sentence(
        sentences(
            f"In {row['minutes_at_once']:,} of {counted(row['minutes_located'], 'minute')} with requests, one account"
            f" was used from three ranges or more at once; {several:,} of"
            f" {counted(row['accounts_located'], 'account')} in five such minutes or more. The most:"
            f" {counted(row['most_places'], 'range')} in one minute ({name(row['most_places_user_id'])},"
            f" {instant(row['most_places_at'])}).",
            "A key in several hands, a program on several machines and a proxy that changes its address look alike."
            if several
            else "No row shows a key in several hands at once; people behind one network would leave none.",
        ),
        alternative="A stolen or shared key, a reseller's many customers, or a proxy that changes its address."
        if several
        else "",
        severity=Severity.LOW if several else Severity.INFO,
        confidence=Confidence.LOW,
    )


_SAY = {
    "L1": _operator,
    "L2": _organization,
    "L3": _direction,
    "L4": _meaning,
    "colleagues": _colleagues,
    "takeover": _takeover,
    "at_once": _at_once,
}
_COLUMNS = {
    "L1": ("accounts", "bridges", "verdict", "likelihood", "confidence", "signals", "families"),
    "L2": (
        "accounts", "organization_id", "organization_name", "email_domain_accounts", "network_requests",
        *(column for ground in _GROUNDS for column in (ground.accounts, ground.others, ground.available)),
    ),
    "L3": (),
    "L4": (),
    "colleagues": ("accounts", "organization_id", "colleagues", "colleagues_with_requests"),
    "takeover": (
        "accounts_active", "accounts_with_history", "accounts_new_networks", "requests_compared",
        "requests_new_networks",
    ),
    "at_once": (
        "accounts_located", "accounts_at_once", "minutes_located", "minutes_at_once", "most_places", "most_places_at",
        "most_places_user_id",
    ),
}  # fmt: skip


def _is(*subjects: str) -> Callable[[Row], bool]:
    return lambda row: row["subject"] in subjects


def _say(row: Row) -> Sentence:
    return _SAY[row["subject"]](row)


def _detail(row: Row) -> dict[str, object]:
    if row["subject"] in {"L2", "colleagues"} and not row["assessed"]:
        return {"layer": row["subject"], "accounts": row["accounts"]}  # no organization: nothing was counted
    kept: dict[str, object] = {column: row[column] for column in _COLUMNS[row["subject"]]}
    if row["subject"] == "L2":
        kept |= {"grounds": grounds(row), "grounds_disagreeing": disagreeing(row), "established": is_established(row)}
    return {"layer": row["subject"], **kept}


ATTRIBUTION = Kind(
    id="attribution",
    question="Who stands behind these accounts, as far as logs can say?",
    needs={},
    rule=(
        "L1 is the likelihood of the cluster. L2 names an organization only on two independent grounds, each for at"
        " least half of the accounts, that agree and that no other ground contradicts: registration record,"
        " organization logged with the requests, payment instrument shared with other accounts of it, owner of the"
        " network as of the time (five requests or more). L3 and L4 are never assessed."
        " Working hours, holidays, language and the names accounts give themselves are no ground."
        " A key is used from many places at once if its requests came from three ranges or more in each of five minutes"
        " or more; two may be one line with IPv4 and IPv6, or a phone that moves."
    ),
    cannot_show=(
        "Which person used an account, whether an organization knew or asked, and what was meant. The organization in"
        " a log counts as a ground of its own only because the service logged it with the request."
    ),
    innocent="Independent people with one tool, network and habits; a lent, sold or stolen key.",
    exhibits="First and last request of the best linked accounts; requests from the networks of the organization; one"
    " per range of the minute in which one account used the most.",
    say=_say,
    detail=_detail,
    uses=(
        Use("accounts", "payment, phone, device and sign-up shared by them", _is("L1")),
        Use("identities", "other names of these accounts", _is("L1")),
        Use("ip_ranges", "which networks of theirs are shared by many", _is("L1")),
        Use("accounts", "organization, mail domain and payment", _is("L2")),
        Use("ip_ranges", "owners of the networks used", _is("L2")),
        Use("accounts", "who else is of the organization", _is("colleagues")),
        OTHER_NAMES._replace(where=_is("L2", "colleagues", "takeover", "at_once")),
    ),
)
