"""What rules on change compare a run with, in every load mode: what came before it, and nothing else of the table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from components.begin_run.migrate import migrate
from components.iceberg.cuts import INSTANT
from components.iceberg.receipts import Receipt
from components.iceberg.tables import parse_definition
from components.read_iceberg.baseline import main
from components.read_iceberg.previous import Comparing
from components.shell.baseline import Baseline, read_baseline
from components.shell.errors import ConfigurationError
from components.shell.schema import Change, Contract, Drift
from tests.components.load_iceberg.modes import EVENTS, Share, State, Whole, cut
from tests.components.load_iceberg.modes import VERSIONS as VERSIONS_TABLE
from tests.components.load_iceberg.scene import DAY, EPOCH, PIPELINE, T0, TABLE, job, table_now

RULES = Contract((), Change(max_drop=0.2, key=["image_id"], max_gone=0.5), Drift("score", max=0.2))
EVENT_RULES = Contract((), Change(max_drop=0.2, key=["image_id"], max_gone=0.5), Drift("offset", max=0.2))


@dataclass(frozen=True)
class Arrived(Share):
    """Events of a topic that all became known half a day before the run that added them, the last at its instant."""

    start: datetime = EPOCH

    @property
    def rows(self) -> Sequence[tuple[Any, ...]]:
        """The events, one an offset."""
        known = [*(self.end - DAY / 2 for _ in range(self.first, self.last - 1)), self.end]
        return [
            ("views", 0, at, "view", None, f"i{at}", T0, when)
            for at, when in zip(range(*self.span), known, strict=True)
        ]

    @property
    def receipt(self) -> Receipt:
        """What the load is asked to commit, but for its rows."""
        return replace(super().receipt, interval_start=self.start)


@dataclass(frozen=True)
class Scene:
    """A table's loads in their order, the last of them the run that is judged; and what was there before that run."""

    mode: str
    loads: Sequence[Any]
    keys: Sequence[str]
    mean: float | None
    table: dict[str, Any]
    about: dict[str, Any]
    rules: Contract = RULES

    def fill(self, directory: Path, loads: Sequence[Any]) -> None:
        """Commit the loads."""
        for number, each in enumerate(loads):
            each.load(each.write(directory / f"rows-{id(each)}-{number}"))

    def look(self, directory: Path) -> Baseline:
        """What the run is compared with, as the check reads it."""
        last = self.loads[-1].receipt
        directory.mkdir()
        run = Comparing(PIPELINE, self.mode, last.as_of, **self.about)
        places = {"baseline": directory / "baseline", "summary": directory / "summary.json"}
        main(contract=self.rules.document(), table=self.table, run=run, **places)
        found = read_baseline(directory / "baseline", self.rules)
        assert found is not None
        return found


def text(instant: datetime) -> str:
    """The instant as steps hand it on."""
    return instant.isoformat()


def whole(end: datetime, count: int) -> Whole:
    """A table of so many rows that all lie before `end`."""
    return Whole(EPOCH, end, job(EPOCH, end, count).rows)


def names(load: Any) -> list[str]:
    """The images in the load's rows."""
    return [row[0] for row in load.rows]


def scenes() -> dict[str, Scene]:
    """A scene for each mode, in which the table holds more than what came before the run."""
    first, then, again = job(EPOCH, T0, 4), job(T0, T0 + DAY, 6), job(T0, T0 + DAY, 3, version="2")
    wholes = [whole(T0 + n * DAY, count) for n, count in enumerate((5, 3, 6))]
    cuts = [replace(cut(T0 + n * DAY, T0 + n * DAY), rows=cut(T0 + n * DAY, T0).rows[: 4 + n]) for n in range(2)]
    later, anew = cut(T0 + 3 * DAY, T0 + 3 * DAY), cut(T0 + 2 * DAY, T0 + 4 * DAY)
    kept = ({"a": 1.0, "b": 2.0, "c": None}, {"a": 1.0, "b": 3.0, "d": 5.0}, {"a": 9.0})
    states = [State(EPOCH if n == 0 else T0 + (n - 1) * DAY, T0 + n * DAY, one) for n, one in enumerate(kept)]
    arrived = [Arrived(0, 6, T0), Arrived(6, 10, T0 + DAY, start=T0), Arrived(10, 30, T0 + 2 * DAY, start=T0 + DAY)]
    end = {"interval_end": text(T0 + DAY)}
    return {
        "IncrementalByTime": Scene("IncrementalByTime", [first, then, again], names(first), 0.375, TABLE, end),
        "FullRefresh": Scene(
            "FullRefresh", wholes, names(wholes[1]), 0.25, TABLE, {"run_key": wholes[2].receipt.run_key}
        ),
        # A later cut is there, and an earlier one than the last before it.
        "Snapshot": Scene(
            "Snapshot", [*cuts, later, anew], names(cuts[1]), 0.5, TABLE,
            {"interval_end": text(T0 + 2 * DAY + INSTANT)},
        ),
        # One version has ended, and one says that its key is gone.
        "Versioned": Scene("Versioned", states, ["a", "b", "d"], 3.0, VERSIONS_TABLE, {}),
        "AppendStream": Scene(
            "AppendStream", arrived, [f"i{at}" for at in range(6, 10)], 7.5, EVENTS, {"time_column": "known_at"},
            EVENT_RULES,
        ),
    }  # fmt: skip


