"""What is on record of a run's end stays, whatever goes wrong while it is written or after it."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kfp import dsl

from components.shell.errors import TransientError
from stockpot.compiler.definitions import from_component
from stockpot.local import records, runner
from stockpot.local.display import line_of
from stockpot.local.events import NotStopped
from stockpot.local.journal import Journal
from stockpot.local.records import Run, State, load_run, run_directory, set_room_aside, write_end
from stockpot.local.runner import resume_run
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs, record

LATE = {
    "Ctrl-C": KeyboardInterrupt(),
    "full": OSError(errno.ENOSPC, "No space left on device"),
    "slow": TransientError("a server does not end"),
    "odd": RuntimeError("odd"),
}


@pytest.mark.parametrize("error", LATE.values(), ids=LATE)
def test_what_goes_wrong_after_the_end_undoes_nothing(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """However its services leave, a run is on record as it ended, and people are told nothing else."""
    real = runner.services.in_use

    @contextlib.contextmanager
    def leaving(*given: Any) -> Iterator[Any]:
        with real(*given) as found:
            yield found
        raise error

    @dsl.pipeline(name="served")
    def served(counter: str):
        written = probes.write(text="a")
        probes.fail(counter=counter, times=1, code=10).after(written)

    told: list[Run] = []
    monkeypatch.setattr(runner.services, "in_use", leaving)
    monkeypatch.setattr(runner, "notify", lambda run, *_: told.append(run) or "")
    # The first one fails, the second one does not.
    for state, code in (("failed", 10), ("succeeded", 0)):
        run = runs(served, {"counter": str(tmp_path / "counter")})
        assert (run.state, run.exit_code) == (state, code)
        assert (record(run, "write").state, record(run, "fail").state) == ("succeeded", state)
        kept = load_run(runs.home, run.id)
        assert (kept.state, kept.tasks, told) == (state, run.tasks, [])
        assert "stockpot services down" in line_of(runs.of(NotStopped)[0])


def test_an_end_that_finds_no_room_undoes_nothing(runs: Runs, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A smaller record that would fit does not take its place: all steps are kept, those of loops too."""

    @dsl.pipeline(name="large")
    def large(log: str):
        with dsl.ParallelFor(["a", "b", "c"]) as item:
            probes.write(text=item, log=log).set_caching_options(False)

    real = records.write_json

    def full(path: Path, value: Any) -> None:
        if path.name == "run.json" and value["state"] != "running" and len(value["tasks"]) > 3:
            # What was written last while there was room.
            real(path, {**value, "state": "running"})
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, value)

    with monkeypatch.context() as patched:
        patched.setattr(records, "write_json", full)
        with pytest.raises(TransientError, match=r"no space left on the disk of .*stockpot resume large-"):
            runs(large, {"log": str(log)})
    left = load_run(runs.home, "latest")
    steps = [task.state for task in left.tasks if task.kind == "container"]
    assert (left.state, steps) == ("interrupted", ["succeeded"] * 3)
    run = resume_run(runs.home, left.id, from_component(large).pipeline, project=runs.project)
    assert (run.state, len(log.read_text().splitlines())) == ("succeeded", 3)


def test_the_room_grows_with_the_record(tmp_path: Path) -> None:
    """A new record is written beside the old one, so the end of a run of many tasks needs as much as that has."""
    run = Run("r", "large", "", "large", "", "", "2026-01-15T00:00:00Z", {})
    journal = Journal(run, tmp_path)
    journal.write()
    least = (tmp_path / "room").stat().st_size
    journal.change(description="x" * 10**6)
    journal.write()
    assert least < 10**6 < (tmp_path / "room").stat().st_size
    journal.end_run(state=State.SUCCEEDED)
    assert not (tmp_path / "room").exists()


def test_the_end_of_a_run_has_room(runs: Runs) -> None:
    """What was set aside is given back before the end is written, and no run keeps it."""

    @dsl.pipeline(name="roomy")
    def roomy():
        probes.write(text="a")

    run = runs(roomy)
    directory = run_directory(runs.home, run.id)
    assert not (directory / "room").exists()
    set_room_aside(directory)
    assert (directory / "room").stat().st_size > 100 * (directory / "run.json").stat().st_size
    write_end(directory, run)
    assert not (directory / "room").exists()
