"""What of an extract lands, in which types and on which days."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from components.begin_run.migrate import migrate
from components.raw_tables import compare, land, plan
from components.shell import datasets
from components.shell.errors import ConfigurationError
from pipelines.raw_tables import LINES
from stockpot.landing import Landed

SCHEMA = pa.schema(
    [
        ("transaction_id", pa.int64()), ("t_dat", pa.date32()), ("customer_id", pa.string()),
        ("article_id", pa.string()), ("price", pa.string()), ("sales_channel_id", pa.int32()), ("quantity", pa.int64()),
        ("known_at", pa.timestamp("us")),
    ]
)  # fmt: skip
DAY = date(2026, 7, 2)
NOON = datetime(2026, 7, 2, 12)  # noqa: DTZ001 - as a column without a zone has it


def line(number: int | None, at: Any = DAY, price: str | None = "1.5", known: datetime | None = None) -> dict[str, Any]:
    """A line of the source."""
    return {
        "transaction_id": number,
        "t_dat": at,
        "customer_id": "0a",
        "article_id": "01",
        "price": price,
        "known_at": known,
    }


def landed(
    directory: Path, given: list[dict[str, Any]], schema: pa.Schema = SCHEMA
) -> tuple[list[Any], list[Any], Any]:
    """The rows that land, those that are rejected, and the summary."""
    raw = directory / "raw" / "transactions"
    datasets.write_dataset(raw, schema, pa.Table.from_pylist(given, schema).to_batches())
    places = {name: directory / name for name in ("rows", "rejected", "summary")}
    told = {"table": LINES.table.document(), "timezone": "Europe/Stockholm", **LINES.inputs}
    land.main(raw=directory / "raw", **told, **places)
    rows, others = (
        [row for batch in datasets.read_batches(places[name]) for row in batch.to_pylist()]
        for name in ("rows", "rejected")
    )
    return rows, others, json.loads(places["summary"].read_text())


def test_rows_land_in_the_types_of_the_table(tmp_path: Path) -> None:
    """By days of the zone; a number is a text where it may be one, and a clock's time is of the zone."""
    rows, others, _ = landed(tmp_path, [line(7, known=NOON), line(8, date(2026, 1, 2))])
    assert not others
    first, second = rows
    assert (first["transaction_id"], first["price"]) == ("8", Decimal("1.500000000"))
    assert [first["day_at"], second["day_at"]] == [
        datetime(2026, 1, 1, 23, tzinfo=UTC),
        datetime(2026, 7, 1, 22, tzinfo=UTC),
    ]
    assert second["known_at"] == datetime(2026, 7, 2, 10, tzinfo=UTC)
    assert first["quantity"] is None


def test_what_the_table_cannot_hold_is_rejected_with_a_reason(tmp_path: Path) -> None:
    """In = out + rejected; a null is a value like others, for those who read it say what it means."""
    given = [line(1), line(2, None), line(3, price="cheap"), line(4, price="1e11"), line(None, price=None)]
    rows, others, told = landed(tmp_path, given)
    assert {row["transaction_id"] for row in rows} == {None, "1"}
    assert [other["reason"] for other in others] == ["price_unfit", "price_unfit", "time_null"]
    assert (told["rows_in"], told["rows_out"], told["rows_rejected"]) == (5, 2, 3)


def test_ids_that_are_numbers_do_not_land(tmp_path: Path) -> None:
    """They have lost their zeros; nobody could tell from the table that there were any."""
    schema = SCHEMA.set(3, pa.field("article_id", pa.int64()))
    with pytest.raises(ConfigurationError, match="article_id"):
        landed(tmp_path, [{**line(1), "article_id": 1}], schema)


@pytest.mark.parametrize(
    ("told", "due"),
    [
        ({}, "yes"),
        ({"timezone": "UTC"}, "no"),
        ({"reconcile": "daily"}, "yes"),
        ({"reconcile": "never"}, "no"),
        ({"reconcile": "monday"}, "no"),
        ({"generation": 1}, "no"),
    ],
)
def test_keys_are_compared_on_a_day_of_the_zone(tmp_path: Path, told: dict[str, Any], due: str) -> None:
    """Saturday night in UTC is Sunday in Stockholm; a backfill never does it."""
    at = datetime(2026, 1, 10, 23, 30, tzinfo=UTC)
    plan.main(as_of=at, due=tmp_path / "due", summary=tmp_path / "s", **{"timezone": "Europe/Stockholm", **told})
    assert (tmp_path / "due").read_text() == due
    assert json.loads((tmp_path / "s").read_text())["details"]["reconcile"] is (due == "yes")


def test_a_day_that_is_none_is_refused(tmp_path: Path) -> None:
    """With what may be said."""
    with pytest.raises(ConfigurationError, match="reconcile is 'Sunday'"):
        plan.main(
            as_of=datetime(2026, 1, 10, tzinfo=UTC), due=tmp_path / "d", summary=tmp_path / "s", reconcile="Sunday"
        )


ODD = Landed(
    "flags",
    ["flag_id string", "reason string", "row string", "rows string", "day string", "created_at timestamptz"],
    time="created_at",
    key=("reason", "row", "rows", "day"),
)
ODD_ROWS = [{**dict.fromkeys(("flag_id", "reason", "row", "rows", "day"), "a"), "created_at": DAY}]


def odd(directory: Path, rows: list[dict[str, Any]]) -> None:
    """Write an extract of a table whose columns are called as ours might be."""
    schema = pa.schema([(name, pa.string()) for name in list(ODD_ROWS[0])[:-1]] + [("created_at", pa.date32())])
    datasets.write_dataset(directory / "raw" / "flags", schema, pa.Table.from_pylist(rows, schema).to_batches())


def test_columns_of_a_source_may_be_called_as_ours(tmp_path: Path) -> None:
    """What is told of a row does not stand in the way of what it holds."""
    odd(tmp_path, [*ODD_ROWS, {**ODD_ROWS[0], "created_at": None}])
    places = {name: tmp_path / name for name in ("rows", "rejected", "summary")}
    land.main(raw=tmp_path / "raw", table=ODD.table.document(), **ODD.inputs, **places)
    (row,), (other,) = (
        [row for batch in datasets.read_batches(places[name]) for row in batch.to_pylist()]
        for name in ("rows", "rejected")
    )
    assert {name: row[name] for name in ("reason", "row", "rows", "day")} == dict.fromkeys(
        ("reason", "row", "rows", "day"), "a"
    )
    assert (other["reason"], json.loads(other["row"])["reason"]) == ("time_null", "a")


def test_keys_may_be_called_as_our_counts(catalog_env: dict[str, str], tmp_path: Path) -> None:
    """A row that the raw table lacks is missing, whatever its key is called."""
    migrate([ODD.table])
    odd(tmp_path, [*ODD_ROWS, {**ODD_ROWS[0], "rows": "b"}, *ODD_ROWS])
    places = {name: tmp_path / name for name in ("spans", "generation", "summary")}
    bounds = {"as_of": NOON.replace(tzinfo=UTC), "until": datetime(2026, 8, 1, tzinfo=UTC)}
    told = {"table": ODD.table.document(), "pipeline": "raw-flags", "version": "1", "key": list(ODD.key)}
    compare.main(raw=tmp_path / "raw", **told, **bounds, **ODD.inputs, **places)
    assert json.loads(places["summary"].read_text())["details"]["missing"] == 3
