"""Which instants are the first and the last that a plan takes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from components.begin_run import plan_snapshot, plan_versions
from components.iceberg.receipts import Receipt
from components.shell.errors import ConfigurationError, SupersededError
from components.shell.instants import EPOCH

IDENTITY = ("p", "a.b", "1")
AS_OF = datetime(2026, 3, 2, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)


def cut_at(cut: datetime, *committed: Receipt, generation: int = 1) -> plan_snapshot.Plan:
    """The plan of a cut, an hour after its run's instant."""
    return plan_snapshot.plan(cut, AS_OF, AS_OF + timedelta(hours=1), IDENTITY, generation, committed)


@pytest.mark.parametrize("cut", [EPOCH + TICK, AS_OF])
def test_a_cut_may_be_the_instant_of_its_run(cut: datetime) -> None:
    """The last that may be, and the first after 1970."""
    assert (cut_at(cut).load.interval_start, cut_at(cut).why) == (cut, "first")


@pytest.mark.parametrize("cut", [EPOCH, AS_OF + TICK])
def test_a_cut_lies_between_the_epoch_and_its_run(cut: datetime) -> None:
    """A microsecond beyond is refused."""
    with pytest.raises(ConfigurationError, match="has no cut at"):
        cut_at(cut)


def test_a_plan_of_a_cut_says_how_it_stands_to_others() -> None:
    """Before, after or in the place of what is there; a generation below the first is none."""
    there = replace(cut_at(AS_OF - DAY).load, snapshot_id=1)
    found = [cut_at(AS_OF - DAY + number * DAY / 2, there).why for number in (-1, 0, 1)]
    assert found == ["filled", "repeated", "next"]
    assert cut_at(AS_OF - DAY, there, generation=2).why == "replaced"
    with pytest.raises(ConfigurationError, match="generation is 0"):
        cut_at(AS_OF, generation=0)


def test_a_state_may_be_as_old_as_is_said() -> None:
    """To the microsecond; longer ago it may only be repeated."""
    oldest = timedelta(hours=36)
    found = plan_versions.plan(AS_OF, AS_OF + oldest, oldest, IDENTITY, ())
    assert found.why == "first"
    with pytest.raises(ConfigurationError, match="more than 36 hours ago"):
        plan_versions.plan(AS_OF, AS_OF + oldest + TICK, oldest, IDENTITY, ())
    done = Receipt(found.run_key, "p", found.start, found.end, AS_OF, "1", snapshot_id=1)
    assert plan_versions.plan(AS_OF, AS_OF + 2 * oldest, oldest, IDENTITY, [done]).why == "repeated"


def test_a_new_version_rewrites_no_state_that_was_gone_on_from() -> None:
    """What a source says today is not what it said before the last run."""
    first, second = (Receipt(f"k{n}", "p", EPOCH, AS_OF + n * TICK, AS_OF + n * TICK, "1") for n in (0, 1))
    raised = (IDENTITY[0], IDENTITY[1], "2")
    now, day = AS_OF + 2 * TICK, timedelta(days=1)
    with pytest.raises(SupersededError, match="versions are kept up to"):
        plan_versions.plan(AS_OF, now, day, raised, [second, first])
    assert plan_versions.plan(AS_OF + TICK, now, day, raised, [second, first]).why == "rewritten"
