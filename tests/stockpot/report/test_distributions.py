"""Distributions against plain counts."""

import random
from collections import Counter
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.pages import figures
from components.shell import row_groups
from components.shell.datasets import seal, write_dataset
from stockpot.report.distributions import distributions


def _of(tmp_path, *shown, **columns):
    table = pa.table(columns)
    write_dataset(tmp_path / "rows", table.schema, table.to_batches())
    return distributions(tmp_path / "rows", *shown)


def test_every_row_lies_in_one_bin(tmp_path):
    """Bins of whatever kind hold all finite rows, once each."""
    rng = random.Random(1)
    columns = {
        "few": [rng.randrange(5) for _ in range(500)],
        "wide": [rng.randrange(100, 100_000) for _ in range(500)],
        "tail": [int(rng.lognormvariate(0, 2)) for _ in range(500)],
        "real": [rng.gauss(-3, 10) for _ in range(500)],
        "tiny": [rng.random() * 1e-6 for _ in range(500)],
        "one": [7] * 500,
    }
    found = {chart.title: chart for chart in _of(tmp_path, **columns).bars}
    assert set(found) == set(columns)
    for name, chart in found.items():
        assert sum(chart.totals) == 500, name
        assert len(chart.labels) == len(chart.totals) <= 24, name
        assert len(set(chart.labels)) == len(chart.labels), name


def test_of_many_rows_some_are_drawn(tmp_path, monkeypatch):
    """Row groups in even steps stand for all, and it is told of how many rows they are."""
    monkeypatch.setattr(row_groups, "MOST_ROWS", 100)
    table = pa.table({"place": list(range(1000)), "even": [number % 2 == 0 for number in range(1000)]})
    write_dataset(tmp_path / "rows", table.schema, table.to_batches(max_chunksize=10), rows_per_file=300)
    found = distributions(tmp_path / "rows")
    (chart,), (share,) = found.bars, found.shares
    assert (found.rows, found.of) == (100, 1000)
    # Of each tenth of the rows as many.
    assert [total for total in chart.totals if total] == [10] * 10
    assert (share.part, share.whole) == (50, 100)


def test_parts_that_were_made_apart_are_drawn_together(tmp_path):
    """A part may have another type of a column, lack one, or have a struct whose field is called like a column."""
    parts = {
        "a.parquet": pa.table({"n": pa.array([1, 2]), "c": ["x", "y"], "s.f": [1, 1], "s": [{"f": 7}] * 2}),
        "b.parquet": pa.table({"n": pa.array([3], pa.int32()), "s.f": [2], "s": [{"f": 7}]}),
    }
    for name, table in parts.items():
        (tmp_path / "rows").mkdir(exist_ok=True)
        pq.write_table(table, tmp_path / "rows" / name)
    seal(tmp_path / "rows", list(parts))
    shown = distributions(tmp_path / "rows")
    assert [(bars.title, bars.labels) for bars in shown.bars] == [("n", ["1", "2", "3"]), ("s.f", ["1", "2"])]
    assert [bars.labels for bars in shown.categories] == [["none", "x", "y"]]


def test_long_tails_get_growing_bins(tmp_path):
    """Counts that are mostly small are binned 0, 1, 2-4, 5-9 and so on, and counted right."""
    values = [0] * 50 + [1] * 20 + [3] * 10 + [7, 9, 15, 60, 5000]
    (chart,) = _of(tmp_path, views=values).bars
    counted = dict(zip(chart.labels, chart.totals, strict=True))
    assert {label: count for label, count in counted.items() if count} == {
        "0": 50, "1": 20, "2-4": 10, "5-9": 2, "10-19": 1, "50-99": 1, "5,000+": 1,
    }  # fmt: skip


@pytest.mark.parametrize("kind", [bool, int])
def test_groups_are_stacked(tmp_path, kind):
    """Bars are split by the group, and the label's share is told for each of it; neither is drawn by itself."""
    points = [0, 5, 30] * 20
    label = [kind(place % 7 == 0) for place in range(60)]
    found = _of(tmp_path, "bad", ("day", "point"), point=points, bad=label, n=[point % 4 for point in points])
    (chart,) = found.bars
    assert chart.groups == ["point 0", "point 5", "point 30"]
    assert [share.label for share in found.label_shares] == ["all rows", *chart.groups]
    assert [sum(counts) for counts in chart.counts] == [20, 20, 20]
    expected = Counter(point for point, bad in zip(points, label, strict=True) if bad)
    assert [(share.part, share.whole) for share in found.label_shares] == [
        (sum(label), 60), *((expected[point], 20) for point in (0, 5, 30)),
    ]  # fmt: skip


def test_rows_of_no_group_are_counted(tmp_path):
    """Whose group is not known is a group too, so that the parts are the whole; one with too many kinds is none."""
    found = _of(tmp_path, "won", ("many", "team"), many=list(range(9)), team=[*"abab", *[None] * 5], won=[True] * 9)
    assert [(share.label, share.part, share.whole) for share in found.label_shares] == [
        ("all rows", 9, 9), ("team a", 2, 2), ("team b", 2, 2), ("team none", 5, 5),
    ]  # fmt: skip


def test_no_column_is_known_by_its_name(tmp_path):
    """What the pipeline does not name is a column like any other; what it names and nobody has is left out."""
    columns = {"decision_point_minutes": [0, 5] * 4, "label_x": [True, False] * 4}
    found = _of(tmp_path, "missing", ("absent",), **columns)
    assert (found.label, found.label_shares) == ("", ())
    assert [(chart.title, chart.groups) for chart in found.bars] == [("decision_point_minutes", [""])]
    assert [share.label for share in found.shares] == ["label_x"]


