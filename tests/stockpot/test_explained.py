"""Which parameters a pipeline has by its steps, who explains them, and how they get to the steps."""

from dataclasses import replace

import pytest
from kfp import dsl

from stockpot.modes import FullRefresh, Snapshot
from stockpot.run import Run
from stockpot.streams import Topics
from tests.stockpot.test_dataset import DISHES, _tasks, spec_of


@dsl.container_component
def _seasoned(at: str, dish: str, salt: int = 1, source: str = ""):
    """Season it.

    Args:
        at: When.
        dish: What is seasoned.
        salt: How many grams of salt,
            to a litre.
        source: Another word.
    """
    return dsl.ContainerSpec(image="image", command=["cook"], args=[at, dish, salt, source])


def test_what_a_parameter_means_is_said_once() -> None:
    """By the function where it says so, else by the step that takes it; what nobody explains stays without a word."""

    def seasoned(run: Run, dish: str = "soup", salt: int = 2, source: str = "") -> None:  # noqa: D417 - a step tells the others
        """Cook a dish.

        Args:
            source: Whence.
        """
        run.call(_seasoned, at=run.as_of, dish=dish, salt=salt, source=source)

    told = spec_of(replace(DISHES, steps=(_seasoned,)).pipeline(seasoned))["root"]["inputDefinitions"]["parameters"]
    assert {name: told[name]["description"] for name in ("dish", "salt", "source")} == {
        "dish": "What is seasoned.", "salt": "How many grams of salt,\nto a litre.", "source": "Whence.",
    }  # fmt: skip
    assert "Instant of the run" in told["as_of"]["description"]
    without = spec_of(DISHES.pipeline(seasoned))["root"]["inputDefinitions"]["parameters"]
    assert "description" not in without["salt"]


@dsl.container_component
def _roasted(as_of: str, interval_start: str, dish: str, heat: float = 2, oil: str = "olive"):
    """Roast it.

    Args:
        as_of: When.
        interval_start: From when.
        dish: What is roasted.
        heat: How hot.
        oil: In what.
    """
    return dsl.ContainerSpec(image="image", command=["cook"], args=[as_of, interval_start, dish, heat, oil])


def _roast(run: Run, dish: str = "roast", oil: str = "rape") -> None:  # noqa: D417 - a step tells the others
    """Roast a dish.

    Args:
        dish: What to cook.
    """
    run.step(_roasted, dish=dish, oil=oil, cpu="1")


ROAST = replace(DISHES, mode=FullRefresh(made_from=("heat",)), steps=(_roasted,))


def test_options_of_steps_are_parameters_of_the_pipeline() -> None:
    """With the step's types, defaults and words; the function's own default goes before, and the mode may name them."""
    told = spec_of(ROAST.pipeline(_roast))["root"]["inputDefinitions"]["parameters"]
    assert told.keys() == {"as_of", "dish", "heat", "oil"}
    assert (told["heat"]["parameterType"], told["heat"]["defaultValue"]) == ("NUMBER_DOUBLE", 2.0)
    assert (told["oil"]["defaultValue"], told["oil"]["description"]) == ("rape", "In what.")
    assert told["heat"]["description"] == "How hot."
    with pytest.raises(ValueError, match="made from 'heta', no parameter of _roast: did you mean heat"):
        replace(ROAST, mode=FullRefresh(made_from=("heta",))).pipeline(_roast)


@dsl.container_component
def _fried(heat: float = 3, oil: str = "olive"):
    return dsl.ContainerSpec(image="image", command=["cook"], args=[heat, oil])


def test_steps_of_one_option_agree_on_its_default() -> None:
    """Neither gets the other's unseen: the function says which it is. What nobody explains has no words."""
    both = replace(ROAST, steps=(_roasted, _fried))
    with pytest.raises(ValueError, match=r"dishes have 'heat' as 2(\.0)? and as 3(\.0)?: declare it"):
        both.pipeline(_roast)

    def fried(run: Run, heat: float = 4) -> None:
        """Roast, and fry."""
        run.call(_roasted, dish="roast")
        run.call(_fried)

    told = spec_of(both.pipeline(fried))["root"]["inputDefinitions"]["parameters"]
    assert (told["heat"]["defaultValue"], told["oil"]["defaultValue"]) == (4.0, "olive")
    assert "description" not in told["oil"]


