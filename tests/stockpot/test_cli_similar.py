"""`stockpot similar` on real Iceberg tables: the neighbours are those of a search through all pairs."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from components.iceberg.catalog import open_catalog
from components.vectors.embed_texts import Settings, encoder
from components.vectors.model import Address
from stockpot import cli
from stockpot.local import similar
from stockpot.local.environments import Environment
from stockpot.samples.shop.catalogue import article_ids
from stockpot.samples.shop.scale import Scale
from tests.components.vectors import tiny
from tests.harness.docs_commands import shown

TEXTS = {
    "01": "warm winter jumper",
    "02": "warm wool jumper",
    "03": "kitchen knife steel",
    "04": "blue steel knife",
    "05": "red wool",
}
IDS = list(TEXTS)
SIMILAR = ("stockpot", "similar", "retail.articles")
DAY = datetime(2026, 1, 5, tzinfo=UTC)
# Review, day, text; and by which model its vector is, none of what is spam.
REVIEWS = [
    ("1", 0, "warm winter jumper", "new"),
    ("2", 0, "kitchen knife", "new"),
    ("2", 1, "warm wool jumper", "new"),
    ("3", 0, "blue steel knife", "new"),
    ("3", 1, "blue blue blue", ""),
    ("4", 0, "warm winter jumper", "old"),
    ("gone", 0, "warm winter jumper", "new"),
]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The tiny model of texts."""
    return tiny.text_model(tmp_path / "model")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: Any, tmp_path: Path) -> Run:
    """Call the command in this process: exit code, stdout and stderr."""
    monkeypatch.setenv("STOCKPOT_HOME", str(tmp_path / "home"))

    def call(*words: str, table: str = "retail.articles") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["stockpot", "similar", table, *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return left.value.code, out.decode(), err.decode()

    return call


@pytest.fixture
def tables(catalog_env: dict[str, str], model: Path, tmp_path: Path) -> dict[str, np.ndarray]:
    """The tables as the pipeline leaves them; of each kind the vectors, in the order of the ids."""
    found, made = encoder(Settings(Address(f"file://{model}")), tmp_path)
    dense = made.encode(list(TEXTS.values())).vectors
    weigher = TfidfVectorizer()
    sparse = weigher.fit_transform(TEXTS.values())
    rows = [sparse[place].sorted_indices() for place in range(len(TEXTS))]
    words = list(weigher.get_feature_names_out())
    strings = pa.list_(pa.float32())
    _table("articles", {"article_id": pa.array(IDS), "text": pa.array(list(TEXTS.values()))})
    told = {"kind": "bert", "model": found.uri, "model_digest": found.digest, "computed_at": DAY}
    shared = {name: pa.array([value] * len(IDS)) for name, value in told.items()}
    _table("article_embeddings", {"article_id": pa.array(IDS), **shared, "vector": pa.array(dense.tolist(), strings)})
    indices, values = ([getattr(row, part).tolist() for row in rows] for part in ("indices", "data"))
    columns = {"indices": pa.array(indices, pa.list_(pa.int32())), "values": pa.array(values, strings)}
    _table("article_tfidf", {"article_id": pa.array(IDS), **columns})
    terms = {"term": pa.array(words), "index": pa.array(range(len(words)), pa.int32()), "idf": pa.array(weigher.idf_)}
    _table("tfidf_vocabulary", terms)
    return {"bert": dense, "tfidf": sparse.toarray(), "query": weigher.transform(["warm WOOL of steel"]).toarray()[0]}


def _table(name: str, columns: dict[str, pa.Array], files: int = 1) -> None:
    rows = pa.table(columns)
    catalog = open_catalog(create=True)
    catalog.create_namespace_if_not_exists("retail")
    table = catalog.create_table(f"retail.{name}", schema=rows.schema)
    for place in range(files):
        table.append(rows.take(list(range(place, len(rows), files))))


def _expected(vectors: np.ndarray, query: np.ndarray, left_out: str = "") -> list[tuple[str, float]]:
    """All pairs, one by one."""
    found = [(name, float(np.dot(vectors[place], query))) for place, name in enumerate(IDS) if name != left_out]
    return sorted(found, key=lambda each: (-each[1], each[0]))


def _told(out: str) -> list[tuple[str, float]]:
    return [(each["id"], each["cosine"]) for each in json.loads(out)["neighbours"]]


def test_neighbours_of_rows_and_texts(
    tables: dict[str, np.ndarray], run: Run, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By either kind of vectors, with their texts; of what nobody has, one line says so."""
    for kind in ("bert", "tfidf"):
        code, out, _ = run("01", "--kind", kind, "--limit", "3", "--output", "json")
        told, expected = _told(out), _expected(tables[kind], tables[kind][0], "01")[:3]
        assert code == 0
        assert [name for name, _ in told] == [name for name, _ in expected]
        assert np.allclose([cosine for _, cosine in told], [cosine for _, cosine in expected], atol=2e-6)
    _, out, _ = run("--text", "warm WOOL of steel", "--kind", "tfidf", "--output", "json")
    expected = _expected(tables["tfidf"], tables["query"])
    assert np.allclose([dict(_told(out))[name] for name, _ in expected], [cosine for _, cosine in expected], atol=2e-6)
    # The step's command computes a text's vector; here in this interpreter, which has what its environment has.
    here = Environment("embed_text", Path(sys.executable), "")
    monkeypatch.setattr(similar, "ensure", lambda *_: here)
    code, out, err = run("--text", "winter jumper", "--output", "json")
    assert code == 0, err
    expected = _expected(tables["bert"], tiny.expected("winter jumper"))
    assert np.allclose([dict(_told(out))[name] for name, _ in expected], [cosine for _, cosine in expected], atol=2e-6)
    code, out, _ = run("01")
    assert out.splitlines()[:3] == ["bert of 01: warm winter jumper", "", "ID  COSINE  TEXT"]
    (nearest, cosine), *_ = _expected(tables["bert"], tables["bert"][0], "01")
    assert out.splitlines()[3] == f"{nearest}  {cosine:.3f}   {TEXTS[nearest]}"
    for words, said in (
        (["99"], "error: 99 has no vector of kind bert - correct the id or --kind"),
        (["01", "--kind", "clip"], "error: 01 has no vector of kind clip"),
        ([], "error: neighbours are sought of a row or of a text"),
        (["--text", "nothing", "--kind", "tfidf"], "error: the vocabulary has no word of the text"),
    ):
        code, _, err = run(*words)
        assert (code, err.startswith(said)) == (11, True), err
    (model / "tokenizer.json").write_text("{}")
    code, _, err = run("--text", "winter jumper")
    assert (code, " has digest " in err, "Traceback" in err) == (11, True, False)


@pytest.mark.usefixtures("tables")
def test_a_text_is_compared_by_the_output_of_the_others(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by the usual one that the network has too; vectors of that one are of another kind, and left out."""
    monkeypatch.setattr(similar, "ensure", lambda *_: Environment("embed_text", Path(sys.executable), ""))
    both = tiny.text_model(tmp_path / "both", kind="both")
    found, made = encoder(Settings(Address(f"file://{both}"), output="negative"), tmp_path)
    table = open_catalog().load_table("retail.article_embeddings")
    rows = table.scan().to_arrow().sort_by("article_id").to_pylist()
    vectors = made.encode(list(TEXTS.values())).vectors.tolist()
    by = {"model_digest": found.digest, "model": f"{found.uri}#negative"}
    told = [row | by | {"vector": vector} for row, vector in zip(rows, vectors, strict=True)]
    told[-1]["model"] = found.uri
    table.overwrite(pa.Table.from_pylist(told, schema=table.schema().as_arrow()))
    query, left = tiny.expected("winter jumper"), {name: tiny.expected(text) for name, text in TEXTS.items()}
    for words, seen, against in ((["--text", "winter jumper"], IDS[:-1], query), (["01"], IDS[1:-1], left["01"])):
        code, out, err = run(*words, "--output", "json")
        assert code == 0, err
        cosines = dict(_told(out))
        assert sorted(cosines) == seen
        assert np.allclose([cosines[name] for name in seen], [left[name] @ against for name in seen], atol=2e-6)


def test_a_text_is_not_sought_among_images(tables: dict[str, np.ndarray], run: Run) -> None:
    """Their model has no tokenizer: words are what is left, for a row its image's vector."""
    there = open_catalog().load_table("retail.article_embeddings")
    vectors = there.scan().to_arrow()
    kinds = pa.array(["clip"] * len(vectors))
    there.overwrite(vectors.set_column(vectors.column_names.index("kind"), "kind", kinds))
    code, out, err = run("--text", "warm WOOL of steel", "--output", "json")
    assert (code, json.loads(out or "{}").get("kind")) == (0, "tfidf"), err
    expected = _expected(tables["tfidf"], tables["query"])
    assert np.allclose([dict(_told(out))[name] for name, _ in expected], [cosine for _, cosine in expected], atol=2e-6)
    code, out, err = run("01", "--output", "json")
    assert (code, json.loads(out or "{}").get("kind")) == (0, "clip"), err
    code, _, err = run("--text", "warm", "--kind", "clip")
    assert (code, err.startswith("error: vectors of kind clip are of images, and their model gives texts none")) == (
        11, True,
    ), err  # fmt: skip
    open_catalog().drop_table("retail.article_tfidf")
    code, _, err = run("--text", "warm")
    assert (code, "retail.articles has no vectors of texts yet - run the pipeline" in err) == (11, True), err


@pytest.fixture
def reviews(catalog_env: dict[str, str], model: Path, tmp_path: Path) -> None:
    """Versions of reviews, and vectors of those that say something, by the model and by an older one."""
    found, made = encoder(Settings(Address(f"file://{model}")), tmp_path)
    at = [DAY + timedelta(days=day) for _, day, *_ in REVIEWS]
    names, texts = ([row[place] for row in REVIEWS] for place in (0, 2))
    here = slice(0, names.index("gone"))
    # What the dataset calls its text is shown, whatever other columns are called.
    columns = {"review_id": names[here], "text": ["other"] * len(names[here]), "display_text": texts[here]}
    _table("reviews", {"known_at": _at(at[here]), **{name: pa.array(each) for name, each in columns.items()}})
    told = [place for place, row in enumerate(REVIEWS) if row[3]]
    by = {"new": (found.uri, found.digest, DAY + timedelta(days=9)), "old": ("file:///gone", "0" * 64, DAY)}
    models = [by[REVIEWS[place][3]] for place in told]
    dense = made.encode([texts[place] for place in told]).vectors
    vectors = {
        "review_id": pa.array([names[place] for place in told]),
        "known_at": _at([at[place] for place in told]),
        "kind": pa.array(["bert"] * len(told)),
        "model": pa.array([one[0] for one in models]),
        "model_digest": pa.array([one[1] for one in models]),
        "computed_at": _at([one[2] for one in models]),
        "vector": pa.array(dense.tolist(), pa.list_(pa.float32())),
    }
    # A file for each, so that one holds nothing but a version that another one has followed.
    _table("review_embeddings", vectors, files=len(told))


def _at(instants: list[datetime]) -> pa.Array:
    return pa.array(instants, pa.timestamp("us", "UTC"))


@pytest.mark.usefixtures("reviews")
def test_neighbours_of_reviews(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by its last version that has a vector, with that version's text, and only by vectors of the same model."""
    rows = {"1": "warm winter jumper", "2": "warm wool jumper", "3": "blue steel knife"}
    code, out, err = run("1", "--output", "json", table="retail.reviews")
    assert code == 0, err
    _same_as(out, rows, "warm winter jumper", "1")
    assert {each["id"]: each["text"] for each in json.loads(out)["neighbours"]} == {"2": rows["2"], "3": rows["3"]}
    _, out, _ = run("2", "--output", "json", table="retail.reviews")
    assert json.loads(out)["text"] == "warm wool jumper"
    _same_as(out, rows, "warm wool jumper", "2")
    _, out, _ = run("4", "--output", "json", table="retail.reviews")
    assert (json.loads(out)["text"], json.loads(out)["neighbours"]) == ("warm winter jumper", [])
    monkeypatch.setattr(similar, "ensure", lambda *_: Environment("embed_text", Path(sys.executable), ""))
    code, out, err = run("--text", "steel knife", "--output", "json", table="retail.reviews")
    assert code == 0, err
    _same_as(out, rows, "steel knife")


def _same_as(out: str, rows: dict[str, str], text: str, left_out: str = "") -> None:
    """Nothing, if the neighbours are those of a text by the closed form."""
    query = tiny.expected(text)
    wanted = {name: float(np.dot(tiny.expected(said), query)) for name, said in rows.items() if name != left_out}
    told = dict(_told(out))
    assert list(told) == sorted(wanted, key=lambda name: (-wanted[name], name))
    assert np.allclose([told[name] for name in wanted], list(wanted.values()), atol=2e-6)


@pytest.mark.usefixtures("catalog_env")
def test_a_table_whose_text_nobody_has_named_is_one_line(run: Run) -> None:
    """A pipeline in a file is no dataset that is known; of its tables the column called text is shown, and no other."""
    names = pa.array(["1", "2"])
    told = {name: pa.array([value] * 2) for name, value in (("kind", "bert"), ("model_digest", "0" * 64))}
    vectors = pa.array([[1.0, 0.0], [0.0, 1.0]], pa.list_(pa.float32()))
    for table, column in (("order", "note"), ("note", "text")):
        _table(f"{table}s", {f"{table}_id": names, column: pa.array(["a coat", "a shirt"])})
        _table(f"{table}_embeddings", {f"{table}_id": names, **told, "vector": vectors})
    code, _, err = run("1", table="retail.orders")
    assert (code, "Traceback" in err) == (11, False)
    assert "no dataset says which column of retail.orders has its texts - name another table, or the column" in err
    code, out, _ = run("1", table="retail.notes")
    assert (code, "a shirt" in out) == (0, True)


@pytest.mark.usefixtures("reviews")
def test_what_cannot_be_sought_is_named_with_what_can(run: Run) -> None:
    """The table of vectors, weights of words that nobody has made, and vectors that nobody has computed yet."""
    for table, words, said in (
        ("retail.review_embeddings", ["1"], "holds vectors - name the table of what they are of: retail.reviews"),
        ("retail.reviews", ["1", "--kind", "tfidf"], "retail.reviews has no vectors of kind tfidf - name another"),
        ("retail.reviews", ["9"], "9 has no vector of kind bert - correct the id"),
    ):
        code, _, err = run(*words, table=table)
        assert (code, said in err, "Traceback" in err) == (11, True, False), err
    open_catalog().load_table("retail.review_embeddings").delete()
    code, _, err = run("1", table="retail.reviews")
    assert (code, "retail.reviews has no vectors yet - run the pipeline" in err) == (11, True), err


def test_articles_that_pages_seek_are_in_the_sample() -> None:
    """Who types a page's commands after `sample-data shop` finds neighbours."""
    asked = {row for each in shown() for row in each.words[3:4] if each.words[:3] == SIMILAR and row.isdigit()}
    assert asked
    assert asked <= set(article_ids(Scale()).to_pylist())
