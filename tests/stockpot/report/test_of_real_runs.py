"""Reports of runs that the runner really made: loops, groups, conditions and exit handlers."""

import os
import xml.etree.ElementTree as ET

import pytest
from kfp import dsl

from stockpot.compiler.definitions import from_component
from stockpot.display.graph import steps
from stockpot.local.project import Project
from stockpot.local.runner import run_pipeline
from stockpot.report.gathering import outcomes
from stockpot.report.writing import write_report
from tests.stockpot.local import probes


@pytest.fixture
def carry_out(tmp_path, monkeypatch):
    """Run a pipeline of tiny steps in a fresh home; gives the run and its report."""
    for name in list(os.environ):
        if name.startswith(("DATABASE_URL", "MINIO_", "PYICEBERG_", "KAFKA_")):
            monkeypatch.delenv(name)
    root = tmp_path / "project"
    root.mkdir()
    probes.make_workshop(root)
    project = Project(code=root, images=root / "images", environments=tmp_path / "environments")

    def carry_out(pipeline):
        run = run_pipeline(from_component(pipeline).pipeline, {}, home=tmp_path / "home", project=project)
        return run, write_report(tmp_path / "home", run).read_text()

    return carry_out


@dsl.pipeline(name="inner-group")
def inner_group(text: str):
    """A scope with an exit handler of its own."""
    with dsl.ExitHandler(probes.say(text="inner end").set_display_name("inner-end")):
        probes.write(text=text).set_display_name("inner-work")


@dsl.pipeline(name="everything")
def everything():
    """One of each construct."""
    with dsl.ExitHandler(probes.say(text="the end").set_display_name("the-end")):
        first = probes.say(text="yes")
        group = inner_group(text=first.output)
        with dsl.ParallelFor(["a", "b", "c"], name="each") as item:
            probes.write(text=item).after(group)
        with dsl.If(first.output == "no", name="never"):
            probes.write(text="never")


def test_a_real_run_is_drawn_as_its_plan(carry_out):
    """The record gives the same steps as the plan, with the rounds of the loop taken together."""
    run, page = carry_out(everything)
    assert run.state == "succeeded", run.error
    found = {outcome.step.path: outcome for outcome in outcomes(run.tasks)}
    planned = {step.path: step for step in steps(from_component(everything).pipeline)}
    assert set(found) == set(planned)
    for path, step in planned.items():
        assert set(found[path].step.needs) == set(step.needs), path
        assert found[path].step.at_exit == step.at_exit, path
    rounds = {path: outcome.rounds for path, outcome in found.items() if outcome.rounds > 1}
    assert list(rounds.values()) == [3]
    assert sorted(outcome.state for outcome in found.values()).count("skipped") == 1
    ET.fromstring(page.removeprefix("<!DOCTYPE html>\n"))  # noqa: S314 - our own page


def test_a_real_failure_is_told(carry_out, tmp_path):
    """The failed step is named above all else, and what did not run is there too."""

    @dsl.pipeline(name="failing")
    def failing(counter: str = str(tmp_path / "counter")):
        failed = probes.fail(counter=counter, times=9, code=11)
        probes.join(left=failed.output, right=failed.output)

    run, page = carry_out(failing)
    assert run.exit_code == 11
    root = ET.fromstring(page.removeprefix("<!DOCTYPE html>\n"))  # noqa: S314 - our own page
    words = " ".join("".join(root.itertext()).split())
    assert words.index("What went wrong") < words.index("Steps done")
    assert f"stockpot resume {run.id}" in words
    states = {outcome.step.name: outcome.state for outcome in outcomes(run.tasks)}
    assert states == {"fail": "failed", "join": "omitted"}
