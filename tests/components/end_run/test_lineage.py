"""What OpenLineage is told at the end of a run, of real tables in a real catalog."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from components.begin_run.migrate import migrate
from components.end_run import __main__ as end
from components.iceberg import catalog
from components.load_iceberg.load import load
from components.pages.figures import NONE
from components.shell.arguments import parse
from components.shell.errors import ConfigurationError, TransientError
from tests.components.end_run.test_end import FAILED, SUCCEEDED, begun, commit, finish, rows
from tests.components.lineage.client import bare, written
from tests.components.load_iceberg.scene import DEFINITION, NAME, PIPELINE, T0, job, table_now
from tests.harness.listening import Listener
from tests.stockpot.report.pages import words

DAY = timedelta(days=1)
EXTRACTS = {"users": ["id"], "kitchen.images|pictures?": ["id"]}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """A server that takes events, and the name of the source."""
    listener = Listener()
    monkeypatch.setenv("OPENLINEAGE_URL", listener.url)
    monkeypatch.setenv("STOCKPOT_LINEAGE_SOURCES", "postgres://db:5432/shop kafka://k:9092")
    yield listener
    listener.close()


def told(server: Listener) -> list[dict[str, Any]]:
    """The events, each of which the client would write in the same way."""
    events = [json.loads(each.body) for each in server.sent]
    assert [bare(written(each)) for each in events] == [bare(each) for each in events]
    return events


def names(datasets: list[dict[str, Any]]) -> list[str]:
    """The datasets in short."""
    return [f"{each['namespace']} {each['name']}" for each in datasets]


def test_a_run_that_goes_well(table: str, tmp_path: Path, server: Listener) -> None:
    """From its start to what it has committed, under one UUID, and the same again where the step is tried again."""
    work = job(T0, T0 + DAY)
    begun(work)
    done = commit(work, tmp_path / "rows")
    names_of = {"names": {"users": "people"}, "source": "postgres"}
    for _ in range(2):
        finish(SUCCEEDED, table=NAME, extracts=EXTRACTS, **names_of)
    start, complete, again = told(server)
    assert (start["eventType"], complete["eventType"], again) == ("START", "COMPLETE", complete)
    assert start["run"]["runId"] == complete["run"]["runId"]
    assert (complete["job"]["namespace"], complete["job"]["name"]) == ("default", PIPELINE)
    for each in (start, complete):
        nominal = each["run"]["facets"]["nominalTime"]
        assert (nominal["nominalStartTime"], nominal["nominalEndTime"]) == (
            "2026-03-01T12:00:00Z",
            "2026-03-02T12:00:00Z",
        )
    assert names(complete["inputs"]) == [
        "postgres://db:5432 shop.public.people",
        "postgres://db:5432 shop.kitchen.images",
    ]
    (output,) = complete["outputs"]
    at = table_now()
    assert f"{output['namespace']}/{output['name']}" == at.location()
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 6
    facets = output["facets"]
    assert facets["version"]["datasetVersion"] == str(done.snapshot_id)
    assert facets["schema"]["fields"][1] == {"name": "uploaded_at", "type": "timestamptz"}
    assert facets["symlinks"]["identifiers"][0]["name"] == NAME


def test_inputs_have_their_snapshots_as_far_as_receipts_know(table: str, tmp_path: Path, server: Listener) -> None:
    """Iceberg tables by their place, topics by their names; not the table itself, and none that is not there."""
    others = [replace(DEFINITION, name=f"kitchen.{name}") for name in ("events", "versions")]
    migrate(others)
    work = job(T0, T0 + DAY)
    begun(work)
    offsets = json.dumps({"clicks": {"id": "x", "partitions": {}}, "postgres:events": {"until": "2026"}})
    asked = replace(work.receipt, run_id="run-1", source="kitchen.events, snapshot 7", offsets=offsets)
    load(DEFINITION, asked, work.write(tmp_path / "rows"))
    page = finish(
        SUCCEEDED,
        table=NAME,
        reads=["kitchen.events", "kitchen.versions", "kitchen.none", NAME],
        source="files",
        extracts=EXTRACTS,
    )
    said = words(ET.fromstring(page.removeprefix("<!DOCTYPE html>\n")))  # noqa: S314 - our own page
    tables = (
        f"kitchen.events snapshot 7 {NONE} kitchen.versions {NONE} kitchen.none {NONE} clicks topic {NONE} Written to"
    )
    assert f"users files {NONE} kitchen.images files {NONE} {tables}" in said
    *_, complete = told(server)
    short = [each["name"].split("/")[-1] if "/" in each["name"] else each["name"] for each in complete["inputs"]]
    assert short == ["events", "versions", "clicks"]
    versions = [each["facets"].get("version", {}).get("datasetVersion") for each in complete["inputs"]]
    assert versions == ["7", None, None]
    assert complete["inputs"][2]["namespace"] == "kafka://k:9092"


def test_a_run_that_fails_says_why(runs: str, server: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a secret; a run that never began has a start too, and one that was stopped is aborted."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2-hunter2@db/x")
    reason = {"message": "load: hunter2-hunter2 at postgresql://a:b@c refused", "code": 75}
    finish({"state": "FAILED", "error": reason}, extracts=EXTRACTS)
    finish({"state": "CANCELLED", "error": {"code": 1, "message": ""}})
    start, fail, *_, abort = told(server)
    assert [start["eventType"], fail["eventType"], abort["eventType"]] == ["START", "FAIL", "ABORT"]
    assert fail["run"]["facets"]["errorMessage"]["message"] == "load: *** at postgresql://***@c refused"
    assert "errorMessage" in abort["run"]["facets"]
    assert fail["outputs"] == []
    assert len(fail["inputs"]) == 2


@pytest.mark.parametrize(
    "text", ["{", '["a"]', "null", "", "[" * 100_000], ids=["cut", "list", "null", "nothing", "deep"]
)
def test_an_argument_for_which_a_run_fails_keeps_it_from_no_end(text: str, runs: str, server: Listener) -> None:
    """A person's parameter that is no object: the row is closed, and the failure told."""
    words = [
        "--status",
        json.dumps(FAILED),
        "--run-id",
        "run-1",
        "--pipeline",
        PIPELINE,
        "--as-of",
        "",
        "--report",
        "x",
        "--metrics",
        "y",
    ]
    found = parse(end.main, [*words, "--extracts", text, "--names", text])
    assert found["extracts"] == text
    finish(FAILED, extracts=text, names=text)
    assert [row["status"] for row in rows(runs)] == ["failed"]
    assert told(server)[-1]["inputs"] == []


