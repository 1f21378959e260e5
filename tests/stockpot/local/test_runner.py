"""A plan carried out: order, values, conditions, loops, exit handlers, retries."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from kfp import dsl, kubernetes

from components.shell.errors import ConfigurationError
from components.shell.names import CATALOG_PREFIX
from stockpot.compiler import ir
from stockpot.local.events import TaskFinished, TaskProgress, TaskRetry
from stockpot.local.steps import delays
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs, has_begun, left_running, record


def test_values_and_files_go_from_step_to_step(runs: Runs) -> None:
    """Parameters and artifacts reach the steps that read them, through nested DAGs too."""

    @dsl.pipeline(name="inner")
    def inner(text: str, given: dsl.Input[dsl.Artifact]) -> dsl.Artifact:
        own = probes.write(text=text)
        return probes.join(left=given, right=own.outputs["out"]).outputs["out"]

    @dsl.pipeline(name="outer")
    def outer(text: str = "a", number: int = 3):
        said = probes.say(text=f"{text}-{number}")
        first = probes.write(text=said.output)
        nested = inner(text="b", given=first.outputs["out"])
        last = probes.write(text="c").set_display_name("last")
        probes.join(left=nested.output, right=last.outputs["out"])

    run = runs(outer, {"text": "x", "number": "5"})
    assert (run.state, run.exit_code, run.error) == ("succeeded", 0, "")
    assert runs.text(run, "inner.join") == "x-5+b"
    assert runs.text(run, "join") == "x-5+b+c"


@pytest.mark.parametrize(("jobs", "together"), [(2, True), (1, False)])
def test_independent_steps_run_at_the_same_time(runs: Runs, tmp_path, jobs, together) -> None:
    """With two jobs two sleepers overlap; with one they do not."""

    @dsl.pipeline(name="two")
    def two():
        probes.sleep(pids=str(tmp_path / "p1"), seconds=1.0)
        probes.sleep(pids=str(tmp_path / "p2"), seconds=1.0)

    run = runs(two, jobs=jobs)
    first, second = sorted((task.started, task.ended) for task in run.tasks)
    assert run.state == "succeeded"
    assert (second[0] < first[1]) is together


@pytest.mark.parametrize(
    ("code", "times", "expected"),
    [
        (75, 2, ("succeeded", 3, 0)),
        (137, 1, ("succeeded", 2, 0)),
        (143, 1, ("succeeded", 2, 0)),
        (75, 9, ("failed", 4, 75)),
        (10, 1, ("failed", 1, 10)),
        (14, 1, ("failed", 1, 14)),
        (1, 1, ("failed", 1, 1)),
        (3, 1, ("failed", 1, 1)),
    ],
)
def test_only_what_passes_is_tried_again(runs: Runs, tmp_path, code, times, expected) -> None:
    """Exit codes 75, 137 and 143 are retried as often as the plan says, others never: state, attempts, exit code."""

    @dsl.pipeline(name="trying")
    def trying(counter: str, times: int, code: int):
        task = probes.fail(counter=counter, times=times, code=code)
        task.set_retry(num_retries=3, backoff_duration="0s", backoff_factor=2.0, backoff_max_duration="1s")

    run = runs(trying, {"counter": str(tmp_path / "counter"), "times": times, "code": code})
    task = record(run, "fail")
    assert (run.state, task.attempts, run.exit_code) == expected
    assert len(runs.of(TaskRetry)) == task.attempts - 1


def test_backoff_grows() -> None:
    """Each pause is longer by the factor."""
    assert list(delays(ir.Retry(attempts=4, delay=10, factor=2))) == [10, 20, 40, 80]
    assert list(delays(None)) == []


def test_the_error_line_names_no_secret(runs: Runs, tmp_path) -> None:
    """What a step says when it fails becomes the run's error, without the password in it."""

    @dsl.pipeline(name="failing")
    def failing(counter: str):
        probes.fail(counter=counter, times=1, code=10)

    run = runs(failing, {"counter": str(tmp_path / "counter")})
    assert run.error == "fail: try 1 failed at postgres://***@host"


