"""Side tables: what is read, what is refused, and by which row and column."""

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.case import Case, check_custody
from forensics.context import KINDS, Loaded, load
from forensics.errors import ContextError, SourceError, UsageError
from forensics.keyed import SECRET_KINDS, secret_id
from forensics.schema import CONTEXT
from forensics.sources import file_sha256

KEY = bytes(range(32))
Load = Callable[[str, str, "str | bytes"], Loaded]


@pytest.fixture
def case(tmp_path: Path) -> Case:
    key_file = tmp_path / "key"
    key_file.write_text(KEY.hex())
    return Case.create(tmp_path / "case", key_file)


@pytest.fixture
def imported(case: Case, tmp_path: Path) -> Load:
    """Write a file and import it."""

    def imported(kind: str, name: str, content: str | bytes) -> Loaded:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return load(case, kind, path)

    return imported


def rows(case: Case, kind: str) -> list[dict[str, Any]]:
    """Return the stored rows without their nulls."""
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in case.read(CONTEXT[kind]).to_pylist()
    ]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_every_context_table_has_a_kind() -> None:
    assert {name: kind.table for name, kind in KINDS.items()} == CONTEXT


def test_accounts_are_stored_in_the_columns_of_the_table(imported: Load, case: Case) -> None:
    loaded = imported(
        "accounts",
        "accounts.csv",
        "user_id,email_domain,organization_id,plan,created_at,channel,status\n"
        "u-2,@Studio.Example,org-1,pro,2026-03-07T22:40:00.5+02:00,Reseller: Harbor,active\n"
        "u-1,ann@studio.example,,,,DIRECT,\n",
    )
    assert loaded == Loaded(rows=2, replaced=False, warnings=())
    assert rows(case, "accounts") == [
        {"user_id": "u-1", "email_domain": "studio.example", "channel": "direct"},
        {
            "user_id": "u-2",
            "email_domain": "studio.example",
            "organization_id": "org-1",
            "plan": "pro",
            "created_at": datetime(2026, 3, 7, 20, 40, 0, 500_000, tzinfo=UTC),
            "channel": "reseller:Harbor",
            "status": "active",
        },
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"user_id,plan\nu-1,caf\xc3\xa9\nu-2,\n",
        b"\xef\xbb\xbfuser_id;plan\r\nu-1;caf\xc3\xa9\r\nu-2;\r\n",
        b"user_id\tplan\nu-1\tcaf\xc3\xa9\nu-2\t",
        b'sep=;\r\n"User ID";"Plan"\r\n"u-1";"caf\xc3\xa9"\r\n"u-2";\r\n;;\r\n',
        b"\n\nuser_id,plan\n\nu-1 , caf\xc3\xa9\nu-2,\n,\n",
        b'{"user_id":"u-1","plan":"caf\xc3\xa9"}\n\n{"user_id":"u-2","plan":null}\n',
        b'{"plan":"caf\\u00e9","user_id":"u-1"}\r\n{"user_id":"u-2"}',
    ],
    ids=["comma", "semicolon and BOM", "tab", "Excel", "blank lines", "NDJSON", "NDJSON keys in any order"],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_spelling_of_a_file_does_not_matter(
    imported: Load, case: Case, content: bytes, pack: Callable[[bytes], bytes]
) -> None:
    assert imported("accounts", "accounts", pack(content)) == Loaded(2, replaced=False, warnings=())
    assert rows(case, "accounts") == [{"user_id": "u-1", "plan": "café"}, {"user_id": "u-2"}]


def test_windows_text_is_read_and_said(imported: Load, case: Case) -> None:
    loaded = imported("accounts", "accounts.csv", "user_id,plan\nu-1,café “pro”\n".encode("cp1252"))
    assert loaded.warnings == ("accounts.csv is not UTF-8 (byte 20): read as Windows-1252",)
    assert rows(case, "accounts") == [{"user_id": "u-1", "plan": "café “pro”"}]


