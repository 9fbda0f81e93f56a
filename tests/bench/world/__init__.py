"""A world whose truth is known: people who live, traps that look like operators, and operators, all planted by a seed.

Written by somebody who does not write the method, from detect.md §2 and §5.5 and the contract tables alone, and
committed before the method is tuned. `SHA256` holds the hash of these sources, so that no later change goes unseen.
Seeds 1-20 are for tuning, seeds 1001-1040 for evaluation.
"""

from .plan import EVALUATION, PROFILES, SIZES, TRAPS, TUNING, Operator, World, nothing, planted, scaled
from .population import make
from .seal import sources_sha256, truth_sha256
from .write import write

__all__ = [
    "EVALUATION",
    "PROFILES",
    "SIZES",
    "TRAPS",
    "TUNING",
    "Operator",
    "World",
    "make",
    "nothing",
    "planted",
    "scaled",
    "sources_sha256",
    "truth_sha256",
    "write",
]