def test_a_step_that_takes_too_long_is_ended(runs: Runs, tmp_path) -> None:
    """A timeout ends the whole process group and counts as 143."""

    def slow(limit: int) -> Any:
        @dsl.pipeline(name="slow")
        def slow(pids: str):
            kubernetes.set_timeout(probes.sleep(pids=pids, seconds=600.0), limit)

        return slow

    pids = tmp_path / "pids"
    # A busy machine may take longer to start the step and its child.
    for limit in (3, 60):
        run = runs(slow(limit), {"pids": str(pids)})
        assert record(run, "sleep").exit_code == 143
        assert f"{limit} seconds" in run.error
        assert run.exit_code == 1
        if has_begun(pids):
            break
    assert left_running(pids) == []


def test_conditions_decide(runs: Runs, states) -> None:
    """Only the branch whose condition holds runs; the other and what stands in it is skipped."""

    @dsl.pipeline(name="branches")
    def branches(number: int = 3):
        said = probes.say(text="yes")
        with dsl.If(number > 2):
            probes.write(text="many")
        with dsl.Else():
            probes.write(text="few")
        with dsl.If(said.output == "yes"):
            probes.environment()

    found = states(runs(branches))
    assert (found["write"], found["write-2"]) == ("succeeded", "skipped")
    assert found["environment"] == "succeeded"


def test_loops_collect(runs: Runs) -> None:
    """A loop runs once per item, knows the items' entries, and its outputs come back as a list in their order."""

    @dsl.pipeline(name="looping")
    def looping(names: list = ["a", "b", "c"]):  # noqa: B006 - KFP reads defaults, it never changes them
        with dsl.ParallelFor(names, parallelism=2) as name:
            said = probes.say(text=name)
        probes.say_items(items=dsl.Collected(said.outputs["out"]))
        with dsl.ParallelFor([{"k": "x", "n": 1}, {"k": "y", "n": 2}]) as item:
            probes.write(text=f"{item.k}{item.n}")

    run = runs(looping)
    assert run.state == "succeeded", run.error
    assert record(run, "say-items").parameters == {"out": '["a","b","c"]'}
    assert [runs.text(run, f"write.{index}") for index in range(2)] == ["x1", "y2"]


def test_a_loop_keeps_to_its_parallelism(runs: Runs, log) -> None:
    """No more iterations run at once than the plan allows."""

    @dsl.pipeline(name="narrow")
    def narrow(log: str):
        with dsl.ParallelFor(["1", "2", "3"], parallelism=1) as name:
            probes.sleep(pids=f"{log}.{name}", seconds=0.3)

    run = runs(narrow, {"log": str(log)}, jobs=3)
    times = sorted((task.started, task.ended) for task in run.tasks if task.id.startswith("sleep."))
    assert len(times) == 3
    assert all(before[1] <= after[0] for before, after in pairwise(times))


def test_a_loop_over_a_steps_output(runs: Runs) -> None:
    """The list may be known only when the step before has run; an empty one is a loop that does nothing."""

    @dsl.pipeline(name="late")
    def late(names: str):
        listed = probes.say_list(text=names)
        with dsl.ParallelFor(listed.output) as name:
            probes.say(text=name)

    run = runs(late, {"names": '["p","q"]'})
    assert [record(run, f"say.{index}").parameters["out"] for index in range(2)] == ["p", "q"]
    assert runs(late, {"names": "[]"}).state == "succeeded"
    wrong = runs(late, {"names": "7"})
    assert (wrong.exit_code, "JSON list" in wrong.error) == (11, True)


def guarded(name: str, inner_code: int):
    """A pipeline with an exit handler within an exit handler, as moderation-training has."""

    @dsl.pipeline(name="inside")
    def inside(path: str, counter: str):
        with dsl.ExitHandler(probes.told(path=path)):
            probes.fail(counter=counter, times=1 if inner_code else 0, code=inner_code)

    @dsl.pipeline(name=name)
    def outside(path: str, counter: str):
        with dsl.ExitHandler(probes.told(path=path)):
            inside(path=path, counter=counter)

    return outside


