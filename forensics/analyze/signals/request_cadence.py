"""Shared rhythm: synchrony and schedule."""

from forensics.model import Family, Signal

REQUEST_CADENCE = Signal(
    id="request_cadence",
    family=Family.TIME,
    title="Same odd moments, or same rare schedule",
    rationale="Accounts driven by one program act at the same moments, or at the same uncommon period.",
    null_model=(
        "Rank-1: each account falls into hour and phase independently, with its own hours and its own phases, so "
        "that jobs which both run at :00 explain themselves; Chernoff bound of the Poisson tail at 10, 60 and 300 "
        "seconds. Schedule: chance that two regular accounts share a period and phase at most this common."
    ),
    false_positives=(
        "people in one class or meeting whose room is not known",
        "a push notification that wakes many apps",
        "two customers of one integration with an unusual default period",
        "accounts that meet in one hour only are not seen at all",
    ),
    source="detect.md §3.1; Tumminello et al. 2011 for pairwise validation",
)
