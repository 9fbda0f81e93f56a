"""A thousand hostile texts, each with a number of its own so that none can be lost unseen."""

from typing import Final

_KINDS: Final = (
    # markup
    '<script>alert("{n}")</script>', "<img src=x onerror=alert({n})>", "<svg/onload=alert({n})>",
    "</td></table><h1>{n}</h1>", "<!-- {n} --><![CDATA[{n}]]>", "</style><style>*{{color:red}}{n}",
    "</title></text></svg>{n}", "&lt;b&gt;{n}&#60;i&#62;", '" onmouseover="alert({n})', "' autofocus onfocus='{n}",
    "<a href=javascript:alert({n})>x</a>", "<iframe src=//evil.example/{n}>", "<base href=//evil.example/{n}/>",
    # Markdown
    "[{n}](javascript:alert(1))", "![{n}](https://evil.example/{n}.png)", "`code {n}`", "**{n}** __{n}__ ~~{n}~~",
    "| {n} | a | b |", "line\n# heading {n}", "> quote {n}\n- item", "https://evil.example/{n}", "<https://evil.example/{n}>",
    "[^{n}]: note", "```\n{n}\n```",
    # Typst
    '#read("/etc/passwd") {n}', "$ sum_({n}) $", '#import "@preview/cetz:0.3.0": * {n}', "#{n}[*x*]", "= Heading {n}",
    '"#sys.inputs.model {n}', '#eval("{n}")', "\\u{{202e}} {n}",
    # spreadsheets
    '=HYPERLINK("https://evil.example/{n}","x")', "+cmd|' /C calc'!A{n}", "@SUM({n})", "-2+3+{n}", "\t=1+{n}",
    "\uff1d1+{n}", '"=1+{n}', "{{=1+{n}}}", "0{n}E5",
    # terminals
    "\x1b[2J{n}", "\x1b]8;;https://evil.example/{n}\x07x\x1b]8;;\x07", "\x1b]52;c;{n}\x07", "\x9b31m{n}",
    "\x1b]0;{n}\x07",
    "{n}\rROOT", "{n}\b\b\b\bxxxx",
    # what is not seen
    "\u202e{n}\u202c", "\u2066{n}\u2069", "{n}\u200b\u200d\ufeff", "\u00ad{n}", "{n}\u2028\u2029", "{n}\x00end",
    "\U000e0041{n}", "{n}\ufe0f", "\u3164{n}", "\u061c{n}",
    # templates
    "{{{{7*7}}}}{n}", "{{% raw %}}{n}", "${{7*7}}{n}", "<%= {n} %>", "{{{{ ''.__class__ }}}}{n}", "%s%n{n}", "{{0}}{n}",
    # other scripts, and what looks like our own marks
    "\u05d0\u05d1 {n}", "\u4e2d\u6587 {n}", "\U0001f4a3 {n}", "e\u0301 {n}", "<U+202E> {n}", "E-0001 TAB-clusters {n}",
    "'; DROP TABLE findings; -- {n}", "../../{n}", "C:\\{n}\\x", "$(touch {n})",
)  # fmt: skip

PAYLOADS: Final = tuple(
    _KINDS[number % len(_KINDS)].replace("{n}", f"p{number:04d}q").replace("{{", "{").replace("}}", "}")
    for number in range(1000)
)
