"""Every reader of events sees the same in the corpus of odd values."""

import gzip
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from components.consume_events.consume import Outputs, Request, consume
from components.consume_events.source import source
from components.read_views import read as read_views
from components.read_views.forms import VALIDATORS, form_of
from components.shell.datasets import files
from components.shell.events.batch import Batch, listed
from components.shell.events.definition import Field
from components.shell.events.fast.bulk import bulk
from components.shell.events.files import lines
from components.shell.events.parse import one_by_one, parse
from components.shell.events.validate import Validator
from pipelines.gourmetgram import VIEW as VIEW_EVENT
from tests.harness.odd.events import VIEW, VIEWS, Case, View

Reader = Callable[[list[bytes], Path], dict[int, View | str]]
Row = tuple[int, View | str]


def _judged(values: list[bytes]) -> Iterator[Row]:
    count = len(values)
    found = Validator()(Batch("t", np.zeros(count, np.int32), np.arange(count), None, listed(values)), VIEW_EVENT)
    for row in found.events.to_pylist():
        yield row["offset"], (row["image_id"], row["event_time"], row["known_at"])
    yield from zip(*(found.rejected[name].to_pylist() for name in ("offset", "reason")), strict=True)


def together(values: list[bytes], _: Path) -> dict[int, View | str]:
    """What is seen in the values in one batch, each between values that look like most events."""
    found = dict(_judged([one for value in values for one in (value, VIEW)]))
    return {number: found[2 * number] for number in range(len(values))}


def archived(values: list[bytes], scratch: Path) -> dict[int, View | str]:
    """The same as the lines of an archived topic."""
    (scratch / "t").mkdir()
    (scratch / "t/a.ndjson.gz").write_bytes(gzip.compress(b"\n".join(values) + b"\n", 1))
    outputs = Outputs(*(scratch / name for name in ("events", "rejected", "summary")))
    where = source(str(scratch))
    consume(where, Request({"t": VIEW_EVENT}, where.held(["t"]), 1.0), outputs)
    events, rejected = (pq.read_table(files(path)).to_pylist() for path in (outputs.events, outputs.rejected))
    found = {row["offset"]: (row["image_id"], row["event_time"], row["known_at"]) for row in events}
    return found | {row["offset"]: row["reason"] for row in rejected}


def brought(values: list[bytes], scratch: Path) -> dict[int, View | str]:
    """The same as the lines of a dump of views."""
    (scratch / "a.json").write_bytes(b"\n".join(values))
    found: dict[int, View | str] = {}
    for judged in read_views._judged(
        VALIDATORS["events"](VIEW_EVENT), form_of("events", VIEW_EVENT), scratch / "a.json", "a.json"
    ):
        lines = judged.taken["offset"].to_pylist()
        views = judged.taken.select(["image_id", "event_time", "known_at"]).to_pylist()
        found |= {line - 1: tuple(view.values()) for line, view in zip(lines, views, strict=True)}
        found |= {row["line"] - 1: row["reason"] for row in judged.refused.to_pylist()}
    # Other kinds of events are none of its concern: it counts them and says nothing of each.
    return {number: found.get(number, "event_type is not view") for number in range(len(values))}


def test_both_ways_to_read_a_value_agree() -> None:
    """Wherever the fast way takes a value, by itself or between two others, it sees what the plain one sees."""
    fields = VIEW_EVENT.fields(stamped=False)
    for value, _ in VIEWS:
        for values in ([value], [VIEW, value, VIEW]):
            assert parse(listed(values), fields).equals(one_by_one(values, fields)), value[:120]


def test_some_lines_of_a_block_hold_no_others() -> None:
    """A part of a block is read at once like the whole, wherever it begins and whether or not its last line ends."""
    block = b"\n".join(VIEW.replace(b"0a", b"%02d" % number, 1) for number in range(10, 20))
    for text in (block, block + b"\n"):
        for begin, end in ((0, 10), (0, 3), (3, 7), (9, 10)):
            numbers, values = lines(text, begin, end)
            table = bulk(values, [Field("image_id")])
            assert numbers.tolist() == list(range(begin, end))
            assert table is not None
            assert [image[:2] for image in table["image_id"].to_pylist()] == [str(10 + number) for number in numbers]


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("reader", [together, archived, brought])
def test_every_reader_sees_the_same_in_odd_values(reader: Reader, tmp_path: Path) -> None:
    """Views come out with their values, and all others with the reason, whoever reads them and beside whatever."""
    cases: list[Case] = [case for case in VIEWS if reader is together or not set(case[0]) & set(b"\r\n")]
    found = reader([value for value, _ in cases], tmp_path)
    wrong = [(value[:120], found[number], seen) for number, (value, seen) in enumerate(cases) if found[number] != seen]
    assert wrong == []
    assert len(cases) > 200


def test_the_fast_path_is_one_folder_and_may_be_deleted(tmp_path: Path) -> None:
    """Without it, events are read as before."""
    components = Path(__file__).parents[3] / "components"
    shutil.copytree(components, tmp_path / "components", ignore=shutil.ignore_patterns("__pycache__", "fast"))
    for package in ("pipelines", "stockpot"):
        shutil.copytree(components.parent / package, tmp_path / package, ignore=shutil.ignore_patterns("*cache*"))
    program = f"""
import numpy as np
from components.shell.events import validate
from components.shell.events.batch import Batch, listed
from pipelines.gourmetgram import VIEW
batch = Batch("t", np.zeros(2, np.int32), np.arange(2), None, listed([{VIEW!r}, b"no"]))
found = validate.Validator()(batch, VIEW)
print(validate.__file__, validate.switch.is_fast(), found.events.num_rows, found.rejected["reason"].to_pylist())
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": "."}, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == f"{tmp_path}/components/shell/events/validate.py False 1 ['no JSON']\n"
