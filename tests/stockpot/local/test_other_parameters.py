"""A run that goes on with another parameter: what takes it is taken anew, and what would be another run is refused."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from kfp import compiler, dsl

from components.shell.errors import ConfigurationError
from stockpot.compiler import ir
from stockpot.compiler.definitions import glance, load
from stockpot.compiler.tracing import entries
from stockpot.local.going_on import AS_BEFORE, Overrides, gone_on_with
from stockpot.local.names import Position, foreseen, short_names
from stockpot.local.plan_hash import plan_hash
from stockpot.local.records import COMMAND, Run, State, load_run, run_directory
from stockpot.local.recovery import going_on
from stockpot.local.runner import resume_run
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs

AS_OF = "2026-01-15T00:00:00Z"


@dsl.pipeline
def inner(text: str, log: str) -> dsl.Artifact:
    """A step that takes it by another name, behind one that does not."""
    before = probes.write(text="before", log=log, name="before")
    return probes.write(text=text, log=log, name="taker").after(before).outputs["out"]


@dsl.pipeline(name="taking")
def taking(  # noqa: PLR0917 - KFP reads parameters by their places
    word: str, words: list, way: str, counter: str, times: int, log: str
):
    """Steps that take a word, one of them within a part; ways that a word opens; and a step that may fail."""
    made = inner(text=word, log=log)
    other = probes.write(text="other", log=log, name="other")
    tried = probes.fail(counter=counter, times=times, code=10).after(other)
    probes.join(left=made.output, right=tried.outputs["out"], log=log)
    with dsl.If(way == "left"):
        probes.write(text="l", log=log, name="left")
    with dsl.Else():
        probes.write(text="r", log=log, name="right")
    with dsl.ParallelFor(words) as item:
        probes.write(text=item, log=log, name="looped")


class Taking:
    """A run of it whose step fails once, and what its steps have noted since."""

    def __init__(self, runs: Runs, place: Path) -> None:
        self.runs, self._log = runs, place / "log"
        compiler.Compiler().compile(taking, str(place / "plan.yaml"))
        self.plan = load(str(place / "plan.yaml")).pipeline
        paths = {"counter": str(place / "counter"), "log": str(self._log)}
        self.run = runs(taking, {"word": "a", "words": ["x", "y"], "way": "left", "times": 1, **paths})

    def resume(self, **given: str) -> tuple[Run, set[str]]:
        """The run, gone on with, and the names of the steps that were taken."""
        self._log.unlink()
        ended = resume_run(
            self.runs.home,
            self.run.id,
            self.plan,
            project=self.runs.project,
            overrides=Overrides(given, {"word": "/some/file"}),
        )
        lines = self._log.read_text().splitlines()
        return ended, {line.split()[1] if line.startswith("write") else "joined" for line in lines}


@pytest.fixture
def made(runs: Runs, tmp_path: Path) -> Taking:
    """The run, which has failed."""
    made = Taking(runs, tmp_path)
    assert made.run.exit_code == 10
    return made


def test_what_takes_the_parameter_is_taken_anew(made: Taking) -> None:
    """By whatever name, and all that comes after it; what stands before and beside it is kept."""
    ended, taken = made.resume(word="b")
    assert (ended.state, made.runs.text(ended, "join")) == ("succeeded", "b+2")
    assert taken == {"taker", "joined"}
    assert (ended.parameters["word"], ended.given["word"], ended.files) == ("b", "b", {"word": "/some/file"})
    again = load_run(made.runs.home, ended.id)
    assert (again.parameters, again.given) == (ended.parameters, ended.given)


def test_another_way_is_gone_where_a_condition_takes_it(made: Taking) -> None:
    """What was done on the way before is done no more."""
    ended, taken = made.resume(way="right")
    assert "right" in taken
    assert not {"left", "taker", "before"} & taken
    states = {each.id: str(each.state) for each in ended.tasks}
    assert (ended.state, states["condition-2"], states["write-3"]) == ("succeeded", "skipped", "succeeded")


def test_a_loop_over_it_is_gone_through_anew(made: Taking) -> None:
    """As a whole: its iterations are others."""
    ended, taken = made.resume(words='["z"]')
    assert (taken - {"joined"}, ended.parameters["words"]) == ({"looped"}, ["z"])


def test_the_step_that_failed_is_tried_with_it(made: Taking) -> None:
    """In its type; nothing else has to be taken that ended well."""
    (made.runs.home.parent / "counter").write_text("0")
    ended, taken = made.resume(times="0")
    assert (ended.state, ended.parameters["times"]) == ("succeeded", 0)
    assert not {"before", "taker", "other"} & taken
    assert "--param" not in going_on(ended), "the record knows them"


def test_the_same_value_is_no_other(made: Taking) -> None:
    """Nothing is taken anew for it; and a run that has succeeded has nothing to go on with."""
    ended, taken = made.resume(word="a")
    assert not {"taker", "before", "other"} & taken
    with pytest.raises(ConfigurationError, match="has succeeded - there is nothing to resume"):
        resume_run(made.runs.home, ended.id, made.plan, project=made.runs.project, overrides=Overrides({"word": "a"}))
    assert made.resume(word="c")[1] == {"taker", "joined"}


def run_of(name: str, **given: str) -> tuple[Run, ir.Pipeline]:
    """A run of a pipeline, none of whose steps has begun."""
    pipeline = glance(name).pipeline
    defaults = {each.name: getattr(each.default, "value", None) for each in pipeline.parameters.values()}
    run = Run(
        id=f"{pipeline.name}-1", pipeline=pipeline.name, description="", reference=name, plan=plan_hash(pipeline),
        as_of=AS_OF, created=AS_OF, parameters={**defaults, **given}, state=State.FAILED, exit_code=10, given=given,
        tasks=tuple(foreseen(pipeline.dag, Position(short_names(pipeline.dag)))),
    )  # fmt: skip
    return run, pipeline


@pytest.mark.parametrize("name", ["articles-content", "articles-embeddings"])
def test_a_check_is_taken_with_another_bound(name: str, tmp_path: Path) -> None:
    """And what it lets pass; neither the beginning of the run nor what was copied. This is what it is for."""
    run, pipeline = run_of(name)
    again, anew = gone_on_with(tmp_path, run, pipeline, Overrides({"max_drop": "1"}), "")
    assert again.parameters["max_drop"] == 1
    assert {"check-quality", "load-iceberg"} <= anew
    assert not [each for each in anew if re.match(r"begin|extract|read|article-versions|embed|tfidf", each)]


def test_what_the_run_is_about_stays(tmp_path: Path) -> None:
    """In one line, which names the run that has it otherwise."""
    run, pipeline = run_of("articles-content", as_of=AS_OF)
    cases = {
        "source": ("files", "begin-dataset, which says what the run is about, would be taken anew"),
        "timezone": ("Europe/Berlin", "begin-dataset, which says"),
        "as_of": ("2026-01-16T00:00:00Z", "that is what it is about"),
    }
    for parameter, (value, said) in cases.items():
        with pytest.raises(ConfigurationError) as refused:
            gone_on_with(tmp_path, run, pipeline, Overrides({parameter: value}), "")
        assert str(refused.value).startswith(f"run {run.id} cannot go on with another {parameter}: {said}")
        assert " - start a new run: stockpot run articles-content --as-of" in str(refused.value)
        assert value in str(refused.value)
    # An instant that is written in another way is the same.
    assert gone_on_with(tmp_path, run, pipeline, Overrides({"as_of": "2026-01-15T01:00:00+01:00"}), "") == (
        run,
        frozenset(),
    )


@pytest.mark.parametrize("name", sorted(entries()))
def test_no_run_begins_anew_for_a_parameter(name: str, tmp_path: Path) -> None:
    """Of any pipeline: whatever is taken anew, the step that says what the run is about is not among it."""
    run, pipeline = run_of(name)
    for parameter in pipeline.parameters.values():
        value = {"STRING": "Asia/Tokyo", "LIST": '["x"]', "STRUCT": '{"x": "y"}', "BOOLEAN": "true"}
        given = {parameter.name: AS_OF if parameter.name == "as_of" else value.get(parameter.kind, "77")}
        anew: frozenset[str] = frozenset()
        with suppress(ConfigurationError):
            _, anew = gone_on_with(tmp_path, run, pipeline, Overrides(given), "")
        assert not [each for each in anew if each.startswith("begin")]


def test_what_may_be_committed_stays(tmp_path: Path) -> None:
    """Whatever the step's record says by now: its last try may have been before the run went on from an earlier one."""
    run, pipeline = run_of("articles-content")
    place = run_directory(tmp_path, run.id) / "steps" / "load-versions"
    place.mkdir(parents=True)
    gone_on_with(tmp_path, run, pipeline, Overrides({"max_drop": "1"}), "")
    (place / COMMAND).write_text("[]")
    with pytest.raises(ConfigurationError, match="another max_drop: load-versions may have committed rows that were"):
        gone_on_with(tmp_path, run, pipeline, Overrides({"max_drop": "1"}), "")
    # What is only told afterwards has nothing to do with it.
    gone_on_with(tmp_path, run, pipeline, Overrides({"changed_template": "other"}), "")
    assert gone_on_with(tmp_path, run, pipeline, AS_BEFORE, "") == (run, frozenset())


