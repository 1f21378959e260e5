"""What a run has committed, as the receipts in its table say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from components.iceberg.catalog import load_table, open_catalog, table_exists
from components.iceberg.details import Committed, of_commit
from components.iceberg.receipts import receipts

if TYPE_CHECKING:
    from components.iceberg.receipts import Receipt


@dataclass(frozen=True)
class Run:
    """A run whose commit is looked for: its name, its instant, its key where that is known, and how it ended."""

    run_id: str
    as_of: datetime
    run_key: str
    succeeded: bool


def committed(name: str, pipeline: str, run: Run) -> Committed | None:
    """What the table of that name holds of the run; None where it holds nothing of it.

    Raises:
        ConfigurationError: catalog or store refuse.
        TransientError: catalog or store do not answer.
    """
    if not name or not table_exists(name):
        return None
    found = own(receipts(load_table(open_catalog(), name), pipeline), run)
    return of_commit(found) if found else None


def own(committed: Sequence["Receipt"], run: Run) -> "Receipt | None":
    """The receipt of the run's work, whoever has done it; None where nobody has.

    A run of a stream has no key to be found by. It is known by its name and, where it found its work done, by its
    instant.
    """
    if run.run_key:
        return next((each for each in committed if each.run_key == run.run_key), None)
    mine = (each for each in committed if each.run_id == run.run_id)
    same = (each for each in committed if run.succeeded and each.as_of == run.as_of)
    return next(mine, None) or next(same, None)
