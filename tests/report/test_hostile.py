"""Text from logs, side tables and findings stays text: it neither acts nor vanishes."""

import json
import re
from collections import Counter

from tests.report.conftest import POISON, Rendered
from tests.report.page import Page

TAGS = {
    "html", "head", "meta", "title", "style", "body", "a", "p", "strong", "header", "h1", "h2", "h3", "dl", "div",
    "dt", "dd", "nav", "ol", "ul", "li", "main", "section", "span", "table", "caption", "thead", "tbody", "tr", "th",
    "td", "b", "code", "figure", "figcaption", "details", "summary", "article", "footer",
    "script", "svg", "desc", "rect", "line", "circle", "polyline", "text",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "href", "id", "aria-labelledby", "role", "tabindex",
    "scope", "viewbox", "x", "y", "width", "height", "x1", "x2", "y1", "y2", "cx", "cy", "r", "points", "transform",
}  # fmt: skip
PLAIN = re.compile(r"[A-Za-z0-9 #_.,:;'()=/+-]*", re.ASCII)


def test_a_page_with_hostile_text_has_only_our_tags_and_attributes(hostile: Rendered) -> None:
    page = Page(hostile.html)
    assert {tag for tag, _ in page.tags} <= TAGS
    assert {name for _, attributes in page.tags for name in attributes} <= ATTRIBUTES
    assert page.open == []
    assert page.comments == []


def test_hostile_text_adds_no_tag_to_a_page(told: Rendered, hostile: Rendered) -> None:
    ours = Counter(tag for tag, _ in Page(told.html).tags)
    theirs = Counter(tag for tag, _ in Page(hostile.html).tags)
    growth = {tag: theirs[tag] - ours[tag] for tag in theirs if theirs[tag] != ours[tag]}
    assert set(growth) <= {"tr", "td", "th", "a", "text", "p", "span"}, growth


def test_no_attribute_holds_text_from_outside(hostile: Rendered) -> None:
    for tag, attributes in Page(hostile.html).tags:
        for name, value in attributes.items():
            assert PLAIN.fullmatch(value), (tag, name, value)
            assert "alert" not in value
            assert not name.startswith("on")


def test_hostile_text_does_not_vanish(hostile: Rendered) -> None:
    shown = POISON.replace("\n", "<U+000A>").replace("\x1b", "<U+001B>").replace("\u202e", "<U+202E>")
    text = Page(hostile.html).text()
    assert text.count(shown) > 100
    assert f"u-2001{shown}" in text
    assert f"Why? {shown}" in text


def test_nothing_that_could_act_is_in_any_rendering(hostile: Rendered) -> None:
    for content in (hostile.html, hostile.md, hostile.json):
        assert "\x1b" not in content
        assert "\u202e" not in content
    assert hostile.html.count("<script") == 1, "ours"
    assert "49" not in re.findall(r"u-2001.{0,80}", Page(hostile.html).text())[0], "a template was run"


def test_markdown_with_hostile_text_has_no_markup_of_its_own(hostile: Rendered) -> None:
    body = re.sub(r"\\.", "", hostile.md)  # escaped signs are text
    assert "<" not in body.replace("<U", "")
    assert "javascript:" not in body
    assert "https:" not in body
    assert "`" not in body
    assert not re.search(r"\]\(", body)
    headings = [line for line in hostile.md.splitlines() if line.startswith("#")]
    assert all(line.startswith(("# Lumen", "## ", "### ")) for line in headings)


def test_markdown_tables_keep_their_width(hostile: Rendered) -> None:
    widths: list[int] = []
    for line in hostile.md.splitlines():
        if line.startswith("|"):
            widths.append(re.sub(r"\\.", "", line).count("|"))
            assert len(set(widths)) == 1, line
        else:
            widths = []


def test_json_with_hostile_text_is_ascii_and_whole(hostile: Rendered) -> None:
    assert hostile.json.isascii()
    document = json.loads(hostile.json)
    assert document["title"].endswith("&lt;")
    texts = json.dumps(document, ensure_ascii=False)
    assert "<U+202E>" in texts
    assert "\\u001b" not in texts
    assert "\u202e" not in texts
    assert document["schema"] == "forensics/report/1"


def test_style_holds_nothing_from_outside(told: Rendered, hostile: Rendered) -> None:
    ours = next(text for tag, text in Page(told.html).texts if tag == "style")
    theirs = next(text for tag, text in Page(hostile.html).texts if tag == "style")
    assert [line for line in theirs.splitlines() if "@top-left { content" not in line] == [
        line for line in ours.splitlines() if "@top-left { content" not in line
    ]
    head = next(line for line in theirs.splitlines() if "@top-left { content" in line)
    assert re.fullmatch(
        r'@page \{ @top-left \{ content: "[\w .,:()-]*"; \} @top-right \{ content: "[\w ·]*"; \} \}', head
    )
