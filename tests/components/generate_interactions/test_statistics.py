"""What is generated behaves as stated, at several seeds.

Tolerances are five standard deviations of the statistic, so a test that is right fails once in two million draws; the
seeds are fixed, so it does not fail by chance at all.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from components.generate_interactions.calendar import PROFILES, day_shares, is_weekend
from components.generate_interactions.config import CATEGORIES, DEVICES, SEGMENTS
from components.generate_interactions.generate import World
from components.generate_interactions.population import draw_items
from components.generate_interactions.streams import Purpose, stream
from tests.components.generate_interactions.worlds import SEEDS, config, generated, world

SIGMAS = 5
Floats = npt.NDArray[np.float64]


@pytest.fixture(scope="module", params=SEEDS)
def drawn(request: pytest.FixtureRequest) -> tuple[World, dict[str, Any]]:
    """A world and the columns of its interactions, at one of the seeds."""
    made = world(seed=request.param)
    return made, columns(generated(made))


def columns(table: pa.Table) -> dict[str, Any]:
    """The columns as numpy arrays; the timestamp as microseconds."""
    found = {name: table.column(name).to_numpy() for name in table.column_names if name != "timestamp"}
    return {**found, "timestamp": table.column("timestamp").cast(pa.int64()).to_numpy()}


def assert_share(hits: npt.NDArray[np.bool_], expected: float) -> None:
    """The share of hits is the expected one, within five standard deviations."""
    deviation = np.sqrt(expected * (1 - expected) / len(hits))
    assert abs(hits.mean() - expected) < SIGMAS * deviation


def assert_counts(counts: Floats, expected: Floats) -> None:
    """Pearson's chi-square of counts against what is expected lies within five standard deviations of its mean."""
    square = float((((counts - expected) ** 2) / expected).sum())
    freedom = len(expected) - 1
    assert square < freedom + SIGMAS * np.sqrt(2 * freedom)


@pytest.mark.parametrize("seed", SEEDS)
def test_segments_and_devices_have_their_shares(seed: int) -> None:
    """Of 20,000 users a tenth are power users, three tenths regular, six tenths casual; devices 0.6, 0.3, 0.1."""
    users = world(seed=seed, num_users=20_000).users
    for place, segment in enumerate(SEGMENTS):
        assert_share(users.segment == place, segment.share)
    for place, share in enumerate(config().devices):
        assert_share(users.device == place, share)
    assert_counts(np.bincount(users.category, minlength=CATEGORIES), np.full(CATEGORIES, 2_000.0))


@pytest.mark.parametrize("seed", SEEDS)
def test_activity_has_the_ratios_of_the_segments(seed: int) -> None:
    """A power user interacts 5 times as often as a regular and 20 times as often as a casual one, within 8 %.

    Users arrive at different times; the mean presence of 2,000 power users has a relative deviation of 1.3 %.
    """
    made = world(seed=seed, num_users=20_000, num_interactions=400_000)
    segment = made.users.segment[columns(generated(made))["user_id"]]
    each = np.bincount(segment) / np.bincount(made.users.segment)
    assert each[0] / each[1] == pytest.approx(5, rel=0.08)
    assert each[0] / each[2] == pytest.approx(20, rel=0.08)


def test_users_come_as_often_as_activity_and_presence_say(drawn: tuple[World, dict[str, Any]]) -> None:
    """Interactions by segment agree with the sum over days of each day's share and who is there on it."""
    made, rows = drawn
    activity = np.array([segment.activity for segment in SEGMENTS])[made.users.segment]
    expected = np.zeros(len(SEGMENTS))
    for day, share in enumerate(day_shares(made.config, made.users)):
        there = made.users.present(day)
        weight = np.bincount(made.users.segment[:there], weights=activity[:there], minlength=len(SEGMENTS))
        expected += share * weight / weight.sum()
    assert_counts(np.bincount(made.users.segment[rows["user_id"]]), expected * made.config.num_interactions)


@pytest.mark.parametrize("weekend", [False, True])
def test_hours_follow_the_profile_of_the_day(drawn: tuple[World, dict[str, Any]], weekend: bool) -> None:
    """The 24 hours agree with the profile, on weekdays and at weekends, and the evening is favoured."""
    made, rows = drawn
    hour, day = rows["timestamp"] // 3_600_000_000 % 24, days(made, rows)
    counts = np.bincount(hour[is_weekend(made.config)[day] == weekend], minlength=24)
    expected = np.diff(PROFILES[weekend][::3600]) * counts.sum()
    assert_counts(counts, expected)
    assert counts[17:22].sum() > 1.5 * counts.sum() * 5 / 24


