"""Log format directives: compiled as they stand, and what a server writes by them is read back value by value."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.errors import UsageError
from forensics.ingest import reader
from forensics.ingest.formats import LineFormat, by_name
from forensics.ingest.formats.aliases import wishes
from forensics.ingest.formats.compile import DIALECTS, compiled
from forensics.ingest.formats.compile.nginx import parse as nginx
from forensics.ingest.identity import ABSENT
from forensics.ingest.normalize import Terms
from forensics.ingest.parse import Parsed, Reading, parse_text

NGINX = (
    "log_format main '$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent '\n"
    '    \'"$http_referer" "$http_user_agent" $request_time\';'
)
LINE = '198.18.0.7 - ann [02/Mar/2026:04:05:06 +0000] "GET /a?b=1 HTTP/1.1" 200 12 "-" "x/1 (y)" 0.123'
APACHE = r'LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" combined'
COMBINED = '198.18.0.7 - ann [02/Mar/2026:04:05:06 +0000] "GET /a?b=1 HTTP/1.1" 200 - "-" "x/1 (y)"'
HTTPLOG = (
    "log-format %ci:%cp\\ [%tr]\\ %ft\\ %b/%s\\ %TR/%Tw/%Tc/%Tr/%Ta\\ %ST\\ %B\\ %CC\\ %CS\\ %tsc"
    "\\ %ac/%fc/%bc/%sc/%rc\\ %sq/%bq\\ %hr\\ %hs\\ %{+Q}r"
)
SQUID = "logformat squid %ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt"
ENVOY = (
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %DURATION%'
    ' "%REQ(USER-AGENT)%" "%REQ(:AUTHORITY)%"'
)


def read(form: LineFormat, lines: Sequence[str], asked: dict[str, str] | None = None) -> Parsed:
    """Read lines as one chunk of a file."""
    binding = form.bind(list(lines), asked or {})
    (chunk,) = reader.chunks(["".join(f"{line}\n" for line in lines).encode()])
    return parse_text(reader.records(chunk), Reading("f" * 64, "c" * 64, form, binding, Terms(bytes(32))))


def only(directive: str, line: str) -> dict[str, Any]:
    parsed = read(compiled(directive), [line])
    assert parsed.rejects.is_empty()
    (event,) = parsed.events.to_dicts()
    return event


# --- directives -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("directive", "line", "name"),
    [
        (NGINX, LINE, "nginx:main"),
        (NGINX.replace("main", "main escape=default"), LINE, "nginx:main"),
        (NGINX.partition("main ")[2].replace("'", "").replace("\n    ", "").rstrip(";"), LINE, "nginx:custom"),
        (NGINX.replace("$remote_addr", "${remote_addr}"), LINE, "nginx:main"),
        (APACHE, COMBINED, "apache:combined"),
        (
            APACHE.replace("LogFormat", "CustomLog logs/access.log").replace(" combined", " env=!quiet"),
            COMBINED,
            "apache:custom",
        ),
        ('%h %l %u %t "%r" %>s %b "%{Referer}i" "%!404{User-Agent}i"', COMBINED, "apache:custom"),
    ],
)
def test_a_directive_is_accepted_as_it_stands(directive: str, line: str, name: str) -> None:
    event = only(directive, line)
    assert event["log_format"] == name
    assert (event["source_ip"], event["user_id"], event["url_original"]) == ("198.18.0.7", "ann", "/a?b=1")
    assert (event["http_response_status_code"], event["user_agent_original"]) == (200, "x/1 (y)")
    assert event["timestamp"].isoformat() == "2026-03-02T04:05:06+00:00"
    assert event["timestamp_kind"] == ("end" if name.startswith("nginx") else "start")
    assert event["http_response_body_bytes"] == (12 if name.startswith("nginx") else 0)
    assert event["event_duration_us"] == (123_000 if name.startswith("nginx") else None)
    assert event["parse_flags"] == []


def test_a_compiled_combined_reads_what_the_built_in_one_reads() -> None:
    lines = [sample.record for sample in by_name("combined").accepted[:3]]
    ours = by_name("combined").bind(lines, {}), by_name("combined")
    (chunk,) = reader.chunks(["".join(f"{line}\n" for line in lines).encode()])
    expected = parse_text(reader.records(chunk), Reading("f" * 64, "c" * 64, ours[1], ours[0], Terms(bytes(32)))).events
    found = read(compiled(APACHE), lines).events
    aside = ["log_format", "timestamp_kind", "extra"]
    assert found.drop(aside).to_dicts() == expected.drop(aside).to_dicts()


def test_haproxy_is_read_with_and_without_captures() -> None:
    line = "[2001:db8::7]:2817 [02/Mar/2026:04:05:06.789] web~ jobs/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0"
    with_captures = only(HTTPLOG, f'{line} {{a b|c}} {{}} "GET /a HTTP/1.1"')
    without = only(HTTPLOG, f'{line} "GET /a HTTP/1.1"')
    for event in (with_captures, without):
        assert (event["source_ip"], event["url_path"], event["event_duration_us"]) == ("2001:db8::7", "/a", 109_000)
        assert (event["timestamp_kind"], event["parse_flags"]) == ("start", ["timezone_assumed"])
    assert '"captured_headers":"{a b|c}","captured_response_headers":"{}"' in with_captures["extra"]
    assert "captured" not in without["extra"]


def test_haproxy_expressions_and_flags_are_understood() -> None:
    event = only(
        'log-format "%{+Q}o %ci %{-Q}ST [%T] %[req.hdr(User-Agent)] %HM %HU %(who)[var(txn.who)]"',
        '"198.18.0.7" 200 [02/Mar/2026:04:05:06 +0000] "x/1 (y)" "GET" "/a?b" "ann b"',
    )
    assert (event["source_ip"], event["user_agent_original"], event["url_path"]) == ("198.18.0.7", "x/1 (y)", "/a")
    assert (event["timestamp_kind"], event["extra"]) == ("end", '{"who":"ann b"}')


def test_squid_padding_is_no_value() -> None:
    event = only(SQUID, "1772424306.250    153 198.18.0.7 TCP_MISS/200 1374 GET http://a.example/ ann HIER_DIRECT/- -")
    assert (event["event_duration_us"], event["http_response_bytes"], event["user_id"]) == (153_000, 1374, "ann")
    assert event["timestamp"].isoformat() == "2026-03-02T04:05:06.250000+00:00"


def test_envoy_reads_hosts_paths_and_times() -> None:
    event = only(ENVOY, '[2026-03-02T04:05:06.310Z] "GET /a HTTP/2" 200 7 "x/1" "a.example"')
    assert (event["url_domain"], event["url_path"], event["http_version"]) == ("a.example", "/a", "2")
    assert event["timestamp"].isoformat() == "2026-03-02T04:05:06.310000+00:00"


@pytest.mark.parametrize(
    ("directive", "line", "timestamp", "flags"),
    [
        ("%{%Y-%m-%d %T}t.%{msec_frac}t %{%z}t %a", "2026-03-02 06:05:06.789 +0200 198.18.0.7", "04:05:06.789000", []),
        ("%a %{end:%d/%b/%Y:%H:%M:%S}t", "198.18.0.7 02/Mar/2026:04:05:06", "04:05:06", ["timezone_assumed"]),
        ("%a %{msec}t", "198.18.0.7 1772424306789", "04:05:06.789000", []),
        ("%a %{usec}t %r", "198.18.0.7 1772424306000789 GET /a b HTTP/1.1", "04:05:06.000789", []),
        ("[%START_TIME(%s)%] %RESPONSE_CODE%", "[1772424306] 200", "04:05:06", []),
        (
            "[%START_TIME(%Y/%m/%dT%H:%M:%S.%3f)%] %RESPONSE_CODE%",
            "[2026/03/02T04:05:06.789] 200",
            "04:05:06.789000",
            [],
        ),
        ("logformat x %{%Y-%m-%dT%H:%M:%S}tg %>a", "2026-03-02T04:05:06 198.18.0.7", "04:05:06", []),
        ("logformat x [%tl] %>a", "[02/Mar/2026:05:05:06 +0100] 198.18.0.7", "04:05:06", []),
        ("$msec $remote_addr", "1772424306.789 198.18.0.7", "04:05:06.789000", []),
        ("$time_iso8601|$remote_addr", "2026-03-02T05:05:06+01:00|198.18.0.7", "04:05:06", []),
    ],
)
def test_times_are_read_in_the_format_they_are_written_in(
    directive: str, line: str, timestamp: str, flags: list[str]
) -> None:
    event = only(directive, line)
    assert event["timestamp"].isoformat() == f"2026-03-02T{timestamp}+00:00"
    assert event["parse_flags"] == flags


def test_lists_of_upstreams_keep_their_blanks() -> None:
    event = only(
        "$time_iso8601 $upstream_status $upstream_addr $status",
        "2026-03-02T04:05:06Z 502, 200 : 404 a:1, b:2 : c:3 404",
    )
    assert event["extra"] == '{"upstream_status":"502, 200 : 404","upstream_addr":"a:1, b:2 : c:3"}'
    assert event["http_response_status_code"] == 404


def test_a_path_and_its_query_are_told_apart_without_a_literal() -> None:
    assert only("%t %m %U%q %>s", "[02/Mar/2026:04:05:06 +0000] GET /a?b=1 200")["url_original"] == "/a?b=1"
    assert only("%t %m %U%q %>s", "[02/Mar/2026:04:05:06 +0000] GET /a 200")["url_query"] is None
    event = only("$time_iso8601 $uri$is_args$args $status", "2026-03-02T04:05:06Z /b?c=1 200")
    assert (event["url_path"], event["url_query"], event["extra"]) == ("/b", "c=1", '{"is_args":"?"}')
    event = only("$time_iso8601 $host$request_uri $status", "2026-03-02T04:05:06Z a.example/b?c 200")
    assert (event["url_domain"], event["url_path"], event["url_query"]) == ("a.example", "/b", "c")


def test_a_quote_that_nobody_escaped_is_never_read_in_silence() -> None:
    line = '[2026-03-02T04:05:06.310Z] "GET /a HTTP/2" 200 7 "x/1" "a.example"'
    assert only(ENVOY, line)["parse_flags"] == []
    assert only(ENVOY, f"{line} new")["parse_flags"] == ["trailing_fields"]
    assert "unescaped_quote" in only(ENVOY, line.replace("x/1", 'x" "forged.example'))["parse_flags"]
    assert only(ENVOY, line.replace("x/1", 'x"y'))["user_agent_original"] == 'x"y'


def test_fields_behind_the_last_one_are_kept() -> None:
    event = only(NGINX, f'{LINE} "new" newer')
    assert (event["extra"], event["parse_flags"]) == ('{"trailing":"\\"new\\" newer"}', ["trailing_fields"])


def test_unknown_variables_go_to_extra_and_secrets_among_them_are_keyed() -> None:
    event = only(
        "$time_iso8601 $remote_addr $foo $cookie_taste $arg_key $http_cookie",
        "2026-03-02T04:05:06Z 198.18.0.7 bar tasty123456 hunter2hunter2 a=b123456",
    )
    assert '"foo":"bar"' in event["extra"]
    assert event["extra"].count("key:") == 3
    assert not re.search(r"tasty|hunter|b123456", event["extra"])


@pytest.mark.parametrize(
    ("variable", "value", "kind"),
    [
        ("$http_x_api_key", "k-1234567", "api_key"),
        ("$cookie_sessionid", "s-1234567", "session"),
        ("$http_authorization", "Digest-1234567", "authorization"),
        ("$jwt_claim_sub", "ann", "user"),
    ],
)
def test_what_a_server_verified_or_is_a_key_is_an_identity(variable: str, value: str, kind: str) -> None:
    event = only(f'$time_iso8601 $remote_addr "{variable}"', f'2026-03-02T04:05:06Z 198.18.0.7 "{value}"')
    assert event["user_id_kind"] == kind
    assert event["user_id"] == value if kind == "user" else event["user_id"].startswith("key:")


def test_a_user_header_is_an_identity_only_when_asked_for() -> None:
    form = compiled('$time_iso8601 $remote_addr "$http_x_user"')
    line = '2026-03-02T04:05:06Z 198.18.0.7 "ann"'
    assert read(form, [line]).events["user_id"].to_list() == [None]
    assert read(form, [line], wishes({}, "http_x_user")).events["user_id"].to_list() == ["ann"]
    assert read(form, [line], wishes({}, "HTTP-X-User")).events["user_id"].to_list() == ["ann"]


def test_what_a_client_can_move_is_a_warning() -> None:
    exposed = compiled("$time_iso8601 $http_x_user $status").bind([], {}).warnings
    assert exposed == (
        "$http_x_user is logged without quotes: a blank a client puts into it moves the fields behind it",
    )
    unsafe = compiled("log_format x escape=none '$time_iso8601 \"$http_user_agent\" $status';").bind([], {}).warnings
    assert len(unsafe) == 1 and unsafe[0].startswith("escape=none protects nothing")
    assert compiled(NGINX).bind([], {}).warnings == ()


def test_a_file_of_a_configuration_holds_formats_by_name(tmp_path: Path) -> None:
    conf = tmp_path / "nginx.conf"
    conf.write_text(f"http {{\n  # log_format main 'old $msec';\n  {NGINX}\n  log_format short '$msec $status';\n}}\n")
    (tmp_path / "line.conf").write_text("http { server_tokens off; log_format short '$msec $status'; }\n")
    assert compiled(f"{tmp_path}/line.conf#short").name == "nginx:short"
    assert compiled(f"{conf}#main").name == "nginx:main"
    assert only(f"{conf}#short", "1772424306.789 200")["http_response_status_code"] == 200
    assert compiled(f"{conf}#short").bind([], {}).header == ("$msec $status",)  # a file may change its meaning later
    with pytest.raises(UsageError, match="no log format named 'long'") as caught:
        compiled(f"{conf}#long")
    assert caught.value.hint == "its log formats: main, short"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (APACHE.replace('" combined', '\\\n" mine'), "mine"),
        ("frontend web\n  mode http\n  " + HTTPLOG + "\nfrontend other\n  log-format %ci\\ [%T]\n", "web"),
        (f"access_log daemon:/var/log/squid.log squid\n{SQUID}\n", "squid"),
        ("access_log:\n  log_format:\n    text_format: '" + ENVOY + "'\n", "text_format"),
    ],
)
def test_every_server_has_its_configuration_read(text: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "x.conf").write_text(text, encoding="utf-8")
    assert compiled(f"{tmp_path / 'x.conf'}#{name}").name.endswith(f":{name}")


@pytest.mark.parametrize(
    ("directive", "message"),
    [
        ("$remote_addr$status $msec", r"has \$remote_addr directly before \$status"),
        ("%a%h %t", "has %a directly before %h"),
        ("$args$uri$request $msec", r"has \$uri directly before \$request"),
        ("log-format %ci%cp\\ %T", "has %ci directly before %cp"),
        ("%RESPONSE_CODE%%DURATION% %START_TIME%", "has %RESPONSE_CODE% directly before %DURATION%"),
        ("logformat x %>a%>p %ts", "has %>a directly before %>p"),
        ("$remote_addr $status", "logs no time"),
        ("%t %Z", "Apache has no %Z"),
        ("%t %{%G-%V}t %h", r"the time format of %\{%G-%V\}t cannot be read back"),
        ("log_format x 'no variables here';", "has no variable"),
        ("log_format x escape=maybe '$msec';", "nginx has no escape=maybe"),
        ("access_log /var/log/nginx.log main buffer=32k", "access_log names a log format"),
        ('LogFormat "%h %t" a\nLogFormat "%t" b', "holds several log formats: a, b"),
        ("no such thing", "neither a known format nor a log format directive"),
        ("#Software: x", "is no header line"),
    ],
)
def test_what_cannot_be_compiled_is_refused_with_a_reason_and_a_way_out(directive: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        by_name(directive)
    assert caught.value.hint


def test_a_misspelled_name_is_no_directive() -> None:
    with pytest.raises(UsageError, match="unknown format 'combind'"):
        by_name("combind")


def test_dialects_recognize_their_own_format_strings_only() -> None:
    strings = {
        "nginx": '$remote_addr [$time_local] "$request"',
        "apache": '%h %l %u %t "%r" %>s %b',
        "haproxy": "%ci:%cp [%tr] %ft %b/%s %ST",
        "envoy": "[%START_TIME%] %RESPONSE_CODE%",
        "squid": "%ts.%03tu %6tr %>a %Ss/%03>Hs",
    }
    first = {name: next(each.name for each in DIALECTS if each.recognizes(text)) for name, text in strings.items()}
    assert first == {name: name for name in strings}


def test_patterns_hold_nothing_rust_cannot_run_in_linear_time() -> None:
    pattern = nginx(NGINX, "default").pattern()
    assert pattern.startswith("^") and pattern.endswith("$")
    assert not re.search(r"\(\?[=!<][^P]|\\[1-9]", pattern)


# --- round trips ----------------------------------------------------------------------------------------------------

ANY = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=30).filter(
    lambda text: (
        text not in ABSENT
        and not re.search(r"(?i)key|token|session|sid|secret|pass|pwd|sig|auth|bearer|basic|jwt|[=:]", text)
    )
)
WORD = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='"\\[],:-'), min_size=1, max_size=12
)


def nginx_escape(value: str) -> str:
    """`ngx_http_log_escape`: `"`, a backslash, and bytes below 0x20 or above 0x7e as `\\xHH`."""
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and chr(byte) not in '"\\' else f"\\x{byte:02X}" for byte in value.encode()
    )


def nginx_unescape(text: str) -> str:
    parts = re.sub(rb"\\x([0-9A-F]{2})", lambda match: bytes.fromhex(match[1].decode()), text.encode())
    return parts.decode()


def apache_escape(value: str) -> str:
    """`ap_escape_logitem`: C escapes, other bytes that are not printable as `\\xhh` in lower case."""
    named = {8: "\\b", 10: "\\n", 13: "\\r", 9: "\\t", 11: "\\v", 34: '\\"', 92: "\\\\"}
    return "".join(
        named.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}") for byte in value.encode()
    )


def apache_unescape(text: str) -> str:
    named = {b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v", b'"': b'"', b"\\": b"\\"}
    read_back = re.sub(
        rb"\\(?:x([0-9a-f]{2})|(.))",
        lambda match: bytes.fromhex(match[1].decode()) if match[1] else named[match[2]],
        text.encode(),
    )
    return read_back.decode()


def json_escape(value: str) -> str:
    """`ngx_escape_json`: only `"`, the backslash and what lies below 0x20."""
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", '"': '\\"', "\\": "\\\\"}
    return "".join(named.get(char) or (char if char >= " " else f"\\u{ord(char):04X}") for char in value)


def haproxy_escape(value: str) -> str:
    """HAProxy's `url_encode_map`: `"`, `#` and what is not printable as `#HH`."""
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and chr(byte) not in '"#' else f"#{byte:02X}" for byte in value.encode()
    )


