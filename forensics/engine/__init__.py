"""The one door to SQL, and the one way to spread work over cores."""

from forensics.engine.duckdb import Engine, Resources, forget_spills
from forensics.engine.spread import spread

__all__ = ["Engine", "Resources", "forget_spills", "spread"]
