"""What a dataset that replaces its whole table is made from: each parameter that its rows follow from."""

from collections.abc import Collection, Mapping

import pytest

from stockpot.dataset import Dataset
from stockpot.definition import Definition, discover
from stockpot.modes import FullRefresh

_FOLLOWS = "says which workflow follows the run, and what it is given"
_JUDGES = "refuses rows, and changes none"
_INSTANT = "is part of every key by itself"
# By pipeline the parameters that change no row, each with what it does instead.
CHANGE_NO_ROW: Mapping[str, Mapping[str, str]] = {
    "articles-content": {
        "as_of": _INSTANT,
        "max_drop": _JUDGES,
        "oldest_hours": "refuses instants, and changes no row",
        **dict.fromkeys(("changed_share", "changed_rows"), "says whether a workflow follows"),
        **dict.fromkeys(("changed_template", "changed_parameters", "changed_namespace"), _FOLLOWS),
    },
    "articles-embeddings": {
        "as_of": _INSTANT,
        "max_drop": _JUDGES,
        "min_coverage": _JUDGES,
        **dict.fromkeys(("text_model_digest", "image_model_digest"), "refuses a model, and changes no row"),
        "vectors_to": "says where a copy goes",
    },
    "feed-ranking": {
        "as_of": _INSTANT,
        **dict.fromkeys(("training_template", "training_parameters", "training_namespace"), _FOLLOWS),
    },
}


def _whole() -> Mapping[str, tuple[Definition, Dataset]]:
    """The pipelines that replace a whole table."""
    datasets = {name: (found, found.dataset) for name, found in discover().items() if found.dataset}
    return {name: each for name, each in datasets.items() if isinstance(each[1].mode, FullRefresh)}


def unnamed(definition: Definition, made_from: Collection[str], change_no_row: Collection[str]) -> set[str]:
    """The parameters of which neither the key knows, nor anybody says that they change no row."""
    parameters = definition.function.component_spec.inputs or {}
    return set(parameters) - {*made_from, *change_no_row}


@pytest.mark.parametrize("name", _whole())
def test_the_key_knows_each_parameter_that_changes_rows(name: str) -> None:
    """One that it does not know would find another output's rows, and call them its own."""
    definition, dataset = _whole()[name]
    assert isinstance(dataset.mode, FullRefresh)
    left_out = CHANGE_NO_ROW[name]
    assert unnamed(definition, dataset.mode.made_from, left_out) == set()
    parameters = definition.function.component_spec.inputs or {}
    assert set(left_out) - set(parameters) == set()
    assert set(left_out) & set(dataset.mode.made_from) == set()
    for each in dataset.mode.made_from:
        without = [other for other in dataset.mode.made_from if other != each]
        assert unnamed(definition, without, left_out) == {each}
