"""A commit that happens once, whatever becomes of its answer."""

import json
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from components.connect.endpoints import runs_url
from components.connect.postgres import session, set_locally
from components.iceberg.catalog import load_table, read_table, store_error
from components.iceberg.overwrite import swap
from components.iceberg.receipts import Receipt, carry
from components.iceberg.staging import Staging, last_sweep
from components.iceberg.tables import TableDefinition, differences
from components.shell.errors import ConfigurationError, OutcomeUnknownError, StepError, SupersededError, TransientError
from components.shell.files import write_atomically, write_parameter
from components.shell.names import CATALOG

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog
    from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
log = logging.getLogger("commit")

_ATTEMPTS = 20
# Seconds between the looks at a catalog that went away in the middle of a commit; a restart of Postgres takes a few.
_LOOKS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
# Seconds that a commit under way is waited for when its outcome is asked for.
_LOCK_SECONDS = 30.0
_LOCK = "SELECT 1 FROM iceberg_tables WHERE catalog_name = %s AND table_namespace = %s AND table_name = %s FOR UPDATE"


@dataclass(frozen=True)
class Outcome:
    """The receipt of the snapshot that holds the rows, that snapshot's summary, and whether it was there before."""

    receipt: Receipt
    summary: Mapping[str, str]
    already: bool


def outcome(table: Table, receipt: Receipt, *, already: bool) -> Outcome:
    """The outcome whose receipt is `receipt`."""
    snapshot = table.snapshot_by_id(receipt.snapshot_id)
    # An expired snapshot leaves no more than its receipt.
    summary = snapshot.summary.additional_properties if snapshot and snapshot.summary else receipt.properties()
    return Outcome(receipt, {**summary, "snapshot-id": str(receipt.snapshot_id)}, already)


def hand_on(done: Outcome, snapshot_id: Path, receipt: Path) -> None:
    """Write what the steps that follow take of a commit: the snapshot's number, and its summary as JSON."""
    write_parameter(snapshot_id, done.receipt.snapshot_id)
    write_atomically(receipt, json.dumps(done.summary, indent=2, sort_keys=True).encode())


def described(table: str, done: Outcome) -> dict[str, Any]:
    """The commit as a step's own summary reports it."""
    snapshot, key = str(done.receipt.snapshot_id), done.receipt.run_key
    return {"table": table, "snapshot_id": snapshot, "already_done": done.already, "run_key": key}


def require_fit(table: Table, definition: TableDefinition) -> None:
    """Nothing, if the table is what the definition says.

    Raises:
        ConfigurationError: it is not, or it lets pyiceberg try a commit again.
    """
    if differing := differences(definition, table.schema(), table.spec()):
        raise ConfigurationError(
            f"table {definition.name} and its definition differ: {differing[0]}",
            "start a new run, which makes the table fit",
        )
    if table.properties.get("commit.retry.num-retries") != "0":
        problem = f"table {definition.name} lacks commit.retry.num-retries=0, without which a load may land twice"
        raise ConfigurationError(problem, "start a new run, which sets it")


def replace_files(table: Table, load: Receipt, old: Sequence[DataFile], new: Sequence[DataFile]) -> Receipt:
    """The receipt of a new snapshot that no longer has the files `old`, has `new`, and carries what `load` says."""
    with table.transaction() as transaction:
        receipt = replace(load, snapshot_id=swap(table, transaction, load.properties(), old, new))
        if properties := carry(table, receipt):
            transaction.set_properties(properties)
    return receipt


@dataclass(frozen=True)
class Work(Generic[T]):
    """A commit to be made: its table and key, how to see that it is done, and how to try it.

    `done` gives the outcome where the table holds the work already, else None; `attempt` commits to the given state of
    the table, and raises pyiceberg's CommitFailedException or ValidationException where somebody else was faster.
    `swept` names the last sweep of the table that was known before the first file of the work was written: a later one
    may have taken files that no snapshot named yet, if the writer slept that long. None where that cannot be.
    `take_back` removes what was stored for the work. It is called where this commit has certainly not happened: never
    once an answer was lost, for others may then have replaced what a snapshot still names. The next sweep takes strays.
    """

    table: str
    run_key: str
    done: Callable[[Table], T | None]
    attempt: Callable[[Table], T]
    swept: str | None = None
    take_back: Callable[[], None] = lambda: None


