"""What a run has committed, as the receipts in its table say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from components.shell.catalog import load_table, open_catalog, table_exists
from components.shell.details import LOAD, of_load, parse_details
from components.shell.receipts import receipts

if TYPE_CHECKING:
    from components.shell.receipts import Receipt


@dataclass(frozen=True)
class Committed:
    """The key and the snapshot of a run's commit, its rows in, out and rejected, and what its steps said, by step."""

    run_key: str
    snapshot_id: int
    rows_in: int
    rows_out: int
    rows_rejected: int
    details: Mapping[str, Any]


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
    return told(found) if found else None


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


def told(receipt: "Receipt") -> Committed:
    """What the receipt tells: rows came to the step that made them, or else to the load, and both may have rejected."""
    said = parse_details(receipt.details)
    load = of_load(receipt)
    counts = {"rows_in": load.rows_in, "rows_out": load.rows_out, "rows_rejected": load.rows_rejected}
    details = {LOAD: counts | load.details, **said}
    made = details.get("features", details[LOAD])
    rejected = sum(each["rows_rejected"] for step, each in details.items() if step in ("features", LOAD))
    return Committed(receipt.run_key, receipt.snapshot_id, made["rows_in"], receipt.rows, rejected, details)
