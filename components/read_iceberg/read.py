"""A table's rows as a dataset: the table found, the snapshot fixed, the rows streamed."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import Table

from components.iceberg.catalog import find_table, open_catalog, translated
from components.iceberg.receipts import before
from components.iceberg.scan import Scan, Selection, scan, small, snapshot_of
from components.iceberg.tables import iceberg_schema, parse_definition
from components.shell.counts import counted
from components.shell.datasets import write_dataset
from components.shell.errors import ConfigurationError
from components.shell.instants import parse_instant
from components.shell.missing import FILL
from components.shell.names import CATALOG
from components.shell.progress import report
from components.shell.summary import Summary

_IF_MISSING = ("fail", "empty")


@dataclass(frozen=True)
class Request:
    """What is asked for, as the step's arguments have it; texts may be empty."""

    table: str
    snapshot_id: str = ""
    columns: Sequence[Any] = ()
    time_column: str = ""
    start: str = ""
    end: str = ""
    where: Mapping[str, Any] | None = None
    if_missing: str = "fail"
    before: str = ""
    standing: str = ""

    @property
    def selection(self) -> Selection:
        """The rows and columns asked for.

        Raises:
            ConfigurationError: a bound is no instant, or a column or condition is no text.
        """
        texts = [*self.columns, *(self.where or {}).values()]
        if wrong := next((text for text in texts if not isinstance(text, str)), None):
            raise ConfigurationError(f"columns and where hold texts, not {wrong!r}", "correct the parameter")
        names = tuple(str(column).partition(" ")[0] for column in self.columns)
        bounds = (_instant(self.start), _instant(self.end))
        return Selection(names, self.time_column, *bounds, dict(self.where or {}), _instant(self.standing))


@dataclass(frozen=True)
class Outcome:
    """The snapshot that was read (empty for none), the figures, and a sentence about both."""

    snapshot: str
    summary: Summary
    sentence: str


def read(request: Request, rows: Path) -> Outcome:
    """What was read of the table and written to the dataset `rows`.

    Raises:
        ConfigurationError: table or column do not exist, or a parameter makes no sense.
        SourceGoneError: the snapshot has expired.
        TransientError: store or catalog do not answer.
    """
    if request.if_missing not in _IF_MISSING:
        raise ConfigurationError(f"if_missing is '{request.if_missing}'", f"give one of {', '.join(_IF_MISSING)}")
    if request.before and request.snapshot_id:
        raise ConfigurationError("both before and snapshot_id name a snapshot", "leave out one of them")
    selection = request.selection
    wanted = _snapshot_id(request.snapshot_id)
    with translated():
        table = find(request.table)
        if table is None:
            return _nothing(request, rows)
        snapshot = before(table, request.before) if request.before else snapshot_of(table, wanted)
        scanned = scan(table, snapshot, selection)
        manifest = write_dataset(rows, scanned.schema, _reported(scanned))
    details = {
        "table": request.table,
        "snapshot_id": str(snapshot or ""),
        "files": len(scanned.tasks),
        "filtered": {"outside_selection": scanned.rows - manifest.rows},
    }
    summary = Summary(rows_in=scanned.rows, rows_out=manifest.rows, details=details)
    text = f"{counted(manifest.rows, 'row')} of snapshot {snapshot}" if snapshot else "empty"
    return Outcome(str(snapshot or ""), summary, f"{request.table}: {text}")


def _reported(rows: Scan) -> Iterator[pa.RecordBatch]:
    for number, task in enumerate(rows.tasks, 1):
        yield from rows.batches([task])
        report(number, len(rows.tasks))


def find(name: str) -> Table | None:
    """The table of that name, None where there is none.

    Raises:
        ConfigurationError: it is no name of a table.
    """
    if "." not in name or not all(part.strip() for part in name.split(".")):
        raise ConfigurationError(f"'{name}' is no name of a table", "write it as namespace.table")
    return find_table(name)


def _nothing(request: Request, rows: Path) -> Outcome:
    """No rows, where a missing table may mean that.

    Raises:
        ConfigurationError: it may not, or the columns tell no types.
    """
    if request.if_missing == "fail":
        near = difflib.get_close_matches(request.table, _known(), n=1)
        todo = f"{f'did you mean {near[0]}? Else ' if near else ''}{FILL}, or give if_missing 'empty'"
        raise ConfigurationError(f"table {request.table} does not exist in catalog '{CATALOG}'", todo)
    untyped = next((column for column in request.columns if " " not in column), None)
    if untyped or not request.columns:
        raise ConfigurationError(
            f"table {request.table} does not exist, and the type of its columns is not known",
            "write columns as a definition does, such as 'image_id string!'",
        )
    definition = parse_definition({"name": request.table, "columns": list(request.columns)})
    write_dataset(rows, small(schema_to_pyarrow(iceberg_schema(definition), include_field_ids=False)), [])
    details = {"table": request.table, "snapshot_id": "", "files": 0, "missing": True}
    return Outcome("", Summary(details=details), f"{request.table} does not exist: no rows")


def _known() -> list[str]:
    catalog = open_catalog()
    try:
        with translated():
            return [".".join(table) for space in catalog.list_namespaces() for table in catalog.list_tables(space)]
    except NoSuchTableError:
        return []


def _snapshot_id(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal():
        raise ConfigurationError(
            f"--snapshot-id must be a number, not '{text[:50]}'", "leave it out for the current one"
        )
    return int(text)


def _instant(text: str) -> datetime | None:
    return parse_instant(text) if text.strip() else None
