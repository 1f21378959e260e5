"""`python -m components.read_iceberg.baseline`: what a contract's rules on change and references are held against."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.table import Table

from components.iceberg.catalog import translated
from components.iceberg.receipts import PREFIX
from components.iceberg.scan import Selection, scan, snapshot_of
from components.iceberg.tables import parse_definition
from components.read_iceberg.read import Request, find, read
from components.shell import step
from components.shell.baseline import PREVIOUS, Baseline, keys_of
from components.shell.datasets import write_dataset
from components.shell.schema import Change, Contract, Drift, References
from components.shell.summary import Summary


def main(*, contract: dict[str, Any], table: dict[str, Any], pipeline: str, baseline: Path, summary: Path) -> None:
    """Read what a contract's rules on change, drift and references are held against."""
    name = parse_definition(table).name
    baseline.mkdir(parents=True, exist_ok=True)
    found = look(Contract.parse(contract), name, pipeline, baseline)
    found.write()
    told = f"{found.rows} rows, snapshot {found.snapshot}" if found.rows is not None else "nothing committed before"
    print(f"{name}: {told}; keys of {', '.join(found.keys) or 'no table'}")
    Summary(details={"rows": found.rows, "snapshot_id": found.snapshot, "keys": list(found.keys)}).write(summary)


def look(contract: Contract, name: str, pipeline: str, directory: Path) -> Baseline:
    """The baseline of the contract for the pipeline's table `name`, its keys written to `directory`.

    Raises:
        ConfigurationError: another table does not exist, or lacks a column.
        TransientError: store or catalog do not answer.
    """
    keys = []
    for rule in contract.beyond:
        if isinstance(rule, References) and keys_of(rule) not in keys:
            keys.append(keys_of(rule))
            read(Request(rule.table, columns=tuple(rule.to)), directory / keys[-1])
    with translated():
        table = find(name)
        snapshot = snapshot_of(table, None) if table else None
        if table is None or snapshot is None:
            return Baseline(directory, keys=keys)
        for rule in contract.beyond:
            if isinstance(rule, Change) and rule.key:
                found = scan(table, snapshot, Selection(tuple(rule.key)))
                write_dataset(directory / PREVIOUS, found.schema, found.batches())
                keys.append(PREVIOUS)
        drifting = [rule.column for rule in contract.beyond if isinstance(rule, Drift)]
        means = {column: _mean(table, snapshot, column) for column in drifting}
    return Baseline(directory, committed_rows(table, pipeline), str(snapshot), means, keys)


def committed_rows(table: Table, pipeline: str) -> int | None:
    """The rows that the pipeline's last commit brought; those of the whole table where none of its commits is left."""
    snapshot = table.current_snapshot()
    total = (
        int(snapshot.summary.additional_properties.get("total-records", 0)) if snapshot and snapshot.summary else None
    )
    while snapshot is not None:
        said = snapshot.summary.additional_properties if snapshot.summary else {}
        if said.get(f"{PREFIX}pipeline") == pipeline and f"{PREFIX}rows" in said:
            return int(said[f"{PREFIX}rows"])
        snapshot = table.snapshot_by_id(snapshot.parent_snapshot_id) if snapshot.parent_snapshot_id else None
    return total


def _mean(table: Table, snapshot: int, column: str) -> float | None:
    """The mean of the known values, of a yes-no column the share of yes; None where there are none."""
    if column not in table.schema().column_names:
        return None
    total, known = 0.0, 0
    for values in _known(table, snapshot, column):
        total += pc.sum(values).as_py() or 0
        known += len(values)
    return total / known if known else None


def _known(table: Table, snapshot: int, column: str) -> Iterator[pa.Array]:
    for batch in scan(table, snapshot, Selection((column,))).batches():
        values = batch.column(0).drop_null().cast(pa.float64())
        yield values.filter(pc.invert(pc.is_nan(values)))


if __name__ == "__main__":
    step.run(main)
