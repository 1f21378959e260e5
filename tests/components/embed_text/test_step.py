"""The step as it is run, on tiny models whose vectors are a closed form."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.shell import datasets
from components.shell.errors import ConfigurationError, ContractError, StepError
from components.shell.summary import Summary
from components.vectors.embed_texts import Settings, embed
from components.vectors.model import Address
from components.vectors.rows import SCHEMA, Inputs, Outputs
from components.vectors.session import opened
from components.vectors.texts import OUTPUTS, Encoder, tokenizer
from pipelines import articles_embeddings as pipeline
from tests.components.vectors import tiny

FIRST, LATER = datetime(2026, 1, 4, 4, tzinfo=UTC), datetime(2026, 1, 11, 4, tzinfo=UTC)
ARTICLES = pa.schema([pa.field("article_id", pa.string(), nullable=False), pa.field("text", pa.string())])
SHOP = {
    "01": "warm winter jumper",
    "02": "kitchen knife steel",
    "03": "blue " * 300,
    "04": "warm",
    "05": "",
    "06": "😀 😀",
    "07": "شتاء دافئ",
}


def articles(directory: Path, texts: Mapping[str, str | None]) -> Path:
    """A dataset of articles."""
    rows = [{"article_id": name, "text": text} for name, text in texts.items()]
    datasets.write_dataset(directory, ARTICLES, pa.Table.from_pylist(rows, schema=ARTICLES).to_batches())
    return directory


def before(directory: Path, rows: Sequence[Mapping[str, Any]] = ()) -> Path:
    """A dataset of vectors."""
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=SCHEMA)
    datasets.write_dataset(directory, SCHEMA, table.to_batches())
    return directory


def done(
    directory: Path,
    model: Path | str,
    texts: Mapping[str, str | None] = SHOP,
    held: Sequence[Mapping[str, Any]] = (),
    at: datetime = FIRST,
    **more: Any,
) -> tuple[dict[str, dict[str, Any]], Summary]:
    """The rows by article, and what the step says that it did."""
    uri = f"file://{model}" if isinstance(model, Path) else model
    outputs = Outputs(directory / "rows", directory / "rejected")
    given, earlier = articles(directory / "articles", texts), before(directory / "before", held)
    summary = embed(Inputs(given, "41", earlier), at, Settings(Address(uri), **more), outputs)
    return {row["article_id"]: row for row in read(outputs.rows)}, summary


def read(directory: Path) -> list[dict[str, Any]]:
    """The rows of a dataset."""
    return [row for batch in datasets.read_batches(directory) for row in batch.to_pylist()]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model."""
    return tiny.text_model(tmp_path_factory.mktemp("model"))


def test_vectors_are_the_closed_form(tmp_path: Path, model: Path) -> None:
    """Mean over all tokens, ends too, and no padding; length 1; in is out and rejected."""
    rows, summary = done(tmp_path, model)
    assert set(rows) == set(SHOP) - {"05"}
    for name, row in rows.items():
        assert np.allclose(row["vector"], tiny.expected(SHOP[name]), atol=1e-6), name
        assert row["tokens"] == min(len(SHOP[name].split()) + 2, 256)
    assert [name for name, row in rows.items() if row["truncated"]] == ["03"]
    assert read(tmp_path / "rejected") == [{"article_id": "05", "reason": "text_empty"}]
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (7, 6, 1)
    assert summary.details["encoded"] == 6
    assert summary.details["tokens"] == sum(row["tokens"] for row in rows.values())


def test_the_rows_fit_their_table(tmp_path: Path, model: Path) -> None:
    """Names in the order of the table, and nulls only where it has them; what is told holds for all of them."""
    rows, _ = done(tmp_path, model)
    found = datasets.schema(tmp_path / "rows")
    assert found.names == [column.name for column in pipeline.COLUMNS]
    assert [not field.nullable for field in found] == [column.required for column in pipeline.COLUMNS]
    assert {(row["kind"], row["model"], row["dimension"], row["articles_snapshot"]) for row in rows.values()} == {
        ("bert", f"file://{model}", tiny.WIDTH, 41)
    }
    assert {row["computed_at"] for row in rows.values()} == {FIRST}


