"""The screen beside a run: what it knows of the run's secrets, in a thread of its own."""

import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.shell.redaction import knowing
from stockpot.local.events import RunStarted, ServicesReady
from stockpot.local.records import Run, State, TaskRecord, run_directory, write_run
from stockpot.watching import beside as module
from stockpot.watching.beside import beside

SECRET = "soup-of-the-house-42"


def test_the_screen_knows_the_secrets_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that the run hears of after the screen was opened, as keys of Secrets in files are."""
    task = TaskRecord("a", "a", "container", state=State.RUNNING, started="2026-01-15T00:00:00Z", reason=SECRET)
    run = Run(
        "r-1", "r", "", "r", "0", "", "2026-01-15T00:00:00Z", {}, state=State.RUNNING, error=SECRET, tasks=(task,)
    )
    place = run_directory(tmp_path, run.id) / "steps/a"
    place.mkdir(parents=True)
    (place / "stdout").write_text(f"the word is {SECRET}\n")
    write_run(run_directory(tmp_path, run.id), run)
    heard, seen = threading.Event(), []

    def show(_: Any, look: Callable[[], Any], log_of: Callable[[str], Any], **more: Any) -> None:
        assert heard.wait(10)
        seen.extend([look().error, *log_of("a")])

    monkeypatch.setattr(module, "show", show)
    monkeypatch.setattr(module, "console_on", lambda *_: None)
    with beside(tmp_path, io.StringIO()) as listen:
        listen(RunStarted(run, run_directory(tmp_path, run.id), 1))
        with knowing({SECRET}):
            listen(ServicesReady(()))
        heard.set()
    assert seen == ["***", "the word is ***"]
