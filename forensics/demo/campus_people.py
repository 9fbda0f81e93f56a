"""Who uses Orion Chat: students, clerks, build jobs, a declared fleet, families, and everybody else."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from forensics.demo.draws import Draws
from forensics.demo.people import (
    BROWSERS,
    Account,
    fingerprint,
    home_address,
    numbered,
    ordinary,
    pool,
    some_of,
)

CARRIER_POOL = pool("198.18.110", 32, 16)
VPN_EXITS = pool("198.18.120", 8, 8)
CAMPUS_EGRESS = ("198.18.60.5", "198.18.60.6")
LAB_IMAGE = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 HarborLab/26.1"
CLERK_IMAGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Edg/142.0.0.0 Ledgerline"
)
BUILD_AGENT = "orion-python/1.14.2"
FLEET_AGENT = "fleet-dispatch/5.2.0"
BUILD_ORGANIZATIONS = 25
SSO_ORGANIZATIONS = ("org-ledgerline", "org-fleet-ops")  # whose tenants the gateway writes into its log
CLASSROOM_SIZE = 30
PROMPT_PACK_SIZE = 25
_COMMUTES_FROM = 60  # requests; whoever asks less is only seen on campus


def population(draws: Draws) -> list[Account]:
    """Return every account in a fixed order; accounts of one group stand together."""
    members = [
        *_students(draws),
        *_clerks(draws),
        *_carrier_users(draws),
        *_vpn_users(draws),
        *_build_jobs(draws),
        *_fleet(draws),
        *_families(draws),
        *_travel_agents(draws),
        *(ordinary(draws, index, low=2) for index in range(5000, 5104)),
    ]
    return numbered(draws, members, 2001)


def groups(people: Sequence[Account]) -> dict[str, list[str]]:
    """Return the handles of each planted group; the classroom and the prompt pack are parts of larger groups."""
    names = sorted({account.group for account in people})
    found = {name: [account for account in people if account.group == name] for name in names}
    found["classroom"] = found["campus"][:CLASSROOM_SIZE]
    found["prompt_pack"] = found["corporate"][:PROMPT_PACK_SIZE]
    return {name: sorted(account.user_id for account in found[name]) for name in sorted(found)}


def _students(draws: Draws) -> Iterator[Account]:
    """220 students behind two campus addresses, most at machines with one image; some also write from home."""
    for index in range(220):
        usual = ordinary(draws, index, "campus", 10, 220)
        home = usual.addresses if usual.requests >= _COMMUTES_FROM and draws.often("commuter", index, 700) else ()
        is_in_lab = index < CLASSROOM_SIZE or draws.often("lab", index, 700)
        yield replace(
            usual,
            addresses=(*CAMPUS_EGRESS, *CAMPUS_EGRESS, *home),
            agent=LAB_IMAGE if is_in_lab else usual.agent,
            email_domain="students.uni-harbor.example",
            profile="term",
            zone=1,
        )


def _clerks(draws: Draws) -> Iterator[Account]:
    """60 employees of one firm: one egress /24, one browser image, office hours."""
    for index in range(1000, 1060):
        yield replace(
            ordinary(draws, index, "corporate", 8, 250),
            addresses=some_of(draws, "egress", index, pool("198.18.70", 20, 4), 2),
            agent=CLERK_IMAGE,
            email_domain="ledgerline.example",
            organization_id="org-ledgerline",
            organization_name="Ledgerline Accounting",
            profile="office",
            zone=-5,
            plan="enterprise",
            payment_fingerprint="pf-ledgerline",
        )


def _carrier_users(draws: Draws) -> Iterator[Account]:
    """150 customers of one mobile carrier, each hopping over 3 to 9 of its 16 addresses."""
    for index in range(1200, 1350):
        seen = some_of(draws, "carrier", index, CARRIER_POOL, 3 + draws.one("carrier/size", index, 7))
        yield replace(ordinary(draws, index, "carrier", low=2), addresses=seen)


def _vpn_users(draws: Draws) -> Iterator[Account]:
    """100 people behind the 8 exits of one privacy service, some of them also at home without it."""
    for index in range(1400, 1500):
        usual = ordinary(draws, index, "vpn", low=2)
        exits = some_of(draws, "exit", index, VPN_EXITS, 2 + draws.one("exit/size", index, 4))
        yield replace(usual, addresses=(*exits, *(usual.addresses if index % 3 == 0 else ())))


def _build_jobs(draws: Draws) -> Iterator[Account]:
    """40 build jobs of 25 firms that know nothing of each other but use one client and the same clock."""
    for index in range(40):
        firm = index % BUILD_ORGANIZATIONS
        cloud = f"198.19.{64 + draws.one('cloud/net', index, 24)}.{1 + draws.one('cloud/host', index, 250)}"
        yield replace(
            ordinary(draws, 1600 + index, "ci_farm"),
            addresses=(cloud,),
            agent=BUILD_AGENT,
            requests=0,
            email_domain=f"build-{firm:02}.example",
            organization_id=f"org-build-{firm:02}",
            organization_name=f"Build Customer {firm:02}",
            plan="team",
            payment_fingerprint=fingerprint(draws, "payment/build", firm),
        )


def _fleet(draws: Draws) -> Iterator[Account]:
    """24 service accounts that one customer declared: same plan, payment, /24 and client, every 15 minutes."""
    for index in range(24):
        yield replace(
            ordinary(draws, 1700 + index, "fleet"),
            addresses=(f"198.19.90.{40 + index}",),
            agent=FLEET_AGENT,
            requests=0,
            email_domain="fleet-ops.example",
            organization_id="org-fleet-ops",
            organization_name="Fleet Ops",
            plan="enterprise",
            payment_fingerprint="pf-fleet-ops",
        )


def _families(draws: Draws) -> Iterator[Account]:
    """80 homes with two or three accounts behind one address; every fourth pays with one card."""
    for home in range(80):
        address = home_address(draws, 3000 + home)
        for seat in range(2 + draws.one("family/size", home, 2)):
            usual = ordinary(draws, 3100 + 10 * home + seat, "household", low=2)
            shares_card = home % 4 == 0
            yield replace(
                usual,
                addresses=(address,),
                zone=home % 3,
                plan="standard" if shares_card else usual.plan,
                payment_fingerprint=fingerprint(draws, "payment/family", home)
                if shares_card
                else usual.payment_fingerprint,
            )


def _travel_agents(draws: Draws) -> Iterator[Account]:
    """A couple that runs a travel agency: one address, one machine, one card, the same request forms."""
    for index in range(4000, 4002):
        yield replace(
            ordinary(draws, index, "travel_agents", 90, 160),
            addresses=("198.18.80.14",),
            agent=BROWSERS[4],
            email_domain="two-palms-travel.example",
            profile="office",
            zone=1,
            plan="standard",
            payment_fingerprint=fingerprint(draws, "payment/travel", 0),
            device=f"dv-{draws.hex('device/travel', 0, 12)}",
        )