@pytest.mark.parametrize(
    ("code", "state", "message"), [(0, "SUCCEEDED", ""), (12, "FAILED", "fail: try 1 failed at postgres://***@host")]
)
def test_exit_handlers_always_run(runs: Runs, tmp_path, code, state, message) -> None:
    """Both exit handlers run, inner first, and are told how what they guard has ended."""
    path, counter = tmp_path / "told", tmp_path / "counter"
    run = runs(guarded("guarded", code), {"path": str(path), "counter": str(counter)})
    told = [json.loads(line) for line in path.read_text().splitlines()]
    assert run.exit_code == code
    assert [each["state"] for each in told] == [state, state]
    assert all(each["pipelineJobResourceName"] == run.id for each in told)
    assert [each["error"] for each in told] == [{"code": code, "message": message}] * 2


def test_after_a_failure_nothing_new_starts(runs: Runs, tmp_path, states, log) -> None:
    """What needs the failed step is omitted, and what runs beside it ends by itself."""

    @dsl.pipeline(name="chain")
    def chain(counter: str, log: str):
        failed = probes.fail(counter=counter, times=1, code=10)
        probes.write(text="later", log=log).after(failed)
        probes.sleep(pids=f"{log}.pids", seconds=1.0)

    run = runs(chain, {"counter": str(tmp_path / "counter"), "log": str(log)}, jobs=2)
    assert states(run) == {"fail": "failed", "sleep": "succeeded", "write": "omitted"}
    assert not log.exists()


def test_an_unwritten_output_is_a_failure(runs: Runs) -> None:
    """A step that ends well without its output has failed, and the line names the output."""

    @dsl.pipeline(name="forgetful")
    def forgetful():
        probes.silent()

    run = runs(forgetful)
    assert (run.exit_code, run.error.split(" - ")[0]) == (1, "silent: ended well but wrote no output out")


def test_rows_and_progress_are_noted(runs: Runs) -> None:
    """Figures of the summary stand in the record, and progress is told while a step runs."""

    @dsl.pipeline(name="figures")
    def figures():
        probes.summarised()
        probes.progress()

    run = runs(figures)
    task = record(run, "summarised")
    assert (task.rows_in, task.rows_out, task.rows_rejected, task.details) == (7, 5, 2, {"a": 1})
    assert {(event.done, event.total) for event in runs.of(TaskProgress)} >= {(1, 2), (2, 2)}


URI = f"{CATALOG_PREFIX}URI"


def told(stdout: Path) -> dict[str, str]:
    """What a step found in its environment."""
    return {name: bytes.fromhex(value).decode() for name, value in json.loads(stdout.read_text()).items()}


def test_steps_see_only_what_their_task_names(runs: Runs, monkeypatch) -> None:
    """A secret reaches the step that asks for it and no other; nothing else of the user's environment does."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone:secret@db/name")
    monkeypatch.setattr("stockpot.local.services.ask", lambda *_, **__: None)  # nobody answers at that name
    monkeypatch.setenv("UNRELATED", "x")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    monkeypatch.setenv("PGPASSWORD", "another secret")
    monkeypatch.setenv("STOCKPOT_PLAINTEXT_HOSTS", "db")
    monkeypatch.setenv(f"{CATALOG_PREFIX}POOL_SIZE", "3")

    @dsl.pipeline(name="private")
    def private():
        with_secret = probes.environment()
        kubernetes.use_secret_as_env(with_secret, "stockpot-database", {"DATABASE_URL": "DATABASE_URL"})
        with_secret.set_env_variable("OWN", "1")
        opens_catalog = probes.environment()
        kubernetes.use_secret_as_env(opens_catalog, "stockpot-catalog", {URI: URI})
        probes.environment()

    run = runs(private)
    seen = {event.record.id: told(event.stdout) for event in runs.of(TaskFinished)}
    assert run.state == "succeeded", run.error
    assert seen["environment"]["DATABASE_URL"] == "postgresql://someone:secret@db/name"
    assert (seen["environment"]["OWN"], seen["environment"]["PGPASSWORD"]) == ("1", "another secret")
    assert seen["environment"]["STOCKPOT_PLAINTEXT_HOSTS"] == "db"
    always = {"PATH", "HOME", "LANG", "TMPDIR", "ARGO_PROGRESS_FILE", "PYTHONPATH", "PYTHONSAFEPATH"}
    own = {"STOCKPOT_ENGINE", "STOCKPOT_GIT_COMMIT", "STOCKPOT_VERSION"}
    assert seen["environment-2"][f"{CATALOG_PREFIX}POOL_SIZE"] == "3"
    assert seen["environment-3"].keys() - {"LC_CTYPE", "PWD", "SHLVL", "_"} == always | own
    assert "secret" not in (runs.home / "runs" / run.id / "run.json").read_text()


def test_optional_inputs_and_run_properties(runs: Runs) -> None:
    """An optional input without value leaves its arguments out, and texts know the run's name and instant."""

    @dsl.container_component
    def optional(out: dsl.OutputPath(str), text: str = None):  # noqa: RUF013 - as KFP wants it
        """Write what was given."""
        return dsl.ContainerSpec(
            image=probes.IMAGE,
            command=probes.COMMAND,
            args=["write", "--out", out, "--text", dsl.IfPresentPlaceholder("text", then=["given"], else_=["nothing"])],
        )

    @dsl.pipeline(name="properties")
    def properties(as_of: str = dsl.PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER):
        optional()
        probes.say(text=f"{dsl.PIPELINE_JOB_NAME_PLACEHOLDER} {as_of}")

    run = runs(properties, as_of="2026-01-02T05:00:00+05:00")
    assert record(run, "optional").parameters["out"] == "nothing"
    assert record(run, "say").parameters["out"] == f"{run.id} 2026-01-02T00:00:00Z"
    assert runs(properties, {"as_of": "2026-01-02T00:00:00Z"}).as_of == "2026-01-02T00:00:00Z"


