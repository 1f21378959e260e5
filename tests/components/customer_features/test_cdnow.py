"""Known answers of a real shop: CDNOW's 69,659 purchases of 23,570 customers, which the package lifetimes carries."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from lifetimes.utils import summary_data_from_transaction_data
from scipy.stats import rankdata

from components.customer_features.settings import Settings
from components.retail.moment import Moment
from tests.components.customer_features.shops import Found, made
from tests.components.retail.oracle import price

LAST = datetime(1998, 7, 1, tzinfo=UTC)
FIRST = datetime(1997, 10, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def purchases() -> pd.DataFrame:
    """The purchases: who, on which day, and for how much, as texts."""
    with (files("lifetimes") / "datasets/CDNOW_master.txt").open() as file:
        rows = pd.read_csv(file, sep=r"\s+", skiprows=1, names=["customer", "day", "cds", "value"], dtype=str)
    return rows.assign(day=pd.to_datetime(rows["day"], format="%Y%m%d"))


@pytest.fixture(scope="module")
def transactions(purchases: pd.DataFrame) -> pa.Table:
    """The same as a shop has them."""
    return pa.table(
        {
            "t_dat": pa.array(purchases["day"].dt.date, pa.date32()),
            "customer_id": pa.array(purchases["customer"], pa.string()),
            "article_id": pa.array(["cd"] * len(purchases), pa.string()),
            "price": pa.array([price(value) for value in purchases["value"]], pa.decimal128(20, 9)),
        }
    )


@pytest.fixture(scope="module")
def last(transactions: pa.Table) -> Found:
    """The features at the end."""
    return _at(LAST, transactions, Settings())


def _at(cut: datetime, transactions: pa.Table, settings: Settings) -> Found:
    return made({"transactions": transactions}, Moment(cut, cut, "UTC"), settings)


def _spread(found: Found, name: str) -> dict[int, int]:
    return dict(Counter(row[name] for row in found.features))


def test_scores_are_the_known_ones(last: Found) -> None:
    """Half of all customers bought once: they share the least score of frequency, and nobody can have the second."""
    assert _spread(last, "R_score") == {1: 4735, 2: 4712, 3: 4702, 4: 4720, 5: 4701}
    assert _spread(last, "F_score") == {1: 12054, 3: 4040, 4: 3641, 5: 3835}
    assert _spread(last, "M_score") == {1: 4817, 2: 4615, 3: 4710, 4: 4715, 5: 4713}
    assert _spread(last, "RFM_score") == {
        3: 1740, 4: 2991, 5: 3621, 6: 2344, 7: 1231, 8: 810, 9: 1011, 10: 1286, 11: 1432, 12: 1617, 13: 1558, 14: 1589,
        15: 2340,
    }  # fmt: skip


def test_frequency_may_count_lines(transactions: pa.Table) -> None:
    """Of 2,068 days with several lines each is one purchase, unless lines are asked for."""
    found = _at(LAST, transactions, Settings(frequency="lines"))
    assert _spread(found, "F_score") == {1: 11908, 3: 4079, 4: 3658, 5: 3925}


def test_scores_are_scipys_ranks(last: Found) -> None:
    """The least rank of equal values, in five parts, in whole numbers."""
    for name, of, sign in (
        ("R_score", "recency_days", -1), ("F_score", "purchase_days", 1), ("M_score", "total_amount_spent", 1),
    ):  # fmt: skip
        values = [sign * row[of] for row in last.features]
        ranks = rankdata(np.array(values, dtype=float), method="min").astype(int)
        expected = np.minimum(5, 1 + 5 * (ranks - 1) // (len(values) - 1))
        assert [row[name] for row in last.features] == expected.tolist()


@pytest.mark.parametrize("cut", [FIRST, LAST])
def test_lifetimes_finds_the_same(cut: datetime, transactions: pa.Table, purchases: pd.DataFrame) -> None:
    """For all customers, on the same days; money to the last bits."""
    before = purchases[purchases["day"] < pd.Timestamp(cut.date())].assign(
        value=lambda rows: rows["value"].astype(float)
    )
    theirs = summary_data_from_transaction_data(
        before, "customer", "day", monetary_value_col="value", observation_period_end=pd.Timestamp(cut.date())
    )
    ours = _at(cut, transactions, Settings()).features
    assert [row["customer_id"] for row in ours] == theirs.index.tolist()
    for name, of in (("frequency", "repeat_frequency"), ("recency", "clv_recency"), ("T", "clv_T")):
        assert [row[of] for row in ours] == theirs[name].tolist()
    assert np.abs(np.array([row["clv_monetary"] for row in ours]) - theirs["monetary_value"]).max() < 1e-9


def test_what_is_known_of_september(transactions: pa.Table) -> None:
    """Sums over all customers, and the third one's figures, whose age is told at the last day itself."""
    found = _at(FIRST, transactions, Settings())
    assert sum(row["repeat_frequency"] for row in found.features) == 24_337
    assert sum(row["clv_monetary"] for row in found.features) == pytest.approx(336_714.2874, abs=5e-5)
    third = found.of("00003")
    told: tuple[Any, ...] = (third["repeat_frequency"], third["clv_recency"], third["clv_T"] - 1, third["clv_monetary"])
    assert told == (2, 90, 271, pytest.approx(20.15))
    assert FIRST - timedelta(days=third["clv_T"]) == datetime(1997, 1, 2, tzinfo=UTC)
