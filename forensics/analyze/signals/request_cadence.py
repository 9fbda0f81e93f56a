"""Shared rhythm: synchrony and schedule."""

from forensics.model import Family, Signal

REQUEST_CADENCE = Signal(
    id="request_cadence",
    family=Family.TIME,
    weight=3,
    title="Same odd moments, or same rare schedule",
    rationale="Accounts driven by one program act at the same moments, or at the same uncommon period.",
    null_model=(
        "Two nulls, the more generous one counts. Habit: both fall into the same hours as they did, and into the same "
        "phase of the hour as often as in their other hours, so that jobs which both run at :00 explain themselves. "
        "Session: both are busy in the same block of 30 bins and fall into its bins at random. Chernoff bound of the "
        "Poisson tail at 10, 60, 300 and 1,800 seconds; between two that a clock drives no more than the chance that "
        "their phases lie within a bin. Schedule: chance that two regular accounts share a period and "
        "phase at most this common; periods that are no round number lie evenly on a log scale."
    ),
    false_positives=(
        "people in one class or meeting whose room is not known",
        "a push notification that wakes many apps",
        "two customers of one integration with an unusual default period",
    ),
    source="detect.md §3.1; Tumminello et al. 2011 for pairwise validation",
)
