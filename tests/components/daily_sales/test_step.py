"""The step as it is run: datasets in and out, sums that agree, and one clear line where something is wrong."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pytest

from components.daily_sales import compute as product
from components.daily_sales import kept
from components.daily_sales.compute import Inputs, Outputs, compute
from components.daily_sales.period import Period
from components.daily_sales.settings import Settings
from components.iceberg.lateness import Part, Past
from components.shell import datasets
from components.shell.errors import ConfigurationError, ContractError
from components.shell.instants import EPOCH, local_midnight
from components.shell.summary import Summary
from tests.components.daily_sales.histories import ARTICLE, PROMOTION, TRANSACTIONS, VERSION
from tests.components.daily_sales.oracle import Row, Shop
from tests.components.daily_sales.test_rows import SHOP, TOLD_SHOP, article, bought, january

AS_OF = TOLD_SHOP.as_of
WHOLE = Period(EPOCH, datetime(2026, 1, 13, tzinfo=UTC), AS_OF, "UTC")
FAULTY = [
    {**bought(january(5), "a", "01"), "price": None},
    bought(january(6), "b", "01", transaction_id="7"),
    bought(january(6), "b", "01", transaction_id="7"),
    bought(january(13), "b", "01"),
    bought(january(6), "b", "99"),
]


def raw(directory: Path, shop: Shop, schema: pa.Schema = TRANSACTIONS) -> Path:
    """What an extract leaves."""
    tables = {"transactions": (schema, shop.transactions), "articles": (ARTICLE, shop.articles)}
    if shop.promotions is not None:
        tables["promotions"] = (PROMOTION, shop.promotions)
    for name, (kind, rows) in tables.items():
        written(directory / "raw" / name, kind, rows)
    return directory / "raw"


def written(directory: Path, schema: pa.Schema, rows: Sequence[Row]) -> Path:
    """A dataset of these rows."""
    datasets.write_dataset(directory, schema, pa.Table.from_pylist(list(rows), schema=schema).to_batches())
    return directory


def outputs(directory: Path) -> Outputs:
    """Places in a directory."""
    return Outputs(**{field.name: directory / field.name for field in fields(Outputs)})


def done(directory: Path, shop: Shop, period: Period = WHOLE, past: Past | None = None, **told: Any) -> Summary:
    """What the step says that it did."""
    inputs = Inputs(raw(directory, shop), past=past or Past())
    return compute(inputs, period, Settings(**told), outputs(directory))


def read(directory: Path) -> list[dict[str, Any]]:
    """The rows of a dataset."""
    return [row for batch in datasets.read_batches(directory) for row in batch.to_pylist()]


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    """In is out and rejected and removed; pieces and money are those of the rows, orphans are rejected."""
    summary = done(tmp_path, replace(SHOP, transactions=[*SHOP.transactions, *FAULTY]))
    told = summary.details
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (10, 6, 2)
    assert told["reasons"] == {"article_unknown": 1, "price_null": 1}
    assert (told["not_yet_known"], told["repeated_key"]) == (1, 1)
    assert (told["days"], told["category_days"], told["weeks"], told["category_weeks"]) == (12, 8, 4, 2)
    assert (told["from"], told["to"]) == ("2026-01-05", "2026-01-13")
    assert told["attributes_from"] == {"current": 2}
    rows = read(tmp_path / "rows")
    assert sum(row["daily_sales"] for row in rows) == told["pieces"] == 9
    assert sum(row["daily_revenue"] for row in rows) == told["money"] == 134
    assert sorted(row["reason"] for row in read(tmp_path / "rejected")) == ["article_unknown", "price_null"]


def test_rows_lie_in_the_interval(tmp_path: Path) -> None:
    """They know what was before it; weeks that begin before it are left out."""
    period = replace(WHOLE, start=datetime(2026, 1, 7, tzinfo=UTC))
    done(tmp_path, SHOP, period)
    rows = [row for row in read(tmp_path / "rows") if row["article_id"] == "01"]
    assert [row["date"].day for row in rows] == [*range(7, 13)]
    assert (rows[0]["rolling_7"], rows[0]["lag_1"], rows[0]["days_since_first"]) == (1, 2, 2)
    assert {row["week_start"] for row in read(tmp_path / "weeks")} == {january(12)}


def test_holidays_are_those_of_a_country(tmp_path: Path) -> None:
    """In words that do not depend on the machine; without a country nobody knows."""
    done(tmp_path, SHOP, country="SE")
    named = {row["date"]: row["holiday_name"] for row in read(tmp_path / "rows") if row["holiday_flag"]}
    assert named == {january(6): "Epiphany"}
    done(tmp_path, SHOP)
    assert {row["holiday_flag"] for row in read(tmp_path / "rows")} == {None}


def test_an_article_moves_when_it_was_known_to(tmp_path: Path) -> None:
    """Its days before stay in the category that they were sold in."""
    moved = {**article("01", "B"), "version": 2, "known_at": datetime(2026, 1, 9, 0, 1, tzinfo=UTC)}
    first = {**article("01", "A"), "version": 1, "known_at": datetime(2026, 1, 3, tzinfo=UTC)}
    versions = written(tmp_path / "versions", VERSION, [first, moved])
    found = compute(Inputs(raw(tmp_path, SHOP), versions), WHOLE, Settings(), outputs(tmp_path))
    rows = [row for row in read(tmp_path / "rows") if row["article_id"] == "01"]
    assert [row["category_id"] for row in rows] == [*"AAAAA", *"BBB"]
    assert {row["category_id"] for row in read(tmp_path / "categories")} == {"A"}
    assert found.details["attributes_from"] == {"versions": 1, "current": 1}


@pytest.mark.parametrize(("known", "where"), [(5, "versions"), (6, "first_known"), (28, "first_known")])
def test_categories_that_were_known_later_are_told(tmp_path: Path, known: int, where: str) -> None:
    """From when the rows begin on, all days may be of a version that was known; else the first stands for some."""
    of = {**article("01", "A"), "version": 1, "known_at": datetime(2026, 1, known, tzinfo=UTC)}
    versions = written(tmp_path / "versions", VERSION, [of])
    found = compute(Inputs(raw(tmp_path, SHOP), versions), WHOLE, Settings(), outputs(tmp_path))
    assert found.details["attributes_from"] == {where: 1, "current": 1}
    later = replace(WHOLE, start=datetime(2026, 1, 6, tzinfo=UTC))
    found = compute(Inputs(raw(tmp_path, SHOP), versions), later, Settings(), outputs(tmp_path))
    assert found.details["attributes_from"] == {"first_known" if known > 6 else "versions": 1, "current": 1}


def test_no_versions_are_none(tmp_path: Path) -> None:
    """A table that is not there yet comes without rows."""
    versions = written(tmp_path / "versions", VERSION, [])
    found = compute(Inputs(raw(tmp_path, SHOP), versions), WHOLE, Settings(), outputs(tmp_path))
    assert found.details["attributes_from"] == {"current": 2}


def test_lines_that_come_too_late_are_counted(tmp_path: Path) -> None:
    """By day, and all days since are named, for each of them lacks the line."""
    start = datetime(2026, 1, 10, tzinfo=UTC)
    known = [{"known_at": datetime(2026, 1, day, 12, tzinfo=UTC)} for day in (11, 11, 9)]
    late = [bought(january(day), "a", "01", **at) for day, at in zip((7, 7, 8), known, strict=True)]
    past = Past("key", (Part(EPOCH, start, datetime(2026, 1, 10, 5, tzinfo=UTC), reopen=False),))
    shop = replace(SHOP, transactions=[*SHOP.transactions, *late, bought(january(11), "a", "01", **known[0])])
    found = done(tmp_path, shop, replace(WHOLE, start=start), past)
    assert found.details["too_late"] == {"lines": 2, "days": {"2026-01-07": 2}}
    assert [row["uploaded_at"].day for row in read(tmp_path / "touched")] == [7, 8, 9]
    assert not any(row["reopened"] for row in read(tmp_path / "touched"))


def test_a_line_that_was_known_when_its_day_was_filled_is_not_late(tmp_path: Path) -> None:
    """What is known at the instant that a run took things as of is in its rows; a tick later it is too late."""
    start, since = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 1, 10, 5, tzinfo=UTC)
    lines = [bought(january(7), "a", "01", known_at=since + tick) for tick in (timedelta(0), timedelta.resolution)]
    past = Past("key", (Part(EPOCH, start, since, reopen=False),))
    shop = replace(SHOP, transactions=[*SHOP.transactions, *lines])
    found = done(tmp_path, shop, replace(WHOLE, start=start), past)
    assert found.details["too_late"] == {"lines": 1, "days": {"2026-01-07": 1}}


@pytest.mark.parametrize(("day", "begins"), [(date(2025, 12, 30), "2025-12-30"), (date(1969, 12, 30), "1970-01-01")])
def test_days_begin_with_the_first_of_all(tmp_path: Path, day: date, begins: str) -> None:
    """Or in 1970, before which no interval begins, whatever a line says."""
    shop = replace(SHOP, transactions=[*SHOP.transactions, bought(day, "a", "01")])
    assert done(tmp_path, shop, first_day="first_sale").details["from"] == begins


def test_a_week_is_complete_when_its_sunday_is_over(tmp_path: Path) -> None:
    """As of the following Monday's first instant, and not of the Sunday."""
    for day, complete in ((11, {5: False}), (12, {5: True})):
        as_of = datetime(2026, 1, day, tzinfo=UTC)
        done(tmp_path / str(day), SHOP, replace(WHOLE, end=as_of, as_of=as_of))
        weeks = {row["week_start"].day: row["is_complete"] for row in read(tmp_path / str(day) / "weeks")}
        assert complete.items() <= weeks.items()


