"""The steps as they are run: datasets in and out, rows that are all accounted for, one clear line where it is wrong."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from components.article_versions import compute as product
from components.article_versions.compute import Outputs, compute
from components.article_versions.usable import _typed
from components.shell import datasets
from components.shell.engine import engine, records
from components.shell.errors import ConfigurationError, ContractError
from components.shell.summary import Summary
from pipelines import articles_content as pipeline
from tests.components.article_versions.histories import CATEGORIES, FIRST, SCHEMA, VERSIONS, cut_at
from tests.components.article_versions.oracle import Row
from tests.components.article_versions.test_rows import article, category

SHOP = [article("01", category_id="a"), article("02", price=Decimal("20.00")), article("03", stock=None)]
FAULTY = [
    article("04", stock=-1),
    article("01", prod_name="Sweater"),
    article("05", known_at=FIRST + timedelta(hours=1)),
    article("06", created_at=FIRST + timedelta(days=2)),
    dict.fromkeys(SCHEMA.names),
]
TREE = [category("a", "A"), category("x", "X", "x"), category("b", "B", "nowhere")]
# A table that has nothing but what it must have.
BARE = pa.schema([("article_id", pa.string())])


def written(directory: Path, schema: pa.Schema, rows: Sequence[Row]) -> Path:
    """A dataset of rows."""
    datasets.write_dataset(directory, schema, pa.Table.from_pylist(list(rows), schema=schema).to_batches())
    return directory


def raw(directory: Path, rows: Sequence[Row], tree: Sequence[Row] | None = (), schema: pa.Schema = SCHEMA) -> Path:
    """What an extract leaves; without the table of categories where that is None."""
    written(directory / "raw/articles", schema, rows)
    if tree is not None:
        written(directory / "raw/categories", CATEGORIES, tree)
    return directory / "raw"


def outputs(directory: Path) -> Outputs:
    """Places in a directory."""
    return Outputs(*(directory / name for name in ("rows", "versions", "rejected")))


def done(directory: Path, rows: Sequence[Row], tree: Sequence[Row] | None = (), schema: pa.Schema = SCHEMA) -> Summary:
    """What the step says that it did, on the first day."""
    before = written(directory / "before", VERSIONS, [])
    given = raw(directory, rows, tree, schema)
    return compute(given, before, cut_at(FIRST), outputs(directory), retire_missing=True)


def read(directory: Path) -> list[dict[str, Any]]:
    """The rows of a dataset."""
    return [row for batch in datasets.read_batches(directory) for row in batch.to_pylist()]


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    """In is out and rejected and removed, of articles and of categories."""
    summary = done(tmp_path, [*SHOP, *FAULTY], TREE)
    told = summary.details
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (8, 3, 3)
    assert told["reasons"] == {"article_null": 1, "created_in_future": 1, "stock_negative": 1}
    assert (told["not_yet_known"], told["repeated_key"], told["carried"]) == (1, 1, 0)
    assert (told["categories"], told["category_reasons"], told["missing_parents"]) == (2, {"category_cycle": 1}, 1)
    rejected = [(row["source_table"], row["id"], row["reason"]) for row in read(tmp_path / "rejected")]
    assert rejected == [
        ("articles", "04", "stock_negative"),
        ("articles", "06", "created_in_future"),
        ("articles", None, "article_null"),
        ("categories", "x", "category_cycle"),
    ]
    assert json.loads(read(tmp_path / "rejected")[0]["row"])["stock"] == -1


def test_the_datasets_fit_their_tables(tmp_path: Path) -> None:
    """Names in the order of the table, and nulls only where it has them."""
    done(tmp_path, SHOP)
    for name, promised in (("rows", pipeline.COLUMNS), ("versions", pipeline.STATE_COLUMNS)):
        found = datasets.schema(tmp_path / name)
        assert found.names == [column.name for column in promised]
        assert [not field.nullable for field in found] == [column.required for column in promised]


def test_a_source_that_has_ids_alone(tmp_path: Path) -> None:
    """All else is null, whether there is a table of categories or not; leading zeros make another article."""
    done(tmp_path, [{"article_id": "01"}, {"article_id": "1"}], None, BARE)
    rows = read(tmp_path / "rows")
    assert [(row["article_id"], row["text"], row["price"], row["category_known"]) for row in rows] == [
        ("01", "", None, None),
        ("1", "", None, None),
    ]
    assert len({row["content_hash"] for row in rows}) == 2


def test_an_empty_extract_is_refused(tmp_path: Path) -> None:
    """No catalogue is empty: the table was, or somebody else's was read."""
    with pytest.raises(ContractError, match="there are no articles"):
        done(tmp_path, [])


