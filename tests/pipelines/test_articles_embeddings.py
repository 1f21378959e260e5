"""The pipeline articles-embeddings as a whole, on real services, through the command."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from stockpot.samples.shop.scale import Scale
from stockpot.samples.shop.source import fill
from tests.components.vectors import tiny
from tests.pipelines import shops

DAY = datetime(2026, 1, 15, tzinfo=UTC)
pytestmark = [
    pytest.mark.xdist_group("articles-embeddings"),
    pytest.mark.usefixtures("catalog_env"),
    pytest.mark.timeout(1800),
]


def embed(home: Path, hour: int, **given: str) -> tuple[int, str]:
    """Exit code and outcome of a run."""
    parameters = [f"--param={name}={value}" for name, value in given.items()]
    return shops.command(home, "run", "articles-embeddings", "--as-of", DAY.replace(hour=hour).isoformat(), *parameters)


def test_vectors_of_the_catalogue(tmp_path: Path, catalog_env: dict[str, str]) -> None:
    """Each article has the closed form of its text; a second run computes nothing; another model computes all."""
    home, model = tmp_path / "home", tiny.text_model(tmp_path / "model")
    fill(
        catalog_env["DATABASE_URL"], Scale(customers=20, articles=60, lines_each=3, history=40, events=False, until=DAY)
    )
    code, out = shops.run(home, "articles-content", DAY.replace(hour=3).isoformat(), oldest_hours="1000000")
    assert code == 0, out
    texts = {row["article_id"]: row["text"] for row in shops.rows(home, "retail.articles")}
    for hour, uri in ((4, model), (5, model), (6, tiny.text_model(tmp_path / "other", seed=8))):
        code, out = embed(home, hour, text_model=f"file://{uri}", stop_words="", min_df="1")
        assert code == 0, out
        rows = {row["article_id"]: row for row in shops.rows(home, "retail.article_embeddings")}
        assert set(rows) == {name for name, text in texts.items() if text}
        seed = 8 if hour == 6 else 7
        for name, row in rows.items():
            assert np.allclose(row["vector"], tiny.expected(texts[name], seed), atol=1e-5), name
        computed = {row["computed_at"][11:13] for row in rows.values()}
        assert computed == {"06" if hour == 6 else "04"}
    weights = shops.rows(home, "retail.article_tfidf")
    assert {row["vocabulary_digest"] for row in weights} == {
        row["vocabulary_digest"] for row in shops.rows(home, "retail.tfidf_vocabulary")
    }
    first = next(iter(rows))
    code, out = shops.command(home, "similar", "retail.articles", first, "--kind", "tfidf", "--limit", "3")
    assert (code, len(json.loads(out)["neighbours"])) == (0, 3)
