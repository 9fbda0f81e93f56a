"""Shared prompts and endpoints."""

from forensics.model import Family, Signal

SHARED_TEMPLATE = Signal(
    id="shared_template",
    family=Family.TEMPLATE,
    title="Same rare prompt or endpoint",
    rationale="A program fills one template again and again, and its accounts share the program.",
    null_model=(
        "Configuration model among independent users over prompt hashes, prompts that an account asks three times and "
        "more, and endpoints (a path with ids, or a call that is no GET). Inside an organization or at one address "
        "they are as rare as they are there."
    ),
    false_positives=(
        "a prompt pack that strangers or colleagues use",
        "a library that few customers have yet",
        "a homework that a class was given",
    ),
    source="detect.md §3.1 (rarity), §3.2 (composite null inside a room)",
    attributes=("prompt", "habitual_prompt", "endpoint"),
)
