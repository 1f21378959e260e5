"""KFP's importers on this machine: what lies in a bucket or in a file comes with what is known of it."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from components.shell.errors import ConfigurationError
from stockpot.compiler.definitions import load
from stockpot.local.project import Project
from stockpot.local.records import Run
from stockpot.local.runner import run_pipeline
from tests.conftest import ObjectStore, store_environment
from tests.stockpot.local.conftest import record

FIXTURE = Path(__file__).parents[1] / "compiler/fixtures/importers.py"


@pytest.fixture
def ours(environments: Path) -> Project:
    """The project itself, for the step that imports is one of its own."""
    return Project(environments=environments)


def _told(run: Run, task: str) -> Any:
    assert run.exit_code == 0, run.error
    return record(run, task).parameters["Output"]


def test_from_a_bucket(ours: Project, home: Path, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """By constants, parameters, outputs of tasks, in nested pipelines and choices; parameters within the metadata."""
    for name, value in store_environment(object_store).items():
        monkeypatch.setenv(name, value)
    object_store.client.put_object(object_store.bucket, "rows.csv", io.BytesIO(b"a,b"), 3)
    address = f"s3://{object_store.bucket}/rows.csv"
    run = run_pipeline(load(f"{FIXTURE}:importers").pipeline, {"address": address}, home=home, project=ours)
    who = 'so"up $(HOME)'
    assert _told(run, "look") == {
        "text": "a,b",
        "metadata": {"rows": 1.5, "of": ["3 rows", who], f"by {who}": "$(HOME) $$", "yes": True},
        "name": "artifact",
        "kind": "Dataset",
        "uri": str(home.resolve() / "runs" / run.id / "steps/importer/outputs/artifact"),
    }
    assert [_told(run, task)["text"] for task in ("look-2", "look-3")] == ["a,b", "a,b"]
    assert [record(run, task).parameters["text"] for task in ("copy", "copy-2")] == ["a,b", "a,b"]


def test_from_a_file_without_any_service(ours: Project, home: Path, tmp_path: Path) -> None:
    """A known file needs no store; what has changed there is copied anew by the next run."""
    rows = tmp_path / "rows.csv"
    rows.write_text("1")
    plan = load(f"{FIXTURE}:file").pipeline
    text = json.dumps(load(f"{FIXTURE}:file").documents[0]).replace("file:///rows.csv", f"file://{rows}")
    (tmp_path / "file.json").write_text(text)
    plan = load(str(tmp_path / "file.json")).pipeline
    run = run_pipeline(plan, {}, home=home, project=ours)
    assert (_told(run, "look")["text"], run.services) == ("1", ())
    rows.write_text("2")
    again = run_pipeline(plan, {}, home=home, project=ours)
    assert (_told(again, "look")["text"], record(again, "importer").cached) == ("2", False)


def test_an_address_of_which_nothing_is_copied(ours: Project, home: Path) -> None:
    """As KFP's launcher skips it: the address is told, and an empty file is handed on."""
    run = run_pipeline(load(f"{FIXTURE}:elsewhere").pipeline, {}, home=home, project=ours)
    assert _told(run, "tell") == "https://example.org/rows"
    assert record(run, "copy").parameters["text"] == ""


def test_an_address_that_is_put_together(ours: Project, home: Path) -> None:
    """KFP's compiler leaves the parameters in its text; the input of the task has them."""
    run = run_pipeline(load(f"{FIXTURE}:composed").pipeline, {}, home=home, project=ours)
    assert _told(run, "tell") == "https://example.org/rows-3"


def test_an_artifact_that_the_pipeline_takes(ours: Project, home: Path, tmp_path: Path) -> None:
    """A run gives its address; without one it does not start, and an optional one is absent."""
    (tmp_path / "rows.csv").write_text("1")
    plan = load(f"{FIXTURE}:taken").pipeline
    run = run_pipeline(plan, {"rows": str(tmp_path / "rows.csv")}, home=home, project=ours)
    assert _told(run, "look")["text"] == "1"
    assert [record(run, task).parameters["Output"] for task in ("maybe.0", "maybe-2.0")] == [True, False]
    with pytest.raises(ConfigurationError, match="parameter rows has no value"):
        run_pipeline(plan, {}, home=home, project=ours)


def test_what_no_run_can_import(ours: Project, home: Path) -> None:
    """An image is refused beforehand; a file that is not there fails its run with the code of a wrong setting."""
    with pytest.raises(ConfigurationError, match=r"task 'importer': an import of an image \(oci://\), which has to be"):
        load(f"{FIXTURE}:image")
    run = run_pipeline(load(f"{FIXTURE}:file").pipeline, {}, home=home, project=ours)
    assert (run.exit_code, run.error) == (11, "importer: there is no /rows.csv here - correct the address")
