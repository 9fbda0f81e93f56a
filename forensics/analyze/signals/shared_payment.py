"""Shared payment instrument."""

from forensics.model import Family, Signal

SHARED_PAYMENT = Signal(
    id="shared_payment",
    family=Family.IDENT,
    title="Same payment instrument",
    rationale="Somebody pays; accounts that look unrelated but share a card have one payer.",
    null_model="An account shows an instrument that u independent users show with chance u/N; e = N/u.",
    false_positives=(
        "a family or a company that pays for several people",
        "a reseller or a virtual-card provider with few numbers",
        "a stolen card",
    ),
    source="term-frequency adjustment of Fellegi-Sunter linkage (Splink)",
    attributes=("payment",),
    needs=("an accounts table with payment_fingerprint",),
    weight=3,
)