@pytest.mark.parametrize(
    ("names", "flags"),
    [
        (["announced_at"], {None}),
        (["start_date"], {None}),
        # By names that are not ours they may be of anything, and not of the whole shop.
        (["article_id", "category_id"], {None}),
        (["article_id"], {False, True}),
    ],
)
@pytest.mark.parametrize("left_out", [False, True])
def test_what_promotions_lack_is_unknown(tmp_path: Path, names: list[str], flags: set[Any], left_out: bool) -> None:
    """Those of which nobody says when or of what they were flag nothing, and are not said to be none."""
    source = raw(tmp_path, SHOP)
    if left_out:
        rows = pa.Table.from_pylist(list(SHOP.promotions or ()), PROMOTION).drop_columns(names)
        shutil.rmtree(source / "promotions")
        written(source / "promotions", rows.schema, rows.to_pylist())
    else:
        lacking = {"name": "promotions", "columns": [{"name": name, "missing": True} for name in names]}
        (source / datasets.MANIFEST).write_text(json.dumps({"tables": [lacking]}))
    compute(Inputs(source), WHOLE, Settings(), outputs(tmp_path))
    assert {row["promo_flag"] for row in read(tmp_path / "rows")} == flags


@pytest.mark.parametrize("with_versions", [False, True])
@pytest.mark.parametrize("levels", [["article"], ["article", "category"]])
def test_articles_whose_ids_are_not_asked_for_are_refused(
    tmp_path: Path, levels: list[str], with_versions: bool
) -> None:
    """Only what the source lacks is passed over: else its articles would be unknown, or in no category."""
    source, schema = raw(tmp_path, SHOP), pa.schema([("category_id", pa.string())])
    shutil.rmtree(source / "articles")
    written(source / "articles", schema, [{"category_id": "c"}])
    versions = written(tmp_path / "versions", VERSION, SHOP.versions) if with_versions else None
    with pytest.raises(ConfigurationError, match="there is no column 'article_id'"):
        compute(Inputs(source, versions), WHOLE, Settings(levels=levels), outputs(tmp_path))


