"""Accounts that take turns."""

from forensics.model import Family, Signal

HAND_OVER = Signal(
    id="hand_over",
    family=Family.TIME,
    title="One begins when the other stops",
    rationale="Where accounts have quotas, one works until it is used up or blocked, and the next goes on.",
    null_model=(
        "Starts of the one after stops of the other (rests of five bins, at 1, 5 and 30 minutes), against the most "
        "generous of three nulls: both fall into one block of 30 bins at random; the stops of a day meet the starts of "
        "other days at the same time of day as often; both fall into the same hours, and into following phases of the "
        "hour as often as in their other hours. Chernoff bound of the Poisson tail; three hand-overs at least."
    ),
    false_positives=(
        "two people who share a machine and are not known to share an address or an employer",
        "colleagues in shifts who work from home",
        "one person with an account for work and one for the evening",
    ),
    source="rank-1 null of detect.md §3.1, with the stops of one account and the starts of the other; shifted days",
)
