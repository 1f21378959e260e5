"""Tables of events and of windows that are cared for between runs, and in the middle of one: runs go on as if not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyiceberg.table import Table

from components.aggregate_windows import __main__ as aggregate
from components.iceberg import parts
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.receipts import Receipt, newest, receipts
from components.maintain_tables import find, sweep
from components.maintain_tables.compact import compact
from components.maintain_tables.expire import expire
from components.maintain_tables.orphans import RESUMED, orphans
from components.maintain_tables.references import Folders
from components.shell.datasets import write_dataset
from pipelines.event_aggregation import DATASET
from tests.components.event_tables import conftest as events
from tests.components.event_tables.scene import (
    HOUR,
    REPEAT,
    T0,
    World,
    ends_of,
    happened,
    run,
    wrong_events,
    wrong_windows,
)
from tests.components.maintain_tables.conftest import sweeping

pytestmark = [pytest.mark.turns, pytest.mark.xdist_group("event-tables"), pytest.mark.timeout(600)]

LATER = datetime.now(UTC) + timedelta(days=1)
BIG = 64 << 20

# The fixture.
world = events.world


@pytest.fixture(autouse=True)
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each hour's windows come in batches that fill a file each, as those of a busy hour do."""
    whole = aggregate.counted

    def in_pieces(*given: Any) -> Iterator[tuple[int, pa.RecordBatch]]:
        for hour, batch in whole(*given):
            half = (batch.num_rows + 1) // 2
            yield from ((hour, piece) for piece in (batch.slice(0, half), batch.slice(half)) if piece.num_rows)

    monkeypatch.setattr(aggregate, "counted", in_pieces)
    monkeypatch.setattr(aggregate, "_WAITING_BYTES", 1)


def tables(world: World) -> list[Table]:
    """The table of events and those of windows, as they are now."""
    return [load_table(open_catalog(), each["name"]) for each in (world.table, *world.windows.values())]


def hourly(world: World, *hours: int) -> None:
    """A run after each of these hours; some events are late by up to three hours, some come again in the next one."""
    for hour in hours:
        events = [
            replace(one, at=one.at - hours_late(number) * HOUR) if number % 5 == 0 else one
            for number, one in enumerate(happened(90, T0 + hour * HOUR))
        ]
        before = [one for one in world.sent[-90:] if one.kind != "view" and one.fate != REPEAT]
        again = [replace(one, known_at=T0 + hour * HOUR, fate=REPEAT) for one in before[::2]]
        world.send([*again, *events])
        run(world, T0 + (hour + 1) * HOUR)
        assert wrong_windows(world, T0 + (hour + 1) * HOUR) == []


def hours_late(number: int) -> int:
    """One, two or three in turn."""
    return 1 + number // 5 % 3


def compact_all(world: World) -> list[dict[str, int]]:
    """What became of the files of each table."""
    return [compact(open_catalog(), table, BIG) for table in tables(world)]


def care_for_all(world: World, scratch: Path) -> None:
    """Compact, expire all but the heads, and sweep all tables, with ages that steps refuse."""
    for figures in compact_all(world):
        assert figures["files_before"] > figures["files_after"] == figures["partitions"] > 1
    catalog = open_catalog()
    for table in tables(world):
        assert expire(catalog, table, LATER)["kept"] == 1
    listed = [
        {"table": ".".join(table.name()[-2:]), "path": one.path, "bytes": one.size, "written": one.written}
        for table in tables(world)
        for one in orphans(Folders(), table, LATER + RESUMED)
    ]
    write_dataset(scratch / "orphans", find.LISTED, [pa.RecordBatch.from_pylist(listed, schema=find.LISTED)])
    sweep.main(**sweeping(scratch, scratch / "orphans"))
    assert [one.path for table in tables(world) for one in orphans(Folders(), table, LATER + RESUMED)] == []


def kinds_by_file(table: Table) -> list[set[str]]:
    """The kinds of events in each file."""
    found = []
    for task in table.scan().plan_files():
        with table.io.new_input(task.file.file_path).open() as file:
            found.append(set(pc.unique(pq.read_table(file).column("event_type")).to_pylist()))
    return found


def carried(world: World) -> list[Receipt]:
    """Of each table the newest receipt, without the details: those go with the snapshot."""
    found = (newest(receipts(table, DATASET.name)) for table in tables(world))
    return [replace(receipt, details="") for receipt in found if receipt]


def test_runs_go_on_after_all_care(world: World, tmp_path: Path) -> None:
    """Through compaction, expiry and sweep, twice, late events and repeats find their hours, and offsets go on."""
    hourly(world, 0, 1, 2)
    for number in range(2):
        scratch = tmp_path / str(number)
        scratch.mkdir()
        last = carried(world)
        was = ends_of(world)
        care_for_all(world, scratch)
        assert max(map(len, kinds_by_file(tables(world)[0]))) == 3
        assert carried(world) == last
        assert ends_of(world) == was
        cared = [table.metadata_location for table in tables(world)]
        tick = T0 + (3 + 2 * number) * HOUR
        run(world, tick)
        assert [table.metadata_location for table in tables(world)] == cared, "a repeated run has changed something"
        assert wrong_windows(world, tick) == []
        assert wrong_events(world, begun=was) == []
        hourly(world, 3 + 2 * number, 4 + 2 * number)
        assert wrong_events(world, begun=was) == []


@pytest.mark.parametrize("moment", [(aggregate, "plan_windows"), (parts, "files_of_parts")])
def test_a_compaction_while_windows_are_counted(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    moment: tuple[Any, str],
) -> None:
    """Once windows are planned, or their present files found, others join those: what is joined is replaced as well."""
    hourly(world, 0, 1, 2)
    figures: list[dict[str, int]] = []
    found: Callable[..., Any] = getattr(*moment)

    def compacted_then(*given: Any) -> Any:
        answer = found(*given)
        if not figures:
            figures.extend(compact_all(world))
        return answer

    monkeypatch.setattr(*moment, compacted_then)
    hourly(world, 3)
    assert all(one["partitions"] > 1 for one in figures)
    hourly(world, 4)
    assert wrong_events(world) == []
