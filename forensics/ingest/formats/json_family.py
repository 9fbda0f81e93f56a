"""All JSON formats read as one family: each record by the preset that claims it, the rest by the names of its keys.

Products log into one file what other products log beside them (Azure containers, Docker, collectors), and their own
remarks between the requests. So the choice is made per record, every format of the family reads a file alike, and a
file is called after the format that most of its records are in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import NamedTuple

import polars as pl

from forensics.engine import Engine
from forensics.errors import SourceError
from forensics.ingest.formats import ndjson
from forensics.ingest.formats.base import Binding, Family, LineFormat, Wishes
from forensics.ingest.formats.json_patch import path
from forensics.ingest.formats.json_preset import Claim, Preset, groups, mark
from forensics.ingest.formats.json_presets import PRESETS
from forensics.ingest.formats.json_roles import Roles, fields_of, needed, rank, read_claimed
from forensics.ingest.formats.json_text import look
from forensics.ingest.formats.ndjson import NDJSON, lenient
from forensics.ingest.layout.objects import Objects, told_apart
from forensics.ingest.logged import Logged
from forensics.ingest.lookups import lookups

_ASKED = ("request_line", "http_request_method", "url_original")  # one of them makes a record a request
OF_NO_PRODUCT = "of_no_product"  # marks a refused record that only its neighbors make a remark
_KEYS = 3  # keys named in a message


@dataclass(frozen=True)
class FamilyBinding(Binding):
    """The presets whose records were sampled, with the roles they read here, and how unclaimed records are read."""

    presets: tuple[tuple[Preset, Roles], ...] = ()
    generic: Binding | None = None


class Owned(NamedTuple):
    """Records, repaired where that made JSON of them, the preset that claims each (or null), and what was looked up."""

    objects: Objects
    owner: pl.Series
    repaired: pl.Series
    found: pl.DataFrame


# --- once per file ---------------------------------------------------------------------------------------------


def bind(own: Preset | None, sample: Sequence[str], wishes: Wishes) -> Binding:
    """Decide which presets and which keys the records of a file are read by.

    Raise `SourceError` where no sampled record is of the preset asked for, or of any, and none of their keys is a time.
    """
    claimed, rest = _sorted_out(tuple(sample))
    if own is not None and own.name not in claimed:
        keys = ", ".join(".".join(path(pointer)) for pointer in dict.fromkeys(own.told_by()[:_KEYS]))
        raise SourceError(f"no sampled record is of {own.name} (it would have {keys})", hint="--format auto says more")
    if not claimed:
        return ndjson.bind(sample, wishes)
    presets = tuple((each, _adapted(each, claimed[each.name], wishes)) for each in PRESETS if each.name in claimed)
    try:
        generic = ndjson.bind(rest, wishes) if rest else None
    except SourceError:  # what no preset claims here has no time either: the products' own remarks
        generic = None
    fields = dict.fromkeys(field for _, roles in presets for field in fields_of(roles))
    return FamilyBinding(
        fields=(*fields, *(generic.fields if generic else ())),
        warnings=_unseen(sample, wishes),
        presets=presets,
        generic=generic,
    )


def _unseen(sample: Sequence[str], wishes: Wishes) -> tuple[str, ...]:
    everything = "\n".join(sample)
    absent = sorted(name for name in wishes.values() if not any(_is_named(everything, (way,)) for way in _ways(name)))
    return tuple(f"no sampled record has the key {name!r}" for name in absent)


@lru_cache(maxsize=4)  # every format of the family asks the same of the same excerpt
def _sorted_out(sample: tuple[str, ...]) -> tuple[Mapping[str, tuple[str, ...]], tuple[str, ...]]:
    """Return the sampled records by the preset that claims them, and the objects that none does."""
    objects = pl.Series([line for line in sample if line.lstrip().startswith("{")], dtype=pl.String)
    everything = "\n".join(objects)
    likely = [each for each in PRESETS if any(_is_named(everything, claim) for claim in each.claims)]
    if not likely:
        return {}, tuple(objects)
    with lookups() as engine:
        mended, owner, *_ = _owned(engine, objects, likely)
    text = mended.text
    claimed = {name: tuple(text.filter((owner == name).fill_null(value=False))) for name in owner.drop_nulls().unique()}
    return claimed, tuple(text.filter(owner.is_null()))


def _is_named(everything: str, claim: Claim) -> bool:
    """Tell whether the keys of a claim stand anywhere in the text: cheap, and exact enough to look closer."""
    return all(any(f'"{path(mark(each).pointer)[-1]}"' in everything for each in group) for group in groups(claim))


def _adapted(preset: Preset, sample: Sequence[str], wishes: Wishes) -> Roles:
    """Return the roles of a preset for one file: what the analyst wishes, what its users chose to log besides."""
    wished = {role.partition(":")[0] for role in wishes}
    roles = {role: pointers for role, pointers in preset.roles.items() if role.partition(":")[0] not in wished}
    roles |= {role: _either_way(name) for role, name in wishes.items()}
    if not preset.chosen:
        return roles
    time = next(role for role in preset.roles if role.startswith("timestamp"))
    columns = {role.partition(":")[0] for role in roles} - {"user_id"}
    usual = ndjson.bind(sample, {**wishes, time: ".".join(path(preset.roles[time][0]))})
    more = {field.role: field.pointers for field in usual.fields if field.column not in columns}
    return {**more, **roles}


def _either_way(name: str) -> tuple[str, ...]:
    """Return the pointers of a name as an analyst writes it; of a list of one the element counts."""
    return tuple(dict.fromkeys((*(f"{way}/0" for way in _ways(name)), *_ways(name))))


def _ways(name: str) -> tuple[str, str]:
    """Return the pointers of a name with dots: one key, or a path of keys."""
    key = name.replace("~", "~0").replace("/", "~1")
    return f"/{key}", "/" + key.replace(".", "/")


# --- every chunk -----------------------------------------------------------------------------------------------


def read(text: pl.Series, binding: Binding) -> pl.DataFrame:
    """Read a column of records, each by the preset that claims it. Without a file's binding nothing is claimed."""
    if not isinstance(binding, FamilyBinding):
        return _refused(text)
    sampled = {preset.name: roles for preset, roles in binding.presets}
    plain = {preset.name: needed(preset, roles) for preset, roles in binding.presets if not preset.shapes}
    with lookups() as engine:
        known = [preset for preset, _ in binding.presets]
        objects, owner, repaired, found = _owned(
            engine, text, known, [each for also in plain.values() for each in also]
        )
        owner = _with_late(engine, objects, owner, [preset for preset in PRESETS if preset.name not in sampled])
        parts = []
        for preset in PRESETS:
            rows = (owner == preset.name).fill_null(value=False).arg_true()
            if len(rows):
                roles = sampled.get(preset.name, preset.roles)
                looked_up = found[rows] if preset.name in plain else None
                part = read_claimed(engine, objects.gather(rows.to_numpy()), preset, roles, looked_up)
                parts.append(part.with_columns(rows.alias("row")))
    rows = owner.is_null().arg_true()
    if len(rows) or not parts:
        parts.append(_unclaimed(objects.text.gather(rows), binding.generic).with_columns(rows.alias("row")))
    return _assembled(parts, repaired)