def test_parquet_is_read_with_its_types(case: Case, tmp_path: Path) -> None:
    started = pa.array([datetime(2026, 3, 7, 22, 40)], pa.timestamp("ms"))  # noqa: DTZ001 - a time without a zone
    ended = pa.array([at("2026-03-08")], pa.timestamp("ns", tz="Europe/Paris"))
    columns = {"incident_id": [7], "kind": ["outage"], "started_at": started, "ended_at": ended, "tags": [["a", "b"]]}
    pq.write_table(pa.table(columns), tmp_path / "incidents.parquet")
    loaded = load(case, "incidents", tmp_path / "incidents.parquet")
    assert loaded.warnings == (
        "incidents.parquet: columns this table does not have are kept in extra: tags",
        "incidents.parquet, column started_at: times without an offset are read as UTC (1)",
    )
    assert rows(case, "incidents") == [
        {
            "incident_id": "7",
            "kind": "outage",
            "started_at": at("2026-03-07T22:40"),
            "ended_at": at("2026-03-08"),
            "extra": json.dumps({"tags": '["a","b"]'}, separators=(",", ":")),
        }
    ]


@pytest.mark.parametrize(
    ("kind", "content", "column"),
    [
        ("accounts", "name,plan\n", "user_id"),
        ("identities", "alias\n", "user_id"),
        ("ip-ranges", "asn,kind\n", "cidr"),
        ("incidents", "incident_id,kind\n", "started_at"),
        ("statements", "statement_id\n", "claim"),
        ("terms", "version,clause\n", "effective_from"),
    ],
)
def test_missing_column_is_named_with_the_columns_seen(imported: Load, kind: str, content: str, column: str) -> None:
    with pytest.raises(ContextError) as caught:
        imported(kind, "table.csv", content)
    assert str(caught.value) == f"table.csv: missing column '{column}'"
    assert caught.value.hint == f"columns seen: {content.strip().replace(',', ', ')}"


def problems(imported: Load, kind: str, name: str, content: str) -> list[str]:
    with pytest.raises(ContextError) as caught:
        imported(kind, name, content)
    assert caught.value.hint == "nothing was imported: correct the file and run again"
    return str(caught.value).split("\n")


def test_bad_cells_are_named_by_row_and_column(imported: Load, case: Case) -> None:
    content = "incident_id,kind,started_at,ended_at\nA,outage,2026-03-07,\nB,outage,yesterday,\n,outage,,2026-13-01\n"
    assert problems(imported, "incidents", "incidents.csv", content) == [
        "incidents.csv row 3, column started_at: 'yesterday' is not a time; write 2026-03-07T22:40:00Z",
        "incidents.csv row 4, column incident_id: is empty; every row needs one",
        "incidents.csv row 4, column started_at: is empty; every row needs one",
        "incidents.csv row 4, column ended_at: '2026-13-01' is not a time; write 2026-03-07T22:40:00Z",
    ]
    assert not case.has(CONTEXT["incidents"])


def test_row_is_the_line_of_the_file_even_after_a_cell_of_several_lines(imported: Load) -> None:
    content = 'version,effective_from,clause,text\n1,2026-01-01,4.2,"one\ntwo\nthree"\n\n1,soon,4.3,x\n'
    (problem,) = problems(imported, "terms", "terms.csv", content)
    assert problem.startswith("terms.csv row 6, column effective_from: 'soon'")


def test_ten_problems_are_shown_and_the_rest_counted(imported: Load) -> None:
    content = "cidr\n" + "".join(f"no-{number}\n" for number in range(1_500))
    found = problems(imported, "ip-ranges", "r.csv", content)
    assert found[0] == "r.csv row 2, column cidr: 'no-0' is not a network; write 198.18.4.0/24"
    assert found[9] == "r.csv row 11, column cidr: 'no-9' is not a network; write 198.18.4.0/24"
    assert found[10:] == ["and 1,490 more"]


