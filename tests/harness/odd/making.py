"""What an odd table is, and how its files are made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog import Catalog
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table import Table
from pyiceberg.typedef import Record

SPACE = "odd"
Row = dict[str, Any]
Make = Callable[[Catalog, str], Any]


@dataclass(frozen=True)
class Odd:
    """A table: how it is made, its rows by `id`, and what becomes of it.

    `refused` is what the refusal says where it may not be read, `unjoined` where it may not be compacted, and `joined`
    whether a compaction has anything to join.
    """

    name: str
    make: Make
    rows: Sequence[Row] = ()
    refused: str = ""
    unjoined: str = ""
    joined: bool = True

    def __str__(self) -> str:
        """Its name, which is that of its tests."""
        return self.name


POINT = pa.struct([("x", pa.int32()), ("y", pa.string())])


def appended(catalog: Catalog, name: str, *parts: pa.Table) -> Table:
    """A table that pyiceberg wrote, a file for each part."""
    table = catalog.create_table(name, schema=parts[0].schema)
    for part in parts:
        table.append(part)
    return table


def added(catalog: Catalog, name: str, *parts: pa.Table) -> Table:
    """A table of files without field ids, as `add_files` takes them."""
    table = catalog.create_table(name, schema=parts[0].schema)
    table.add_files([stored(table, part) for part in parts])
    return table


def stored(table: Table, rows: pa.Table, **options: Any) -> str:
    """The path of a new file in the table's folder that holds the rows as they come; no snapshot names it."""
    place = f"{table.location()}/data/{uuid4()}.parquet"
    with table.io.new_output(place).create() as target, pq.ParquetWriter(target, rows.schema, **options) as writer:
        writer.write_table(rows)
    return place


def put(
    table: Table,
    rows: pa.Table,
    partition: Sequence[Any] = (),
    nulls: Row | None = None,
    upper: dict[int, bytes] | None = None,
    **options: Any,
) -> None:
    """Bring a file into the table as its writer describes it, without a look at its schema."""
    place = stored(table, rows, **options)
    file = DataFile.from_args(
        content=DataFileContent.DATA, file_path=place, file_format=FileFormat.PARQUET, partition=Record(*partition),
        file_size_in_bytes=len(table.io.new_input(place)), record_count=rows.num_rows,
        spec_id=table.spec().spec_id, null_value_counts=nulls, upper_bounds=upper,
    )  # fmt: skip
    with table.transaction() as transaction, transaction.update_snapshot().fast_append() as snapshot:
        snapshot.append_data_file(file)


def stored_whole(catalog: Catalog, name: str, *parts: pa.Table) -> None:
    """A table of files with ids, past pyiceberg's writer: that makes an empty list of structs of one that is null."""
    table = catalog.create_table(name, schema=parts[0].schema)
    for part in parts:
        put(table, part.cast(with_ids(table)))


def with_ids(table: Table, without: Sequence[str] = (), **other: pa.DataType) -> pa.Schema:
    """The table's Arrow schema with ids, without some columns, and others in another type."""
    fields = [field for field in schema_to_pyarrow(table.schema()) if field.name not in without]
    return pa.schema([field.with_type(other.get(field.name, field.type)) for field in fields])


def rows_of(schema: pa.Schema, *rows: Row) -> pa.Table:
    """The rows as Arrow; maps and uuids as Python has them."""
    given = [
        {name: list(value.items()) if _mapped(schema, name, value) else value for name, value in row.items()}
        for row in rows
    ]
    return pa.Table.from_pylist([{**row, **_uuid(schema, row)} for row in given], schema=schema)


def _mapped(schema: pa.Schema, name: str, value: Any) -> bool:
    return value is not None and pa.types.is_map(schema.field(name).type)


def _uuid(schema: pa.Schema, row: Row) -> Row:
    return {name: value.bytes for name, value in row.items() if isinstance(value, UUID)}


def renamed(rows: Sequence[Row], **names: str) -> list[Row]:
    """The rows with other names for some columns."""
    return [{names.get(name, name): value for name, value in row.items()} for row in rows]