def _owned(engine: Engine, text: pl.Series, presets: Sequence[Preset], also: Sequence[str] = ()) -> Owned:
    """Decide which preset claims each record, the first that does; look up further pointers on the way."""
    objects = told_apart(text)
    found = _with_owner(engine, objects, presets, also)
    nothing = pl.repeat(value=False, n=len(text), eager=True)
    mended, repaired = _mended(engine, text, (~found["sound"]).arg_true(), presets)
    if len(repaired):
        objects = replace(objects, text=mended)  # what needed repair has no shape that another one has
        found = _with_owner(engine, objects, presets, also)
    return Owned(objects, found["owner"], nothing.scatter(repaired, values=True), found)


def _with_owner(engine: Engine, objects: Objects, presets: Sequence[Preset], also: Sequence[str] = ()) -> pl.DataFrame:
    """Look up the marks of presets: `owner`, the first that claims a record, and `sound`, whether it is an object."""
    told_by = [pointer for preset in presets for pointer in preset.told_by()]
    found = look(engine, objects, list(dict.fromkeys([*told_by, *also])))
    odd = lenient(objects.text.gather(objects.rest))
    sound = found["is_object"].scatter(objects.rest[odd.to_numpy()], values=False)
    found = found.with_columns(sound.alias("sound"))
    owner = pl.coalesce(*(pl.when(preset.claimed()).then(pl.lit(preset.name)) for preset in presets))
    return found.with_columns(pl.when("sound").then(owner).alias("owner"))


