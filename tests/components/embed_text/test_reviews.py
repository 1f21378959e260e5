"""The vectors of reviews as their step makes them, on a tiny model whose vectors are a closed form."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from components.check_quality.check import check
from components.check_quality.contract import parse_contract
from components.embed_text.reviews import embed
from components.shell import datasets
from components.shell.errors import ContractError
from components.shell.summary import Summary
from components.vectors.embed_texts import Settings
from components.vectors.model import Address
from components.vectors.rows import REVIEWS
from pipelines import reviews_nlp as pipeline
from tests.components.vectors import tiny

FIRST, LATER = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 1, 6, 1, tzinfo=UTC)
WRITTEN = datetime(2026, 1, 3, 12, tzinfo=UTC)
GIVEN = pa.schema(
    [
        pa.field(name, pa.timestamp("us", "UTC") if name.endswith("_at") else pa.string(), nullable=False)
        for name in ("review_id", "known_at", "created_at", "customer_id", "quality", "display_text", "clean_text")
    ]
)
Key = tuple[str, datetime]


def review(name: str, text: str, quality: str = "ok", days: int = 0, customer: str = "c1") -> dict[str, Any]:
    """A version of a review; what is of no use to a model is left out."""
    return {
        "review_id": name,
        "known_at": WRITTEN + timedelta(days=days),
        "created_at": WRITTEN,
        "customer_id": customer,
        "quality": quality,
        "display_text": text,
        "clean_text": text.lower(),
    }


REVIEWS_OF_SHOP = [
    review("1", "warm winter jumper"),
    review("1", "warm jumper", days=1),
    review("2", "warm winter jumper", "duplicate"),
    review("3", "RED! Knife."),
    review("4", "", "empty"),
    review("5", "warm", "too_short"),
    review("6", "blue blue blue", "spam"),
    review("7", "un pull chaud", "language"),
]


def done(
    directory: Path,
    model: Path | None,
    given: Sequence[Mapping[str, Any]] = REVIEWS_OF_SHOP,
    held: Sequence[Mapping[str, Any]] = (),
    at: datetime = FIRST,
) -> tuple[dict[Key, dict[str, Any]], Summary]:
    """The rows by their key, and what the step says that it did."""
    for name, schema, rows in (("reviews", GIVEN, given), ("before", REVIEWS, held)):
        table = pa.Table.from_pylist([dict(row) for row in rows], schema=schema)
        datasets.write_dataset(directory / name, schema, table.to_batches())
    settings = Settings(Address(f"file://{model}" if model else ""))
    summary = embed(directory / "reviews", directory / "before", at, settings, directory / "rows")
    rows = [row for batch in datasets.read_batches(directory / "rows") for row in batch.to_pylist()]
    return {(row["review_id"], row["known_at"]): row for row in rows}, summary


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model."""
    return tiny.text_model(tmp_path_factory.mktemp("model"))


def test_each_version_that_says_something_has_the_closed_form(tmp_path: Path, model: Path) -> None:
    """Of the text that people read, case and signs too; the others are counted by their quality."""
    rows, summary = done(tmp_path, model)
    told = {
        (row["review_id"], row["known_at"]): row for row in REVIEWS_OF_SHOP if row["quality"] in ("ok", "duplicate")
    }
    assert rows.keys() == told.keys()
    for key, row in rows.items():
        assert np.allclose(row["vector"], tiny.expected(told[key]["display_text"]), atol=1e-6), key
        assert (row["created_at"], row["customer_id"], row["dimension"]) == (WRITTEN, "c1", tiny.WIDTH)
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (8, 4, 0)
    assert summary.details["removed"] == {"empty": 1, "language": 1, "spam": 1, "too_short": 1}


def test_the_clean_text_would_be_another_vector(tmp_path: Path, model: Path) -> None:
    """Which text is encoded can be told: small letters and signs left out are not the same to a model."""
    rows, _ = done(tmp_path, model)
    assert not np.allclose(rows["3", WRITTEN]["vector"], tiny.expected("red knife"), atol=1e-3)


def test_the_rows_fit_their_table(tmp_path: Path, model: Path) -> None:
    """Names in the order of the table, and nulls only where it has them."""
    done(tmp_path, model)
    found = datasets.schema(tmp_path / "rows")
    assert found.names == [column.name for column in pipeline.EMBEDDING_COLUMNS]
    assert [not field.nullable for field in found] == [column.required for column in pipeline.EMBEDDING_COLUMNS]


def test_only_new_texts_are_encoded(tmp_path: Path, model: Path) -> None:
    """What stands keeps its instant, and takes the columns beside it as they are now; what is gone is dropped."""
    first, _ = done(tmp_path / "first", model)
    now = [
        review("1", "warm winter jumper", customer="c9"),
        review("1", "warm red jumper", days=1),
        review("2", "warm winter jumper", "spam"),
        review("8", "kitchen knife"),
    ]
    rows, summary = done(tmp_path / "later", model, now, list(first.values()), LATER)
    assert {key: row["computed_at"] for key, row in rows.items()} == {
        ("1", WRITTEN): FIRST,
        ("1", WRITTEN + timedelta(days=1)): LATER,
        ("8", WRITTEN): LATER,
    }
    assert rows["1", WRITTEN]["customer_id"] == "c9"
    assert (summary.details["carried"], summary.details["encoded"], summary.details["removed"]) == (1, 2, {"spam": 1})
    alone, _ = done(tmp_path / "alone", model, now)
    assert {key: row["vector"] for key, row in rows.items()} == {key: row["vector"] for key, row in alone.items()}


def test_nothing_of_another_model_stands(tmp_path: Path, model: Path) -> None:
    """All of the interval is encoded anew; and one that changed under its digest is noticed."""
    first, _ = done(tmp_path / "first", model)
    rows, summary = done(tmp_path / "other", tiny.text_model(tmp_path / "m", seed=8), held=list(first.values()))
    assert (summary.details["carried"], len({row["model_digest"] for row in rows.values()})) == (0, 1)
    turned = [row | {"vector": row["vector"][::-1]} for row in first.values()]
    with pytest.raises(ContractError, match="other vectors than before under the same digest"):
        done(tmp_path / "later", model, held=turned)


def test_an_earlier_day_is_filled_anew_with_vectors_that_stand(tmp_path: Path, model: Path) -> None:
    """A backfill has the instant of the day's tick, and vectors may have been computed since."""
    later, _ = done(tmp_path / "later", model, at=LATER)
    rows, summary = done(tmp_path / "again", model, held=list(later.values()), at=FIRST)
    assert (rows, summary.details["encoded"]) == (later, 0)
    held_to = pipeline.EMBEDDINGS.contract
    assert held_to
    _, findings = check(tmp_path / "again/rows", parse_contract(held_to.document(), FIRST), None)
    assert [found for found in findings if found.state == "failed"] == []


def test_nobody_is_asked_what_computes() -> None:
    """The image and the node have it or not, so it is no parameter of the pipeline; what the model is, is one."""
    asked = pipeline.reviews_nlp.function.pipeline_spec.root.input_definitions.parameters
    assert {"model_uri", "model_digest", "model_cache", "output", "max_tokens"} <= set(asked)
    assert "device" not in asked


def test_no_model_or_no_review_means_no_vectors(tmp_path: Path, model: Path) -> None:
    """Neither is an error: a night without reviews is one."""
    rows, summary = done(tmp_path / "off", None)
    assert (rows, summary.details) == ({}, {"state": "off"})
    rows, summary = done(tmp_path / "quiet", model, [])
    assert (rows, summary.rows_in, summary.details["encoded"]) == ({}, 0, 0)
