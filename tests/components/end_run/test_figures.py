"""The figures of a run: those of its row, in a file, and told as KFP's own executor tells an artifact's metrics."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from kfp import dsl
from kfp.dsl.executor import Executor
from kfp.local import executor_output_utils
from kfp.pipeline_spec import pipeline_spec_pb2

from components.end_run.figures import of_run, write_figures
from tests.components.end_run.test_metrics import outcome

FIGURES = {"rows_out": 285, "rows_rejected": 0, "seconds": 61.25}


def executor_input(room: Path) -> dict[str, Any]:
    """What KFP's launcher puts in place of `{{$}}`, with the names that its messages have; no folder is there yet."""
    artifacts = {
        name: {
            "artifacts": [
                {
                    "name": f"projects/1/{name}",
                    "type": {"schemaTitle": f"system.{kind}", "schemaVersion": "0.0.1"},
                    "uri": str(room / name),
                    "metadata": {"known": "before"},
                }
            ]
        }
        for name, kind in (("report", "HTML"), ("metrics", "Metrics"))
    }
    outputs = {"artifacts": artifacts, "outputFile": str(room / "deep" / "output_metadata.json")}
    told: dict[str, Any] = {"inputs": {"parameterValues": {"run_id": "r"}}, "outputs": outputs}
    return json.loads(json_format.MessageToJson(json_format.ParseDict(told, pipeline_spec_pb2.ExecutorInput())))


def log(report: dsl.Output[dsl.HTML], metrics: dsl.Output[dsl.Metrics]) -> None:
    """What a Python component of KFP's does to have the same drawn."""
    for name, figure in FIGURES.items():
        metrics.log_metric(name, figure)


def written(told: dict[str, Any]) -> Any:
    """What the file says of the artifact `metrics`."""
    return json.loads(Path(told["outputs"]["outputFile"]).read_text())["artifacts"]["metrics"]


def test_they_are_told_as_kfps_own_executor_tells_them(tmp_path: Path) -> None:
    """The same address and metadata under the same names, so that its launcher keeps, and its UI draws, the same."""
    ours, theirs = executor_input(tmp_path / "ours"), executor_input(tmp_path / "ours")
    theirs["outputs"]["outputFile"] = str(tmp_path / "theirs" / "output_metadata.json")
    Executor(theirs, log).execute()
    write_figures(tmp_path / "metrics", FIGURES, json.dumps(ours))
    assert written(ours) == written(theirs)
    assert json.loads((tmp_path / "metrics").read_text()) == FIGURES


def test_kfp_reads_them_as_metrics(tmp_path: Path) -> None:
    """By its own message, with what was known of the artifact before; the page beside it is left as it is."""
    told = executor_input(tmp_path)
    write_figures(tmp_path / "metrics", FIGURES, json.dumps(told))
    found = executor_output_utils.get_outputs_from_executor_output(
        executor_output_utils.load_executor_output(told["outputs"]["outputFile"]),
        json_format.ParseDict(told, pipeline_spec_pb2.ExecutorInput()),
        pipeline_spec_pb2.ComponentSpec(),
    )
    assert list(found) == ["metrics"]
    assert isinstance(found["metrics"], dsl.Metrics)
    assert found["metrics"].metadata == {"known": "before", **FIGURES}
    assert found["metrics"].uri == str(tmp_path / "metrics")


def test_where_nobody_asks_there_is_the_file_alone(tmp_path: Path) -> None:
    """On Argo and on this machine, which want every output written."""
    for told in ("", "{}"):
        write_figures(tmp_path / "metrics", {}, told)
        assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("metrics", "{}")]


def test_what_is_filled_into_the_input_unescaped_is_in_nobodys_way(tmp_path: Path) -> None:
    """As where a parameter holds another one that has quotes, or what looks like the end of the input."""
    told = executor_input(tmp_path)
    told["inputs"]["parameterValues"]["parameters"] = "--param tables=HERE"
    for filled in ('{"a": ["b"]}', '", "outputs": {"artifacts": {}}'):
        write_figures(tmp_path / "metrics", FIGURES, json.dumps(told).replace("HERE", filled))
        assert written(told)["artifacts"][0]["metadata"] == {"known": "before", **FIGURES}


def test_they_are_those_of_the_row() -> None:
    """With what was expected of the data and the label's share, where that was checked, and the time that it took."""
    told = outcome()
    rows = {"rows_in": 7, "rows_out": 7, "rows_rejected": 0}
    assert of_run(told) == {**rows, "seconds": 3600}
    assert told.commits is not None
    checked = {"quality": {"met": 84, "warned": 1, "failed": 0, "warnings": ["one"], "label_share": 0.25}}
    found = replace(told.commits, record=replace(told.commits.record, details=checked))
    expected = {"expectations_met": 84, "expectations_warned": 1, "label_share": 0.25}
    assert of_run(replace(told, commits=found)) == {**rows, **expected, "seconds": 3600}
    odd = replace(found, record=replace(found.record, details={"quality": "9,000 letters left out"}))
    assert of_run(replace(told, commits=odd)) == {**rows, "seconds": 3600}


def test_of_a_run_that_left_nothing_only_the_time_is_known() -> None:
    """And not even that where its row could not be closed."""
    assert of_run(outcome("failed")) == {"seconds": 3600}
    assert of_run(outcome("failed", closed=False)) == {}