@pytest.mark.parametrize(
    ("given", "as_of", "message"),
    [
        ({"numbr": "1"}, None, "did you mean 'number'?"),
        ({"number": "one"}, None, "parameter number must be a whole number"),
        ({"number": "1.5"}, None, "parameter number must be a whole number"),
        ({"flag": "maybe"}, None, "must be true or false"),
        ({"names": "{}"}, None, "must be a JSON list"),
        ({}, "yesterday", "is not an instant"),
        ({}, "2026-01-01T00:00:00", "has no offset"),
        ({}, "2999-01-01T00:00:00Z", "lies in the future"),
        ({"as_of": "9999-12-31T23:59:59Z"}, None, "lies in the future"),
    ],
)
def test_wrong_parameters_stop_the_run_before_it_starts(runs: Runs, given, as_of, message) -> None:
    """A wrong parameter is a configuration error that leaves no run behind."""

    @dsl.pipeline(name="strict")
    def strict(
        number: int = 1,
        flag: bool = True,
        names: list = [],  # noqa: B006 - KFP reads defaults, it never changes them
        as_of: str = dsl.PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER,
    ):
        probes.say(text=f"{number}{flag}{names}{as_of}")

    with pytest.raises(ConfigurationError, match=message.replace("?", r"\?")):
        runs(strict, given, as_of=as_of)
    assert not (runs.home / "runs").exists()


def test_an_image_without_lock_is_refused(runs: Runs) -> None:
    """An image that no folder stands for fails the run, before anything is built, with the folder's name."""

    @dsl.pipeline(name="strange")
    def strange():
        probes.unknown_image()

    run = runs(strange)
    assert (run.state, run.exit_code, record(run, "unknown-image").state) == ("failed", 11, "omitted")
    assert "images/nobody/requirements.txt" in run.error


def test_a_secret_that_is_nowhere_is_refused(runs: Runs) -> None:
    """A variable from a Secret that this machine has no value for fails the run, with its name."""

    @dsl.pipeline(name="secretive")
    def secretive():
        kubernetes.use_secret_as_env(probes.environment(), "paypal", {"key": "PAYPAL_KEY"})

    run = runs(secretive)
    assert (run.state, run.exit_code) == ("failed", 11)
    assert "set PAYPAL_KEY" in run.error


def test_a_full_disk_is_one_line(runs: Runs) -> None:
    """A step on a full disk ends the run with the step's own line and code."""

    @dsl.pipeline(name="filled")
    def filled():
        probes.full()

    run = runs(filled)
    assert (run.exit_code, run.error) == (75, "full: no space left on the device - make room")
