"""Means of customers do not depend on the order in which their sessions are read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from components.shell.engine import engine, records
from components.shop_sessions.behaviour import of_sessions

AT = datetime(2026, 1, 10, tzinfo=UTC)
LENGTHS = (0.1, 0.2, 0.3, 75_000.000003, 2.4)
MEAN = 15_000.6000006


def means(to: Path, orders: Sequence[Sequence[float]], *, is_closed: bool) -> list[float | None]:
    """The mean length that each customer has, whose sessions come in such an order."""
    rows = [
        {"customer_id": f"{number:03}", "started_at": AT, "length_seconds": length, "is_closed": is_closed}
        for number, order in enumerate(orders)
        for length in order
    ]
    pq.write_table(pa.Table.from_pylist(rows), to)
    with engine("100MB", threads=1) as backend:
        told = of_sessions(backend.read_parquet([str(to)]), AT)
        return [row["avg_session_length_seconds"] for row in records(backend, told.order_by("customer_id"))]


def test_the_mean_length_is_the_same_in_every_order(tmp_path: Path) -> None:
    """Engines read with other threads, and the same run has to tell the same rows on each of them."""
    orders = list(permutations(LENGTHS))
    assert len(set(map(sum, orders))) > 1  # the counter-test
    assert set(means(tmp_path / "sessions.parquet", orders, is_closed=True)) == {MEAN}


def test_a_customer_without_a_closed_session_has_no_mean(tmp_path: Path) -> None:
    """Null, not zero."""
    assert means(tmp_path / "sessions.parquet", [LENGTHS], is_closed=False) == [None]