def haproxy_unescape(text: str) -> str:
    return re.sub(rb"#([0-9A-F]{2})", lambda match: bytes.fromhex(match[1].decode()), text.encode()).decode()


def same(text: str) -> str:
    return text


CASES = [
    (
        '$remote_addr [$time_local] "$http_user_agent" "$http_referer" $status "$http_x_note"',
        '198.18.0.7 [02/Mar/2026:04:05:06 +0000] "{0}" "{1}" 200 "{2}"',
        nginx_escape,
        nginx_unescape,
    ),
    (
        r'LogFormat "%a %t \"%{User-Agent}i\" \"%{Referer}i\" %>s \"%{X-Note}i\"" x',
        '198.18.0.7 [02/Mar/2026:04:05:06 +0000] "{0}" "{1}" 200 "{2}"',
        apache_escape,
        apache_unescape,
    ),
    (
        """log_format j escape=json '{"t":"$time_iso8601",' '"a":"$http_user_agent","r":"$http_referer"'
            ',"n":"$http_x_note"}';""",
        '{{"t":"2026-03-02T04:05:06Z","a":"{0}","r":"{1}","n":"{2}"}}',
        json_escape,
        same,
    ),
    (
        "log-format '%ci [%tr] %{+Q}[req.hdr(User-Agent)] %{+Q}[req.hdr(Referer)] %{+Q}[req.hdr(X-Note)]'",
        '198.18.0.7 [02/Mar/2026:04:05:06.789] "{0}" "{1}" "{2}"',
        haproxy_escape,
        haproxy_unescape,
    ),
]