def test_the_hash_holds_model_preparation_limit_and_text(tmp_path: Path, model: Path) -> None:
    """It is the SHA-256 of the four, one a line."""
    rows, summary = done(tmp_path, model, max_tokens=9)
    text = f"{summary.details['model_digest']}\nt1\n9\n{SHOP['01']}"
    assert rows["01"]["input_hash"] == hashlib.sha256(text.encode()).hexdigest()
    files = {name: hashlib.sha256((model / name).read_bytes()).hexdigest() for name in ("model.onnx", "tokenizer.json")}
    told = "".join(f"{name} {digest}\n" for name, digest in files.items())
    assert rows["01"]["model_digest"] == hashlib.sha256(told.encode()).hexdigest()


def test_only_what_has_changed_is_encoded(tmp_path: Path, model: Path) -> None:
    """The others stand, with the instant at which they were computed; those that are gone are dropped."""
    first, _ = done(tmp_path / "first", model)
    now = {**SHOP, "01": "red jumper", "08": "warm wool"}
    del now["04"]
    rows, summary = done(tmp_path / "later", model, now, list(first.values()), LATER)
    assert {name for name, row in rows.items() if row["computed_at"] == LATER} == {"01", "08"}
    assert set(rows) == set(now) - {"05"}
    assert (summary.details["encoded"], summary.details["carried"]) == (2, 4)
    alone, _ = done(tmp_path / "alone", model, now)
    assert {name: row["vector"] for name, row in rows.items()} == {name: row["vector"] for name, row in alone.items()}


def test_nothing_of_another_model_or_limit_stands(tmp_path: Path, model: Path) -> None:
    """All is encoded anew, so that never two models, or two outputs of one, stand beside each other."""
    first, _ = done(tmp_path / "first", model)
    other = tiny.text_model(tmp_path / "other", seed=8)
    changes = ((other, {}), (model, {"max_tokens": 7}), (model, {"output": "last_hidden_state"}))
    for place, (at, more) in enumerate(changes):
        rows, summary = done(tmp_path / str(place), at, SHOP, list(first.values()), LATER, **more)
        assert summary.details["carried"] == 0
        assert len({row["model_digest"] for row in rows.values()}) == 1


def test_rows_tell_which_output_made_them(tmp_path: Path) -> None:
    """Where one was asked for; what stands says so too, and is not encoded anew for that."""
    both = tiny.text_model(tmp_path / "model", kind="both")
    first, _ = done(tmp_path / "first", both, output="negative")
    assert {row["model"] for row in first.values()} == {f"file://{both}#negative"}
    assert np.allclose(first["01"]["vector"], -tiny.expected(SHOP["01"]), atol=1e-6)
    untold = [row | {"model": f"file://{both}"} for row in first.values()]
    rows, summary = done(tmp_path / "later", both, SHOP, untold, LATER, output="negative")
    assert rows == first
    assert (summary.details["encoded"], summary.details["carried"]) == (0, 6)


def test_a_model_that_changed_under_its_digest_is_noticed(tmp_path: Path, model: Path) -> None:
    """What stands is encoded again in a sample."""
    first, _ = done(tmp_path / "first", model)
    turned = [row | {"vector": row["vector"][::-1]} for row in first.values()]
    with pytest.raises(ContractError, match="other vectors than before under the same digest"):
        done(tmp_path / "later", model, SHOP, turned, LATER)


def test_a_model_that_depends_on_its_batch_is_refused(tmp_path: Path) -> None:
    """Even where there is one text alone; what was encoded in other company could not be compared."""
    dynamic = tiny.text_model(tmp_path / "model", kind="dynamic")
    for texts in (SHOP, {"01": "warm jumper"}):
        with pytest.raises(ContractError, match=r"depends on its batch.*use fp32 or weight-only int8"):
            done(tmp_path, dynamic, texts)
    assert not (tmp_path / "rows/_manifest.json").exists()


@settings(max_examples=40)
@given(
    texts=st.lists(st.lists(st.sampled_from(tiny.WORDS[4:]), min_size=1, max_size=30).map(" ".join), max_size=20),
    budget=st.integers(1, 200),
)
def test_order_and_company_change_nothing(texts: list[str], budget: int, model: Path) -> None:
    """Not a bit, whatever batches come of it."""
    session = opened(model / "model.onnx", OUTPUTS)
    encoder = Encoder(tokenizer(model / "tokenizer.json", 16), session, budget)
    found = encoder.encode(texts)
    for place, text in enumerate(texts):
        assert np.array_equal(found.vectors[place], encoder.encode([text]).vectors[0])
    turned = replace(encoder, budget=4096).encode(texts[::-1])
    assert np.array_equal(turned.vectors[::-1], found.vectors)
    assert [bool(each) for each in found.truncated] == [len(text.split()) > 14 for text in texts]


