"""What a run has committed, as the receipts in its tables say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from components.iceberg.catalog import find_table
from components.iceberg.details import QUALITY, Committed, of_commit, parse_details
from components.iceberg.receipts import furthest, receipts

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
class RunCommits:
    """The receipts of a run by table, that of its own table first, their sum for the record, and how far it filled.

    `filled_until` is where the furthest interval of its own table ends, whichever run has filled that.
    """

    receipts: Mapping[str, "Receipt"]
    record: Committed
    filled_until: datetime | None = None


def committed(name: str, also: Sequence[str], pipeline: str, run: Run) -> RunCommits | None:
    """What the table of that name holds of the run, and those beside it; None where it holds nothing of it.

    Raises:
        ConfigurationError: catalog or store refuse.
        TransientError: catalog or store do not answer.
    """
    everything = _receipts(name, pipeline)
    if (mine := own(everything, run)) is None:
        return None
    others = {other: own(_receipts(other, pipeline), run, beside=True) for other in also}
    other_receipts = {other: receipt for other, receipt in others.items() if receipt}
    last = furthest(everything)
    return RunCommits(
        {name: mine, **other_receipts},
        _with_others(of_commit(mine), other_receipts),
        last.interval_end if last else None,
    )


def _receipts(name: str, pipeline: str) -> "Sequence[Receipt]":
    """The pipeline's receipts in the table of that name, newest first; none where there is no such table."""
    table = find_table(name) if name else None
    return receipts(table, pipeline) if table else ()


def warnings_of(receipts: "Mapping[str, Receipt]") -> tuple[list[str], int]:
    """The warnings of the data contracts, as the receipts by table have them, and how many there were in all.

    A receipt may hold only a part of its warnings.
    """
    warnings: list[str] = []
    number = 0
    for receipt in receipts.values():
        quality = parse_details(receipt.details).get(QUALITY)
        warned, count = (
            (quality.get("warnings"), quality.get("warned")) if isinstance(quality, Mapping) else (None, None)
        )
        lines = [warned] if isinstance(warned, str) else list(map(str, warned)) if isinstance(warned, list) else []
        warnings += lines
        number += max(len(lines), count) if isinstance(count, int) else len(lines)
    return warnings, number


def _with_others(record: Committed, others: Mapping[str, "Receipt"]) -> Committed:
    """The record, and in its details what was committed to other tables: key, rows and snapshot."""
    tables = {
        name: {"run_key": other.run_key, "rows": other.rows, "snapshot_id": str(other.snapshot_id)}
        for name, other in others.items()
    }
    return replace(record, details={**record.details, "tables": tables}) if tables else record


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
