"""Which key a dataset gets, and when there is nothing left to do."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from components.begin_run.dataset import main
from components.begin_run.plan_dataset import Dataset, Plan, plan
from components.iceberg.receipts import Receipt, resolve
from components.shell.errors import ConfigurationError, SupersededError
from components.shell.instants import EPOCH
from components.shell.summary import read_summary

TABLE = {"name": "feed.training_data", "columns": ["timestamp timestamptz!"], "interval_column": "timestamp"}
GENERATED = Dataset("feed-ranking", "feed.training_data", "1", "synthetic", {"config": "a", "shares": [0.7, 0.3]})
READ = replace(GENERATED, source="postgres")
DAY = timedelta(days=1)
T0 = datetime(2026, 3, 1, 2, tzinfo=UTC)
NOW = T0 + 100 * DAY


def receipt(found: Plan, dataset: Dataset = GENERATED, snapshot: int = 7) -> Receipt:
    """What the load of a plan leaves."""
    return Receipt(
        found.run_key, "feed-ranking", found.start, found.end, found.end, dataset.version, snapshot_id=snapshot
    )


def test_the_first_dataset_replaces_everything_up_to_as_of() -> None:
    """From the epoch to as_of, under a key that begins with the dataset's identity."""
    found = plan(T0, NOW, GENERATED, [])
    assert (found.start, found.end, found.why) == (EPOCH, T0, "first")
    assert found.run_key.startswith(GENERATED.identity)
    assert len(found.run_key) == 32


def test_a_generated_dataset_is_committed_once() -> None:
    """While the table holds it, every later, equal or earlier run gets its key and interval back."""
    first = plan(T0, NOW, GENERATED, [])
    for as_of in (T0 - DAY, T0, T0 + DAY):
        again = plan(as_of, NOW, GENERATED, [receipt(first)])
        assert (again.run_key, again.end, again.why) == (first.run_key, T0, "repeated")
        held = receipt(first)
        assert resolve([held], receipt(again)) == held


def test_a_dataset_of_how_things_stand_holds_the_instant_itself() -> None:
    """Its interval ends just after `as_of`; repeated it is the same, and a later one replaces it."""
    standing = replace(READ, inclusive=True)
    first = plan(T0, NOW, standing, [])
    assert (first.start, first.end) == (EPOCH, T0 + timedelta(microseconds=1))
    held = receipt(first, standing)
    again = plan(T0, NOW, standing, [held])
    assert (again.run_key, again.end, again.why) == (first.run_key, first.end, "repeated")
    assert resolve([held], receipt(again, standing)) == held
    later = plan(T0 + DAY, NOW, standing, [held])
    assert (later.why, later.run_key != first.run_key) == ("replaced", True)
    for as_of in (T0 - DAY, T0):
        with pytest.raises(SupersededError, match="is superseded"):
            plan(as_of, NOW, replace(standing, version="2" if as_of == T0 else "1"), [held])


@pytest.mark.parametrize(
    "changed",
    [
        {"settings": {"config": "b"}},
        {"version": "2"},
        {"source": "parquet"},
        {"table": "feed.other"},
        {"pipeline": "x"},
    ],
)
def test_another_dataset_replaces_the_one_that_is_held(changed: dict[str, Any]) -> None:
    """Whatever the rows depend on is part of the key, and the load accepts the new one."""
    held = receipt(plan(T0, NOW, GENERATED, []))
    other = replace(GENERATED, **changed)
    found = plan(T0 + DAY, NOW, other, [held])
    assert (found.start, found.end, found.why) == (EPOCH, T0 + DAY, "replaced")
    assert found.run_key != held.run_key
    assert resolve([held], receipt(found, other)) is None


def test_going_back_to_an_old_dataset_replaces_again() -> None:
    """A, then B, then A once more: the table is to hold A, so A is committed under a new key."""
    other = replace(GENERATED, settings={"config": "b"})
    a = plan(T0, NOW, GENERATED, [])
    b = plan(T0 + DAY, NOW, other, [receipt(a)])
    back = plan(T0 + 2 * DAY, NOW, GENERATED, [receipt(b, other, 8), receipt(a)])
    assert back.why == "replaced"
    assert back.run_key != a.run_key


