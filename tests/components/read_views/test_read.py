"""Views of every form come out alike, and what is malformed is told, not lost."""

import gzip
import io
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from minio import Minio

from components.connect import store as shell_store
from components.connect.endpoints import ObjectStore
from components.read_views.read import Outputs, Request, read
from components.shell.datasets import files
from components.shell.errors import ConfigurationError, ContractError, TransientError
from components.shell.summary import Summary, read_summary
from pipelines.gourmetgram import VIEW
from tests.conftest import ObjectStore as Running
from tests.harness.odd.files import DAMAGED, HIDDEN, LINES, READ, REFUSED

START, END = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 1, 11, tzinfo=UTC)
NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
IMAGE = "0a000000-0000-4000-8000-00000000000b"
Result = tuple[list[dict[str, Any]], list[dict[str, Any]], Summary]


@pytest.fixture
def put(object_store: Running) -> Callable[[str, bytes], None]:
    """A function that puts an object under `source/`."""

    def store(name: str, content: bytes) -> None:
        object_store.client.put_object(object_store.bucket, f"source/{name}", io.BytesIO(content), len(content))

    return store


@pytest.fixture
def client(object_store: Running) -> Minio:
    """The step's own client."""
    host = object_store.endpoint.removeprefix("http://")
    return shell_store.connect(ObjectStore(host, False, object_store.access_key, object_store.secret_key))


@pytest.fixture
def found(client: Minio, object_store: Running, tmp_path: Path) -> Callable[..., Result]:
    """A function that runs the step's work and gives views, rejected lines and summary."""

    def run(views_from: str = "events", source: str = "source", start: datetime = START, end: datetime = END) -> Result:
        outputs = Outputs(tmp_path / "views", tmp_path / "rejected", tmp_path / "summary.json")
        read(lambda: client, Request(VIEW, views_from, source, object_store.bucket, start, end), outputs)
        views, rejected = (pq.read_table(files(path)[0]).to_pylist() for path in (outputs.views, outputs.rejected))
        return views, rejected, read_summary(outputs.summary)

    return run


def view(at: object = "2026-01-10T12:00:00", image: object = IMAGE, **more: object) -> bytes:
    """A line of a topic dump."""
    return json.dumps({"event_type": "view", "image_id": image, "viewed_at": at, **more}).encode() + b"\n"


MALFORMED = [
    (b'{"event_type": "view", "image_id": "x", "viewed_at"\n', "no JSON"),
    (b"\xff\xfe{}\n", "not UTF-8"),
    (view(image=" "), "image_id is no id"),
    (view(at="9999-12-31T23:59:59Z"), "viewed_at lies in the future"),
    (view(event_type="comment", image=None), None),
]


@pytest.mark.parametrize(("line", "reason"), MALFORMED)
def test_malformed_lines_are_told(line: bytes, reason: str | None, put: Callable, found: Callable) -> None:
    """A broken line is rejected with file, line and reason, and costs no other line; other kinds are no break."""
    put("views.jsonl", view() * 150 + b"\n" + line + view() * 50)
    views, rejected, summary = found()
    assert rejected == ([{"file": "source/views.jsonl", "line": 152, "reason": reason}] if reason else [])
    assert len(views) == 200
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (201, len(views), len(rejected))


def test_more_than_one_in_a_hundred_breaks_the_contract(put: Callable, found: Callable, tmp_path: Path) -> None:
    """One malformed line in a hundred passes, two do not, and then no views are handed on."""
    put("a.jsonl", view() * 99 + b"oops\n")
    assert len(found()[0]) == 99
    put("b.jsonl", b"oops again\n")
    with pytest.raises(ContractError, match=r"2 of 101 lines .* line 100 of source/a\.jsonl \(no JSON\)"):
        found()
    assert not (tmp_path / "views/_manifest.json").exists()


def test_the_interval_and_an_hour_are_kept(put: Callable, found: Callable) -> None:
    """Views from the first instant of the interval to right before an hour after its end are kept."""
    hour, tick = timedelta(hours=1), timedelta(microseconds=1)
    times = [START - tick, START, END, END + hour - tick, END + hour]
    put("views.jsonl", b"".join(view(at.isoformat()) for at in times))
    views, _, summary = found()
    assert [row["event_time"] for row in views] == times[1:4]
    assert summary.details["filtered"] == {"outside_interval": 2, "other_kind": 0}


def test_alike_views_are_different_views(put: Callable, found: Callable) -> None:
    """Views have no id: two alike lines are two views, in one file and in two."""
    put("a.jsonl", view() + view())
    put("b.jsonl", view())
    assert len(found()[0]) == 3