SCENES = scenes()


@pytest.fixture(params=SCENES.values(), ids=SCENES)
def scene(request: pytest.FixtureRequest, catalog_env: dict[str, str]) -> Scene:
    """A mode's table, empty."""
    migrate([parse_definition(request.param.table)])
    return request.param


def told(found: Baseline) -> tuple[int | None, list[str], float | None]:
    """Rows, keys and mean of a baseline."""
    keys = [pq.read_table(path)["image_id"].to_pylist() for path in (found.directory / "previous").glob("*.parquet")]
    return found.rows, sorted(key for part in keys for key in part), next(iter(found.means.values()), None)


def test_a_run_is_compared_with_what_came_before_it_alone(scene: Scene, tmp_path: Path) -> None:
    """Neither with earlier cuts, intervals or versions, nor with itself: committed already, it is judged the same."""
    assert scene.look(tmp_path / "first").rows is None
    scene.fill(tmp_path, scene.loads[:-1])
    wanted = len(scene.keys), sorted(scene.keys), scene.mean
    before = scene.look(tmp_path / "before")
    assert told(before) == wanted
    scene.fill(tmp_path, scene.loads[-1:])
    repeated = scene.look(tmp_path / "repeated")
    assert told(repeated) == wanted
    assert repeated.name == before.name


def test_a_run_after_one_that_left_nothing_is_judged(scene: Scene, tmp_path: Path) -> None:
    """No rows are something to be compared with; only before the first commit there is nothing."""
    emptied = {
        "IncrementalByTime": job(EPOCH, T0, 0),
        "FullRefresh": whole(T0 + DAY, 0),
        "Snapshot": replace(cut(T0 + DAY, T0 + DAY), rows=()),
        "Versioned": State(EPOCH, T0, {}),
    }.get(scene.mode)
    if emptied is None:
        assert scene.mode == "AppendStream"
        return
    scene.fill(tmp_path, [emptied])
    assert told(scene.look(tmp_path / "before")) == (0, [], None)


def test_cuts_are_known_once_their_receipts_have_expired(catalog_env: object, tmp_path: Path) -> None:
    """Then the rows tell which cuts there are, and how many rows each has."""
    scene = SCENES["Snapshot"]
    migrate([parse_definition(TABLE)])
    scene.fill(tmp_path, scene.loads[:-1])
    table = table_now()
    table.maintenance.expire_snapshots().by_ids(
        [one.snapshot_id for one in table.snapshots() if one.snapshot_id != table.metadata.current_snapshot_id]
    ).commit()
    assert told(scene.look(tmp_path / "expired")) == (len(scene.keys), sorted(scene.keys), scene.mean)


@pytest.mark.parametrize(
    ("about", "said"),
    [({"mode": "Snapshots"}, "mode is 'Snapshots'"), ({"mode": "Snapshot"}, "mode Snapshot needs interval_end")],
)
def test_what_a_mode_needs_is_asked_for(about: dict[str, str], said: str, catalog_env: object, tmp_path: Path) -> None:
    """An unknown mode, and one whose runs have a cut that is not given."""
    migrate([parse_definition(TABLE)])
    load = whole(T0, 1)
    load.load(load.write(tmp_path / "rows"))
    run = Comparing(PIPELINE, as_of=T0 + timedelta(days=2), **about)
    places = {"baseline": tmp_path / "baseline", "summary": tmp_path / "summary.json"}
    with pytest.raises(ConfigurationError, match=said):
        main(contract=RULES.document(), table=TABLE, run=run, **places)
