"""The page in a browser: nothing breaks, nothing goes out, nothing serious for axe-core; tables sort and filter."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from forensics.report import charts, html, report
from forensics.report.blocks import Document, Section
from tests.report.conftest import Rendered
from tests.report.screens import CHROMIUM, SCHEMES, WIDTHS, Opened
from tests.report.test_deterministic import ROOT

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize("audience", ["analyst", "executive"])
def test_a_reader_stumbles_on_nothing_at_any_width_in_light_and_dark(
    told: Rendered, browser: Browser, audience: str
) -> None:
    path = report(told.case, formats=("html",), audience=audience)["html"]
    for width in WIDTHS:
        for scheme in SCHEMES:
            opened = Opened(browser, path, width, scheme)
            assert opened.looked_at(axe=width == WIDTHS[0]) == [], opened.name
            opened.page.context.close()


def test_hostile_text_does_nothing_in_a_browser(hostile: Rendered, browser: Browser) -> None:
    path = hostile.case.folder / "report" / "analyst" / "report.html"
    opened = Opened(browser, path, 1280, "light")
    dialogs: list[str] = []
    opened.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    opened.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert opened.looked_at(axe=False) == []
    assert dialogs == []


def test_tables_sort_both_ways_return_and_filter_with_the_keyboard(told: Rendered, browser: Browser) -> None:
    page = Opened(browser, told.case.folder / "report" / "analyst" / "report.html", 1280, "light").page
    table = page.locator("#evidence_index table", has_text="Exhibits").last
    first = table.locator("tbody tr th").first
    begun = first.inner_text()
    head = table.locator("thead th").first
    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert first.inner_text() == "E-0001"
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert first.inner_text().startswith("TAB-")
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") is None
    assert first.inner_text() == begun
    field = page.locator("#evidence_index label.filter input").last
    field.fill("e-0007")
    assert table.locator("tbody tr:visible").count() == 1
    assert page.locator("#evidence_index label.filter span").last.inner_text().startswith("1 of ")


def test_numbers_sort_by_their_size_and_absent_ones_come_last_downwards(told: Rendered, browser: Browser) -> None:
    page = Opened(browser, told.case.folder / "report" / "analyst" / "report.html", 1280, "light").page
    table = page.locator("#evidence_index table").last
    for _ in range(2):
        table.locator("thead button", has_text="Offset").click()
    assert table.locator("tbody tr td:nth-child(5)").all_inner_texts()[:3] == ["90", "0", "\u2013"]


@pytest.fixture(scope="module")
def graph_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page with one graph: u-00 linked with 39 accounts by TIME, two of these by NET as well."""
    rows = [
        {"cluster_id": "C-1", "user_id_a": "u-00", "user_id_b": f"u-{other:02d}", "bits": 50.0 - other,
         "families": ["NET", "TIME"] if other in {7, 8} else ["TIME"], "tier": "linked", "position_a": 1,
         "position_b": other + 1, "events_a": 9, "events_b": 9, "accounts": 40, "pairs": 39}
        for other in range(1, 40)
    ]  # fmt: skip
    section = Section("accounts", 1, "Accounts", "Who?", (replace(charts.graph(1, rows, ()), number=1),))
    document = Document("One graph", False, "Draft", (), (section,), "UTC", is_interactive=True)  # noqa: FBT003 - real data
    path = tmp_path_factory.mktemp("graph") / "case" / "report" / "analyst" / "report.html"
    path.parent.mkdir(parents=True)
    path.write_bytes(html.render(document))
    return path


def test_a_graph_is_explored_with_mouse_and_keyboard_and_the_table_says_the_same(
    graph_page: Path, browser: Browser
) -> None:
    opened = Opened(browser, graph_page, 1280, "light")
    page, box = opened.page, opened.page.locator(".explorer")
    said = box.locator("[role=status]")
    assert said.inner_text().startswith("39 of 39 links between 40 of 40 accounts.")
    box.locator(".node", has_text="u-07").click()
    assert "u-07: 1 links." in said.inner_text()
    assert box.locator(".chosen tbody tr").all_inner_texts() == ["u-00\t43\tNET, TIME\tlinked"]
    box.locator("label", has_text="TIME").locator("input").uncheck()
    assert said.inner_text().startswith("2 of 39 links between 3 of 40 accounts.")
    box.locator("label", has_text="TIME").locator("input").check()
    box.locator("input[type=range]").focus()
    page.keyboard.press("End")
    assert said.inner_text().startswith("1 of 39 links"), "the strongest alone"
    page.keyboard.press("Home")
    box.locator(".node[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert box.locator(".node[aria-pressed=true]").get_attribute("aria-label") == "u-01, 1 links"
    before = box.locator("svg").get_attribute("viewBox")
    page.keyboard.press("+")
    assert box.locator("svg").get_attribute("viewBox") != before
    page.keyboard.press("0")
    assert box.locator("svg").get_attribute("viewBox") == before
    page.keyboard.press("Escape")
    assert box.locator(".node[aria-pressed=true]").count() == 0
    box.locator("select").select_option("u-39")
    assert "u-39: 1 links." in said.inner_text()
    assert opened.looked_at(axe=True) == []
    page.emulate_media(media="print")
    assert not box.is_visible()
    assert page.locator("figure .printed svg").is_visible()
    page.context.close()


def test_a_graph_fits_a_narrow_window_and_is_the_same_twice(graph_page: Path, browser: Browser) -> None:
    drawn = []
    for _ in range(2):
        opened = Opened(browser, graph_page, 390, "dark")
        assert opened.looked_at(axe=True) == []
        drawn.append(opened.page.locator(".explorer svg").inner_html())
        opened.page.context.close()
    assert drawn[0] == drawn[1]


def test_a_page_is_whole_without_scripts(told: Rendered, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((told.case.folder / "report" / "analyst" / "report.html").resolve().as_uri())
    assert page.locator("thead button").count() == 0
    assert page.locator("#evidence_index tbody tr").count() > 20
    context.close()


def test_the_command_takes_a_picture_of_every_edition(told: Rendered, tmp_path: Path) -> None:
    page = report(told.case, formats=("html",), audience="executive")["html"].read_bytes()
    copy = tmp_path / "case" / "report" / "executive" / "report.html"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(page)
    command = [sys.executable, "-m", "tests.report.screens", str(tmp_path / "case"), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 pictures in" in done.stdout
    assert len(list((tmp_path / "out").glob("case-executive-*.png"))) == 6
