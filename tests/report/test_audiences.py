"""Who reads what: each edition says what it is for, and nothing of what its reader may not see."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from forensics import schema
from forensics.audience import disclose, pseudonyms, report_folder
from forensics.case import Case
from forensics.engine import Engine
from forensics.errors import IntegrityError, UsageError
from forensics.evidence import privacy
from forensics.keyed import address_pseudonym, reader_key
from forensics.names import found_in
from forensics.renderings import decoded
from forensics.report import FORMATS, report
from forensics.report.editions import EDITIONS
from forensics.report.leaks import check_leaks
from forensics.report.redaction import ADDRESS, redactor
from forensics.report.sections import SECTIONS
from tests.report.sample_case import COLLEGE, CUSTOMERS, HARVESTERS, PAIR, STUDENTS, finding, story, tables, write

Editions = dict[str, dict[str, bytes]]
OWN_ADDRESS, OTHERS_ADDRESS = "198.18.40.7", "243.0.5.7"
SECRET = "hunter22" * 2
STATED = (
    f"u-2001 at {OWN_ADDRESS} and 198.18.40.9, beside u-1007 of Fern College at {OTHERS_ADDRESS}, "
    f"asked with api_key={SECRET} in 198.18.40.0/24."
)


def with_organizations(folder: Path, extra: tuple[str, ...] = ()) -> Case:
    """Return the story with declared organizations and a statement that names far too much."""
    case = story(folder)
    content = tables()
    owners = {**dict.fromkeys(HARVESTERS, "northlight"), **dict.fromkeys(STUDENTS, "fern")}
    features = [
        {**row, "organization_id": owners.get(row["user_id"]), "response_bytes": 1 << 20}
        for row in content[schema.ACCOUNT_FEATURES]
    ]
    write(case, schema.ACCOUNT_FEATURES, features)
    names = {"northlight": "Northlight Imaging", "fern": "Fern College"}
    accounts = [
        {"user_id": name, "organization_id": owner, "organization_name": names[owner]}
        for name, owner in owners.items()
    ]  # fmt: skip
    write(
        case, schema.ACCOUNTS, [*accounts, *({"user_id": name, "channel": "direct"} for name in (*CUSTOMERS, *extra))]
    )
    telling = finding("F-000000aa", "automation", STATED, PAIR, alternative="1,234 scripts of u-1003 did it.")
    write(case, schema.FINDINGS, [*content[schema.FINDINGS], telling])
    return case


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return with_organizations(tmp_path_factory.mktemp("readers") / "case")


@pytest.fixture(scope="module")
def editions(case: Case) -> Editions:
    found = {}
    for audience in EDITIONS:
        organization = "northlight" if audience == "counterparty" else None
        paths = report(case, formats=tuple(FORMATS), audience=audience, organization=organization)
        found[audience] = {name: path.read_bytes() for name, path in paths.items()}
    return found


def said(editions: Editions, audience: str) -> dict[str, str]:
    return {name: "\n".join(decoded(name, content)) for name, content in editions[audience].items()}


def model(editions: Editions, audience: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(editions[audience]["json"])
    return document


def test_a_counterparty_reads_its_accounts_times_ranges_volumes_and_three_questions(editions: Editions) -> None:
    texts = said(editions, "counterparty")
    table = texts.pop("xlsx")  # rows without the sentences around them; times as programs read them
    assert all(name in table for name in (*HARVESTERS, "198.18.40.0/24", "2026-03-07T21:31:04.000000Z"))
    for text in texts.values():
        assert all(name in text for name in (*HARVESTERS, "198.18.40.0/24", PAIR, "2026-03-07 21:31:04Z"))
        assert all(f"{number}. W" in text for number in (1, 2, 3))
        assert "3,800 requests and 2.0 MiB sent in answer." in text
    assert model(editions, "counterparty")["audience"] == "counterparty"


def test_a_counterparty_reads_nothing_of_anybody_else(editions: Editions) -> None:
    others = (*CUSTOMERS, *STUDENTS, COLLEGE, "Fern College", "243.0.", "198.18.100.0/24", "Metro Business Lines")
    for name, text in said(editions, "counterparty").items():
        assert [other for other in others if other in text] == [], name
        assert OWN_ADDRESS not in text, name
        assert OTHERS_ADDRESS not in text, name
        assert SECRET not in text, name


def test_names_and_addresses_in_a_statement_become_pseudonyms_that_keep_shared_prefixes(
    case: Case, editions: Editions
) -> None:
    (stated,) = (
        block["statement"]
        for section in model(editions, "counterparty")["sections"]
        for block in section["blocks"]
        if block.get("finding_id") == "F-000000aa"
    )
    disclosure = disclose(case, "counterparty", "northlight", ())
    key = reader_key(case.key(), disclosure.key_label())
    own, other = (address_pseudonym(key, address) for address in (OWN_ADDRESS, "198.18.40.9"))
    assert own.rpartition(".")[0] == other.rpartition(".")[0]
    assert own != other
    shown = re.sub(r"ACC-[A-Z2-7]{16}", "ACC", re.sub(r"NAME-[A-Z2-7]{16}", "NAME", stated))
    assert shown.startswith(f"u-2001 at {own} and {other}, beside ACC of NAME at ")
    assert re.search(r"api_key=key:[0-9a-f]{32} in 198\.18\.40\.0/24\.$", shown)


def test_the_public_reads_no_name_no_address_and_no_exact_number(editions: Editions) -> None:
    names = (*HARVESTERS, *CUSTOMERS, *STUDENTS, "northlight", "Northlight", "Fern", "1,900", "1,614", "1,234")
    for name, text in said(editions, "public").items():
        assert [other for other in names if other in text] == [], name
        assert ADDRESS.findall(text) == [], name
        assert "198.18." not in text, name
        assert "fewer than 5" in text, name
        assert name == "xlsx" or "1,200 scripts of ACC-" in text, name  # the workbook holds tables


def test_pseudonyms_of_a_report_are_those_of_a_package_and_differ_between_readers(case: Case) -> None:
    def shown(audience: str, organization: str | None) -> dict[str, str]:
        disclosure = disclose(case, audience, organization, ())
        rows = pseudonyms(case, disclosure).to_pylist()
        hidden = redactor(case, EDITIONS[audience], disclosure).stands
        return {**hidden, **{row["user_id"]: row["pseudonym"] for row in rows if row["user_id"] in hidden}}

    public, theirs = shown("public", None), shown("counterparty", "northlight")
    assert public["u-2001"].startswith("ACC-")
    assert "u-2001" not in theirs
    assert public["u-1007"] != theirs["u-1007"]


def test_the_executive_edition_is_one_page_that_answers_three_questions_and_names_no_account(
    editions: Editions,
) -> None:
    document = model(editions, "executive")
    (section,) = document["sections"]
    labels = [block["label"] for block in section["blocks"] if block["block"] == "text"]
    assert labels[1:] == [
        "What happened", "How sure", "What you are asked to decide", "Effect on the service",
        "What else could explain it", "What is not known",
    ]  # fmt: skip
    text = said(editions, "executive")["md"]
    assert len(text.split()) < 420
    for name, shown in said(editions, "executive").items():
        assert [one for one in (*HARVESTERS, *CUSTOMERS, *STUDENTS) if one in shown] == [], name
    assert "very likely (80 to 95%)" in text
    assert "1. Who reviews the 2 accounts that are ready for a person's review" in text


def test_each_organization_has_a_folder_of_its_own_and_the_last_one_is_where_the_contract_says(
    case: Case,
) -> None:
    theirs = report(case, formats=("html", "md"), audience="counterparty", organization="northlight")
    folder = case.folder / "report" / "counterparty"
    assert theirs["html"] == folder / "northlight" / "report.html"
    other = report_folder(case, "counterparty", "Fern College/../x")
    assert other.parent == folder
    assert re.fullmatch("id-[0-9a-f]{16}", other.name)
    assert report_folder(case, "counterparty", "report.md").name.startswith("id-")
    (folder / "report.old").write_bytes(b"of another organization")
    report(case, formats=("json",), audience="counterparty", organization="northlight")
    shown = {path.name: path.read_bytes() for path in folder.glob("report.*")}
    assert shown == {path.name: path.read_bytes() for path in (folder / "northlight").glob("report.*")}
    assert shown["report.html"] == theirs["html"].read_bytes()


def test_an_account_called_like_a_word_of_ours_hides_where_it_stands_alone(tmp_path: Path) -> None:
    case = with_organizations(tmp_path / "case", extra=("review", "summary"))
    path = report(case, formats=("json",), audience="public")["json"]
    assert "for a person to review" in path.read_text(encoding="utf-8")


def test_counsel_reads_every_section_of_the_analyst(editions: Editions) -> None:
    titles = [section["title"] for section in model(editions, "analyst")["sections"]]
    assert [section["title"] for section in model(editions, "legal")["sections"]] == titles
    assert len(titles) == len(SECTIONS)
    assert "u-2001" in said(editions, "legal")["html"]


def test_an_account_that_asked_to_be_left_out_is_a_pseudonym_in_every_edition_and_format(tmp_path: Path) -> None:
    case = with_organizations(tmp_path / "case")
    privacy.withhold(case, "u-2001", "asked")
    for audience in ("analyst", "legal", "executive", "public"):
        paths = report(case, formats=tuple(FORMATS), audience=audience)
        for name, path in paths.items():
            text = "\n".join(decoded(name, path.read_bytes()))
            assert "u-2001" not in text, (audience, name)
        if audience in {"analyst", "legal"}:
            assert "ACC-" in paths["json"].read_text(encoding="utf-8")
    log = (case.folder / "report" / "legal" / "redaction-log.csv").read_text(encoding="utf-8")
    assert "charts/raster,texts,name,a name this reader may not see became a keyed pseudonym,1\n" in log
    assert "accounts,rows,on_request,names of accounts that asked to be left out,1\n" in log
    assert "u-2001" not in log


def test_the_redaction_log_names_tables_left_out_and_no_account(case: Case, editions: Editions) -> None:
    assert editions["counterparty"]
    log = (case.folder / "report" / "counterparty" / "redaction-log.csv").read_text(encoding="utf-8")
    assert "links,rows,left_out,a table this reader does not see,\n" in log
    assert "requests,rows,narrowed,rows about accounts this reader does not hear of,\n" in log
    assert "document,texts,secret,a secret became its keyed id,1\n" in log
    assert not found_in_log(log)


def found_in_log(log: str) -> list[str]:
    return [name for name in (*CUSTOMERS, *STUDENTS, *HARVESTERS, SECRET) if name in log]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_name_that_slipped_through_stops_the_report_in_every_format(
    case: Case, editions: Editions, name: str
) -> None:
    disclosure = disclose(case, "counterparty", "northlight", ())
    hidden = redactor(case, EDITIONS["counterparty"], disclosure)

    def whole() -> Engine:
        return Engine.over(case, schema.REQUESTS)

    content = editions["legal"][name]
    with pytest.raises(IntegrityError, match=rf"report\.{name} would show .*u-1"):
        check_leaks({name: content}, disclosure.hidden, hidden, whole)


def test_an_address_somebody_used_stops_a_report_that_leaves_the_house(case: Case) -> None:
    disclosure = disclose(case, "counterparty", "northlight", ())
    hidden = redactor(case, EDITIONS["counterparty"], disclosure)

    def whole() -> Engine:
        return Engine.over(case, schema.REQUESTS)

    check_leaks({"md": b"from 192.0.2.1"}, (), hidden, whole)
    with pytest.raises(IntegrityError, match=OWN_ADDRESS):
        check_leaks({"md": b"from 198\\.18\\.40\\.7 and 192.0.2.1"}, (), hidden, whole)


def test_a_counterparty_is_an_organization_with_accounts_in_a_cluster(case: Case) -> None:
    with pytest.raises(UsageError, match="both or none"):
        report(case, audience="counterparty")
    with pytest.raises(UsageError, match="both or none"):
        report(case, audience="legal", organization="northlight")
    with pytest.raises(UsageError, match="no account of organization 'acme'"):
        report(case, audience="counterparty", organization="acme")


def test_nothing_is_written_where_a_rendering_would_leak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = with_organizations(tmp_path / "case")
    monkeypatch.setattr("forensics.report.redaction.Redactor.document", lambda _self, document: document)
    monkeypatch.setattr("forensics.report.redaction.Redactor.table", lambda _self, rows, _place: rows)
    with pytest.raises(IntegrityError, match="u-1007"):
        report(case, audience="counterparty", organization="northlight")
    assert not (case.folder / "report").exists()


def test_names_are_replaced_as_whole_words_the_longest_first() -> None:
    import polars as pl  # noqa: PLC0415 - one test of a function of columns

    from forensics.names import rewritten  # noqa: PLC0415 - the same

    texts = pl.Series(["acme-10 is not acme-1", "xacme-1", "ab", "ab cd"])
    stands = {"acme-1": "ONE", "acme-10": "TEN", "ab": "SHORT"}
    assert rewritten(texts, stands) == {"acme-10 is not acme-1": "TEN is not ONE", "ab": "SHORT"}
    assert found_in(texts, stands) == ["acme-1", "acme-10"]
