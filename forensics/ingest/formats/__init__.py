"""The formats, explicit and most specific first: of two that read a line equally well the first one is meant."""

from forensics.errors import UsageError
from forensics.ingest.formats.base import Binding, Family, Field, LineFormat, Sample, Wishes
from forensics.ingest.formats.combined import COMBINED
from forensics.ingest.formats.common_log import COMMON
from forensics.ingest.formats.delimited import CSV, TSV
from forensics.ingest.formats.ndjson import NDJSON
from forensics.ingest.formats.parquet import PARQUET
from forensics.ingest.formats.vhost_combined import VHOST_COMBINED

FORMATS = (VHOST_COMBINED, COMBINED, COMMON, NDJSON, TSV, CSV, PARQUET)


def by_name(name: str) -> LineFormat:
    """Return the format of that name. Raise `UsageError` for a name nobody knows."""
    for each in FORMATS:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in FORMATS)
    raise UsageError(f"unknown format {name!r}", hint=f"known formats: auto, {known}")


__all__ = ["FORMATS", "Binding", "Family", "Field", "LineFormat", "Sample", "Wishes", "by_name"]
