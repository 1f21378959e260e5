"""Ticks of many quarters of an hour under a simulated clock: what a run has to look at stays bounded."""

import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from pyiceberg.expressions import EqualTo
from pyiceberg.table import Table

from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.parts import base_of
from components.maintain_tables.compact import compact
from components.maintain_tables.expire import expire
from components.maintain_tables.orphans import RESUMED, orphans, remove
from components.maintain_tables.references import Folders
from components.shop_sessions.rows import COLUMNS
from components.shop_sessions.settings import Settings
from pipelines.events_and_funnels import DATASET
from tests.components.shop_sessions.test_runs import START, TICK, event, require_same
from tests.components.shop_sessions.world import Made, Row, World

TICKS, CARED, MOST, WHOLE = 48, 24, 8, 16
LONG = int(os.environ.get("SOAK_TICKS", "1000"))
NAMES = ("events", *COLUMNS)
pytestmark = [pytest.mark.turns(first=4), pytest.mark.xdist_group("shop-ticks"), pytest.mark.usefixtures("catalog_env")]


@dataclass(frozen=True)
class Size:
    """What a table consists of, as a run meets it: snapshots, manifests to open, data files, bytes of its metadata."""

    snapshots: int
    manifests: int
    files: int
    metadata: int


def size_of(table: Table) -> Size:
    """The table as it is."""
    current = table.current_snapshot()
    assert current is not None
    # The names of older versions of it are never more than a hundred.
    metadata = len(table.metadata.model_dump_json(exclude={"metadata_log"}))
    files = list(table.scan().plan_files())
    return Size(len(table.snapshots()), len(current.manifests(table.io)), len(files), metadata)


def tables() -> dict[str, Table]:
    """All tables of the pipeline by name."""
    catalog = open_catalog()
    return {name: load_table(catalog, f"retail.{name}") for name in NAMES}


def care() -> None:
    """What maintain-tables does once a day; the clock of snapshots is the real one, by which all are young."""
    catalog, now = open_catalog(), datetime.now(UTC)
    for name in NAMES:
        compact(catalog, load_table(catalog, f"retail.{name}"), 64 << 20)
        expire(catalog, load_table(catalog, f"retail.{name}"), now - timedelta(days=30), MOST)
        table = load_table(catalog, f"retail.{name}")
        remove(table, [one.path for one in orphans(Folders(), table, now + timedelta(days=1) + RESUMED)])


def happened(tick: int, every: int) -> list[Row]:
    """What was not there at the tick before: events of the time since, and a late one."""
    at, wide = 15.0 * tick - 14, 15 * every - 2
    return [event(10 * tick + number, at - number * wide / 5 - 30 * (number == 3), customer_id="abc"[number % 3])
            for number in range(5)]  # fmt: skip


def again(made: Made, as_of: datetime) -> None:
    """A tick that would compute the same rows: the commits of it, without the computing."""
    plan = json.loads((made.at / "plan").read_text())
    plan["bases"] = {name: base_of(table, DATASET.name) for name, table in tables().items()}
    plan["days"]["customer_behaviour"] = []
    (made.at / "plan").write_text(json.dumps(plan))
    replace(made, as_of=as_of).commit()


@pytest.mark.parametrize(
    ("ticks", "every"),
    [(TICKS, WHOLE), pytest.param(LONG, 1, marks=[pytest.mark.soak, pytest.mark.timeout(24 * 3600)])],
)
@pytest.mark.timeout(900)
def test_many_ticks_leave_as_little_as_few(ticks: int, every: int) -> None:
    """After each care, and before it, no table is larger than it was the first time but for a file of each day."""
    world, sizes = World(Settings()), []
    for tick in range(ticks):
        as_of = START + tick * TICK
        if tick % every == every - 1 or not tick:
            made = world.run(happened(tick, every), as_of)
        else:
            again(made, as_of)
        if tick % CARED == CARED - 1:
            before = {name: size_of(table) for name, table in tables().items()}
            care()
            sizes.append((before, {name: size_of(table) for name, table in tables().items()}))
    require_same(world, START + (ticks - 1) * TICK)
    days = 1 + (ticks * TICK) // timedelta(days=1) + 1
    for before, after in sizes:
        for name in NAMES:
            # One of each tick since the last care, and beside what that left, its compaction.
            assert before[name].snapshots <= MOST + CARED + 1, name
            assert after[name].snapshots <= MOST, name
            assert after[name].files <= days, name
            assert after[name].manifests <= days + 1, name
            # Only what is added to has one of each tick.
            assert before[name].manifests <= 2 * days + 1 + CARED * (name == "events"), name
    for name in NAMES:
        first, last = sizes[0][1][name], sizes[-1][1][name]
        # Each of the snapshots, of which there are no more than before, is written down.
        assert last.metadata <= 1.25 * first.metadata * max(1, last.snapshots / first.snapshots), name
    _require_pruned(tables()["sessions"])


def _require_pruned(table: Table) -> None:
    """A plan for one day opens that day's file, however many days there are."""
    began = table.scan(selected_fields=("started_at",)).to_arrow().column("started_at")[0].as_py()
    assert len(list(table.scan(EqualTo("started_at", value=began.isoformat())).plan_files())) == 1
