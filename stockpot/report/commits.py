"""What a run has committed, apart from what others had committed before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.iceberg.receipts import PREFIX
from components.pages import figures
from stockpot.local.records import TaskRecord

RUN_ID, OFFSETS = f"{PREFIX}run-id", f"{PREFIX}offsets"


@dataclass(frozen=True)
class Commit:
    """The receipt that a step has handed on, of how many rows it is, and whether its run has committed these.

    `tables` says which of the rows are of which of several tables.
    """

    receipt: Mapping[str, Any]
    rows: int | None
    is_own: bool
    tables: Mapping[str, int] = field(default_factory=dict)


def commit_of(run_id: str, step: TaskRecord, receipt: Mapping[str, Any]) -> Commit:
    """The commit of which a step of the run has left this receipt.

    A step that was killed behind its commit finds that done when it is tried again: it is its run's all the same.
    """
    is_own = not step.details.get("already_done") or receipt.get(RUN_ID) == run_id
    return Commit(receipt, step.rows_out, is_own, step.rows_by_table)


def shown(commits: Sequence[Commit]) -> Commit | None:
    """The commit that stands for a run, of all in its steps' summaries; None without one.

    Of several tables that of the pipeline's own comes last. What another run has committed stands for none that has
    committed itself.
    """
    return next((one for one in commits[::-1] if one.is_own), commits[-1] if commits else None)


def rows_loaded(commits: Sequence[Commit]) -> int | None:
    """How many rows the run has loaded; None where nothing was new, or nothing is known."""
    commit = shown(commits)
    if commit is None or commit.rows is None:
        return None
    # Of a stream without a new event, no rows are none in place of others.
    is_quiet = commit.receipt.get(OFFSETS) and not any(one.rows for one in commits if one.is_own)
    return commit.rows if commit.is_own and not is_quiet and (commit is commits[-1] or commit.rows) else None


def facts(commits: Sequence[Commit]) -> dict[str, str]:
    """How many rows the run has loaded, by table where a step fills several.

    Or else that nothing was new, and how many rows others had loaded before it.
    """
    commit = shown(commits)
    if commit is None or commit.rows is None:
        return {}
    if (rows := rows_loaded(commits)) is not None:
        by_table = {f"Rows of {table}": figures.count(count) for table, count in commit.tables.items()}
        return by_table or {"Rows loaded": figures.count(rows)}
    before = commits[-1].rows
    return {"New": "nothing", "Table": "unchanged"} | ({"Rows loaded before": figures.count(before)} if before else {})
