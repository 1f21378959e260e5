"""Keys of commits stay what they are: tables hold them."""

from datetime import UTC, datetime

from components.aggregate_windows.touched import run_key as key_of_windows
from components.begin_run.plan_dataset import Dataset
from components.begin_run.plan_interval import run_key as key_of_interval
from components.consume_events.shares import run_key as key_of_events
from components.shell.keys import key_of

START, END = datetime(2026, 1, 14, tzinfo=UTC), datetime(2026, 1, 15, tzinfo=UTC)
WHO = ("p", "a.b", "1")


def test_keys_are_those_that_tables_hold() -> None:
    """With any other, the first run after an upgrade would commit again what is committed."""
    assert {
        "interval": key_of_interval(*WHO, START, END),
        "backfill": key_of_interval(*WHO, START, END, 2),
        "events": key_of_events(WHO, {}, END),
        "windows": key_of_windows(WHO, '{"t":{}}', END),
        "dataset": Dataset(*WHO, "synthetic", {"made_from": "x"}).identity,
    } == {
        "interval": "cf8475d5c599a887e546152938fe1180",
        "backfill": "48f4a4a14f4f974dddfb90404a42ed1d",
        "events": "f61078a116572e3ad2914265a5f242c5",
        "windows": "af72e7da457096f7fa303a91b4e7a7e2",
        "dataset": "8d3da2035a844832",
    }


def test_the_order_of_names_does_not_matter_and_that_of_lists_does() -> None:
    """Two ways to write down the same work are one key."""
    assert key_of({"a": 1, "b": [1, 2]}) == key_of({"b": [1, 2], "a": 1})
    assert key_of({"a": 1, "b": [1, 2]}) != key_of({"a": 1, "b": [2, 1]})
