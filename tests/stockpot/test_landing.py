"""Which tables may land as they are, and how old what lands may be."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from components.shell.errors import ConfigurationError
from pipelines.raw_tables import LINES
from stockpot.definition import find
from stockpot.landing import Landed
from tests.stockpot.test_dataset import spec_of


def test_a_raw_table_follows_from_what_is_extracted() -> None:
    """Its columns and one more, the beginning of the local day, by which it is partitioned."""
    assert LINES.table.name == "raw.transactions"
    assert [str(column) for column in LINES.table.columns][-2:] == ["known_at timestamptz", "day_at timestamptz!"]
    assert LINES.keys == {
        "transactions|transactions_train": [
            "transaction_id ~string?", "t_dat ~date", "customer_id ~string", "article_id ~string",
        ]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (["id long", "at date", "email string"], "email"),
        (["id long", "at date", "email string personal"], "'email' of raw table orders is personal"),
        (["id long", "at date", "note"], "'note' of raw table orders has no type"),
        (["id long"], "names 'at'"),
    ],
)
def test_what_may_not_land_is_refused_where_it_is_written(columns: list[str], words: str) -> None:
    """What is personal, marked or not, and what has no type."""
    with pytest.raises(ConfigurationError, match=words):
        Landed("orders", columns, time="at", key=["id"])


@pytest.mark.parametrize(
    "name",
    [
        "raw-tables", "user-item-interactions", "customer-features", "timeseries", "articles-content", "reviews-nlp",
        "moderation-training", "events-and-funnels",
    ],
)  # fmt: skip
def test_every_extract_knows_the_instant_of_its_run(name: str) -> None:
    """From a standby that has not replayed so far, days would land as days without rows."""
    extracts = list(_extracts(spec_of(find(name)), "postgres"))
    assert extracts
    assert all("as_of" in each["inputs"]["parameters"] for each in extracts)


@pytest.mark.parametrize(
    ("name", "sources"), [("user-item-interactions", [["postgres", "files", "raw"]]), ("timeseries", [])]
)
def test_a_source_that_is_none_is_told_all_that_there_are(name: str, sources: list[list[str]]) -> None:
    """What refuses it knows those that every pipeline has; one that reads raw tables says so."""
    (extract,) = _extracts(spec_of(find(name)), "files")
    given = extract["inputs"]["parameters"].get("sources")
    assert ([given["runtimeValue"]["constant"]] if given else []) == sources


def _extracts(spec: Mapping[str, Any], source: str) -> Iterator[Mapping[str, Any]]:
    """The tasks of a pipeline that copy from such a source, however deep."""
    for part in (spec["root"], *spec["components"].values()):
        for task in part.get("dag", {}).get("tasks", {}).values():
            if task["componentRef"]["name"].startswith(f"comp-extract-{source}"):
                yield task
