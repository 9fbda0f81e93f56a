"""Shared mail domain."""

from forensics.model import Family, Signal

SHARED_EMAIL_DOMAIN = Signal(
    id="shared_email_domain",
    family=Family.IDENT,
    title="Same mail domain",
    rationale="Accounts of one operator are often opened with addresses of a domain that the operator registered.",
    null_model=(
        "An account has a domain that u independent users have with chance u/N; e = N/u. Domains are those that "
        "somebody registers (Public Suffix List, private suffixes included). Free mail of the settings, disposable "
        "mail, a bare suffix, and what more than `rare_accounts` independent users have are context and weigh nothing."
    ),
    false_positives=(
        "colleagues who never heard of each other",
        "a provider of mail that few in this log use and the settings do not name",
        "a family or an association with a domain of its own",
    ),
    source="term-frequency adjustment of Fellegi-Sunter linkage (Splink); Public Suffix List (publicsuffix.org)",
    attributes=("email_domain",),
    needs=("an accounts table with email or email_domain",),
)
