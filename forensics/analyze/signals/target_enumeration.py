"""Shared walk through the ids of the service."""

from forensics.model import Family, Signal

TARGET_ENUMERATION = Signal(
    id="target_enumeration",
    family=Family.TARGET,
    title="Same walk through the ids",
    rationale="Accounts that divide one catalogue walk through its ids with one moving frontier.",
    null_model=(
        "Close: two walks through one kind of object lie within D with chance 2 · D / range, taken wherever the one "
        "hands over to the other; the bet is spread over D. Adjoining: the one ends within D of where the other begins "
        "with chance 6 · D / range, or as near as pages are long where both lie on edges of pages. Apart: an "
        "independent walk meets ids that others took in the share that they hold of the ids along its way (binomial). "
        "Only pairs that walk can win the bet on being close: it pays as much more as they are fewer than all pairs, "
        "16 times at most."
    ),
    false_positives=(
        "two followers of one newest-first feed",
        "an export and its retry under two accounts of one customer",
        "two crawlers that start at the same published list",
    ),
    source="detect.md §3.1 (target enumeration)",
    weight=3,
)
