"""Each drawing is well-formed, safe, readable at phone width, and has a twin that says the same in text."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest

from forensics import schema
from forensics.report import charts
from forensics.report.blocks import Chart
from forensics.report.charts.axis import top
from forensics.report.charts.svg import Drawing, decimal, escape
from tests.report.conftest import POISON, Rendered
from tests.report.page import Page
from tests.report.sample_case import HARVESTERS, tables

SHAPES = {"svg", "title", "desc", "rect", "line", "circle", "polyline", "text"}
NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
OUTAGE = {
    "incident_id": f"OUT{POISON}", "kind": "outage", "started_at": NOON, "ended_at": NOON + timedelta(hours=2),
}  # fmt: skip
WHO = "accounts of coordinated clusters"


def bins(*loads: tuple[int, int]) -> list[dict[str, object]]:
    return [
        {"bin_start": NOON + timedelta(hours=place), "bin_seconds": 3600, "cluster_requests": own,
         "other_requests": other,
         "cluster_errors": 0, "other_errors": other // 4, "calm_requests": 6}
        for place, (own, other) in enumerate(loads)
    ]  # fmt: skip


def raster() -> Chart:
    rows = [
        {"cluster_id": "C-1", "user_id": name, "position": place, "bin_start": NOON, "bin_seconds": 60, "requests": 12,
         "accounts": 1, "members": 64}
        for place, name in enumerate((f"u{POISON}", None), start=1)
    ]  # fmt: skip
    return charts.raster(rows, ())


def matrix() -> Chart:
    row = {"cluster_id": "C-1", "user_id": f"u{POISON}", "account_position": 1, "source_range": f"r{POISON}",
           "range_position": 1, "requests": 4, "range_accounts": 9, "accounts": 1, "ranges": 1}  # fmt: skip
    return charts.matrix([row], ())


def waterfall() -> Chart:
    rows = [
        {"user_id_a": f"u{POISON}", "user_id_b": "v", "total_bits": 10.0, "floor_bits": 15.0, "family": family,
         "signals": "s", "bits": bits, "adds_bits": adds}
        for family, bits, adds in (("TIME", 12.0, 11.0), (f"NET{POISON}", None, -1.0))
    ]  # fmt: skip
    return charts.waterfall(1, rows, ())


def gaps() -> Chart:
    rows: list[dict[str, int | None]] = [
        {"from_us": 0, "to_us": 10_000, "cluster_gaps": 0, "other_gaps": 3},
        {"from_us": 10_000, "to_us": None, "cluster_gaps": 4, "other_gaps": 1},
    ]
    return charts.gaps(rows, WHO, ())


def graph() -> Chart:
    rows = [
        {"cluster_id": f"C{POISON}", "user_id_a": f"u{POISON}", "user_id_b": f"v{place}", "bits": 20.0 - place,
         "families": ["TIME", f"NET{POISON}"], "tier": "linked" if place else "lead",
         "position_a": 1, "position_b": place + 2, "events_a": 10_000,
         "events_b": 0, "accounts": 30, "pairs": 40}
        for place in range(23)
    ]  # fmt: skip
    return charts.graph(1, rows, ())


def beat(every: int, account: str = f"u{POISON}") -> Chart:
    """Draw an account that sends a request every so many tenths of a second."""
    places = list(range(0, 36_000, every))
    ticks = pa.table(
        {
            "user_id": [account] * len(places), "hour_start": pa.array([NOON] * len(places), pa.timestamp("us", "UTC")),
            "tick": places, "requests": [1] * len(places),
        }
    )  # fmt: skip
    return charts.periodogram(1, ticks, ())


def channels() -> Chart:
    rows = [
        {"position": place, "channel": name, "bin_start": NOON + timedelta(hours=place), "bin_seconds": 3600,
         "cluster_requests": place, "other_requests": 40, "known": 2, "channels": 7}
        for place, name in ((1, "direct"), (2, f"reseller:{POISON}"))
    ]  # fmt: skip
    return charts.channels(rows, WHO, ())


def reach() -> Chart:
    rows = [
        {"policy": f"ban_organization{POISON}", "accounts": 41, "accounts_linked": 2, "accounts_not_linked": 39},
        {"policy": "cluster", "accounts": 2, "accounts_linked": 2, "accounts_not_linked": 0},
    ]
    return charts.reach(0, charts.drawable({"reach": [*rows, {"policy": "no numbers"}]}), f"C{POISON}", ())


DRAWN: dict[str, Callable[[], Chart]] = {
    "activity": lambda: charts.activity(bins((3, 4), (0, 0), (1000, 7)), [OUTAGE], WHO, ()),
    "beat": lambda: beat(14),
    "channels": channels,
    "gaps": gaps,
    "graph": graph,
    "load": lambda: charts.load(1, bins((3, 4), (0, 0), (1, 8)), OUTAGE, WHO, ()),
    "matrix": matrix,
    "raster": raster,
    "reach": reach,
    "waterfall": waterfall,
}


@pytest.mark.parametrize("name", DRAWN)
def test_drawing_of_hostile_rows_is_well_formed_and_holds_only_shapes(name: str) -> None:
    chart = DRAWN[name]()
    root = ET.fromstring(chart.svg)  # noqa: S314 - our own text; malformed is the failure looked for
    assert {element.tag for element in root.iter()} <= SHAPES
    assert root.get("role") == "img"
    assert root.findtext("title") and root.findtext("desc")
    ids = [value for element in root.iter() if (value := element.get("id"))]
    assert root.get("aria-labelledby") == " ".join(ids)


@pytest.mark.parametrize("name", DRAWN)
def test_every_coordinate_is_a_plain_number_inside_the_drawing(name: str) -> None:
    chart = DRAWN[name]()
    root = ET.fromstring(chart.svg)  # noqa: S314 - our own text
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for element in root.iter():
        for key in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy"):
            if (value := element.get(key)) is not None:
                assert re.fullmatch(r"-?\d+(\.\d)?", value), (name, key, value)
                assert 0 <= float(value) <= (width if "x" in key else height), (name, element.tag, key, value)


@pytest.mark.parametrize("name", DRAWN)
def test_every_drawing_has_a_twin_in_text(name: str) -> None:
    chart = DRAWN[name]()
    assert chart.twin.rows
    assert all(len(row) == len(chart.twin.columns) for row in chart.twin.rows)


def test_page_and_markdown_show_the_twin_of_every_drawing(told: Rendered) -> None:
    page = Page(told.html)
    figures = sum(1 for tag, _ in page.tags if tag == "svg")
    assert figures == 8
    assert told.html.count(" as text (") == figures
    assert len(re.findall(r"\*\*Figure \d+ as text\.\*\*", told.md)) == figures
    blocks = [block for part in json.loads(told.json)["sections"] for block in part["blocks"]]
    assert [block["number"] for block in blocks if block["block"] == "chart"] == list(range(1, 9))
    assert all("svg" not in block for block in blocks)


def test_steps_of_the_evidence_add_up_to_the_total(told: Rendered) -> None:
    blocks = [block for part in json.loads(told.json)["sections"] for block in part["blocks"]]
    rows = next(block for block in blocks if block.get("name") == "waterfall-1")["twin"]["rows"]
    assert [row[0] for row in rows] == [
        "TARGET",
        "TIME",
        "NET",
        "CLIENT",
        "Choice",
        "Volume",
        "Total",
        "Floor of its group, on average",
    ]
    assert sum(row[3] for row in rows[:6]) == pytest.approx(rows[6][3], abs=0.001)
    assert rows[7][3] == 15.7212


def test_text_of_a_drawing_is_at_least_eleven_pixels_where_it_is_narrowest(told: Rendered) -> None:
    style = next(text for tag, text in Page(told.html).texts if tag == "style")
    font = int(re.search(r"\.chart text \{ font-size: (\d+)px", style)[1])  # type: ignore[index]
    narrowest = float(re.search(r"min-width: ([\d.]+)rem; height: auto", style)[1]) * 16  # type: ignore[index]
    assert font * narrowest / 720 >= 11


def test_colors_of_text_keep_their_contrast_in_light_and_dark(told: Rendered) -> None:
    style = next(text for tag, text in Page(told.html).texts if tag == "style")
    for block in re.findall(r":root \{[^}]*--paper: (#[^}]*)\}", style)[:2]:
        colors = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", f"--paper: {block}"))
        for ink in ("ink", "muted", "link"):
            for ground in ("paper", "panel"):
                assert contrast(colors[ink], colors[ground]) >= 4.5, (ink, ground, colors)
        assert contrast(colors["cluster"], colors["paper"]) >= 3


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_escape_and_numbers_have_one_form() -> None:
    assert escape("<a b='\"&\x00") == "&lt;a b=&#x27;&quot;&amp;&lt;U+0000&gt;"
    assert [decimal(value) for value in (1, 1.04, -0.04, 12345.678)] == ["1", "1", "0", "12345.7"]
    assert [top(value) for value in (0, 1, 3, 99, 1001)] == [1, 1, 5, 100, 2000]


def test_a_shape_too_thin_to_see_is_not_drawn() -> None:
    drawing = Drawing("n", "t", "d", 10, 10)
    drawing.rect(0, 0, 0.1, 5, "cluster")
    assert "<rect" not in drawing.svg()


def twin(told: Rendered, name: str) -> list[list[object]]:
    blocks = [block for part in json.loads(told.json)["sections"] for block in part["blocks"]]
    rows: list[list[object]] = next(block for block in blocks if block.get("name") == name)["twin"]["rows"]
    return rows


def test_load_and_errors_are_counted_apart_for_clusters_and_others(told: Rendered) -> None:
    requests = tables()[schema.REQUESTS]
    expected: dict[str, list[int]] = {}
    for row in requests:
        moment = row["timestamp"]
        quarter = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
        counts = expected.setdefault(f"{quarter:%Y-%m-%dT%H:%M:%S}.000000Z", [0, 0, 0, 0])
        other = row["user_id"] not in HARVESTERS
        counts[other] += 1
        counts[2 + other] += row["http_response_status_code"] >= 500
    rows = twin(told, "load-1")
    assert rows[0][0] == "2026-03-07T16:30:00.000000Z"
    assert rows[-1][0] == "2026-03-09T00:30:00.000000Z"
    for moment, own, others, _, own_errors, other_errors, _ in rows:
        assert [own, others, own_errors, other_errors] == expected.get(str(moment), [0, 0, 0, 0]), moment
    assert sum(counts[2] for counts in expected.values()) == 444
    assert sum(counts[3] for counts in expected.values()) > 100


def test_activity_and_raster_count_every_request_of_the_cluster_once(told: Rendered) -> None:
    assert [sum(int(str(row[place])) for row in twin(told, "activity")) for place in (1, 2)] == [3800, 6120]
    assert [(row[1], row[2]) for row in twin(told, "raster")] == [("u-2001", 1900), ("u-2002", 1900)]


def test_every_wait_between_two_requests_is_in_one_bin(told: Rendered) -> None:
    rows = twin(told, "gaps")
    assert [sum(int(str(row[place])) for row in rows) for place in (2, 4)] == [3800 - 2, 6120 - 72]
    assert all(4_000_000 <= int(str(row[0])) < 5_000_000 or int(str(row[0])) == 3_150_000 for row in rows if row[2])


def test_the_period_of_an_even_beat_is_found_and_its_noise_level_is_said() -> None:
    chart = beat(14, "u-1")
    strongest = chart.twin.rows[0]
    assert min(abs(float(str(strongest[0])) - period) for period in (1.4, 0.7, 0.4667)) < 0.01  # or a harmonic
    assert float(str(strongest[1])) > 100
    assert "Noise alone reaches about 13 times" in chart.description


def test_the_load_is_compared_with_the_highest_calm_load_before_onset(told: Rendered) -> None:
    requests = tables()[schema.REQUESTS]
    loads: dict[datetime, list[int]] = {}
    for row in requests:
        quarter = row["timestamp"].replace(minute=row["timestamp"].minute // 15 * 15, second=0, microsecond=0)
        if row["timestamp"] < datetime(2026, 3, 7, 22, 40, tzinfo=UTC):
            counts = loads.setdefault(quarter, [0, 0])
            counts[0] += 1
            counts[1] += row["http_response_status_code"] >= 500
    calm = max(total for total, failed in loads.values() if failed * 100 < total)
    blocks = [block for part in json.loads(told.json)["sections"] for block in part["blocks"]]
    said = next(block for block in blocks if block.get("name") == "load-1")["description"]
    assert f"Dashed: the highest load of a calm 15 minutes before onset ({calm:,}; fewer than 1% failed)." in said
    without = sum(1 for row in twin(told, "load-1") if int(str(row[2])) > calm)
    assert f"would have been in {without:,} without them" in said


def test_the_graph_shows_each_pair_of_a_cluster_once() -> None:
    chart = graph()
    assert chart.svg.count("<circle") == 24
    assert chart.svg.count('class="link strong"') == 22
    assert chart.twin.left_out == 17


def test_channels_are_drawn_where_accounts_declare_them(told: Rendered) -> None:
    assert [(row[0], row[1], row[2]) for row in twin(told, "channels")] == [("direct", 3800, 6120)]
