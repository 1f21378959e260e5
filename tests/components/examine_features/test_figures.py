"""The figures against plain counting."""

import math
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.examine_features.drift import stability_index, verdict
from components.examine_features.figures import Feature, Figures
from components.examine_features.ranges import FINE, Scale
from components.examine_features.summarise import summarise
from components.examine_features.tally import Shown
from components.shell.datasets import write_dataset
from components.shell.errors import ContractError
from tests.components.examine_features.feature_rows import SCHEMA, SHOWN, feature_rows, write_rows, write_users


def found(tmp_path: Path, rows: list[dict[str, Any]]) -> Figures:
    """The figures of the rows."""
    return summarise(write_rows(tmp_path / "rows", rows), write_users(tmp_path / "users"), None, SHOWN)


def feature(figures: Figures, name: str) -> Feature:
    """One of the features."""
    (one,) = [one for one in figures.features if one.name == name]
    return one


def test_moments_are_those_of_the_rows(tmp_path: Path) -> None:
    """Least, greatest and mean are exact; quantiles lie within a fine bin of the true ones."""
    rows = feature_rows()
    one = feature(found(tmp_path, rows), "user_historical_ctr")
    values = sorted(row["user_historical_ctr"] for row in rows)
    assert (one.known, one.nulls, one.least, one.greatest) == (200, 0, values[0], values[-1])
    assert one.mean == pytest.approx(statistics.fmean(values))
    assert one.median == pytest.approx(values[99], abs=1 / FINE)
    assert one.p95 == pytest.approx(values[189], abs=1 / FINE)
    counts = feature(found(tmp_path, rows), "user_interaction_count")
    assert counts.logarithmic
    assert counts.median == pytest.approx(99**2, rel=0.01)


def test_few_whole_numbers_have_a_bar_each(tmp_path: Path) -> None:
    """The bars of the hours are the shares of the 24 hours, in train and in test."""
    rows = feature_rows()
    bars = feature(found(tmp_path, rows), "hour_of_day").bars
    for split, shares in (("train", [bar.train for bar in bars]), ("test", [bar.test for bar in bars])):
        hours = Counter(row["hour_of_day"] for row in rows if row["split"] == split)
        assert shares == pytest.approx([hours[hour] / hours.total() for hour in range(24)])


def test_bars_hold_all_rows(tmp_path: Path) -> None:
    """The shares of each histogram add up to one."""
    for one in found(tmp_path, feature_rows()).features:
        assert sum(bar.train or 0 for bar in one.bars) == pytest.approx(1)
        assert sum(bar.test or 0 for bar in one.bars) == pytest.approx(1)


def test_shares_of_the_label_are_those_of_the_groups(tmp_path: Path) -> None:
    """By split, segment, hour and device; who has no segment, or no device of the known ones, is unknown."""
    rows = feature_rows()
    groups = found(tmp_path, rows).groups
    assert [(one.name, one.rows) for one in groups["split"]] == [("train", 140), ("val", 30), ("test", 30)]
    segment = {0: "power", 1: "casual", 2: "power", 3: "casual", 4: "power"}
    expected = Counter((segment.get(row["user_id"], "unknown"), row["click"]) for row in rows)
    assert {(one.name, one.rows, one.labelled) for one in groups["segment"]} == {
        (name, expected[name, 0] + expected[name, 1], expected[name, 1]) for name in ("power", "casual", "unknown")
    }
    assert [one.name for one in groups["hour_of_day"]] == [str(hour) for hour in range(24)]
    assert {one.name: one.rows for one in groups["device"]} == {"mobile": 67, "tablet": 67, "unknown": 66}


def test_label_and_groups_are_any_columns(tmp_path: Path) -> None:
    """Yes and no count as 1 and 0, in the label and in one-hot columns; groups of others are found by their key."""
    columns = {
        "order_id": list("abcdef"),
        "customer": ["x", "y", "x", "z", "y", "x"],
        "late": [True, False, True, False, True, None],
        "paid_card": [True, True, False, False, False, False],
        "amount": [1.0] * 6,
        "split": ["train"] * 6,
    }
    for name, table in (
        ("rows", pa.table(columns)),
        ("users", pa.table({"customer": ["x", "y"], "region": ["n", "s"]})),
    ):
        write_dataset(tmp_path / name, table.schema, table.to_batches())
    figures = summarise(tmp_path / "rows", tmp_path / "users", None, Shown("late", ["region", "paid"]))
    told = {kind: {(one.name, one.rows, one.labelled) for one in groups} for kind, groups in figures.groups.items()}
    assert told == {
        "split": {("train", 5, 3)},
        "region": {("n", 2, 2), ("s", 2, 1), ("unknown", 1, 0)},
        "paid": {("card", 2, 1), ("unknown", 3, 2)},
    }
    assert [one.name for one in figures.features] == ["amount"]


