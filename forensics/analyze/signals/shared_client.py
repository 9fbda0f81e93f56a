"""Shared client software."""

from forensics.model import Family, Signal

SHARED_CLIENT = Signal(
    id="shared_client",
    family=Family.CLIENT,
    title="Same rare client",
    rationale="A script keeps its user agent and TLS fingerprint while it changes addresses.",
    null_model=(
        "Configuration model over user agents (and JA4 where logged), among independent users; inside an organization "
        "or behind a crowded address the chance is taken from the people there, whichever is larger."
    ),
    false_positives=(
        "a new browser build that few have yet",
        "an image that an office or a lab installs on every machine",
        "a popular library that happens to be rare in this log",
    ),
    source="detect.md §3.1 (rarity), §3.2 (composite null inside a room)",
    attributes=("user_agent", "ja4"),
)