@dsl.container_component
def commit(text: str, bound: int, receipt: dsl.Output[dsl.Artifact]):
    """A step that commits."""
    return dsl.ContainerSpec(image=probes.IMAGE, command=["true"], args=[text, bound, receipt.path])


@dsl.pipeline(name="committing")
def committing(words: list, bound: int = 1):
    """Commits of words, each by itself."""
    with dsl.ParallelFor(words) as item:
        commit(text=item, bound=bound)


def test_what_a_loop_may_have_committed_stays(tmp_path: Path) -> None:
    """Also where the run has no iterations by now, for it went on from before the loop and did not reach it."""
    compiler.Compiler().compile(committing, str(tmp_path / "plan.yaml"))
    run, pipeline = run_of(str(tmp_path / "plan.yaml"), words='["x"]')
    told = Overrides({"bound": "2"})
    _, anew = gone_on_with(tmp_path, run, pipeline, told, "")
    assert anew == {task.id for task in run.tasks}
    place = run_directory(tmp_path, run.id) / "steps" / "commit.0"
    place.mkdir(parents=True)
    (place / COMMAND).write_text("[]")
    with pytest.raises(ConfigurationError, match=r"another bound: commit\.0 may have committed rows that were made"):
        gone_on_with(tmp_path, run, pipeline, told, "")
    assert gone_on_with(tmp_path, run, pipeline, AS_BEFORE, "") == (run, frozenset())


def test_unknown_parameters_are_told_with_near_matches(tmp_path: Path) -> None:
    """As for a new run; and so is a value of another type."""
    run, pipeline = run_of("articles-content")
    with pytest.raises(ConfigurationError, match="has no parameter 'max_dropp' - did you mean 'max_drop'"):
        gone_on_with(tmp_path, run, pipeline, Overrides({"max_dropp": "1"}), "")
    with pytest.raises(ConfigurationError, match="parameter max_drop"):
        gone_on_with(tmp_path, run, pipeline, Overrides({"max_drop": "all"}), "")
