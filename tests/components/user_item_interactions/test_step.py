"""The step as it is run: datasets in and out, sums that agree, and one clear line where something is wrong."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from components.retail.moment import Moment
from components.shell import datasets
from components.shell.errors import ConfigurationError, ContractError
from components.shell.summary import Summary
from components.user_item_interactions import compute as product
from components.user_item_interactions.compute import Outputs, compute
from components.user_item_interactions.settings import Settings
from pipelines import user_item_interactions as pipeline
from tests.components.retail.oracle import Row
from tests.components.user_item_interactions.histories import EVENTS, TRANSACTIONS
from tests.components.user_item_interactions.test_rows import MOMENT, SHOP, bought

FAULTY = [
    {**bought(3, "a", "01"), "price": None},
    bought(4, "b", "01", transaction_id="7"),
    bought(4, "b", "01", transaction_id="7"),
    bought(20, "b", "01"),
    {**bought(4, "c", "01"), "t_dat": None},
]


def raw(directory: Path, rows: Sequence[Row], schema: pa.Schema = TRANSACTIONS) -> Path:
    """What an extract leaves."""
    table = pa.Table.from_pylist(list(rows), schema=schema)
    datasets.write_dataset(directory / "raw/transactions", schema, table.to_batches())
    return directory / "raw"


def done(directory: Path, rows: Sequence[Row], told: Settings | None = None) -> Summary:
    """What the step says that it did."""
    return compute(raw(directory, rows), MOMENT, told or Settings(), outputs(directory))


def outputs(directory: Path) -> Outputs:
    """Places in a directory."""
    return Outputs(*(directory / name for name in ("rows", "targets", "rejected")))


def read(directory: Path) -> list[dict[str, Any]]:
    """The rows of a dataset."""
    return [row for batch in datasets.read_batches(directory) for row in batch.to_pylist()]


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    """In is out and rejected and removed; pieces and money are those of the pairs."""
    summary = done(tmp_path, [*SHOP, *FAULTY])
    told = summary.details
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (11, 6, 2)
    assert told["reasons"] == {"date_null": 1, "price_null": 1}
    assert (told["not_yet_known"], told["repeated_key"]) == (2, 1)
    assert (told["pairs"], told["in_core"], told["targets"], told["targets_cut"]) == (3, 3, 2, "2026-01-08T00:00:00Z")
    assert sum(row["purchase_count"] for row in read(tmp_path / "rows")) == told["pieces"] == 6
    assert sum(row["total_spent"] for row in read(tmp_path / "rows")) == told["money"] == 60
    assert sum(row["purchase_days"] for row in read(tmp_path / "rows")) == told["days"] == 5
    assert sorted(row["reason"] for row in read(tmp_path / "rejected")) == ["date_null", "price_null"]


def test_the_datasets_fit_their_tables(tmp_path: Path) -> None:
    """Names in the order of the table, and nulls only where it has them."""
    done(tmp_path, SHOP)
    for name, promised in (("rows", pipeline.COLUMNS), ("targets", pipeline.TARGET_COLUMNS)):
        found = datasets.schema(tmp_path / name)
        assert found.names == [column.name for column in promised]
        assert [not field.nullable for field in found] == [column.required for column in promised]


def test_leading_zeros_stay(tmp_path: Path) -> None:
    """Ids are texts: 01 and 1 are two articles."""
    done(tmp_path, [bought(5, "0007", "01"), bought(5, "0007", "1")])
    assert sorted((row["customer_id"], row["article_id"]) for row in read(tmp_path / "rows")) == [
        ("0007", "01"),
        ("0007", "1"),
    ]


@pytest.mark.parametrize(
    ("rows", "what"),
    [([], "no transactions"), ([bought(20, "a", "01")], "none of the 1 transaction counts before 2026-01-15")],
)
def test_a_shop_without_purchases_is_refused(tmp_path: Path, rows: list[Row], what: str) -> None:
    """An empty table is an extract that failed, not a shop where nobody buys."""
    with pytest.raises(ContractError, match=what):
        done(tmp_path, rows)


def test_ids_that_are_numbers_are_refused(tmp_path: Path) -> None:
    """They have lost their zeros before they came."""
    kind = TRANSACTIONS.set(3, pa.field("article_id", pa.int64()))
    with pytest.raises(ConfigurationError, match="keep article_id as text"):
        compute(raw(tmp_path, [bought(5, "a", "01") | {"article_id": 1}], kind), MOMENT, Settings(), outputs(tmp_path))


def test_signals_need_events(tmp_path: Path) -> None:
    """Views without events would be zeros that look like a fact."""
    with pytest.raises(ConfigurationError, match="name the table events in source_tables"):
        done(tmp_path, SHOP, Settings(signals=["purchase", "view"]))


def seen(number: int | None, kind: str = "view", **others: Any) -> Row:
    """An event of customer a with article 01 on 5 January."""
    at = datetime(2026, 1, 5, tzinfo=UTC)
    event = {"event_id": number and str(number), "customer_id": "a", "article_id": "01", "event_type": kind}
    return {**event, "created_at": at, "known_at": None, **others}


def with_events(directory: Path, events: pa.Table, *asked: str) -> Summary:
    """What the step says that it did with these events."""
    place = raw(directory, SHOP)
    datasets.write_dataset(place / "events", events.schema, events.to_batches())
    return compute(place, MOMENT, Settings(signals=["purchase", *asked]), outputs(directory))


def test_every_event_is_accounted_for(tmp_path: Path) -> None:
    """Each under what became of it, so that a count of 0 is no riddle."""
    rows = [
        seen(1), seen(1), seen(2, "product_view"), seen(None), seen(3, created_at=None), seen(4, customer_id=None),
        seen(5, article_id=None), seen(6, "cart"), seen(7, "purchase"), seen(8, "page_view"),
        seen(9, created_at=MOMENT.cut), seen(10, created_at=MOMENT.as_of.replace(day=21)),
        seen(11, known_at=MOMENT.as_of.replace(day=21)),
    ]  # fmt: skip
    told = with_events(tmp_path, pa.Table.from_pylist(rows, EVENTS), "view").details
    assert told["events"] == {
        "rows": 13, "usable": 2, "of_guests": 1, "without_article": 1, "not_asked": 2, "other_types": 1,
        "not_yet_known": 3, "repeated_key": 1, "rejected": {"created_at_null": 1, "event_null": 1},
    }  # fmt: skip
    assert sum(row["views"] for row in read(tmp_path / "rows")) == 2
    assert told["warnings"] == []


def test_events_of_types_that_nobody_names_are_a_warning(tmp_path: Path) -> None:
    """Where they are over half of all: views would be 0 for ever, and nobody would know why."""
    rows = pa.Table.from_pylist([seen(1), seen(2, "page_view"), seen(3, "page_view")], EVENTS)
    assert with_events(tmp_path, rows, "view").details["warnings"] == [
        "2 of 3 events are of types that event_types does not name, and of no kind; say by event_types what they are"
    ]


@pytest.mark.parametrize("name", ["event_id", "event_type", "created_at", "customer_id", "article_id"])
def test_columns_that_events_lack_are_named(tmp_path: Path, name: str) -> None:
    """Without ids or instants no event would count."""
    events = pa.Table.from_pylist([seen(1)], EVENTS).drop_columns([name])
    with pytest.raises(ConfigurationError, match=f"there is no column '{name}' - say by names .* in source_tables"):
        with_events(tmp_path, events, "view")


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"tau_days": 0.0}, "tau_days is 0.0"),
        ({"tau_days": float("nan")}, "tau_days is nan"),
        ({"core_items": -1}, "never negative"),
        ({"horizon_days": 0}, "horizon_days is 0"),
        ({"signals": ["view"]}, "signals has no 'purchase'"),
        ({"signals": ["purchase", "veiw"]}, "signals cannot be 'veiw'; did you mean view"),
        ({"event_types": {"add": "carts"}}, "event_types cannot be 'carts'; did you mean cart"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(told: dict[str, Any], what: str) -> None:
    """Each with what is wrong with it."""
    with pytest.raises(ConfigurationError, match=what):
        Settings(**told)


@pytest.mark.parametrize(
    ("cut", "what"),
    [
        (datetime(2026, 1, 15, 1, tzinfo=UTC), "no day of UTC begins"),
        (MOMENT.as_of.replace(hour=0, day=21), "lies after"),
    ],
)
def test_a_cut_is_the_beginning_of_a_day(cut: datetime, what: str) -> None:
    """And not one that is still to come."""
    with pytest.raises(ConfigurationError, match=what):
        Moment(cut, MOMENT.as_of, "UTC")


def test_lost_rows_end_the_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted loss of one pair is told with both sums."""
    make = product.make

    def losing(*given: Any) -> Any:
        made = make(*given)
        return product.Made(**{**vars(made), "pairs": made.pairs.filter(made.pairs.customer_id != "b")})

    monkeypatch.setattr(product, "make", losing)
    with pytest.raises(ContractError, match="5 pieces came in and 4 are accounted for"):
        done(tmp_path, SHOP)


