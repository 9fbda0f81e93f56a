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


def test_the_same_secret_has_the_same_id_in_text_and_in_a_field() -> None:
    assert secret_id(KEY, "api_key", SECRET) in mask_text(f"?api_key={SECRET}", KEY)
    (masked,) = mask_members(pl.Series([json.dumps({"api_key": SECRET})]), KEY)
    assert secret_id(KEY, "api_key", SECRET) in masked


@settings(deadline=None)
@given(TEXTS)
def test_looking_once_at_each_row_masks_what_looking_everywhere_masks(texts: list[str | None]) -> None:
    column = pl.Series(texts, dtype=pl.String)
    everywhere = [None if text is None else mask_text(text, KEY) for text in texts]
    assert mask_secrets(column, KEY).to_list() == everywhere
    assert mask_json(column, KEY).to_list() == mask_secrets(mask_members(column, KEY), KEY).to_list()