def test_value_in_a_message_cannot_act_on_the_terminal(imported: Load) -> None:
    (problem,) = problems(imported, "ip-ranges", "r.csv", "cidr\n\x1b[2J\u202e" + "x" * 100 + "\n")
    shown = "<U+001B>[2J<U+202E>"
    assert (
        problem
        == f"r.csv row 2, column cidr: '{shown}{'x' * (59 - len(shown))}…' is not a network; write 198.18.4.0/24"
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("user_id,plan\nu-1\n", "a.csv row 2: 1 cells where the header has 2"),
        ("user_id,plan\nu-1,a,b\n", "a.csv row 2: 3 cells where the header has 2"),
        ('{"user_id":"u-1"}\nnope\n[1]\n', "a.csv row 2: not JSON\na.csv row 3: not a JSON object"),
        ('{"user_id":"u-1","user_id":"u-2"}\n', "a.csv row 1: the key 'user_id' stands twice"),
        ("user_id,plan\nu-1,a\nu-2,b\nu-1,c\n", "a.csv row 4, column user_id: 'u-1' is already in row 2"),
    ],
)
def test_row_without_a_clear_meaning_is_refused(imported: Load, content: str, problem: str) -> None:
    assert "\n".join(problems(imported, "accounts", "a.csv", content)) == problem


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("user_id,plan,plan\nu-1,a,b\n", "a.csv: column 'plan' stands twice in the header"),
        ("user_id,User-ID\nu-1,a\n", "a.csv: column 'user_id' stands twice in the header"),
        ('user_id,plan\nu-1,"a\n', "a.csv row 2: unexpected end of data"),
        ('user_id,plan\nu-1,"a"b\n', "a.csv row 2: ',' expected after '\"'"),
        ('[{"user_id":"u-1"}]', "a.csv is a JSON array"),
    ],
)
def test_file_without_a_clear_shape_is_refused(imported: Load, content: str, problem: str) -> None:
    with pytest.raises(ContextError) as caught:
        imported("accounts", "a.csv", content)
    assert (str(caught.value), bool(caught.value.hint)) == (problem, True)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "a is empty"),
        (b" \n\n", "a is empty"),
        (b"\x00\x01\x02", "a is binary, not a table"),
        ("user_id\nu-1\n".encode("utf-16"), "a is UTF-16"),
        (b"user_id\n\x81\n", "a is neither UTF-8 nor Windows-1252"),
        (b"x" * 99 + b"\xab\xcd\xefMaxMind.com\xe9", "a is a MaxMind database, which this version does not read"),
        (gzip.compress(b"user_id\nu-1\n" * 99, mtime=0)[:-9], "a is damaged: "),
        (b"PAR1 is only how it begins", "a is not readable Parquet: "),
    ],
)
def test_file_that_is_no_table_is_refused(imported: Load, content: bytes, problem: str) -> None:
    with pytest.raises(SourceError) as caught:
        imported("accounts", "a", content)
    assert str(caught.value).startswith(problem)
    assert caught.value.hint


def test_file_that_is_not_there_is_refused(case: Case, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot read .*nowhere\.csv: No such file or directory"):
        load(case, "accounts", tmp_path / "nowhere.csv")
    with pytest.raises(SourceError, match="Is a directory"):
        load(case, "accounts", tmp_path)


def test_unknown_kind_is_refused(case: Case, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'people' is no kind of context"):
        load(case, "people", tmp_path)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2026-03-07T22:40:00Z", "2026-03-07T22:40:00"),
        ("2026-03-07t22:40:00z", "2026-03-07T22:40:00"),
        ("2026-03-07 22:40:00+02:00", "2026-03-07T20:40:00"),
        ("2026-03-07T22:40:00-0330", "2026-03-08T02:10:00"),
        ("2026-03-07T22:40+02", "2026-03-07T20:40:00"),
        ("2026-03-07T22:40:00.123456789Z", "2026-03-07T22:40:00.123456"),
        ("2026-03-07T22:40:00,5Z", "2026-03-07T22:40:00.500000"),
        ("2024-02-29", "2024-02-29T00:00:00"),
        ("2026-03-07 22:40", "2026-03-07T22:40:00"),
    ],
)
def test_times_are_stored_in_utc(imported: Load, case: Case, text: str, stored: str) -> None:
    imported("accounts", "a.ndjson", json.dumps({"user_id": "u", "created_at": text}))
    assert rows(case, "accounts")[0]["created_at"] == at(stored)


