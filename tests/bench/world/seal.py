"""Hashes that show whether the generator changed: of its sources, and of the truth it makes."""

import hashlib
import io
from pathlib import Path

import polars as pl

HERE = Path(__file__).resolve().parent


def sources_sha256() -> str:
    """Return the SHA-256 over name and text of every module of this folder, in order of name."""
    held = hashlib.sha256()
    for path in sorted(HERE.glob("*.py")):
        held.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return held.hexdigest()


def truth_sha256(truth: pl.DataFrame) -> str:
    """Return the SHA-256 of the truth as CSV, in order of account."""
    text = io.BytesIO()
    truth.sort("user_id").write_csv(text)
    return hashlib.sha256(text.getvalue()).hexdigest()