def _mended(
    engine: Engine, text: pl.Series, broken: pl.Series, presets: Sequence[Preset]
) -> tuple[pl.Series, pl.Series]:
    """Return the records, those mended that only a product's own escaping broke, and which these are."""
    fixed = [pl.Series([], dtype=broken.dtype)]
    for preset in presets:
        if not preset.repairs or broken.is_empty():
            continue
        mended = text.gather(broken)
        for pattern, replacement in preset.repairs:
            mended = mended.str.replace_all(pattern, replacement)
        claimed = _with_owner(engine, told_apart(mended), [preset])["owner"].is_not_null()
        text = text.scatter(broken.filter(claimed), mended.filter(claimed))
        fixed.append(broken.filter(claimed))
        broken = broken.filter(~claimed)
    return text, pl.concat(fixed)


def _with_late(engine: Engine, objects: Objects, owner: pl.Series, presets: Sequence[Preset]) -> pl.Series:
    """Let the presets that no sampled record was of claim what is left."""
    rows = owner.is_null().arg_true()
    if rows.is_empty():
        return owner
    return owner.scatter(rows, _with_owner(engine, objects.gather(rows.to_numpy()), presets)["owner"])


def _unclaimed(text: pl.Series, generic: Binding | None) -> pl.DataFrame:
    """Read records by the names of their keys; beside a product's own records, what asks for nothing is no request."""
    found = ndjson.read(text, generic or Binding())
    asked = [pl.col(role).is_not_null() for role in _ASKED if role in found.columns]
    silent = pl.col("log_format").is_not_null() & ~pl.any_horizontal(pl.lit(value=False), *asked)
    return found.with_columns(
        pl.when(~silent).then("log_format").alias("log_format"),
        pl.when(silent).then(pl.lit("non_http")).otherwise("reason").alias("reason"),
        pl.when(silent).then(pl.lit([OF_NO_PRODUCT])).otherwise("flags").alias("flags"),
    )


def _assembled(parts: Sequence[pl.DataFrame], repaired: pl.Series) -> pl.DataFrame:
    """Return the rows of all parts in the order of their records, the columns in the order normalization asks."""
    whole = pl.concat(parts, how="diagonal").sort("row").drop("row")
    if repaired.any():
        mended = pl.concat_list("flags", pl.lit("missing_value"))
        whole = whole.with_columns(pl.when(repaired).then(mended).otherwise("flags").alias("flags"))
    names: list[str] = sorted(whole.columns, key=rank)
    return whole.select(names)


def may_read(text: pl.Series) -> bool:
    """Tell whether any record may be an object."""
    return bool(text.str.contains("{", literal=True).any())


def _refused(text: pl.Series) -> pl.DataFrame:
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(text))
    return pl.DataFrame(
        {
            "extra": nothing,
            "log_format": nothing,
            "reason": nothing.fill_null("not_claimed"),
            "flags": pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, len(text)),
        }
    )


def _read_any(text: pl.Series, binding: Binding) -> pl.DataFrame:
    return read(text, binding) if isinstance(binding, FamilyBinding) else ndjson.read(text, binding)


def _format(preset: Preset) -> LineFormat:
    return LineFormat(
        name=preset.name,
        title=preset.title,
        reference=preset.reference,
        family=Family.JSON,
        bind=partial(bind, preset),
        read=read,
        may_read=may_read,
        accepted=preset.accepted,
        rejected=preset.rejected,
    )


def _cut_any(text: pl.Series, binding: Binding) -> Logged | None:
    return None if isinstance(binding, FamilyBinding) else ndjson.cut(text, binding)


_NDJSON = replace(NDJSON, bind=partial(bind, None), read=_read_any, cut=_cut_any, may_read=may_read)
JSON_FORMATS = (*(_format(preset) for preset in PRESETS), _NDJSON)