def test_users_without_segments_have_none_drawn(tmp_path: Path) -> None:
    """A real source need not know segments."""
    rows, users = write_rows(tmp_path / "rows", feature_rows()), write_users(tmp_path / "users", segments=False)
    assert "segment" not in summarise(rows, users, None, SHOWN).groups


def test_nulls_and_nan_are_counted_apart(tmp_path: Path) -> None:
    """They are told as nulls and touch nothing else."""
    odd = {3: None, 4: float("nan"), 5: float("inf")}
    rows = feature_rows(user_historical_ctr=lambda n: odd.get(n, 0.5))
    one = feature(found(tmp_path, rows), "user_historical_ctr")
    assert (one.known, one.nulls, one.mean, one.greatest) == (197, 3, 0.5, 0.5)


@pytest.mark.parametrize("name", ["click", "split"])
def test_rows_that_lack_what_is_needed_are_refused(tmp_path: Path, name: str) -> None:
    """Without a target or a split there is nothing to tell."""
    schema = pa.schema([field for field in SCHEMA if field.name != name])
    write_dataset(tmp_path / "rows", schema, pa.Table.from_pylist(feature_rows(), schema=schema).to_batches())
    with pytest.raises(ContractError, match=f"no column '{name}'"):
        summarise(tmp_path / "rows", write_users(tmp_path / "users"), None, SHOWN)


def test_no_rows_are_refused(tmp_path: Path) -> None:
    """Of nothing there is no summary."""
    with pytest.raises(ContractError, match="there are no rows"):
        found(tmp_path, [])


def psi(before: list[float], after: list[float]) -> float:
    """The index by the book: shares of the tenths of the first distribution, with 1e-4 for nothing."""
    ordered = sorted(before)
    cuts = sorted({ordered[math.ceil(len(ordered) * tenth / 10) - 1] for tenth in range(1, 10)})
    cuts = [cut for cut in cuts if cut < max(ordered + after)]
    shares = []
    for values in (before, after):
        counts = Counter(sum(value > cut for cut in cuts) for value in values)
        shares.append([max(counts[place] / len(values), 1e-4) for place in range(len(cuts) + 1)])
    return sum((q - p) * math.log(q / p) for p, q in zip(*shares, strict=True))


@settings(max_examples=100, derandomize=True)
@given(*[st.lists(st.integers(0, 60), min_size=1, max_size=60)] * 2)
def test_the_stability_index_is_the_one_of_the_book(before: list[int], after: list[int]) -> None:
    """Over whole numbers, which have a fine bin each, the index is that of plain counting."""
    histograms = [np.bincount(values, minlength=61) for values in (before, after)]
    expected = psi([float(value) for value in before], [float(value) for value in after])
    assert stability_index(*histograms) == pytest.approx(expected, abs=1e-9)


def test_the_index_in_a_word() -> None:
    """Equal distributions are stable, disjoint ones drifted, and of nothing nothing is known."""
    one, other = np.bincount([1] * 50 + [2] * 50, minlength=9), np.bincount([7] * 100, minlength=9)
    assert stability_index(one, one) == 0
    assert verdict(stability_index(one, one)) == "stable"
    assert verdict(0.15) == "shifted"
    assert verdict(stability_index(one, other)) == "drifted"
    assert verdict(stability_index(one, np.zeros(9, dtype=np.int64))) == "unknown"


@pytest.mark.parametrize(
    "scale", [Scale(0, 10, logarithmic=False), Scale(0, 1e6, logarithmic=True), Scale(3, 3, logarithmic=False)]
)
def test_scales_find_the_bin_of_a_value(scale: Scale) -> None:
    """A value lies between the edges of its bin; what lies outside falls into the outermost."""
    values = np.linspace(scale.low, scale.high, 50)
    for value, place in zip(values, scale.bin_indices(values), strict=True):
        assert scale.edge(int(place)) <= value * (1 + 1e-9)
        assert value <= scale.edge(int(place) + 1) * (1 + 1e-9)
    assert set(scale.bin_indices(np.array([scale.low, scale.high * 2 + 9]))) <= {0, FINE - 1}
