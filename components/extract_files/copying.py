"""The rows of a table's files, typed and written, or rejected with a reason."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import fs

from components.extract_files.choose import Chosen, Part
from components.extract_files.read import batches
from components.extract_files.typed import Column, engine_type, unfit, value
from components.shell.as_json import as_json
from components.shell.counts import counted
from components.shell.datasets import write_dataset
from components.shell.engine import engine, lent, streamed
from components.shell.errors import ContractError
from components.shell.extracts import REJECTED, Extracted, Places

MEMORY = "512MB"
"""What the engine may hold: rows only pass through it."""
_GIVEN = "given"


@dataclass
class Copying:
    """Copies tables one after the other; `rejects` are the files with rows that did not fit."""

    filesystem: fs.FileSystem
    places: Places
    timezone: str
    rejects: list[str] = field(default_factory=list)
    _read: int = 0
    _rejected: int = 0

    def table(self, table: Chosen) -> Extracted:
        """The table as it was written.

        Raises:
            ContractError: its files are broken, or rows were lost.
        """
        self._read = self._rejected = 0
        manifest = write_dataset(self.places.raw / table.name, table.arrow, self._kept(table))
        if self._read != manifest.rows + self._rejected:
            held = manifest.rows + self._rejected
            raise ContractError(
                f"of {counted(self._read, 'row')} of {table.name} that came, {held:,} are accounted for"
            )
        types = {column.name: column.type_text for column in table.columns}
        absent = not table.origin.files
        return Extracted(table.name, table.origin.asked.source, types, table.missing, manifest, absent=absent)

    def _kept(self, table: Chosen) -> Iterator[pa.RecordBatch]:
        """The rows that fit, while those that do not are written elsewhere."""
        if not any(column.source for column in table.columns):
            counted_rows = (batch.num_rows for part in table.parts for batch in self._counted(part))
            yield from (_nulls(rows, table.arrow) for rows in counted_rows)
            return
        with engine(MEMORY) as backend, self._rejecting() as reject:
            # What has no zone is read in that of the connection.
            backend.begin(lambda connection: connection.execute(f"SET TimeZone = '{self.timezone}'"))
            # UUIDs come back as such, not as texts.
            backend.begin(lambda connection: connection.execute("SET arrow_lossless_conversion = true"))
            for part in table.parts:
                with lent(backend, _GIVEN, part.read, self._counted(part)):
                    for batch in streamed(backend, backend.compile(_made(table.name, part))):
                        yield _typed(reject(batch), table.arrow)

    def _counted(self, part: Part) -> Iterator[pa.RecordBatch]:
        for batch in batches(self.filesystem, part.files, part.read):
            self._read += batch.num_rows
            yield batch

    @contextmanager
    def _rejecting(self) -> Iterator[Callable[[pa.RecordBatch], pa.RecordBatch]]:
        """What takes out of batches the rows that do not fit, and writes them to a file; it is made for the first."""
        with ExitStack() as stack:
            writer: list[pq.ParquetWriter] = []

            def fitting(batch: pa.RecordBatch) -> pa.RecordBatch:
                if batch.column(0).null_count == batch.num_rows:
                    return batch
                if not writer:
                    self.rejects.append(f"part-{len(self.rejects):05d}.parquet")
                    path = self.places.rejected / self.rejects[-1]
                    writer.append(stack.enter_context(pq.ParquetWriter(path, REJECTED, compression="zstd")))
                fits = pc.is_null(batch.column(0))
                odd = batch.filter(pc.invert(fits)).select(range(len(REJECTED)))
                writer[0].write_batch(_typed(odd, REJECTED))
                self._rejected += odd.num_rows
                return batch.filter(fits)

            yield fitting


def _nulls(rows: int, schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(rows, kind) for kind in schema.types], schema=schema)


def _made(table: str, part: Part) -> ir.Table:
    """What was wrong with each row, for the rejected rows, and its values in the types that are asked for."""
    given = ibis.table({field.name: engine_type(field.type) for field in part.read}, _GIVEN)
    # With a blank in front, so that no column of a source is called alike.
    names = [f" {number}" for number in range(len(part.columns))]
    typed = given.mutate(**{name: _value(given, column) for name, column in zip(names, part.columns, strict=True)})
    there = [(name, column) for name, column in zip(names, part.columns, strict=True) if column.source]
    odd = [(unfit(typed[column.source], typed[name]), column) for name, column in there if column.may_be_unfit]
    wrong = _first([(is_odd, column.name) for is_odd, column in odd])
    why = _first([(is_odd, f"no {column.stated}") for is_odd, column in odd])
    row = as_json(ibis.struct({column.name: typed[column.source] for _, column in there}))
    return typed.select(
        wrong.notnull().ifelse(table, ibis.null("string")).name(" table"),
        wrong.name(" column"),
        why.name(" reason"),
        wrong.notnull().ifelse(row, ibis.null("string")).name(" row"),
        *names,
    )


def _first(cases: Sequence[tuple[ir.BooleanValue, str]]) -> ir.Value:
    """The text of the first case that holds, null where none does."""
    none = ibis.null("string")
    return ibis.cases(*cases, else_=none) if cases else none


def _value(given: ir.Table, column: Column) -> ir.Value:
    # What is null in all rows is given its type where it is written.
    return value(column, given[column.source]) if column.source else ibis.null("boolean")


def _typed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The last columns of the batch, as the schema has them."""
    columns = batch.columns[-len(schema) :]
    # Nulls alone need no cast, and to some types there is none.
    arrays = [
        pa.nulls(len(column), field.type) if column.null_count == len(column) else column.cast(field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
