"""Config files: what they mean and how wrong ones are refused."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.generate_interactions.config import SEGMENTS, Config, Segment, parse_config
from components.shell.errors import ConfigurationError

ROOT = Path(__file__).parents[3]


def text(**changes: Any) -> str:
    """A config file with changes in its section; None takes a key away."""
    section: dict[str, Any] = {
        "num_users": 10_000,
        "num_items": 50_000,
        "num_interactions": 1_000_000,
        "date_range": {"start": "2025-01-01", "end": "2026-01-01"},
        **changes,
    }
    return yaml.safe_dump({"data_generation": {key: value for key, value in section.items() if value is not None}})


def test_a_small_file_is_enough() -> None:
    """Counts and range are needed, everything else has a stated default."""
    assert parse_config(text()) == Config(10_000, 50_000, 1_000_000, date(2025, 1, 1), date(2026, 1, 1))
    assert parse_config(text()).segments == SEGMENTS
    assert parse_config(text()).seed == 42


def test_everything_can_be_set() -> None:
    """Seed, segments, devices and click rate come from the file where it has them."""
    config = parse_config(
        text(
            seed=7,
            segments={"all": {"share": 1, "activity": 3, "engagement": 2}},
            devices={"mobile": 1, "desktop": 0, "tablet": 0},
            click_rate=0.5,
        )
    )
    assert (config.seed, config.click_rate, config.devices) == (7, 0.5, (1.0, 0.0, 0.0))
    assert config.segments == (Segment("all", 1.0, 3.0, 2.0),)


def test_days_may_be_written_without_quotes() -> None:
    """YAML turns 2025-01-01 into a date, which is as good as a text."""
    assert parse_config(text(date_range={"start": date(2025, 1, 1), "end": date(2025, 1, 3)})).days == 2


def test_the_config_of_the_pipeline_is_the_one_of_the_issue() -> None:
    """The file beside the pipeline asks for 10,000 users, 50,000 items and 1,000,000 interactions."""
    config = parse_config((ROOT / "pipelines/feed_ranking.yaml").read_text())
    assert (config.num_users, config.num_items, config.num_interactions) == (10_000, 50_000, 1_000_000)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("", "the config must be a mapping"),
        ("a: [", "the config is no YAML"),
        ("data_generaton: {}", "unknown key 'data_generaton'; did you mean 'data_generation'?"),
        (text(num_user=1), "unknown key 'num_user'; did you mean 'num_users'?"),
        (text(colour="red"), "unknown key 'colour'; known are num_users"),
        (text(num_users=None), "has no key 'num_users'"),
        (text(num_users=-1), "num_users is -1 and must be a number of at least 1"),
        (text(num_items=0), "num_items is 0 and must be a number of at least 1"),
        (text(num_interactions=2.5), "num_interactions is 2.5 and must be a whole number"),
        (text(num_interactions="many"), "num_interactions is 'many'"),
        (text(num_users=True), "num_users is True"),
        (text(num_users=float("nan")), "num_users is nan"),
        (text(num_users=float("inf")), "num_users is inf"),
        (text(seed=-1), "seed is -1 and must be a number of at least 0"),
        (text(click_rate=1.5), "click_rate is 1.5 and must be a number from 0 to 1"),
        (text(date_range="2025"), "date_range must be a mapping with the keys start, end"),
        (text(date_range={"start": "2025-01-01", "finish": "x"}), "date_range has an unknown key 'finish'"),
        (text(date_range={"start": "2025-01-01", "end": "2025-01-01"}), "date_range is empty"),
        (text(date_range={"start": "2025-01-02", "end": "2025-01-01"}), "date_range is empty"),
        (text(date_range={"start": "2025-02-30", "end": "2025-03-01"}), "date_range.start is '2025-02-30'"),
        (text(date_range={"start": "1800-01-01", "end": "2025-03-01"}), "longer than a century"),
        (text(date_range={"start": "1969-12-31", "end": "1990-01-01"}), "begins at 1969-12-31, before 1970"),
        (text(segments={}), "segments must be a mapping"),
        (text(segments={"a": {"share": 0.5, "activity": 1}}), "the shares of segments sum to 0.5 and must sum to 1"),
        (text(segments={"a": {"share": 1, "activity": -1}}), "activity is -1"),
        (text(segments={"a": {"share": 1, "activity": 0}}), "segments have no activity at all"),
        (text(segments={"a": {"share": 1, "activty": 1}}), "unknown key 'activty'; did you mean 'activity'?"),
        (text(devices={"mobile": 0.6, "desktop": 0.3, "tablet": 0.2}), "the shares of devices sum to 1.1"),
        (text(devices={"mobile": 1, "desktop": 0, "watch": 0}), "unknown key 'watch'"),
    ],
)
def test_a_wrong_config_is_refused_in_one_line(wrong: str, message: str) -> None:
    """The first key that is wrong is named, with what it should be."""
    with pytest.raises(ConfigurationError) as raised:
        parse_config(wrong)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == 11
