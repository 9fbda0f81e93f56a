"""Text formats beyond their samples: headers that change, days that pass, fields nobody announced, hostile values."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from forensics.case import Case
from forensics.engine import Resources
from forensics.ingest import Options, reader, source
from forensics.ingest.acquire import acquire
from forensics.ingest.formats import FORMATS, Family, LineFormat, by_name
from forensics.ingest.formats.aliases import wishes
from forensics.ingest.formats.base import Binding
from forensics.ingest.formats.named import as_extra
from forensics.ingest.gather import Named
from forensics.ingest.normalize import Terms
from forensics.ingest.parse import Parsed, Reading, parse_text
from forensics.ingest.writer import Register
from forensics.model import silent
from forensics.schema import EVENTS, LOG_FILES, REJECTS, Table

Rows = Callable[[Case, Table], list[dict[str, Any]]]
IIS = "#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query cs-username sc-status time-taken"
TEXT_FORMATS = [form for form in FORMATS if form.family == Family.LINES]


def read(form: LineFormat, lines: Sequence[str], asked: dict[str, str] | None = None) -> Parsed:
    """Read lines as one chunk of a file."""
    binding = form.bind(list(lines), asked or {})
    (chunk,) = reader.chunks(["".join(f"{line}\n" for line in lines).encode()])
    return parse_text(reader.records(chunk), Reading("f" * 64, "c" * 64, form, binding, Terms(bytes(32))))


def in_chunks(case: Case, path: Path, size: int) -> Case:
    """Ingest a file in chunks of so many bytes, on two threads."""
    register = Register(case)
    orders = Options().orders(case)
    source.read(
        acquire(Named(path, path.name)), register, orders,
        resources=Resources(threads=2), report=silent, chunk_size=size,
    )  # fmt: skip
    register.write()
    return case


# --- headers ------------------------------------------------------------------------------------------------------


def test_a_header_that_changes_inside_a_file_changes_how_the_lines_after_it_are_read() -> None:
    events = read(
        by_name("w3c"),
        [
            "#Fields: date time c-ip cs-uri-stem sc-status",
            "2026-03-02 04:05:06 198.18.0.7 /a 200",
            "#Fields: sc-status date time cs-uri-stem c-ip",
            "404 2026-03-02 04:05:07 /b 198.18.0.8",
        ],
    ).events
    assert events.select("source_ip", "url_path", "http_response_status_code").rows() == [
        ("198.18.0.7", "/a", 200),
        ("198.18.0.8", "/b", 404),
    ]


def written(form: str) -> str:
    """Return a log with headers that change, and with days that pass, far longer than the chunks of the test."""
    if form == "zeek_http":
        head = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\thttp\n"
        one = head + "#fields\tts\tid.orig_h\tmethod\turi\tusername\n"
        two = head + "#fields\tts\tusername\tmethod\turi\tid.orig_h\n"
        lines = [f"{1772424306 + n}.25\t198.18.0.{n % 250}\tGET\t/{n}\tu-{n % 7}\n" for n in range(60)]
        more = [f"{1772424366 + n}.25\tu-{n % 7}\tGET\t/{n}\t198.18.1.{n % 250}\n" for n in range(60)]
        return one + "".join(lines) + two + "".join(more) + "#close\t2026-03-02-05-00-00\n"
    if form == "aws_cloudfront":
        head = "#Version: 1.0\n#Fields: date time x-edge-location c-ip cs-method cs-uri-stem sc-status\n"
        turned = "#Fields: date time x-edge-location sc-status cs-uri-stem cs-method c-ip\n"
        lines = [f"2026-03-02\t04:05:{n % 60:02d}\tFRA\t198.18.0.{n}\tGET\t/{n}\t200\n" for n in range(60)]
        more = [f"2026-03-02\t04:06:{n % 60:02d}\tFRA\t404\t/{n}\tGET\t198.18.1.{n}\n" for n in range(60)]
        return head + "".join(lines) + turned + "".join(more)
    head = "#Software: Microsoft Internet Information Services 6.0\n#Date: 2026-02-27 20:00:00\n"
    short = "#Fields: time c-ip cs-method cs-uri-stem sc-status\n"
    days = [f"{(20 + n) % 24:02d}:30:00 198.18.0.{n} GET /{n} 200\n" for n in range(60)]
    return head + short + "".join(days) + f"{IIS}\n2026-03-09 04:05:06 198.18.0.7 GET /z - ann 200 15\n"


@pytest.mark.parametrize("form", ["w3c", "zeek_http", "aws_cloudfront"])
@pytest.mark.parametrize("size", [200, 1000])
def test_a_header_holds_in_every_chunk_until_the_next_one(
    form: str, size: int, case: Case, another: Callable[[str], Case], rows: Rows, tmp_path: Path
) -> None:
    log = tmp_path / "x.log"
    log.write_text(written(form), encoding="utf-8")
    whole = in_chunks(case, log, reader.CHUNK)
    small = in_chunks(another("small"), log, size)
    assert rows(whole, EVENTS) == rows(small, EVENTS)
    assert rows(whole, REJECTS) == rows(small, REJECTS) == []
    assert rows(whole, LOG_FILES)[0]["log_format"] == form
    assert len(list(small.folder.glob(EVENTS.path))) >= 3


def test_a_log_without_dates_runs_past_midnight_and_tells_lines_that_were_written_late() -> None:
    events = read(
        by_name("w3c"),
        [
            "#Date: 2026-02-28 23:59:58",
            "#Fields: time c-ip cs-uri-stem",
            *(f"{clock} 198.18.0.7 /" for clock in ("23:59:59", "00:00:01", "23:59:59", "00:00:02", "09:00:00")),
            "#Date: 2026-03-09 00:00:00",
            "00:00:00 198.18.0.7 /",
        ],
    ).events
    assert events["timestamp"].dt.strftime("%m-%d %H:%M:%S").to_list() == [
        *("02-28 23:59:59", "03-01 00:00:01", "02-28 23:59:59", "03-01 00:00:02", "03-01 09:00:00", "03-09 00:00:00"),
    ]
    assert {tuple(flags) for flags in events["parse_flags"].to_list()} == {("date_from_header",)}


def test_a_time_without_any_date_is_refused() -> None:
    rejects = read(by_name("w3c"), ["#Fields: time c-ip cs-uri-stem", "04:05:06 198.18.0.7 /"]).rejects
    assert rejects["reason"].to_list() == ["no_timestamp"]


def test_header_lines_are_comments_and_the_books_balance() -> None:
    lines = ["#Software: x", "  #Fields: date time cs-uri-stem", "", "2026-03-02 04:05:06 /a", "#Remark: y", "2026 /b"]
    counts = read(by_name("w3c"), lines).counts
    assert (counts.records, counts.events, counts.rejects, counts.comments, counts.blanks) == (6, 1, 1, 3, 1)


def test_blanks_in_a_query_do_not_move_the_columns_behind_it() -> None:
    lines = [
        IIS,
        "2026-03-02 04:05:06 198.18.0.7 GET /a Cmd=x y z ann 200 15",
        "2026-03-02 04:05:06 198.18.0.7 GET /a Cmd=x ann 200 15 198.18.9.9 new",
        "2026-03-02 04:05:06 198.18.0.7 GET /a Cmd=x ann OK fine thanks",
    ]
    parsed = read(by_name("w3c"), lines)
    assert parsed.events.select("url_query", "user_id", "http_response_status_code", "parse_flags", "extra").rows() == [
        ("Cmd=x y z", "ann", 200, ["blanks_in_query"], None),
        ("Cmd=x", "ann", 200, ["trailing_fields"], '{"trailing":"198.18.9.9 new"}'),
    ]
    assert parsed.rejects["reason"].to_list() == ["field_count"]


def test_durations_count_only_where_their_unit_is_known() -> None:
    line = "2026-03-02 04:05:06 /a 15"
    fields = "#Fields: date time cs-uri-stem time-taken"
    (iis,) = read(
        by_name("w3c"), ["#Software: Microsoft Internet Information Services 10.0", fields, line]
    ).events.to_dicts()
    (other,) = read(by_name("w3c"), ["#Software: Other 1.0", fields, line]).events.to_dicts()
    assert (iis["event_duration_us"], iis["extra"]) == (15_000, None)
    assert (other["event_duration_us"], other["extra"]) == (None, '{"time-taken":"15"}')


def test_a_given_header_reads_a_file_that_lost_its_own() -> None:
    form = by_name("#Fields: date time c-ip cs-uri-stem")
    (event,) = read(form, ["2026-03-02 04:05:06 198.18.0.7 /a"]).events.to_dicts()
    assert (event["source_ip"], event["url_path"], event["log_format"]) == ("198.18.0.7", "/a", "w3c")


# --- fields ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", TEXT_FORMATS, ids=lambda form: form.name)
def test_a_field_nobody_announced_costs_no_line(form: LineFormat) -> None:
    separator = "\t" if form.name in {"aws_cloudfront", "zeek_http"} else " "
    grown = [(sample, f"{sample.record}{separator}brandnew") for sample in form.accepted if sample.event]
    for sample, line in grown[:1]:
        parsed = read(form, [*sample.beside, line])
        assert parsed.rejects.is_empty()
        (event,) = parsed.events.to_dicts()
        assert "brandnew" in str(event["extra"]) or event["user_agent_original"].endswith("brandnew")


@pytest.mark.parametrize(
    ("form", "account", "kind", "user_id"),
    [
        ("aws_alb", "trace_id", "user", "Root=1-58337262-36d228ad5d99923122bbe354"),
        ("squid", "client", "user", "198.18.0.7"),
        ("w3c", "s-ip", "user", "198.19.0.1"),
        ("haproxy", "captured_headers", "user", "{a.example|x/1 (y z)}"),
    ],
)
def test_any_named_field_can_be_the_account(form: str, account: str, kind: str, user_id: str) -> None:
    sample = by_name(form).accepted[0]
    (event,) = read(by_name(form), [*sample.beside, sample.record], wishes({}, account)).events.to_dicts()
    assert (event["user_id"], event["user_id_kind"]) == (user_id, kind)


def test_a_wish_for_a_field_that_is_not_there_is_a_warning() -> None:
    binding = by_name("squid").bind([], wishes({}, "subscription"))
    assert binding.warnings == ("its lines have no field 'subscription'",)
    assert ("user_id:user", "user") in {(field.role, field.name) for field in binding.fields}


def test_cookies_and_passwords_are_kept_as_keyed_ids_only() -> None:
    fields = "#Fields: date time cs-uri-stem cs(Cookie) cs(Authorization)"
    w3c = read(by_name("w3c"), [fields, "2026-03-02 04:05:06 /a id=tasty123456 Digest+abc123456"])
    header = "#fields\tts\tmethod\turi\tusername\tpassword"
    zeek = read(by_name("zeek_http"), ["#path\thttp", header, "1772424306.25\tGET\t/\tann\thunter2hunter2"])
    haproxy = by_name("haproxy").accepted[1].record.replace("2750 - -", "2750 SID=tasty123456 -")
    for extra in (
        w3c.events["extra"][0],
        zeek.events["extra"][0],
        read(by_name("haproxy"), [haproxy]).events["extra"][0],
    ):
        assert "key:" in extra
        assert not any(secret in extra for secret in ("tasty123456", "abc123456", "hunter2"))


def test_extra_is_json_whatever_the_values_hold() -> None:
    hostile = ['x","y":null,', ':null,"z', "v,", '\\"', "{}", None, "\x00\x1b", "\u2028", '"k":null}', "-"]
    columns = {name: hostile[place:] + hostile[:place] for place, name in enumerate(("a", "b", "c", "d"))}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    texts = as_extra(frame, {name: pl.col(name) for name in columns}).to_list()
    expected = [{name: values[row] for name, values in columns.items() if values[row] is not None} for row in range(10)]
    assert [json.loads(text) for text in texts] == expected


def test_extra_of_rows_that_hold_nothing_is_null() -> None:
    frame = pl.DataFrame({"a": [None, "x"], "b": [None, None]}, schema={"a": pl.String, "b": pl.String})
    assert as_extra(frame, {name: pl.col(name) for name in frame.columns}).to_list() == [None, '{"a":"x"}']


@pytest.mark.parametrize("form", TEXT_FORMATS, ids=lambda form: form.name)
def test_hostile_lines_end_as_events_or_rejects(form: LineFormat) -> None:
    sample = form.accepted[0]
    middle = len(sample.record) // 2
    inserts = [
        '"',
        "\\",
        "\t",
        " ",
        "{}",
        "[x",
        "%00",
        "\x00",
        "\u202e",
        "'; DROP TABLE events; --",
        "\U0001d54f" * 300,
        "#",
    ]
    lines = [sample.record[:middle] + insert + sample.record[middle:] for insert in inserts]
    lines += [sample.record[:cut] for cut in range(1, len(sample.record), 7)] + [insert * 3 for insert in inserts]
    parsed = read(form, [*sample.beside, *(line for line in lines if line.strip("\0 \t"))])
    assert (
        parsed.counts.records
        == parsed.counts.events + parsed.counts.rejects + parsed.counts.comments + parsed.counts.blanks
    )
    assert parsed.counts.events + parsed.counts.rejects > len(inserts)


@pytest.mark.parametrize("form", TEXT_FORMATS, ids=lambda form: form.name)
def test_no_lines_are_no_events(form: LineFormat) -> None:
    assert form.read(pl.Series([], dtype=pl.String), Binding()).height == 0


# --- user agents ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("logged", "meant"),
    [
        ("x/1%20(y)", "x/1 (y)"),
        ("x/1%2520(y)", "x/1 (y)"),
        ("x/1%20%2541", "x/1 %41"),
        ("x+1%2541", "x+1A"),
        ("%E2%82%AC", "€"),
        ("%FF", "%FF"),
        ("100%", "100%"),
        ("-", None),
    ],
)
def test_cloudfront_user_agents_are_decoded_once_or_twice(logged: str, meant: str | None) -> None:
    header = "#Fields: date time x-edge-location c-ip cs(User-Agent)"
    (event,) = read(
        by_name("aws_cloudfront"), [header, f"2026-03-02\t04:05:06\tFRA\t198.18.0.7\t{logged}"]
    ).events.to_dicts()
    assert event["user_agent_original"] == meant


@pytest.mark.parametrize(
    ("logged", "meant"),
    [("x/1+(y;+z)", "x/1 (y; z)"), ("x/1+(;++http://z.example)", "x/1 (; +http://z.example)"), ("-", None), ("a", "a")],
)
def test_a_plus_in_an_iis_user_agent_is_a_blank(logged: str, meant: str | None) -> None:
    header = "#Fields: date time cs-uri-stem cs(User-Agent)"
    (event,) = read(by_name("w3c"), [header, f"2026-03-02 04:05:06 /a+b {logged}"]).events.to_dicts()
    assert (event["url_path"], event["user_agent_original"]) == ("/a+b", meant)


@pytest.mark.parametrize(
    ("form", "header", "line"),
    [
        ("w3c", "#Fields: date time cs-uri-stem trailing instant _row x x x_2 time-taken milliseconds TimeTakenMS",
         "2026-03-02 04:05:06 /a t i r 1 2 3 4 5 6"),
        ("zeek_http", "#fields\tts\tmethod\turi\ttrailing\t_row\tforwarded\tproxied\tx\tx",
         "1772424306\tGET\t/a\tt\tr\tf\tp\t1\t2"),
        ("aws_cloudfront", "#Fields: date time x-edge-location cs-uri-stem trailing instant _flag",
         "2026-03-02\t04:05:06\tFRA\t/a\tt\ti\tf"),
    ],
)  # fmt: skip
def test_names_of_fields_that_we_use_ourselves_or_that_repeat_are_told_apart(form: str, header: str, line: str) -> None:
    (event,) = read(by_name(form), [header, line]).events.to_dicts()
    assert event["url_path"] == "/a"
    assert json.loads(event["extra"])["trailing_2"] == "t"


def test_more_headers_or_columns_than_any_log_has_are_refused_not_read() -> None:
    many = [line for n in range(300) for line in (f"#Fields: date time cs-uri-stem x{n}", "2026-03-02 04:05:06 /a b")]
    counts = read(by_name("w3c"), many).counts
    assert (counts.events, dict(counts.reasons)) == (200, {"too_many_headers": 100})
    wide = "#Fields: date time cs-uri-stem " + " ".join(f"x{n}" for n in range(600))
    assert dict(read(by_name("w3c"), [wide, "2026-03-02 04:05:06 /a"]).counts.reasons) == {"non_http": 1}
