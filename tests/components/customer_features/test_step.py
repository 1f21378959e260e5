"""The step as it is run: datasets in and out, sums that agree, and one clear line where something is wrong."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from components.customer_features import compute as product
from components.customer_features.compute import Outputs, compute
from components.customer_features.settings import Settings
from components.shell import datasets
from components.shell.errors import ConfigurationError, ContractError
from components.shell.instants import format_instant
from components.shell.summary import Summary
from pipelines import customer_features as pipeline
from tests.components.customer_features.shops import SCHEMAS, VERSIONS, Row
from tests.components.customer_features.test_leaks import CUT, SHOP, bought, customer, order

FAULTY = {
    **SHOP,
    "transactions": [*SHOP["transactions"], {**SHOP["transactions"][0], "price": None}],
    "customers": [
        *SHOP["customers"], customer("a", age=138), customer("h", age=138), {**customer("i"), "customer_id": None},
    ],
    "orders": [*SHOP["orders"], order(3, "-1"), order(4, customer_id="nobody")],
}  # fmt: skip


def raw(directory: Path, shop: Mapping[str, Sequence[Row]], **others: pa.Schema) -> Path:
    """What an extract leaves, with other schemas for some of the tables."""
    for name, rows in shop.items():
        schema = others.get(name, SCHEMAS[name])
        table = pa.Table.from_pylist(list(rows), schema)
        datasets.write_dataset(directory / "raw" / name, schema, table.to_batches())
    described = [{"name": name, "columns": [{"name": column} for column in SCHEMAS[name].names]} for name in shop]
    told = {"files": [], "tables": described, "source": {"taken_at": format_instant(CUT.as_of)}}
    (directory / "raw" / datasets.MANIFEST).write_text(json.dumps(told))
    datasets.write_dataset(directory / "versions", VERSIONS, [])
    return directory / "raw"


def outputs(directory: Path) -> Outputs:
    """Places in a directory."""
    return Outputs(*(directory / name for name in ("rows", "categories", "rejected")))


def done(directory: Path, shop: Mapping[str, Sequence[Row]], **others: pa.Schema) -> Summary:
    """What the step says that it did."""
    return compute(raw(directory, shop, **others), directory / "versions", CUT, Settings(), outputs(directory))


def read(directory: Path) -> list[dict[str, Any]]:
    """The rows of a dataset."""
    return [row for batch in datasets.read_batches(directory) for row in batch.to_pylist()]


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    """In is out and rejected and removed, of each table; and what belongs to nobody is told."""
    summary = done(tmp_path, FAULTY)
    told = summary.details
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (9, 5, 1)
    assert told["tables"]["transactions"] == {
        "rows": 9, "usable": 5, "rejected": {"price_null": 1}, "not_yet_known": 3, "repeated_key": 0,
    }  # fmt: skip
    assert told["tables"]["customers"]["rejected"] == {"customer_null": 1}
    assert told["tables"]["customers"]["repeated_key"] == 1
    assert told["tables"]["orders"]["rejected"] == {"total_amount_negative": 1}
    assert told["of_nobody"] == {"orders": 1}
    assert (told["customers"], told["known_customers"], told["scored_customers"]) == (8, 8, 5)
    assert (told["age_out_of_range"], told["unknown_customers"]) == (1, 0)
    assert sum(told["segments"].values()) == 5
    assert sorted((row["source_table"], row["reason"]) for row in read(tmp_path / "rejected")) == [
        ("customers", "customer_null"),
        ("orders", "total_amount_negative"),
        ("transactions", "price_null"),
    ]


def test_a_rejected_row_is_told_as_it_was_read(tmp_path: Path) -> None:
    """Its reason is a column beside it, and no part of it."""
    done(tmp_path, FAULTY)
    for row in read(tmp_path / "rejected"):
        assert "reason" not in json.loads(row["row"])


def test_limits_of_scores_are_told(tmp_path: Path) -> None:
    """Of each score how many have it, and between which values."""
    told = done(tmp_path, SHOP).details["scores"]
    assert told["R_score"][0] == {"score": 1, "customers": 1, "least": 13, "greatest": 13}
    assert [each["score"] for each in told["M_score"]] == [1, 2, 3, 4, 5]
    assert told["F_score"] == [{"score": 1, "customers": 5, "least": 1, "greatest": 1}]


def test_the_datasets_fit_their_tables(tmp_path: Path) -> None:
    """Names in the order of the table, and nulls only where it has them."""
    done(tmp_path, SHOP)
    for name, promised in (("rows", pipeline.COLUMNS), ("categories", pipeline.CATEGORY_COLUMNS)):
        found = datasets.schema(tmp_path / name)
        assert found.names == [column.name for column in promised]
        assert [not field.nullable for field in found] == [column.required for column in promised]


def test_what_the_source_lacks_is_read_from_the_extract(tmp_path: Path) -> None:
    """A column or a table that comes as nulls is missing, and no zero or NONE stands for it."""
    directory = raw(tmp_path, {**SHOP, "events": []})
    told = json.loads((directory / datasets.MANIFEST).read_text())
    for table in told["tables"]:
        for column in table["columns"]:
            if table["name"] == "events" or column["name"] == "fashion_news_frequency":
                column["missing"] = True
    (directory / datasets.MANIFEST).write_text(json.dumps(told))
    summary = compute(directory, tmp_path / "versions", CUT, Settings(), outputs(tmp_path))
    assert summary.details["missing_columns"] == {"customers": ["fashion_news_frequency"]}
    assert summary.details["missing_tables"] == ["articles", "events", "wishlist"]
    first = read(tmp_path / "rows")[0]
    assert (first["fashion_news_frequency"], first["views"]) == (None, None)


@pytest.mark.parametrize(
    ("shop", "error", "what"),
    [
        ({**SHOP, "transactions": []}, ContractError, "there are no transactions"),
        ({"transactions": [bought(CUT.day, "a")]}, ContractError, "nobody was a customer by the cut"),
        ({"customers": SHOP["customers"]}, ConfigurationError, "there is no table of transactions"),
    ],
)
def test_a_shop_without_customers_is_refused(tmp_path: Path, shop: Any, error: type[Exception], what: str) -> None:
    """An empty table is an extract that failed, not a shop where nobody buys."""
    with pytest.raises(error, match=what):
        done(tmp_path, shop)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("transactions", "customer_id"),
        ("transactions", "article_id"),
        ("customers", "customer_id"),
        ("articles", "article_id"),
        ("orders", "customer_id"),
        ("events", "customer_id"),
        ("wishlist", "customer_id"),
    ],
)
def test_ids_that_are_numbers_are_refused(tmp_path: Path, name: str, column: str) -> None:
    """They have lost their zeros before they came."""
    place = SCHEMAS[name].get_field_index(column)
    kind = SCHEMAS[name].set(place, pa.field(column, pa.int64()))
    with pytest.raises(ConfigurationError, match=f"keep {column} as text"):
        done(tmp_path, {**SHOP, name: [dict.fromkeys(kind.names) | {column: 1}]}, **{name: kind})


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"bins": 1}, "bins is 1"),
        ({"bins": 6}, "bins is 6"),
        ({"bins": 4}, "Champions R5 F5 M5' has scores that are not 1 to 4"),
        ({"score_by": "percent_rnk"}, "did you mean percent_rank"),
        ({"frequency": "line"}, "did you mean lines"),
        ({"category_column": "category"}, "did you mean category_id"),
        ({"event_types": {"add": "carts"}}, "did you mean cart"),
        ({"score_by": "cuts"}, "cuts are of nothing"),
        ({"cuts": {"recency": [1, 2, 3, 4]}}, "score_by is not cuts"),
        ({"segments": ["Best R5F5M5"]}, "'Best R5F5M5' is no segment"),
        ({"segments": [5]}, "5 is no segment"),
        ({"segments": ["Best R5-4 F5 M5"]}, "scores that are not 1 to 5"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(told: dict[str, Any], what: str) -> None:
    """Each with what is wrong with it."""
    with pytest.raises(ConfigurationError, match=what):
        Settings(**told)


@pytest.mark.parametrize(
    "bounds", [[1, 2, 3], [1, 2, 2, 3], [1, 2, 3, float("nan")], ["1", "2", "3", "4"], "1234", None]
)
def test_cuts_rise_and_are_numbers(bounds: Any) -> None:
    """One fewer than there are bins."""
    cuts = {"recency": [1, 2, 3, 4], "frequency": [1, 2, 3, 4], "monetary": bounds}
    with pytest.raises(ConfigurationError, match="cuts of monetary are"):
        Settings(score_by="cuts", cuts=cuts)


def test_lost_days_end_the_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines and money may all be there, and be told of a single day."""
    make = product.make

    def merging(*given: Any) -> Any:
        made = make(*given)
        days = made.features.purchase_days
        return product.Made(**{**vars(made), "features": made.features.mutate(purchase_days=ibis.least(days, 1))})

    monkeypatch.setattr(product, "make", merging)
    again = [bought(CUT.day - timedelta(days=2), "a"), bought(CUT.day - timedelta(days=1), "a")]
    with pytest.raises(ContractError, match="7 days came in and 5 are accounted for"):
        done(tmp_path, {**SHOP, "transactions": [*SHOP["transactions"], *again]})


