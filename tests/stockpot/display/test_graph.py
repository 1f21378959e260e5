"""Plans flattened to steps, laid out and drawn."""

from itertools import pairwise

import pytest

from stockpot.compiler.definitions import load
from stockpot.display.boxes import draw, listing
from stockpot.display.graph import Node, flatten, ordered, reduced, steps
from stockpot.display.layout import Bend, layout


def _needs(found):
    return {step.name: {need[-1] for need in step.needs} for step in found}


def test_the_moderation_pipeline_keeps_its_order():
    """Scopes and exit handlers dissolve into steps that wait for steps."""
    needs = _needs(steps(load("moderation-training").pipeline))
    assert needs["begin-interval"] == set()
    assert needs["moderation-features"] == {"read-views", "extract-postgres"}
    assert needs["load-iceberg"] == {"check-quality", "publish-raw"}
    assert needs["end-run"] == {"load-iceberg"}


def test_a_group_is_waited_for_as_a_whole():
    """What follows a DAG waits for its last steps, and its first steps wait for what the DAG waits for."""
    group = Node("group", ("a",), (Node("b"), Node("c", ("b",))))
    assert _needs(flatten([Node("a"), group, Node("d", ("group",))])) == {
        "a": set(),
        "b": {"a"},
        "c": {"b"},
        "d": {"c"},
    }


def test_an_empty_group_hands_its_needs_on():
    """A loop that had no rounds does not cut the graph in two."""
    assert _needs(flatten([Node("a"), Node("none", ("a",), ()), Node("d", ("none",))]))["d"] == {"a"}


def test_an_exit_handler_follows_what_it_guards():
    """It waits for the last steps of its scope and is marked."""
    guarded = Node("scope", (), (Node("a"), Node("b", ("a",))), on_exit=Node("tell", at_exit=True))
    found = flatten([guarded])
    assert _needs(found)["tell"] == {"b"}
    assert [step.at_exit for step in found] == [False, False, True]


def test_needs_that_follow_are_left_out():
    """That a comes before c follows from a to b to c."""
    a, b, c = ("a",), ("b",), ("c",)
    assert reduced({a: [], b: [a], c: [a, b]}) == {a: [], b: [a], c: [b]}


def test_a_circle_is_an_error():
    """Needs that go round have no order."""
    with pytest.raises(ValueError, match="circle"):
        ordered({("a",): [("b",)], ("b",): [("a",)]})


def test_no_two_slots_of_a_layer_touch():
    """Boxes in a layer stand at least a box apart, and edges go strictly downwards."""
    needs = {(name,): [(other,) for other in before] for name, before in {
        "a": "", "b": "a", "c": "a", "d": "a", "e": "bc", "f": "abd", "g": "ef",
    }.items()}  # fmt: skip
    plan = layout(needs)
    for layer in plan.layers:
        boxes = sorted(plan.x[slot] for slot in layer if not isinstance(slot, Bend))
        assert all(right - left >= 1 - 1e-9 for left, right in pairwise(boxes))
    depth = {slot: index for index, layer in enumerate(plan.layers) for slot in layer}
    assert all(depth[low] == depth[high] + 1 for edge in plan.edges for high, low in pairwise(edge))


def test_every_step_is_drawn_once():
    """Each name stands in a box, exit handlers with their mark, and nothing is drawn over another box."""
    found = steps(load("moderation-training").pipeline)
    drawing = draw(found)
    for step in found:
        label = f"◆ {step.name}" if step.at_exit else step.name
        assert drawing.count(f" {label} ") == 1
    assert drawing.count("╭─") >= len(found)


def test_boxes_are_joined():
    """A chain of two has a line from box to box."""
    drawing = draw(flatten([Node("one"), Node("two", ("one",), notes=("for each item",))]))
    assert drawing.splitlines() == [
        "     ╭─────╮",
        "     │ one │",
        "     ╰──┬──╯",
        "        │",
        "╭───────┴───────╮",
        "│      two      │",
        "│ for each item │",
        "╰───────────────╯",
    ]


def test_a_listing_names_what_is_waited_for():
    """Where boxes are too wide, numbers say the same."""
    lines = listing(flatten([Node("one"), Node("two", ("one",), notes=("under a condition",))])).splitlines()
    assert lines == ["NO  STEP  AFTER  WHEN", "1   one", "2   two   1      under a condition"]
