"""Dictionaries are built where values repeat."""

import pyarrow as pa
import pyarrow.parquet as pq

from components.shell.datasets import files, write_dataset
from components.shell.encoding import differences, repetitive


def rows(count: int) -> pa.RecordBatch:
    """Rows with a column of few values and one of as many as there are rows."""
    return pa.record_batch(
        {"few": [f"image {n % 100}" for n in range(count)], "many": [f"event {n}" for n in range(count)]}
    )


def test_columns_that_repeat_get_a_dictionary() -> None:
    """Values that are nearly all different get none; a handful of rows says nothing."""
    assert repetitive(rows(10_000)) == ["few"]
    assert repetitive(pa.Table.from_batches([rows(10_000)])) == ["few"]
    assert repetitive(rows(10)) is True


def test_datasets_are_written_so(tmp_path) -> None:
    """The files of a dataset read the same, and only the repetitive column has a dictionary."""
    write_dataset(tmp_path / "rows", rows(1).schema, [rows(10_000)])
    (path,) = files(tmp_path / "rows")
    group = pq.read_metadata(path).row_group(0)
    assert [group.column(place).has_dictionary_page for place in range(2)] == [True, False]
    assert pq.read_table(path).to_batches()[0].equals(rows(10_000))


def test_numbers_and_instants_are_written_as_differences(tmp_path) -> None:
    """They read the same, in fewer bytes; not where there is a dictionary, or too few rows to tell."""
    instant = pa.timestamp("us", "UTC")
    values = {"n": range(10_000), "at": pa.array(range(10_000), pa.int64()).cast(instant), "few": [1] * 10_000}
    numbers = pa.record_batch({name: pa.array(column) for name, column in values.items()})
    assert differences(numbers.schema, ["few"]) == {"n": "DELTA_BINARY_PACKED", "at": "DELTA_BINARY_PACKED"}
    assert differences(numbers.schema, True) is None
    write_dataset(tmp_path / "rows", numbers.schema, [numbers])
    (path,) = files(tmp_path / "rows")
    group = pq.read_metadata(path).row_group(0)
    assert group.column(0).total_uncompressed_size < 8 * 10_000 / 2
    assert pq.read_table(path).to_batches()[0].equals(numbers)


def test_columns_whose_values_cannot_be_counted_as_they_are() -> None:
    """A uuid is counted by its bytes; where pyarrow can count nothing, a dictionary is tried."""
    ids = [number.to_bytes(16, "big") for number in range(2000)]
    table = pa.table(
        {
            "id": pa.ExtensionArray.from_storage(pa.uuid(), pa.array(ids, pa.binary(16))),
            "user_id": pa.ExtensionArray.from_storage(pa.uuid(), pa.array(ids[:2] * 1000, pa.binary(16))),
            "tags": pa.array([["a"]] * 2000),
            "none": pa.nulls(2000),
        }
    )
    assert repetitive(table) == ["user_id", "tags", "none"]
