"""The pipeline articles-embeddings as a whole, on real services, through the command."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stockpot.samples.shop.scale import Scale
from stockpot.samples.shop.source import fill
from tests.components.vectors import tiny
from tests.conftest import ObjectStore
from tests.harness import tables
from tests.pipelines import pages, shops

DAY = datetime(2026, 1, 15, tzinfo=UTC)
# Of the vectors of images; those of texts are longer.
WIDTH = 6
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


def of_kind(home: Path, kind: str) -> dict[str, dict[str, Any]]:
    """The rows of the table of a kind, by article."""
    rows = tables.rows(home, "retail.article_embeddings")
    return {row["article_id"]: row for row in rows if row["kind"] == kind}


def laid(directory: Path, paths: Mapping[str, str]) -> dict[str, tuple[int, int, int]]:
    """By article the colour of its image, laid at the path that it says; of one path, whoever says it has none."""
    _, *there = sorted(set(paths.values()))
    colours = tiny.colours(there)
    for path, colour in colours.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(tiny.image(colour))
    return {name: colours[path] for name, path in paths.items() if path in colours}


def test_vectors_of_the_catalogue(tmp_path: Path, catalog_env: dict[str, str], object_store: ObjectStore) -> None:
    """Each article has the closed form of its text and of its image, and the next run computes nothing.

    Both kinds are judged, and what is exported is what the table has; neighbours are found.
    """
    home = tmp_path / "home"
    shop = Scale(customers=20, articles=60, lines_each=3, history=40, events=False, until=DAY)
    fill(catalog_env["DATABASE_URL"], shop)
    code, out = shops.run(home, "articles-content", DAY.replace(hour=3).isoformat(), oldest_hours="1000000")
    assert code == 0, out
    articles = {row["article_id"]: row for row in tables.rows(home, "retail.articles")}
    texts = {name: row["text"] for name, row in articles.items() if row["text"]}
    colours = laid(tmp_path / "shop", {name: row["image_path"] for name, row in articles.items()})
    words = [*tiny.WORDS[:4], *sorted({word for text in texts.values() for word in tiny.split(text)})]
    models = {
        "text_model": f"file://{tiny.text_model(tmp_path / 'model', words=words, rows=len(words))}",
        "image_model": f"file://{tiny.image_model(tmp_path / 'tower', width=WIDTH)}",
    }
    for hour in (4, 5):
        to = {"image_root": str(tmp_path / "shop"), "vectors_to": f"s3://{object_store.bucket}/out"}
        code, out = embed(home, hour, **models, **to)
        assert code == 0, out
    expected = {
        "bert": {name: tiny.expected(text, words=words) for name, text in texts.items()},
        "clip": {name: tiny.of_colour(*colour, width=WIDTH) for name, colour in colours.items()},
    }
    for kind, vectors in expected.items():
        rows = of_kind(home, kind)
        assert set(rows) == set(vectors)
        for name, row in rows.items():
            assert np.allclose(row["vector"], vectors[name], atol=1e-4), (kind, name)
            assert row["computed_at"].startswith("2026-01-15T04:00")
        arrays = exported(object_store, kind)
        assert {name: each.tolist() for name, each in arrays.items()} == {n: row["vector"] for n, row in rows.items()}
    judged = pages.rules(out)
    assert {"dimensions", "coverage", "mean cosine of pairs"} <= judged["bert"] == judged["clip"]
    shown = "".join(pages.pictures(out).itertext())
    for title in ("Vectors by kind", "Tokens of a text", "Articles that a word of the vocabulary is in"):
        assert title in shown
    assert {row["article_id"] for row in tables.rows(home, "retail.article_tfidf")} == set(texts)
    code, out = shops.command(home, "similar", "retail.articles", next(iter(texts)), "--kind", "tfidf", "--limit", "3")
    assert (code, len(json.loads(out)["neighbours"])) == (0, 3)
