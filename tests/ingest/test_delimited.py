"""Tables as spreadsheets and databases export them: every byte is accounted for, and the first row is believed last."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forensics.case import Case
from forensics.ingest import explain
from forensics.schema import EVENTS, LOG_FILES, REJECTS, Table

Rows = Callable[[Case, Table], list[dict[str, Any]]]
Read = Callable[..., Any]
TIMES = ("2026-03-02T04:05:06Z", "2026-03-02T04:05:07Z")
EXPORTS = {
    "excel, semicolons, quoted line ends, byte order mark": (
        f'\ufefftime;user_id;path;note\r\n{TIMES[0]};u-1;/a;"x;\r\ny ""z"""\r\n{TIMES[1]};u-1;/b;\r\n',
        ('{"note":"x;\\r\\ny \\"z\\""}', '{"note":""}'),
    ),
    "everything quoted": (
        f'"time","user_id","path"\n"{TIMES[0]}","u-1","/a"\n"{TIMES[1]}","u-1","/b"\n',
        (None, None),
    ),
    "the delimiter told": (f"sep=;\r\ntime;user_id;path\r\n{TIMES[0]};u-1;/a\r\n{TIMES[1]};u-1;/b\r\n", (None, None)),
    "a delimiter at the end of each row": (
        f"time,user_id,path\n{TIMES[0]},u-1,/a,\n{TIMES[1]},u-1,/b,\n",
        (None, None),
    ),
    "a column without a name": (
        f"time,user_id,,path\n{TIMES[0]},u-1,x,/a\n{TIMES[1]},u-1,y,/b\n",
        ('{"column_3":"x"}', '{"column_3":"y"}'),
    ),
    "a delimiter in a name": (
        f'time;user_id;path;"a,b,c,d,e"\n{TIMES[0]};u-1;/a;1\n{TIMES[1]};u-1;/b;2\n',
        ('{"a,b,c,d,e":"1"}', '{"a,b,c,d,e":"2"}'),
    ),
    "the header again where files were joined": (
        f"time,user_id,path\n{TIMES[0]},u-1,/a\ntime,user_id,path\n{TIMES[1]},u-1,/b\n",
        (None, None),
    ),
}


@pytest.mark.parametrize(("text", "extra"), EXPORTS.values(), ids=EXPORTS)
def test_a_table_is_read_as_it_was_exported(
    text: str, extra: tuple[str | None, ...], case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    content = text.encode()
    (tmp_path / "a.csv").write_bytes(content)
    read(case, tmp_path / "a.csv")
    events = rows(case, EVENTS)
    assert [(event["user_id"], event["url_path"]) for event in events] == [("u-1", "/a"), ("u-1", "/b")]
    assert tuple(event["extra"] for event in events) == extra
    cited = [content[event["log_offset"] : event["log_offset"] + event["log_length"]] for event in events]
    assert [line.strip(b'"')[:20].decode() for line in cited] == list(TIMES)
    assert rows(case, REJECTS) == []
    (file,) = rows(case, LOG_FILES)
    assert file["bytes_content"] == len(content)
    assert file["records"] == file["events"] + file["comments"]


@pytest.mark.parametrize(("name", "delimiter"), [("csv", ","), ("csv", ";"), ("tsv", "\t")])
def test_a_table_without_a_header_is_refused_with_the_command_that_reads_it(
    name: str, delimiter: str, tmp_path: Path
) -> None:
    row = delimiter.join((TIMES[0], "u-1", "/a", "200"))
    path = tmp_path / f"a.{name}"
    path.write_text(f"{row}\n{row}\n", encoding="utf-8")
    found = explain(path)
    assert found.refused == "its first row is no header with two or more named columns"
    shown = delimiter.replace("\t", "\\t").join(("timestamp", "column_2", "column_3", "column_4"))
    assert found.hint == (
        f"put the names of its 4 columns in front: (printf '{shown}\\n'; cat FILE) | forensics ingest - -C CASE"
    )
    headed = shown.replace("\\t", "\t").replace("column_2", "user_id")
    path.write_text(f"{headed}\n{row}\n{row}\n", encoding="utf-8")
    assert (explain(path).format, explain(path).rate) == (name, 1.0)


def test_a_row_with_a_field_too_many_stays_a_reject(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"time,user_id,path\n{TIMES[0]},u-1,/a\n{TIMES[1]},u-1,/b,surplus\n", "utf-8")
    read(case, tmp_path / "a.csv")
    assert [row["reason"] for row in rows(case, REJECTS)] == ["field_count"]