@pytest.mark.parametrize(
    ("kind", "name", "number", "what"),
    [
        ("articles", "article_id", pa.int64(), "keep article_id as text"),
        ("articles", "category_id", pa.float64(), "category_id' is float64, neither texts nor whole numbers"),
        ("categories", "category_id", pa.float64(), "category_id' is float64, neither texts nor whole numbers"),
        ("categories", "parent_category_id", pa.float64(), "keep parent_category_id as one of these"),
    ],
)
def test_ids_that_are_numbers_are_refused(tmp_path: Path, kind: str, name: str, number: pa.DataType, what: str) -> None:
    """They have lost their zeros before they came, or are the ids of nothing; those of categories may be counted."""
    before = written(tmp_path / "before", VERSIONS, [])
    given = raw(tmp_path, SHOP, None)
    bare = pa.schema([("article_id" if kind == "articles" else "category_id", pa.string())])
    schema = pa.schema([*(field for field in bare if field.name != name), (name, number)])
    written(given / kind, schema, [dict.fromkeys(schema.names, None) | {name: 1}])
    with pytest.raises(ConfigurationError, match=what):
        compute(given, before, cut_at(FIRST), outputs(tmp_path), retire_missing=True)


def test_values_that_do_not_fit_are_rejected(tmp_path: Path) -> None:
    """Prices of another type are taken as far as they fit; the row says what it was."""
    schema = pa.schema([("article_id", pa.string()), ("price", pa.float64())])
    rows = [{"article_id": "1", "price": 9.9}, {"article_id": "2", "price": 1e12}]
    summary = done(tmp_path, rows, None, schema)
    assert summary.details["reasons"] == {"price_unfit": 1}
    assert [row["price"] for row in read(tmp_path / "rows")] == [Decimal("9.90")]
    assert json.loads(read(tmp_path / "rejected")[0]["row"])["price"] == 1e12


def test_lost_rows_end_the_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted loss of one article is told with both sums."""
    make = product.make

    def losing(*given: Any, **told: Any) -> Any:
        made = make(*given, **told)
        return product.Made(**{**vars(made), "rows": made.rows.filter(made.rows.article_id != "02")})

    monkeypatch.setattr(product, "make", losing)
    with pytest.raises(ContractError, match="2 articles came in and 3 are accounted for"):
        done(tmp_path, SHOP)


def command(module: str, given: Mapping[str, object]) -> subprocess.CompletedProcess[str]:
    """What comes of a command."""
    flags = [part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    return subprocess.run(
        [sys.executable, "-m", module, *flags], check=False, capture_output=True, text=True, timeout=120
    )


def test_the_commands(tmp_path: Path) -> None:
    """Flags in, datasets, changes and summaries out; and one line with the code of what is wrong."""
    places = {name: tmp_path / name for name in ("rows", "versions", "rejected", "summary")}
    given = {"raw": raw(tmp_path, SHOP, TREE), "before": written(tmp_path / "before", VERSIONS, []), **places}
    first = command("components.article_versions", {**given, "as_of": FIRST.isoformat(), "retire_missing": "true"})
    assert (first.returncode, first.stderr.count("category_cycle")) == (0, 1)
    assert json.loads((tmp_path / "summary").read_text())["rows_out"] == 3
    wrong = command("components.article_versions", {**given, "as_of": FIRST.isoformat(), "timezone": "Mars/Base"})
    assert (wrong.returncode, wrong.stderr.count("\n")) == (ConfigurationError.exit_code, 1)


@pytest.mark.parametrize(
    ("snapshot", "rows", "changed"), [("7", SHOP, "false"), ("", SHOP, "true"), ("7", SHOP[:2], "true")]
)
def test_the_command_that_finds_changes(tmp_path: Path, snapshot: str, rows: Sequence[Row], changed: str) -> None:
    """Each figure goes into a file of its own; a first run has changed everything."""
    done(tmp_path, SHOP)
    previous = tmp_path / "rows"
    now = tmp_path / "now"
    now.mkdir()
    done(now, rows)
    figures = ("changed", "added", "removed", "text_changed", "image_changed", "commercial_changed")
    given = {"rows": now / "rows", "previous": previous, "previous_snapshot": snapshot, "summary": tmp_path / "told"}
    found = command("components.article_versions.changes", {**given, **{name: tmp_path / name for name in figures}})
    assert found.returncode == 0, found.stderr
    told = {name: (tmp_path / name).read_text() for name in figures}
    assert told == {**dict.fromkeys(figures, "0"), "changed": changed, "removed": str(3 - len(rows))}
    assert json.loads((tmp_path / "told").read_text())["details"]["changed"] is (changed == "true")


def test_instants_without_a_zone_are_the_shops() -> None:
    """A wall clock's times, and dates, are read where the shop is."""
    walls = pa.table({"created_at": pa.array([datetime(2024, 1, 2)], pa.timestamp("us"))})  # noqa: DTZ001 - has none
    with engine("100MB") as backend:
        backend.begin(lambda connection: connection.register("walls", walls))
        table = ibis.table(ibis.Schema.from_pyarrow(walls.schema), "walls")
        (found,) = records(backend, table.select(at=_typed(table, "created_at", "Europe/Stockholm")))
    assert found["at"] == datetime(2024, 1, 1, 23, tzinfo=UTC)
