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
FIRST, OTHERS = (
    "articles-content",
    ("customer-features", "events-and-funnels", "reviews-nlp", "timeseries", "user-item-interactions"),
)
ZONE = {"timezone": "Europe/Stockholm"}
# The shop is that of one day, however long ago that is.
# Of so few reviews those that make no sense are many. All engines take the model from one address, which rows name.
MODEL = "models/tiny"
OWN: dict[str, dict[str, Any]] = {
    FIRST: {"oldest_hours": 1e6},
    "reviews-nlp": {"most_rejected": 0.5, "model_uri": f"s3://{ARTIFACTS}/{MODEL}"},
}
PARAMETERS = {name: OWN.get(name, {}) | ZONE for name in (FIRST, *OTHERS)}
TABLES = (
    "retail.articles", "retail.article_versions", "retail.customer_features", "retail.customer_categories",
    "retail.daily_sales", "retail.category_daily", "retail.weekly_sales", "retail.category_weekly",
    "retail.user_item_interactions", "retail.user_item_targets", "retail.reviews", "retail.article_review_stats",
    "retail.events", "retail.session_events", "retail.sessions", "retail.funnel_daily", "retail.article_funnel",
    "retail.customer_behaviour", "retail.review_embeddings",
)  # fmt: skip


def open_shop(place: Place) -> None:
    """Fill the place's source, which its reader reads."""
    owner = f"postgresql://postgres:{PASSWORD}@{address('postgres')}:5432/{place.source}"
    done = place.stockpot("sample-data", "shop", *SMALL, DATABASE_URL=owner)
    assert done.returncode == 0, done.stderr
    query(place.source, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO stockpot_reader")


@pytest.mark.turns(first=0)
@pytest.mark.parametrize("other", [on_argo, on_docker])
def test_the_rows_are_the_same(other: Engine, new_place: Callable[..., Place], tmp_path: Path) -> None:
    """Each engine fills a catalog of its own from the same shop, and all nineteen tables are equal row for row."""
    places = {engine: new_place(*PARAMETERS if engine is on_argo else ()) for engine in (locally, other)}
    for file in tiny.text_model(tmp_path / "model").iterdir():
        store().fput_object(ARTIFACTS, f"{MODEL}/{file.name}", str(file))

    def run(engine: Engine) -> None:
        open_shop(places[engine])

        def one(pipeline: str) -> None:
            engine(places[engine], pipeline, PARAMETERS[pipeline], tmp_path)

        one(FIRST)
        # On the cluster most of a run is waiting for pods.
        with ThreadPoolExecutor(2 if engine is on_argo else 1) as at_once:
            list(at_once.map(one, OTHERS))

    with ThreadPoolExecutor(len(places)) as side_by_side:
        list(side_by_side.map(run, places))
    for table in TABLES:
        found = {engine: sorted(map(str, place.rows(table))) for engine, place in places.items()}
        assert found[locally], table
        assert found[other] == found[locally], table
