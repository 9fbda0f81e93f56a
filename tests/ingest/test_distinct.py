"""Work done once per distinct value gives what work on every row gives, and so does text written as codes."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import logged as module
from forensics.ingest.distinct import Coded, Text, distinct, encoded, firsts
from forensics.ingest.logged import Logged
from forensics.ingest.normalize import Terms, normalize
from forensics.parquet import read_parquet, write_parquet
from forensics.schema import EVENTS

WORDS = st.lists(st.sampled_from(["a", "", None, "a longer text than twelve", "é", "b"]), max_size=40)
Both = tuple[list[dict[str, str | None]], tuple[dict[str, str | None], ...]]
SECRET = "sk-abcdefghijklmnopqrstuv"  # noqa: S105 - nobody's
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "timestamp:unknown": st.sampled_from(["02/Mar/2026:04:05:06 +0200", "2026-03-02T04:05:06", "x", None]),
            "source_ip:peer": st.sampled_from(
                ["198.18.0.7", "198.18.0.07", "1.2.3.4:80", "2001:db8::1", "host", "1.2.3.x", "1.2.3.4, 5.6.7.8", None]
            ),
            "user_id:user": st.sampled_from(["-", "ann", SECRET, None]),
            "user_id:api_key": st.sampled_from([SECRET, "short", None]),
            "request_line": st.sampled_from(
                [
                    *("GET /a HTTP/1.1", f"GET /a?token={SECRET} HTTP/2.0", "POST  /a  HTTP/1.0", "GET /a", "", None),
                    *("CONNECT a.example:443 HTTP/1.1", "GET http://a.example?b HTTP/1.1", "GET  HTTP/1.1", "é"),
                    *("GET /a b HTTP/1.1", "G€T / HTTP/1.1", "GET / HTTP/12", "GET / HTTP/1.1 x", f"GET /{SECRET}"),
                ]
            ),
            "user_agent_original": st.sampled_from(["x/1", "-", f"x Bearer {SECRET}", None]),
            "extra": st.sampled_from(['{"a":1}', f'{{"Cookie":"{SECRET}"}}', None]),
            "http_response_status_code": st.sampled_from(["200", "99", "-", None]),
        }
    ),
    max_size=30,
)
TEXTS = dict.fromkeys(
    [
        *("timestamp:unknown", "source_ip:peer", "user_id:user", "user_id:api_key", "request_line"),
        *("user_agent_original", "extra", "http_response_status_code"),
    ],
    pl.String,
)


NUMBERS = st.sampled_from(["0", "7", "-1", "1.5", "12 ", "x", None])
MORE = {
    "event_duration_us": NUMBERS,
    "event_duration_us:ms": st.sampled_from(
        ["0.5", ".5", "-.5", "+1.5", "1e3", "1e400", "nan", "12us", "3 s", " 4", "-2", None]
    ),
    "network_forwarded_ip": st.sampled_from(["198.18.0.8, 198.18.0.9", "-", None]),
    "organization_id": st.sampled_from(["org-1", "-", None]),
    "http_request_referrer": st.sampled_from(["https://a.example/", f"https://a.example/?key={SECRET}", None]),
    "gen_ai_prompt_hash": st.sampled_from(["0123456789abcdef", "write a poem", "-", None]),
    **dict.fromkeys(
        ["tls_client_ja4", "gen_ai_request_model", "gen_ai_operation_name"], st.sampled_from(["a", "-", None])
    ),
    **dict.fromkeys(["http_response_body_bytes", "http_response_bytes", "http_request_bytes"], NUMBERS),
    **dict.fromkeys(["source_as_number", "gen_ai_usage_input_tokens", "gen_ai_usage_output_tokens"], NUMBERS),
}
WORKED_OUT = {  # from other roles, or from where the record stands
    *("event_id", "log_file_sha256", "content_sha256", "log_line", "log_offset", "log_length", "log_format"),
    *("timestamp_kind", "user_id_kind", "source_range", "source_ip_origin", "parse_flags"),
    *("http_request_method", "url_original", "url_domain", "url_path", "url_query", "http_version"),
}


def column(words: list[str | None]) -> pl.Series:
    return pl.Series("word", words, dtype=pl.String)


@settings(deadline=None)
@given(WORDS, WORDS)
def test_distinct_rows_gathered_back_are_the_rows(one: list[str | None], two: list[str | None]) -> None:
    frame = pl.DataFrame({"one": column(one[: len(two)]), "two": column(two[: len(one)])})
    found = distinct(frame)
    assert found.whole().equals(frame)
    assert found.codes is None or found.rows.equals(frame.unique(maintain_order=True))


def test_rows_that_hardly_repeat_are_left_as_they_stand() -> None:
    alone = pl.DataFrame({"word": [f"{number}" for number in range(2_000)]})
    assert distinct(alone).codes is None
    assert distinct(pl.concat([alone.head(2)] * 1_000)).rows.height == 2


@settings(deadline=None)
@given(WORDS, st.randoms(use_true_random=False))
def test_text_of_the_rows_kept_is_what_a_writer_would_make_of_them(words: list[str | None], random: object) -> None:
    codes = encoded(column(words))
    first = [words.index(value) for value in dict.fromkeys(words)]
    text = Text(column(words)[first], codes)
    kept = pl.Series([random.random() < 0.5 for _ in words], dtype=pl.Boolean)  # type: ignore[attr-defined]
    for places, expected in ((None, column(words)), (kept, column(words).filter(kept))):
        plain = pa.array(expected.to_list(), pa.string())
        arrow = text.arrow(places)
        assert arrow.cast(pa.string()).equals(plain)
        assert pa.types.is_string(arrow.type) or arrow.equals(plain.dictionary_encode())


@settings(deadline=None)
@given(RECORDS)
def test_a_chunk_normalized_once_per_distinct_value_is_the_chunk_normalized_row_by_row(
    records: list[dict[str, str | None]],
) -> None:
    logged, terms = pl.DataFrame(records, schema=TEXTS), Terms(b"k" * 32)
    fast = normalize(logged, terms)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "distinct", lambda frame, _: Coded(frame))
        slow = normalize(logged, terms)
    whole = slow.whole()
    assert fast.whole().select(whole.columns).equals(whole)
    assert fast.secrets.equals(slow.secrets)
    for name, text in fast.texts.items():
        assert text.arrow().cast(pa.string()).to_pylist() == whole[name].to_list()


def test_every_column_that_a_format_can_fill_is_among_the_roles_compared_here() -> None:
    assert {role.partition(":")[0] for role in [*TEXTS, *MORE]} - {"request_line"} == {*EVENTS.names()} - WORKED_OUT


@settings(deadline=None, max_examples=30)
@given(
    RECORDS.flatmap(
        lambda records: st.tuples(st.just(records), st.tuples(*(st.fixed_dictionaries(MORE) for _ in records)))
    )
)
def test_a_chunk_given_by_its_distinct_values_is_the_chunk_given_row_by_row(both: Both) -> None:
    records = [one | other for one, other in zip(*both, strict=True)]
    frame, terms = pl.DataFrame(records, schema=TEXTS | dict.fromkeys(MORE, pl.String)), Terms(b"k" * 32)
    codes = {name: encoded(frame[name]) for name in frame.columns if name != "extra" and records}
    texts = {name: Text(frame[name].gather(firsts(own)), own) for name, own in codes.items()}
    given = normalize(Logged(frame.select(pl.exclude(texts)), texts, frame.columns), terms)
    whole = normalize(frame, terms).whole()
    assert given.whole().select(whole.columns).equals(whole)


@settings(deadline=None)
@given(words=WORDS)
def test_text_given_as_a_dictionary_is_read_as_text_and_can_be_written_again_alike(
    words: list[str | None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder: Path = tmp_path_factory.mktemp("parts")
    plain = pa.table({"word": pa.array(words, pa.string()), "log_line": pa.array(range(len(words)), pa.int64())})
    for rows in (plain, plain.set_column(0, "word", plain["word"].combine_chunks().dictionary_encode())):
        write_parquet(rows, folder / "first.parquet")
        write_parquet(read_parquet(folder / "first.parquet", plain.schema), folder / "again.parquet")
        assert pq.read_table(folder / "first.parquet").equals(plain)
        assert (folder / "again.parquet").read_bytes() == (folder / "first.parquet").read_bytes()
