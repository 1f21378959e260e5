"""What a run has committed, as the receipts in its table say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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


def committed(name: str, pipeline: str, run: Run, *, beside: bool = False) -> Committed | None:
    """What the table of that name holds of the run; None where it holds nothing of it.

    `beside` says that it is none of the run's own, so that its key may be another.

    Raises:
        ConfigurationError: catalog or store refuse.
        TransientError: catalog or store do not answer.
    """
    if not name or not table_exists(name):
        return None
    found = own(receipts(load_table(open_catalog(), name), pipeline), run, beside=beside)
    return of_commit(found) if found else None


def with_others(found: Committed, pipeline: str, run: Run, names: Sequence[str]) -> Committed:
    """What was found, and in its details what the run has committed to the tables of those names: rows and snapshot.

    Raises:
        ConfigurationError, TransientError: as in `committed`.
    """
    others = {name: committed(name, pipeline, run, beside=True) for name in names}
    told = {
        name: {"run_key": other.run_key, "rows": other.rows_out, "snapshot_id": str(other.snapshot_id)}
        for name, other in others.items()
        if other
    }
    return replace(found, details={**found.details, "tables": told}) if told else found


def own(committed: Sequence["Receipt"], run: Run, *, beside: bool = False) -> "Receipt | None":
    """The receipt of the run's work, whoever has done it; None where nobody has.

    A run of a stream has no key to be found by, nor is there one for a table that is filled in another way than the
    run's own. There it is known by its name and, where it found its work done, by its instant.
    """
    keyed = next((each for each in committed if run.run_key and each.run_key == run.run_key), None)
    if keyed or (run.run_key and not beside):
        return keyed
    mine = (each for each in committed if each.run_id == run.run_id)
    same = (each for each in committed if run.succeeded and each.as_of == run.as_of)
    return next(mine, None) or next(same, None)
