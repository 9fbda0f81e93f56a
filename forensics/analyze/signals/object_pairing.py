"""Shared objects, moment by moment."""

from forensics.model import Family, Signal

OBJECT_PAIRING = Signal(
    id="object_pairing",
    family=Family.TARGET,
    title="Same objects at the same time",
    rationale="One account takes the prompt and the other the image, or each repeats what the other was refused.",
    null_model=(
        "Configuration model over pairs of an object and ten minutes, crowds of five and more left out: expected = "
        "k·l·sum(d(d-1))/M²; Chernoff bound of the Poisson tail; ten objects at least. Accounts that do not walk side "
        "by side must have met at four places, neighbors in ten minutes being one, and share no room."
    ),
    false_positives=(
        "two people who look at one album together",
        "two subscribers of a small feed whose readers fetch at once",
        "an application that fetches under two of its owner's accounts",
    ),
    source="SynchroTrap (Cao et al. 2014) for the pair of target and time; Saracco et al. 2017 for the null",
)