def test_a_step_whose_options_are_parameters_is_called() -> None:
    """One that is never called would leave parameters without any effect; it is named, and what to do."""
    both = replace(ROAST, steps=(_roasted, _fried))

    def fried(run: Run, heat: float = 4) -> None:
        """Fry."""
        run.call(_fried)

    with pytest.raises(ValueError, match=r"dishes names roasted in steps, .*call it by run\.step or run\.call"):
        both.pipeline(fried)


def test_a_step_is_given_what_the_run_knows() -> None:
    """Its instant and interval, and the parameters of the same names; what is handed over by hand goes before."""
    given = _tasks(spec_of(ROAST.pipeline(_roast)))["roasted"]["inputs"]["parameters"]
    outputs = {name: each["taskOutputParameter"]["outputParameterKey"] for name, each in given.items() if len(name) > 5}
    assert outputs == {"interval_start": "interval_start"}
    assert given["as_of"]["taskOutputParameter"]["outputParameterKey"] == "instant"
    channels = {name: given[name] for name in ("dish", "heat", "oil")}
    assert channels == {name: {"componentInputParameter": f"pipelinechannel--{name}"} for name in channels}

    def by_hand(run: Run) -> None:
        """Roast."""
        run.call(_roasted, dish="duck", heat=7.0)

    given = _tasks(spec_of(ROAST.pipeline(by_hand)))["roasted"]["inputs"]["parameters"]
    assert {given[name]["runtimeValue"]["constant"] for name in ("dish", "heat")} == {"duck", 7.0}


@dsl.container_component
def _sliced(cut: str):
    return dsl.ContainerSpec(image="image", command=["cook"], args=[cut])


@dsl.container_component
def _sent(workflow_template: str, parameters: dict, namespace: str, run_key: str):
    return dsl.ContainerSpec(image="image", command=["send"], args=[workflow_template, parameters, namespace, run_key])


def test_the_cut_is_the_run_s_own() -> None:
    """Not what a person gave, who may have left it empty."""

    def sliced(run: Run) -> None:
        """Slice."""
        run.call(_sliced)

    given = _tasks(spec_of(replace(DISHES, mode=Snapshot()).pipeline(sliced)))["sliced"]["inputs"]["parameters"]
    assert given["cut"]["taskOutputParameter"]["outputParameterKey"] == "interval_start"


def test_a_workflow_that_follows_has_its_parameters() -> None:
    """They begin with its name, and come with the dataset."""

    def served(run: Run) -> None:
        """Serve."""
        run.follow("dinner", _sent)

    spec = spec_of(replace(DISHES, follows=("dinner",)).pipeline(served))
    told = spec["root"]["inputDefinitions"]["parameters"]
    wanted = {
        "workflow_template": "dinner_template",
        "parameters": "dinner_parameters",
        "namespace": "dinner_namespace",
    }
    assert told.keys() == {"as_of", *wanted.values()}
    given = _tasks(spec)["sent"]["inputs"]["parameters"]
    assert {name: given[name]["componentInputParameter"] for name in wanted} == {
        name: f"pipelinechannel--{parameter}" for name, parameter in wanted.items()
    }
    assert given["run_key"]["taskOutputParameter"]["outputParameterKey"] == "run_key"
    with pytest.raises(ValueError, match="nothing 'dinner' follows dishes: name it in follows="):
        replace(DISHES, follows=("dinners",)).pipeline(served)


def test_only_topics_are_consumed() -> None:
    """A dataset without any says so where it is written down."""

    def consumed(run: Run) -> None:
        """Consume."""
        run.consume()

    for origins in (None, Topics({}, [])):
        with pytest.raises(ValueError, match="dataset dishes has no topics"):
            replace(DISHES, origins=origins).pipeline(consumed)
