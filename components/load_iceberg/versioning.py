"""A load of versions: a state split by bucket, held against what the table has, committed with what differs."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import FileScanTask, Table

from components.iceberg import commits
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.commits import Outcome, outcome
from components.iceberg.conform import conform, target_schema
from components.iceberg.details import details_text
from components.iceberg.naming import name_of
from components.iceberg.planning import files_of
from components.iceberg.receipts import Receipt
from components.iceberg.scan import Scan, Selection, small
from components.iceberg.staging import Staging, split
from components.iceberg.tables import TableDefinition
from components.iceberg.unfit import Tally, fit, tally_json
from components.iceberg.versions import NAMES, VALID_TO
from components.load_iceberg.commit import done_before
from components.load_iceberg.conform import fitted_batches
from components.load_iceberg.differing import INSTANT, Rules, difference, positions
from components.load_iceberg.load import rejected, require_all
from components.shell.errors import ConfigurationError
from components.shell.summary import Summary

if TYPE_CHECKING:
    from pyiceberg.manifest import DataFile

STEP = "versions"


@dataclass
class State:
    """A state that has been split: a file for each bucket, keys of rows that do not fit the table, and why not.

    `attempt` is the mark of the files that were written last for a commit of it.
    """

    directory: Path
    refused: pa.Table
    unfit: Tally = field(default_factory=Counter)
    rows: int = 0
    attempt: str = ""

    def bucket(self, number: int, schema: pa.Schema) -> pa.Table:
        """The rows of one bucket."""
        path = self.directory / f"{number}.parquet"
        return pq.read_table(path).cast(schema) if path.exists() else schema.empty_table()

    @property
    def buckets(self) -> set[int]:
        """Which buckets have rows."""
        return {int(path.stem) for path in self.directory.glob("*.parquet")}


@dataclass(frozen=True)
class Load:
    """A load to be done: table, receipt, what makes versions differ, and the summaries of the steps before."""

    definition: TableDefinition
    receipt: Receipt
    rules: Rules
    summaries: Mapping[str, Summary] = field(default_factory=dict)


def load(request: Load, rows: Path) -> Outcome:
    """The outcome of bringing the versions of a table up to the state in the dataset `rows`, which is that at `as_of`.

    In one commit versions end whose key has changed or is gone, and those begin that are new, changed or come back.
    Files without a key that changes stay as they are. Where nothing differs, the receipt alone is committed: the table
    is then known to be up to date. Repeated, doubled or killed at any moment and repeated, it makes each version once.

    Raises:
        ContractError: the rows do not fit the table, or a key is there twice; nothing has changed.
        ConfigurationError, SupersededError, TransientError, OutcomeUnknownError: as in `load_iceberg.load.load`.
    """
    catalog, name = open_catalog(), request.definition.name
    table = load_table(catalog, name)
    if done := done_before(table, request.definition, request.receipt):
        return done
    with tempfile.TemporaryDirectory(prefix="versions-") as scratch:
        state = split_state(table, rows, request, Path(scratch))
        filled = replace(request.receipt, unfit=tally_json(state.unfit))
        require_all(rows, state.rows + rejected(filled))
        work = commits.Work(
            name,
            filled.run_key,
            done=lambda now: done_before(now, request.definition, replace(filled, attempt=state.attempt)),
            attempt=lambda now: _attempt(now, replace(request, receipt=filled), state),
        )
        return commits.commit(catalog, work)


def split_state(table: Table, rows: Path, request: Load, directory: Path) -> State:
    """The rows of the dataset in a file per bucket below `directory`; memory stays at a batch.

    Raises:
        ContractError: columns or types differ from the table's, or a value is null where none may be.
    """
    key = list(request.rules.key)
    own = table.schema().select(*(name for name in table.schema().column_names if name not in NAMES))
    refused = [small(schema_to_pyarrow(own.select(*key), include_field_ids=False)).empty_table()]
    state = State(directory, refused[0])
    with ExitStack() as stack:
        writers: dict[int, pq.ParquetWriter] = {}
        for fitted in fitted_batches(rows, own, dict(request.definition.unfit)):
            state.unfit.update(fitted.tally)
            state.rows += fitted.rows.num_rows
            if fitted.rejected is not None:
                named = fit(
                    fitted.rejected.select(key), pa.schema([fitted.rows.schema.field(name) for name in key]), {}
                )
                refused.append(pa.Table.from_batches([named.rows.select(key)]).cast(refused[0].schema))
            for number, part in _by_bucket(table, fitted.rows):
                if number not in writers:
                    path = directory / f"{number}.parquet"
                    writers[number] = stack.enter_context(pq.ParquetWriter(path, part.schema))
                writers[number].write_batch(part)
    state.refused = pa.concat_tables(refused).group_by(key).aggregate([])
    return state


def _by_bucket(table: Table, rows: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
    for key, part in split(rows, table):
        yield _bucket(key.partition[0] if key else 0), part


def _bucket(value: object) -> int:
    return int(str(value))


def _attempt(table: Table, request: Load, state: State) -> Outcome:
    with Staging(table, request.receipt.run_key) as staging, commits.discarded(staging):
        changes, state.attempt = _Changes(table, request, state), staging.attempt
        # So that what has ended once is neither read nor written again, however long the history grows.
        files = staging.write(changes.batches(), apart=VALID_TO)
        receipt = replace(
            request.receipt,
            rows=state.rows,
            attempt=staging.attempt,
            details=details_text(
                {**request.summaries, STEP: Summary(state.rows, changes.counts["added"], details=changes.counts)}
            ),
        )
        receipt = commits.replace_files(table, receipt, changes.old, files)
    return outcome(table, receipt, already=False)


class _Changes:
    """What a state changes in a table as it is, bucket by bucket: files that go, rows in their place, and counts."""

    def __init__(self, table: Table, request: Load, state: State) -> None:
        self._table, self._request, self._state = table, request, state
        self.old: list[DataFile] = []
        self.counts: Counter[str] = Counter()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows of all files to be written; the other attributes are complete when it has ended."""
        tasks = _tasks(self._table)
        for bucket in sorted(self._state.buckets | tasks.keys()):
            for batch in self._bucket(bucket, tasks.get(bucket, [])):
                if batch.num_rows:
                    yield conform(batch, target_schema(self._table.schema(), batch.schema))

    def _bucket(self, bucket: int, tasks: Sequence[FileScanTask]) -> Iterator[pa.RecordBatch]:
        current, whereabouts = _open(self._table, tasks)
        own = pa.schema([each for each in current.schema if each.name not in NAMES])
        state = self._state.bucket(bucket, own)
        diff = difference(state, current, self._state.refused, self._request.rules, self._request.receipt.as_of)
        self.counts.update({**diff.counts, "added": diff.added.num_rows})
        for number, task in enumerate(tasks):
            ended, undone = (_in_file(whereabouts, some, number) for some in (diff.ended, diff.undone))
            if len(ended) or len(undone):
                self.old.append(task.file)
                yield from _rewritten(self._table, task, ended, undone, self._request)
        yield from diff.added.combine_chunks().to_batches()


