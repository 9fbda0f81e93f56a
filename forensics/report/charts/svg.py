"""A small SVG writer: the same rows give the same bytes, and every text goes through one escape function.

No style is written here, only class names: the page's style sheet colors light, dark and print. No ids other than
those of title and description, prefixed by the name of the chart; nothing refers to anything outside.
"""

from dataclasses import dataclass, field
from html import escape as escape_markup

from forensics.text import shorten

FONT = 12  # in a drawing 720 wide that is never shown narrower than 680: at least 11 pixels everywhere
LABEL_WIDTH = 24


def escape(value: str) -> str:
    """Return text for SVG content or an attribute: nothing in it can act, nothing of it vanishes."""
    return escape_markup(shorten(value, 400), quote=True)


def decimal(value: float) -> str:
    """Return a coordinate with at most one decimal, the same on every machine.

    >>> decimal(3.0), decimal(2.25), decimal(-0.01)
    ('3', '2.2', '0')
    """
    text = f"{round(value, 1):.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


@dataclass
class Drawing:
    """A drawing in progress. Coordinates are pixels of a view box; roles are class names of the style sheet."""

    name: str
    title: str
    description: str
    width: int
    height: int
    _parts: list[str] = field(default_factory=list)

    def rect(self, x: float, y: float, width: float, height: float, role: str) -> None:
        """Draw a rectangle; what would be thinner than a quarter pixel is left out."""
        if width >= 0.25 and height >= 0.25:  # noqa: PLR2004 - a quarter of a pixel
            self._add("rect", role, x=x, y=y, width=width, height=height)

    def line(self, start: tuple[float, float], end: tuple[float, float], role: str) -> None:
        """Draw a straight line."""
        self._add("line", role, x1=start[0], y1=start[1], x2=end[0], y2=end[1])

    def steps(self, points: list[tuple[float, float]], role: str) -> None:
        """Draw an open line through points."""
        if points:
            path = " ".join(f"{decimal(x)},{decimal(y)}" for x, y in points)
            self._parts.append(f'<polyline class="{role}" points="{path}"/>')

    def circle(self, x: float, y: float, radius: float, role: str) -> None:
        """Draw a disc."""
        self._add("circle", role, cx=x, cy=y, r=radius)

    def text(self, x: float, y: float, content: str, role: str = "label", *, turn: bool = False) -> None:
        """Write text; `turn` writes it upwards. The role says how it is anchored."""
        rotate = f' transform="rotate(-90 {decimal(x)} {decimal(y)})"' if turn else ""
        self._parts.append(f'<text class="{role}" x="{decimal(x)}" y="{decimal(y)}"{rotate}>{escape(content)}</text>')

    def _add(self, tag: str, role: str, **numbers: float) -> None:
        attributes = " ".join(f'{name}="{decimal(value)}"' for name, value in numbers.items())
        self._parts.append(f'<{tag} class="{role}" {attributes}/>')

    def svg(self) -> str:
        """Return the finished drawing as one SVG element."""
        head = (
            f'<svg class="chart" role="img" viewBox="0 0 {self.width} {self.height}" '
            f'aria-labelledby="{self.name}-title {self.name}-desc">'
            f'<title id="{self.name}-title">{escape(self.title)}</title>'
            f'<desc id="{self.name}-desc">{escape(self.description)}</desc>'
        )
        return f"{head}{''.join(self._parts)}</svg>"
