"""From requests to scores: the steps that the whole of a case and each of its halves run alike.

Every step is one `.sql` file that runs unchanged in the DuckDB shell over the case.
"""

import math
from collections.abc import Callable, Sequence
from importlib.resources import files

import polars as pl
import pyarrow as pa

from forensics.analyze.choice import shares
from forensics.analyze.focus import Tested
from forensics.analyze.mail_domains import mail_domains
from forensics.analyze.signals import SIGNALS
from forensics.case import Case
from forensics.engine import Engine
from forensics.model import Progress, Report, Signal
from forensics.ranges import address_key
from forensics.schema import (
    ACCOUNT_FEATURES,
    ACCOUNT_VALUES,
    ACTIVITY,
    ADDRESSES,
    AS_NUMBERS,
    CANDIDATES,
    CLOCKS,
    CROWDED_MOMENTS,
    ENUMERATIONS,
    FOCUS,
    FOCUS_CHOICE,
    HUBS,
    INCIDENCES,
    MAIL_DOMAINS,
    PEOPLE,
    RARITY,
    ROOMS,
    SCORES,
    SETTINGS,
    SHAREABLE,
    SHARED_VALUES,
    SIGHTINGS,
    SIGNALS_TABLE,
    SYNCHRONY,
    UNITS,
    WEIGHED,
    Table,
)

_FOLDER = files("forensics.analyze")
_ACCOUNTS = (ACCOUNT_FEATURES, PEOPLE, ACTIVITY, ENUMERATIONS)
_SHARING = (
    CROWDED_MOMENTS,
    UNITS,
    HUBS,
    RARITY,
    SHAREABLE,
    INCIDENCES,
    ROOMS,
    CANDIDATES,
    CLOCKS,
    SHARED_VALUES,
    SYNCHRONY,
)
OF_PAIRS = {  # statements that tell every pair by itself, with the tables that they read pairs from
    SHARED_VALUES: (CANDIDATES,),
    SYNCHRONY: (CANDIDATES, SHARED_VALUES),
    WEIGHED: (SIGHTINGS, SHARED_VALUES),
    SCORES: (WEIGHED, CANDIDATES),
}
_OTHERS_BITS = 4  # what the other families must bring, however strong one behavioral family is


def scored(case: Case, engine: Engine, choose: Callable[[Engine], Tested], report: Report) -> Tested:
    """Write the tables from `account_features` to `scores`, and return the pairs that were tested.

    `engine` sees requests and context. `choose` says which pairs to test; it is asked when the accounts are known.
    """
    steps(case, engine, _ACCOUNTS, report)
    write(case, engine, ADDRESSES, _addresses(engine))
    write(case, engine, MAIL_DOMAINS, mail_domains(_domains(engine), case.settings.analysis.free_mail_domains))
    steps(case, engine, (AS_NUMBERS, ACCOUNT_VALUES), report)
    family = choose(engine)
    write(case, engine, FOCUS, family.persons)
    write(case, engine, FOCUS_CHOICE, family.rows())
    present = _present(engine, family)
    write(case, engine, SETTINGS, _settings(case, engine, family, present))
    write(case, engine, SIGNALS_TABLE, _rows(present))
    steps(case, engine, _SHARING, report)
    _sightings(case, engine, report)
    steps(case, engine, (WEIGHED, SCORES), report)
    return family


def steps(case: Case, engine: Engine, tables: tuple[Table, ...], report: Report) -> None:
    """Run steps in their order; each is the query named like its table."""
    for table in tables:
        report(Progress(table.name, 0))
        query = _FOLDER / f"{table.name}.sql"
        if table in OF_PAIRS:
            engine.save_by_pairs(case, table, query, OF_PAIRS[table])
        else:
            engine.save(case, table, query)


def write(case: Case, engine: Engine, table: Table, rows: pa.Table) -> None:
    """Write rows as a table of the case and make it visible."""
    case.write(table, rows)
    engine.view(case, table)


