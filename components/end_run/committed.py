"""What a run has committed, as the receipts in its tables say."""

from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True)
class Found:
    """The receipts of a run by table, that of its own first, and what they come to for the record."""

    receipts: Mapping[str, "Receipt"]
    record: Committed


def committed(name: str, also: Sequence[str], pipeline: str, run: Run) -> Found | None:
    """What the table of that name holds of the run, and those beside it; None where it holds nothing of it.

    Raises:
        ConfigurationError: catalog or store refuse.
        TransientError: catalog or store do not answer.
    """
    if (mine := _receipt(name, pipeline, run)) is None:
        return None
    others = {other: _receipt(other, pipeline, run, beside=True) for other in also}
    found = {other: receipt for other, receipt in others.items() if receipt}
    return Found({name: mine, **found}, _with_others(of_commit(mine), found))


def _receipt(name: str, pipeline: str, run: Run, *, beside: bool = False) -> "Receipt | None":
    """The receipt of the run in the table of that name; `beside` says that it is none of the run's own."""
    if not name or not table_exists(name):
        return None
    return own(receipts(load_table(open_catalog(), name), pipeline), run, beside=beside)


def _with_others(record: Committed, others: Mapping[str, "Receipt"]) -> Committed:
    """The record, and in its details what was committed to other tables: key, rows and snapshot."""
    told = {
        name: {"run_key": other.run_key, "rows": other.rows, "snapshot_id": str(other.snapshot_id)}
        for name, other in others.items()
    }
    return replace(record, details={**record.details, "tables": told}) if told else record


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