def test_short_texts_are_not_padded_to_the_files_length(model: Path) -> None:
    """The tokenizer's file pads to 128 and cuts there; neither happens."""
    found = tokenizer(model / "tokenizer.json", 256).encode_batch_fast(["warm", "blue " * 200])
    assert [len(each.ids) for each in found] == [3, 202]


def test_the_output_is_chosen_by_name_or_shape(tmp_path: Path) -> None:
    """Never simply the first: it may be another."""
    odd = tiny.text_model(tmp_path / "odd", kind="several", output="hidden_of_layer_6")
    rows, _ = done(tmp_path, odd)
    assert np.allclose(rows["01"]["vector"], tiny.expected(SHOP["01"]), atol=1e-6)
    with pytest.raises(ConfigurationError, match=r"which output.*it has total, hidden_of_layer_6"):
        done(tmp_path, odd, output="pooler")


def test_a_model_with_kinds_gets_them(tmp_path: Path) -> None:
    """It is asked which inputs it wants."""
    full = tiny.text_model(tmp_path / "model", inputs=("input_ids", "attention_mask", "token_type_ids"))
    rows, _ = done(tmp_path, full)
    assert len(rows) == 6


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"kind": "nan"}, ContractError, "the model returned NaN or infinity for"),
        ({"kind": "zero"}, ContractError, "nothing but zeros"),
        ({"inputs": ("input_ids", "pixel_values")}, ConfigurationError, "the model wants an input 'pixel_values'"),
        ({"words": [*tiny.WORDS, "strange"]}, ConfigurationError, "see that tokenizer and model belong together"),
        (
            {"rows": len(tiny.WORDS) + 1025},
            ConfigurationError,
            "over 1,024 tokens more than its tokenizer, which has 13",
        ),
    ],
)
def test_a_model_that_cannot_be_used_is_one_line(
    tmp_path: Path, change: dict[str, Any], error: type[StepError], words: str
) -> None:
    """With what to do, and no dataset is left that looks whole."""
    with pytest.raises(error, match=words):
        done(tmp_path, tiny.text_model(tmp_path / "model", **change), {"01": "warm strange jumper"})
    assert not (tmp_path / "rows/_manifest.json").exists()


@pytest.mark.parametrize(("rows", "kind"), [(1024, "linear"), (5000, "any")])
def test_a_table_that_is_a_little_longer_is_none_of_another_tokenizer(
    tmp_path: Path, rows: int, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is filled up to a round number; who takes any number says nothing. Of what was tried the log has no word."""
    model = tiny.text_model(tmp_path / "model", kind=kind, rows=len(tiny.WORDS) + rows)
    assert set(done(tmp_path, model)[0]) == set(SHOP) - {"05"}
    assert "onnxruntime" not in capfd.readouterr().err


def test_another_dimension_is_refused(tmp_path: Path, model: Path) -> None:
    """Vectors of two dimensions never stand beside each other, even under one hash."""
    first, _ = done(tmp_path / "first", model)
    short = [row | {"vector": row["vector"][:4], "dimension": 4} for row in first.values()]
    with pytest.raises(ContractError, match="other vectors than before"):
        done(tmp_path / "later", model, SHOP, short, LATER)


def test_texts_of_any_size_are_encoded(tmp_path: Path, model: Path) -> None:
    """Ten megabytes, NUL, nothing but signs or emoji: each is a row; what lies far behind is not read."""
    texts = {"01": "blue " * 2_000_000, "02": "warm\0jumper", "03": "<b>" * 5000, "04": "\u202ewarm", "05": "😍" * 3000}
    rows, summary = done(tmp_path, model, texts)
    truncated = {name for name, row in rows.items() if row["truncated"]}
    assert (set(rows), truncated, summary.details["truncated"]) == (set(texts), {"01", "03"}, 2)


def test_no_model_means_no_vectors(tmp_path: Path) -> None:
    """The kind is off; and no articles are an error, whatever the model."""
    rows, summary = done(tmp_path, "")
    assert (rows, summary.details) == ({}, {"state": "off"})
    with pytest.raises(ContractError, match="there are no articles"):
        done(tmp_path, "file:///nowhere", {})
