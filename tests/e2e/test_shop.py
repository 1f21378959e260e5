"""The six datasets of a shop, from one source on three engines: the local runner, Argo, and KFP's own on Docker."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.components.vectors import tiny
from tests.e2e.places import ARTIFACTS, PASSWORD, Place, address, query, store
from tests.e2e.test_parity import Engine, locally, on_argo, on_docker

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2700)]
SMALL = ("--customers", "200", "--articles", "60", "--lines", "12", "--days", "60")
# The catalogue first: the others take from it what articles were at their time.
FIRST = "articles-content"
TABLES = {
    FIRST: ("articles", "article_versions"),
    "customer-features": ("customer_features", "customer_categories"),
    "events-and-funnels": (
        "events", "session_events", "sessions", "funnel_daily", "article_funnel", "customer_behaviour",
    ),
    "reviews-nlp": ("reviews", "article_review_stats", "review_embeddings"),
    "timeseries": ("daily_sales", "category_daily", "weekly_sales", "category_weekly"),
    "user-item-interactions": ("user_item_interactions", "user_item_targets"),
}  # fmt: skip
ZONE = {"timezone": "Europe/Stockholm"}
# The shop is that of one day, however long ago that is.
# Of so few reviews those that make no sense are many. All engines take the model from one address, which rows name.
MODEL = "models/tiny"
OWN: dict[str, dict[str, Any]] = {
    FIRST: {"oldest_hours": 1e6},
    "reviews-nlp": {"most_rejected": 0.5, "model_uri": f"s3://{ARTIFACTS}/{MODEL}"},
}
PARAMETERS = {name: OWN.get(name, {}) | ZONE for name in TABLES}
ENGINES: tuple[Engine, ...] = (locally, on_argo, on_docker)


def open_shop(place: Place) -> None:
    """Fill the place's source, which its reader reads."""
    owner = f"postgresql://postgres:{PASSWORD}@{address('postgres')}:5432/{place.source}"
    done = place.stockpot("sample-data", "shop", *SMALL, DATABASE_URL=owner)
    assert done.returncode == 0, done.stderr
    query(place.source, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO stockpot_reader")


@pytest.mark.turns(first=0)
@pytest.mark.parametrize("pipeline", [name for name in TABLES if name != FIRST])
def test_the_rows_are_the_same(pipeline: str, new_place: Callable[..., Place], tmp_path: Path) -> None:
    """Each engine fills a catalog of its own from the same shop, and all tables are equal row for row."""
    names = (FIRST, pipeline)
    places = {engine: new_place(*names if engine is on_argo else ()) for engine in ENGINES}
    for file in tiny.text_model(tmp_path / "model").iterdir():
        store().fput_object(ARTIFACTS, f"{MODEL}/{file.name}", str(file))

    def run(engine: Engine) -> None:
        open_shop(places[engine])
        for name in names:
            engine(places[engine], name, PARAMETERS[name], tmp_path)

    # On the cluster most of a run is waiting for pods.
    with ThreadPoolExecutor(2) as at_once:
        list(at_once.map(run, places))
    for table in (f"retail.{table}" for name in names for table in TABLES[name]):
        found = {engine: sorted(map(str, place.rows(table))) for engine, place in places.items()}
        assert found[locally], table
        assert [engine.__name__ for engine in ENGINES if found[engine] != found[locally]] == [], table