def test_other_events_are_no_views(put: Callable, found: Callable) -> None:
    """Comments in the same dump are counted, not rejected."""
    put("all.jsonl", view() + json.dumps({"event_type": "comment", "image_id": IMAGE}).encode() + b"\r\n" + view())
    views, rejected, summary = found()
    assert (len(views), rejected, summary.details["filtered"]["other_kind"]) == (2, [], 1)
    assert summary.rows_in == 3


def test_other_events_of_parquet_are_no_views(put: Callable, found: Callable) -> None:
    """A table of all events, such as one of ours, holds comments too; without a kind every row is a view."""
    instants = pa.array([NOON] * 3, pa.timestamp("us", "UTC"))
    events = {"image_id": ["a", "b", "c"], "event_time": instants}
    put("mixed.parquet", _parquet({**events, "event_type": ["view", "comment", "flag"]}))
    views, rejected, summary = found()
    assert ([row["image_id"] for row in views], rejected) == (["a"], [])
    assert summary.details["filtered"]["other_kind"] == 2
    put("views.parquet", _parquet(events))
    assert [row["image_id"] for row in found()[0]] == ["a", "a", "b", "c"]


def test_files_of_all_kinds_are_read_together(put: Callable, found: Callable) -> None:
    """Plain and packed dumps and Parquet are read in the order of their names; hidden files are let be, and counted."""
    put("deep/1.jsonl", view(image="one").rstrip(b"\n"))
    put("deep/2.jsonl.gz", gzip.compress(view(image="two")) + gzip.compress(view(image="three")))
    buffer = io.BytesIO()
    naive = pa.array([NOON.replace(tzinfo=None)], pa.timestamp("us"))
    pq.write_table(pa.table({"image_id": ["four"], "event_time": naive, "more": [1]}), buffer)
    put("deep/3.parquet", buffer.getvalue())
    put("deep/_SUCCESS", b"")
    put("deep/_temporary/0/part.jsonl", b"oops\n")
    put("empty.jsonl", b"")
    views, rejected, summary = found()
    assert [row["image_id"] for row in views] == ["one", "two", "three", "four"]
    assert {row["event_time"] for row in views} == {row["known_at"] for row in views} == {NOON}
    assert (rejected, summary.details["files"], summary.details["hidden_files"]) == ([], 4, 2)


def test_files_of_all_spellings_are_read(put: Callable, found: Callable) -> None:
    """Every file of the corpus is read whole, its lines keep their numbers, and hidden files are counted."""
    for name, content, _ in READ:
        put(name, content)
    for name in HIDDEN:
        put(f"more/{name}", b"no view")
    views, rejected, summary = found()
    expected = [image for _, _, lines in sorted(READ) for image in lines.values()]
    assert sorted(row["image_id"] for row in views) == sorted(expected)
    assert (rejected, summary.rows_in) == ([], len(expected))
    assert (summary.details["files"], summary.details["hidden_files"]) == (len(READ), len(HIDDEN))


def test_files_that_cannot_be_read_end_the_step(put: Callable, found: Callable) -> None:
    """Nothing is called complete beside a file that was not read: its name is told."""
    for number, name in enumerate(REFUSED):
        put(f"{number}/{name}", LINES)
        put(f"{number}/b.jsonl", LINES)
        with pytest.raises(ConfigurationError, match=re.escape(name)):
            found(source=f"source/{number}")
    put("twice/a.jsonl", LINES)
    put("twice/a.jsonl.gz", gzip.compress(LINES))
    with pytest.raises(ConfigurationError, match="are the same file twice"):
        found(source="source/twice")
    for name, content in DAMAGED:
        put(f"{name}/{name}", content)
        with pytest.raises(ContractError, match=re.escape(f"source/{name}/{name}: ")):
            found(source=f"source/{name}")


def test_parquet_rows_without_a_key_are_rejected(put: Callable, found: Callable) -> None:
    """A row of Parquet without image or time is rejected with its number; UUIDs become text."""
    count = 300
    ids = pa.ExtensionArray.from_storage(
        pa.uuid(), pa.array([None if row == 7 else bytes(16) for row in range(count)], pa.binary(16))
    )
    times = pa.array([None if row == 9 else NOON for row in range(count)], pa.timestamp("ns", "UTC"))
    buffer = io.BytesIO()
    pq.write_table(pa.table({"image_id": ids, "event_time": times, "known_at": times}), buffer)
    put("views.parquet", buffer.getvalue())
    views, rejected, _ = found()
    assert views[0] == {"image_id": "00000000-0000-0000-0000-000000000000", "event_time": NOON, "known_at": NOON}
    assert [(row["line"], row["reason"]) for row in rejected] == [(8, "no image_id"), (10, "no event_time")]


