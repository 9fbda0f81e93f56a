"""`why`: one pair of accounts explained. On a terminal at most 40 lines; in a pipe every row, tab-separated."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.ask.why import Item, Why
    from forensics.cli.session import Session

_WIDEST = 100  # columns: longer lines are hard to read
_LINES = 40  # of a terminal


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("why")(why)


def why(
    context: typer.Context,
    account_a: Annotated[str, typer.Argument(metavar="A")],
    account_b: Annotated[str, typer.Argument(metavar="B")],
) -> None:
    """Say why two accounts are linked, or why they are not: evidence, what speaks against, what would change it."""
    from forensics.analyze.signals import SIGNALS
    from forensics.ask.why import why as explained
    from forensics.engine import Engine
    from forensics.schema import TABLES

    session: Session = context.obj
    case = session.open()
    session.run_id = case.run_id()
    a, b = sorted((account_a, account_b))
    case.looked("why", {"a": a, "b": b})
    with Engine.over(case, *TABLES, resources=session.resources()) as engine:
        found = explained(engine, a, b, SIGNALS)
    width = session.console.width
    if width is None:
        _complete(session, found)
    else:
        for line in shown(found, min(width, _WIDEST), session.console.ascii_only):
            session.console.line(line)
    session.finish("why", _document(found))


def shown(found: Why, width: int, ascii_only: bool) -> list[str]:
    """Return the page of a terminal: long texts wrap; what does not fit is counted, and the weakest goes first."""
    from forensics.cli.waterfall import wrapped

    dots = "..." if ascii_only else "…"
    head = [*wrapped(f"{found.a} and {found.b}", width, ""), *_picture(found, width, ascii_only)]
    foot = [line for text in found.change for line in wrapped(text, width)]
    foot = (["what would change it", *foot] if foot else []) + wrapped(
        f"VERDICT  {found.verdict}. {_NO_PROOF}", width, ""
    )
    evidence = [wrapped(_told(item), width, "    ", "  ") for item in _strongest(found)]
    evidence += [wrapped(text, width, "    ", "  ") for text in _unweighed(found)]
    against = [wrapped(remark.text, width, "    ", "  ") for remark in found.against]
    room = _LINES - len(head) - len(foot) - 4  # two headings, and a line each for what is left out
    for_evidence = max(room - sum(map(len, against)), room // 2)
    upper, left_evidence = _fitting(evidence, for_evidence)
    lower, left_against = _fitting(against, room - len(upper))
    return [
        *head,
        *(["evidence", *upper] if upper else []), *_left(left_evidence, dots),
        *(["against", *lower] if lower else []), *_left(left_against, dots),
        *foot,
    ]  # fmt: skip


_NO_PROOF = "A link is a lead, not proof of who ordered it"


def _picture(found: Why, width: int, ascii_only: bool) -> Iterator[str]:
    from forensics.cli.waterfall import ASCII, BLOCKS, waterfall, wrapped

    floors = found.floors
    of_links = f"; its group has {floors.group_links:,} links" if (floors.group_links or 0) > 1 else ""
    lone = f"floor of a lone pair: one of {floors.pairs:,} pairs at an error rate of {floors.alpha:g}"
    yield from wrapped(lone + of_links, width)
    if found.known != "kept":
        yield from wrapped(found.reason, width)
    if found.bits is not None:
        glyphs = ASCII if ascii_only else BLOCKS
        yield from waterfall(found.families, (found.choice_bits, found.volume_bits), found.bits, floors, width, glyphs)
        if any(step.is_capped for step in found.families):
            yield f"  {glyphs.cap} counts for the most it may"


def _strongest(found: Why) -> list[Item]:
    """Return of each signal its strongest observation."""
    best: dict[str, Item] = {}
    for item in found.evidence:
        if item.signal not in best or item.bits > best[item.signal].bits:
            best[item.signal] = item
    return list(best.values())


def _told(item: Item) -> str:
    parts = [item.observed]
    if item.accounts is not None:
        parts.append(f"shown by {item.accounts:,} accounts")
    if item.expected is not None:
        parts.append(f"expected {item.expected:g}")
    return f"{item.bits:+.1f} {item.family} {item.signal}: {'; '.join(parts)}"


def _unweighed(found: Why) -> list[str]:
    """Return what both show, where no weight is on record."""
    if found.known == "kept":
        return []
    return [
        f"both show {one.attribute.replace('_', ' ')} {one.value}; {one.accounts:,} accounts do" for one in found.shared
    ]


def _fitting(blocks: list[list[str]], room: int) -> tuple[list[str], int]:
    """Return the lines of as many blocks as there is room for, and how many are left out."""
    lines: list[str] = []
    for number, block in enumerate(blocks):
        if len(lines) + len(block) > room:
            return lines, len(blocks) - number
        lines += block
    return lines, 0


def _left(count: int, dots: str) -> list[str]:
    return [f"  {dots} {count} more: in a pipe or with --json"] if count else []


def _complete(session: Session, found: Why) -> None:
    """Print every row, a table for each kind."""
    floors, table = found.floors, session.console.table
    observed = [(one.signal, one.family, one.bits, one.observed, one.accounts, one.expected) for one in found.evidence]
    table("evidence", ("signal", "family", "bits", "observed", "accounts", "expected"), observed)
    families = [
        (one.family, one.bits, one.adds, one.cap_bits, one.is_capped, ", ".join(one.signals)) for one in found.families
    ]
    table("per family", ("family", "bits", "adds", "most", "at its most", "signals"), families)
    sums: list[tuple[str, float | None, str]] = [
        ("choice", found.choice_bits, "its families were not named beforehand"),
        ("volume", found.volume_bits, "share of the error budget that both have by their requests"),
        ("sum", found.bits, found.known),
        ("lone pair", floors.linked_floor_bits, f"{floors.pairs} pairs, error rate {floors.alpha:g}"),
        ("lead", floors.lead_floor_bits, ""),
    ]
    if floors.group_floor_bits is not None:
        sums.append(("its group", floors.group_floor_bits, f"{floors.group_links} links, {found.cluster_id}"))
    table("sum and floors", ("what", "bits", "of"), sums)
    shared = [(one.attribute, one.value, one.accounts, one.action) for one in found.shared]
    table("shared", ("attribute", "value", "accounts", "action"), shared)
    table("against", ("kind", "against"), [(one.kind, one.text) for one in found.against])
    table("change", ("change",), [(text,) for text in found.change])
    session.console.line(found.reason)
    session.console.line(f"VERDICT  {found.verdict}. {_NO_PROOF}.")


def _document(found: Why) -> dict[str, Any]:
    """Return the content of the JSON answer; `links`, `families`, `pair` and `floors` are there whatever was found."""
    pair = {"bits": found.bits, "volume_bits": found.volume_bits, "probability": found.probability, "tier": found.tier}
    return {
        **asdict(found),
        "links": [
            {"signal": one.signal, "family": one.family, "bits": one.bits, "detail": one.observed}
            for one in found.evidence
        ],
        "pair": [{**pair, "floor_bits": found.floors.group_floor_bits}] if found.tier != "none" else [],
    }
