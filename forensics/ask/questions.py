"""The thirty questions analysts ask of logs, read from `questions.toml`: each is one query and one answer."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Question:
    """One question: its id, itself, the answer as a template of the first row, and what it needs."""

    id: str
    text: str
    answer: str
    nothing: str = "No row answers this."
    needs: tuple[str, ...] = ()  # tables; the first that was never given is named, and nothing else is said
    uses: tuple[str, ...] = ()  # tables that add to the answer; those never given are named after it

    @property
    def query(self) -> str:
        """Return the name of its query."""
        return f"{self.id.lower()}.sql"


def _question(entry: dict[str, Any]) -> Question:
    return Question(**entry | {name: tuple(entry.get(name, ())) for name in ("needs", "uses")})


_DOCUMENT = tomllib.loads((files("forensics.ask") / "questions.toml").read_text(encoding="utf-8"))
QUESTIONS = tuple(map(_question, _DOCUMENT["question"]))