SECONDS = int(NOON.timestamp())
COLUMNS = {
    "image_id": [
        (pa.array([7], pa.int64()), "7"),
        (pa.array([Decimal(7)], pa.decimal128(20, 0)), "7"),
        (pa.array(["7  "]), "7"),
        (pa.array([IMAGE.upper()]).dictionary_encode(), IMAGE),
        (pa.array([IMAGE.replace("-", "")], pa.large_string()), IMAGE),
        (pa.array([UUID(IMAGE).bytes], pa.binary(16)), IMAGE),
    ],
    "event_time": [
        (pa.array([NOON], pa.timestamp("ns", "America/New_York")), NOON),
        (pa.array([SECONDS], pa.timestamp("s")), NOON),
        (pa.array([SECONDS * 1000], pa.int64()), NOON),
        (pa.array([SECONDS + 0.5]), NOON + timedelta(seconds=0.5)),
        (pa.array([SECONDS * 1e9]), NOON),
        (pa.array(["2026-01-10t12:00:00,5z"]), NOON + timedelta(seconds=0.5)),
        (pa.array([2**62], pa.timestamp("ms")), "event_time is no instant"),
        (pa.array(["2026-01-10T12:00:00+25:00"]), "event_time is no instant"),
        (pa.array([float("nan")]), "event_time is no instant"),
    ],
}


