"""Files of archived topics are read like topics: each line once, from where the last commit ended."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from components.consume_events import archive
from components.consume_events.__main__ import main
from components.consume_events.consume import Outputs, Request, consume
from components.consume_events.offsets import Offsets, Span, Topic, continued, describe, parse_offsets
from components.consume_events.source import source
from components.shell.datasets import files
from components.shell.errors import ConfigurationError, ContractError, SourceGoneError
from components.shell.events import files as event_files
from components.shell.events.definition import Event, time
from pipelines.gourmetgram import VIEW
from tests.harness.odd.files import DAMAGED, HIDDEN, LINES, READ, REFUSED

TOPIC = "gourmetgram.views"
IMAGE = "0a000000-0000-4000-8000-00000000000b"


def line(second: int, **more: Any) -> bytes:
    """A view of this second, as a line of a file."""
    at = f"2026-01-10T11:{second // 60:02}:{second % 60:02}"
    return json.dumps({"event_type": "view", "image_id": IMAGE, "viewed_at": at, **more}).encode() + b"\n"


def lines(count: int, first: int = 0) -> bytes:
    """So many views, one a second."""
    return b"".join(line(second) for second in range(first, first + count))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the topic in an archive."""
    folder = tmp_path / "archive" / TOPIC
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def read(folder: Path) -> Callable[..., tuple[list[int], Offsets]]:
    """A function that reads what is new, and gives the seconds of the views and the offsets."""

    def run(after: Offsets | None = None) -> tuple[list[int], Offsets]:
        offsets = continued(after or {}, archive.held(folder.parent, [TOPIC]))
        found = []
        for batch in archive.batches(folder.parent, offsets):
            times = [json.loads(batch.values[row])["viewed_at"][-5:].split(":") for row in range(len(batch))]
            found += [60 * int(minute) + int(second) for minute, second in times]
        return found, parse_offsets(json.loads(json.dumps(describe(offsets))))

    return run


def test_plain_and_packed_files_are_read_from_where_the_last_run_ended(folder: Path, read) -> None:
    """Files grow and get neighbours between runs; every line is read once, those of a file in their order."""
    (folder / "a.jsonl").write_bytes(lines(3))
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(lines(3, 10)))
    first, after = read()
    (folder / "a.jsonl").write_bytes(lines(5))
    (folder / "c.jsonl").write_bytes(lines(2, 20))
    second, after = read(after)
    assert (first, second) == ([0, 1, 2, 10, 11, 12], [3, 4, 20, 21])
    assert read(after)[0] == []


def test_a_file_that_was_packed_since_is_the_same(folder: Path, read) -> None:
    """A day's file is packed when the day is over; nothing in it is read again."""
    (folder / "a.jsonl").write_bytes(lines(3))
    _, after = read()
    (folder / "a.jsonl").unlink()
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines(4)))
    assert read(after)[0] == [3]


def test_a_line_that_is_still_written_waits(folder: Path, read) -> None:
    """Half a line at the end of a file is left to the run that finds it whole; one without a break is whole."""
    (folder / "a.jsonl").write_bytes(lines(2) + line(2)[:20])
    first, after = read()
    (folder / "a.jsonl").write_bytes(lines(3).removesuffix(b"\n"))
    second, after = read(after)
    (folder / "a.jsonl").write_bytes(lines(3))
    assert (first, second, read(after)[0]) == ([0, 1], [2], [])


