"""A table that some runs leave as it is, because the step that makes its rows is off."""

from pathlib import Path
from typing import Any

import pytest

from components.begin_run.migrate import migrate
from components.load_iceberg.__main__ import main
from components.shell.errors import SupersededError
from components.shell.summary import Summary, read_summary
from tests.components.load_iceberg.scene import DAY, DEFINITION, EPOCH, T0, TABLE, Job, job, table_now, violations

IS_OFF = Summary(3, details={"state": "off"})
ON = Summary(3, 3)


@pytest.fixture(autouse=True)
def migrated(catalog_env: dict[str, str]) -> None:
    """The table, fresh and empty."""
    migrate([DEFINITION])


def loaded(each: Job, directory: Path, made: Summary, **given: Any) -> Summary:
    """What the load says of an interval whose rows came with this summary."""
    rows = each.write(directory / "rows")
    made.write(directory / "features")
    paths = {name: directory / name for name in ("snapshot_id", "rejected", "receipt", "summary", "features")}
    asked = each.receipt
    told = {name: getattr(asked, name) for name in ("pipeline", "version", "run_key", "as_of", *INTERVAL)}
    main(rows=rows, table=TABLE, **told, **paths, **given)
    return read_summary(paths["summary"])


INTERVAL = ("interval_start", "interval_end")


def test_an_interval_of_a_step_that_is_off_is_no_commit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows and snapshot stay, the run says so, and with the step on the same interval is filled."""
    first, off = job(EPOCH, T0), job(T0 - DAY, T0 + DAY, count=0)
    loaded(first, tmp_path / "first", ON, optional=True)
    before, _ = table_now().current_snapshot(), capsys.readouterr()
    assert before
    said = loaded(off, tmp_path / "off", IS_OFF, optional=True)
    assert table_now().snapshots() == [before]
    assert violations(first.rows) == []
    assert (said.rows_in, said.rows_out, said.is_off, said.details["already_done"]) == (0, 0, True, True)
    assert said.details["snapshot_id"] == (tmp_path / "off/snapshot_id").read_text() == str(before.snapshot_id)
    assert (
        capsys.readouterr().out
        == f"{DEFINITION.name} is left as it is: the step that makes its rows is off in this run\n"
    )
    again = job(T0 - DAY, T0 + DAY)
    loaded(again, tmp_path / "again", ON, optional=True)
    assert violations([*(row for row in first.rows if row[1] < T0 - DAY), *again.rows]) == []


def test_a_table_without_a_commit_stays_so(tmp_path: Path) -> None:
    """A first run without the step leaves it empty."""
    assert loaded(job(EPOCH, T0, count=0), tmp_path, IS_OFF, optional=True).details["snapshot_id"] == "0"
    assert table_now().current_snapshot() is None


def test_time_that_was_left_out_is_no_gap_to_an_optional_table(tmp_path: Path) -> None:
    """It is filled from where the run is; another table may have been overtaken."""
    first, later = job(EPOCH, T0), job(T0 + 3 * DAY, T0 + 5 * DAY)
    loaded(first, tmp_path / "first", ON, optional=True)
    with pytest.raises(SupersededError, match="gap"):
        loaded(later, tmp_path / "strict", ON)
    loaded(later, tmp_path / "later", ON, optional=True)
    assert violations([*first.rows, *later.rows]) == []


def test_another_table_takes_no_rows_for_an_answer(tmp_path: Path) -> None:
    """Whatever its step says: the interval is done, and has no rows."""
    loaded(job(EPOCH, T0, count=0), tmp_path, IS_OFF)
    assert table_now().current_snapshot() is not None