def test_articles_without_columns_are_none(tmp_path: Path) -> None:
    """A table of which the source has no column is none."""
    source = raw(tmp_path, SHOP)
    every = {"name": "articles", "columns": [{"name": name, "missing": True} for name in ARTICLE.names]}
    (source / datasets.MANIFEST).write_text(json.dumps({"tables": [every]}))
    with pytest.raises(ConfigurationError, match="no articles"):
        compute(Inputs(source), WHOLE, Settings(), outputs(tmp_path))


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([], "there are no transactions"),
        ([bought(january(20), "a", "01")], "none of the 1 transaction counts before 2026-01-13"),
        ([bought(january(5), "a", "99")], "none of the 1 transaction counts"),
    ],
)
def test_a_shop_without_sales_is_refused(tmp_path: Path, rows: list[Row], what: str) -> None:
    """An empty table is an extract that failed, not a shop where nobody buys."""
    with pytest.raises(ContractError, match=what):
        done(tmp_path, replace(SHOP, transactions=rows))


def test_days_without_sales_are_no_error(tmp_path: Path) -> None:
    """In an interval without any the series go on."""
    found = done(tmp_path, SHOP, replace(WHOLE, start=datetime(2026, 1, 12, tzinfo=UTC)))
    assert (found.details["days"], found.details["pieces"]) == (2, 0)


