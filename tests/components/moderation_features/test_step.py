"""The step as a process: arguments, exit codes, files."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.iceberg.lateness import Past
from components.moderation_features import __main__ as entry
from components.shell.datasets import MANIFEST, read_manifest
from components.shell.instants import format_instant
from components.shell.summary import Summary
from pipelines.moderation_training import COLUMNS
from tests.components.moderation_features.histories import AS_OF, END, START, History, run, write_history

TYPES = {
    "string": pa.string(),
    "timestamptz": pa.timestamp("us", tz="UTC"),
    "int": pa.int32(),
    "long": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
}


def step(directory: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    """The finished process over the history in `directory`."""
    arguments = {
        "raw": directory / "raw",
        "views": directory / "views",
        "past": directory / "past.json",
        "held": directory / "held",
        "views-from": "events",
        "as-of": format_instant(AS_OF),
        "interval-start": format_instant(START),
        "interval-end": format_instant(END),
        "rows": directory / "out/rows",
        "rejected": directory / "out/rejected",
        "touched": directory / "out/touched",
        "views-source": directory / "out/views-source",
        "summary": directory / "out/summary.json",
        **changed,
    }
    flags = [str(part) for name, value in arguments.items() for part in (f"--{name}", value)]
    command = [sys.executable, "-m", "components.moderation_features", *flags]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history of 60 images."""
    directory = tmp_path_factory.mktemp("source")
    write_history(directory, History(seed=21, images=60).tables())
    return directory


def test_rows_have_exactly_the_columns_of_the_table(source: Path):
    """Names, order, types and what may be null are those of pipelines/moderation_training.py."""
    done = step(source)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    expected = [pa.field(one.name, TYPES[one.type], nullable=not one.required) for one in COLUMNS]
    assert pq.read_schema(source / "out/rows/part-00000.parquet").remove_metadata() == pa.schema(expected)
    summary = json.loads((source / "out/summary.json").read_text())
    assert summary["rows_out"] == read_manifest(source / "out/rows").rows > 0
    assert summary["rows_rejected"] == read_manifest(source / "out/rejected").rows > 0


@pytest.mark.parametrize(
    ("after", "warned"), [(None, False), (timedelta(hours=36), False), (timedelta(hours=36, microseconds=1), True)]
)
def test_attributes_without_a_history_are_said_to_be_of_the_extract(
    tmp_path: Path, after: timedelta | None, warned: bool
) -> None:
    """The summary, and so the receipt, says when they were read; that this was long after the instant is warned of."""
    write_history(tmp_path, {})
    taken = "unknown" if after is None else format_instant(AS_OF + after)
    if after is not None:
        (tmp_path / "raw" / MANIFEST).write_text(json.dumps({"source": {"taken_at": taken}}))
    done = step(tmp_path)
    details = json.loads((tmp_path / "out/summary.json").read_text())["details"]
    assert details["attributes_from"] == taken
    named = f"caption, category, is_test_account and year_of_birth are those of {taken}"
    assert [line.startswith(named) for line in details.get("warnings", [])] == [True] * warned
    assert (named in done.stderr) is warned


def test_zero_rows_have_the_same_columns(tmp_path: Path, source: Path):
    """An empty dataset carries the schema."""
    write_history(tmp_path, {})
    assert step(tmp_path).returncode == 0
    empty = pq.read_table(tmp_path / "out/rows")
    assert empty.num_rows == 0
    run(source)
    assert empty.schema == pq.read_schema(source / "rows/part-00000.parquet")


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, source: Path):
    """A second run replaces the files with equal ones, whatever was there, and so does a run of its own."""
    step(source, rows=str(tmp_path / "a"), rejected=str(tmp_path / "b"))
    first = [read_manifest(tmp_path / name) for name in ("a", "b")]
    (tmp_path / "a/_manifest.json").unlink()
    (tmp_path / "a/part-00000.parquet").write_bytes(b"cut")
    step(source, rows=str(tmp_path / "a"), rejected=str(tmp_path / "b"))
    assert [read_manifest(tmp_path / name) for name in ("a", "b")] == first
    run(source)
    assert [read_manifest(source / name) for name in ("rows", "rejected")] == first


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"as-of": "yesterday"}, 11, "'yesterday' is not an instant"),
        ({"as-of": "2026-01-15T00:00:00"}, 11, "with an offset"),
        ({"as-of": format_instant(END)}, 11, "less than 24 hours before as_of"),
        ({"views-from": "clicks"}, 11, "views_from is 'clicks'"),
        ({"deletions": "none"}, 11, "deletions is 'none'"),
        ({"view": "x"}, 11, "did you mean --views"),
        ({"raw": "/nowhere"}, 10, "table users is missing"),
    ],
)
def test_bad_arguments_end_with_one_line(source: Path, changed: dict[str, str], code: int, words: str):
    """The exit code of the protocol, one line, no traceback."""
    done = step(source, **changed)
    assert done.returncode == code
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert words in line


def test_an_as_of_before_the_data_ends_with_11(tmp_path: Path):
    """The whole step says so before it writes anything."""
    write_history(tmp_path, {"images": [{"id": "i", "user_id": "u", "uploaded_at": AS_OF}]})
    done = step(tmp_path, **{"as-of": format_instant(START), "interval-start": "2026-01-01T00:00:00Z",
                             "interval-end": "2026-01-02T00:00:00Z"})  # fmt: skip
    assert done.returncode == 11
    assert f"lies before the first image ({format_instant(AS_OF)})" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_full_disk_ends_with_75_and_no_manifest(tmp_path: Path, source: Path):
    """Writing to a device that is always full: nothing half-written looks complete."""
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows/part-00000.parquet").symlink_to("/dev/full")
    done = step(source, rows=str(tmp_path / "rows"))
    assert done.returncode == 75
    assert "the disk is full" in done.stderr
    assert not (tmp_path / "rows/_manifest.json").exists()


@pytest.mark.parametrize(("reopened", "told"), [(0, ""), (1, "late of 1 image before"), (2000, "late of 2,000 images")])
def test_images_whose_rows_are_made_anew_are_told(
    reopened: int, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """How many, and the parameter says where the views of all come from."""
    done = Summary(1, 1, 0, {"views": {"from": "events", "source": "a"}, "late": {"reopened": reopened}})
    monkeypatch.setattr(entry, "compute", lambda *_: done)
    past, source = tmp_path / "past.json", tmp_path / "source"
    past.write_text(Past().text())
    entry.main(
        raw=tmp_path, views=tmp_path, views_from="events", as_of=AS_OF, interval_start=START, interval_end=END,
        rows=tmp_path, rejected=tmp_path, touched=tmp_path, past=past, held=tmp_path, views_source=source,
        summary=tmp_path / "summary.json",
    )  # fmt: skip
    said = capsys.readouterr().out
    assert (told in said, bool(said)) == (True, bool(told))
    assert source.read_text() == "a"
