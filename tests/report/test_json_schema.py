"""The published schema accepts every report this version writes, and refuses what it does not."""

import json
from pathlib import Path

import jsonschema
import pytest

from forensics.report import report
from forensics.report.published import json_schema
from tests.report.conftest import Rendered

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "reference" / "report.schema.json"


def test_the_schema_itself_is_valid_and_published() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == json_schema()


@pytest.mark.parametrize("audience", ["analyst", "executive", "legal", "public"])
def test_reports_of_every_edition_fit_the_schema(told: Rendered, audience: str) -> None:
    path = report(told.case, formats=("json",), audience=audience)["json"]
    jsonschema.validate(json.loads(path.read_bytes()), json_schema())


def test_quiet_and_hostile_reports_fit_the_schema(quiet: Rendered, hostile: Rendered) -> None:
    for case in (quiet, hostile):
        jsonschema.validate(json.loads(case.json), json_schema())


def test_a_block_of_no_kind_and_a_missing_cell_are_refused(told: Rendered) -> None:
    document = json.loads(told.json)
    document["sections"][0]["blocks"].append({"block": "script"})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json_schema())
    document = json.loads(told.json)
    del document["run_id" if "run_id" in document else "title"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json_schema())
