"""No secret survives in text, however it is wrapped, and what is masked stays what it was: JSON stays JSON."""

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.keyed import secret_id
from forensics.redact import mask_json, mask_members, mask_secrets, mask_text

KEY = b"k" * 32
SECRET = "hunter22hunter22"  # noqa: S105 - nobody's
PIECES = (
    *('{"', '":"', '"', ",", "{", "}", "[", "]", ":", "=", "&", "?", " ", "\\", '\\"', "://", "@", "\u017f", "\n"),
    *("Cookie", "set-cookies", "AUTHORIZATION", "api_Key", "session-id", "x_secret", "passwd", "Token", "sid", "jwt"),
    *("bearer ", "Basic ", "sk-", "eyJ", SECRET, SECRET * 2, "key:" + "0a" * 16, "name"),
)
TEXTS = st.lists(st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.none(), max_size=6)


@pytest.mark.parametrize(
    "text",
    [
        f"a=1&api_key={SECRET}&b=2",
        f"/x?token={SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"https://ann:{SECRET}@shop.example/x",
        f'{{"api_key":"{SECRET}"}}',
        f'{{"metadata":"{{\\"api_key\\": \\"{SECRET}\\"}}"}}',
        f"GET /x?X-Amz-Signature={SECRET} HTTP/1.1",
        f"sk-{SECRET}{SECRET}",
        f"password={SECRET}",
    ],
)
def test_a_secret_in_text_becomes_its_keyed_id(text: str) -> None:
    assert SECRET not in mask_text(text, KEY)
    assert mask_secrets(pl.Series([text, None]), KEY).to_list() == [mask_text(text, KEY), None]
    assert "key:" in mask_text(text, KEY)


@pytest.mark.parametrize(
    "text", ["page=2&monkey=banana", "/keyboards?sort=price", "status: 200", "a:b", "keynote 2026"]
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask_text(text, KEY) == text


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        [SECRET, SECRET],
        {"id": SECRET},
        {"id": SECRET, "user": {"email": SECRET}},
        {"a": {"b": {"c": {"d": {"e": SECRET}}}}},
        [[SECRET], {"x": [SECRET]}],
    ],
)
def test_a_secret_named_member_is_masked_whole_and_the_text_stays_json(value: object) -> None:
    record = {"path": "/x", "api_key": value, "after": {"kept": "yes"}}
    (masked,) = mask_members(pl.Series([json.dumps(record)]), KEY)
    read = json.loads(masked)
    assert SECRET not in masked
    assert read["api_key"].startswith("key:")
    assert (read["path"], read["after"]) == ("/x", {"kept": "yes"})


def id_of(kind: str, secret: str = SECRET) -> str:
    return secret_id(KEY, kind, secret)


PAIRS = {
    f'[{{"name":"Host","value":"a"}},{{"name":"Cookie","value":"{SECRET}"}}]': (
        f'[{{"name":"Host","value":"a"}},{{"name":"Cookie","value":"{id_of("cookie")}"}}]'
    ),
    f'{{"value" : "{SECRET}", "name" : "Authorization"}}': (
        f'{{"value":"{id_of("authorization")}", "name" : "Authorization"}}'
    ),
    f'{{"key":"http.request.header.cookie","value":{{"stringValue":"{SECRET}"}}}}': (
        f'{{"key":"http.request.header.cookie","value":"{id_of("cookie")}"}}'
    ),
    f'{{"name":"x-api-key","value":"{SECRET}': f'{{"name":"x-api-key","value":"{id_of("api_key")}"',
    f'{{"cs(Cookie)":"{SECRET}","x":1}}': f'{{"cs(Cookie)":"{id_of("cookie")}","x":1}}',
}


@pytest.mark.parametrize(("text", "masked"), PAIRS.items(), ids=range(len(PAIRS)))
def test_a_header_written_as_name_and_value_is_masked_like_a_member(text: str, masked: str) -> None:
    assert mask_members(pl.Series([text, None]), KEY).to_list() == [masked, None]


def test_a_pair_whose_name_is_no_secret_and_a_pair_masked_before_stay() -> None:
    texts = [
        '{"key":"gen_ai.usage.input_tokens","value":{"intValue":7}}',
        f'{{"name":"Cookie","value":"{id_of("cookie")}"}}',
    ]
    assert mask_members(pl.Series(texts), KEY).to_list() == texts


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"/a?api_key={SECRET}?x=1&b=2", f"/a?api_key={id_of('api_key')}?x=1&b=2"),
        (f"/a?token={SECRET}?", f"/a?token={id_of('token')}?"),
        (f"?api_key={SECRET}?token={SECRET}", f"?api_key={id_of('api_key')}?token={id_of('token')}"),
        ("?password=hunter?two=22", f"?password={id_of('query_secret', 'hunter?two=22')}"),
        ("?token=ab?cd", f"?token={id_of('token', 'ab?cd')}"),
    ],
)
def test_a_key_in_a_query_ends_where_a_second_query_begins_and_a_password_does_not(text: str, masked: str) -> None:
    assert mask_text(text, KEY) == masked


def test_the_same_secret_has_the_same_id_in_text_and_in_a_field() -> None:
    assert secret_id(KEY, "api_key", SECRET) in mask_text(f"?api_key={SECRET}", KEY)
    (masked,) = mask_members(pl.Series([json.dumps({"api_key": SECRET})]), KEY)
    assert secret_id(KEY, "api_key", SECRET) in masked


NAMES = st.sampled_from(["key", "KEY", "token", "sid", "x", "Cookie", "pass", "auth", "jwt"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from([SECRET, "", "ab"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=3))
def test_json_stays_json_whatever_is_masked_in_it(record: dict[str, object]) -> None:
    folded = json.dumps({"x": json.dumps(record)})
    for text in (json.dumps(record), json.dumps(record, indent=1), folded):
        (masked,) = mask_json(pl.Series([text]), KEY)
        json.loads(masked)
    (masked,) = mask_json(pl.Series([folded]), KEY)
    json.loads(json.loads(masked)["x"])


def test_a_number_under_a_secret_name_becomes_its_id_in_quotes() -> None:
    (masked,) = mask_json(pl.Series(['{"KEY":-100,"sid":[12345,6],"key":[12],"pass":true}']), KEY)
    shown = {"KEY": id_of("api_key", "-100"), "sid": [id_of("session", "12345"), 6], "key": [12]}
    assert json.loads(masked) == shown | {"pass": id_of("query_secret", "true")}


@settings(deadline=None)
@given(TEXTS)
def test_looking_once_at_each_row_masks_what_looking_everywhere_masks(texts: list[str | None]) -> None:
    column = pl.Series(texts, dtype=pl.String)
    everywhere = [None if text is None else mask_text(text, KEY) for text in texts]
    assert mask_secrets(column, KEY).to_list() == everywhere
    assert mask_json(column, KEY).to_list() == mask_secrets(mask_members(column, KEY), KEY).to_list()
