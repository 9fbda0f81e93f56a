"""No sentence above its layer: every text a finding, a question or a notice is made of, read for what it claims.

The walk is over the code itself, not over what some story happens to print: each string that is no docstring, no
identifier and no key, each template of the questions, each hypothesis. Intent, guilt and causation have no place but in
the forms listed here.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from forensics.analyze.findings import FINDINGS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "forensics" / "analyze" / "findings"
BANNED = re.compile(
    r"(?i)\battack|ddos|\bprove[ns]?\b|\bproof|guilt|\binten[dt]|deliberat|malicious|\bcrimin|culprit|\bblame"
    r"|\bfraud|\bcaus(?:e|ed|es|ing|al|ation)\b|\bresponsible|\bclearly\b|\bprobably\b|\bobviously\b|\bcertainly\b"
    r"|\billegal|\bthief|\btheft|\bstole\b|\bsteal|\badmissible|\bknowingly\b|\bwilful|\bon purpose\b"
    r"|\bculpab|\bliab(?:le|ility)\b|\bsabotag|\bhack(?:ed|er)|\bconspir|\blied\b|\bliar"
)
ALLOWED = {
    "L4 (intent): whether it was meant is not testable from logs; only order in time is.",
}
IDENTIFIER = re.compile(r"[a-z0-9_.+:{}'-]*")  # keys, file names, words of the contract such as caused_outage
MIXED = re.compile(r"(?i)(almost no chance|unlikely|likely|even chance|almost certain).*\bconfidence\b")


def texts(path: Path) -> Iterator[str]:
    """Yield every string of a module that a reader may see: no docstrings, no identifiers; an f-string as one text."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.FunctionDef, ast.ClassDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "0" for part in node.values)  # type: ignore[misc]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | inside:
            yield node.value


BESIDE = (
    *sorted((ROOT / "forensics" / "ask").glob("*.py")),
    *(ROOT / "forensics" / "cli" / f"{name}.py" for name in ("inquire", "respond")),
)  # who else says what was found
MODULES = (*sorted(FOLDER.glob("*.py")), *BESIDE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_template_of_a_finding_claims_intent_guilt_or_causation(path: Path) -> None:
    claims = [
        text for text in texts(path) if not IDENTIFIER.fullmatch(text) and text not in ALLOWED and BANNED.search(text)
    ]
    assert claims == []


def test_the_walk_finds_what_it_is_for(tmp_path: Path) -> None:
    """A guard that cannot fail guards nothing: every kind of claim is found, also inside an f-string."""
    for claim in (
        "They intended it.",
        "This caused the outage.",
        "The culprit is known.",
        "It proves the case.",
        "They stole the images.",
        "The firm is guilty.",
    ):
        module = tmp_path / "module.py"
        module.write_text(f'"""They intended it."""\n\nX = f"{{1}} {claim}"\n', encoding="utf-8")
        assert [text for text in texts(module) if BANNED.search(text)] == [f"0 {claim}"]
    assert not BANNED.search("consistent with contributing, because the order in time holds")


def test_no_descriptor_and_no_question_claims_more_than_its_layer() -> None:
    for kind in FINDINGS:
        for text in (kind.question, kind.rule, kind.innocent, kind.exhibits, *kind.needs.values()):
            assert not BANNED.search(text), (kind.id, text)
    document = tomllib.loads((ROOT / "forensics" / "ask" / "questions.toml").read_text(encoding="utf-8"))
    for one in document["question"]:
        assert not BANNED.search(" ".join((one["text"], one["answer"], one.get("nothing", "")))), one["id"]


def test_no_template_has_likelihood_and_confidence_in_one_sentence() -> None:
    mixed = [text for path in MODULES for text in texts(path) if MIXED.search(text)]
    assert mixed == []


def test_directed_and_meant_are_said_to_be_not_testable_and_nowhere_else() -> None:
    said = [text for path in MODULES for text in texts(path) if re.search(r"\bL[34]\b \(", text)]
    assert len(said) == 2
    assert all("not testable from logs" in text for text in said)