def test_columns_of_parquet_of_many_types(put: Callable, found: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids and instants have the values that lines of JSON would give them, whatever type of column they come in."""
    monkeypatch.setattr("components.read_views.read._MOST_REJECTED", 1.0)
    for name, cases in COLUMNS.items():
        for number, (column, _) in enumerate(cases):
            sound = {"image_id": pa.array([IMAGE]), "event_time": pa.array([NOON], pa.timestamp("us", "UTC"))}
            put(f"{name}/{number}.parquet", _parquet({**sound, name: column}))
        views, rejected, _ = found(source=f"source/{name}")
        assert [row[name] for row in views] == [value for _, value in cases if value not in REASONS]
        assert [row["reason"] for row in rejected] == [value for _, value in cases if value in REASONS]
    put("float/a.parquet", _parquet({"image_id": [7.0], "event_time": [NOON]}))
    with pytest.raises(ContractError, match=r"float/a\.parquet: image_id is double"):
        found(source="source/float")


REASONS = {"event_time is no instant"}
WINDOW = {
    "image_id": IMAGE,
    "window_start": "2026-01-10T12:00:00",
    "window_end": "2026-01-10T12:05:00",
    "event_count": 3,
}
BROKEN_WINDOWS = [
    ({"image_id": None}, "no image_id"),
    ({"window_start": "x"}, "window_start is no instant"),
    ({"window_end": None}, "window_end is no instant"),
    ({"window_end": WINDOW["window_start"]}, "the window ends before it starts"),
    ({"event_count": -1}, "event_count is no count"),
    ({"event_count": 1.5}, "event_count is no count"),
    ({"event_count": None}, "event_count is no count"),
]


@pytest.mark.parametrize(("change", "reason"), BROKEN_WINDOWS)
def test_windows_of_json(change: dict[str, object], reason: str, put: Callable, found: Callable) -> None:
    """Windows are taken with their count; a broken one is rejected with its reason."""
    good = json.dumps(WINDOW).encode() + b"\n"
    put("windows.jsonl", good * 100 + json.dumps({**WINDOW, **change}).encode())
    views, rejected, _ = found("windows")
    assert views[0] == {**WINDOW, "window_start": NOON, "window_end": NOON + timedelta(minutes=5)}
    assert len(views) == 100
    assert [(row["line"], row["reason"]) for row in rejected] == [(101, reason)]


def test_windows_of_parquet_that_touch_the_interval(put: Callable, found: Callable) -> None:
    """A window is kept where any of it lies within the wanted time."""
    starts = [
        START - timedelta(minutes=5),
        START - timedelta(minutes=4),
        END + timedelta(minutes=59),
        END + timedelta(minutes=60),
    ]
    ends = [start + timedelta(minutes=5) for start in starts]
    instant = pa.timestamp("us", "UTC")
    table = pa.table(
        {
            "image_id": [IMAGE] * 4,
            "window_start": pa.array(starts, instant),
            "window_end": pa.array(ends, instant),
            "event_count": pa.array([1, 2, 3, 4], pa.int32()),
            "processed_at": pa.array(ends, instant),
        }
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    put("windows.parquet", buffer.getvalue())
    assert [row["event_count"] for row in found("windows")[0]] == [2, 3]


def test_milestones_bring_no_views(found: Callable) -> None:
    """With milestones the dataset is empty and typed, and no source is needed."""
    views, rejected, summary = found("milestones", source="")
    assert (views, rejected, summary.rows_in) == ([], [], 0)


def test_milestones_ask_no_store(tmp_path: Path) -> None:
    """With milestones the step runs without any endpoint."""
    command = [
        sys.executable,
        "-m",
        "components.read_views",
        "--views-from",
        "milestones",
        "--views-source",
        "",
        "--bucket",
        "lake",
        "--event",
        json.dumps(VIEW.describe()),
    ]
    command += ["--interval-start", "2026-01-10T00:00:00Z", "--interval-end", "2026-01-11T00:00:00Z"]
    command += ["--table", "event_aggregations.events"]
    for name in ("views", "rejected", "form", "coverage", "summary"):
        command += [f"--{name}", str(tmp_path / name)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MINIO")}
    done = subprocess.run(
        command, env=environment, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
    schema = pq.read_schema(files(tmp_path / "views")[0])
    instant = pa.timestamp("us", "UTC")
    assert schema == pa.schema([("image_id", pa.string()), ("event_time", instant), ("known_at", instant)])


def test_an_unknown_form_is_refused(found: Callable) -> None:
    """A form that there is none of is refused with the near match."""
    with pytest.raises(ConfigurationError, match="did you mean events"):
        found("event")
    with pytest.raises(ConfigurationError, match="choose one of auto, events, windows, milestones"):
        found("kafka")


@pytest.mark.parametrize("source", ["", " / ", "s3://lake/source", "nothing/here", "sour"])
def test_an_empty_source_is_refused(source: str, put: Callable, found: Callable) -> None:
    """Nothing to read is a matter of configuration, also where a name merely begins alike."""
    put("views.jsonl", view())
    put("other/_readme.txt", b"x")
    with pytest.raises(ConfigurationError, match=r"source|nothing to read"):
        found(source=source)
    with pytest.raises(ConfigurationError, match="nothing to read"):
        found(source="source/other")


def test_an_interval_that_ends_before_it_starts_is_refused(found: Callable) -> None:
    """Start and end in the wrong order are a matter of configuration."""
    with pytest.raises(ConfigurationError, match="ends before it starts"):
        found(start=END, end=START)


def test_damaged_files_are_named(put: Callable, found: Callable) -> None:
    """A packed dump that is cut, or Parquet that is none or lacks a column, breaks the contract by its name."""
    noise = bytes(random.Random(1).randrange(32, 127) for _ in range(20_000))
    damaged = {
        "a.jsonl.gz": gzip.compress(noise)[:-20],
        "b.parquet": b"PAR1 not really",
        "c.parquet": _parquet({"image": ["x"], "event_time": [NOON]}),
        "d.parquet": _parquet({"image_id": ["x"], "event_time": [[1, 2]]}),
    }
    for name, content in damaged.items():
        put(f"{name[0]}/{name}", content)
        with pytest.raises(ContractError, match=f"source/{name[0]}/{name}"):
            found(source=f"source/{name[0]}")


def _parquet(columns: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def test_a_line_of_ten_megabytes_costs_no_other(put: Callable, found: Callable) -> None:
    """A value longer than an event may be is rejected, and lines across two pieces stay whole."""
    put("views.jsonl", view() * 60_000 + view(note="x" * 10_000_000) + view() * 60_000)
    views, rejected, _ = found()
    assert len(views) == 120_000
    assert [(row["line"], row["reason"]) for row in rejected] == [(60_001, "longer than 1 MiB")]


def test_a_bucket_that_is_missing(client: Minio, tmp_path: Path) -> None:
    """A bucket that is not there is a matter of configuration."""
    outputs = Outputs(tmp_path / "views", tmp_path / "rejected", tmp_path / "summary.json")
    with pytest.raises(ConfigurationError, match="does not exist"):
        read(lambda: client, Request(VIEW, "events", "source", "not-there", START, END), outputs)


def test_a_store_that_does_not_answer(tmp_path: Path) -> None:
    """A store that is away is a matter of time."""
    outputs = Outputs(tmp_path / "views", tmp_path / "rejected", tmp_path / "summary.json")
    nowhere = shell_store.connect(ObjectStore("127.0.0.1:1", False, "key", "secret"))
    with pytest.raises(TransientError, match="does not answer"):
        read(lambda: nowhere, Request(VIEW, "events", "source", "lake", START, END), outputs)
    assert not list(tmp_path.rglob("_manifest.json"))