def test_texts_with_few_values_are_counted(tmp_path):
    """Categories come by frequency with nulls among them; one-hot columns of them and ids are left out."""
    found = _of(
        tmp_path,
        image_id=[f"i{place}" for place in range(10)],
        category=["Soup"] * 5 + ["Rice"] * 3 + [None] * 2,
        category_soup=[True] * 5 + [False] * 5,
        has_caption=[True] * 9 + [False],
        comment=[f"text {place}" for place in range(10)],
        uploaded_at=[datetime(2026, 1, 1, tzinfo=UTC)] * 10,
    )
    titles = {chart.title: list(zip(chart.labels, chart.totals, strict=True)) for chart in found.categories}
    assert titles["category"] == [("Soup", 5), ("Rice", 3), ("none", 2)]
    assert "image_id" not in titles
    assert [(share.label, share.part) for share in found.shares] == [("has_caption", 9)]


def test_names_of_people_are_not_drawn(tmp_path):
    """What is called `name` is that of a person in a table of people alone."""
    drawn = _of(tmp_path, name=["Anna", "Ben"] * 5)
    people = distributions(tmp_path / "rows", table="shop.customers")
    assert [[chart.title for chart in each.categories] for each in (drawn, people)] == [["name"], []]


def test_personal_and_secret_numbers_are_not_drawn(tmp_path):
    """Few of them would each be a bar that says the number; and the least and the most are always said."""
    people = {
        "phone": [491700000001, 491700000002] * 2,
        "card_number": [4111111111111111] * 4,
        "latitude": [52.5200066, 48.1371079] * 2,
        "login_token": [123456, 654321] * 2,
        "email_confirmed": [True, False] * 2,
    }
    shown = {"n_tokens": [3, 4] * 2, "has_comment": [True, False] * 2}
    found = _of(tmp_path, "", ("phone", "n_tokens"), **people, **shown, paid=[1, 2] * 2)
    assert [(chart.title, chart.groups) for chart in found.bars] == [("paid", ["n_tokens 3", "n_tokens 4"])]
    assert [share.label for share in found.shares] == ["has_comment"]
    assert [chart.title for chart in _of(tmp_path / "alone", **people, **shown).bars] == ["n_tokens"]


def test_what_is_no_number_is_left_out(tmp_path):
    """Nulls, NaN and infinities are in no bin; a column of nothing else has no chart."""
    nan, infinity = float("nan"), float("inf")
    found = _of(
        tmp_path,
        some=[1.0, nan, infinity, None],
        none=pa.array([None] * 4, pa.float64()),
        low=[-infinity, nan, None, None],
    )
    assert {chart.title: sum(chart.totals) for chart in found.bars} == {"some": 1}


def test_an_empty_dataset_has_nothing_to_show(tmp_path):
    """No rows, no charts."""
    assert not _of(tmp_path, n=pa.array([], pa.int64())).rows


@pytest.mark.parametrize(
    ("seconds", "text", "short"),
    [
        (None, figures.NONE, figures.NONE),
        (0, "0.00 s", "0.00 s"),
        (9.994, "9.99 s", "9.99 s"),
        (59.94, "59.9 s", "59.9 s"),
        (125, "2 min 05 s", "2m05s"),
        (3599, "59 min 59 s", "59m59s"),
        (3720, "1 h 02 min", "1h02m"),
    ],
)
def test_durations_read_well(seconds, text, short):
    """Seconds, minutes and hours, whichever fits; in lists no wider than the seconds that most runs take."""
    assert (figures.duration(seconds), figures.short_duration(seconds)) == (text, short)
    assert len(short) <= len("59.9 s")


@pytest.mark.parametrize(
    ("least", "step"), [(0.003, 0.005), (0.9, 1), (1, 1), (2.1, 5), (11, 20), (5001, 10000), (0, 1)]
)
def test_steps_of_an_axis_are_round(least, step):
    """The next of 1, 2 and 5 times a power of ten."""
    assert figures.nice_step(least) == pytest.approx(step)


@pytest.mark.parametrize(
    ("kind", "values", "drawn"),
    [
        (pa.int64(), [2**53 + 1, 2**53 + 3, 2**62], 3),
        (pa.int64(), [-(2**63), 2**63 - 1, *range(50)], 52),
        (pa.uint64(), [2**64 - 1, *range(50)], 51),
        (pa.float64(), [1.7e308, -1.7e308, *map(float, range(50))], 0),
        (pa.float64(), [1e16 + 2 * place for place in range(100)], 100),
        (pa.float64(), [5e-324, *(place * 1e-320 for place in range(50))], 51),
    ],
)
def test_numbers_that_no_float_tells_apart_are_drawn(tmp_path, kind, values, drawn):
    """Whole numbers beyond 2^53, reals at the ends of their range: each row in a bin, or no drawing, never an error."""
    found = _of(tmp_path, many=pa.array(values, kind))
    assert sum(sum(bars.totals) for bars in found.bars) == drawn


def test_ids_are_not_drawn(tmp_path):
    """What says which row it is has no distribution, whether it is a text or a number."""
    ids = pa.array([2**60 + place for place in range(3)])
    found = _of(tmp_path, id=ids, image_id=ids, paid=pa.array([1, 2, 3]))
    assert [bars.title for bars in found.bars] == ["paid"]
