"""The chapters of the report. `SECTIONS` is the reading order; adding one means adding a line."""

from forensics.report.sections import (
    accounts,
    alternatives,
    behavior,
    cadence,
    evidence_index,
    infrastructure,
    materiality,
    method,
    scope,
    service_impact,
    statements,
    steps,
    summary,
    timeline,
)
from forensics.report.sections.base import Chapter

SECTIONS: tuple[Chapter, ...] = (
    summary.CHAPTER,
    scope.CHAPTER,
    accounts.CHAPTER,
    timeline.CHAPTER,
    behavior.CHAPTER,
    cadence.CHAPTER,
    infrastructure.CHAPTER,
    service_impact.CHAPTER,
    materiality.CHAPTER,
    alternatives.CHAPTER,
    statements.CHAPTER,
    steps.CHAPTER,
    method.CHAPTER,
    evidence_index.CHAPTER,
)

__all__ = ["SECTIONS", "Chapter"]