def test_lost_days_end_the_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces and money may all be there, and be told of a single day."""
    make = product.make

    def merging(*given: Any) -> Any:
        made = make(*given)
        return product.Made(**{**vars(made), "pairs": made.pairs.mutate(purchase_days=ibis.literal(1, "int32"))})

    monkeypatch.setattr(product, "make", merging)
    with pytest.raises(ContractError, match="4 days came in and 3 are accounted for"):
        done(tmp_path, SHOP)


def test_the_command(tmp_path: Path) -> None:
    """Flags in, datasets and a summary out; and one line with the code of what is wrong."""
    flags = {"raw": raw(tmp_path, SHOP), "cut": "2026-01-15T00:00:00Z", "as_of": "2026-01-15T02:00:00Z"}
    flags |= {name: tmp_path / name for name in ("rows", "targets", "rejected", "summary")}
    command = [sys.executable, "-m", "components.user_item_interactions"]
    for name, value in flags.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    assert json.loads((tmp_path / "summary").read_text())["details"]["pairs"] == 3
    wrong = subprocess.run(
        [*command, "--timezone", "Mars/Base"], check=False, capture_output=True, text=True, timeout=600
    )
    assert wrong.returncode == ConfigurationError.exit_code
    assert wrong.stderr.count("\n") == 1
