"""The format on the page `docs/adding-a-format.md` is a format: it reads what it says, and is as short as it says."""

import re
from pathlib import Path
from types import ModuleType

from forensics.ingest.formats.base import LineFormat
from forensics.ingest.normalize import Terms
from forensics.ingest.parse import Reading, parse_text
from forensics.ingest.sampling import as_records

PAGE = Path(__file__).resolve().parents[2] / "docs" / "adding-a-format.md"
LIMIT = 40


def example() -> tuple[str, LineFormat]:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    module = ModuleType("example_gateway")
    exec(compile(code, str(PAGE), "exec"), module.__dict__)  # noqa: S102 - our own page
    return code, module.__dict__["EXAMPLE_GATEWAY"]


def test_the_worked_example_reads_its_samples_in_under_forty_lines() -> None:
    code, form = example()
    assert len([line for line in code.splitlines() if line.strip()]) < LIMIT
    good, bad = form.accepted[0], form.rejected[0]
    lines = [good.record, bad.record, good.record + " one more field"]
    reading = Reading("", "", form, form.bind(lines, {}), Terms(bytes(32)))
    parsed = parse_text(as_records(lines), reading)
    first, longer = parsed.events.to_dicts()
    assert {name: first[name] for name in good.event} == good.event
    assert (first["event_duration_us"], first["timestamp_kind"]) == (153_000, "start")
    assert "one more field" in longer["extra"]
    assert parsed.rejects["reason"].to_list() == [bad.reason]
