"""Records of runs that end, multiply or move while somebody looks at them."""

from dataclasses import replace
from pathlib import Path

import pytest

from stockpot.local import records, runner
from stockpot.local.project import Project
from stockpot.local.records import Run, State, list_runs, load_run, run_directory, write_run

RUNS = Run("demo-1", "demo", "", "demo", "", "", "2026-01-15T00:00:00Z", {})


def kept(home: Path, run: Run) -> Path:
    """The directory of a run that is on record."""
    place = run_directory(home, run.id)
    place.mkdir(parents=True)
    write_run(place, run)
    return place


def test_a_run_that_ends_while_it_is_read_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its end is written down before its lock is free; a runner that died has written none."""
    place = kept(tmp_path, RUNS)
    assert load_run(tmp_path, RUNS.id).state is State.INTERRUPTED

    def free(_: Path) -> bool:
        write_run(place, replace(RUNS, state=State.SUCCEEDED))
        return True

    monkeypatch.setattr(records, "is_free", free)
    assert load_run(tmp_path, RUNS.id).state is State.SUCCEEDED


def test_runs_of_one_pipeline_are_found_among_many(tmp_path: Path) -> None:
    """However many of others were heard of since."""
    for name, number in (("demo", 1), ("demo", 2), ("other", 3), ("other", 4), ("[demo]", 5)):
        kept(tmp_path, replace(RUNS, id=f"{name}-{number}", pipeline=name, state=State.SUCCEEDED))
    assert [run.id for run in list_runs(tmp_path, 2, "demo")] == ["demo-2", "demo-1"]
    assert [run.id for run in list_runs(tmp_path, 2, "[demo]")] == ["[demo]-5"]
    assert len(list_runs(tmp_path)) == 5


def test_a_run_goes_on_with_the_code_of_its_project(tmp_path: Path) -> None:
    """Another checkout, or this one after it has moved."""
    for name in ("first", "second"):
        (tmp_path / name / "components").mkdir(parents=True)
        place = runner._code(tmp_path, Project(code=tmp_path / name))
        assert (place / "components").resolve() == tmp_path / name / "components"
    (tmp_path / "second").rename(tmp_path / "third")
    place = runner._code(tmp_path, Project(code=tmp_path / "third"))
    assert (place / "components").is_dir()
