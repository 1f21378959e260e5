"""Which columns are written how, so that they become small in little time."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_LOOK, _FEW = 1 << 14, 1000


def repetitive(rows: "pa.RecordBatch | pa.Table") -> list[str] | bool:
    """The columns whose values repeat in the first rows, for a Parquet writer; all where there are too few to tell.

    Building a dictionary of values that hardly repeat costs more than all the rest of writing and reading them.
    """
    if rows.num_rows < _FEW:
        return True
    sample = rows.slice(0, _LOOK)
    return [name for name, column in zip(sample.schema.names, sample.columns, strict=True) if _repeats(column)]


def differences(schema: "pa.Schema", coded: list[str] | bool) -> dict[str, str] | None:
    """The columns to be written as differences from row to row: whole numbers and instants without a dictionary.

    Places and times of events take a third of the bytes so, and less time; whole numbers at random take no more of
    either. Only for datasets: not every reader of Iceberg tables knows the encoding.
    """
    import pyarrow as pa

    if isinstance(coded, bool):
        return None
    kinds = (pa.types.is_integer, pa.types.is_timestamp)
    return {
        field.name: "DELTA_BINARY_PACKED"
        for field in schema
        if field.name not in coded and any(kind(field.type) for kind in kinds)
    }


def _repeats(column: "pa.Array | pa.ChunkedArray") -> bool:
    """Whether a value comes twice on the average; taken for granted where pyarrow cannot count them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    values = column.cast(kind.storage_type) if isinstance(kind, pa.BaseExtensionType) else column
    try:
        return bool(2 * pc.count_distinct(values).as_py() <= len(values))
    except pa.ArrowNotImplementedError:
        return True
