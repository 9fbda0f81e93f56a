"""Shared addresses and ranges."""

from forensics.model import Family, Signal

SHARED_IP_RANGE = Signal(
    id="shared_ip_range",
    family=Family.NET,
    title="Same rare addresses",
    rationale="Few unrelated people send requests from the same address, /24 or /48 within one log.",
    null_model=(
        "Configuration model: an account with l of the M addresses shown has a given one, of u independent users, with "
        "chance l·u/M; half of the bet on each address of the other, half on how many rare ones are shared."
    ),
    false_positives=(
        "a household, an office or a school behind one address",
        "a carrier or a VPN exit not yet known as shared",
        "an address that changed hands between two people",
    ),
    source="Chung, Lu 2002; Saracco et al. 2017 (BiCM); FRAUDAR's column weights for the same idea",
    attributes=("source_ip", "source_range"),
    weight=7,
)