@pytest.mark.parametrize(
    "text", ["2026-02-29", "07.03.2026", "2026-03-07T25:00:00Z", "1772923200", "2026-03-07T22:40:00+99:00", "now"]
)
def test_text_that_is_no_time_is_refused(imported: Load, text: str) -> None:
    (problem,) = problems(imported, "accounts", "a.ndjson", json.dumps({"user_id": "u", "created_at": text}))
    assert problem == f"a.ndjson row 1, column created_at: '{text}' is not a time; write 2026-03-07T22:40:00Z"


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - bounds
@settings(max_examples=200, deadline=None)
def test_any_time_python_can_write_is_read_as_python_reads_it(moment: datetime) -> None:
    import polars as pl  # noqa: PLC0415 - beside its use

    from forensics.context.convert import _time  # noqa: PLC0415

    text = moment.isoformat()
    if len(text.rsplit("+", 1)[-1].rsplit("-", 1)[-1]) == len("00:00"):  # offsets with seconds are no RFC 3339
        read = pl.select(_time(pl.lit(text))).item()
        assert read == moment.astimezone(UTC)


def test_times_without_offset_are_read_as_utc_and_said_once_per_column(imported: Load) -> None:
    content = "user_id,created_at\na,2026-03-07 22:40\nb,2026-03-07T22:40:01\nc,2026-03-07\nd,2026-03-07T22:40Z\n"
    assert imported("accounts", "a.csv", content).warnings == (
        "a.csv, column created_at: times without an offset are read as UTC (2)",
        "a.csv, column created_at: dates are read as their midnight in UTC (1)",
    )


def test_span_that_ends_before_it_begins_is_refused(imported: Load) -> None:
    content = "cidr,valid_from,valid_to\n198.18.0.0/24,2026-02-01,2026-01-01\n"
    (problem,) = problems(imported, "ip-ranges", "r.csv", content)
    assert problem.startswith("r.csv row 2, column valid_to: '2026-01-01 ")
    assert problem.endswith("lies before valid_from")


def test_word_nobody_knows_is_other_and_the_word_is_kept(imported: Load, case: Case) -> None:
    loaded = imported("incidents", "i.csv", "incident_id,kind,started_at\nA,Full Moon,2026-01-01T00:00:00Z\n")
    assert loaded.warnings == ("i.csv, column kind: 'Full Moon' is no word of this table: read as other",)
    assert [(row["kind"], row["extra"]) for row in rows(case, "incidents")] == [("other", '{"kind":"Full Moon"}')]


def test_claims_are_read_in_any_spelling_and_never_refused(imported: Load, case: Case) -> None:
    content = "statement_id,claim,verbatim\n1,Volume-Below, so it was \n2,it was aliens,\n3,,\n4,other,\n"
    imported("statements", "s.csv", content)
    assert [(row["claim"], row.get("verbatim")) for row in rows(case, "statements")] == [
        ("volume_below", " so it was "),
        ("other", None),
        ("other", None),
        ("other", None),
    ]


def test_channel_nobody_defined_is_unknown_and_the_word_is_kept(imported: Load, case: Case) -> None:
    loaded = imported("accounts", "a.csv", "user_id,channel\nu-1,marketplace\n")
    assert loaded.warnings == ("a.csv, column channel: 'marketplace' is no word of this table: read as unknown",)
    assert rows(case, "accounts") == [{"user_id": "u-1", "extra": '{"channel":"marketplace"}'}]


