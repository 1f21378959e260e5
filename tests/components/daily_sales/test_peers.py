"""The same numbers as others make: utilsforecast fills the gaps, pandas rolls over the dense grid."""

import random
from datetime import date, timedelta

import pandas as pd
import pytest
from utilsforecast.preprocessing import fill_gaps

from components.daily_sales.settings import Settings
from tests.components.daily_sales.histories import made
from tests.components.daily_sales.oracle import Row, Shop, Told
from tests.components.daily_sales.test_rows import article, bought
from tests.components.retail.oracle import price

FIRST, DAYS = date(2023, 11, 20), 130
END = FIRST + timedelta(days=DAYS)


@pytest.fixture(scope="module")
def lines() -> list[Row]:
    """Lines of five articles over a leap day: some sell daily, some hardly ever."""
    by_chance = random.Random(7)
    names = [f"0{number}" for number in range(1, 6) for _ in range(number * number)]
    return [
        bought(
            FIRST + timedelta(days=by_chance.randrange(DAYS - 20)),
            by_chance.choice("abcd"),
            by_chance.choice(names),
            quantity=by_chance.choice([1, 1, 1, 2, 7]),
            price=price(by_chance.choice(["0.050831", "19.99"])),
        )
        for _ in range(400)
    ]


@pytest.fixture(scope="module")
def ours(lines: list[Row]) -> pd.DataFrame:
    """What the product makes of them."""
    shop = Shop(lines, [article(f"0{number}", "A") for number in range(1, 6)])
    at = Told(FIRST, END, pd.Timestamp(END, tz="UTC").to_pydatetime(), "UTC", Settings())
    tables = made(shop, at)
    assert tables
    return pd.DataFrame(tables.days).sort_values(["article_id", "date"], ignore_index=True)


@pytest.fixture(scope="module")
def theirs(lines: list[Row]) -> pd.DataFrame:
    """The dense grid of utilsforecast, and what pandas says of it."""
    told = pd.DataFrame(
        {"unique_id": line["article_id"], "ds": pd.Timestamp(line["t_dat"]), "y": line["quantity"]} for line in lines
    )
    summed = told.groupby(["unique_id", "ds"], as_index=False)["y"].sum()
    dense = fill_gaps(summed, freq="D", start="per_serie", end=pd.Timestamp(END - timedelta(days=1)))
    dense = dense.fillna({"y": 0}).sort_values(["unique_id", "ds"], ignore_index=True)
    grouped = dense.set_index("ds").groupby("unique_id")["y"]
    for days in (7, 30):
        dense[f"rolling_{days}"] = grouped.rolling(f"{days}D").mean().to_numpy()
        dense[f"rolling_{days}_before"] = dense.groupby("unique_id")[f"rolling_{days}"].shift(1)
    spread = grouped.rolling(28, min_periods=2).std().reset_index(drop=True)
    dense["rolling_28_std_before"] = spread.groupby(dense["unique_id"]).shift(1)
    for days in (1, 7, 28):
        dense[f"lag_{days}"] = dense.groupby("unique_id")["y"].shift(days)
    return dense


def test_the_grid_is_that_of_utilsforecast(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """A series has all days from its first sale to the end of all."""
    assert ours["article_id"].tolist() == theirs["unique_id"].tolist()
    assert [pd.Timestamp(day) for day in ours["date"]] == theirs["ds"].tolist()
    assert ours["daily_sales"].tolist() == theirs["y"].tolist()


@pytest.mark.parametrize(
    "name",
    [
        "rolling_7",
        "rolling_30",
        "rolling_7_before",
        "rolling_30_before",
        "rolling_28_std_before",
        "lag_1",
        "lag_7",
        "lag_28",
    ],
)
def test_windows_are_those_of_pandas(ours: pd.DataFrame, theirs: pd.DataFrame, name: str) -> None:
    """Nulls where pandas has none to tell, too."""
    pd.testing.assert_series_equal(
        ours[name].astype("float64"), theirs[name].astype("float64"), check_names=False, rtol=1e-9, atol=1e-7
    )


def test_the_calendar_is_that_of_pandas(ours: pd.DataFrame) -> None:
    """Weeks by ISO, Mondays 0."""
    days = pd.to_datetime(ours["date"]).dt
    weeks = days.isocalendar()
    for name, told in {
        "weekday": days.weekday,
        "day_of_month": days.day,
        "month": days.month,
        "year": days.year,
        "iso_year": weeks["year"],
        "iso_week": weeks["week"],
    }.items():
        assert ours[name].tolist() == told.tolist()
    assert ours["is_weekend"].tolist() == (days.weekday >= 5).tolist()
