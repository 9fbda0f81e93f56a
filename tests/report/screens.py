"""Open reports in chromium at three widths, light and dark, and take their pictures.

    python -m tests.report.screens CASE… --out FOLDER

Every report.html of the cases is opened without a network. Printed is what a reader would stumble on: console errors,
requests to the outside, a page wider than its window, and what axe-core calls serious or critical (its script comes
with the package axe-playwright-python). Ends with 1 if there is anything.
"""

import argparse
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

CHROMIUM = "/usr/bin/chromium"
WIDTHS = (390, 768, 1280)
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
_SERIOUS = frozenset({"serious", "critical"})
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_OPEN = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
_PATIENCE_MS = 300_000  # a loaded machine is not a defect; the browser only has to come back


class Opened:
    """One report in a window of some width: what it said, asked for and looks like."""

    def __init__(self, browser: Browser, path: Path, width: int, scheme: Scheme) -> None:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            offline=True,
        )
        context.set_default_timeout(_PATIENCE_MS)
        self.page: Page = context.new_page()
        self.name = f"{path.parent.parent.parent.name}-{path.parent.name}-{width}-{scheme}"
        self.problems: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("request", self._asked)
        self.page.goto(path.resolve().as_uri())
        self.page.add_style_tag(content="section { content-visibility: visible !important }")  # all of it, at once

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith("file:"):
            self.problems.append(f"request: {request.url}")

    def looked_at(self, *, axe: bool) -> list[str]:
        """Return everything a reader would stumble on."""
        if (over := self.page.evaluate(_WIDER)) > 0:
            self.problems.append(f"layout: {over} pixels wider than the window")
        if axe:
            self.page.evaluate(_OPEN)
            self.page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
            found = self.page.evaluate("axe.run({resultTypes: ['violations']})")
            for rule in found["violations"]:
                if rule["impact"] in _SERIOUS:
                    where = rule["nodes"][0]["html"][:120]
                    self.problems.append(f"axe: {rule['impact']} {rule['id']} at {len(rule['nodes'])} places: {where}")
        return self.problems


def screens(cases: list[Path], out: Path) -> Iterator[tuple[str, list[str]]]:
    """Take every picture; yield the name of each and what is wrong with it."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for path in sorted(page for case in cases for page in case.glob("report/*/report.html")):
            for width in WIDTHS:
                for scheme in SCHEMES:
                    opened = Opened(browser, path, width, scheme)
                    opened.page.screenshot(path=out / f"{opened.name}.png", full_page=True)
                    yield opened.name, opened.looked_at(axe=width != WIDTHS[1])
                    opened.page.context.close()
        browser.close()


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", nargs="+", type=Path, metavar="CASE")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    given = parser.parse_args()
    count = wrong = 0
    for name, problems in screens(given.cases, given.out):
        count += 1
        wrong += bool(problems)
        for problem in problems:
            print(f"{name}: {problem}")  # noqa: T201 - a script for people
    print(f"{count} pictures in {given.out}, {wrong} with something to mend")  # noqa: T201 - the same
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