def test_word_for_nothing_never_becomes_a_value_that_strangers_share(imported: Load, case: Case) -> None:
    content = "user_id,payment_fingerprint,organization_id\nu-1,NULL,N/A\nu-2,NULL,\\N\nu-3,-,org\n"
    loaded = imported("accounts", "a.csv", content)
    assert loaded.warnings == (
        "a.csv, column organization_id: cells that say 'N/A', '\\N' are read as empty (2)",
        "a.csv, column payment_fingerprint: cells that say '-', 'NULL' are read as empty (3)",
    )
    assert rows(case, "accounts") == [
        {"user_id": "u-1"},
        {"user_id": "u-2"},
        {"user_id": "u-3", "organization_id": "org"},
    ]


def test_of_a_mailbox_only_the_domain_is_kept(imported: Load, case: Case) -> None:
    loaded = imported("accounts", "a.csv", "user_id,email\nu-1,Ann.Person@Mail.Studio.Example\nu-2,\n")
    assert rows(case, "accounts") == [{"user_id": "u-1", "email_domain": "mail.studio.example"}, {"user_id": "u-2"}]
    assert loaded.warnings == ()


def test_secret_identities_become_the_ids_that_ingest_gives(imported: Load, case: Case) -> None:
    content = (
        "alias,alias_kind,user_id,user_id_kind\n"
        "hunter22,API Key,u-1,\n"
        "hunter22,session,u-2,\n"
        "key:0123456789abcdef0123456789abcdef,api_key,u-3,\n"
        "ann,user,hunter22,api_key\n"
    )
    imported("identities", "i.csv", content)
    assert rows(case, "identities") == [
        {"alias": "ann", "alias_kind": "user", "user_id": secret_id(KEY, "api_key", "hunter22")},
        {"alias": "key:0123456789abcdef0123456789abcdef", "alias_kind": "api_key", "user_id": "u-3"},
        *sorted(
            [
                {"alias": secret_id(KEY, "api_key", "hunter22"), "alias_kind": "api_key", "user_id": "u-1"},
                {"alias": secret_id(KEY, "session", "hunter22"), "alias_kind": "session", "user_id": "u-2"},
            ],
            key=lambda row: row["alias"],
        ),
    ]


def test_account_that_is_a_secret_is_keyed(imported: Load, case: Case) -> None:
    imported("accounts", "a.csv", "user_id,user_id_kind\nhunter22,token\n")
    assert rows(case, "accounts") == [{"user_id": secret_id(KEY, "token", "hunter22"), "user_id_kind": "token"}]


def test_secret_that_nobody_called_one_is_refused_without_being_shown(imported: Load) -> None:
    content = "alias,alias_kind,user_id\nsk-abcdefghijklmnopqrstuv,,u-1\nann,x-goog-key,u-1\n"
    assert problems(imported, "identities", "i.csv", content) == [
        "i.csv row 2, column alias: looks like a secret; set alias_kind to api_key, token, session or cookie",
        "i.csv row 3, column alias_kind: 'x_goog_key' is unknown; a secret is one of "
        + ", ".join(sorted(SECRET_KINDS)),
    ]


def test_no_secret_reaches_the_case_through_unknown_columns(imported: Load, case: Case) -> None:
    content = (
        "user_id,API Key,note,callback,password_hash\n"
        "u-1,correct horse battery,see api_key=hunter2222,https://a.example/?token=hunter3333,hunter4444\n"
    )
    imported("accounts", "a.csv", content)
    (row,) = rows(case, "accounts")
    extra = json.loads(row["extra"])
    assert extra["API Key"] == secret_id(KEY, "api_key", "correct horse battery")
    assert extra["note"].startswith("see api_key=key:")
    everything = b"".join(path.read_bytes() for path in case.folder.rglob("*") if path.is_file())
    decoded = str(case.read(CONTEXT["accounts"]).to_pylist()).encode() + everything
    assert [word for word in (b"hunter", b"correct horse") if word in decoded] == []


