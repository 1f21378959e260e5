"""Which time receipts cover, and what a backfill may write over."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.iceberg.coverage import gaps, overlaps, remember, visible, without
from components.iceberg.receipts import Receipt, as_well_known, parse_receipt, resolve
from components.shell.errors import SupersededError

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)


def at(day: int) -> datetime:
    """The instant so many days after the start."""
    return START + day * DAY


def load(start: int, end: int, known: int | None = None, generation: int = 1, version: str = "1") -> Receipt:
    """A load of some days, known a day after their end where nothing else is said."""
    known = end + 1 if known is None else known
    key = f"{start}-{end}-{version}-{max(generation, 1)}"
    return Receipt(key, "p", at(start), at(end), at(known), version, generation=generation)


SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).filter(lambda span: span[0] < span[1]), max_size=8)


@settings(derandomize=True, max_examples=200)
@given(SPANS, SPANS)
def test_what_is_cut_out_is_what_sets_say(spans: list[tuple[int, int]], cut: list[tuple[int, int]]) -> None:
    """Spans less spans are the days of the ones without the days of the others."""
    left = without([(at(first), at(last)) for first, last in spans], [(at(first), at(last)) for first, last in cut])
    days = [day for first, last in spans for day in range(first, last)]
    taken = {day for first, last in cut for day in range(first, last)}
    found = [day for first, last in left for day in range(40) if first <= at(day) < last]
    assert sorted(found) == sorted(day for day in days if day not in taken)


@settings(derandomize=True, max_examples=200)
@given(SPANS)
def test_each_day_shows_its_newest_receipt(spans: list[tuple[int, int]]) -> None:
    """What is visible of receipts is what remains on a calendar that each of them paints over, oldest first."""
    receipts = [replace(load(first, last), run_key=str(number)) for number, (first, last) in enumerate(spans)]
    calendar: dict[int, str] = {}
    for receipt, (first, last) in reversed(list(zip(receipts, spans, strict=True))):
        calendar |= dict.fromkeys(range(first, last), receipt.run_key)
    shown = {
        day: one.receipt.run_key
        for one in visible(receipts)
        for first, last in one.spans
        for day in range(40)
        if first <= at(day) < last
    }
    assert shown == calendar


def test_gaps_are_what_nobody_wrote() -> None:
    """Gaps come in order, within the bounds."""
    assert gaps([load(5, 6), load(2, 3)], at(1), at(8)) == [(at(1), at(2)), (at(3), at(5)), (at(6), at(8))]
    assert gaps([load(0, 9)], at(1), at(8)) == []


def test_one_of_several_spans_is_enough_to_overlap() -> None:
    """Spans are half-open at both ends: those that only touch have no instant in common."""
    assert overlaps([(at(0), at(1)), (at(5), at(6))], at(4), at(8))
    assert not overlaps([(at(0), at(4)), (at(8), at(9))], at(4), at(8))


@pytest.mark.parametrize(
    ("committed", "fits"),
    [
        ([], True),
        ([load(0, 4, generation=0), load(9, 12, generation=0)], True),
        ([load(5, 7)], True),
        ([load(0, 20, generation=0)], False),
        ([load(5, 6, known=20)], False),
        ([load(5, 6, version="2")], False),
        ([load(5, 6, generation=2)], False),
        ([load(5, 7, known=9)], False),
        ([load(3, 5, known=20), load(8, 10, known=20)], True),
        ([load(4, 6, known=20)], False),
        ([load(7, 9, known=20)], False),
        ([load(4, 6, known=3), load(4, 6, generation=2)], True),
    ],
)
def test_a_backfill_writes_where_nobody_knew_more(committed: Sequence[Receipt], fits: bool) -> None:
    """A load of days 5 to 7 may fill a gap or replace lesser knowledge, and no other; the newest receipt decides."""
    if fits:
        assert resolve(committed, load(5, 8)) is None
    else:
        with pytest.raises(SupersededError, match="overtaken"):
            resolve(committed, load(5, 8))


def test_a_twin_finds_its_work_done() -> None:
    """The same key counts as done, also where the schedule has written it or days were written anew."""
    for generation in (0, 1):
        there = load(5, 8, generation=generation)
        assert resolve([there], load(5, 8)) == there
        assert resolve([load(6, 7, generation=2), there], load(5, 8)) == there
    with pytest.raises(SupersededError):
        resolve([load(5, 8, generation=2), load(5, 8)], load(5, 8))


def test_a_later_generation_writes_again() -> None:
    """Rows are computed anew under a later generation only, and not by the earlier one after that."""
    first, second = load(5, 8), load(5, 8, generation=2)
    assert resolve([first], second) is None
    assert resolve([second, first], second) == second
    assert resolve([load(0, 20, generation=0), first], second) is None


def test_what_others_know_as_well_lies_in_the_interval() -> None:
    """Cut at both of its ends, oldest first; what is known less well does not count, and generations do not either."""
    committed = [load(7, 12, known=20), load(0, 6, known=20), load(6, 7, known=3, generation=4)]
    for generation in (1, 2):
        assert as_well_known(committed, load(5, 8, generation=generation)) == [(at(5), at(6)), (at(7), at(8))]


def test_the_generation_survives_the_summary() -> None:
    """A receipt's generation is part of the snapshot's summary; that of the schedule is left out."""
    receipt = load(1, 2, generation=3)
    assert parse_receipt(receipt.properties(), 0) == receipt
    assert "stockpot.generation" not in load(1, 2, generation=0).properties()


def test_a_load_of_an_instant_forgets_no_gap() -> None:
    """A backfill may fill as little; a table is one of cuts where all of its loads are."""
    instant = replace(load(3, 4), interval_end=at(3) + timedelta(microseconds=1))
    table: Any = SimpleNamespace(properties={})
    told = remember(table, "p", [instant, load(0, 1), load(5, 6)])
    assert [len(json.loads(text)["gaps"]) for text in told.values()] == [3]
    assert [json.loads(text)["gaps"] for text in remember(table, "p", [instant]).values()] == [[]]
