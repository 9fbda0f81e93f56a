"""Shared phone number."""

from forensics.model import Family, Signal

SHARED_PHONE = Signal(
    id="shared_phone",
    family=Family.IDENT,
    title="Same phone number",
    rationale="Sign-up asks for a number; numbers cost money, so one is used again.",
    null_model="An account shows a number that u independent users show with chance u/N; e = N/u.",
    false_positives=(
        "a family or an office line",
        "a number that changed hands",
        "a service that rents numbers to many",
    ),
    source="term-frequency adjustment of Fellegi-Sunter linkage (Splink)",
    attributes=("phone",),
    needs=("an accounts table with phone_fingerprint",),
    weight=2,
)
