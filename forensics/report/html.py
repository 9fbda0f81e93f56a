"""The document as one HTML file: nothing from outside, every text escaped, and no script but ours.

The analyst edition sorts and filters its tables and explores the graph of a cluster with a script that the content
security policy names by its hash; every other edition has none and forbids any. Templates are ours and constant; what
they print passes `visible` and then autoescape. The one exception is a chart, whose writer escapes every text itself
(`charts/svg.py`).
"""

import base64
import hashlib
import re
from functools import partial

from jinja2 import Environment, PackageLoader, StrictUndefined

from forensics.report.blocks import Block, Cell, Document, Kind
from forensics.report.safety import CELL_WIDTH, listed_exhibits, shown_lines
from forensics.report.wording import Clock, words
from forensics.settings import timezone
from forensics.text import shorten, visible

_UNSAFE_IN_CSS = re.compile(r"[^\w .,:()-]")
_HEAD_WIDTH = 80  # characters of the title in the head of a printed page


def render(document: Document) -> bytes:
    """Return the page."""
    environment = Environment(
        loader=PackageLoader("forensics.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    clock = Clock(timezone(document.display_timezone))
    environment.filters["visible"] = visible
    environment.filters["words"] = words
    environment.filters["plain"] = _plain
    environment.filters["kind"] = _kind
    environment.filters["cell"] = partial(_cell, clock)
    environment.tests["exhibit_kind"] = lambda kind: kind is Kind.EXHIBIT
    environment.tests["time_kind"] = lambda kind: kind is Kind.TIME
    environment.tests["code_kind"] = lambda kind: kind is Kind.CODE
    policy = f"; script-src '{_hashed(environment)}'" if document.is_interactive else ""
    page = environment.get_template("report.html.j2")
    exhibits, lines = listed_exhibits(document), shown_lines(document)
    return page.render(document=document, exhibits=exhibits, lines=lines, policy=policy).encode()


def _hashed(environment: Environment) -> str:
    """Return the hash by which the policy knows our script, as it stands in the page."""
    text = environment.get_template("scripts.js").render()
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _plain(title: str) -> str:
    """Return a title for the head of a printed page: letters, digits and harmless signs, as a CSS string needs."""
    return _UNSAFE_IN_CSS.sub(" ", shorten(title, _HEAD_WIDTH))


def _kind(block: Block) -> str:
    return type(block).__name__.lower()


def _cell(clock: Clock, value: Cell, kind: Kind = Kind.NUMBER) -> str:
    return shorten(clock.shown(value, kind), CELL_WIDTH)