def _tasks(table: Table) -> dict[int, list[FileScanTask]]:
    """The table's files by bucket.

    Raises:
        ConfigurationError: one is partitioned in another way.
    """
    by_bucket: dict[int, list[FileScanTask]] = {}
    for task in files_of(table):
        if task.file.spec_id != table.spec().spec_id:
            raise ConfigurationError(
                f"a file of table {name_of(table)} is partitioned in another way than the table now is",
                "rewrite its files with the engine that has changed the partitioning",
            )
        by_bucket.setdefault(_bucket(task.file.partition[0]), []).append(task)
    return by_bucket


def _open(table: Table, tasks: Sequence[FileScanTask]) -> tuple[pa.Table, pa.Table]:
    """The versions without an end in these files, and of each its `file` and `position` in it."""
    schema = Scan(table, Selection(), [], table.schema()).schema
    rows, where = [schema.empty_table()], [_WHERE.empty_table()]
    for number, task in enumerate(tasks):
        for first, batch in () if _all_ended(table, task) else _rows(table, task):
            standing = pc.is_null(batch.column(VALID_TO))
            rows.append(pa.Table.from_batches([batch.filter(standing)], schema))
            position = positions(batch.num_rows, first).filter(standing)
            where.append(pa.table([pa.repeat(pa.scalar(number, pa.int64()), len(position)), position], schema=_WHERE))
    return pa.concat_tables(rows).combine_chunks(), pa.concat_tables(where).combine_chunks()


def _all_ended(table: Table, task: FileScanTask) -> bool:
    """Whether the manifest shows that no version in the file stands; most files are such after a while."""
    return (task.file.null_value_counts or {}).get(table.schema().find_field(VALID_TO).field_id) == 0


_WHERE = pa.schema({"file": pa.int64(), "position": pa.int64()})


def _rows(table: Table, task: FileScanTask) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of a file in batches, each with the position of its first row: the same whenever they are read."""
    first = 0
    for batch in Scan(table, Selection(), [task], table.schema()).batches():
        yield first, batch
        first += batch.num_rows


def _in_file(whereabouts: pa.Table, some: pa.Array, number: int) -> pa.Array:
    """Where in the file those of the open versions are."""
    chosen = whereabouts.take(some)
    return pa.concat_arrays([_EMPTY, *chosen.filter(pc.equal(chosen["file"], number))["position"].chunks])


_EMPTY = pa.array([], pa.int64())


def _rewritten(
    table: Table, task: FileScanTask, ended: pa.Array, undone: pa.Array, request: Load
) -> Iterator[pa.RecordBatch]:
    """The rows of a file, with an end for those that end, and without those that are undone."""
    at = pa.scalar(request.receipt.as_of, INSTANT)
    for first, batch in _rows(table, task):
        position = positions(batch.num_rows, first)
        column = batch.schema.get_field_index(VALID_TO)
        until = pc.if_else(pc.is_in(position, ended), at, batch.column(column))
        batch = batch.set_column(column, batch.schema.field(column), until)  # noqa: PLW2901 - the same, but for an end
        yield batch.filter(pc.invert(pc.is_in(position, undone)))
