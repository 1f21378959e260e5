"""The rows of the run before, read from the table as they were."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from components.iceberg.catalog import read_table, translated
from components.iceberg.planning import at
from components.iceberg.receipts import receipts
from components.iceberg.scan import Selection, scan
from components.iceberg.tables import parse_definition
from components.shell.instants import format_instant

if TYPE_CHECKING:
    from pyiceberg.table import Table


@dataclass(frozen=True)
class Previous:
    """A snapshot of the table, and what a person calls it."""

    table: "Table"
    snapshot_id: int
    name: str

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Its rows, with those of the columns that it has."""
        known = at(self.table, self.snapshot_id).schema().column_names
        present = tuple(name for name in columns if name in known)
        with translated():
            yield from scan(self.table, self.snapshot_id, Selection(present)).batches()


def last_run(definition: Mapping[str, Any], pipeline: str, run_key: str) -> Previous | None:
    """The newest snapshot that the pipeline has committed under another key; None where there is none any more."""
    table = read_table(parse_definition(definition).name)
    for receipt in receipts(table, pipeline):
        if receipt.run_key != run_key and table.snapshot_by_id(receipt.snapshot_id) is not None:
            name = f"run of {format_instant(receipt.as_of)}, snapshot {receipt.snapshot_id}"
            return Previous(table, receipt.snapshot_id, name)
    return None
