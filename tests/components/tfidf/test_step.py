"""The step against scikit-learn's TfidfVectorizer."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

from components.shell import datasets
from components.shell.errors import ConfigurationError, ContractError
from components.shell.summary import Summary
from components.tfidf.compute import VOCABULARY, Outputs, Settings, compute
from components.tfidf.words import ENGLISH
from pipelines import articles_embeddings as pipeline

AS_OF = datetime(2026, 1, 4, 4, tzinfo=UTC)
WORDS = [
    "Jumper",
    "warm",
    "wool",
    "the",
    "knife",
    "Ärmel",
    "naïve",
    "شتاء",
    "x_1",
    "42",
    "冬",
    "mère",
    "RED",
    "blue",
    "a",
]
ARTICLES = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("text", pa.string()),
        pa.field("created_at", pa.timestamp("us", "UTC")),
        pa.field("first_seen_at", pa.timestamp("us", "UTC")),
        pa.field("changed_at", pa.timestamp("us", "UTC")),
    ]
)


def texts(count: int, seed: int = 3) -> dict[str, str]:
    """Texts of a few words, in which some are rare."""
    draw = np.random.default_rng(seed)
    weights = 1 / np.arange(1, len(WORDS) + 1)
    words = [draw.choice(WORDS, draw.integers(1, 9), p=weights / weights.sum()) for _ in range(count)]
    return {
        f"{place:03}": ", ".join(each) + ("!" if place % 7 else f" rare{place // 14}")
        for place, each in enumerate(words)
    }


def done(
    directory: Path,
    given: Mapping[str, str],
    settings: Settings | None = None,
    before: Sequence[Mapping[str, Any]] = (),
    *,
    late: Sequence[str] = (),
    changed: Sequence[str] = (),
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Summary]:
    """Rows, vocabulary, and what the step says that it did.

    `late` articles came an hour after the run's instant, and `changed` ones became what they are then.
    """
    then = {name: AS_OF + timedelta(hours=1 if name in late else -1) for name in given}
    since = then | {name: AS_OF + timedelta(hours=1) for name in changed}
    rows = [
        {"article_id": name, "text": text, "first_seen_at": then[name], "changed_at": since[name]}
        for name, text in given.items()
    ]
    _written(directory / "articles", ARTICLES, rows)
    _written(directory / "before", VOCABULARY.to_pyarrow(), before)
    outputs = Outputs(directory / "rows", directory / "vocabulary")
    summary = compute(directory / "articles", directory / "before", AS_OF, settings or Settings(), outputs)
    return read(outputs.rows), read(outputs.vocabulary), summary


def _written(directory: Path, schema: pa.Schema, rows: Sequence[Mapping[str, Any]]) -> None:
    datasets.write_dataset(directory, schema, pa.Table.from_pylist([dict(row) for row in rows], schema).to_batches())


def read(directory: Path) -> list[dict[str, Any]]:
    """The rows of a dataset."""
    return [row for batch in datasets.read_batches(directory) for row in batch.to_pylist()]


def dense(rows: Sequence[Mapping[str, Any]], width: int) -> np.ndarray:
    """The rows as a matrix."""
    found = np.zeros((len(rows), width))
    for place, row in enumerate(rows):
        found[place, row["indices"]] = row["values"]
    return found


@pytest.mark.parametrize("settings", [Settings(), Settings(stop_words="", min_df=1), Settings(min_df=3)])
def test_weights_are_those_of_scikit_learn(tmp_path: Path, settings: Settings) -> None:
    """Word for word and row for row, with letters of all scripts; all of length 1."""
    given = texts(120)
    rows, vocabulary, summary = done(tmp_path, given, settings)
    oracle = TfidfVectorizer(stop_words=settings.stop_words or None, min_df=settings.min_df, max_features=7000)
    expected = oracle.fit_transform(given.values()).toarray()
    assert [row["term"] for row in vocabulary] == list(oracle.get_feature_names_out())
    assert np.allclose([row["idf"] for row in vocabulary], oracle.idf_, rtol=1e-12)
    assert [row["article_id"] for row in rows] == list(given)
    assert np.abs(dense(rows, len(vocabulary)) - expected).max() < 1e-6
    assert {row["vocabulary_digest"] for row in rows} == {vocabulary[0]["vocabulary_digest"]}
    assert (summary.rows_in, summary.rows_out, summary.details["refitted"]) == (120, 120, True)


def test_ties_go_by_the_alphabet(tmp_path: Path) -> None:
    """Of words that come equally often the first are taken; scikit-learn leaves that open."""
    given = {"1": "zebra zebra pear fig apple", "2": "zebra pear fig apple", "3": "zebra kiwi"}
    _, vocabulary, _ = done(tmp_path, given, Settings(max_features=3))
    assert [(row["term"], row["index"], row["document_frequency"]) for row in vocabulary] == [
        ("apple", 0, 2),
        ("fig", 1, 2),
        ("zebra", 2, 3),
    ]


def test_stop_words_are_those_of_scikit_learn() -> None:
    """All of them and no other."""
    assert ENGLISH == ENGLISH_STOP_WORDS


def test_a_vocabulary_stands_while_it_knows_about_as_much(tmp_path: Path) -> None:
    """And then all rows are of the same vocabulary as before; other settings or many new words make a new one."""
    given = texts(120)
    _, first, _ = done(tmp_path / "first", given)
    more = {**given, "900": "jumper novelty", "901": "novelty"}
    rows, vocabulary, summary = done(tmp_path / "more", more, before=first)
    assert vocabulary == first
    assert summary.details["refitted"] is False
    assert len(rows) == 122
    assert next(row["indices"] for row in rows if row["article_id"] == "901") == []
    for place, settings in enumerate((Settings(min_df=3), Settings(refit_share=0))):
        _, other, told = done(tmp_path / str(place), more, settings, before=first)
        assert told.details["refitted"]
        assert other[0]["vocabulary_digest"] != first[0]["vocabulary_digest"]
    _, _, told = done(
        tmp_path / "new", {name: f"other{ord(text[0]) % 9} words" for name, text in given.items()}, before=first
    )
    assert told.details["refitted"]


def test_a_vocabulary_for_training_knows_nothing_of_later(tmp_path: Path) -> None:
    """Words of articles that came after the training period are not in it, and do not count; they get weights."""
    given = texts(120)
    late = [f"{place:03}" for place in range(60, 120)]
    settings = Settings(fit_until=AS_OF)
    rows, vocabulary, _ = done(tmp_path / "all", given, settings, late=late)
    _, early, _ = done(tmp_path / "early", {name: text for name, text in given.items() if name not in late}, settings)
    assert vocabulary == early
    assert len(rows) == 120


def test_articles_that_were_rewritten_after_training_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Their words of now are in the vocabulary, and a warning counts them; those that came later are not among them."""
    given = texts(120) | {"000": "warm recall", "001": "wool recall"}
    settings = Settings(fit_until=AS_OF)
    _, vocabulary, summary = done(tmp_path / "a", given, settings, late=["100"], changed=["000", "001"])
    assert "recall" in {row["term"] for row in vocabulary}
    assert summary.details["changed_since_fit"] == 2
    assert "2 articles have changed after fit_until" in caplog.text
    assert done(tmp_path / "b", given, settings, late=["100"])[2].details["changed_since_fit"] == 0
    assert "changed_since_fit" not in done(tmp_path / "c", given, changed=["000"])[2].details


