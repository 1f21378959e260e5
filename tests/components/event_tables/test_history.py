"""What the receipts of events say of time: quiet hours, where a table begins, and what was lost on the way."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from components.begin_run.plan_stream import plan
from components.consume_events import plan as plan_offsets
from components.event_tables import append as append_module
from components.iceberg import commits
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.coverage import gaps, joined
from components.iceberg.receipts import receipts
from components.iceberg.staging import SWEPT
from components.read_views.table import open_events
from components.shell.errors import ContractError, SourceGoneError, TransientError
from components.shell.instants import EPOCH, format_instant
from pipelines.event_aggregation import DATASET
from pipelines.gourmetgram import VIEW
from tests.components.event_tables.conftest import make_views_again, remove_views
from tests.components.event_tables.scene import (
    HOUR,
    MALFORMED,
    T0,
    Sent,
    World,
    commit_staged,
    happened,
    run,
    stage_all,
    wrong_events,
    wrong_windows,
)

pytestmark = [pytest.mark.xdist_group("event-tables"), pytest.mark.timeout(300)]


def table(world: World):
    """The table of events as it is."""
    return load_table(open_catalog(), world.table["name"])


def test_each_quiet_hour_is_known_to_be_quiet(world: World) -> None:
    """Runs that find nothing new say so, one after the other; repeated, they change nothing."""
    world.send(happened(50, T0))
    ticks = [T0 + hour * HOUR for hour in range(1, 5)]
    for tick in ticks:
        run(world, tick)
    committed = receipts(table(world), DATASET.name)
    assert [receipt.as_of for receipt in committed] == ticks[::-1]
    assert gaps(committed, EPOCH, ticks[-1]) == []
    assert open_events(world.table["name"], VIEW).coverage()["until"] == format_instant(ticks[-1])
    before = table(world).metadata_location
    run(world, ticks[-1])
    assert table(world).metadata_location == before
    assert wrong_events(world) == []


def test_a_new_table_covers_what_it_was_asked_for() -> None:
    """A backfill that begins at an instant says nothing of the time before it."""
    assert plan(T0 + HOUR, T0 + HOUR, DATASET.version, []).start == EPOCH
    assert plan(T0 + HOUR, T0 + HOUR, DATASET.version, [], since=T0).start == T0


def retention(world: World) -> None:
    """Retention removes views that nobody has read."""
    world.send(happened(100, T0 + HOUR))
    remove_views(world)
    world.sent = [one for one in world.sent if one.at < T0 + HOUR or one.kind != "view"]


@pytest.mark.parametrize("loss", [retention, make_views_again])
def test_a_run_that_is_told_to_goes_on_after_a_loss(loss, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is left is landed once, the table says from when on it is whole, and runs go on from there as ever."""
    monkeypatch.setattr(plan_offsets, "_clock", lambda: T0 + 3 * HOUR)
    world.send(happened(100, T0))
    run(world, T0 + HOUR)
    assert open_events(world.table["name"], VIEW).coverage()["whole"]
    loss(world)
    with pytest.raises(SourceGoneError, match="fail_on_data_loss=false"):
        run(world, T0 + 3 * HOUR)
    world.send(happened(100, T0 + 2 * HOUR))
    run(world, T0 + 3 * HOUR, fail_on_data_loss=False)
    assert wrong_windows(world, T0 + 3 * HOUR) == []
    coverage = open_events(world.table["name"], VIEW).coverage()
    assert (coverage["since"], coverage["whole"]) == (format_instant(T0 + 3 * HOUR), False)
    before = table(world).metadata_location
    run(world, T0 + 3 * HOUR, fail_on_data_loss=False)
    assert table(world).metadata_location == before
    world.send(happened(100, T0 + 3 * HOUR))
    run(world, T0 + 4 * HOUR)
    assert wrong_windows(world, T0 + 4 * HOUR) == []
    assert gaps(receipts(table(world), DATASET.name), EPOCH, T0 + 4 * HOUR) == [(T0 + HOUR, T0 + 3 * HOUR)]
    assert open_events(world.table["name"], VIEW).coverage()["since"] == format_instant(T0 + 3 * HOUR)


def test_a_loss_reaches_up_to_when_somebody_looked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of ticks that have passed, made up for later: what was known between tick and look is gone as well."""
    monkeypatch.setattr(plan_offsets, "_clock", lambda: T0 + 9 * HOUR)
    world.send(happened(50, T0))
    run(world, T0 + HOUR)
    retention(world)
    run(world, T0 + 2 * HOUR, fail_on_data_loss=False)
    run(world, T0 + 3 * HOUR)
    coverage = open_events(world.table["name"], VIEW).coverage()
    assert coverage["since"] == format_instant(T0 + 9 * HOUR) > coverage["until"]
    run(world, T0 + 10 * HOUR)
    left = gaps(receipts(table(world), DATASET.name), EPOCH, T0 + 10 * HOUR)
    assert joined(left) == [(T0 + HOUR, T0 + 9 * HOUR)]
    coverage = open_events(world.table["name"], VIEW).coverage()
    assert (coverage["since"], coverage["until"]) == (format_instant(T0 + 9 * HOUR), format_instant(T0 + 10 * HOUR))


def broken(events: list[Sent], kind: str, number: int) -> list[Sent]:
    """So many malformed records in the topic of `kind`."""
    return [replace(one, kind=kind, fate=MALFORMED) for one in events[:number]]


def test_malformed_records_are_a_share_of_the_run(world: World) -> None:
    """Many in a short topic do no harm, however many consumers there are."""
    events = happened(300, T0)
    world.send([*events, *broken(events, "comment", 4)])
    run(world, T0 + HOUR, consumers=3)
    assert wrong_windows(world, T0 + HOUR) == []


def test_too_many_malformed_records_of_all_consumers_together(world: World) -> None:
    """None of the shares has too many by itself; the run ends with 10 before anything is committed."""
    events = happened(300, T0)
    world.send([*events, *broken(events, "view", 12), *broken(events, "comment", 6)])
    with pytest.raises(ContractError, match=r"18 of 318 records are malformed \(18 no JSON\), the first at offset"):
        run(world, T0 + HOUR, consumers=3)
    for each in (world.table, *world.windows.values()):
        assert load_table(open_catalog(), each["name"]).current_snapshot() is None


@pytest.mark.parametrize(("module", "name"), [(append_module, "files_of"), (commits, "_refuse_swept")])
def test_files_that_may_have_been_swept_are_not_committed(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str
) -> None:
    """A sweep that is announced after the commit has looked at its files, or at the table, ends it with 75."""
    world.send(happened(50, T0))
    staged = stage_all(world, T0 + HOUR, tmp_path)
    look = getattr(module, name)

    def sweeping(*given):
        found = look(*given)
        with table(world).transaction() as transaction:
            transaction.set_properties({SWEPT: "another"})
        return found

    with monkeypatch.context() as patch:
        patch.setattr(module, name, sweeping)
        with pytest.raises(TransientError, match="was swept"):
            commit_staged(world, T0 + HOUR, tmp_path, staged)
    assert table(world).current_snapshot() is None
    commit_staged(world, T0 + HOUR, tmp_path, staged)
    assert wrong_events(world) == []
