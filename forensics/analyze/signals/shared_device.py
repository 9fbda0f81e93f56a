"""Shared device."""

from forensics.model import Family, Signal

SHARED_DEVICE = Signal(
    id="shared_device",
    family=Family.IDENT,
    title="Same device",
    rationale="One machine registers or confirms several accounts.",
    null_model="An account shows a device that u independent users show with chance u/N; e = N/u.",
    false_positives=(
        "a family tablet, a library or a school computer",
        "an image that clones the device identifier",
        "an emulator farm that lends its devices",
    ),
    source="term-frequency adjustment of Fellegi-Sunter linkage (Splink)",
    attributes=("device",),
    needs=("an accounts table with device_fingerprint",),
    weight=2,
)
