"""How it was done, how often the method is wrong, and what it cannot see."""

from collections.abc import Iterator, Mapping
from typing import Any

from forensics.model import Verdict
from forensics.report.blocks import Block, Column, Heading, Kind, Note, Sentence, Table, Text
from forensics.report.material import Material, integer, text
from forensics.report.sections.base import Chapter
from forensics.report.wording import counted, number, share, words

_SIGNALS = {
    "family": text("Family"),
    "signal": text("Signal"),
    "pairs": integer("Pairs"),
    "most_bits": Column("Most bits", Kind.NUMBER),
}
_DECOYS = {
    "replicate": integer("World"),
    "strongest_bits": Column("Strongest pair, bits", Kind.NUMBER),
    "linked": integer("Pairs called linked"),
    "leads": integer("Pairs called a lead"),
}
_SETTINGS = {"parameter": text("Parameter"), "setting": Column("Value", Kind.NUMBER)}
_STEPS = (
    "Two accounts are linked when several kinds of evidence together are too unlikely for strangers.",
    "Evidence is counted in bits: ten bits are odds of about 1,000 to 1 against chance.",
    (
        "Six families of evidence were fixed in advance (NET, IDENT, CLIENT, TEMPLATE, TIME, TARGET); inside a family "
        "signals are averaged, never added."
    ),
    "A shared address, organization or program alone never links: behavior (TEMPLATE, TIME or TARGET) has to agree.",
    "Values that many accounts share are context, not evidence.",
    "High confidence needs that both halves of the time, in turns of two hours, find four of five accounts again.",
)
_LIMITS = (
    "Logs show accounts and addresses, not people: a key may be stolen, an account lent, a computer shared.",
    "Activity through resellers or other services leaves no rows here and was not seen.",
    "Independence between families is an assumption; permuted worlds (above) check it and do not prove it.",
    "Nationality-like proxies such as working hours, holidays and language were not used as grounds.",
    "Labels and likelihoods are for review by a person; the tool takes no decision.",
)
LIKELIHOODS = {
    "almost no chance": "up to 5%",
    "very unlikely": "5 to 20%",
    "unlikely": "20 to 45%",
    "roughly even chance": "45 to 55%",
    "likely": "55 to 80%",
    "very likely": "80 to 95%",
    "almost certain": "above 95%, never certainty",
}
_VERDICTS = {
    Verdict.COORDINATED: "accounts act as one and nothing declared explains it; ready for a person's review",
    Verdict.SHARED_ORGANIZATION: "one organization that says so; linked, never for action",
    Verdict.SHARED_INFRASTRUCTURE: "strangers behind one network or program; never for action",
    Verdict.AUTHORIZED_AUTOMATION: "an operator's declared fleet; never for action",
    Verdict.UNDECIDED: "linked, and the rules do not settle what it is",
}


def _write(material: Material) -> Iterator[Block]:
    alpha = share(material.settings.analysis.alpha)
    declared = material.say(
        f"Declared error rate {alpha}: the expected share of accounts that have nothing to do with any other, summed "
        "over all groups of accounts; for a lone pair, the chance that any innocent pair at all is called linked.",
        "settings",
    )
    yield Text((*map(Sentence, _STEPS), declared, *_floor(material)), points=True)
    signals = material.query("sections/method_signals")
    if signals.num_rows:
        yield material.table("Signals that fired in this case", signals, _SIGNALS, "links", full="links")
    else:
        yield Note("No signal fired for any pair of accounts.")
    yield Heading("Error rates")
    decoys = material.query("sections/method")
    if decoys.num_rows:
        yield Text((_permuted(material),))
        caption = "The same rule on permuted worlds, in which families of evidence meet only by chance"
        yield material.table(caption, decoys, _DECOYS, "decoys", full="decoys")
    else:
        yield Note("Not assessed: error rates of this case. Needs permuted data (forensics analyze).")
    yield Heading("Limits")
    yield Text(tuple(map(Sentence, _LIMITS)), points=True)
    yield Heading("Words")
    yield words_of_likelihood()
    verdicts = tuple((words(verdict), meaning) for verdict, meaning in _VERDICTS.items())
    yield Table("Verdicts on clusters", (text("Verdict"), text("Meaning")), verdicts, total=len(verdicts))
    yield Heading("Settings in force")
    yield from _settings(material)