@pytest.mark.parametrize(("directive", "line", "escape", "unescape"), CASES, ids=["nginx", "apache", "json", "haproxy"])
@settings(max_examples=80, deadline=None)
@given(rows=st.lists(st.tuples(ANY, ANY, ANY), min_size=1, max_size=8))
def test_what_a_server_escapes_comes_back_value_by_value(
    rows: list[tuple[str, str, str]],
    directive: str,
    line: str,
    escape: Callable[[str], str],
    unescape: Callable[[str], str],
) -> None:
    lines = [line.format(*map(escape, row)) for row in rows]
    parsed = read(compiled(directive), lines)
    assert parsed.rejects.is_empty()
    found = [
        tuple(map(unescape, (event["user_agent_original"], event["http_request_referrer"], _note(event))))
        for event in parsed.events.to_dicts()
    ]
    assert found == rows


def _note(event: dict[str, Any]) -> str:
    return str(json.loads(event["extra"])["http_x_note"])


@settings(max_examples=60, deadline=None)
@given(values=st.lists(WORD, min_size=3, max_size=6), separators=st.data())
def test_values_without_blanks_come_back_from_any_literals(values: list[str], separators: st.DataObject) -> None:
    literals = separators.draw(
        st.lists(
            st.sampled_from([" ", " | ", "] [", ' "', " - ", ", ", ": "]), min_size=len(values), max_size=len(values)
        )
    )
    template = "$time_iso8601" + "".join(f"{literal}$v{place}" for place, literal in enumerate(literals)) + " end"
    line = "2026-03-02T04:05:06Z" + "".join(
        f"{literal}{value}" for literal, value in zip(literals, values, strict=True)
    )
    parsed = read(compiled(template), [f"{line} end"])
    assert parsed.rejects.is_empty()
    extra = parsed.events["extra"][0]
    assert list(json.loads(extra).values()) == values