def test_large_files_come_in_bounded_batches(folder: Path, read, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever blocks end, the lines are the same; Windows' line breaks and empty lines are no part of a value."""
    (folder / "a.jsonl").write_bytes(lines(1000))
    monkeypatch.setattr(event_files, "_CHUNK", 997)
    monkeypatch.setattr(archive, "_BATCH_ROWS", 7)
    found, offsets = read()
    assert found == list(range(1000))
    assert max(len(batch) for batch in archive.batches(folder.parent, offsets)) <= 7
    (folder / "b.jsonl").write_bytes(b"\r\n" + line(1)[:-1] + b"\r\n\n")
    spans = archive.held(folder.parent, [TOPIC])[TOPIC]
    number = next(number for number, name in spans.names.items() if name.endswith("b.jsonl"))
    (batch,) = archive.batches(folder.parent, {TOPIC: Topic("archive", {number: Span(0, 3)})})
    assert (batch.offsets.tolist(), batch.values[0]) == ([1], line(1)[:-1])


def test_a_file_that_is_lost_or_cut_ends_the_run(folder: Path, read) -> None:
    """Lines that were read before and are gone are history lost, told with the file's name."""
    (folder / "a.jsonl").write_bytes(lines(3))
    (folder / "b.jsonl").write_bytes(lines(3, 10))
    _, after = read()
    (folder / "a.jsonl").write_bytes(lines(2))
    with pytest.raises(SourceGoneError, match=r"a\.jsonl has lost lines: it had 3"):
        read(after)
    (folder / "a.jsonl").unlink()
    with pytest.raises(SourceGoneError, match="has gone, has another name or begins differently"):
        read(after)


def test_files_and_kafka_do_not_continue_each_other(folder: Path, read) -> None:
    """A table that was filled from a broker is not gone on with from files: their numbers mean different things."""
    (folder / "a.jsonl").write_bytes(lines(3))
    with pytest.raises(SourceGoneError, match="from Kafka before, not from files"):
        read({TOPIC: Topic("some-id", {0: Span(0, 5)})})


def test_what_is_no_archive_is_told(folder: Path, tmp_path: Path) -> None:
    """A missing directory or folder, a file given twice and a damaged one are told with what to do."""
    with pytest.raises(ConfigurationError, match="there is no directory"):
        archive.held(tmp_path / "none", [TOPIC])
    with pytest.raises(ConfigurationError, match=r"has no folder gourmetgram\.likes"):
        archive.held(folder.parent, ["gourmetgram.likes"])
    (folder / "a.jsonl").write_bytes(lines(3))
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines(3)))
    with pytest.raises(ConfigurationError, match="the same file twice"):
        archive.held(folder.parent, [TOPIC])
    (folder / "a.jsonl").unlink()
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(np.random.default_rng(1).bytes(10_000))[:5000])
    with pytest.raises(ContractError, match="is damaged"):
        archive.held(folder.parent, [TOPIC])


def test_files_of_all_spellings_are_read(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Every file of the corpus is read whole, its lines keep their numbers, and hidden files are counted."""
    contents = {name: content for name, content, _ in READ} | {f"more/{name}": b"no view" for name in HIDDEN}
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    with caplog.at_level("INFO"):
        held = archive.held(folder.parent, [TOPIC])[TOPIC]
    assert f"{len(HIDDEN)} hidden or temporary files" in caplog.text
    found: dict[str, dict[int, str]] = {}
    for batch in archive.batches(folder.parent, {TOPIC: held}):
        for row, (number, offset) in enumerate(zip(batch.partitions, batch.offsets, strict=True)):
            lines_of = found.setdefault(held.names[number].removeprefix(f"{TOPIC}/"), {})
            lines_of[int(offset) + 1] = str(json.loads((batch.values[row] or b"").decode("utf-8-sig"))["image_id"])
    assert found == {name: images for name, _, images in READ if images}


def test_files_that_cannot_be_read_end_the_run(folder: Path) -> None:
    """Nothing is called complete beside a file that was not read: its name is told, and whoever made it is asked."""
    for name, content, error in [
        *((name, LINES, ConfigurationError) for name in REFUSED),
        *((name, content, ContractError) for name, content in DAMAGED),
    ]:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
        with pytest.raises(error, match=re.escape(name)):
            archive.held(folder.parent, [TOPIC])
        (folder / name).unlink()
    (folder.parent / "a.jsonl").write_bytes(LINES)
    with pytest.raises(ConfigurationError, match=r"a\.jsonl is in no topic's folder"):
        archive.held(folder.parent, [TOPIC])


def test_links_are_followed_once(folder: Path, tmp_path: Path) -> None:
    """A folder is read through a link, one that leads back is not read again, and a dead link is told."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.json").write_bytes(LINES)
    (folder / "day").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/again").symlink_to(folder)
    assert list(archive.held(folder.parent, [TOPIC])[TOPIC].names.values()) == [f"{TOPIC}/day/a.json"]
    (folder / "gone.json").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match=r"gone\.json is no file"):
        archive.held(folder.parent, [TOPIC])