def test_what_gives_no_vocabulary_is_refused(tmp_path: Path) -> None:
    """No articles, no word, and parameters that make no sense; texts without a word have empty vectors."""
    with pytest.raises(ContractError, match="there are no articles"):
        done(tmp_path, {})
    with pytest.raises(ConfigurationError, match="no word is in 2 articles"):
        done(tmp_path, {"1": "alone"})
    for wrong in ({"max_features": 0}, {"min_df": 0}, {"stop_words": "klingon"}, {"refit_share": 2.0}):
        with pytest.raises(ConfigurationError):
            Settings(**wrong)
    rows, _, summary = done(tmp_path, {"1": "warm wool", "2": "😀", "3": "", "4": "warm wool"})
    assert [row["indices"] for row in rows] == [[0, 1], [], [0, 1]]
    assert (summary.rows_rejected, summary.details["reasons"]) == (1, {"text_empty": 1})


def test_the_rows_fit_their_tables(tmp_path: Path) -> None:
    """Names in the order of the tables, and nulls only where they have them."""
    done(tmp_path, texts(20))
    for name, promised in (("rows", pipeline.TFIDF_COLUMNS), ("vocabulary", pipeline.VOCABULARY_COLUMNS)):
        found = datasets.schema(tmp_path / name)
        assert found.names == [column.name for column in promised]
        assert [not field.nullable for field in found] == [column.required for column in promised]
