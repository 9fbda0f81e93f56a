"""Distillation: output of a model taken in a pattern known from training another model; eight signs, one by one."""

from typing import Any

from forensics.analyze.findings.absent import OTHER_NAMES
from forensics.analyze.findings.kind import Kind, Row, Use, not_assessed, numbers
from forensics.analyze.findings.phrases import counted, instant, listed, name, sentences, share
from forensics.model import Confidence, Sentence, Severity

_INNOCENT = "A benchmark, a batch job of the customer's own product, or an agreed study sends requests of this pattern."
_HALF, _NINE_TENTHS, _EVEN = 2, 9, 930  # denominators of a half and of nine tenths; evenness in thousandths
_REFUSED, _STAGES = 20, 2
_WORDS = {
    "templates": "few prompts make up most requests",
    "ratio": "answers are long for their questions",
    "single_turn": "conversations have one turn",
    "limits": "one token limit is asked for throughout",
    "around_the_clock": "the hours of the day are filled evenly",
    "release": "use follows the launch of a model",
    "refusals": "refused prompts are reworded at once",
    "stages": "requests have the shapes of several stages",
}


def signs(row: Row) -> dict[str, bool | None]:
    """Return each sign as held, not held, or None where the logs do not carry what it needs."""
    tokens = row["output_tokens"] and row["input_tokens"] and row["others_output_tokens"]
    return {
        "templates": _HALF * row["top_prompts_requests"] >= row["prompts_logged"] if row["prompts_logged"] else None,
        "ratio": row["output_tokens"] * row["others_input_tokens"]
        >= 2 * row["others_output_tokens"] * row["input_tokens"]
        if tokens
        else None,
        "single_turn": 10 * row["single_turn"] >= _NINE_TENTHS * row["turns_logged"] if row["turns_logged"] else None,
        "limits": 10 * row["usual_limit_requests"] >= _NINE_TENTHS * row["limits_logged"]
        if row["limits_logged"]
        else None,
        "around_the_clock": (row["hours_evenness_per_mille"] or 0) >= _EVEN,
        "release": bool(row["follows_release"]) if row["launches_on_record"] else None,
        "refusals": row["refused"] >= _REFUSED and 2 * row["refused_reworded"] >= row["refused"]
        if row["refusals_logged"]
        else None,
        "stages": row["stages_seen"] >= _STAGES if row["stages"] else None,
    }


def holds(row: Row) -> bool:
    """Tell whether requests and signs reach what the policy asks for."""
    held = sum(found is True for found in signs(row).values())
    return bool(row["requests"] >= row["policy_requests"] and held >= row["policy_signs"])


def _say(row: Row) -> Sentence:
    if not row["assessed"]:
        return not_assessed("Not assessed: needs a model, a prompt hash or tokens in the logs.")
    if row["verdict"] == "authorized_automation":
        return Sentence(
            f"Authorized use: the {counted(row['accounts'], 'account')} of organization"
            f" {name(row['organization_id'])} are on the list of this case; their pattern is not judged.",
            alternative="",
            severity=Severity.INFO,
            confidence=Confidence.HIGH,
        )
    found = signs(row)
    held = [_WORDS[sign] for sign, state in found.items() if state]
    assessed = sum(state is not None for state in found.values())
    conclusion = (
        "This is the pattern that the policy of this case names distillation; what the output was used for is not seen."
        if holds(row)
        else "This is below what the policy of this case names distillation."
    )
    return Sentence(
        sentences(
            f"{counted(row['requests'], 'request')} to models by {counted(row['accounts_asking'], 'account')} from"
            f" {instant(row['first_request'])} to {instant(row['last_request'])} show {len(held)} of"
            f" {counted(assessed, 'sign')} that could be assessed" + (f": {'; '.join(held)}." if held else "."),
            conclusion,
            *(part(row) for part in _GROUNDS),
            _missing(found),
        ),
        alternative=_INNOCENT,
        severity=Severity.HIGH if holds(row) else Severity.INFO,
        confidence=Confidence.MODERATE if assessed >= row["policy_signs"] else Confidence.LOW,
    )


