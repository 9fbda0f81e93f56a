"""Hostile text made visible: the functions every output passes log content through.

A log line is written by the person under investigation. Control characters, bidirectional overrides and
zero-width characters can rewrite a terminal or a page; a leading `=` can run in a spreadsheet. Nothing is
dropped: what would act is replaced by a visible name such as `<U+202E>`, so that the reader sees that it was
there. Exact bytes stay in the source and in `raw/` of a package.
"""

import re

# C0 and DEL and C1, soft hyphen, Arabic letter mark, zero-width and bidi controls, line/paragraph separators,
# narrow no-break space, invisible operators, variation selectors, BOM, interlinear marks, tags, lone surrogates.
_ACTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
# Leading characters that make Excel, LibreOffice or Google Sheets read a cell as a formula (OWASP ASVS 1.2.10),
# with their full-width forms. Leading blanks do not disarm them.
_FORMULA = re.compile(r"^[\s\u3000]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$&:/@^=])")


def visible(value: str) -> str:
    r"""Return `value` with every character that could act replaced by its code point in angle brackets.

    >>> visible("a\x1b[31mb\u202e")
    'a<U+001B>[31mb<U+202E>'
    """
    return _ACTIVE.sub(lambda match: f"<U+{ord(match[0]):04X}>", value)


def guard_cell(value: str) -> str:
    """Return `value` as a spreadsheet cell that is text in every known spreadsheet program.

    >>> guard_cell("=1+1")
    "'=1+1"
    >>> guard_cell("u-17")
    'u-17'
    """
    shown = visible(value)
    return f"'{shown}" if _FORMULA.match(shown) or shown.startswith("'") else shown


def markdown(value: str) -> str:
    r"""Return `value` as literal text for any CommonMark or GitHub renderer, tables and autolinks included.

    >>> print(markdown("[x](javascript:1) | <b>"))
    \[x\]\(javascript\:1\) \| &lt;b&gt;
    """
    escaped = _MARKDOWN.sub(r"\\\1", visible(value))
    return escaped.replace("\\&", "&amp;").replace("\\<", "&lt;").replace("\\>", "&gt;")


def shorten(value: str, width: int) -> str:
    """Return at most `width` characters of the visible form, with an ellipsis where something was cut."""
    shown = visible(value)
    return shown if len(shown) <= width else shown[: width - 1] + "…"
