"""Shared organization."""

from forensics.model import Family, Signal

SHARED_ORGANIZATION = Signal(
    id="shared_organization",
    family=Family.IDENT,
    title="Same organization",
    rationale="Accounts of one operator are often opened in the operator's own tenant.",
    null_model="An account is of an organization that u independent users are of with chance u/N; e = N/u.",
    false_positives=(
        "colleagues who never heard of each other",
        "a tenant that a reseller shares among its customers",
    ),
    source="term-frequency adjustment of Fellegi-Sunter linkage (Splink)",
    attributes=("organization",),
    needs=("an accounts table with organization_id, or a log that names the tenant",),
)
