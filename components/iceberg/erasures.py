"""Erasures: commits by which rows leave a table that are not to come back."""

from pyiceberg.table import Table

from components.iceberg.receipts import PREFIX, ancestors

ERASURE = f"{PREFIX}erasure"
"""The key of an erasure, in the summary of its snapshot."""


def last_erasure(table: Table, snapshot_id: int | None = None) -> str:
    """The key of the last erasure up to a snapshot (None: the current); empty where none is known, or any more."""
    summaries = (one.summary.additional_properties for one in ancestors(table, snapshot_id) if one.summary)
    return next((summary[ERASURE] for summary in summaries if ERASURE in summary), "")