@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
def test_a_file_with_two_names_is_not_read_twice(folder: Path, link: Callable[[Path, Path], None]) -> None:
    """A name such as `latest.jsonl` for another file would count its events twice: it is told."""
    (folder / "a.jsonl").write_bytes(LINES)
    (folder / "b.jsonl").write_bytes(LINES)
    link(folder / "latest.jsonl", folder / "b.jsonl")
    with pytest.raises(ConfigurationError, match=r"b\.jsonl and \S*latest\.jsonl are the same file twice"):
        archive.held(folder.parent, [TOPIC])
    (folder / "latest.jsonl").unlink()
    assert len(archive.held(folder.parent, [TOPIC])[TOPIC].names) == 2


def test_files_whose_numbers_meet_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Among tens of thousands of files two may get one number; neither is taken for the other."""
    monkeypatch.setattr(archive, "_number", lambda *_: 7)
    (folder / "a.jsonl").write_bytes(LINES)
    (folder / "b.jsonl").write_bytes(LINES)
    with pytest.raises(ConfigurationError, match=r"a\.jsonl and \S*b\.jsonl get the same number by chance - rename"):
        archive.held(folder.parent, [TOPIC])


def test_lines_become_events_with_the_time_they_tell(folder: Path, tmp_path: Path) -> None:
    """`known_at` counts where a line has it, else the event's own time; malformed lines have their place."""
    told = line(0, known_at="2026-01-10T12:00:00.123Z")
    (folder / "a.jsonl").write_bytes(told + line(1) + b"no\n" + line(2, known_at="soon") + line(3, known_at=None))
    outputs = Outputs(*(tmp_path / name for name in ("events", "rejected", "summary")))
    files_of = source(str(folder.parent))
    consume(files_of, Request({TOPIC: VIEW}, files_of.held([TOPIC]), 1.0), outputs)
    events, rejected = (pq.read_table(files(path)).to_pylist() for path in (outputs.events, outputs.rejected))
    assert [(event["offset"], event["known_at"].strftime("%T.%f")) for event in events] == [
        (0, "12:00:00.123000"),
        (1, "11:00:01.000000"),
        (4, "11:00:03.000000"),
    ]
    assert [(one["offset"], one["reason"]) for one in rejected] == [(2, "no JSON"), (3, "known_at is no instant")]


def test_a_parameter_says_which_words_stand_for_which_kind(tmp_path: Path) -> None:
    """It takes the place of what the definitions say, where they read the kind from the record."""
    shop = Event("shop", time("at", zone="UTC"), kinds={"look": "look"}, other="other")
    (tmp_path / "shop").mkdir()
    values = [{"event_type": word, "at": "2026-01-10T11:00:00"} for word in ("look", "purchase")]
    (tmp_path / "shop/a.jsonl").write_text("".join(f"{json.dumps(value)}\n" for value in values))
    spans = describe(archive.held(tmp_path, ["shop"]))
    given = {"topics": {"shop": "shop"}, "kinds": [shop.describe()], "spans": spans, "events_dir": str(tmp_path)}
    paths = {name: tmp_path / name for name in ("events", "rejected", "summary")}
    for kinds, found in ((None, ["look", "other"]), ({"purchase": "buy"}, ["other", "buy"])):
        main(**given, **paths, event_types=kinds)
        assert pq.read_table(files(paths["events"]))["event_type"].to_pylist() == found