@settings(max_examples=60, deadline=None)
@given(line=st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=200))
def test_any_text_is_an_event_or_a_reject(line: str) -> None:
    parsed = read(compiled(NGINX), [f"x{line}"])
    assert (parsed.counts.records, parsed.counts.events + parsed.counts.rejects) == (1, 1)


# --- Jetty -----------------------------------------------------------------------------------------------------

NCSA = '%{client}a - %u %t "%r" %s %O'
EXTENDED = NCSA + ' "%{Referer}i" "%{User-Agent}i"'
JETTY_LINE = '198.18.0.7 - ann [02/Mar/2026:04:05:06 +0000] "GET /a?b=1 HTTP/1.1" 200 512 "-" "x/1"'


@pytest.mark.parametrize(
    "directive",
    [EXTENDED, EXTENDED.replace("%t", "%{dd/MMM/yyyy:HH:mm:ss ZZZ|GMT}t"), f"jetty.requestlog.formatString={EXTENDED}"],
)
def test_a_format_string_of_jetty_says_what_its_lines_do_not(directive: str) -> None:
    (event,) = read(compiled(directive), [JETTY_LINE]).events.to_dicts()
    assert event["log_format"].startswith("jetty:")
    assert (event["timestamp_kind"], event["source_ip"], event["source_ip_origin"]) == ("start", "198.18.0.7", "field")
    assert (event["user_id"], event["url_path"], event["url_query"]) == ("ann", "/a", "b=1")
    assert (event["http_response_body_bytes"], event["http_response_bytes"]) == (512, None)


@pytest.mark.parametrize(("line", "name"), [(JETTY_LINE, "combined"), (JETTY_LINE[: -len(' "-" "x/1"')], "common")])
def test_what_jetty_writes_by_default_is_read_without_being_told(line: str, name: str) -> None:
    (event,) = read(by_name(name), [line]).events.to_dicts()
    assert (event["log_format"], event["user_id"], event["timestamp_kind"]) == (name, "ann", "unknown")


def test_a_name_that_jetty_put_into_quotes_and_the_time_taken_are_read() -> None:
    line = JETTY_LINE.replace(" ann ", ' "Doe, Ann" ') + " 153"
    (event,) = read(compiled(EXTENDED + " %{ms}T"), [line]).events.to_dicts()
    assert (event["user_id"], event["event_duration_us"]) == ("Doe, Ann", 153_000)


def test_a_time_format_of_jetty_that_cannot_be_read_back_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be read back"):
        compiled('%{remote}a %{HH:mm}t "%r" %s')
