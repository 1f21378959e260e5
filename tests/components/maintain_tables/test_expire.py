"""Old snapshots go; heads, tags, receipts, gaps and offsets stay, and pipelines go on as if nothing had happened."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.receipts import FIRST, furthest, presumed, receipts
from components.maintain_tables.compact import compact
from components.maintain_tables.expire import expire, main, old
from components.shell.errors import ConfigurationError
from components.shell.instants import format_instant
from tests.components.load_iceberg.kills import moments
from tests.components.load_iceberg.scene import (
    DAY,
    EPOCH,
    NAME,
    PIPELINE,
    T0,
    Job,
    job,
    table_now,
    violations,
)
from tests.components.load_iceberg.test_kills import kill_everywhere, template  # noqa: F401 - a fixture
from tests.components.read_iceberg import events

LATER = datetime.now(UTC) + DAY
HOUR = timedelta(hours=1)


def test_all_but_the_head_go_and_the_pipeline_goes_on(loaded: list[Job], tmp_path: Path) -> None:
    """Rows stay; the last load is known by its receipt, older ones are not written again, and the next is added."""
    before = furthest(receipts(table_now(), PIPELINE))
    assert expire(open_catalog(), table_now(), LATER) == {"expired": 4, "kept": 1}
    assert violations([row for each in loaded for row in each.rows]) == []
    assert furthest(receipts(table_now(), PIPELINE)) == before
    assert presumed(table_now(), PIPELINE)[0].interval_start == EPOCH
    assert loaded[-1].load(tmp_path / loaded[-1].receipt.run_key).already
    more = job(T0 + 4 * HOUR, T0 + 5 * HOUR, 3)
    assert not more.load(more.write(tmp_path / "more")).already
    assert expire(open_catalog(), table_now(), LATER) == {"expired": 1, "kept": 1}
    assert violations([row for each in (*loaded, more) for row in each.rows]) == []


def test_young_snapshots_stay(loaded: list[Job]) -> None:
    """Nothing goes that is younger than it may be, and without anything to do nothing is committed."""
    location = table_now().metadata_location
    assert expire(open_catalog(), table_now(), LATER - 2 * DAY) == {"expired": 0, "kept": 5}
    assert table_now().metadata_location == location


def test_of_a_crowd_the_newest_stay(loaded: list[Job], tmp_path: Path) -> None:
    """However young they are, more than may stay do not; tags and the last receipt do, and pipelines go on."""
    young = LATER - 2 * DAY
    table_now().manage_snapshots().create_tag(table_now().snapshots()[0].snapshot_id, "release").commit()
    newest = [one.snapshot_id for one in table_now().snapshots()[-2:]]
    before = furthest(receipts(table_now(), PIPELINE))
    assert expire(open_catalog(), table_now(), young, most=5) == {"expired": 0, "kept": 5}
    assert expire(open_catalog(), table_now(), young, most=2) == {"expired": 2, "kept": 3}
    assert [one.snapshot_id for one in table_now().snapshots()][-2:] == newest
    table_now().manage_snapshots().remove_tag("release").commit()
    compact(open_catalog(), table_now(), 1 << 20)
    assert expire(open_catalog(), table_now(), young, most=1) == {"expired": 3, "kept": 1}
    assert furthest(receipts(table_now(), PIPELINE)) == before
    assert loaded[-1].load(tmp_path / loaded[-1].receipt.run_key).already
    assert violations([row for each in loaded for row in each.rows]) == []


def test_tags_and_branches_stay(loaded: list[Job]) -> None:
    """What has a name can still be read."""
    tagged, branched = (one.snapshot_id for one in table_now().snapshots()[1:3])
    table_now().manage_snapshots().create_tag(tagged, "release").create_branch(branched, "trial").commit()
    assert expire(open_catalog(), table_now(), LATER) == {"expired": 2, "kept": 3}
    assert {tagged, branched} <= {one.snapshot_id for one in table_now().snapshots()}
    assert violations([row for each in loaded for row in each.rows]) == []


def test_a_receipt_that_is_kept_nowhere_else_stays(loaded: list[Job]) -> None:
    """Where the properties lost a receipt, its snapshot stays, and all after it, so that it is still found."""
    compact(open_catalog(), table_now(), 1 << 20)
    with table_now().transaction() as transaction:
        transaction.remove_properties(f"stockpot.receipt.{PIPELINE}")
    before = furthest(receipts(table_now(), PIPELINE))
    assert expire(open_catalog(), table_now(), LATER) == {"expired": 4, "kept": 2}
    assert furthest(receipts(table_now(), PIPELINE)) == before is not None


@pytest.mark.parametrize("compacted", [False, True])
def test_what_was_rolled_back_is_no_receipt_after_an_expiry(loaded: list[Job], tmp_path: Path, compacted: bool) -> None:
    """Once nothing is left of the commit but what the properties say of it, its rows are still known to be missing."""
    fourth = table_now().snapshots()[3].snapshot_id
    table_now().manage_snapshots().rollback_to_snapshot(fourth).commit()
    if compacted:
        compact(open_catalog(), table_now(), 1 << 20)
    expire(open_catalog(), table_now(), LATER)
    assert table_now().snapshot_by_id(fourth)
    assert furthest(receipts(table_now(), PIPELINE)).run_key == loaded[3].receipt.run_key
    assert loaded[3].load(tmp_path / loaded[3].receipt.run_key).already
    assert not loaded[4].load(tmp_path / loaded[4].receipt.run_key).already
    assert violations([row for each in loaded for row in each.rows]) == []


def test_a_compacted_head_keeps_the_offsets(catalog_env: dict[str, str]) -> None:
    """The first receipt outlives its snapshot, so that a topic read from its beginning is still known to be."""
    events.create()
    for run in range(3):
        events.append([events.event(run, events.T0)], as_of=events.T0 + run * HOUR, starts=run, run=run)
    catalog = open_catalog()
    table = load_table(catalog, events.NAME)
    compact(catalog, table, 1 << 20)
    expire(catalog, load_table(catalog, events.NAME), LATER)
    kept = json.loads(load_table(catalog, events.NAME).properties[FIRST])
    assert kept["run-key"] == "run-0"
    assert json.loads(kept["offsets"])[events.VIEWS]["partitions"]["0"]["start"] == 0


def test_twins_expire_once(loaded: list[Job]) -> None:
    """Who comes second with an old view of the table finds the work done."""
    stale = table_now()
    expire(open_catalog(), table_now(), LATER)
    expire(open_catalog(), stale, LATER)
    assert len(table_now().snapshots()) == 1
    assert old(table_now(), LATER) == []


def _expire(job: Job, _rows: Path) -> None:
    expire(open_catalog(), table_now(job.name), LATER)


def test_a_kill_at_any_call_costs_nothing(template, catalog_env, tmp_path) -> None:  # noqa: F811 - pytest's way to a fixture of another module
    """Whatever call an expiry dies at, one more leaves all rows, the head, and the last receipt."""
    names, wrong = kill_everywhere(_expire, job(T0, T0 + DAY), tmp_path / "rows", template, environ=catalog_env)
    assert wrong == {}
    assert {"create", "close", "change", "do_commit"} <= set(names)
    # The one that lives to the end, and one for each moment.
    tables = range(len(moments(names)) + 1)
    assert [len(table_now(f"{NAME}_{number}").snapshots()) for number in tables] == [1] * len(tables)


def test_a_dry_run_changes_nothing(loaded: list[Job], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says how many would go."""
    location = table_now().metadata_location
    main(as_of=format_instant(T0), tables=[NAME], keep_days=1, dry_run=True, summary=tmp_path / "summary.json")
    assert table_now().metadata_location == location
    assert f"{NAME}: 0 snapshots would expire, 5 left" in capsys.readouterr().out


@pytest.mark.parametrize(("as_of", "days", "most"), [(T0, 0, 1), (T0, 1, 0), (T0.replace(year=2999), 30, 1)])
def test_wrong_parameters_are_refused(
    catalog_env: dict[str, str], tmp_path: Path, as_of: datetime, days: int, most: int
) -> None:
    """No days, no snapshots and an instant that has not come end with 11."""
    asked: dict[str, Any] = {"tables": [], "dry_run": False, "summary": tmp_path / "summary.json"}
    with pytest.raises(ConfigurationError):
        main(as_of=format_instant(as_of), keep_days=days, most_snapshots=most, **asked)
