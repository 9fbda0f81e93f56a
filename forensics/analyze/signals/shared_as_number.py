"""Shared autonomous system."""

from forensics.model import Family, Signal

SHARED_AS_NUMBER = Signal(
    id="shared_as_number",
    family=Family.NET,
    title="Same rare autonomous system",
    rationale="Whoever rents machines moves between addresses and ranges, but seldom leaves the hosting company.",
    null_model=(
        "Configuration model over autonomous systems: an account with l of the M shown has a given one, of u "
        "independent users, with chance l·u/M. "
        "One that more than `rare_accounts` independent users show, every large access "
        "provider and cloud, is context and weighs nothing; so does what comes from a range declared shared."
    ),
    false_positives=(
        "customers of one small access provider, or of one town",
        "an office, a school or a firm that routes its own network",
        "a privacy service or a cloud region that few use in this log",
    ),
    source="EvilCohort (Stringhini et al. 2015) for shared networks; rarity as for other values",
    attributes=("as_number",),
    needs=("an IP-range table with asn, or a log that names the autonomous system",),
)
