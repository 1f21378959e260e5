"""The pipeline articles-embeddings as a whole, on real services, through the command."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from stockpot.samples.shop.scale import Scale
from stockpot.samples.shop.source import fill
from tests.components.vectors import tiny
from tests.conftest import ObjectStore
from tests.harness import tables
from tests.pipelines import pages, shops

DAY = datetime(2026, 1, 15, tzinfo=UTC)
pytestmark = [
    pytest.mark.turns(first=3),
    pytest.mark.xdist_group("articles-embeddings"),
    pytest.mark.usefixtures("catalog_env"),
    pytest.mark.timeout(1800),
]


def embed(home: Path, hour: int, **given: str) -> tuple[int, str]:
    """Exit code and outcome of a run."""
    parameters = [f"--param={name}={value}" for name, value in given.items()]
    return shops.command(home, "run", "articles-embeddings", "--as-of", DAY.replace(hour=hour).isoformat(), *parameters)


def exported(store: ObjectStore, kind: str) -> dict[str, np.ndarray]:
    """The vectors that are said to be the latest of a kind, by article."""

    def content(name: str) -> bytes:
        with store.client.get_object(store.bucket, f"out/{kind}/{name}") as response:
            return bytes(response.read())

    key = json.loads(content("latest.json"))["run_key"]
    ids, vectors = (np.load(io.BytesIO(content(f"{key}/{name}.npy"))) for name in ("ids", "vectors"))
    return dict(zip(ids.tolist(), vectors, strict=True))


def test_vectors_of_the_catalogue(tmp_path: Path, catalog_env: dict[str, str], object_store: ObjectStore) -> None:
    """Each article has the closed form of its text, and the next run computes nothing; neighbours are found.

    What is exported is what the table has.
    """
    home = tmp_path / "home"
    shop = Scale(customers=20, articles=60, lines_each=3, history=40, events=False, until=DAY)
    fill(catalog_env["DATABASE_URL"], shop)
    code, out = shops.run(home, "articles-content", DAY.replace(hour=3).isoformat(), oldest_hours="1000000")
    assert code == 0, out
    texts = {row["article_id"]: row["text"] for row in tables.rows(home, "retail.articles")}
    words = [*tiny.WORDS[:4], *sorted({word for text in texts.values() for word in tiny.split(text)})]
    model = tiny.text_model(tmp_path / "model", words=words, rows=len(words))
    for hour in (4, 5):
        code, out = embed(home, hour, text_model=f"file://{model}", vectors_to=f"s3://{object_store.bucket}/out")
        assert code == 0, out
    rows = {row["article_id"]: row for row in tables.rows(home, "retail.article_embeddings")}
    assert set(rows) == {name for name, text in texts.items() if text}
    for name, row in rows.items():
        assert np.allclose(row["vector"], tiny.expected(texts[name], words=words), atol=1e-5), name
        assert row["computed_at"].startswith("2026-01-15T04:00")
    shown = "".join(pages.pictures(out).itertext())
    for title in ("Vectors by kind", "Tokens of a text", "Articles that a word of the vocabulary is in"):
        assert title in shown
    arrays = exported(object_store, "bert")
    assert {name: vector.tolist() for name, vector in arrays.items()} == {n: row["vector"] for n, row in rows.items()}
    assert {row["article_id"] for row in tables.rows(home, "retail.article_tfidf")} == set(rows)
    code, out = shops.command(home, "similar", "retail.articles", next(iter(rows)), "--kind", "tfidf", "--limit", "3")
    assert (code, len(json.loads(out)["neighbours"])) == (0, 3)
