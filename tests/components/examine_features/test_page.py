"""The page, and the comparison with what the table holds."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from components.begin_run.migrate import migrate
from components.examine_features.page import render
from components.examine_features.previous import last_run
from components.examine_features.summarise import details, summarise
from components.iceberg.receipts import Receipt
from components.iceberg.tables import parse_definition
from components.load_iceberg.load import load
from components.shell.instants import EPOCH
from tests.components.examine_features.feature_rows import SHOWN, TABLE, feature_rows, write_rows, write_users

DEFINITION = parse_definition(TABLE)
AS_OF = datetime(2025, 6, 1, tzinfo=UTC)
Committed = Callable[..., None]


def drawn(tmp_path: Path, rows: list[dict[str, Any]], title: str = "Features") -> ET.Element:
    """The page of the rows, as a tree: it is XML but for two empty tags of its head."""
    figures = summarise(write_rows(tmp_path / "rows", rows), write_users(tmp_path / "users"), None, SHOWN)
    page = render(figures, title)
    assert "<script" not in page
    assert "http:" not in page
    assert "https:" not in page
    tree = page.partition("\n")[2].replace('"utf-8">', '"utf-8"/>').replace('scale=1">', 'scale=1"/>')
    return ET.fromstring(tree)  # noqa: S314 - the page of this very test


def test_the_page_has_a_drawing_for_everything(tmp_path: Path) -> None:
    """A chart for each of five features, two bar drawings and an hour profile, each told to those who cannot see it."""
    page = drawn(tmp_path, feature_rows())
    names = [figure.findtext("figcaption/b") for figure in page.iter("figure")]
    assert names == ["user_historical_ctr", "user_interaction_count", "hour_of_day", "device_mobile", "device_tablet"]
    drawings = list(page.iter("svg"))
    assert len(drawings) == 5 + 3
    assert all(drawing.get("aria-label") for drawing in drawings)
    assert "200" in [tile.text for tile in page.iter("dd")]


def test_the_same_rows_give_the_same_page(tmp_path: Path) -> None:
    """Nothing on the page depends on when or where it was made."""
    pages = [ET.tostring(drawn(tmp_path / str(turn), feature_rows())) for turn in range(2)]
    assert pages[0] == pages[1]


def test_what_a_user_wrote_never_becomes_a_tag(tmp_path: Path) -> None:
    """A title with markup in it is shown as it is."""
    page = drawn(tmp_path, feature_rows(), "<b>x</b> & y")
    assert page.findtext("body/main/header/h1") == "<b>x</b> & y"


@pytest.mark.parametrize("rows", [feature_rows(3), feature_rows(user_historical_ctr=0.5, user_interaction_count=0)])
def test_few_rows_and_constant_features_are_drawn_too(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    """A feature of one value has one bar, and three rows make a page."""
    assert len(list(drawn(tmp_path, rows).iter("figure"))) == 5


@pytest.fixture
def committed(catalog_env: dict[str, str], tmp_path: Path) -> Committed:
    """Commits rows to the table as the run with a key and a day."""
    migrate([DEFINITION])

    def commit(key: str, day: int, rows: list[dict[str, Any]]) -> None:
        as_of = AS_OF + timedelta(days=day)
        receipt = Receipt(key, "feed-ranking", EPOCH, as_of, as_of, "1")
        load(DEFINITION, receipt, write_rows(tmp_path / f"committed-{key}", rows))

    return commit


def run(tmp_path: Path, key: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What is drawn of rows that are to be committed under the key, and what the step's summary says of it."""
    previous = last_run(TABLE, "feed-ranking", key)
    figures = summarise(write_rows(tmp_path / "rows", rows), write_users(tmp_path / "users"), previous, SHOWN)
    (tmp_path / "page.html").write_text(render(figures, "Features"))
    drifts = {one.name: one.drift for one in figures.features}
    return {**details(figures), "drifted": {name for name, drift in drifts.items() if (drift or 0) > 0.25}}


def test_the_first_run_has_nothing_to_compare_with(committed: Committed, tmp_path: Path) -> None:
    """An empty table is said to be empty."""
    summary = run(tmp_path, "first", feature_rows())
    assert (summary["compared_with"], summary["moved"]) == ("", {})
    assert "There is no earlier run to compare with." in (tmp_path / "page.html").read_text()


def test_drift_is_told_against_the_last_run_of_another_key(committed: Committed, tmp_path: Path) -> None:
    """Equal rows have not moved; a feature that has is named; the run's own snapshot does not count."""
    committed("first", 0, feature_rows())
    assert run(tmp_path, "second", feature_rows())["moved"] == {}
    moved = feature_rows(user_historical_ctr=lambda n: 0.9 + n % 10 / 100)
    summary = run(tmp_path, "second", moved)
    assert list(summary["moved"]) == ["user_historical_ctr"]
    assert summary["compared_with"].startswith("run of 2025-06-01T00:00:00Z, snapshot ")
    committed("second", 1, moved)
    repeated = run(tmp_path, "second", moved)
    assert repeated == summary
    assert summary["drifted"] == {"user_historical_ctr"}
