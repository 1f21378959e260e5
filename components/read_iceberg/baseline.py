"""`python -m components.read_iceberg.baseline`: what a contract's rules on change and references are held against."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.table import Table

from components.iceberg.catalog import translated
from components.iceberg.scan import Scan, scan
from components.iceberg.tables import parse_definition
from components.read_iceberg.previous import Comparing, Previous, previous
from components.read_iceberg.read import Request, find, read
from components.shell import step
from components.shell.baseline import PREVIOUS, Baseline, keys_of
from components.shell.counts import counted
from components.shell.datasets import write_dataset
from components.shell.schema import Change, Contract, Drift, References
from components.shell.summary import Summary


def main(*, contract: dict[str, Any], table: dict[str, Any], run: Comparing, baseline: Path, summary: Path) -> None:
    """Read what a contract's rules on change, drift and references are held against."""
    definition = parse_definition(table)
    run = replace(run, time_column=run.time_column or definition.interval_column)
    baseline.mkdir(parents=True, exist_ok=True)
    compared = look(Contract.parse(contract), definition.name, run, baseline)
    compared.write()
    text = (
        f"{counted(compared.rows, 'row')} of {compared.name}"
        if compared.rows is not None
        else "nothing committed before"
    )
    print(f"{definition.name}: {text}; keys of {', '.join(compared.keys) or 'no table'}")
    Summary(details={"rows": compared.rows, "previous": compared.name, "keys": list(compared.keys)}).write(summary)


def look(contract: Contract, name: str, run: Comparing, directory: Path) -> Baseline:
    """The baseline of the contract for a run that fills the table `name`, its keys written to `directory`.

    Raises:
        ConfigurationError: another table does not exist or lacks a column, or the run's parameters make no sense.
        TransientError: store or catalog do not answer.
    """
    keys = []
    for rule in contract.beyond:
        if isinstance(rule, References) and keys_of(rule) not in keys:
            keys.append(keys_of(rule))
            read(Request(rule.table, columns=tuple(rule.to)), directory / keys[-1])
    with translated():
        table = find(name)
        last = previous(table, run) if table else None
        if table is None or last is None:
            return Baseline(directory, keys=keys)
        for rule in contract.beyond:
            if isinstance(rule, Change) and rule.key:
                rows = _scan(table, last, *rule.key)
                write_dataset(directory / PREVIOUS, rows.schema, rows.batches())
                keys.append(PREVIOUS)
        drifting = [rule.column for rule in contract.beyond if isinstance(rule, Drift)]
        means = {column: _mean(table, last, column) for column in drifting}
    return Baseline(directory, last.rows, last.name, means, keys)


def _scan(table: Table, last: Previous, *columns: str) -> Scan:
    return scan(table, last.snapshot, replace(last.selection, columns=columns))


def _mean(table: Table, last: Previous, column: str) -> float | None:
    """The mean of the known values, of a yes-no column the share of yes; None where there are none."""
    if column not in table.schema().column_names:
        return None
    total, known = 0.0, 0
    for values in _known(table, last, column):
        total += pc.sum(values).as_py() or 0
        known += len(values)
    return total / known if known else None


def _known(table: Table, last: Previous, column: str) -> Iterator[pa.Array]:
    for batch in _scan(table, last, column).batches():
        values = batch.column(0).drop_null().cast(pa.float64())
        yield values.filter(pc.invert(pc.is_nan(values)))


if __name__ == "__main__":
    step.run(main)