def days(made: World, rows: dict[str, Any]) -> npt.NDArray[np.int64]:
    """The day of the range of every row."""
    first = np.datetime64(made.config.start, "us").astype(np.int64)
    return (rows["timestamp"] - first) // 86_400_000_000


def test_nobody_is_early(drawn: tuple[World, dict[str, Any]]) -> None:
    """No item is shown before it exists and no user acts before signing up, and all lies within the range."""
    made, rows = drawn
    day = days(made, rows)
    assert (day >= made.items.creation_day[rows["item_id"]]).all()
    assert (day >= made.users.signup_day[rows["user_id"]]).all()
    assert day.min() >= 0
    assert day.max() < made.config.days


@pytest.mark.parametrize("seed", SEEDS)
def test_items_are_drawn_by_recency_times_quality_times_affinity(seed: int) -> None:
    """200,000 draws of one day agree with the weights quality / (age + 1), times 3 in the preferred category."""
    items = draw_items(config(seed=seed, num_items=60))
    day, preferred = 80, 4
    drawn = items.draw(stream(seed, Purpose.SLOT), day, np.full(200_000, preferred))
    age = day - items.creation_day
    weight = np.where(age >= 0, items.quality / (np.maximum(age, 0) + 1), 0) * np.where(
        items.category == preferred, 3, 1
    )
    there = weight > 0
    counts = np.bincount(drawn, minlength=60)
    assert counts[~there].sum() == 0
    assert_counts(counts[there], weight[there] / weight.sum() * 200_000)


def test_outcomes_have_their_rates(drawn: tuple[World, dict[str, Any]]) -> None:
    """Of the clicks 30 % are liked and 13 % shared; without a click nothing happens; nobody stays above 300 s."""
    _, rows = drawn
    clicked = rows["click"] == 1
    assert_share(rows["like"][clicked] == 1, 0.3)
    assert_share(rows["share"][clicked] == 1, 0.1 * 1.3)
    for name in ("like", "share", "dwell_time"):
        assert not rows[name][~clicked].any()
    assert rows["dwell_time"].min() == 0
    assert rows["dwell_time"].max() <= 300
    assert rows["dwell_time"][clicked].mean() == pytest.approx(30 * 5 / 7, rel=0.15)


def test_devices_are_mostly_the_preferred_one(drawn: tuple[World, dict[str, Any]]) -> None:
    """Eight in ten interactions keep the user's device, the others take one of three at random."""
    made, rows = drawn
    preferred = np.array(DEVICES, dtype=object)[made.users.device[rows["user_id"]]]
    assert_share(rows["device"] == preferred, 0.8 + 0.2 / 3)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("days", [1, 30, 365, 1_200])
def test_click_and_like_rates_stay_within_bounds(seed: int, days: int) -> None:
    """Whether the range is a day or three years, 5 to 35 % are clicked and 1 to 15 % liked."""
    start = config().start
    made = world(seed=seed, end=start.fromordinal(start.toordinal() + days), num_interactions=30_000)
    rows = columns(generated(made))
    assert 0.05 < rows["click"].mean() < 0.35
    assert 0.01 < rows["like"].mean() < 0.15


def test_engaged_segments_click_more(drawn: tuple[World, dict[str, Any]]) -> None:
    """Power users click more readily than regular ones, and those more than casual ones."""
    made, rows = drawn
    segment = made.users.segment[rows["user_id"]]
    rates = [rows["click"][segment == place].mean() for place in range(3)]
    assert rates[0] > rates[1] > rates[2]


def test_later_rows_meet_users_and_items_for_the_first_time(drawn: tuple[World, dict[str, Any]]) -> None:
    """Among the last 15 % there are users and items that the first 70 % never saw: cold starts to evaluate on."""
    _, rows = drawn
    train, test = slice(0, 70_000), slice(85_000, None)
    for key in ("user_id", "item_id"):
        assert len(np.setdiff1d(rows[key][test], rows[key][train])) > 50


def test_every_day_has_interactions(drawn: tuple[World, dict[str, Any]]) -> None:
    """From the first day on which somebody came, no day of the range is empty."""
    made, rows = drawn
    counts = np.bincount(days(made, rows), minlength=made.config.days)
    assert (counts[3:] > 0).all()
