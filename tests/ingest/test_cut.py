"""The compiled cut gives what the regular expressions give, whatever the bytes: events, rejects, counts."""

import importlib.util
import os
import random
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forensics import redact
from forensics.ingest import compiled, cut, parse, reader
from forensics.ingest.cut import suspects
from forensics.ingest.cut.program import program
from forensics.ingest.cut.syntax import NotCut, parsed
from forensics.ingest.formats import FORMATS, by_name, clf
from forensics.ingest.formats.pattern import Layout
from forensics.ingest.layout import lines
from forensics.ingest.normalize import Terms

COMBINED = b'198.18.0.7 - u-17 [02/Mar/2026:04:05:06 +0200] "GET /a?b=1 HTTP/1.1" 200 12 "https://a.example/" "x/1 (y)"'
SHOP = b"shop.example:443 "
NGINX = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" '
    '"$http_user_agent" $request_time $upstream_response_time $host "$http_x_forwarded_for" $gzip_ratio $pipe'
)
APACHE = 'LogFormat "%v:%p %h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\" %D" x'
LINES = {
    "combined": COMBINED,
    "vhost_combined": SHOP + COMBINED,
    "common": COMBINED.rpartition(b' "https')[0],
    "traefik": COMBINED + b' 7 "r@file" "http://198.18.0.9:80" 12ms',
    f"log_format x '{NGINX}';": COMBINED + b' 0.003 0.001, 0.002 : 0.1 shop.example "198.18.0.9" 2.4 .',
    APACHE: SHOP + COMBINED + b" 1234",
    "nginx_proxy_manager": b'[02/Mar/2026:04:05:06 +0200] MISS 200 200 - GET https shop.example "/a?b=1"'
    b' [Client 198.18.0.7] [Length 512] [Gzip 2.47] [Sent-to 198.19.0.1] "x/1" "https://a.example/"',
}
ALSO = (
    COMBINED.replace(b"GET /a?b=1 HTTP/1.1", b"CONNECT a.example:443 HTTP/1.1"),
    COMBINED.replace(b"GET /a?b=1 HTTP/1.1", b"GET /a?api_key=sk-abcdefghijklmnop HTTP/2.0"),
    COMBINED.replace(b"GET /a?b=1 HTTP/1.1", b"\\x16\\x03\\x01"),
    COMBINED.replace(b"GET /a?b=1 HTTP/1.1", b"POST /\xc3\xa9 HTTP/1.0"),
    COMBINED.replace(b"200 12", b"000 -"),
    COMBINED.replace(b"200 12", b"200 99999999999999999999"),
    COMBINED.replace(b"200 12", b"200 007"),
    COMBINED.replace(b"u-17", b"ann of sales"),
    COMBINED.replace(b"06 +0200", b"06.123 +0200"),
    COMBINED.replace(b"02/Mar", b"2/Mar"),
    COMBINED.replace(b"x/1", b"x" * 5_000),
    COMBINED + b' "198.18.9.9, 198.18.0.7" 0.003',
    COMBINED + b"\r",
    b"# a comment",
    b"",
    b"2001:db8::1, 198.18.0.1 " + COMBINED,
)
TELLING = (
    *("a", "/", "?", "&", ".", "9", "=", ":", " ", "\t", '"', "\\", "{", ",", "@", "://", "\u212a", "é", "-", "_", ")"),
    *(
        "key",
        "KEY",
        "tok",
        "en",
        "jwt",
        "session",
        "id",
        "Sid",
        "secret",
        "pass",
        "wd",
        "pwd",
        "signature",
        "credential",
    ),
    *(
        "auth",
        "Authorization",
        "bearer",
        "Basic",
        "sk",
        "pk",
        "ghp",
        "gho",
        "xox",
        "b",
        "eyJ",
        "EYj",
        "cookie",
        "s",
        "value",
    ),
)
INSERTED = st.sampled_from(
    [
        b"\0",
        b'"',
        b"\\",
        b'\\"',
        b" ",
        b"[",
        b"]",
        b"\xff",
        b"\xc3",
        b"\xe2\x82\xac",
        b"\r",
        b"\n",
        b"-",
        b"?",
        b"=",
        b":",
    ]
)
EDIT = st.tuples(st.floats(0, 1), st.sampled_from(["insert", "delete", "double", "cut"]), INSERTED, st.integers(1, 40))


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few lines be cut, too."""
    monkeypatch.setattr(cut, "_LEAST", 0)


def edited(line: bytes, edits: list[tuple[float, str, bytes, int]]) -> bytes:
    for where, what, inserted, count in edits:
        place = int(where * len(line))
        match what:
            case "insert":
                line = line[:place] + inserted + line[place:]
            case "delete":
                line = line[:place] + line[place + count :]
            case "double":
                line = line[: place + count] + line[place:]
            case _:
                line = line[:place]
    return line


def parsed_by(mode: str, content: bytes, name: str) -> parse.Parsed:
    form = by_name(name)
    terms = Terms(b"k" * 32)
    reading = parse.Reading("a" * 64, "b" * 64, form, form.bind([], {}), terms)
    (chunk,) = reader.chunks(iter([content]), reader.line_ends) if content else (None,)
    assert chunk
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(compiled.SETTING, mode)
        return parse.parse_text(reader.records(chunk), reading, newlines=chunk.newlines)


def is_alike(content: bytes, name: str) -> None:
    slow, fast = parsed_by("never", content, name), parsed_by("always", content, name)
    assert fast.events.equals(slow.events)
    assert fast.rejects.equals(slow.rejects)
    assert fast.counts == slow.counts
    assert fast.texts.keys() == slow.texts.keys()
    assert all(text.equals(slow.texts[column]) for column, text in fast.texts.items())  # codes, too


@pytest.mark.parametrize("name", LINES, ids=[*list(LINES)[:4], "nginx", "apache", "npm"])
@settings(max_examples=20)
@given(
    edits=st.lists(st.lists(EDIT, max_size=3), min_size=1, max_size=12), seed=st.integers(0, 99), ended=st.booleans()
)
@example(edits=[[]], seed=0, ended=False)
def test_hostile_lines_are_read_alike(
    name: str, edits: list[list[tuple[float, str, bytes, int]]], seed: int, ended: bool
) -> None:
    lines = [edited(LINES[name], each) for each in edits] + [LINES[name]] * 14 + list(ALSO)
    random.Random(seed).shuffle(lines)
    is_alike(b"\n".join(lines) + b"\n" * ended, name)
    is_alike(LINES[name] + b"\n", name)


@pytest.mark.parametrize("name", list(LINES)[4:], ids=["nginx", "apache", "npm"])
def test_lines_of_a_directive_are_cut_all(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(compiled.SETTING, "always")
    (chunk,) = reader.chunks(iter([LINES[name] + b"\n" + LINES[name]]), reader.line_ends)
    read = by_name(name).read
    assert isinstance(read, partial)
    found = cut.cut(reader.records(chunk)["text"], read.args[0].patterns[0].text)
    assert found
    assert found.height == 2


def test_what_repeats_in_combined_lines_is_coded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(compiled.SETTING, "always")
    (chunk,) = reader.chunks(iter([b"\n".join([COMBINED] * 3 + list(ALSO))]), reader.line_ends)
    form = by_name("combined")
    logged = form.cut(reader.records(chunk)["text"], form.bind([], {})) if form.cut else None
    assert logged
    assert len(logged.texts) == 6


@pytest.mark.parametrize("secret", [b"/a?to=://ann:hunter22@h", b"/a?key=hunter22", b"/sk-abcdefghijklmnopqrst/b"])
@pytest.mark.parametrize("odd", [[], [b"\\x16\\x03"], [b"/a?to=://ann:hunter22@h", b"GET  /b HTTP/1.1", b"x" * 5_000]])
def test_a_target_that_equals_another_one_without_its_secret_is_one_with_it(secret: bytes, odd: list[bytes]) -> None:
    asked = b"GET /a?b=1 HTTP/1.1"
    hidden = redact.mask_text(secret.decode(), b"k" * 32).encode()
    targets = [
        secret,
        b"/c",
        hidden,
        secret + b"1",
        hidden,
        redact.mask_text(secret.decode() + "1", b"k" * 32).encode(),
    ]
    lines = [COMBINED.replace(asked, b"GET " + target + b" HTTP/1.1") for target in targets]
    lines += [COMBINED.replace(asked, each) for each in odd] + [COMBINED] * 8
    is_alike(b"\n".join(lines), "combined")
    texts = parsed_by("always", b"\n".join(lines), "combined").texts
    assert texts["url_path"].dictionary.to_pylist()[:2] == [hidden.decode().partition("?")[0], "/c"]


@pytest.mark.samples
def test_real_lines_are_read_alike(samples: Path) -> None:
    files = [file for file in sorted(samples.rglob("*")) if file.is_file() and file.stat().st_size < 4 << 20]
    read = 0
    for file in files:
        content = file.read_bytes()
        if not content or content[:4] in {b"PAR1", b"PK\3\4"}:
            continue
        for name in ("combined", "haproxy", "squid", "aws_alb", "aws_s3", f"log_format x '{NGINX}';", APACHE):
            if len(content) < 1 << 18 or name == "combined":
                is_alike(content, name)
                read += 1
    assert read


def test_fields_that_are_cut_equal_those_of_the_pattern() -> None:
    layouts = [own for form in FORMATS if isinstance(form.read, partial) for own in form.read.args[:1]]
    patterns = [each.text for own in layouts if isinstance(own, Layout) for each in own.patterns]
    samples = [sample.record for form in FORMATS for sample in (*form.accepted, *form.rejected)]
    text = pl.Series([*samples, None, "", "x", *(sample + " x" for sample in samples)], dtype=pl.String)
    text = pl.Series(text.to_arrow(), dtype=pl.String)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(compiled.SETTING, "always")
        for pattern in (*clf.PATTERNS, *patterns):
            assert cut.extracted(text, pattern).equals(cut._groups(text, pattern)), pattern
    assert sum(program(pattern) is not None for pattern in patterns) > len(patterns) // 2


@pytest.mark.parametrize(
    ("pattern", "lines"),
    [
        (
            r"^(?P<a>[+-]?[0-9]+(?:\.[0-9]+)?|-) (?P<b>.*)$",
            ["- x aaaaaaaaaaaaa", "-1.5 xaaaaaaaaaaaaa", "1. aaaaaaaaaaaaa"],
        ),
        (
            r"^(?P<a>[^ ]*[^ :]) (?P<b>x?)aaaaaaaaaaaaaaa$",
            ["ab: aaaaaaaaaaaaaaa", "ab xaaaaaaaaaaaaaaa", ": aaaaaaaaaaaaaaa"],
        ),
        (
            r"^(?P<a>.*?) \[(?P<b>[a-z]*)\]$",
            ["a [b] c [ddddddddddddd]", "aaaaaaaaaaaaaaaa []", " [aaaaaaaaaaaaaaaaaaa]"],
        ),
        (r"^(?P<a>a*)a(?P<b>b*)bbbbbbbbbbbbbbbbb$", ["aaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbb"]),
        (r"^(?P<a>[^é]+)$", ["aaaaaaaaaaaaaaaaaaaaaaaaa"]),
        (r"^(?P<a>..)(?P<b>.*)$", ["éaaaaaaaaaaaaaaaaaaaaa", "€€aaaaaaaaaaaaaaaaaa"]),
        (
            r"^(?P<a>[0-9a-f.:]*[.:][0-9a-f.:]*) (?P<b>.+)$",
            ["1.2.3.4 aaaaaaaaaaaa", "1234 aaaaaaaaaaaaaaa", ":: aaaaaaaaaaaaa"],
        ),
        (
            r'^(?P<a>(?:[^"\\]|\\.)*)"(?: (?P<b>.*))?$',
            ['\\" \\\\" aaaaaaaaaaaaaaa', "aaaaaaaaaaaaaaaaaaa\\", 'é\\é" aaaaaaaaaaaaaaa'],
        ),
    ],
)
def test_what_is_tried_first_is_what_the_regular_expression_finds(pattern: str, lines: list[str]) -> None:
    text = pl.Series(pl.Series(lines * 3).to_arrow(), dtype=pl.String)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(compiled.SETTING, "always")
        assert cut.extracted(text, pattern).equals(cut._groups(text, pattern))


@settings(max_examples=400)
@given(st.lists(st.sampled_from(TELLING), max_size=6).map("".join))
def test_a_text_that_may_hold_a_secret_is_marked(text: str) -> None:
    """What the expressions of `redact` would look at, the loop marks; and it leaves what is plain."""
    is_marked(text)
    masked = redact.mask_text(text, b"k" * 32)
    if masked != text:  # so what is masked equals none of those that are not marked
        assert is_marked(masked)
    if set(text) <= set("/?&.a9"):
        assert not is_marked(text)


def is_marked(text: str) -> bool:
    content = np.frombuffer(text.encode() + bytes(40), np.uint8)
    size = np.array([len(text.encode())])
    views, found = lines.views(content, np.zeros(1, np.int64), size), np.zeros(1, np.uint8)
    suspects.mark(content, views, views.view(np.uint8).reshape(-1), found)
    assert found[0] or not pl.Series([text]).str.contains(redact._SUSPECT_JSON)[0]
    return bool(found[0])


@pytest.mark.parametrize(
    "pattern", ["(?P<a>a)", r"^\bx$", r"^(?i)a$", r"^(a)$", r"^(?P<a>\s)$", r"^(?P<a>a++)$", r"^(?P<a>[[a])$"]
)
def test_a_pattern_that_says_more_stays_a_regular_expression(pattern: str) -> None:
    with pytest.raises(NotCut):
        parsed(pattern)
    assert program(pattern) is None


def test_numba_is_not_loaded_where_it_does_not_pay_or_may_be_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(compiled, "_seen", compiled._Seen())
    monkeypatch.setattr(compiled, "_MODULE", "colorsys")  # any module that nobody has loaded
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    monkeypatch.delenv(compiled.SETTING, raising=False)
    assert re.match("less than", compiled.unused() or "")
    compiled.expect(compiled.WORTH)
    assert compiled.worthwhile()
    with monkeypatch.context() as patch:
        patch.setattr(importlib.util, "find_spec", lambda _: None)
        assert compiled.unused() == "numba is not installed"
    (tmp_path / ".numba_config.yaml").write_text("cache_dir: evidence\n", encoding="utf-8")
    assert re.match("there is a file", compiled.unused() or "")
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert "NUMBA_DISABLE_JIT" in (compiled.unused() or "")
    monkeypatch.setenv(compiled.SETTING, "never")
    assert "never" in (compiled.unused() or "")


def test_code_that_was_compiled_with_checks_is_kept_apart() -> None:
    """It is ten times as slow, and numba keeps it under the same name."""
    said = "from forensics.ingest.layout import coding; print(coding.find.py_func.__qualname__)"
    names = set()
    for checks in ("0", "1"):
        environment = os.environ | {"NUMBA_BOUNDSCHECK": checks}
        told = subprocess.run([sys.executable, "-c", said], env=environment, capture_output=True, text=True, check=True)
        names.add(told.stdout)
    assert len(names) == 2
