"""Whose words explain the parameters of a pipeline: the function's own, or those of the step that takes them."""

from dataclasses import replace

from kfp import dsl

from stockpot.run import Run
from tests.stockpot.test_dataset import DISHES, spec_of


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
        _seasoned(at=run.as_of, dish=dish, salt=salt, source=source)

    told = spec_of(replace(DISHES, steps=(_seasoned,)).pipeline(seasoned))["root"]["inputDefinitions"]["parameters"]
    assert {name: told[name]["description"] for name in ("dish", "salt", "source")} == {
        "dish": "What is seasoned.", "salt": "How many grams of salt,\nto a litre.", "source": "Whence.",
    }  # fmt: skip
    assert "Instant of the run" in told["as_of"]["description"]
    without = spec_of(DISHES.pipeline(seasoned))["root"]["inputDefinitions"]["parameters"]
    assert "description" not in without["salt"]
