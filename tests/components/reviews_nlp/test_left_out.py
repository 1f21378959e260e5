"""Reviews that no row is made of: those that came too late, are deleted, or of whom the source no longer has."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from components.iceberg.lateness import Part, Past, by_day
from components.reviews_nlp.settings import Settings
from components.shell.errors import ContractError
from tests.components.reviews_nlp.scene import BEGAN, DAY, START, found, review, until


def test_what_came_too_late_is_told(tmp_path: Path) -> None:
    """A review of a day that is filled already, which the table lacks, is named, and no row is made of it."""
    first = found(tmp_path / "first", [review(1)], until(6))
    part = Part(START, until(6).end, until(6).as_of, reopen=False)
    run = found(
        tmp_path / "second", [review(1), review(2)], until(7, until(6).end), table=first.rows, past=Past("k", (part,))
    )
    assert [row["uploaded_at"] for row in run.touched] == [review(2)["created_at"]]
    assert (run.rows, run.summary.details["earlier"]) == ([], 2)


def test_what_waits_already_is_not_told_again(tmp_path: Path) -> None:
    """Night after night the table lacks the same reviews, and names those alone that came since."""
    known, late, later = (review(number) for number in (1, 2, 3))
    first = found(tmp_path / "first", [known], until(6))
    past = Past("k", (Part(START, until(6).end, until(6).as_of, reopen=False),))
    for rows, named in (([known, late], [late]), ([known, late], []), ([known, late, later], [later])):
        run = found(
            tmp_path / str(len(past.waits)) / str(len(rows)), rows, until(7, until(6).end), table=first.rows, past=past
        )
        assert [row["uploaded_at"] for row in run.touched] == [row["created_at"] for row in named]
        instants = pa.chunked_array([[row["uploaded_at"] for row in run.touched]], pa.timestamp("us", "UTC"))
        past = replace(past, waits=(*past.waits, *((one.start, one.end) for one in by_day(instants))))


def test_who_is_gone_takes_their_reviews_along(tmp_path: Path) -> None:
    """Neither new, nor kept of the table, nor late; a buyer is a customer too, and nobody is one who has no id."""
    rows = [
        review(number, customer_id=who, created_at=BEGAN + day * DAY)
        for number, (who, day) in enumerate([("left", 2), ("there", 2), ("left", 8), ("there", 8), ("buys", 8)])
    ]
    rows.append(review(5, customer_id=None, created_at=BEGAN + 8 * DAY))
    before = [row for row in found(tmp_path / "before", rows, until(12)).rows if row["known_at"] > until(6).end]
    past = Past("k", (Part(START, until(6).end, until(6).as_of, reopen=False),))
    edited = [row | {"updated_at": BEGAN + 9 * DAY} if row["review_id"] == 2 else row for row in rows]
    interval, customers = until(12, until(6).end), {"customers": ["there"], "transactions": ["buys", "buys", "there"]}
    run = found(tmp_path / "after", edited, interval, table=before, past=past, customers=customers)
    assert [row["review_id"] for row in run.rows] == ["3", "4"]
    assert [row["uploaded_at"] for row in run.touched] == [rows[1]["created_at"]]
    details = run.summary.details
    assert (details["customer_gone"], details["earlier"], details["reasons"]) == (2, 1, {"customer_null": 1})
    assert run.summary.rows_rejected == len(run.rejected) == 1


@pytest.mark.parametrize("customers", [{"customers": [], "transactions": ["x"]}, {"transactions": []}, {}], ids=str)
def test_a_source_that_may_not_be_whole_forgets_nobody(tmp_path: Path, customers: dict[str, list[str]]) -> None:
    """A table of customers or purchases without rows; where one is not asked for, the other tells alone."""
    run = found(tmp_path / "none", [review(1)], customers=customers)
    assert (list(run.by_id), run.summary.details["customer_gone"]) == (["1"], 0)
    alone = found(tmp_path / "alone", [review(1)], customers={"transactions": ["x"]})
    assert (alone.rows, alone.summary.details["customer_gone"]) == ([], 1)


@pytest.mark.parametrize("own", ["00{}", "platform-{}"])
def test_ids_that_match_nobody_end_the_run(tmp_path: Path, own: str) -> None:
    """Reviews of a platform with ids of its own, or with zeros before them, would all go without a word."""
    rows = [review(number, customer_id=own.format(number)) for number in range(1, 5)]
    rows.append(review(5, deleted_at=BEGAN))
    customers = {"customers": ["1", "2"], "transactions": ["3", "4"]}
    with pytest.raises(ContractError, match=r"4 of 4 reviews .* customers and transactions no longer have.*most_gone"):
        found(tmp_path / "none", rows, settings=Settings(), customers=customers)
    assert not (tmp_path / "none" / "rows").exists()
    with pytest.raises(ContractError, match=r"customers no longer has.*leave customers out of source_tables"):
        found(tmp_path / "alone", rows, settings=Settings(), customers={"customers": ["1"]})


def test_as_many_as_allowed_may_be_gone(tmp_path: Path) -> None:
    """One of five is no more than the default; of the same with one deleted it is, and more may be allowed."""
    rows = [review(number, customer_id=f"{number}") for number in range(5)]
    customers = {"customers": ["1", "2", "3", "4"]}
    run = found(tmp_path / "few", rows, settings=Settings(), customers=customers)
    assert (sorted(run.by_id), run.summary.details["customer_gone"]) == (["1", "2", "3", "4"], 1)
    rows[4]["deleted_at"] = BEGAN
    with pytest.raises(ContractError, match="1 of 4 reviews"):
        found(tmp_path / "many", rows, settings=Settings(), customers=customers)
    allowed = found(tmp_path / "allowed", rows, settings=Settings(most_gone=0.25), customers=customers)
    assert sorted(allowed.by_id) == ["1", "2", "3"]


def test_a_backfill_brings_no_deleted_review_back(tmp_path: Path) -> None:
    """What was deleted after the interval, but before the source was read; a day to come is no deletion yet."""
    early = until(5)
    rows = [
        review(1, deleted_at=BEGAN + 10 * DAY), review(2, deleted_at=BEGAN + 10 * DAY + timedelta(seconds=1)),
        review(3, deleted_at=BEGAN + 10 * DAY, updated_at=BEGAN + 10 * DAY), review(4),
    ]  # fmt: skip
    table = found(tmp_path / "then", [row | {"deleted_at": None, "updated_at": None} for row in rows], early).rows
    for held in ((), table):
        read = replace(early, taken_at=BEGAN + 10 * DAY)
        run = found(tmp_path / f"read-{len(held)}", rows, read, table=held)
        assert list(run.by_id) == ["2", "4"]
        assert (run.summary.details["deleted"], run.summary.details["not_yet_known"]) == (2, 0)
    unknown = found(tmp_path / "unknown", rows, replace(early, taken_at=None))
    assert list(unknown.by_id) == ["4"]
