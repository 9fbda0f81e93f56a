"""Opened in the same ten minutes."""

from forensics.model import Family, Signal

SIGNUP_BURST = Signal(
    id="signup_burst",
    family=Family.IDENT,
    title="Signed up together",
    rationale="Accounts made for one purpose are made in one sitting.",
    null_model=(
        "An account was opened in ten minutes in which u independent users were opened with chance u/N; e = N/u."
    ),
    false_positives=(
        "a class or a team that signs up together",
        "a launch, an article or a broadcast that sends many at once",
        "an import that gives all accounts one date",
    ),
    source="EvilCohort (Stringhini et al. 2015) for registration bursts; rarity as for other values",
    attributes=("signup",),
    needs=("an accounts table with created_at",),
)
