"""Which mail domains somebody registered, and which are places where anybody may have an address.

`a.co.uk` and `b.co.uk` have two owners, `mail.firm.example` and `firm.example` one: the Public Suffix List says where
the line is. Its private part counts: names below `github.io` or a provider of dynamic names belong to a customer each.
"""

from collections.abc import Collection, Iterable
from functools import cache

import pyarrow as pa
from disposable_email_domains import blocklist
from publicsuffixlist import PublicSuffixList

from forensics.schema import MAIL_DOMAINS


def mail_domains(domains: Iterable[str], free_mail: Collection[str]) -> pa.Table:
    """Return the table `mail_domains`: one row for each domain, in order, with what was registered and what it is.

    `free_mail` are domains of the settings. Nothing is fetched: the lists are those of the installed packages.
    """
    suffixes = _suffixes()
    open_to_all = {registrable(suffixes, domain) or domain for domain in free_mail}
    rows = []
    for domain in sorted(set(domains)):
        registered = registrable(suffixes, domain)
        rows.append(
            {
                "email_domain": domain,
                "registrable_domain": registered or domain,
                "kind": _kind(domain, registered, open_to_all),
            }
        )
    return pa.Table.from_pylist(rows, schema=MAIL_DOMAINS.arrow())


@cache
def _suffixes() -> PublicSuffixList:
    """Return the list, read once for the whole and its halves. Unknown endings are suffixes; nothing is fetched."""
    return PublicSuffixList()


def registrable(suffixes: PublicSuffixList, domain: str) -> str | None:
    """Return what somebody registered for this domain; None for a bare suffix. What is no name is returned as it is."""
    name = domain.strip().rstrip(".").lower()
    try:
        ascii_name = name.encode("idna").decode("ascii") if not name.isascii() else name
    except UnicodeError:
        return name
    if not all(ascii_name.split(".")) or ascii_name.startswith("["):
        return name
    found = suffixes.privatesuffix(ascii_name)
    return None if found is None else str(found)


def _kind(domain: str, registered: str | None, free_mail: Collection[str]) -> str:
    if registered is None:
        return "public_suffix"
    if registered in free_mail:
        return "free_mail"
    return "disposable" if registered in blocklist or domain in blocklist else "registered"
