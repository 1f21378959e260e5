"""The event-aggregation pipeline as a whole, from archived topics, through the command, on real services."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest

from components.iceberg.catalog import load_table, open_catalog
from pipelines.event_aggregation import TABLE, WINDOWS
from stockpot.samples import archive
from stockpot.samples.stream import EVENT, MALFORMED, Record, Shares, stream

STOCKPOT = str(Path(sys.executable).with_name("stockpot"))
BEGIN, HALFWAY, END = "2026-01-08T12:00:00Z", "2026-01-10T00:00:00Z", "2026-02-01T00:00:00Z"
STOP = "2026-01-11T00:00:00Z"
FIVE_MINUTES = timedelta(minutes=5)
pytestmark = [
    pytest.mark.xdist_group("event-aggregation"),
    pytest.mark.usefixtures("catalog_env"),
    pytest.mark.timeout(1200),
]


def run(home: Path, as_of: str, events: Path, *more: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, outcome and stderr of a run."""
    command = [STOCKPOT, "run", "event-aggregation", "--as-of", as_of, "--events", str(events), "--output", "json"]
    done = subprocess.run(
        [*command, "--home", str(home), *more], capture_output=True, text=True, check=False, timeout=600
    )
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


def few_days(groups: Iterable[list[Record]]) -> list[list[Record]]:
    """What happened on a few of the sample's days: each of their hours is a file of each table."""
    begin, stop = (datetime.fromisoformat(instant).timestamp() * 1e6 for instant in (BEGIN, STOP))
    return [[record for record in group if begin <= record.event.at < stop] for group in groups]


def windows() -> Counter[tuple[str, str, datetime]]:
    """What the tables of windows say: events per kind, image and window."""
    found: Counter[tuple[str, str, datetime]] = Counter()
    for kind, definition in WINDOWS.items():
        for row in load_table(open_catalog(), definition.name).scan().to_arrow().to_pylist():
            window = kind, row["image_id"], row["window_start"]
            assert window not in found
            found[window] = row["event_count"]
    return found


def truth(records: list[Record], as_of: str) -> Counter[tuple[str, str, datetime]]:
    """A plain count over what was written, of what was known at `as_of`."""
    known = datetime.fromisoformat(as_of).timestamp() * 1000
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    events = [record.event for record in records if record.outcome == EVENT and record.known_at <= known]
    return Counter(
        (one.kind, one.image_id, epoch + timedelta(microseconds=one.at) // FIVE_MINUTES * FIVE_MINUTES)
        for one in events
        if one.kind in WINDOWS and one.image_id
    )


@pytest.mark.turns
def test_files_of_topics_land_once_and_are_counted(tmp_path: Path) -> None:
    """Two runs count what was known at each; files that come between belong to the second; a third changes nothing."""
    groups = few_days(stream(7, 5_000, 20, Shares(repeated=0.5)))
    records = [record for group in groups for record in group]
    archive.write(groups[:1], tmp_path / "events")
    assert run(tmp_path, HALFWAY, tmp_path / "events", "--param=consumers=2")[0] == 0
    assert windows() == truth(list(groups[0]), HALFWAY)
    archive.write(groups, tmp_path / "events", replace=True)
    code, outcome, _ = run(tmp_path, END, tmp_path / "events")
    assert code == 0, outcome
    assert windows() == truth(records, END)
    ids = (
        load_table(open_catalog(), TABLE.name)
        .scan(selected_fields=("topic", "partition", "offset", "event_id"))
        .to_arrow()
    )
    own = ids.filter(pc.is_valid(ids["event_id"]))
    assert ids.num_rows == ids.group_by(["topic", "partition", "offset"]).aggregate([]).num_rows
    assert own.num_rows == own.group_by(["topic", "event_id"]).aggregate([]).num_rows
    before = load_table(open_catalog(), TABLE.name).metadata_location
    assert run(tmp_path, END, tmp_path / "events")[0] == 0
    assert load_table(open_catalog(), TABLE.name).metadata_location == before


@pytest.mark.turns
def test_malformed_lines_are_told_and_stop_the_run_where_there_are_many(tmp_path: Path) -> None:
    """Below the threshold a run goes through and counts them; above it, nothing is committed and the code is 10."""
    groups = few_days(stream(7, 0, 1, Shares(malformed=0.009)))
    spoilt = sum(record.outcome == MALFORMED and record.event.kind in WINDOWS for record in groups[0])
    archive.write(groups, tmp_path / "events")
    code, _, said = run(tmp_path, END, tmp_path / "events", "--param=most_rejected=0.001")
    assert code == 10
    assert f"{spoilt} of " in said
    assert load_table(open_catalog(), TABLE.name).current_snapshot() is None
    assert run(tmp_path, END, tmp_path / "events")[0] == 0
    assert windows() == truth(groups[0], END)


def test_an_archive_that_is_none_is_a_wrong_parameter(tmp_path: Path) -> None:
    """A directory without folders of these topics ends with 11 and says how it is to be laid out."""
    code, _, said = run(tmp_path, END, tmp_path)
    assert code == 11
    assert "DIRECTORY/TOPIC/ with *.jsonl" in said