def test_a_real_source_depends_on_the_instant() -> None:
    """The same as_of is a repetition, a later one a new dataset."""
    first = plan(T0, NOW, READ, [])
    assert plan(T0, NOW, READ, [receipt(first)]).why == "repeated"
    assert plan(T0 + DAY, NOW, READ, [receipt(first)]).why == "replaced"


@pytest.mark.parametrize("as_of", [T0, T0 - DAY])
def test_a_dataset_that_was_overtaken_is_refused(as_of: datetime) -> None:
    """Another dataset at the same instant or a later one is committed already."""
    held = receipt(plan(T0, NOW, GENERATED, []))
    with pytest.raises(SupersededError, match=r"snapshot 7.*give a later as_of"):
        plan(as_of, NOW, replace(GENERATED, settings={}), [held])


@pytest.mark.parametrize(("as_of", "message"), [(NOW + DAY, "is in the future"), (EPOCH, "lies before the data")])
def test_instants_that_make_no_sense_are_refused(as_of: datetime, message: str) -> None:
    """The future, and what lies before 1970."""
    with pytest.raises(ConfigurationError, match=message):
        plan(as_of, NOW, GENERATED, [])


def test_the_order_of_settings_does_not_matter() -> None:
    """KFP hands dictionaries on in any order."""
    turned = replace(GENERATED, settings=dict(reversed(GENERATED.settings.items())))
    assert turned.identity == GENERATED.identity


def test_the_command_writes_its_plan(catalog_env: dict[str, str], tmp_path: Path) -> None:
    """Start, end and key for the next steps, of a table that it makes where there is none yet."""
    command = [sys.executable, "-m", "components.begin_run.dataset", "--as-of=2026-01-01T02:00:00Z", "--pipeline=p"]
    command += ["--table=" + str(TABLE).replace("'", '"'), "--version=1", "--source=synthetic", "--run-id=run-1"]
    command += ["--source-path=", "--config=a: 1", '--settings={"a": 1}']
    outputs = ("interval-start", "interval-end", "instant", "run-key", "summary")
    command += [f"--{name}={tmp_path / name}" for name in outputs]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "created table feed.training_data" in done.stdout
    assert "whole table up to 2026-01-01T02:00:00Z, first, key " in done.stdout
    texts = [(tmp_path / name).read_text() for name in outputs[:3]]
    assert texts == ["1970-01-01T00:00:00Z", "2026-01-01T02:00:00Z", "2026-01-01T02:00:00Z"]


def test_the_key_names_what_the_rows_are_made_from(catalog_env: dict[str, str], tmp_path: Path) -> None:
    """The config of what is generated, the path of what is read, never the other, and all else; so says the summary."""
    outputs = {name: tmp_path / name for name in ("instant", "interval_start", "interval_end", "run_key", "summary")}

    def key(source: str, path: str, config: str, others: str = "") -> str:
        named: dict[str, Any] = {
            "run_id": "run-1",
            "as_of": "2026-01-01T02:00:00Z",
            "pipeline": "p",
            "table": TABLE,
            "version": "1",
        }
        made_from = {"source": source, "source_path": path, "config": config, "settings": {"a": 1}, "made_from": others}
        main(**named, **made_from, **outputs)
        found = outputs["run_key"].read_text()
        assert read_summary(outputs["summary"]).details["run_key"] == found
        return found

    assert key("synthetic", "", "a: 1") == key("synthetic", "lake/x", "a: 1") != key("synthetic", "", "a: 2")
    assert key("parquet", "lake/x", "") == key("parquet", "lake/x", "a: 1") != key("parquet", "lake/y", "")
    assert key("", "", "") == key("", "", "a: 1") != key("", "", "", "hours=24") != key("", "", "", "hours=25")
