"""A run's events without a broker: from an archive, share by share, into one commit."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from components.begin_run.migrate import migrate
from components.event_tables import commit
from components.event_tables.offsets import canonical, ends, moved, refuse_gap
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.tables import parse_definition
from components.shell import spans
from components.shell.errors import SupersededError
from components.shell.instants import EPOCH
from components.shell.summary import Summary, read_summary
from pipelines.event_aggregation import TABLE
from tests.components.event_tables.scene import HOUR, T0, commit_staged, stage_all
from tests.components.event_tables.test_other_kinds import LIKE, like, rows, world_of, write

EMPTY = {
    "manifest": "", "staged": 0, "read": 0, "taken": 0, "rejected": 0, "filtered": 0, "repeated": 0, "reasons": {},
    "first_rejected": "",
}  # fmt: skip
SPAN = {"start": 0, "end": 3}
Commit = Callable[..., Summary]


@pytest.fixture
def committed(catalog_env: dict[str, str], tmp_path: Path) -> Commit:
    """A function that commits shares in which nothing was to be read, and gives what the step says."""
    migrate([parse_definition(TABLE.document())])
    outputs: dict[str, Any] = {name: tmp_path / name for name in ("snapshot_id", "receipt", "summary")}

    def run(shares: int) -> Summary:
        given: dict[str, Any] = {
            "staged": [EMPTY] * shares,
            "offsets": {"views": {"id": "a", "partitions": {"0": SPAN}}},
        }
        identity: dict[str, Any] = {"table": TABLE.document(), "pipeline": "p", "version": "1", "run_key": "k"}
        times: dict[str, Any] = {"as_of": T0, "interval_start": EPOCH, "interval_end": T0}
        commit.main(**{**identity, **times, **given}, **outputs)
        return read_summary(outputs["summary"])

    return run


def test_shares_in_which_nothing_was_are_a_commit_all_the_same(
    committed: Commit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table is then known to be complete; whoever commits the same again finds it done."""
    first = committed(1)
    snapshot = (tmp_path / "snapshot_id").read_text()
    assert capsys.readouterr().out == f"{TABLE.name}: 0 events committed (snapshot {snapshot})\n"
    assert (first.details["already_done"], first.details["snapshot_id"]) == (False, snapshot)
    place = load_table(open_catalog(), TABLE.name).metadata_location
    assert committed(2).details["snapshot_id"] == snapshot
    assert load_table(open_catalog(), TABLE.name).metadata_location == place


def test_an_event_that_comes_again_is_staged_once(catalog_env: dict[str, str], tmp_path: Path) -> None:
    """In the same share or in a later run; the step says how many came, and how many of them are new."""
    archive = tmp_path / "archive"
    world = world_of(archive, [LIKE], {"likes": "like"}, ["stars long"], ["like"])
    figures = []
    for number, values in enumerate(([like(1, 0), like(2, 4), like(1, 0)], [like(2, 4), like(3, 5)]), start=1):
        write(archive, "likes", *values)
        scratch = tmp_path / str(number)
        scratch.mkdir()
        staged = stage_all(world, T0 + number * HOUR, scratch)
        commit_staged(world, T0 + number * HOUR, scratch, staged)
        summary = read_summary(scratch / "share-0/figures")
        figures.append((summary.rows_in, summary.rows_out, summary.details["filtered"], summary.details["files"]))
    assert figures == [(3, 2, {"repeated": 1}, 1), (2, 1, {"repeated": 1}, 1)]
    assert sorted(row["event_id"] for row in rows("kitchen.events")) == ["l1", "l2", "l3"]


def offsets(after: Mapping[str, Any] | None = None, **spans: tuple[int, int]) -> dict[str, Any]:
    """Offsets of one partition of each topic, in the order given."""
    return {
        name: {"id": name, "partitions": {"0": {"start": start, "end": end}}} | ({"after": after} if after else {})
        for name, (start, end) in spans.items()
    }


def test_offsets_are_one_text_however_they_come() -> None:
    """KFP hands on doubles; what was lost is part of it where something was."""
    plain = {"a": {"id": "a", "partitions": {"0": {"start": 0, "end": 3}}}}
    assert json.loads(canonical({"a": {"id": "a", "partitions": {"0": {"start": 0.0, "end": 3.0}}}})) == plain
    lost = {"a": plain["a"] | {"after": {"0": 7}}}
    assert json.loads(canonical({"a": plain["a"] | {"after": {"0": 7.0}}})) == lost
    said = {"a": lost["a"] | {"lost_until": "2026-03-01T00:00:00Z", "waiting": {"0": 9}, "kind": "view"}}
    said["a"] |= {"looked": "2026-02-01T00:00:00Z", "since": "2026-01-01T00:00:00Z", "cut": {"0": 3}}
    assert json.loads(canonical({"a": said["a"] | {"waiting": {"0": 9.0}, "cut": {"0": 3.0}}})) == said
    assert canonical(offsets(b=(0, 1), a=(0, 1))) == canonical(offsets(a=(0, 1), b=(0, 1)))
    assert ends(offsets(b=(0, 1), a=(0, 2))) == {"a": {"0": 2}, "b": {"0": 1}}


def test_offsets_of_many_files_are_packed() -> None:
    """They go on from each other, and are one text, as those of a few."""
    last, load = (
        {"a": {"id": "archive", **spans.written(dict.fromkeys(range(500), span))}} for span in ((0, 3), (3, 4))
    )
    assert json.loads(canonical(load)) == load
    assert (moved(load), ends(load)["a"]["499"]) == (True, 4)
    refuse_gap(last, load)
    with pytest.raises(SupersededError, match="partition 0 of a up to offset 3, the run goes on from 0"):
        refuse_gap(last, last)


def test_the_first_gap_by_name_is_told() -> None:
    """Of several, so that a run that is tried again says the same; a loss that was planned for is none."""
    last, load = offsets(b=(0, 3), a=(0, 3)), offsets(b=(4, 9), a=(5, 9))
    with pytest.raises(SupersededError, match="partition 0 of a up to offset 3, the run goes on from 5"):
        refuse_gap(last, load)
    with pytest.raises(SupersededError, match="goes on from nowhere"):
        refuse_gap(last, offsets(b=(3, 9)))
    refuse_gap(last, offsets(after={"0": 3}, b=(4, 9), a=(5, 9)))
