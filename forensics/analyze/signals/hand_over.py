"""Turns taken: one account goes on where the other stops."""

from forensics.model import Family, Signal

HAND_OVER = Signal(
    id="hand_over",
    family=Family.TIME,
    title="Work handed over from one to the other",
    rationale="An operator who spreads its load lets one account rest while another goes on.",
    null_model=(
        "Work is cut at pauses of 1, 4, 16, 64 and 256 minutes. Where a turn of the one ends and one of the other "
        "begins within reach (no further than either turn, either pause and eight such pauses are long), the distance "
        "is uniform within reach, or as small as between turns on other days and in other hours, whichever is smaller. "
        "Likelihood ratio of the bet that half of the distances are within an eighth, a 32nd, a 128th of the reach; "
        "three within an eighth at least; mean over pauses and degrees. Nothing between people of one room, but for "
        "two walks."
    ),
    false_positives=(
        "people who share one device and whose home is not known",
        "shifts of a firm whose accounts nothing declares, on days that do not repeat",
    ),
    source="detect.md §3.1 (round-robin, hand-off); local shifts as a null: Harrison and Geman 2009",
)