@pytest.mark.parametrize(
    ("name", "what"), [("features", "5 lines came in and 4 are accounted for"), ("categories", "from 1 - report this")]
)
def test_lost_rows_end_the_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, what: str) -> None:
    """A planted loss of one customer, or of one category, is told."""
    make = product.make

    def losing(*given: Any) -> Any:
        made = make(*given)
        table = getattr(made, name)
        kept = table.filter(table.customer_id != "b") if name == "features" else table.mutate(share=table.share / 2)
        return product.Made(**{**vars(made), name: kept})

    monkeypatch.setattr(product, "make", losing)
    with pytest.raises(ContractError, match=what):
        done(tmp_path, {**SHOP, "articles": [{"article_id": "01", "category_id": "C1"}]})


def test_the_command(tmp_path: Path) -> None:
    """Flags in, datasets and a summary out; and one line with the code of what is wrong."""
    flags: dict[str, Any] = {"raw": raw(tmp_path, SHOP), "versions": tmp_path / "versions"}
    flags |= {"cut": "2026-01-15T00:00:00Z", "as_of": "2026-01-15T04:00:00Z", "paid_statuses": '["paid"]'}
    flags |= {name: tmp_path / name for name in ("rows", "categories", "rejected", "summary")}
    command = [sys.executable, "-m", "components.customer_features"]
    for name, value in flags.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    assert json.loads((tmp_path / "summary").read_text())["details"]["customers"] == 7
    wrong = subprocess.run([*command, "--bins", "9"], check=False, capture_output=True, text=True, timeout=600)
    assert wrong.returncode == ConfigurationError.exit_code
    assert wrong.stderr.count("\n") == 1
