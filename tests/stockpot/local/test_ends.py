"""How tasks end that are skipped, exit handlers that fail, and runs whose services do not leave."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kfp import dsl

from components.shell.errors import ConfigurationError, TransientError
from stockpot.commands.options import Form
from stockpot.commands.running import carry_out
from stockpot.compiler import ir
from stockpot.local.values import NotYetError, Outputs, RunFacts, Scope, inputs_of
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs, record
from tests.stockpot.local.litter import ran

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(("times", "code", "error"), [(0, 75, "full: no space"), (1, 10, "fail: try 1")])
def test_an_exit_handler_that_fails(runs: Runs, tmp_path, times, code, error) -> None:
    """After a success its failure is the run's; after a failure that one stays the run's."""

    @dsl.pipeline(name="leaving")
    def leaving(counter: str):
        with dsl.ExitHandler(probes.full()):
            probes.fail(counter=counter, times=times, code=10)

    run = runs(leaving, {"counter": str(tmp_path / "counter")})
    assert (str(run.state), run.exit_code) == ("failed", code)
    assert run.error.startswith(error)
    assert record(run, "full").state == "failed"


def test_what_was_skipped_hands_nothing_out(runs: Runs) -> None:
    """Of branches, the output of the one that ran is taken, first or last."""

    @dsl.pipeline(name="either")
    def either(number: int) -> str:
        with dsl.If(number > 2):
            many = probes.say(text="many")
        with dsl.Elif(number == 2):
            two = probes.say(text="two")
        with dsl.Else():
            few = probes.say(text="few")
        return dsl.OneOf(many.output, two.output, few.output)

    @dsl.pipeline(name="telling")
    def telling(number: int = 3):
        probes.write(text=either(number=number).output)

    assert [runs.text(runs(telling, {"number": number}), "write") for number in (3, 2, 1)] == ["many", "two", "few"]


def test_an_output_of_a_skipped_task_is_absent() -> None:
    """An optional input is left out; one that is needed ends with 11 and says that its source was skipped."""
    scope = Scope(RunFacts("r", NOON, NOON), {}, {}, results={"before": Outputs()})
    wanted = {"text": ir.TaskOutput("before", "said")}
    for optional in (True, False):
        parameters = {"text": ir.Parameter("text", "STRING", optional=optional)}
        task = ir.Task("after", ir.Component("c", ir.Container("i", (), ()), parameters), parameters=wanted)
        if optional:
            assert inputs_of(task, scope).parameters == {}
        else:
            with pytest.raises(ConfigurationError, match=r"after needs 'text': .*'said', for it was skipped"):
                inputs_of(task, scope)
    with pytest.raises(NotYetError):
        replace(scope, results={}).value(wanted["text"], "after")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), TransientError("a server goes on")], ids=["Ctrl-C", "slow"])
def test_services_that_do_not_leave_change_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    """Those of a report are stopped after it: the command leaves as the run has ended, and says what is left."""

    @contextlib.contextmanager
    def leaving(*_: object) -> Iterator[None]:
        yield
        raise error

    monkeypatch.setattr("stockpot.report.local_source.services_held", leaving)
    run = ran(tmp_path, 1)
    assert carry_out(lambda _: run, tmp_path, Form.TEXT) == run
    assert "stockpot services down" in capsys.readouterr().out
