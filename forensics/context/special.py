"""Columns whose text means more than it says: blanks, domains, vocabularies, channels, networks."""

import polars as pl

from forensics.context.kinds import Kind
from forensics.context.problems import Problems, quoted
from forensics.ranges import Network, network

# What exports write where there is nothing. Kept as text it would be a value that hundreds of strangers share.
_NOTHING = (r"\n", "null", "(null)", "none", "nil", "nan", "n/a", "#n/a", "undefined", "-")
_CHANNEL = r"(?i)^reseller\s*:\s*(\S.*)$"
_SHOWN = 5


def tidy(frame: pl.DataFrame, name: str, kind: Kind, notes: list[str]) -> pl.DataFrame:
    """Return the cells without outer blanks; an empty cell, or one that says `NULL` or the like, is null.

    Verbatim columns keep every character; only a blank cell is null there.
    """
    stripped = frame.with_columns(pl.col(kind.columns()).str.strip_chars())
    for column in kind.columns():
        if column in kind.verbatim:
            blank = pl.lit(stripped[column] == "")
        else:
            says_nothing = stripped[column].str.to_lowercase().is_in(_NOTHING).fill_null(value=False)
            _note_nothing(name, column, stripped[column].filter(says_nothing), notes)
            frame = frame.with_columns(stripped[column])
            blank = pl.lit(says_nothing | (stripped[column] == ""))
        frame = frame.with_columns(pl.when(~blank).then(column).alias(column))
    return frame


def _note_nothing(name: str, column: str, cells: pl.Series, notes: list[str]) -> None:
    if not cells.is_empty():
        said = ", ".join(quoted(value) for value in cells.unique().sort().head(_SHOWN))
        notes.append(f"{name}, column {column}: cells that say {said} are read as empty ({cells.len():,})")


def only_domain(frame: pl.DataFrame) -> pl.DataFrame:
    """Return accounts with the domain of the address alone: a mailbox names a person and is not needed."""
    if "email" not in frame.columns:
        return frame
    address = pl.coalesce("email_domain", "email").str.to_lowercase()
    domain = address.str.extract(r"([^@]*)$", 1).str.strip_chars(" .<>")
    return frame.with_columns(pl.when(domain != "").then(domain).alias("email_domain")).drop("email")


def words(frame: pl.DataFrame, name: str, kind: Kind, notes: list[str]) -> tuple[pl.DataFrame, list[pl.Series]]:
    """Return the frame with words of the vocabularies only, and the words it could not place, for `extra`.

    An unknown incident kind or claim is `other`, an unknown channel is unknown: none is an error.
    """
    readings = {column: _one_of(column, known) for column, known in kind.words.items()}
    if "channel" in frame.columns:
        readings["channel"] = _channel()
    originals = []
    for column, reading in readings.items():
        read = frame.select(reading).to_series()
        placed = read.is_not_null() & ((read != "other") | (frame[column].str.to_lowercase() == "other"))
        original = frame.select(pl.when(~pl.lit(placed.fill_null(value=False))).then(column).alias(column)).to_series()
        if strange := original.drop_nulls().unique().sort().to_list():
            said = ", ".join(quoted(word) for word in strange[:_SHOWN])
            fallback = "other" if column in kind.words else "unknown"
            notes.append(f"{name}, column {column}: {said} is no word of this table: read as {fallback}")
        frame = frame.with_columns(read.alias(column))
        originals.append(original)
    return frame, originals


def _one_of(column: str, known: tuple[str, ...]) -> pl.Expr:
    """Return the word in the spelling of the vocabulary, or `other`."""
    word = pl.col(column).str.to_lowercase().str.replace_all(r"[\s-]+", "_")
    return pl.when(word.is_in(known)).then(word).otherwise(pl.lit("other")).alias(column)


def _channel() -> pl.Expr:
    """Return `direct` or `reseller:NAME`, null for anything else."""
    said = pl.col("channel")
    seller = pl.lit("reseller:") + said.str.extract(_CHANNEL, 1)
    return pl.when(said.str.to_lowercase() == "direct").then(pl.lit("direct")).otherwise(seller).alias("channel")


def networks(frame: pl.DataFrame, problems: Problems) -> pl.DataFrame:
    """Return address ranges in canonical text, with first and last address and length."""
    if "cidr" not in frame.columns:
        return frame
    found = {text: _network(text) for text in frame["cidr"].drop_nulls().unique().sort()}
    wrong = [text for text, parsed in found.items() if parsed is None]
    problems.cells(frame.filter(pl.col("cidr").is_in(wrong)), "cidr", "{} is not a network; write 198.18.4.0/24")
    known = {text: parsed for text, parsed in found.items() if parsed}
    table = pl.DataFrame(
        [(text, *parsed) for text, parsed in known.items()],
        schema={
            "cidr": pl.String,
            "canonical": pl.String,
            "first_address": pl.String,
            "last_address": pl.String,
            "prefix_length": pl.Int64,
        },
        orient="row",
    )
    located = frame.join(table, on="cidr", how="left", maintain_order="left")
    return located.with_columns(
        pl.col("canonical").alias("cidr"),
        pl.col("country").str.to_uppercase(),
        pl.col("kind").str.to_lowercase(),
    ).drop("canonical")


def _network(text: str) -> Network | None:
    try:
        return network(text)
    except ValueError:
        return None