@pytest.mark.parametrize(
    ("name", "schema"), [("transactions", TRANSACTIONS), ("articles", ARTICLE), ("promotions", PROMOTION)]
)
def test_ids_that_are_numbers_are_refused(tmp_path: Path, name: str, schema: pa.Schema) -> None:
    """They have lost their zeros before they came."""
    source = raw(tmp_path, SHOP)
    kind = schema.set(schema.get_field_index("article_id"), pa.field("article_id", pa.int64()))
    written(source / name, kind, [dict.fromkeys(kind.names) | {"article_id": 1}])
    with pytest.raises(ConfigurationError, match="keep article_id as text"):
        compute(Inputs(source), WHOLE, Settings(), outputs(tmp_path))


def test_categories_need_articles(tmp_path: Path) -> None:
    """Without them a shop has series of articles alone."""
    (source := raw(tmp_path, SHOP)).joinpath("articles").rename(tmp_path / "away")
    with pytest.raises(ConfigurationError, match="no articles to take categories from"):
        compute(Inputs(source), WHOLE, Settings(), outputs(tmp_path))
    found = compute(Inputs(source), WHOLE, Settings(levels=["article"]), outputs(tmp_path))
    assert (found.details["category_days"], found.details["attributes_from"]) == (0, {})


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"retire_after_days": -1}, "retire_after_days is -1"),
        ({"max_drop": 1.1}, "max_drop is 1.1"),
        ({"max_drop": -0.1}, "max_drop is -0.1"),
        ({"category_column": "colour"}, "category_column cannot be 'colour'"),
        ({"first_day": "yesterday"}, "first_day cannot be 'yesterday'"),
        ({"levels": ["category"]}, "levels has no 'article'"),
        ({"levels": ["article", "shop"]}, "levels cannot be 'shop'"),
        ({"country": "XX"}, "no holidays are known of 'XX'"),
        ({"country": "DE-QQ"}, "no holidays are known of 'DE-QQ'"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(tmp_path: Path, told: Mapping[str, Any], what: str) -> None:
    """Each with what is wrong with it."""
    with pytest.raises(ConfigurationError, match=what):
        done(tmp_path, SHOP, **told)


@pytest.mark.parametrize("name", ["article_rows", "category_rows"])
def test_lost_rows_end_the_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A planted loss of a day's sales is told: of articles against the source, of categories against articles."""
    whole = getattr(product, name)

    def losing(*given: Any) -> list[ir.Table]:
        return [rows.filter(rows.date != january(6)) for rows in whole(*given)]

    monkeypatch.setattr(product, name, losing)
    what = "8 pieces came in and 6 are" if name == "article_rows" else "on 1 day categories have not sold"
    with pytest.raises(ContractError, match=what):
        done(tmp_path, SHOP)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Apia"])
def test_half_an_extract_is_refused(tmp_path: Path, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its days would come out with half of what the table says was sold; days that it does not hold are new.

    Where next to nothing was sold, a line that is taken back stops nobody.
    """
    now = local_midnight(january(13), zone)
    period = Period(EPOCH, now, now, zone)
    done(tmp_path / "first", SHOP, replace(period, end=local_midnight(january(9), zone)))

    def again(*days: int, **settings: Any) -> Summary:
        lines = [line for line in SHOP.transactions if line["t_dat"].day in days]
        inputs = Inputs(raw(tmp_path, replace(SHOP, transactions=lines)), before=tmp_path / "first" / "rows")
        return compute(inputs, period, Settings(**settings), outputs(tmp_path))

    assert again(6, 9).details["pieces"] > 0
    monkeypatch.setattr(kept, "_FEW", 3)
    # On the 5th one piece was sold, on the 6th two; what was sold on the 9th is no matter.
    with pytest.raises(ContractError, match=r"have 2 pieces sold, and 3 in the table - .* max_drop \(it was 0.2\)"):
        again(6, 9)
    with pytest.raises(ContractError, match="have 1 piece sold, and 3 in the table"):
        again(5, 9, max_drop=0.6)
    assert again(5, 9, max_drop=0.7).details["pieces"] == 6
    assert again(5, 6).details["pieces"] == 3


def test_a_day_that_never_was_is_not_missed(tmp_path: Path) -> None:
    """Samoa went from 29 to 31 December 2011."""
    shop = Shop([bought(date(2011, 12, 28), "a", "01")], [article("01", "A")])
    until = local_midnight(date(2012, 1, 3), "Pacific/Apia")
    found = done(tmp_path, shop, Period(EPOCH, until, until, "Pacific/Apia"))
    assert (found.details["days"], found.details["category_days"]) == (5, 5)


@pytest.mark.parametrize(("name", "of"), [("article_rows", "articles"), ("category_rows", "categories")])
@pytest.mark.parametrize("times", [0, 2])
def test_days_without_sales_are_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, of: str, times: int
) -> None:
    """They are in no sum, so they are counted: none is lost, and none is there twice."""
    whole = getattr(product, name)

    def planting(*given: Any) -> list[ir.Table]:
        tables = list(whole(*given))
        quiet = [rows.filter(rows.daily_sales == 0) for rows in tables]
        return [rows.filter(rows.daily_sales > 0) for rows in tables] + times * quiet

    monkeypatch.setattr(product, name, planting)
    with pytest.raises(ContractError, match=f"days of {of} came in and"):
        done(tmp_path, SHOP)


def test_the_command(tmp_path: Path) -> None:
    """Flags in, datasets and a summary out; and one line with the code of what is wrong."""
    (tmp_path / "past").write_text(Past().text())
    flags = {
        "raw": raw(tmp_path, SHOP),
        "versions": written(tmp_path / "versions", VERSION, []),
        "before": written(tmp_path / "before", ARTICLE, []),
        "past": tmp_path / "past",
    }
    flags |= {field.name: tmp_path / field.name for field in fields(Outputs)} | {"summary": tmp_path / "summary"}
    times = {
        "interval_start": "1970-01-01T00:00:00Z",
        "interval_end": "2026-01-13T00:00:00Z",
        "as_of": "2026-01-13T05:00:00Z",
    }
    command = [sys.executable, "-m", "components.daily_sales"]
    for name, value in {**flags, **times}.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    assert json.loads((tmp_path / "summary").read_text())["details"]["days"] == 12
    wrong = subprocess.run([*command, "--country", "XX"], check=False, capture_output=True, text=True, timeout=600)
    assert wrong.returncode == ConfigurationError.exit_code
    assert wrong.stderr.count("\n") == 1
