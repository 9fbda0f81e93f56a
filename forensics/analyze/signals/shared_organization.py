"""Shared organization or mail domain."""

from forensics.model import Family, Signal

SHARED_ORGANIZATION = Signal(
    id="shared_organization",
    family=Family.IDENT,
    title="Same organization",
    rationale="Accounts of one operator are often opened with the operator's own mail domain or tenant.",
    null_model="An account is of an organization that u independent users are of with chance u/N; e = N/u.",
    false_positives=(
        "colleagues who never heard of each other",
        "a free-mail domain, where the list of organizations holds one",
    ),
    source="term-frequency adjustment of Fellegi-Sunter linkage (Splink)",
    attributes=("organization", "email_domain"),
    needs=("an accounts table with organization_id or email_domain",),
    weight=2,
)
