"""The pipeline reviews-nlp as a whole, on real services, through the command."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.reviews_nlp.settings import Settings
from components.reviews_nlp.usable import Interval
from components.shell.instants import parse_instant
from stockpot.samples.shop.scale import Scale
from stockpot.samples.shop.shop import shop
from stockpot.samples.shop.source import fill
from tests.components.reviews_nlp import oracle
from tests.components.reviews_nlp.scene import START
from tests.components.vectors import tiny
from tests.harness import tables
from tests.pipelines import pages, shops
from tests.pipelines.shops import ZONE

SMALL = Scale(customers=120, articles=30, lines_each=20, history=60)
REVIEWS, STATS, VECTORS = "retail.reviews", "retail.article_review_stats", "retail.review_embeddings"
Row = Mapping[str, Any]
pytestmark = [
    pytest.mark.xdist_group("reviews-nlp"),
    pytest.mark.usefixtures("catalog_env"),
    pytest.mark.timeout(1800),
]


def source() -> list[dict[str, Any]]:
    """The shop's reviews, with the columns that the pipeline asks for."""
    found = [row for name, part in shop(SMALL) if name == "reviews" for row in part.to_pylist()]
    return [row | {"language": None, "known_at": None} for row in found]


def until(day: int, start: Any = START) -> Interval:
    """The interval up to the beginning of a day of January in the shop's zone, of a source that is read now."""
    end = parse_instant("2025-12-31T23:00:00Z") + timedelta(days=day - 1)
    return Interval(start, end, end + timedelta(hours=2), ZONE, datetime.now(UTC))


def same(home: Path, expected: list[dict[str, Any]], history: list[dict[str, Any]], interval: Interval) -> None:
    """Nothing, if both tables hold these rows."""
    rows = {(row["review_id"], row["known_at"]): row for row in tables.rows(home, REVIEWS)}
    wanted = {(row["review_id"], row["known_at"].isoformat().replace("+00:00", "Z")): row for row in expected}
    assert rows.keys() == wanted.keys()
    for key, row in rows.items():
        for name in ("display_text", "clean_text", "quality", "language", "version", "is_duplicate", "sentiment_label"):
            assert row[name] == wanted[key][name], (key, name)
        assert row["vader_compound"] == wanted[key]["vader_compound"]
        assert row["review_text"] is None
    stats = {(row["article_id"], row["day_at"]): row for row in tables.rows(home, STATS)}
    told = {
        (row["article_id"], row["day_at"].isoformat().replace("+00:00", "Z")): row
        for row in oracle.stats(history, interval)
    }
    assert stats.keys() == told.keys()
    for day, row in stats.items():
        assert row["reviews"] == told[day]["reviews"]
        assert row["bayes_rating"] == pytest.approx(told[day]["bayes_rating"])


def encoded(home: Path, model: Path, words: list[str]) -> dict[tuple[str, str], Row]:
    """The vectors that the table has, by the key of their reviews: each is the closed form, and none is lacking."""
    told = {(row["review_id"], row["known_at"]): row for row in tables.rows(home, REVIEWS)}
    found = {(row["review_id"], row["known_at"]): row for row in tables.rows(home, VECTORS)}
    assert found.keys() == {key for key, row in told.items() if row["quality"] in ("ok", "duplicate")}
    for key, row in found.items():
        assert np.allclose(row["vector"], tiny.expected(told[key]["display_text"], words=words), atol=1e-5), key
        assert (row["customer_id"], row["model"]) == (told[key]["customer_id"], f"file://{model}")
    return found


@pytest.mark.turns(first=0)
def test_late_edits_are_new_versions(tmp_path: Path, catalog_env: dict[str, str]) -> None:
    """A run, an edit, the next run, and that one again: the tables are the oracle's, and the old version stays.

    Vectors of days that are filled anew are carried over: only what is new is encoded. A run without a model leaves
    them as they are. Where the model cannot be had, the run fails, and reviews lack vectors until it is repeated. What
    somebody wrote whom the source no longer has never comes.
    """
    url, rows = catalog_env["DATABASE_URL"], source()
    fill(url, SMALL)
    gone = rows[0]["customer_id"]
    for table in ("customers", "transactions"):
        shops.execute(url, f"DELETE FROM {table} WHERE customer_id = %s", gone)
    rows = [row for row in rows if row["customer_id"] != gone]
    first, history = oracle.reviews(rows, until(11), Settings())
    words = [*tiny.WORDS[:4], *sorted({word for row in first for word in tiny.split(row["display_text"])})]
    model = tiny.text_model(tmp_path / "model", words=words, rows=len(words))
    given = {"most_rejected": "0.9", "model_uri": f"file://{model}"}
    code, out = shops.run(tmp_path, "reviews-nlp", "2026-01-11T01:00:00Z", **given)
    assert code == 0, out
    same(tmp_path, first, history, until(11))
    vectors = encoded(tmp_path, model, words)
    assert pages.fact(out, "Rows loaded") == str(len(first))
    assert "positive" in pages.told(out)["What reviews say, by their stars"]
    edited = max((row for row in first if row["known_at"] >= until(9).end), key=lambda row: row["known_at"])
    at = parse_instant("2026-01-12T10:00:00Z")
    text = "It tore, and I don't like it any more."
    shops.execute(url, "UPDATE reviews SET review_text = %s, updated_at = %s WHERE review_id = %s", text, at,
                  int(edited["review_id"]))  # fmt: skip
    after = [
        row | {"review_text": text, "updated_at": at} if str(row["review_id"]) == edited["review_id"] else row
        for row in rows
    ]
    lost = given | {"model_uri": f"file://{tmp_path}/gone"}
    code, out = shops.run(tmp_path, "reviews-nlp", "2026-01-13T01:00:00Z", **lost)
    assert code == 11, out
    said = {step["step"]: step["state"] for step in json.loads(out)["steps"]}
    assert (said["embed-reviews"], said["load-iceberg-3"]) == ("failed", "omitted")
    assert len(tables.rows(tmp_path, REVIEWS)) > len(first)
    assert len(tables.rows(tmp_path, VECTORS)) == len(vectors)
    code, out = shops.run(tmp_path, "reviews-nlp", "2026-01-13T01:00:00Z", **given)
    assert code == 0, out
    # Two days were due, and each is filled by three runs.
    refilled = until(13, until(9).end)
    second, history = oracle.reviews(after, refilled, Settings(), first)
    both = [row for row in first if row["known_at"] < refilled.start] + second
    assert sum(row["review_id"] == edited["review_id"] for row in both) == 2
    same(tmp_path, both, history, until(13))
    later = encoded(tmp_path, model, words)
    assert len(later) > len(vectors)
    assert {key: later[key]["computed_at"] for key in vectors} == {k: row["computed_at"] for k, row in vectors.items()}
    code, out = shops.run(tmp_path, "reviews-nlp", "2026-01-14T01:00:00Z", most_rejected="0.9")
    assert code == 0, out
    assert len(tables.rows(tmp_path, REVIEWS)) > len(both)
    assert {(row["review_id"], row["known_at"]): row for row in tables.rows(tmp_path, VECTORS)} == later
