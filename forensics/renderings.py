"""What text a reader gets from a rendering: escapes taken back, workbooks and PDF unpacked, so that names are found."""

import io
import json
import re
import zipfile
from collections.abc import Iterable
from html import unescape
from typing import Any

from forensics.errors import UsageError

BREAK = "\u200b"  # where a PDF may break a long word: nothing a reader sees
_BACKSLASH = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~$&:/@^=])")
_TAG = re.compile(r"<[^>]*>")


def decoded(name: str, content: bytes) -> list[str]:
    """Return the texts that a reader of a rendering gets, in every way its lines could be joined."""
    if name == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return [unescape(_TAG.sub("\n", book.read(part).decode("utf-8"))) for part in sorted(book.namelist())]
    if name == "pdf":
        return _pdf(content)
    text = content.decode("utf-8")
    if name == "json":
        return list(_strings(json.loads(text)))
    return (
        [unescape(_TAG.sub("\n", text)), unescape(text)] if name == "html" else [_BACKSLASH.sub(r"\1", unescape(text))]
    )


def _pdf(content: bytes) -> list[str]:
    """Return the text of each page, its lines apart and joined: a name may be broken across two lines."""
    try:
        from pypdf import PdfReader  # noqa: PLC0415 - an optional package
    except ImportError:
        hint = "pip install 'forensics[pdf]', or take the PDF away"
        raise UsageError("a PDF cannot be searched for names without the package pypdf", hint=hint) from None

    reader = PdfReader(io.BytesIO(content))
    pages = [page.extract_text() for page in reader.pages]
    pages = [page.replace(BREAK, "") for page in pages]
    about = " ".join(str(value) for value in (reader.metadata or {}).values())
    return [about, *pages, *(page.replace("\n", "") for page in pages), *(page.replace("\n", " ") for page in pages)]


def _strings(value: Any) -> Iterable[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in (*value, *value.values()):
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
