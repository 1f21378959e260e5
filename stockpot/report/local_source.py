"""What pictures of a local run are drawn from: the datasets that its steps have left, and the tables of its home."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.shell.datasets import MANIFEST, files
from components.shell.errors import StepError
from components.shell.schema.pictures import KINDS
from components.shell.summary import is_off
from stockpot.local.records import COMMAND, Run, TaskRecord, run_directory
from stockpot.local.services import Wanted as Services
from stockpot.local.services import held, in_use
from stockpot.report.pictures.source import Commit, Wanted

if TYPE_CHECKING:
    from pyiceberg.table import Table

_ROWS = "--rows"


class LocalSource:
    """The rows of a run that was carried out on this machine.

    `reachable` says whether the catalog's address is in the environment.
    """

    def __init__(self, run: Run, directory: Path, *, reachable: bool) -> None:
        self._directory = directory
        self._reachable = reachable
        self._loads = {table: task for task in run.tasks if _is_load(task) for table in loaded(task)}

    def rows(self, table: str) -> Any | None:
        """What the run has committed to the table, as the step before left it; None where it has not come so far."""
        import pyarrow.dataset as ds

        path = self.dataset_path(table)
        return ds.dataset(files(path), format="parquet") if path else None

    def is_loaded(self, table: str) -> bool:
        """Whether a step of the run has committed to the table."""
        return table in self._loads

    def dataset_path(self, table: str) -> Path | None:
        """Where the dataset lies that was committed to the table."""
        load = self._loads.get(table)
        if load is None:
            return None
        words = json.loads((self._directory / "steps" / load.id / COMMAND).read_bytes())
        flag = load.details.get("datasets", {}).get(table, _ROWS)
        if flag not in words:
            return None
        # The home may have moved since.
        *_, step, outputs, name = Path(words[words.index(flag) + 1]).parts
        path = self._directory / "steps" / step / outputs / name
        return path if (path / MANIFEST).is_file() else None

    def history(self, table: str, wanted: Wanted) -> Any | None:
        """What the table held just after the run; None where it cannot be reached, or its snapshot has expired."""
        import pyarrow as pa
        import pyarrow.dataset as ds

        from components.iceberg.scan import Selection, scan

        if (table_and_snapshot := self._tables(table)) is None:
            return None
        iceberg_table, snapshot = table_and_snapshot
        chosen = Selection(wanted.columns, wanted.time, wanted.start, wanted.end, dict(wanted.where))
        scanned = scan(iceberg_table, snapshot, chosen)
        return ds.dataset(pa.RecordBatchReader.from_batches(scanned.schema, scanned.batches()), schema=scanned.schema)

    def commits(self, table: str) -> Sequence[Commit]:
        """The commits of the table up to the run's, the run's first; none where it cannot be reached."""
        from components.iceberg.receipts import ancestors, parse_receipt

        if (table_and_snapshot := self._tables(table)) is None:
            return ()
        iceberg_table, snapshot = table_and_snapshot
        receipts = [
            parse_receipt(one.summary.additional_properties, one.snapshot_id)
            for one in ancestors(iceberg_table, snapshot)
            if one.summary
        ]
        return [Commit(one.as_of, json.loads(one.details or "{}")) for one in receipts if one]

    def _tables(self, name: str) -> "tuple[Table, int] | None":
        """The table and the snapshot that the run has left, if both can be had."""
        load = self._loads.get(name)
        if load is None or not self._reachable:
            return None
        snapshot = int(load.details.get("snapshots", {}).get(name) or load.details.get("snapshot_id") or 0)
        table = self._catalog.load_table(name)
        return (table, snapshot) if table.snapshot_by_id(snapshot) else None

    @cached_property
    def _catalog(self) -> Any:
        from components.iceberg.catalog import open_catalog

        return open_catalog()


def _is_load(task: TaskRecord) -> bool:
    return "receipt" in task.artifacts and "table" in task.details and not is_off(task.details)


def loaded(task: TaskRecord) -> list[str]:
    """The tables that a task has committed; of several its details name the flags that their rows came by."""
    return [str(task.details["table"]), *task.details.get("datasets", {})] if "table" in task.details else []


@contextlib.contextmanager
def local_source(home: Path, run: Run, pictures: Sequence[Mapping[str, Any]]) -> Iterator[LocalSource]:
    """The source of a run's pictures; services are started where it has committed and some look back, else not."""
    is_asked = any(_is_load(task) for task in run.tasks) and _look_back(pictures)
    with _reachable(home) if is_asked else contextlib.nullcontext(False) as reachable:
        yield LocalSource(run, run_directory(home, run.id), reachable=reachable)


@contextlib.contextmanager
def services_held(home: Path, pictures: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """Let the services that a run starts within the block go on until its end, where its pictures need them too."""
    with contextlib.ExitStack() as stack:
        if _look_back(pictures):
            # What is wrong with the home, the run itself says.
            with contextlib.suppress(OSError, StepError):
                stack.enter_context(held(home))
        yield


def _look_back(pictures: Sequence[Mapping[str, Any]]) -> bool:
    return any(KINDS[one["kind"]].looks_back for one in pictures)


@contextlib.contextmanager
def _reachable(home: Path) -> Iterator[bool]:
    """Whether catalog and store are there, by this process's environment, for the time of the block."""
    with contextlib.ExitStack() as stack:
        try:
            endpoints = stack.enter_context(in_use(home, os.environ, Services()))
        except StepError:
            yield False
            return
        stack.enter_context(_environment(endpoints.put_into))
        yield True


@contextlib.contextmanager
def _environment(change: Callable[[MutableMapping[str, str]], None]) -> Iterator[None]:
    """The environment as it is changed, for the time of the block."""
    before = dict(os.environ)
    change(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