def test_what_a_run_fills_is_no_input_of_it(table: str, server: Listener) -> None:
    """Though it reads that too, and has committed nothing."""
    begun(job(T0, T0 + DAY))
    finish(FAILED, table=NAME, reads=[NAME])
    assert told(server)[-1]["inputs"] == []


def test_the_end_of_a_run_opens_no_catalog_that_commits(
    table: str, tmp_path: Path, server: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many tables a run fills and reads, they are only read."""
    others = [replace(DEFINITION, name=f"kitchen.{name}") for name in ("events", "versions")]
    migrate(others)
    work = job(T0, T0 + DAY)
    begun(work)
    commit(work, tmp_path / "rows")
    opened, once = [], catalog.open_catalog

    def counted() -> Any:
        opened.append(once())
        return opened[-1]

    monkeypatch.setattr(catalog, "open_catalog", counted)
    finish(SUCCEEDED, table=NAME, also=["kitchen.versions"], reads=["kitchen.events"])
    complete = told(server)[-1]
    assert (len(complete["inputs"]), len(complete["outputs"])) == (1, 1)
    assert opened == []


def test_a_row_that_cannot_be_closed_is_no_end(table: str, server: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another try tells of it, and knows when the run began."""
    begun(job(T0, T0 + DAY))

    def down(*_: Any) -> None:
        raise TransientError("the database does not answer")

    with monkeypatch.context() as only:
        only.setattr("components.end_run.record.end", down)
        with pytest.raises(TransientError, match="does not answer"):
            finish(FAILED, table=NAME)
    finish(FAILED, table=NAME)
    assert [each["eventType"] for each in told(server)] == ["START", "FAIL"]


def test_a_run_that_found_its_work_done_has_written_nothing(table: str, tmp_path: Path, server: Listener) -> None:
    """The snapshot is that of the run before it."""
    work = job(T0, T0 + DAY)
    begun(work)
    commit(work, tmp_path / "rows")
    begun(work, "run-2")
    finish(SUCCEEDED, table=NAME, run_id="run-2")
    assert told(server)[-1]["outputs"] == []


def test_a_server_that_is_down_is_no_reason_to_fail(runs: str, monkeypatch, caplog) -> None:
    """The row is closed, a line says that nobody has got the event; an address that cannot be used is exit code 11."""
    monkeypatch.setattr("components.connect.web._TRIES", {"total": 0})
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:1")
    finish(SUCCEEDED)
    assert "OPENLINEAGE_URL has not got the event COMPLETE: it does not answer" in caplog.text
    monkeypatch.setenv("OPENLINEAGE_URL", "http://marquez:5000")
    with pytest.raises(ConfigurationError, match="OPENLINEAGE_URL leads to marquez in the clear"):
        finish(FAILED)
