"""The page needs nothing from outside and runs nothing."""

import base64
import hashlib
import re
from importlib.resources import files

import pytest

from forensics.report import report
from tests.report.conftest import Rendered
from tests.report.page import Page


def test_nothing_is_loaded_from_outside(told: Rendered) -> None:
    page = Page(told.html)
    assert all(value.startswith("#") for value in page.attribute("href"))
    assert page.attribute("src") == []
    style = " ".join(text for tag, text in page.texts if tag == "style")
    assert "url(" not in style
    assert "@import" not in style
    assert "http" not in style
    assert not re.search(r"https?:", " ".join(" ".join(attributes.values()) for _, attributes in page.tags))


def policy_of(page: Page) -> str:
    return next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")


def test_the_only_script_is_ours_and_the_policy_names_it_by_its_hash(told: Rendered) -> None:
    (script,) = re.findall(r"<script>(.*?)</script>", told.html, re.DOTALL)
    ours = files("forensics.report") / "templates"
    assert script.split() == [word for name in ("tables.js", "graph.js") for word in (ours / name).read_text().split()]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    wanted = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    assert policy_of(Page(told.html)) == wanted
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|eval|Function\(|fetch|XMLHttp|import|document\.write", script
    )


@pytest.mark.parametrize("audience", ["executive", "legal", "public"])
def test_every_other_edition_has_no_script_and_a_policy_that_forbids_one(told: Rendered, audience: str) -> None:
    path = report(told.case, formats=("html",), audience=audience)["html"]
    page = Page(path.read_text(encoding="utf-8"))
    assert not any(tag == "script" for tag, _ in page.tags)
    assert policy_of(page) == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_only_our_own_drawings_skip_the_escaping() -> None:
    templates = [path for path in (files("forensics.report") / "templates").iterdir() if path.name.endswith(".j2")]
    unescaped = [line.strip() for path in templates for line in path.read_text().splitlines() if "| safe" in line]
    assert unescaped == ["{{ block.svg | safe }}"]
    assert not any("autoescape" in path.read_text() for path in templates)


def test_every_link_has_its_target_and_every_id_is_there_once(told: Rendered) -> None:
    page = Page(told.html)
    ids = page.attribute("id")
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in page.attribute("href")} <= set(ids)
    named = {name for value in page.attribute("aria-labelledby") for name in value.split()}
    assert named <= set(ids)


def test_page_has_landmarks_a_skip_link_and_captioned_tables(told: Rendered) -> None:
    page = Page(told.html)
    tags = [tag for tag, _ in page.tags]
    assert [tags.count(tag) for tag in ("header", "nav", "main", "footer", "h1")] == [1, 1, 1, 1, 1]
    assert ("a", {"class": "skip", "href": "#summary"}) in page.tags
    assert page.tags[0] == ("html", {"lang": "en"})
    regions = [attributes for tag, attributes in page.tags if attributes.get("role") == "region"]
    assert all(region["tabindex"] == "0" for region in regions)
    assert tags.count("caption") == sum(1 for region in regions if not region["aria-labelledby"].startswith("figure"))
    assert all(attributes.get("scope") in {"col", "row"} for tag, attributes in page.tags if tag == "th")