def test_alias_of_two_accounts_at_one_time_is_refused(imported: Load) -> None:
    content = (
        "alias,user_id,valid_from,valid_to\n"
        "ann,u-1,2026-01-01,2026-03-01\n"
        "ann,u-1,2026-02-01,2026-06-01\n"
        "ann,u-2,2026-05-31,\n"
        "bob,u-2,,\n"
    )
    assert problems(imported, "identities", "i.csv", content) == [
        "i.csv row 4, column alias: 'ann' belongs to 'u-2' here and to 'u-1' in row 2 at the same time"
    ]


def test_alias_that_changes_hands_is_no_conflict(imported: Load, case: Case) -> None:
    content = (
        "alias,user_id,valid_from,valid_to\nann,u-1,,2026-02-01\nann,u-2,2026-02-01,\nann,u-1,2025-01-01,2025-02-01\n"
    )
    assert imported("identities", "i.csv", content).rows == 3
    assert {row["user_id"] for row in rows(case, "identities")} == {"u-1", "u-2"}


SPAN = st.tuples(st.sampled_from("ab"), st.integers(0, 12), st.integers(0, 12)).filter(lambda span: span[1] < span[2])


@given(st.lists(SPAN, max_size=6))
@settings(deadline=None)
def test_conflict_is_found_exactly_if_two_spans_of_different_accounts_overlap(
    spans: list[tuple[str, int, int]],
) -> None:
    import polars as pl  # noqa: PLC0415 - beside its use

    from forensics.context.checks import check  # noqa: PLC0415
    from forensics.context.problems import Problems  # noqa: PLC0415

    columns = {"valid_from": [span[1] for span in spans], "valid_to": [span[2] for span in spans]}
    frame = pl.DataFrame(
        {"row": range(len(spans)), "alias": ["x"] * len(spans), "user_id": [span[0] for span in spans], **columns},
        schema={
            "row": pl.Int64,
            "alias": pl.String,
            "user_id": pl.String,
            "valid_from": pl.Datetime("us", "UTC"),
            "valid_to": pl.Datetime("us", "UTC"),
        },
    )
    noted = Problems("i.csv")
    check(frame, KINDS["identities"], noted)
    overlap = any(one[0] != other[0] and one[1] < other[2] and other[1] < one[2] for one in spans for other in spans)
    try:
        noted.stop()
        assert not overlap
    except ContextError:
        assert overlap


def test_networks_are_canonical_and_can_be_searched(imported: Load, case: Case) -> None:
    content = "cidr,asn,kind,country,shared\n198.18.4.7/22,AS64500,Hosting,zz,Yes\n2001:DB8::/32,,,,0\n198.18.9.9,,,,\n"
    imported("ip-ranges", "r.csv", content)
    assert rows(case, "ip-ranges") == [
        {
            "cidr": "198.18.4.0/22",
            "asn": 64500,
            "kind": "hosting",
            "country": "ZZ",
            "shared": True,
            "first_address": "00000000000000000000ffffc6120400",
            "last_address": "00000000000000000000ffffc61207ff",
            "prefix_length": 118,
        },
        {
            "cidr": "198.18.9.9/32",
            "first_address": "00000000000000000000ffffc6120909",
            "last_address": "00000000000000000000ffffc6120909",
            "prefix_length": 128,
        },
        {
            "cidr": "2001:db8::/32",
            "shared": False,
            "first_address": "20010db8000000000000000000000000",
            "last_address": "20010db8ffffffffffffffffffffffff",
            "prefix_length": 32,
        },
    ]


def test_wrong_numbers_and_flags_are_named(imported: Load) -> None:
    content = "cidr,asn,shared\n198.18.0.0/24,99999999999,maybe\n198.18.1.0/24,4294967296,true\n"
    assert problems(imported, "ip-ranges", "r.csv", content) == [
        "r.csv row 2, column asn: '99999999999' is not an AS number; write 64500",
        "r.csv row 2, column shared: 'maybe' is not yes or no; write true or false",
        "r.csv row 3, column asn: '4294967296' is not an AS number; write 64500",
    ]


