"""Who uses Orion's models: a rival's dozen accounts, its colleagues, batch customers, a reseller's tenants, others."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from forensics.demo.draws import Draws
from forensics.demo.people import KITS, Account, numbered, ordinary, pool, some_of, weighted

EGRESS = pool("198.19.66", 20, 4)
OFFICE = ("198.18.44.10", "198.18.44.11")
RESELLER = "reseller:CloudPort"
DIRECT_ACCOUNTS = 12
_UNDER_OWN_NAME, _HEAD_OF_LAB = 3, 100
_SDKS = tuple(
    f"orion-{language}/2.{minor}.{patch}"
    for minor in (8, 7, 6, 5)
    for language in ("python", "node", "go", "java")
    for patch in (1, 0, 2)
)
_TENANT_RANGES = tuple(f"198.18.{net}.xxx" for net in range(90, 98))  # what the reseller's log leaves of an address
_BATCHES = (
    ("org-paperloom", "Paperloom Translations", "paperloom.example"),
    ("org-brightwell", "Brightwell Insurance", "brightwell.example"),
    ("org-fieldstone", "Fieldstone Legal Search", "fieldstone.example"),
)


def population(draws: Draws) -> list[Account]:
    """Return every account in a fixed order: the rival's dozen, its subscription, then everybody else."""
    direct = [
        *_rivals(draws),
        *_colleagues(draws),
        *_batches(draws),
        *(_developer(draws, index) for index in range(5000, 5800)),
    ]
    named = numbered(draws, direct, 3001)
    return [*named[:DIRECT_ACCOUNTS], *_subscriptions(draws), *named[DIRECT_ACCOUNTS:]]


def _rivals(draws: Draws) -> Iterator[Account]:
    """Twelve accounts opened in one sitting, with the lab's card and telephone; three under the firm's own name."""
    for index in range(DIRECT_ACCOUNTS):
        usual = ordinary(draws, index, "rival")
        is_open = index < _UNDER_OWN_NAME
        yield replace(
            usual,
            addresses=EGRESS,
            agent=weighted(draws, "sdk", index, _SDKS),
            requests=0,
            email_domain="quarry-labs.example" if is_open else usual.email_domain,
            organization_id="org-quarry" if is_open else "",
            organization_name="Quarry Labs" if is_open else "",
            plan="pro",
            created_at=f"2026-01-08T09:{41 + index // 2}:{29 * (index % 2) + 7:02}Z",
            payment_fingerprint="pf-quarry-lab",
        )


def _developer(draws: Draws, index: int) -> Account:
    """Return a customer like most: a program of their own on some version of the kit."""
    usual = ordinary(draws, index, low=5, high=60)
    return replace(usual, agent=weighted(draws, "sdk", index, _SDKS))


def _colleagues(draws: Draws) -> Iterator[Account]:
    """25 uninvolved colleagues: light use from the office in office hours, on the firm's own plan."""
    for index in range(100, 125):
        yield replace(
            ordinary(draws, index, "colleague", 10, 80),
            agent=weighted(draws, "sdk", index, _SDKS),
            addresses=OFFICE,
            profile="office",
            zone=1,
            email_domain="quarry-labs.example",
            organization_id="org-quarry",
            organization_name="Quarry Labs",
            plan="standard",
            payment_fingerprint="pf-quarry-lab"
            if index == _HEAD_OF_LAB
            else "pf-quarry-plan",  # the head of the lab pays both
        )


def _batches(draws: Draws) -> Iterator[Account]:
    """Three honest customers whose nightly pipelines are larger than anything the rival does."""
    for index, (organization, title, domain) in enumerate(_BATCHES):
        yield replace(
            ordinary(draws, 200 + index, "batch"),
            addresses=(f"198.19.{70 + index}.9",),
            agent=KITS[index],
            requests=0,
            email_domain=domain,
            organization_id=organization,
            organization_name=title,
            plan="enterprise",
            payment_fingerprint=f"pf-{domain.split('.')[0]}",
        )


def _subscriptions(draws: Draws) -> Iterator[Account]:
    """The rival's subscription at the reseller, and 80 tenants who have nothing to do with it."""
    for index in range(81):
        usual = ordinary(draws, 300 + index, "tenant", 8, 80)
        tenant = replace(
            usual,
            user_id=f"sub-{20_400 + 7 * index}",
            addresses=some_of(draws, "tenant", index, _TENANT_RANGES, 1),
            payment_fingerprint="",
            agent=weighted(draws, "sdk", 300 + index, _SDKS),
            plan="cloudport",
        )
        yield (
            tenant
            if index
            else replace(
                tenant,
                group="rival",
                created_at="2026-01-08T09:48:31Z",
                payment_fingerprint="pf-quarry-lab",
                requests=0,
                email_domain="quarry-labs.example",
                organization_id="org-quarry",
                organization_name="Quarry Labs",
            )
        )


def is_reseller(account: Account) -> bool:
    """Tell whether an account is a subscription at the reseller."""
    return account.user_id.startswith("sub-")


def members(people: Sequence[Account]) -> list[str]:
    """Return the planted members: the dozen and the subscription."""
    return sorted(account.user_id for account in people if account.group == "rival")
