"""Offline log forensics: which accounts are one actor, how sure, and by which rows."""

__version__ = "0.1.0"