def test_ip_to_asn_table_is_read_as_networks(imported: Load, case: Case) -> None:
    content = (
        "0.0.0.0\t0.255.255.255\t0\tNone\tNot routed\n"
        '198.18.0.0\t198.18.2.255\t64500\tZZ\tGranite "Hosting", Inc\n'
        "2001:db8::\t2001:db8::ffff\t64501\tNone\tRidge\n"
    )
    loaded = imported("ip-ranges", "ip2asn.tsv", content)
    assert loaded.warnings == (
        "ip2asn.tsv: ranges that nobody routes (AS 0) are left out (1)",
        "ip2asn.tsv, column country: cells that say 'None' are read as empty (1)",
    )
    found = [(row["cidr"], row["asn"], row["as_name"]) for row in rows(case, "ip-ranges")]
    assert found == [
        ("198.18.0.0/23", 64500, 'Granite "Hosting", Inc'),
        ("198.18.2.0/24", 64500, 'Granite "Hosting", Inc'),
        ("2001:db8::/112", 64501, "Ridge"),
    ]


def test_line_of_an_ip_to_asn_table_that_is_none_is_named(imported: Load) -> None:
    content = "198.18.0.0\t198.18.0.255\t64500\tZZ\tGranite\n198.18.9.0\t198.18.1.0\t64500\tZZ\tBackwards\n"
    (problem,) = problems(imported, "ip-ranges", "ip2asn.tsv", content)
    assert problem == "ip2asn.tsv row 2: expected first address, last address, AS number, country, name"


def test_unknown_columns_are_kept_in_extra(imported: Load, case: Case) -> None:
    loaded = imported("terms", "t.csv", "version,effective_from,clause,Ünit,b,a\n1,2026-01-01T00:00:00Z,4.2,x,,2\n")
    assert loaded.warnings == ("t.csv: columns this table does not have are kept in extra: Ünit, b, a",)
    assert rows(case, "terms")[0]["extra"] == '{"a":"2","\\u00dcnit":"x"}'


def test_remark_is_kept_without_a_warning(imported: Load, case: Case) -> None:
    assert imported("accounts", "a.csv", "user_id,Note\nu-1,synthetic\n").warnings == ()
    assert rows(case, "accounts") == [{"user_id": "u-1", "extra": '{"Note":"synthetic"}'}]


def test_numbers_in_json_keep_their_text(imported: Load, case: Case) -> None:
    line = (
        '{"statement_id":12345678901234567890123,"claim":"volume_below","claimed_value":5.10,"x":{"n":1e400,"b":true}}'
    )
    imported("statements", "s.ndjson", line)
    (row,) = rows(case, "statements")
    assert (row["statement_id"], row["claimed_value"]) == ("12345678901234567890123", "5.10")
    assert json.loads(json.loads(row["extra"])["x"]) == {"n": "1e400", "b": True}


def test_hostile_keys_are_names_like_any_other(imported: Load, case: Case) -> None:
    imported("accounts", "a.ndjson", '{"user_id":"u-1","\\u0000row":"1","row":"2","extra":"3","":"4"}')
    assert json.loads(rows(case, "accounts")[0]["extra"]) == {"\0row": "1", "row": "2", "extra": "3", "": "4"}


def test_file_of_many_packs_keeps_every_row_in_its_place(imported: Load, case: Case) -> None:
    count = 70_000
    lines = (f'{{"user_id":"u-{n}","late":"x"}}' if n == count - 1 else f'{{"user_id":"u-{n}"}}' for n in range(count))
    assert imported("accounts", "a.ndjson", "\n".join(lines)).rows == count
    assert case.read(CONTEXT["accounts"])["extra"].null_count == count - 1
    bad = "".join(f"198.18.0.0/24,{'x' if n == 65_000 else n}\n" for n in range(66_000))
    (problem,) = problems(imported, "ip-ranges", "r.csv", "cidr,asn\n" + bad)
    assert problem == "r.csv row 65002, column asn: 'x' is not an AS number; write 64500"