def _tokens(row: Row) -> str | None:
    if not row["output_tokens"]:
        return None
    if row["input_tokens"] is None:
        return f"They received {counted(row['output_tokens'], 'token')}, everyone else {row['others_output_tokens']:,}."
    return (
        f"They sent {counted(row['input_tokens'], 'token')} and received {row['output_tokens']:,}; everyone else sent"
        f" {row['others_input_tokens']:,} and received {row['others_output_tokens']:,}."
    )


def _templates(row: Row) -> str | None:
    if not row["prompts_logged"]:
        return None
    return (
        f"Of {counted(row['prompts_logged'], 'request')} with a prompt hash,"
        f" {share(row['top_prompts_requests'], row['prompts_logged'])} carry one of the ten most frequent of"
        f" {row['prompts']:,}; {counted(row['prompts_of_several'], 'hash', 'hashes')} came from two accounts or more."
    )


def _capability(row: Row) -> str:
    model = f" with model {name(row['top_model'])}" if row["top_model"] else ""
    most = row["top_capability_requests"]
    return (
        f"Most asked for: {name(row['top_endpoint'])}{model}, {most:,} of {counted(row['requests'], 'request')}"
        f" ({share(most, row['requests'])})."
    )


def _dated(row: Row) -> str | None:
    if not row["stages"]:
        return None
    told = "; ".join(
        f"{one['stage']} {one['requests']:,} ({instant(one['first_request'])} to {instant(one['last_request'])})"
        for one in row["stages"]
    )
    return f"By the shape of their tokens: {told}."


def _release(row: Row) -> str | None:
    if not row["follows_release"]:
        return None
    told = [
        f"{name(one['incident_id'])}: {one['day_before']:,} requests the day before, {one['day_after']:,} the day after"
        f" ({one['day_after_new_model']:,} on a model new to them); everyone else {one['others_day_before']:,} and"
        f" {one['others_day_after']:,}"
        for one in row["launches_followed"]
    ]
    return f"Around launches: {'; '.join(told)}."


_GROUNDS = (_tokens, _templates, _capability, _dated, _release)


def _missing(found: dict[str, bool | None]) -> str | None:
    missing = [sign.replace("_", " ") for sign, state in found.items() if state is None]
    return f"Signs not assessed, for want of data: {listed(missing)}." if missing else None


def _detail(row: Row) -> dict[str, Any]:
    if not row["assessed"]:
        return {"needs": ["gen_ai_request_model", "gen_ai_prompt_hash", "gen_ai_usage_output_tokens"]}
    if row["verdict"] == "authorized_automation":
        return {"accounts": row["accounts"], "organization_id": row["organization_id"], "holds": False}
    found = {sign: "open" if state is None else "for" if state else "against" for sign, state in signs(row).items()}
    unused = {"policy_authorized", "organization_id"}  # read for the list alone
    kept = {column: value for column, value in numbers(row).items() if column not in unused}
    return {**kept, "signs": found, "holds": holds(row)}


def _is_judged(row: Row) -> bool:
    return bool(row["assessed"] and row["verdict"] != "authorized_automation")


def _has_list(row: Row) -> bool:
    return bool(row["assessed"] and row["policy_authorized"])


DISTILLATION = Kind(
    id="distillation",
    question="Does the use of a model have the pattern of taking its output to train another?",
    needs={},
    rule=(
        "Eight signs: the ten most frequent prompt hashes make up half of the requests; tokens out per token in are"
        " twice those of everyone else; nine tenths of the conversations have one turn; one token limit in nine tenths;"
        " hours of the day filled evenly (entropy 0.93 of a flat day); within a day of a launch half of the requests on"
        " a model new to them, or twice the growth of everyone else; half of 20 refused prompts or more reworded within"
        " a minute; two stages or more by shape of tokens, each a twentieth of the requests. The policy says how many"
        " signs and requests make the pattern. Authorized organizations are named and not judged."
    ),
    cannot_show="What the output was used for, and whether anything was trained on it.",
    innocent=_INNOCENT,
    exhibits="First and last request, the most frequent prompt, the first after a launch, the first of each stage.",
    say=_say,
    detail=_detail,
    uses=(
        Use("incidents", "launches of models", _is_judged),
        Use("accounts", "whether their organization is on the list of authorized ones", _has_list),
        OTHER_NAMES,
    ),
)