def signal_query(signal: Signal) -> str:
    """Return the query of a signal."""
    return (_FOLDER / "signals" / f"{signal.id}.sql").read_text(encoding="utf-8")


def _settings(case: Case, engine: Engine, family: Tested, present: Sequence[Signal]) -> pa.Table:
    """Return the one row of parameters. The floors depend on what is tested only, never on the evidence."""
    chosen = case.settings.analysis
    accounts = engine.one("SELECT count(*) AS accounts FROM account_features")["accounts"]
    alpha, lead_alpha = float(chosen.alpha) / family.charge, float(chosen.lead_alpha) / family.charge
    least = float(chosen.least_bits) if family.choice else 0.0
    linked, lead = (max(least, math.log2(family.pairs / rate)) for rate in (alpha, lead_alpha))
    row = {
        "accounts": accounts,
        "pairs": family.pairs,
        "alpha": alpha,
        "lead_alpha": lead_alpha,
        "rare_accounts": chosen.rare_accounts,
        "pair_accounts": chosen.pair_accounts,
        "ring_neighbors": chosen.ring_neighbors,
        "partners": chosen.partners,
        "min_behavior_bits": float(chosen.min_behavior_bits),
        "min_family_bits": float(chosen.min_family_bits),
        "kept_bits": float(chosen.kept_bits),
        "choice_shares": shares({signal.family for signal in present}),
        "least_bits": float(chosen.least_bits),
        "kappa": float(chosen.kappa),
        "behavior_cap_bits": round(linked - _OTHERS_BITS, 4),
        "linked_floor_bits": round(linked, 4),
        "lead_floor_bits": round(lead, 4),
        "decoys": chosen.decoys,
        "aggressive_requests_per_minute": case.settings.policy.aggressive_requests_per_minute,
    }
    return pa.Table.from_pylist([row], schema=SETTINGS.arrow())


def _present(engine: Engine, family: Tested) -> list[Signal]:
    """Return the signals this case has data for: one that cannot fire must not thin out its family."""
    known = set(engine.rows("SELECT DISTINCT attribute FROM account_values")["attribute"].to_pylist())
    return [
        signal
        for signal in SIGNALS
        if signal.id not in family.silent and (not signal.attributes or known.intersection(signal.attributes))
    ]


def _rows(present: Sequence[Signal]) -> pa.Table:
    return pa.Table.from_pylist(
        [{"signal": signal.id, "family": signal.family.value, "weight": signal.weight} for signal in present],
        schema=SIGNALS_TABLE.arrow(),
    )


def _addresses(engine: Engine) -> pa.Table:
    """Return every address and range with the sortable key that DuckDB has no type for."""
    values = pl.from_arrow(
        engine.rows(
            "SELECT DISTINCT unnest([source_ip, source_range]) AS value "
            "FROM requests WHERE user_id IS NOT NULL ORDER BY value"
        )
    )
    value = pl.DataFrame(values)["value"].cast(pl.String).drop_nulls()
    value = value.filter(value != "")
    first = value.str.split("/").list.first()
    return pl.DataFrame({"value": value, "key": address_key(first)}).to_arrow()


def _domains(engine: Engine) -> list[str]:
    """Return the mail domains of all accounts."""
    held = engine.rows(
        "SELECT DISTINCT email_domain FROM account_features WHERE email_domain <> '' ORDER BY email_domain"
    )
    return [str(domain) for domain in held["email_domain"].to_pylist()]


def _sightings(case: Case, engine: Engine, report: Report) -> None:
    """Write the strength of every link of every signal; an e-value below 1 is counted as 0: less, never more."""
    case.forget("analysis/sightings")
    for signal in SIGNALS:
        report(Progress(signal.id, 0))
        query = f"SELECT $signal AS signal, a, b, bits FROM ({signal_query(signal)}) WHERE bits > 0"  # noqa: S608 - our own file
        engine.save(case, SIGHTINGS.part(signal.id), query, {"signal": signal.id})
    engine.view(case, SIGHTINGS)
