"""The step as a whole: the page is drawn, and what leaks stops the run."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from components.begin_run.migrate import migrate
from components.examine_features.__main__ import main
from components.feed.features import SCHEMA
from components.ranking_features.compute import compute
from components.ranking_features.split import split
from components.shell.datasets import write_dataset
from components.shell.errors import ContractError
from pipelines import feed_ranking
from tests.components.examine_features.test_prove import INTERACTIONS, ITEMS, USERS
from tests.components.examine_features.test_prove import split as labelled
from tests.components.ranking_features.feeds import SCHEMAS, computed
from tests.components.ranking_features.test_features import leaky

TABLES = {"interactions": INTERACTIONS, "users": USERS, "items": ITEMS}
pytestmark = pytest.mark.usefixtures("catalog_env")


@pytest.fixture
def feed(tmp_path: Path) -> dict[str, Path]:
    """The three datasets of a feed, beside an empty table."""
    migrate([feed_ranking.TABLE])
    for name, rows in TABLES.items():
        write(tmp_path / name, rows, SCHEMAS[name].to_pyarrow())
    return {name: tmp_path / name for name in TABLES}


def write(directory: Path, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    """Write rows as a dataset."""
    write_dataset(directory, schema, pa.Table.from_pylist(rows, schema=schema).to_batches())


def examine(tmp_path: Path, feed: dict[str, Path]) -> None:
    """Run the step on the dataset `rows`."""
    main(
        **feed,
        rows=tmp_path / "rows",
        table=feed_ranking.TABLE.document(),
        label="click",
        groups=["segment", "device"],
        pipeline="feed-ranking",
        run_key="first",
        page=tmp_path / "page",
        figures=tmp_path / "figures",
        proof=tmp_path / "proof",
        summary=tmp_path / "summary",
    )


def test_sound_rows_are_drawn_and_proved(tmp_path: Path, feed: dict[str, Path]) -> None:
    """The rows that the step before has computed and cut: a page, its figures, the proof, and a word on each."""
    compute(**feed, rows=tmp_path / "computed")
    split(tmp_path / "computed", [0.7, 0.15, 0.15], tmp_path / "rows")
    examine(tmp_path, feed)
    assert "Features of feed.training_data" in (tmp_path / "page").read_text()
    assert json.loads((tmp_path / "figures").read_text())["label"] == "click"
    proof = json.loads((tmp_path / "proof").read_text())
    assert proof["rows_unchanged_without_the_future"] == 70
    summary = json.loads((tmp_path / "summary").read_text())
    assert (summary["rows_in"], summary["rows_out"]) == (100, 100)
    assert summary["details"]["proof"] == proof
    assert summary["details"]["label_share"] == 0.33


def test_rows_that_leak_stop_the_run_behind_their_page(tmp_path: Path, feed: dict[str, Path]) -> None:
    """A feature with a mean over all rows in it is named; the page is there for whoever looks for the leak."""
    schema = SCHEMA.to_pyarrow().append(pa.field("split", pa.string(), nullable=False))
    write(tmp_path / "rows", labelled(computed(**TABLES, compute=leaky)), schema)
    with pytest.raises(ContractError, match="feature user_historical_ctr leaks") as failure:
        examine(tmp_path, feed)
    assert failure.value.exit_code == 10
    assert (tmp_path / "page").exists()
    assert not (tmp_path / "summary").exists()
