"""The seven datasets of a shop, from one source on three engines: the local runner, Argo, and KFP's own on Docker."""

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from stockpot.samples.shop.scale import Scale
from stockpot.samples.shop.shop import shop
from tests.components.vectors import tiny
from tests.e2e.places import ARTIFACTS, PASSWORD, ROOT, Place, address, query, store
from tests.e2e.places import FIRST as AS_OF
from tests.e2e.test_parity import Engine, locally, on_argo, on_docker

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2700)]
SMALL = Scale(customers=200, articles=60, lines_each=12, history=60)
# The catalogue first: the others take from it what articles were at their time.
FIRST = "articles-content"
# Vectors are of the catalogue alone, so they are made beside the pipeline that has the fewest steps.
VECTORS, BESIDE = "articles-embeddings", "user-item-interactions"
TABLES = {
    FIRST: ("articles", "article_versions"),
    "customer-features": ("customer_features", "customer_categories"),
    "events-and-funnels": (
        "events", "session_events", "sessions", "funnel_daily", "article_funnel", "customer_behaviour",
    ),
    "reviews-nlp": ("reviews", "article_review_stats", "review_embeddings"),
    "timeseries": ("daily_sales", "category_daily", "weekly_sales", "category_weekly"),
    "user-item-interactions": ("user_item_interactions", "user_item_targets"),
    VECTORS: ("article_embeddings", "article_tfidf", "tfidf_vocabulary"),
}  # fmt: skip
ZONE = {"timezone": "Europe/Stockholm"}
# The shop is that of one day, however long ago that is.
# Of so few reviews those that make no sense are many. All engines take the model from one address, which rows name.
MODEL = "models/tiny"
OWN: dict[str, dict[str, Any]] = {
    FIRST: {"oldest_hours": 1e6},
    "reviews-nlp": {"most_rejected": 0.5, "model_uri": f"s3://{ARTIFACTS}/{MODEL}"},
}
PARAMETERS = {name: OWN.get(name, {}) | ZONE for name in TABLES if name != VECTORS}
PARAMETERS[VECTORS] = {
    "text_model": f"s3://{ARTIFACTS}/{VECTORS}/texts",
    "image_model": f"s3://{ARTIFACTS}/{VECTORS}/tower",
    "image_root": f"s3://{ARTIFACTS}/{VECTORS}/shop",
}
# What the catalogue is told on the cluster: it starts the run of the vectors itself, at the same instant.
FOLLOWED = {"changed_template": VECTORS, "changed_parameters": json.dumps({"as_of": AS_OF} | PARAMETERS[VECTORS])}
ENGINES: tuple[Engine, ...] = (locally, on_argo, on_docker)


def open_shop(place: Place) -> None:
    """Fill the place's source, which its reader reads."""
    owner = f"postgresql://postgres:{PASSWORD}@{address('postgres')}:5432/{place.source}"
    scale = {
        "customers": SMALL.customers, "articles": SMALL.articles, "lines": SMALL.lines_each, "days": SMALL.history,
    }  # fmt: skip
    given = [word for name, value in scale.items() for word in (f"--{name}", str(value))]
    done = place.stockpot("sample-data", "shop", *given, DATABASE_URL=owner)
    assert done.returncode == 0, done.stderr
    query(place.source, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO stockpot_reader")


def lay(folder: str, name: str, content: bytes) -> None:
    """Put an object where all engines find it."""
    store().put_object(ARTIFACTS, f"{folder}/{name}", io.BytesIO(content), len(content))


def lay_models(scratch: Path) -> None:
    """Tiny models of what the shop's articles say and show, and an image for each but one."""
    articles = dict(islice(shop(SMALL), 2))["articles"]
    columns = ("prod_name", "product_type_name", "colour_group_name", "detail_desc")
    said = " ".join(str(value) for column in columns for value in articles.column(column).to_pylist() if value)
    words = [*tiny.WORDS[:4], *sorted(set(tiny.split(said)) | {"."})]
    models = {
        "texts": tiny.text_model(scratch / "texts", words=words, rows=len(words)),
        "tower": tiny.image_model(scratch / "tower", width=6),
    }
    for folder, model in models.items():
        for file in model.iterdir():
            lay(f"{VECTORS}/{folder}", file.name, file.read_bytes())
    _, *shown = sorted(set(articles.column("image_path").to_pylist()))
    for path, colour in tiny.colours(shown).items():
        lay(f"{VECTORS}/shop", path, tiny.image(colour))


def told(place: Place, table: str) -> list[str]:
    """The rows of a table, but for the snapshot that they are of: each catalog gives its own numbers."""
    rows = place.rows(f"retail.{table}")
    return sorted(str({name: value for name, value in row.items() if name != "articles_snapshot"}) for row in rows)


def submitted(place: Place) -> str:
    """The name of the one workflow that a run of the catalogue has submitted."""
    (found,) = place.list("workflows", "stockpot/follows")
    return str(found["metadata"]["name"])


@pytest.mark.turns(first=0)
@pytest.mark.parametrize("pipeline", [name for name in TABLES if name not in (FIRST, VECTORS)])
def test_the_rows_are_the_same(pipeline: str, new_place: Callable[..., Place], tmp_path: Path) -> None:
    """Each engine fills a catalog of its own from the same shop, and all tables are equal row for row.

    Vectors are made where a run says so, and on the cluster because the catalogue has changed.
    """
    names = (FIRST, pipeline, VECTORS) if pipeline == BESIDE else (FIRST, pipeline)
    places = {engine: new_place(*names if engine is on_argo else ()) for engine in ENGINES}
    for file in tiny.text_model(tmp_path / "model").iterdir():
        store().fput_object(ARTIFACTS, f"{MODEL}/{file.name}", str(file))
    if VECTORS in names:
        lay_models(tmp_path)

    def run(engine: Engine) -> None:
        place, given = places[engine], dict(PARAMETERS)
        open_shop(place)
        follows = VECTORS in names and engine is on_argo
        if follows:
            place.kubectl("apply", "-k", str(ROOT / "manifests/trigger"))
            given[FIRST] = PARAMETERS[FIRST] | FOLLOWED
        for name in names[: -1 if follows else None]:
            engine(place, name, given[name], tmp_path)
        if follows:
            following = place.wait(submitted(place))
            assert following.phase == "Succeeded", following.explain()

    # On the cluster most of a run is waiting for pods.
    with ThreadPoolExecutor(2) as at_once:
        list(at_once.map(run, places))
    if VECTORS in names:
        kinds = [row["kind"] for row in places[locally].rows("retail.article_embeddings")]
        assert kinds.count("bert") > kinds.count("clip") > 0
    for table in (table for name in names for table in TABLES[name]):
        found = {engine: told(place, table) for engine, place in places.items()}
        assert found[locally], table
        assert [engine.__name__ for engine in ENGINES if found[engine] != found[locally]] == [], table