def test_half_a_surrogate_pair_is_kept_visible(imported: Load, case: Case) -> None:
    imported("accounts", "a.ndjson", '{"user_id":"u\\ud800"}')
    assert rows(case, "accounts") == [{"user_id": "u\\ud800"}]


def test_row_that_repeats_another_counts_once(imported: Load) -> None:
    loaded = imported("ip-ranges", "r.csv", "cidr\n198.18.0.0/24\n198.18.0.7/24\n")
    assert loaded == Loaded(1, replaced=False, warnings=("r.csv: rows that repeat another row are stored once (1)",))


def test_order_of_the_rows_does_not_matter(imported: Load, case: Case) -> None:
    lines = ["b,u-2\n", "a,u-1\n", "c,\n"]
    written = []
    for order in (lines, lines[::-1]):
        imported("accounts", "a.csv", "user_id,plan\n" + "".join(order))
        written.append((case.folder / "tables/accounts.parquet").read_bytes())
    assert written[0] == written[1]


def test_loading_again_replaces_and_the_same_file_changes_nothing(imported: Load, case: Case) -> None:
    assert imported("accounts", "a.csv", "user_id\nu-1\n") == Loaded(1, replaced=False, warnings=())
    before = (case.folder / "custody.jsonl").read_bytes()
    assert imported("accounts", "b.csv", "user_id\nu-1\n") == Loaded(1, replaced=False, warnings=(), unchanged=True)
    assert (case.folder / "custody.jsonl").read_bytes() == before
    assert imported("accounts", "c.csv", "user_id\nu-2\n") == Loaded(1, replaced=True, warnings=())
    assert rows(case, "accounts") == [{"user_id": "u-2"}]


def test_custody_names_the_file_by_its_hash_last(imported: Load, case: Case, tmp_path: Path) -> None:
    imported("accounts", "a.csv", "user_id\nu-1\nu-2\n")
    entry = json.loads((case.folder / "custody.jsonl").read_text().splitlines()[-1])
    assert (entry["action"], entry["detail"]) == (
        "context",
        {
            "kind": "accounts",
            "file": "a.csv",
            "sha256": file_sha256(tmp_path / "a.csv"),
            "rows": 2,
            "replaced": False,
            "outputs": {"tables/accounts.parquet": file_sha256(case.folder / "tables/accounts.parquet")},
        },
    )
    assert check_custody(case.folder / "custody.jsonl")[0] == 2


def test_import_killed_before_its_custody_entry_is_recorded_by_the_next(imported: Load, case: Case) -> None:
    imported("accounts", "a.csv", "user_id\nu-1\n")
    whole = (case.folder / "custody.jsonl").read_bytes()
    (case.folder / "custody.jsonl").write_bytes(whole.splitlines(keepends=True)[0])
    again = imported("accounts", "a.csv", "user_id\nu-1\n")
    assert not again.unchanged
    assert check_custody(case.folder / "custody.jsonl")[0] == 2


def test_header_alone_is_a_table_without_rows(imported: Load, case: Case) -> None:
    assert imported("accounts", "a.csv", "user_id,plan\n") == Loaded(0, replaced=False, warnings=())
    assert case.read(CONTEXT["accounts"]).num_rows == 0


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_arbitrary_bytes_are_read_or_refused_and_never_a_crash(content: bytes) -> None:
    import tempfile  # noqa: PLC0415 - hypothesis and tmp_path do not mix

    from forensics.context.build import build  # noqa: PLC0415
    from forensics.context.reader import read  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(b"cidr,valid_from,x\n" + content)
        try:
            frame, _ = build(read(path, KINDS["ip-ranges"]), KINDS["ip-ranges"], KEY)
        except (ContextError, SourceError):
            return
        assert frame.columns == KINDS["ip-ranges"].table.names()
