"""Rows of a real source in the form of the three tables, or a line that says what is wrong with them."""

from collections.abc import Collection, Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from components.generate_interactions.schemas import (
    INTERACTIONS,
    READ,
    TABLES,
    TIME_OF_DAY_OF_HOUR,
    TIMES_OF_DAY,
)
from components.shell.counts import counted
from components.shell.errors import ContractError
from components.shell.instants import wall_clock
from components.shell.projection import near
from components.shell.uuids import as_text, is_uuids


def missing(table: str, present: Collection[str]) -> list[str]:
    """What is wrong with a table of a source that has no columns but the `present` ones: a sentence for each."""
    faults = []
    for name in READ[table]:
        if name not in present and not TABLES[table].field(name).nullable:
            meant = near(name, set(present)).replace(";", ",")
            faults.append(f"{table} of the source has no column '{name}'{meant}")
    return faults


def missing_optional(table: str, present: Collection[str]) -> list[str]:
    """The columns that are null because the source does not have them."""
    return [name for name in READ[table] if name not in present and TABLES[table].field(name).nullable]


def lacking(faults: Sequence[str]) -> ContractError:
    """The error of columns that are missing."""
    return ContractError("; ".join(faults), "add them to the source, or a view that has them (docs/feed-ranking.md)")


def conform(table: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The batches with exactly the columns of `schema`, cast without loss; optional columns are null where missing.

    Raises:
        ContractError: a column is of a type that cannot be cast, or null where none may be.
    """
    for batch in batches:
        columns = [_column(table, batch, field) for field in schema]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _column(table: str, batch: pa.RecordBatch, field: pa.Field) -> pa.Array:
    if field.name == "time_of_day":
        hour = pc.hour(wall_clock(_cast(table, batch, INTERACTIONS.field("timestamp"))))
        return pa.array(TIMES_OF_DAY).take(pa.array(TIME_OF_DAY_OF_HOUR).take(hour))
    if field.name == "day_of_week":
        shown = wall_clock(_cast(table, batch, INTERACTIONS.field("timestamp")))
        return pc.day_of_week(shown).cast(field.type)
    if field.name not in READ[table] or field.name not in batch.schema.names:
        return pa.nulls(batch.num_rows, field.type)
    return _cast(table, batch, field)


def _cast(table: str, batch: pa.RecordBatch, field: pa.Field) -> pa.Array:
    column = batch.column(field.name)
    if pa.types.is_timestamp(field.type) and not pa.types.is_temporal(column.type):
        raise ContractError(f"column '{field.name}' of {table} is {column.type} and no time", "cast it in the source")
    if column.null_count and not field.nullable:
        raise ContractError(
            f"column '{field.name}' of {table} has null in {counted(column.null_count, 'row')} of a batch",
            "repair the source",
        )
    try:
        plain = _plain(column)
        return as_text(plain) if pa.types.is_string(field.type) and is_uuids(plain.type) else plain.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ContractError(
            f"column '{field.name}' of {table} is no {field.type}: {reason}", "repair or cast it in the source"
        ) from None


def _plain(column: pa.Array) -> pa.Array:
    """The column without encodings that casts trip over; a time without an offset means UTC."""
    if pa.types.is_timestamp(column.type) and column.type.tz is None:
        return column.cast(pa.timestamp(column.type.unit, "UTC"))
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