def words_of_likelihood() -> Table:
    """Return what each word of likelihood means, for every reader alike."""
    return Table(
        "Words of likelihood (ICD 203)",
        (text("Word"), text("Probability")),
        tuple(LIKELIHOODS.items()),
        total=len(LIKELIHOODS),
    )


def _floor(material: Material) -> Iterator[Sentence]:
    """Yield from how many bits a pair is linked here, and why."""
    values = {row["parameter"]: row["setting"] for row in material.rows("sections/method_settings")}
    if values.get("linked_floor_bits") is not None:
        focus = next(iter(material.rows("sections/method_focus")), None)
        accounts = focus["accounts"] if focus else int(values["accounts"])
        pairs, least = counted(accounts * (accounts - 1) // 2, "pair"), material.settings.analysis.least_bits
        if focus:
            yield from _focus(material, focus, int(values["accounts"]))
        yield material.say(
            f"Here a lone pair is linked from {values['linked_floor_bits']:.1f} bits: {counted(accounts, 'account')} "
            f"make {pairs}. In a group each account has to show log2 of the number of pairs less, on average toward "
            f"its fellows, and no link counts that has under {least:.1f} bits; what else was found changes neither.",
            "settings",
        )


def _focus(material: Material, focus: Mapping[str, Any], everyone: int) -> Iterator[Sentence]:
    """Yield what an analyst chose to test instead of everybody, and what that costs."""
    alpha = share(material.settings.analysis.alpha)
    yield material.say(
        f"This analysis tests a focus, number {focus['number']} of this case: {focus['kind']}:{focus['name']}, "
        f"{counted(focus['accounts'], 'account')} of {everyone:,}. Only pairs among these can be linked here; how rare "
        "a value is, and what chance does, comes from all. The choice was in the custody log before any result.",
        "focus_choice",
    )
    yield material.say(
        f"Its error rate is {focus['alpha'] * 100:.2g} %: half as much for each further focus, so that all of a case "
        f"stay under {alpha} together. The analysis of the whole population has {alpha} of its own.",
        "focus_choice",
    )
    if focus["after_links"]:
        yield material.say(
            "It was named when links of this case were known, and could have been chosen by them: the rate is divided "
            f"by the {focus['choices']:,} that could have been named the same way.",
            "focus_choice",
        )


def _permuted(material: Material) -> Sentence:
    """Return how often the rule fired where there was nothing to find."""
    worlds = material.query("sections/method")
    wrong = sum(1 for linked in worlds["linked"].to_pylist() if linked)
    return material.say(
        f"In {wrong:,} of {counted(worlds.num_rows, 'permuted world')} a group was called linked; the strongest pair "
        f"of any has {number(worlds['strongest_bits'][0].as_py())} bits.",
        "decoys",
    )


def _settings(material: Material) -> Iterator[Block]:
    """Yield the parameters the queries read, and those of case.toml that are no numbers."""
    numbers = material.query("sections/method_settings")
    if numbers.num_rows:
        yield material.table("Parameters of the analysis", numbers, _SETTINGS, "settings", full="settings")
    chosen = material.settings
    rows = (
        ("Trusted proxies", ", ".join(chosen.ingest.trusted_proxies) or "none"),
        ("Organizations with authorized automation", ", ".join(chosen.analysis.authorized_organizations) or "none"),
        ("Permutations asked for", f"{chosen.analysis.decoys:,}"),
        ("Time zone shown beside UTC", chosen.case.display_timezone),
    )
    yield Table("Choices in case.toml", (text("Choice"), text("Value")), rows, total=len(rows))


CHAPTER = Chapter("method", "Method, error rates, limits", "How was this done, and how often is it wrong?", _write)