def commit(catalog: "SqlCatalog", work: Work[T]) -> T:
    """The outcome of the work, committed here or found done.

    Others may commit at the same time: whoever comes second looks again at what the table then holds.

    Raises:
        ConfigurationError, SupersededError: as `done` raises them.
        TransientError: store or catalog failed, or others kept committing; nothing has changed.
        OutcomeUnknownError: the connection was lost at the commit and the catalog cannot be asked what became of it.
    """
    from sqlalchemy.exc import DBAPIError

    try:
        with taken_back(work.take_back):
            return _committed(catalog, work)
    except DBAPIError as error:
        return _resolve(work, error)


def _committed(catalog: "SqlCatalog", work: Work[T]) -> T:
    name = work.table
    for attempt in range(1, _ATTEMPTS + 1):
        table = load_table(catalog, name)
        if done := work.done(table):
            work.take_back()
            return done
        _refuse_swept(work, table)
        try:
            return work.attempt(table)
        except (CommitFailedException, ValidationException) as error:
            log.info("somebody else has just committed to %s: %s", name, error)
            time.sleep(random.uniform(0.02, 0.1) * min(attempt, 10))  # noqa: S311 - no secret, only a spread
    raise TransientError(f"others kept committing to {name} during {_ATTEMPTS} tries", "try again")


@contextmanager
def discarded(staging: Staging) -> Iterator[None]:
    """Discard what is staged where a try of a commit inside fails: others were faster, or store or rows are not right.

    The store is spoken to only before the catalog's compare-and-swap, so nothing has been committed then.

    Raises:
        ConfigurationError, TransientError: the store refuses or does not answer.
    """
    try:
        yield
    except (CommitFailedException, ValidationException, StepError):
        staging.discard()
        raise
    except OSError as error:
        staging.discard()
        raise store_error(error) from error


@contextmanager
def taken_back(take_back: Callable[[], None]) -> Iterator[None]:
    """Call `take_back` where a step's error ends what is inside, so that what was stored for it goes; it goes on.

    The whole of `commit` never lies inside: it takes back what may be (`Work`), and its errors do not say what that is.
    """
    try:
        yield
    except StepError:
        take_back()
        raise


def _refuse_swept(work: Work[T], table: Table) -> None:
    """Nothing, if all files are certainly still there; a sweep that comes after this makes the commit itself fail."""
    if work.swept is not None and last_sweep(table) != work.swept:
        raise TransientError(f"{work.table} was swept while files for it were written: some may be gone", "try again")


def _resolve(work: Work[T], error: "DBAPIError") -> T:
    """The outcome of a commit whose answer was lost, found over a new connection.

    Raises:
        TransientError: the catalog says that it was not committed.
        SupersededError: so it does, and somebody else was faster.
        OutcomeUnknownError: the catalog does not answer.
    """
    log.warning("the answer to the commit was lost, looking for its receipt: %s", " ".join(str(error.orig).split()))
    for pause in _LOOKS:
        time.sleep(pause)
        try:
            outcome = _look(work)
        except SupersededError:
            raise
        except StepError as unreachable:
            log.warning("the catalog cannot be asked: %s", unreachable)
            continue
        if outcome is None:
            raise TransientError(
                "the connection to the catalog was lost and nothing was committed", "try again"
            ) from error
        return outcome
    raise OutcomeUnknownError(
        f"the connection was lost while {work.run_key} was committed to {work.table}; the catalog does not answer",
        "run it again once the catalog answers: it finds out by itself whether its work is done",
    ) from error


def _look(work: Work[T]) -> T | None:
    namespace, _, name = work.table.rpartition(".")
    # A commit that the server still works on holds the row; until it has ended nothing can be said.
    with session(runs_url()) as connection, connection.cursor() as cursor:
        set_locally(connection, {"lock_timeout": f"{_LOCK_SECONDS}s"})
        cursor.execute(_LOCK, (CATALOG, namespace, name))
    return work.done(read_table(work.table))
