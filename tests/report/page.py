"""A page as its tags, attributes and visible text, read by the standard library's parser."""

from html.parser import HTMLParser

VOID = {"meta", "rect", "line", "circle", "polyline", "br"}


class Page(HTMLParser):
    """Tags with their attributes in order, text per element path, and whether every tag was closed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.comments: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data))

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def text(self) -> str:
        """Return everything a reader sees, style left out."""
        return " ".join(text for tag, text in self.texts if tag not in {"style", "script"})

    def attribute(self, name: str) -> list[str]:
        """Return all values of one attribute."""
        return [attributes[name] for _, attributes in self.tags if name in attributes]
