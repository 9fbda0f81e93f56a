"""From named fields to roles: what all formats share whose fields have names, by position, pattern or header.

A format says which of its fields plays which role, first choice first; --map and --account overrule it. Every other
field goes to `extra` under its name. A field logged as absent is null.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from forensics.ingest.formats.aliases import fold
from forensics.ingest.formats.base import Binding, Field, Wishes

Roles = Sequence[tuple[str, str]]  # (role, name of the field), first choice first
TRAILING = "trailing"  # what follows the last field a format knows
_ABSENT = ("-", "")
_KEPT = ("request_line",)  # an empty request line is a malformed request, not a missing one
_SECRET = re.compile(
    r"(?i)^(?:cookie|(?:arg|env|note)_(?:key|sid|sig|signature|pass|pwd|jwt|auth|session|credential)$)|^sent_cookie"
)
# A member that is null. Outside a text no quote is escaped, and a name holds none of these marks: this is no text.
_NULL = r'"[^"\\:,{}]+":null'


def bind(roles: Roles, names: Iterable[str], wishes: Wishes) -> Binding:
    """Return the roles with the wishes of the analyst in front; a wish for a field that is not there is a warning."""
    known = {fold(name): name for name in reversed(list(names))}
    asked = [(role, known[fold(name)]) for role, name in wishes.items() if fold(name) in known]
    columns = {role.partition(":")[0] for role, _ in asked}
    taken = {name for _, name in asked}
    rest = [pair for pair in roles if pair[0].partition(":")[0] not in columns and pair[1] not in taken]
    warnings = [f"its lines have no field {name!r}" for name in wishes.values() if fold(name) not in known]
    return Binding(fields=tuple(Field(role, name) for role, name in [*asked, *rest]), warnings=tuple(warnings))


def settle(fields: pl.DataFrame, binding: Binding) -> pl.DataFrame:
    """Return the roles that named columns of logged text play, and the columns without one as `extra` (JSON).

    Of several fields with one role the first that holds a value counts; the others are in `extra` where they differ
    from it in being there at all. Columns whose names begin with `_` are left alone.
    """
    names = [name for name in fields.columns if not name.startswith("_")]
    by_role: dict[str, list[str]] = {}
    for field in binding.fields:
        if field.name in names:
            by_role.setdefault(field.role, []).append(field.name)
    kept = {name for role in _KEPT for name in by_role.get(role, [])}
    present = fields.with_columns(
        pl.when(~pl.col(name).is_in(_ABSENT)).then(pl.col(name)).alias(name) for name in names if name not in kept
    )
    left = _left_over(names, list(by_role.values()))
    return present.select(*(pl.coalesce(held).alias(role) for role, held in by_role.items()), as_extra(present, left))


def _left_over(names: Sequence[str], chosen: Sequence[Sequence[str]]) -> dict[str, pl.Expr]:
    """Return the columns that play no role, and those of a later choice where an earlier one holds a value."""
    used = {name for choices in chosen for name in choices}
    left = {name: pl.col(name) for name in names if name not in used}
    for choices in chosen:
        for place, name in enumerate(choices[1:], 1):
            left[name] = pl.when(pl.coalesce(choices[:place]).is_not_null()).then(pl.col(name))
    return {name: left[name] for name in names if name in left}


def as_extra(fields: pl.DataFrame, columns: Mapping[str, pl.Expr]) -> pl.Series:
    """Return those of these columns that hold a value as one JSON object per row, null where none does."""
    frame = fields.select(column.alias(_told(name)) for name, column in columns.items())
    held = [name for name in frame.columns if frame[name].null_count() < frame.height]
    if not held:
        return pl.Series("extra", [None], dtype=pl.String).new_from_index(0, fields.height)
    whole = frame.select(pl.struct(held).struct.json_encode().alias("extra")).to_series()
    members = whole.str.replace_all(_NULL + ",", "").str.replace(f",{_NULL}}}$", "}")
    return members.replace(f'{{"{held[-1]}":null}}', None)


def _told(name: str) -> str:
    """Return the name a field has in `extra`: one that redaction knows where the value may be a secret.

    Redaction goes by how the name of a member ends (`…cookie`, `…token`, `…secret`).
    """
    return f"{name}_secret" if _SECRET.search(name) else name
